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
    assert!(court.refused("inner", "export", 75).contains("FERRY-E0654"), "five years after the last run");
    court.accept_clock("inner");
    send(&court, 3);
    assert_eq!(ingest(&court), (2, 0), "and the right clock frees what waited");
    // Back again, then years ahead, beyond 2038, each accepted by a person: numbers alone decide.
    for (day, ahead_s) in [(4, -YEAR_S), (5, 13 * YEAR_S), (6, 60)] {
        court.set_clock("inner", ahead_s);
        court.accept_clock("inner");
        send(&court, day);
    }
    assert_eq!(ingest(&court), (3, 0));
    assert_eq!(court.roots().0, court.roots().1);
    court.down();
    assert_eq!(court.agent("inner", "status")["channels"][0]["batches"]["confirmed"], 6);
}

#[test]
fn a_receiver_with_a_wrong_clock_accepts_everything_and_alarms_until_a_person_accepts_its_time() {
    let court = Court::new(10);
    court.set_clock("outer", -8 * YEAR_S);
    send(&court, 1);
    assert_eq!(ingest(&court), (1, 0), "a receiver behind has no reason to refuse");
    court.set_clock("outer", 13 * YEAR_S);
    send(&court, 2);
    assert_eq!(ingest(&court), (1, 0), "one years ahead goes by the time that it believed last, and refuses nothing");
    let status = court.agent("outer", "status");
    assert!(status["alarms"].to_string().contains("FERRY-E0654"), "{status}");
    assert!(status["channels"][0]["last_success"].as_str().unwrap() < "2020", "{status}");
    court.set_clock("outer", 0);
    send(&court, 3);
    assert_eq!(ingest(&court), (1, 0));
    assert!(court.agent("outer", "status")["alarms"].to_string().contains("FERRY-E0654"), "until a person accepts it");
    court.accept_clock("outer");
    assert!(!court.agent("outer", "status")["alarms"].to_string().contains("FERRY-E0654"));
    assert_eq!(court.roots().0, court.roots().1);
    court.down();
    let confirmed = court.agent("inner", "status")["channels"][0]["batches"].clone();
    assert_eq!(confirmed, serde_json::json!({ "confirmed": 3 }));
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
fn a_clock_that_is_behind_publishes_nothing_new_and_still_takes_back() {
    let court = Court::new(12);
    court.up();
    let sql = "SELECT CSBH, AJBH FROM ZXCS WHERE SSZT = '1' LIMIT 1";
    let (key, case): (String, String) = court.platform().query_row(sql, [], |r| Ok((r.get(0)?, r.get(1)?))).unwrap();
    let form = format!(
        "INSERT INTO BYGK(SPBH, DXLB, DXBH, AJBH, LYLB, LY, ZXJFZR, FGYLD, QSRQ, GXSJ)
           VALUES ('SP-1', 'ZXCS', '{key}', '{case}', '4', '未成年人', '王', '李', strftime('%Y-%m-%d', 'now', '+8 hours'),
                   '2027-01-01')"
    );
    court.platform().execute_batch(&form).unwrap();
    let new =
        "INSERT INTO GG(GGBH, LB, BT, NR, FBRQ, GXSJ) VALUES ('NEW', '2', '公告', '内容', '2026-01-05', '2027-01-01')";
    court.platform().execute(new, []).unwrap();
    court.set_clock("inner", -26 * 3600);
    let exported = court.agent("inner", "export");
    assert_eq!((&exported["only_retractions"], &exported["retracted"]), (&true.into(), &1.into()), "{exported}");
    assert!(exported["postponed"].as_u64().unwrap() > 0, "the announcement waits");
    court.carry("up");
    court.agent("outer", "ingest");
    let outside =
        |sql: &str| court.database("outer/state/outer.db").query_row(sql, [], |r| r.get::<_, i64>(0)).unwrap();
    let announced = "SELECT count(*) FROM record WHERE kind = 'announcement' AND id = 'NEW'";
    assert_eq!(outside(announced), 0);
    let withheld =
        format!("SELECT retracted FROM record WHERE kind = 'measure' AND id = '{key}' ORDER BY version DESC LIMIT 1");
    assert_eq!(outside(&withheld), 1, "withheld from today, although the clock says yesterday");
    assert!(court.agent("inner", "status")["alarms"].to_string().contains("FERRY-E0653"));
    assert!(court.refused("inner", "baseline", 75).contains("FERRY-E0653"));
    court.set_clock("inner", 0);
    let exported = court.agent("inner", "export");
    assert_eq!((&exported["only_retractions"], &exported["records"]), (&false.into(), &1.into()), "{exported}");
    court.carry("up");
    court.agent("outer", "ingest");
    assert_eq!(outside(announced), 1);
    assert_eq!(court.roots().0, court.roots().1);
    assert_eq!(court.agent("inner", "status")["alarms"].to_string(), "[]");
}

#[test]
fn a_clock_far_ahead_or_at_its_first_second_pauses_exports_until_it_is_right() {
    let court = Court::new(12);
    court.up();
    let only_retractions = || court.agent("inner", "export")["only_retractions"].as_bool().unwrap();
    court.set_clock("inner", YEAR_S);
    for _ in 0..2 {
        assert!(court.refused("inner", "export", 75).contains("FERRY-E0654"));
    }
    // A hardware clock without a battery begins in 1970.
    court.set_clock("inner", 60 - ferry_channel::types::UnixSeconds::now().get());
    assert!(only_retractions());
    court.set_clock("inner", 0);
    assert!(!only_retractions());
    // A run that a person let go in a wrong future is taken back in the same way.
    court.set_clock("inner", YEAR_S);
    court.accept_clock("inner");
    court.agent("inner", "export");
    court.set_clock("inner", 0);
    assert!(only_retractions());
    court.accept_clock("inner");
    assert!(!only_retractions());
}

#[test]
fn a_daemon_whose_clock_was_set_back_by_years_exports_again_at_once_and_then_on_schedule() {
    let court = Court::new(10);
    court.set_clock("inner", 3 * YEAR_S);
    court.agent("inner", "export");
    court.set_clock("inner", 0);
    court.accept_clock("inner");
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
