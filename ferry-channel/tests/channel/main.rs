//! Behaviour of the channel's parts, on real files and databases.
#![allow(clippy::disallowed_methods, clippy::disallowed_macros, reason = "tests set the stage themselves")]
#![allow(missing_docs, reason = "a test binary has no readers of its documentation")]
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod acknowledgement;
mod audit;
mod database;
mod forks;
mod orders;
mod outbox;
mod receiver;
mod runtime;
mod scan;
mod waiting;

use ferry_channel::ledger::sent::ReleasedBatch;
use ferry_channel::ledger::{db, migrations};
use ferry_channel::types::{BatchNumber, ChannelId, Digest};
use rusqlite::Connection;
use rusqlite_migration::M;
use tempfile::TempDir;

/// A ledger on disk, with the folder that goes with it.
fn ledger() -> (TempDir, Connection) {
    let dir = tempfile::tempdir().unwrap();
    let conn = db::open(
        &dir.path().join("x.db"),
        &[M::up(migrations::CHANNEL_0001), M::up(migrations::CHANNEL_0002), M::up(migrations::CHANNEL_0003)],
    )
    .unwrap();
    (dir, conn)
}

fn channel(id: &str) -> ChannelId {
    ChannelId::new(id).unwrap()
}

/// Batch `1/sequence`, whose digest repeats its number.
fn batch<'a>(channel: &'a ChannelId, sequence: u64, file: &'a str) -> ReleasedBatch<'a> {
    ReleasedBatch {
        channel,
        number: BatchNumber::new(1, sequence),
        digest: Digest([sequence as u8; 32]),
        file,
        bytes: 1,
        records: 0,
        documents: 0,
        state_root: Digest([0; 32]),
    }
}

/// The state of the batch on `channel` with this number.
fn state(conn: &Connection, sequence: u64) -> String {
    let sql = "SELECT state FROM ferry_sent WHERE channel = 'up' AND sequence = ?1";
    conn.query_row(sql, [sequence], |r| r.get(0)).unwrap()
}
