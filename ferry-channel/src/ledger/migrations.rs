//! The steps that make the channel's tables, numbered in `migrations/`. An agent applies them among its own, in the order in
//! which they were added.

/// Step 1: every table of the channel.
pub const CHANNEL_0001: &str = include_str!("migrations/0001_channel.sql");

/// Step 2: salted audit entries, segments, and what was sent again.
pub const CHANNEL_0002: &str = include_str!("migrations/0002_bounds.sql");

/// Step 3: whether documents could be read.
pub const CHANNEL_0003: &str = include_str!("migrations/0003_reader_proof.sql");
/// Step 4.
pub const CHANNEL_0004: &str = include_str!("migrations/0004_malware_proof.sql");

/// An empty database in memory with the channel's tables, for tests of single rules.
pub fn in_memory() -> rusqlite::Connection {
    let conn = rusqlite::Connection::open_in_memory().expect("memory holds a database");
    conn.execute_batch(CHANNEL_0001).expect("the steps apply to an empty database");
    conn.execute_batch(CHANNEL_0002).expect("the steps apply to an empty database");
    conn.execute_batch(CHANNEL_0003).expect("the steps apply to an empty database");
    conn.execute_batch(CHANNEL_0004).expect("the steps apply to an empty database");
    conn
}
