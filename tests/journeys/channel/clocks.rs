//! Clocks that are wrong: order follows numbers, what is refused for its age is accepted once the clock is right, and a
//! schedule fires again. The agents run on clocks of their own, set by libfaketime.

use crate::support::wait::eventually;
use ferry_testkit::court::touch;
use ferry_testkit::stage::{Court, SEED};

const YEAR_S: i64 = 365 * 86_400;

/// Exports a changed day and carries it.
fn send(court: &Court, day: u64) {
    touch(&court.path(""), 5, SEED + day).unwrap();
    court.agent("inner", "export");
    court.carry("up");
}

/// Published and waiting after one ingest, which puts nothing into quarantine.
fn ingest(court: &Court) -> (u64, u64) {
    let done = court.agent("outer", "ingest");
    assert_eq!((&done["quarantined"], &done["refused"]), (&0.into(), &0.into()), "{done}");
    (done["batches"].as_u64().unwrap(), done["waiting"].as_u64().unwrap())
}

#[test]
fn batches_of_a_clock_behind_by_years_cross_in_the_order_of_their_numbers() {
    let court = Court::new(10);
    court.set_clock("inner", -5 * YEAR_S);
    send(&court, 1);
    assert_eq!(ingest(&court), (0, 1), "the newest of a series is a freeze once its time is over");
    send(&court, 2);
    assert_eq!(ingest(&court), (1, 1), "the first is named by the second");
    court.set_clock("inner", 0);
    send(&court, 3);
    assert_eq!(ingest(&court), (2, 0), "and the right clock frees what waited");
    // Back again, then years ahead, beyond 2038: numbers alone decide.
    for (day, ahead_s) in [(4, -YEAR_S), (5, 13 * YEAR_S), (6, 60)] {
        court.set_clock("inner", ahead_s);
        send(&court, day);
    }
    assert_eq!(ingest(&court), (3, 0));
    assert_eq!(court.roots().0, court.roots().1);
    court.down();
    assert_eq!(court.agent("inner", "status")["channels"][0]["batches"]["confirmed"], 6);
}

#[test]
fn a_receiver_with_a_wrong_clock_accepts_everything_once_it_is_right() {
    let court = Court::new(10);
    court.set_clock("outer", -8 * YEAR_S);
    send(&court, 1);
    assert_eq!(ingest(&court), (1, 0), "a receiver behind has no reason to refuse");
    court.set_clock("outer", 13 * YEAR_S);
    send(&court, 2);
    assert_eq!(ingest(&court), (0, 1), "one years ahead takes the newest for a freeze");
    let status = court.agent("outer", "status");
    assert!(status["channels"][0]["last_success"].as_str().unwrap() > "2039", "{status}");
    court.set_clock("outer", 0);
    assert_eq!(ingest(&court), (1, 0));
    assert_eq!(court.roots().0, court.roots().1);
    court.down();
    let confirmed = court.agent("inner", "status")["channels"][0]["batches"].clone();
    assert_eq!(confirmed, serde_json::json!({ "confirmed": 2 }));
}

#[test]
fn after_2038_a_journey_works_in_both_directions_and_the_audit_has_its_times() {
    let court = Court::new(10);
    for side in ["inner", "outer"] {
        court.set_clock(side, 13 * YEAR_S);
    }
    let (exported, ingested) = court.up();
    assert_eq!(exported["records"], ingested["records"]);
    let (_, imported) = court.down();
    assert_eq!(imported["reports"], 1);
    for database in ["inner/state/inner.db", "outer/state/outer.db"] {
        let conn = court.database(database);
        let first: i64 = conn.query_row("SELECT min(at_s) FROM ferry_audit", [], |r| r.get(0)).unwrap();
        assert!(first > i64::from(i32::MAX), "{database}: {first}");
        ferry_channel::audit::verify(&conn).unwrap();
    }
}

#[test]
fn a_daemon_whose_clock_was_set_back_by_years_exports_again_at_once_and_then_on_schedule() {
    let court = Court::new(10);
    court.set_clock("inner", 3 * YEAR_S);
    court.agent("inner", "export");
    court.set_clock("inner", 0);
    let sequence = || court.agent("inner", "status")["channels"][0]["last_sequence"].as_u64().unwrap();
    let daemon = court.spawn("inner", &["run"]);
    eventually("the export", || sequence() == 2);
    // Long enough for another look at the schedule after every event in the folder.
    for n in 0..3 {
        std::fs::write(court.path(&format!("channel/down/received/{n}.part")), b"x").unwrap();
        std::thread::sleep(std::time::Duration::from_millis(500));
    }
    assert_eq!(sequence(), 2, "once");
    drop(daemon);
}
