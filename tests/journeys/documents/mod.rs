//! Documents: what nobody could read does not go out to everyone.

mod bombs;
mod booted;
mod corpus;
mod malware;
mod ordinary;
mod reading;
