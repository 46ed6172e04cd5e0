//! What is read and written: public records, cases, documents, service, messages.

pub mod document;
pub mod download;
pub mod messages;
pub mod public_index;
pub mod service;
pub mod view;
