//! What is kept in the outbox, dispatched and deleted.

use crate::{batch, channel, ledger, state};
use ferry_channel::ledger::sent;
use ferry_channel::send::outbox::OutboxPaths;
use ferry_channel::send::{dispatch, outbox};
use ferry_channel::types::{BatchNumber, UnixSeconds};
use ferry_io::fs::durable;
use rusqlite::Connection;
use std::path::Path;

/// The folders of a sender under `dir`.
fn paths(dir: &Path) -> OutboxPaths {
    let (outbox, sent) = (dir.join("outbox"), dir.join("sent"));
    durable::make_folder(&outbox).unwrap();
    durable::make_folder(&sent).unwrap();
    OutboxPaths { channel: channel("up"), outbox, sent, volume_bytes: 1 << 32, retention_days: 30 }
}

/// Releases batch `1/sequence` with its file.
fn release(conn: &Connection, paths: &OutboxPaths, sequence: u64) {
    let file = format!("up-1-{sequence:08}.ferry");
    std::fs::write(paths.outbox.join(&file), sequence.to_string()).unwrap();
    sent::record_released(conn, &batch(&paths.channel, sequence, &file), UnixSeconds(0)).unwrap();
}

#[test]
fn an_orphan_in_the_outbox_is_deleted_and_an_acknowledged_batch_is_kept_for_its_days() {
    let (dir, conn) = ledger();
    let paths = paths(dir.path());
    release(&conn, &paths, 1);
    release(&conn, &paths, 2);
    sent::mark_dispatched(&conn, &paths.channel, BatchNumber::new(1, 2)).unwrap();
    std::fs::write(paths.outbox.join("up-1-00000003.ferry"), b"never committed").unwrap();
    outbox::sweep(&conn, &paths).unwrap();
    assert_eq!(std::fs::read_dir(&paths.outbox).unwrap().count(), 2);
    let sql = "UPDATE ferry_sent SET state = 'confirmed', settled_s = 1000 WHERE sequence = 1";
    conn.execute(sql, []).unwrap();
    let day = 86_400;
    assert_eq!(outbox::prune(&conn, &paths, UnixSeconds(1000 + 30 * day)).unwrap(), 0);
    assert_eq!(outbox::prune(&conn, &paths, UnixSeconds(1001 + 30 * day)).unwrap(), 1);
    assert_eq!(std::fs::read_dir(&paths.outbox).unwrap().count(), 1);
}

#[test]
fn dispatch_can_be_repeated_and_an_existing_foreign_file_is_an_error() {
    let (dir, conn) = ledger();
    let paths = paths(dir.path());
    release(&conn, &paths, 1);
    assert_eq!(dispatch::dispatch(&conn, &paths, UnixSeconds(0)).unwrap(), 1);
    assert_eq!(state(&conn, 1), "dispatched");
    conn.execute("UPDATE ferry_sent SET state = 'released'", []).unwrap();
    dispatch::dispatch(&conn, &paths, UnixSeconds(0)).unwrap();
    release(&conn, &paths, 2);
    std::fs::write(paths.sent.join("up-1-00000002.ferry"), b"other").unwrap();
    assert_eq!(dispatch::dispatch(&conn, &paths, UnixSeconds(0)).unwrap_err().code, "FERRY-E0607");
    assert_eq!(state(&conn, 2), "released");
}
