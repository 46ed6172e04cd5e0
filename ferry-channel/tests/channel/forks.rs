//! Two signed batches under one number, and what is deleted after its days, in process.

use crate::channel;
use crate::receiver::{Receiver, Series};
use ferry_channel::config::Maintenance;
use ferry_channel::receive::fork;
use ferry_channel::receive::progress::CopyGrace;
use ferry_channel::types::UnixSeconds;
use ferry_channel::types::decision::{Decision, Name, Reason};

const DAY_S: i64 = 86_400;

fn count(receiver: &Receiver, sql: &str) -> i64 {
    receiver.conn.query_row(sql, [], |r| r.get(0)).unwrap()
}

fn lay_down(receiver: &Receiver, name: &str, bytes: &[u8]) {
    std::fs::write(receiver.received(name), bytes).unwrap();
}

#[test]
fn a_second_batch_under_a_number_stops_the_channel_keeps_both_as_evidence_and_a_person_lets_it_continue() {
    let series = Series::new(2);
    let mut receiver = series.receiver();
    assert_eq!(receiver.take(&[&series.batches[0]]).published, 1);
    assert!(fork::alarm(&receiver.conn, &channel("up")).unwrap().is_none());
    let decision = Decision { by: "王芳".parse::<Name>().unwrap(), reason: "已留证".parse::<Reason>().unwrap() };
    let none = fork::resume(&mut receiver.conn, &channel("up"), &decision, UnixSeconds(2_000)).unwrap_err();
    assert_eq!(none.code, "FERRY-E0676", "it is not stopped");

    let second = series.other_first();
    lay_down(&receiver, "second", &second);
    assert_eq!(receiver.try_pass(CopyGrace::None).unwrap_err().code, "FERRY-E0675");
    assert!(!receiver.received("second").exists(), "it is kept as evidence");
    let evidence = receiver.evidence();
    assert_eq!(evidence.len(), 2, "{evidence:?}");
    assert!(evidence.iter().any(|file| std::fs::read(file).unwrap() == second));
    let first = evidence.iter().find(|file| file.extension().is_some_and(|e| e == "txt")).unwrap();
    let first = std::fs::read_to_string(first).unwrap();
    for part in ["channel up\n", "place 1/1\n", "digest ", "header ", "content ", "series ", "signature "] {
        assert!(first.contains(part), "{part}: {first}");
    }
    let alarm = fork::alarm(&receiver.conn, &channel("up")).unwrap().expect("it stands still");
    assert_eq!(alarm.code, "FERRY-E0675");
    assert_eq!(count(&receiver, "SELECT count(*) FROM ferry_audit WHERE act = 'stop'"), 1);
    // Nothing is applied while it is stopped.
    lay_down(&receiver, "next", &series.batches[1]);
    assert_eq!(receiver.try_pass(CopyGrace::None).unwrap_err().code, "FERRY-E0675");

    fork::resume(&mut receiver.conn, &channel("up"), &decision, UnixSeconds(2_000)).unwrap();
    assert!(fork::alarm(&receiver.conn, &channel("up")).unwrap().is_none());
    assert_eq!(receiver.pass(CopyGrace::None).published, 1);
    let sql = "SELECT count(*) FROM ferry_audit WHERE act = 'resume' AND actor = '王芳' AND detail = '已留证'";
    assert_eq!(count(&receiver, sql), 1);
    // A copy of what is evidence already is removed, and stops nothing again.
    lay_down(&receiver, "again", &second);
    assert_eq!(receiver.pass(CopyGrace::None).known, 1);
    assert!(!receiver.received("again").exists() && receiver.evidence().len() == 2);
    assert_eq!(count(&receiver, "SELECT count(*) FROM ferry_audit WHERE act = 'duplicate'"), 1);
}

#[test]
fn refused_files_are_deleted_after_their_days_or_beyond_their_bytes_and_counted() {
    let series = Series::new(1);
    let mut receiver = series.receiver();
    let mut damaged = series.batches[0].clone();
    *damaged.last_mut().unwrap() ^= 1;
    let maintenance = Maintenance { quarantine_days: 30, quarantine_mib: 1, ..Maintenance::default() };
    lay_down(&receiver, "damaged", &damaged);
    assert_eq!(receiver.pass(CopyGrace::None).quarantined, 1);
    assert_eq!(receiver.retain(&maintenance), 0);
    receiver.now = receiver.now + 31 * DAY_S;
    assert_eq!(receiver.retain(&maintenance), 1);
    assert_eq!(count(&receiver, "SELECT count(*) FROM ferry_quarantine"), 0);
    // More than a MiB of refused files: the oldest goes.
    for n in 0..3 {
        lay_down(&receiver, &format!("long {n}"), &[damaged.as_slice(), &vec![n; 500 << 10]].concat());
        receiver.now = receiver.now + 1;
        assert_eq!(receiver.pass(CopyGrace::None).quarantined, 1);
    }
    assert_eq!(receiver.retain(&maintenance), 1);
    assert_eq!(count(&receiver, "SELECT count(*) FROM ferry_quarantine"), 2);
}
