//! Documents: what nobody could read does not go out to everyone.

mod corpus;
mod reading;
