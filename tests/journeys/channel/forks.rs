//! Two signed batches with the same number: the channel stops, both are kept, and a named person resumes it.

use crate::support::forge::forge;
use crate::support::receipts::bring;
use ferry_format::batch::seal::Address;
use ferry_format::frame::header::Direction;
use ferry_format::names::Id;
use ferry_testkit::court::touch;
use ferry_testkit::stage::Court;

fn received(court: &Court, direction: &str, name: &str, bytes: &[u8]) {
    std::fs::write(court.path(&format!("channel/{direction}/received/{name}")), bytes).unwrap();
}

fn second(court: &Court, sender: &str) -> Vec<u8> {
    forge(court, sender, "outer/recipient.pub", |_| (), 1, &[])
}

fn alarms(court: &Court, side: &str) -> String {
    court.agent(side, "status")["alarms"].to_string()
}

#[test]
fn a_second_signed_batch_with_the_same_number_stops_the_channel_until_a_person_resumes_it() {
    let court = Court::new(20);
    court.up();
    let before = court.agent("outer", "status");
    // What is not signed by the one it trusts, damaged, or known, never stops it.
    court.ferry_ok(&["keygen", "--role", "sender", "-o", "thief"]);
    received(&court, "up", "thief", &second(&court, "thief.key"));
    let mut damaged = second(&court, "inner/sender.key");
    *damaged.last_mut().unwrap() ^= 1;
    received(&court, "up", "damaged", &damaged);
    received(&court, "up", "known", &std::fs::read(&court.files("channel/up/sent")[0]).unwrap());
    let pass = court.agent("outer", "ingest");
    assert_eq!((&pass["quarantined"], &pass["known"]), (&2.into(), &1.into()), "{pass}");
    assert_eq!(alarms(&court, "outer"), "[]");

    received(&court, "up", "second", &second(&court, "inner/sender.key"));
    assert!(court.refused("outer", "ingest", 65).contains("FERRY-E0675"));
    let evidence = court.files("outer/state/evidence");
    assert_eq!(evidence.len(), 2, "{evidence:?}");
    assert_eq!(std::fs::read(&evidence[1]).unwrap(), second(&court, "inner/sender.key"));
    let first = std::fs::read_to_string(&evidence[0]).unwrap();
    for name in ["header ", "content ", "series ", "signature "] {
        assert!(first.lines().any(|l| l.starts_with(name) && l.len() > 100), "{first}");
    }
    // Nothing is applied while it is stopped, and files stay where they are: also for a program that was started again.
    court.agent("inner", "export");
    court.carry("up");
    for _ in 0..2 {
        assert!(court.refused("outer", "ingest", 65).contains("FERRY-E0675"));
    }
    assert_eq!(court.files("channel/up/received").len(), 1);
    let status = court.agent("outer", "status");
    assert_eq!((&status["published"], &status["state_root"]), (&before["published"], &before["state_root"]));
    assert!(alarms(&court, "outer").contains("FERRY-E0675"));
    court.agent("outer", "reply");

    let resume = ["fork", "resume", "--by", "李强", "--reason", "发送侧从旧备份恢复"];
    assert!(court.try_agent("outer", &resume).status.success());
    assert_eq!(court.agent("outer", "ingest")["batches"], 1);
    assert_eq!(alarms(&court, "outer"), "[]");
    // The same copy once more is evidence already.
    received(&court, "up", "again", &second(&court, "inner/sender.key"));
    assert_eq!(court.agent("outer", "ingest")["known"], 1);
    assert_eq!(court.files("outer/state/evidence").len(), 2);
    assert_eq!(court.try_agent("outer", &resume).status.code(), Some(66));
    let conn = court.database("outer/state/outer.db");
    let sql = "SELECT count(*) FROM ferry_audit WHERE act = 'resume' AND actor = '李强'";
    assert_eq!(conn.query_row(sql, [], |r| r.get::<_, i64>(0)).unwrap(), 1);
    assert!(ferry_channel::audit::verify(&conn).is_ok());
}

#[test]
fn a_second_return_batch_with_the_same_number_stops_the_return_channel_and_settles_nothing() {
    let court = Court::new(20);
    court.up();
    assert_eq!(bring(&court, 1, &[])["batches"], 1);
    let down = |a: &mut Address| {
        (a.channel, a.direction) = (Id::new("down").unwrap(), Direction::Return);
        a.policy = [7; 32];
    };
    let other = forge(&court, "outer/sender.key", "inner/recipient.pub", down, 1, &[]);
    received(&court, "down", "other", &other);
    assert!(court.refused("inner", "import", 65).contains("FERRY-E0675"));
    assert!(alarms(&court, "inner").contains("FERRY-E0675"));
    assert_eq!(court.files("inner/state/evidence").len(), 2);
    let listed = court.try_agent("inner", &["fork", "list", "--json"]);
    let listed: serde_json::Value = serde_json::from_slice(&listed.stdout).unwrap();
    assert_eq!((&listed[0]["sequence"], &listed[0]["resumed_by"]), (&1.into(), &serde_json::Value::Null));
    // The way out is another channel.
    court.up();
}

#[test]
fn a_head_of_another_batch_with_the_same_number_stops_the_channel() {
    let court = crate::support::volumes::court_with_a_large_document();
    let twin = court.duplicate();
    court.agent("inner", "export");
    for (n, file) in court.files("channel/up/sent").iter().enumerate() {
        std::fs::copy(file, court.path(&format!("channel/up/received/{n}"))).unwrap();
    }
    assert_eq!(court.agent("outer", "ingest")["batches"], 1);
    twin.agent("inner", "export");
    let head = twin.files("channel/up/sent").into_iter().find(|f| f.extension().is_some_and(|e| e == "head")).unwrap();
    received(&court, "up", "head", &std::fs::read(head).unwrap());
    assert!(court.refused("outer", "ingest", 65).contains("FERRY-E0675"));
    assert_eq!(court.files("outer/state/evidence").len(), 2);
}

#[test]
fn a_batch_whose_digest_differs_from_what_later_batches_name_fills_no_gap() {
    let court = Court::new(5);
    court.up();
    for seed in [1, 2] {
        touch(&court.path(""), 2, seed).unwrap();
        court.agent("inner", "export");
    }
    let sent = court.files("channel/up/sent");
    received(&court, "up", "third", &std::fs::read(&sent[2]).unwrap());
    assert_eq!(court.agent("outer", "ingest")["batches"], 1);
    received(&court, "up", "forged", &forge(&court, "inner/sender.key", "outer/recipient.pub", |_| (), 2, &[]));
    let pass = court.agent("outer", "ingest");
    assert_eq!((&pass["quarantined"], &pass["batches"]), (&1.into(), &0.into()), "{pass}");
    received(&court, "up", "second", &std::fs::read(&sent[1]).unwrap());
    assert_eq!(court.agent("outer", "ingest")["batches"], 1);
    let (inner, outer) = court.roots();
    assert_eq!(inner, outer);
}
