//! What the templates show. Texts are safe for people, who see bidirectional and invisible characters as escapes.

pub mod summary;
pub mod approvals;
pub mod card;
pub mod changes;
mod clip;
