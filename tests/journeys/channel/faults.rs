//! Faults of disk and power, and processes that are killed: nothing is lost, nothing is doubled, nothing is half there.

use ferry_testkit::stage::{Court, binary, in_english};
use ferry_torture::compare::{State, differences};
use ferry_torture::{Selection, daemons, faults, kills, local, portal};
use rusqlite::Connection;
use std::process::Command;

/// Changes a court by hand, as a fault would.
fn spoil(court: &Court, database: &str, sql: &str) {
    let conn: Connection = court.database(database);
    assert!(conn.execute(sql, []).unwrap() > 0, "{sql}");
}

#[test]
fn a_comparison_of_two_courts_names_what_was_lost_duplicated_or_left_incomplete() {
    let court = Court::new(12);
    let twin = court.duplicate();
    for court in [&court, &twin] {
        court.up();
        court.down();
        court.up();
    }
    let whole = State::of(&twin);
    assert_eq!(differences(&whole, &State::of(&court)), Vec::<String>::new());
    // Another number of empty batches is no difference.
    court.up();
    assert_eq!(differences(&whole, &State::of(&court)), Vec::<String>::new());

    let assert_found = |what: &str| {
        let found = differences(&whole, &State::of(&court));
        assert!(found.iter().any(|line| line.contains(what)), "{what}: {found:?}");
    };
    std::fs::write(court.path("channel/up/received/.ferry-torn"), "half").unwrap();
    assert_found(".ferry-torn was left");
    std::fs::write(court.path("outer/state/outbox/plain.txt"), "plain").unwrap();
    assert_found("plain.txt is not sealed");
    let document = court.files("outer/state/documents")[0].clone();
    let document = ferry_testkit::stage::walk(&document).remove(0);
    std::fs::write(&document, "half").unwrap();
    assert_found("is not what its name says");
    std::fs::remove_file(&document).unwrap();
    assert_found("is lost");
    spoil(&court, "outer/state/outer.db", "UPDATE record SET version = 9 WHERE kind = 'case'");
    assert_found("outer.record kind=case");
    spoil(&court, "outer/state/outer.db", "UPDATE visible SET records = records + 1");
    assert_found("records are counted");
    spoil(&court, "inner/state/inner.db", "UPDATE ferry_audit SET act = 'x' WHERE number = 2");
    assert_found("does not continue the chain");
    spoil(&court, "outer/state/outer.db", "DELETE FROM ferry_state_root WHERE kind = 'case'");
    assert_found("state roots differ");
    spoil(&court, "outer/state/outer.db", "DELETE FROM ferry_received WHERE sequence = 2");
    assert_found("batch 2 was sent and not published");
}

/// Trials of the sample; `ops/torture faults` tries them all.
const FAULTS: u64 = 40;
/// Faults of the world around a job; `ops/torture local` tries all of them.
const LOCAL: u64 = 40;

#[test]
fn a_folder_file_or_key_that_is_away_or_wrong_refuses_nothing_is_named_and_heals_once_it_is_back() {
    let seed = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs();
    let outcome = local::run(Selection::Sample(LOCAL), seed);
    assert_eq!((outcome.tried, outcome.violations), (LOCAL, vec![]), "seed {seed}");
}

/// Kills of every test run; `ops/torture kills` makes 10,000.
const KILLS: u64 = 200;

#[test]
fn a_failed_disk_call_loses_and_duplicates_nothing_and_no_unfinished_job_reports_success() {
    let outcome = faults::run(Selection::Sample(FAULTS), 6);
    assert!(outcome.tried > FAULTS / 2, "{} of {FAULTS} points were reached", outcome.tried);
    assert_eq!(outcome.violations, Vec::<String>::new());
}

#[test]
fn agents_killed_two_hundred_times_lose_and_duplicate_nothing() {
    let outcome = kills::run(Some(KILLS), 6);
    assert!(outcome.tried >= KILLS);
    assert_eq!(outcome.violations, Vec::<String>::new());
}

/// Kills of daemons; `ops/torture daemons` makes 1,000.
const DAEMON_KILLS: u64 = 24;

#[test]
fn daemons_killed_repeatedly_lose_and_duplicate_nothing_and_never_end_by_themselves() {
    let outcome = daemons::run(Some(DAEMON_KILLS), 6);
    assert_eq!((outcome.tried, outcome.violations), (DAEMON_KILLS, vec![]));
}

/// Kills of the portal; `ops/torture portal` makes 1,000.
const PORTAL_KILLS: u64 = 25;

#[test]
fn a_killed_portal_keeps_what_it_confirmed_and_each_text_and_receipt_arrives_inside_once() {
    let outcome = portal::run(Some(PORTAL_KILLS), 6);
    assert!(outcome.tried >= PORTAL_KILLS);
    assert_eq!(outcome.violations, Vec::<String>::new());
}

#[test]
fn a_failed_sync_ends_even_a_daemon_with_71_and_nothing_counts_as_imported() {
    let court = Court::new(12);
    court.up();
    court.agent("outer", "reply");
    court.carry("down");
    let mut strace = Command::new("timeout");
    strace.args([
        "--signal=KILL",
        "100",
        "strace",
        "-f",
        "--seccomp-bpf",
        "-o",
        "/dev/null",
        "-e",
        "trace=fsync,fdatasync",
    ]);
    strace.args(["-e", "inject=fsync,fdatasync:error=EIO:when=1+"]).arg(binary("inner-agent"));
    in_english(&mut strace);
    let out = strace.arg("--config").arg(court.path("inner.toml")).arg("run").output().unwrap();
    let out = court.secrets().check_output(out);
    let output = String::from_utf8_lossy(&out.stderr);
    assert_eq!(out.status.code(), Some(71), "{output}");
    assert!(output.contains("[FERRY-E0660]") && output.contains("hint: "), "{output}");
    assert_eq!(court.agent("inner", "import")["batches"], 1);
}

#[test]
fn a_refused_file_whose_row_was_lost_is_refused_again_and_blocks_no_other() {
    let court = Court::new(12);
    court.up();
    let refuse = |name: &str| {
        std::fs::write(
            court.path("channel/up/received").join(name),
            format!("{name}: no batch at all, and long enough"),
        )
        .unwrap();
        court.agent("outer", "ingest")["quarantined"].as_u64().unwrap()
    };
    assert_eq!(refuse("one.bin"), 1);
    // Killed after the file was moved and before its row was durable.
    spoil(&court, "outer/state/outer.db", "DELETE FROM ferry_quarantine");
    assert_eq!(refuse("two.bin"), 2);
    assert_eq!(court.files("outer/state/quarantine").len(), 2);
}
