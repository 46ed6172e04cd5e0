//! Files: written durably, read without following links, and a sandbox for parsers.

pub mod durable;
pub mod read;
pub mod sandbox;
mod syscalls;
