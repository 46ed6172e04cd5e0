//! Order and gaps: versions decide, a gap is named, asked for and closed from the kept outbox.

use ferry_testkit::court::touch;
use ferry_testkit::stage::{Court, SEED, walk};

#[test]
fn a_lost_batch_is_reported_requested_and_resent_automatically() {
    let court = Court::new(40);
    court.up();
    touch(&court.path(""), 5, SEED).unwrap();
    court.agent("inner", "export");
    for lost in court.files("channel/up/sent") {
        std::fs::remove_file(lost).unwrap();
    }
    touch(&court.path(""), 5, SEED + 1).unwrap();
    court.up();
    let status = court.agent("outer", "status");
    assert_eq!(status["channels"][0]["gaps"], serde_json::json!([2]));
    let (inner, outer) = court.roots();
    assert_ne!(inner, outer);

    let (_, imported) = court.down();
    assert_eq!(imported["resent"], 1);
    assert_eq!(court.agent("inner", "status")["channels"][0]["batches"]["missing"], 1);
    court.carry("up");
    assert_eq!(court.agent("outer", "ingest")["batches"], 1);
    assert_eq!(court.agent("outer", "status")["channels"][0]["gaps"], serde_json::json!([]));
    let (inner, outer) = court.roots();
    assert_eq!(inner, outer);
}

#[test]
fn batches_that_arrive_together_in_any_name_order_are_applied_in_the_order_of_their_numbers() {
    let court = Court::new(30);
    for n in 0..4 {
        touch(&court.path(""), 5, SEED + n).unwrap();
        court.agent("inner", "export");
    }
    for (n, file) in court.files("channel/up/sent").iter().rev().enumerate() {
        std::fs::copy(file, court.path(&format!("channel/up/received/{n}.bin"))).unwrap();
    }
    let pass = court.agent("outer", "ingest");
    assert_eq!((&pass["batches"], &pass["quarantined"]), (&4.into(), &0.into()));
    let (inner, outer) = court.roots();
    assert_eq!(inner, outer);
}

#[test]
fn an_interrupted_copy_that_is_completed_later_is_accepted() {
    let court = Court::new(20);
    court.agent("inner", "export");
    let good = std::fs::read(&court.files("channel/up/sent")[0]).unwrap();
    let path = court.path("channel/up/received/slow.ferry");
    std::fs::write(&path, &good[..good.len() / 2]).unwrap();
    let mut slow = std::fs::File::options().append(true).open(&path).unwrap();
    assert_eq!(court.agent("outer", "ingest")["quarantined"], 1);
    std::io::Write::write_all(&mut slow, &good[good.len() / 2..]).unwrap();
    assert_eq!(court.agent("outer", "ingest")["batches"], 1);
    assert_eq!(court.agent("outer", "status")["channels"][0]["quarantined"], 0);
}

#[test]
fn both_audits_are_unbroken_chains_and_a_changed_line_breaks_them() {
    let court = Court::new(20);
    court.up();
    court.down();
    for database in ["inner/state/inner.db", "outer/state/outer.db"] {
        let conn = court.database(database);
        assert!(ferry_channel::audit::verify(&conn).unwrap() >= 2);
        conn.execute("UPDATE ferry_audit SET detail = 'nothing happened' WHERE number = 1", []).unwrap();
        assert!(ferry_channel::audit::verify(&conn).unwrap_err().message.english().contains("entry 1"));
    }
}

#[test]
fn a_late_batch_leaves_no_document_that_a_newer_batch_retracted() {
    let court = Court::new(40);
    court.without_retraction_guard();
    court.platform().execute("UPDATE WS SET QFBZ = 0, GXSJ = '2027-01-01 00:00:00'", []).unwrap();
    court.up();
    let documents = || walk(&court.path("outer/state/documents")).len();
    let before = documents();
    court
        .platform()
        .execute("UPDATE WS SET QFBZ = 1, GXSJ = '2027-01-01 00:00:00' WHERE JZLB = '1' AND WSBH <> 'WS-LOST'", [])
        .unwrap();
    court.agent("inner", "export");
    let late = court.files("channel/up/sent").pop().unwrap();
    std::fs::rename(&late, court.path("late.ferry")).unwrap();
    court.platform().execute("UPDATE WS SET QFBZ = 0, GXSJ = '2027-01-01 00:00:00'", []).unwrap();
    court.up();
    std::fs::rename(court.path("late.ferry"), court.path("channel/up/received/late.ferry")).unwrap();
    assert_eq!(court.agent("outer", "ingest")["batches"], 1);
    assert_eq!(documents(), before);
    let (inner, outer) = court.roots();
    assert_eq!(inner, outer);
}

#[test]
fn a_waiting_channel_publishes_nothing_out_of_order_and_everything_once_the_gap_is_closed() {
    let court = Court::new(40);
    court.edit("outer.toml", "on-gap = \"apply\"", "on_gap = \"wait\"");
    court.up();
    for n in 0..3 {
        touch(&court.path(""), 5, SEED + n).unwrap();
        court.agent("inner", "export");
    }
    std::fs::remove_file(&court.files("channel/up/sent")[1]).unwrap();
    court.carry("up");
    let before = court.roots().1;
    for _ in 0..2 {
        let pass = court.agent("outer", "ingest");
        assert_eq!((&pass["batches"], &pass["waiting"]), (&0.into(), &2.into()));
    }
    assert_eq!(court.roots().1, before);
    let status = court.agent("outer", "status");
    assert_eq!(
        (&status["channels"][0]["gaps"], &status["channels"][0]["waiting"]),
        (&serde_json::json!([2]), &2.into())
    );

    assert_eq!(court.down().1["resent"], 1);
    // However long that took: what came in time is not late because it had to wait.
    court.set_clock("outer", 30 * 86_400);
    court.carry("up");
    assert_eq!(court.agent("outer", "ingest")["batches"], 3);
    let (inner, outer) = court.roots();
    assert_eq!(inner, outer);
}

#[test]
fn a_waiting_channel_continues_when_a_person_accepts_the_gap() {
    let court = Court::new(30);
    court.edit("outer.toml", "on-gap = \"apply\"", "on-gap = \"wait\"");
    court.up();
    for n in 0..2 {
        touch(&court.path(""), 5, SEED + n).unwrap();
        court.agent("inner", "export");
    }
    std::fs::remove_file(&court.files("channel/up/sent")[1]).unwrap();
    court.carry("up");
    assert_eq!(court.agent("outer", "ingest")["waiting"], 1);
    let accepted = court.try_agent("outer", &["gaps", "accept", "2", "--by", "王建华", "--reason", "介质损坏"]);
    assert!(accepted.status.success(), "{}", String::from_utf8_lossy(&accepted.stderr));
    assert_eq!(court.agent("outer", "ingest")["batches"], 1);
    court.down();
    court.up();
    let (inner, outer) = court.roots();
    assert_eq!(inner, outer);
}

#[test]
fn the_return_channel_cannot_be_set_to_wait_because_it_carries_requests() {
    let court = Court::new(12);
    court.edit("inner.toml", "stalled-copy-timeout-s = 3600", "stalled-copy-timeout-s = 3600\non-gap = \"wait\"");
    let output = court.refused("inner", "check-config", 78);
    assert!(output.contains("import.on-gap"), "{output}");
}
