//! Reading documents: what a process of its own, `ferry-reader`, found in one. That process has no key, no network and no
//! database; it gets an open file and answers in the closed form of [`Reading`](answer::Reading). [`Reader`](client::Reader) starts it and asks it, and
//! [`ProvenReader`](proven::ProvenReader) believes it only once it has read a document that is known.

pub mod answer;
mod canary;
pub mod client;
pub mod proven;
pub mod wire;
