//! What visitors read and write: public records, cases, documents, service, messages.

pub mod case_view;
pub mod delivery;
pub mod document;
pub mod download;
pub mod messages;
pub mod public_index;
pub mod record_view;
pub mod service;
