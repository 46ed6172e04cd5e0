//! The inner agent's database.

pub mod approval_forms;
pub mod case_access;
pub mod case_steps;
pub mod code_hashes;
pub mod consents;
pub mod corrections;
pub mod cursor;
pub mod document_files;
pub mod document_readings;
pub mod drafts;
pub mod export_counts;
pub mod exported;
pub mod full_run;
pub mod held;
pub mod held_outside;
pub mod held_retractions;
pub mod hold;
pub mod imported_day;
pub mod notified;
pub mod peer_state;
pub mod post_release_reviews;
pub mod quality;
pub mod receipts;
pub mod remarks;
pub mod review_files;
pub mod review_queue;
pub mod screening_rules;
pub mod served_versions;
pub mod service_deadlines;
pub mod shared_logins;
pub mod sms_outbox;
pub mod version_floor;
pub mod waiting_items;
pub mod withheld;

use ferry_channel::ledger::{db, migrations};
use ferry_io::error::Result;
use rusqlite::Connection;
use rusqlite_migration::M;
use std::path::Path;

/// The database's name in the state folder.
pub const DATABASE: &str = "inner.db";

/// The steps of its schema, in the order in which they were added: the channel's and its own.
const MIGRATIONS: [&str; 11] = [
    migrations::CHANNEL_0001,
    include_str!("migrations/0001_inner.sql"),
    include_str!("migrations/0002_guards.sql"),
    include_str!("migrations/0003_forms.sql"),
    include_str!("migrations/0004_changes_only.sql"),
    migrations::CHANNEL_0002,
    include_str!("migrations/0005_bounds.sql"),
    migrations::CHANNEL_0003,
    include_str!("migrations/0006_screening_rules.sql"),
    migrations::CHANNEL_0004,
    include_str!("migrations/0007_document_readings.sql"),
];

/// Opens the database and brings its schema up to date.
pub fn open(path: &Path) -> Result<Connection> {
    db::open(path, &MIGRATIONS.map(M::up))
}

/// An empty one in memory.
#[cfg(test)]
pub fn in_memory() -> Connection {
    let conn = Connection::open_in_memory().unwrap();
    conn.execute_batch(&MIGRATIONS.concat()).unwrap();
    conn
}
