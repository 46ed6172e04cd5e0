//! Behaviour of the channel's parts, on real files and databases.
#![allow(clippy::disallowed_methods, clippy::disallowed_macros, reason = "tests set the stage themselves")]
#![allow(missing_docs, reason = "a test binary has no readers of its documentation")]
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod orders;
mod receiver;
mod waiting;

use ferry_channel::audit;
use ferry_channel::config::Watch;
use ferry_channel::ledger::acknowledgement;
use ferry_channel::ledger::acknowledgement::Acknowledgement;
use ferry_channel::ledger::migrations;
use ferry_channel::ledger::received;
use ferry_channel::ledger::received::{Received, Verdict};
use ferry_channel::ledger::sent;
use ferry_channel::ledger::{db, gaps};
use ferry_channel::receive::scan::Candidate;
use ferry_channel::receive::{quarantine, scan};
use ferry_channel::runtime::lock;
use ferry_channel::runtime::watch::FolderWatcher;
use ferry_channel::send::dispatch;
use ferry_channel::send::outbox;
use ferry_channel::send::outbox::OutboxPaths;
use ferry_format::frame::statement::{Acknowledged, SeriesStatement, VolumeRange};
use ferry_format::names::Id;
use ferry_io::Error;
use ferry_io::exit_code::{CANNOT_CREATE, TEMPORARY};
use ferry_io::fs::durable;
use rusqlite::{Connection, params};
use rusqlite_migration::M;
use std::path::Path;
use std::time::{Duration, Instant};
use tempfile::TempDir;

fn stage() -> (TempDir, Connection) {
    let dir = tempfile::tempdir().unwrap();
    let conn = db::open(&dir.path().join("x.db"), &[M::up(migrations::CHANNEL_0001)]).unwrap();
    (dir, conn)
}

fn outlet(dir: &Path) -> OutboxPaths {
    let (outbox, sent) = (dir.join("outbox"), dir.join("sent"));
    durable::make_folder(&outbox).unwrap();
    durable::make_folder(&sent).unwrap();
    OutboxPaths { channel: Id::new("up").unwrap(), outbox, sent, volume_bytes: 1 << 32, keep_days: 30 }
}

fn sent(conn: &Connection, outlet: &OutboxPaths, sequence: i64, state: &str) {
    let name = format!("up-1-{sequence:08}.ferry");
    std::fs::write(outlet.outbox.join(&name), sequence.to_string()).unwrap();
    let sql = "INSERT INTO ferry_sent VALUES ('up', 1, ?1, ?2, ?3, ?4, 1, 0, 0, 0, 0, NULL, zeroblob(32))";
    conn.execute(sql, params![sequence, [sequence as u8; 32].as_slice(), state, name]).unwrap();
}

fn state(conn: &Connection, sequence: i64) -> String {
    conn.query_row("SELECT state FROM ferry_sent WHERE sequence = ?1", [sequence], |r| r.get(0)).unwrap()
}

#[test]
fn a_file_appears_whole_or_not_at_all_and_never_over_another() {
    let dir = tempfile::tempdir().unwrap();
    let target = dir.path().join("a");
    durable::write_new(&target, b"one", 0o640).unwrap();
    assert_eq!(durable::write_new(&target, b"two", 0o640).unwrap_err().exit, CANNOT_CREATE);
    assert_eq!(std::fs::read(&target).unwrap(), b"one");
    std::fs::write(dir.path().join(".ferry-left"), b"half").unwrap();
    durable::remove_unfinished(dir.path()).unwrap();
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
    assert!(durable::move_new(&target, &dir.path().join("b"), 0o640).is_ok());
    assert!(!target.exists());
}

#[test]
fn a_scan_skips_links_folders_and_unfinished_names() {
    let dir = tempfile::tempdir().unwrap();
    for name in ["b.ferry", "a 中文.dat", ".hidden", "c.part", "d.tmp", "e.filepart"] {
        std::fs::write(dir.path().join(name), b"x").unwrap();
    }
    std::fs::create_dir(dir.path().join("folder")).unwrap();
    std::os::unix::fs::symlink("/etc/passwd", dir.path().join("link.ferry")).unwrap();
    let names: Vec<_> = scan::scan(dir.path()).unwrap().into_iter().map(|c| c.name).collect();
    assert_eq!(names, ["a 中文.dat", "b.ferry"]);
}

#[test]
fn an_orphan_in_the_outbox_is_deleted_and_an_acknowledged_batch_is_kept_for_its_days() {
    let (dir, conn) = stage();
    let outlet = outlet(dir.path());
    sent(&conn, &outlet, 1, "confirmed");
    sent(&conn, &outlet, 2, "dispatched");
    std::fs::write(outlet.outbox.join("up-1-00000003.ferry"), b"never committed").unwrap();
    outbox::sweep(&conn, &outlet).unwrap();
    assert_eq!(std::fs::read_dir(&outlet.outbox).unwrap().count(), 2);
    conn.execute("UPDATE ferry_sent SET settled_s = 1000 WHERE sequence = 1", []).unwrap();
    let day = 86_400;
    assert_eq!(outbox::prune(&conn, &outlet, 1000 + 30 * day).unwrap(), 0);
    assert_eq!(outbox::prune(&conn, &outlet, 1001 + 30 * day).unwrap(), 1);
    assert_eq!(std::fs::read_dir(&outlet.outbox).unwrap().count(), 1);
}

#[test]
fn dispatch_can_be_repeated_and_an_existing_foreign_file_is_an_error() {
    let (dir, conn) = stage();
    let outlet = outlet(dir.path());
    sent(&conn, &outlet, 1, "released");
    assert_eq!(dispatch::dispatch(&conn, &outlet, 0).unwrap(), 1);
    assert_eq!(state(&conn, 1), "dispatched");
    conn.execute("UPDATE ferry_sent SET state = 'released'", []).unwrap();
    dispatch::dispatch(&conn, &outlet, 0).unwrap();
    sent(&conn, &outlet, 2, "released");
    std::fs::write(outlet.sent.join("up-1-00000002.ferry"), b"other").unwrap();
    assert_eq!(dispatch::dispatch(&conn, &outlet, 0).unwrap_err().code, "FERRY-E0607");
    assert_eq!(state(&conn, 2), "released");
}

#[test]
fn an_acknowledgement_confirms_what_arrived_and_not_what_is_requested_again() {
    let (dir, conn) = stage();
    let outlet = outlet(dir.path());
    (1..=4).for_each(|n| sent(&conn, &outlet, n, "dispatched"));
    let said = |sequence: u64, digest: u8, gap_requests: &[(u64, u64)], volumes: &[u64]| SeriesStatement {
        acknowledged: Acknowledged { epoch: 1, sequence, digest: [digest; 32] },
        gap_requests: gap_requests.to_vec(),
        volume_requests: volumes.iter().map(|n| VolumeRange { sequence: *n, from: 1, to: 2 }).collect(),
        ..SeriesStatement::default()
    };
    sent::confirm(&conn, "up", &said(3, 9, &[], &[]), 5).unwrap();
    assert_eq!(state(&conn, 1), "dispatched", "a digest that is not ours confirms nothing");
    sent::confirm(&conn, "up", &said(3, 3, &[(2, 2)], &[1]), 5).unwrap();
    let states = || (1..=4).map(|n| state(&conn, n)).collect::<Vec<_>>();
    assert_eq!(states(), ["dispatched", "dispatched", "confirmed", "dispatched"]);
    sent::confirm(&conn, "up", &said(3, 3, &[(2, 2)], &[]), 5).unwrap();
    assert_eq!(states(), ["confirmed", "dispatched", "confirmed", "dispatched"]);
}

#[test]
fn gaps_are_ranges_and_closed_by_arriving_batches() {
    let (_dir, conn) = stage();
    let note = |sequence, verdict, digest| {
        let r = Received { channel: "up", epoch: 1, sequence, digest, verdict, reason: None, records: 0, documents: 0 };
        received::note_received(&conn, &r, 0).unwrap();
    };
    note(1, Verdict::Published, Some([1; 32]));
    for n in [2, 3, 5] {
        note(n, Verdict::Missing, None);
    }
    note(6, Verdict::Published, Some([6; 32]));
    assert_eq!(received::missing_ranges(&conn, "up", 64).unwrap(), [(2, 3), (5, 5)]);
    note(3, Verdict::Published, Some([3; 32]));
    assert_eq!(received::missing_ranges(&conn, "up", 64).unwrap(), [(2, 2), (5, 5)]);
    note(6, Verdict::Missing, None);
    assert_eq!(received::newest(&conn, "up").unwrap().unwrap().sequence, 6, "what arrived stays");
}

#[test]
fn quarantine_keeps_the_file_its_reason_and_an_audit_entry() {
    let (dir, conn) = stage();
    let folder = dir.path().join("quarantine");
    durable::make_folder(&folder).unwrap();
    let path = dir.path().join("bad.ferry");
    std::fs::write(&path, b"bad").unwrap();
    let file = Candidate { path: path.clone(), name: "bad.ferry".into(), bytes: 3 };
    let why = Error::new(65, "FERRY-E0204", "segment 1 of 1 does not match its digest", "keep it");
    quarantine::put(&conn, "up", &folder, &file, &why, 7).unwrap();
    assert!(!path.exists());
    assert_eq!(std::fs::read(folder.join("000001-FERRY-E0204.ferry")).unwrap(), b"bad");
    assert_eq!(quarantine::count(&conn, "up").unwrap(), 1);
    assert_eq!(audit::verify(&conn).unwrap(), 1);
}

#[test]
fn a_changed_removed_or_added_audit_entry_is_detected() {
    let (_dir, conn) = stage();
    for n in 0..5 {
        audit::note(&conn, n, "agent", "act", "subject", "detail").unwrap();
    }
    assert_eq!(audit::verify(&conn).unwrap(), 5);
    for tampering in [
        "UPDATE ferry_audit SET actor = 'someone' WHERE number = 3",
        "DELETE FROM ferry_audit WHERE number = 2",
        "UPDATE ferry_audit SET at_s = 9 WHERE number = 1",
    ] {
        let copy = conn.unchecked_transaction().unwrap();
        copy.execute(tampering, []).unwrap();
        assert!(audit::verify(&copy).is_err(), "{tampering}");
        copy.rollback().unwrap();
    }
}

#[test]
fn one_run_at_a_time() {
    let dir = tempfile::tempdir().unwrap();
    let held = lock::take(dir.path(), "job").unwrap();
    assert_eq!(lock::take(dir.path(), "job").err().unwrap().exit, TEMPORARY);
    lock::take(dir.path(), "other").unwrap();
    drop(held);
    lock::take(dir.path(), "job").unwrap();
}

#[test]
fn a_new_file_wakes_a_watcher_and_polling_waits_for_its_interval() {
    let dir = tempfile::tempdir().unwrap();
    let mut waker = FolderWatcher::new(dir.path(), Watch::Inotify).unwrap();
    std::fs::write(dir.path().join("x"), b"x").unwrap();
    let started = Instant::now();
    assert!(waker.wait(Duration::from_secs(60)));
    assert!(started.elapsed() < Duration::from_secs(50), "the event was lost");
    let mut poll = FolderWatcher::new(dir.path(), Watch::Poll).unwrap();
    assert!(poll.wait(Duration::from_millis(1)));
}

#[test]
fn our_own_scan_wakes_no_watcher_and_a_burst_of_arrivals_does() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("left alone"), b"x").unwrap();
    let mut waker = FolderWatcher::new(dir.path(), Watch::Inotify).unwrap();
    for _ in 0..10 {
        assert_eq!(scan::scan(dir.path()).unwrap().len(), 1);
    }
    let (started, interval) = (Instant::now(), Duration::from_millis(1500));
    assert!(waker.wait(interval));
    assert!(started.elapsed() >= interval, "looking at what lies there woke it");
    for n in 0..1000 {
        std::fs::write(dir.path().join(n.to_string()), b"x").unwrap();
    }
    let started = Instant::now();
    assert!(waker.wait(Duration::from_secs(60)));
    assert!(started.elapsed() < Duration::from_secs(50), "a thousand arrivals are a hint like one");
}

#[test]
fn a_database_of_a_newer_or_another_program_is_refused_by_name() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("x.db");
    drop(db::open(&path, &[M::up(migrations::CHANNEL_0001), M::up("CREATE TABLE later(x)")]).unwrap());
    let failure = db::open(&path, &[M::up(migrations::CHANNEL_0001)]).unwrap_err();
    assert!(failure.message.english().contains("x.db") && failure.exit == 78, "{}", failure.message.english());
    std::fs::write(dir.path().join("text.db"), "this is a text and no database whatsoever, at any length").unwrap();
    assert!(db::open_read_only(&dir.path().join("text.db")).unwrap_err().message.english().contains("text.db"));
}

#[test]
fn an_acknowledgement_requests_refused_content_and_never_passes_a_gap_that_it_cannot_name() {
    let (_dir, conn) = stage();
    let note = |sequence: u64, verdict| {
        let digest = (verdict != Verdict::Missing).then_some([sequence as u8; 32]);
        let r =
            Received { channel: "down", epoch: 1, sequence, digest, verdict, reason: None, records: 0, documents: 0 };
        received::note_received(&conn, &r, 0).unwrap();
    };
    note(1, Verdict::Published);
    note(2, Verdict::Refused);
    note(3, Verdict::Published);
    let account = |refused_too| acknowledgement::build_acknowledgement(&conn, "down", refused_too, 0).unwrap();
    assert_eq!((account(true).acknowledged.sequence, account(true).gap_requests), (3, vec![(2, 2)]));
    assert_eq!(account(false).gap_requests, []);
    // Every second number from 4 on is missing: more ranges than one batch may name.
    for n in 4..=200 {
        note(n, if n % 2 == 0 { Verdict::Missing } else { Verdict::Published });
    }
    let Account { acknowledged, gap_requests: asked, .. } = account(false);
    assert_eq!(asked.len(), 64);
    assert_eq!(asked.last(), Some(&(130, 130)));
    assert_eq!(acknowledged.sequence, 131);
    assert_eq!(acknowledged.digest, [131; 32]);
}

#[test]
fn an_accepted_gap_is_announced_until_the_announcing_batch_was_accepted() {
    let (_dir, conn) = stage();
    conn.execute_batch(
        "INSERT INTO ferry_received VALUES ('down', 1, 1, x'01', 'published', NULL, 0, 0, 1, 0), ('down', 1, 2, NULL, 'refused', NULL, 0, 0, 1, 0);
         INSERT INTO ferry_gap_accepted VALUES ('down', 1, 2, '王芳', '介质损坏', 1, 'up', 1, 5);
         INSERT INTO ferry_sent VALUES ('up', 1, 5, x'05', 'dispatched', '', 0, 0, 0, 1, NULL, NULL, x'00');",
    )
    .unwrap();
    // Whether the other side reports on each batch.
    let told = |is_reported| gaps::to_give_up(&conn, "down", is_reported).unwrap().is_empty();
    assert!(!told(false) && !told(true));
    conn.execute("UPDATE ferry_sent SET state = 'confirmed'", []).unwrap();
    assert!(told(false) && !told(true), "it may be acknowledged and refused");
    conn.execute("UPDATE ferry_sent SET reason = ?1", [sent::PUBLISHED]).unwrap();
    assert!(told(true));
}
