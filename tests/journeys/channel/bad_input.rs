//! What must not come in: refused, quarantined with a reason code and a hint, and the next good batch goes through.

use crate::support::forge::{forge, ingest_a_faulty_first_batch, put};
use ferry_format::batch::seal::Address;
use ferry_format::frame::header::Direction;
use ferry_format::names::Id;
use ferry_format::record::{Record, Value};
use ferry_testkit::stage::Court;

#[test]
fn damaged_foreign_and_misdirected_batches_are_quarantined_with_a_reason_and_the_good_one_is_published() {
    let court = Court::new(20);
    court.agent("inner", "export");
    let good = std::fs::read(&court.files("channel/up/sent")[0]).unwrap();
    for (role, name) in [("sender", "thief"), ("recipient", "other")] {
        court.ferry_ok(&["keygen", "--role", role, "-o", name]);
    }
    let mut changed = good.clone();
    changed[good.len() / 2] ^= 1;
    let sealed = |sender, recipient, address: &dyn Fn(&mut Address)| forge(&court, sender, recipient, address, 1, &[]);
    let (ours, theirs) = ("inner/sender.key", "outer/recipient.pub");
    let cases: [(&str, &str, Vec<u8>); 9] = [
        ("one byte changed", "FERRY-E0204", changed),
        ("cut off", "FERRY-E0103", good[..good.len() - 7].to_vec()),
        ("one byte added", "FERRY-E0103", [good.as_slice(), b"x"].concat()),
        ("not a batch", "FERRY-E0101", b"PK\x03\x04 this is something else entirely".to_vec()),
        ("unknown key", "FERRY-E0202", sealed("thief.key", theirs, &|_| ())),
        ("another recipient", "FERRY-E0301", sealed(ours, "other.pub", &|_| ())),
        ("another court", "FERRY-E0301", sealed(ours, theirs, &|a| a.court = Id::new("other-court").unwrap())),
        ("another channel", "FERRY-E0301", sealed(ours, theirs, &|a| a.channel = Id::new("down").unwrap())),
        ("another direction", "FERRY-E0301", sealed(ours, theirs, &|a| a.direction = Direction::Return)),
    ];
    for (n, (what, code, bytes)) in cases.iter().enumerate() {
        put(&court, "up", &format!("{n}.ferry"), bytes);
        let name = format!("channel/up/received/{n}.ferry");
        let verified = court.ferry(&["verify", "--trust", "outer/trust.toml", &name]);
        assert_eq!(verified.status.code(), Some(65), "ferry verify: {what}");
        let pass = court.agent("outer", "ingest");
        assert_eq!((&pass["quarantined"], &pass["batches"]), (&1.into(), &0.into()), "{what}: {pass}");
        let status = court.agent("outer", "status");
        assert_eq!(status["quarantine"][0]["code"], *code, "{what}: {}", status["quarantine"][0]);
        assert!(!status["quarantine"][0]["hint"].as_str().unwrap().is_empty());
        assert_eq!(status["published"]["records"], 0, "{what}");
        assert_eq!(status["channels"][0]["last_sequence"], 0, "{what}: trust state moved");
        assert_eq!(status["channels"][0]["quarantined"], n as u64 + 1);
    }
    assert_eq!(court.files("channel/up/received").len(), 0);
    put(&court, "up", "renamed by the gate.dat", &good);
    assert_eq!(court.agent("outer", "ingest")["batches"], 1);
    let (inner, outer) = court.roots();
    assert_eq!(inner, outer);
}

#[test]
fn a_duplicate_batch_is_only_an_audit_entry() {
    let court = Court::new(20);
    court.up();
    let before = court.agent("outer", "status");
    let good = std::fs::read(&court.files("channel/up/sent")[0]).unwrap();
    put(&court, "up", "copy.ferry", &good);
    let pass = court.agent("outer", "ingest");
    assert_eq!((&pass["known"], &pass["quarantined"]), (&1.into(), &0.into()));
    let after = court.agent("outer", "status");
    assert_eq!((&before["published"], &before["state_root"]), (&after["published"], &after["state_root"]));
    assert_eq!(after["channels"][0]["quarantined"], 0);
    let lines: i64 = court
        .database("outer/state/outer.db")
        .query_row("SELECT count(*) FROM ferry_audit WHERE act = 'duplicate'", [], |r| r.get(0))
        .unwrap();
    assert_eq!(lines, 1);
}

#[test]
fn refused_content_of_the_true_sender_uses_its_number_and_is_collected_again() {
    let court = Court::new(20);
    let pass = ingest_a_faulty_first_batch(&court);
    assert_eq!((&pass["refused"], &pass["batches"]), (&1.into(), &0.into()));
    let status = court.agent("outer", "status");
    assert_eq!((&status["channels"][0]["last_sequence"], &status["published"]["records"]), (&1.into(), &0.into()));
    assert_eq!(status["quarantine"][0]["code"], "FERRY-E0403", "{status}");
    court.down();
    assert_eq!(court.agent("inner", "status")["channels"][0]["batches"]["refused"], 1);
    let (exported, ingested) = court.up();
    assert!(exported["records"].as_u64().unwrap() > 100, "{exported}");
    assert_eq!(ingested["batches"], 1);
    let (inner, outer) = court.roots();
    assert_eq!(inner, outer);
}

#[test]
fn hostile_items_of_a_compromised_outer_machine_are_held_and_the_rest_is_settled() {
    let court = Court::new(20);
    court.up();
    let receipt = |id: &str, item: &str, sha: String| {
        let mut r = Record::new("service-receipt", id, 1);
        (r.case_id, r.person) = ("AJ-none".into(), "P1".into());
        for (field, text) in [
            ("recipient", "张三"),
            ("addressee", "P1"),
            ("addressee-name", "张三"),
            ("kind", "service"),
            ("item", item),
            ("document", "x.pdf"),
            ("address", "1.2.3.4"),
            ("via", "portal"),
        ] {
            r.fields.insert(field.into(), Value::Text(text.into()));
        }
        r.fields.insert("sha256".into(), Value::Text(sha));
        r.fields.insert("item-version".into(), Value::Integer(1));
        for time in ["arrived", "opened"] {
            r.fields.insert(time.into(), Value::Integer(1));
        }
        r
    };
    let party = "SELECT AJBH, RYBH FROM DSR ORDER BY DSRBH LIMIT 1";
    let mut message = Record::new("message", "good", 1);
    (message.case_id, message.person) = court.platform().query_row(party, [], |r| Ok((r.get(0)?, r.get(1)?))).unwrap();
    for (field, text) in
        [("author", "李四"), ("text", "'); DROP TABLE AJXX; --"), ("address", "::1"), ("via", "portal")]
    {
        message.fields.insert(field.into(), Value::Text(text.into()));
    }
    message.fields.insert("written".into(), Value::Integer(jiff::Timestamp::now().as_second()));
    let mut bidi = message.clone();
    bidi.id = "bidi".into();
    bidi.fields.insert("text".into(), Value::Text("a\u{202E}b".into()));
    let never_sent = receipt("r1", "no-such-notice", "0".repeat(64));
    let mut upward = Record::new("case", "AJ1", 9);
    upward.case_id = "AJ1".into();
    let items = [never_sent, message, bidi, upward];
    let down = |a: &mut Address| (a.channel, a.direction) = (Id::new("down").unwrap(), Direction::Return);
    put(&court, "down", "1.ferry", &forge(&court, "outer/sender.key", "inner/recipient.pub", down, 1, &items));
    let imported = court.agent("inner", "import");
    assert_eq!((&imported["batches"], &imported["held"], &imported["messages"]), (&1.into(), &3.into(), &1.into()));
    assert_eq!(court.count("SELECT count(*) FROM FERRY_HELD WHERE fields <> '{}' OR kind = 'case'"), 3);
    assert!(court.count("SELECT count(*) FROM AJXX") > 0);
}
