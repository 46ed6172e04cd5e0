//! Whom a channel believes: the list in force, what a revoked key had signed, and the pairing of two sides.

pub mod installed;
pub mod revoke;
pub mod pairing;
