//! A side whose machine and keys are stolen: what it may cause on the other side is bounded, and nothing that is honest waits
//! for it for longer than a day.

use crate::support::forge::{forge_return, put};
use ferry_format::frame::statement::{Acknowledged, SeriesStatement};
use ferry_format::record::{Record, Value};
use ferry_testkit::court::touch;
use ferry_testkit::stage::{Court, SEED};
use serde_json::Value as Json;

const DAY_S: i64 = 86_400;

fn codes(court: &Court, side: &str) -> Vec<String> {
    let status = court.agent(side, "status");
    status["alarms"].as_array().unwrap().iter().map(|a| a["code"].as_str().unwrap().to_owned()).collect()
}

fn sent_bytes(court: &Court, direction: &str) -> u64 {
    court.files(&format!("channel/{direction}/sent")).iter().map(|f| f.metadata().unwrap().len()).sum()
}

fn empty(court: &Court, direction: &str) {
    for file in court.files(&format!("channel/{direction}/sent")) {
        std::fs::remove_file(file).unwrap();
    }
}

/// Three batches crossed, and the outer machine is in other hands. Gives their bytes.
fn stolen_outer_machine(court: &Court) -> u64 {
    for seed in 0..3 {
        touch(&court.path(""), 3, SEED + seed).unwrap();
        court.agent("inner", "export");
    }
    let bytes = sent_bytes(court, "up");
    court.carry("up");
    court.agent("outer", "ingest");
    empty(court, "up");
    bytes
}

/// As case H1: it asks for everything with each batch.
fn ask_for_everything(court: &Court, sequence: u64) -> Json {
    let ask = |series: &mut SeriesStatement| {
        series.gap_requests = vec![(1, i64::MAX as u64)];
    };
    put(court, "down", &format!("{sequence}.ferry"), &forge_return(court, (1, sequence), &[], ask));
    court.agent("inner", "import")
}

#[test]
fn a_side_that_asks_for_everything_again_and_again_gets_each_batch_twice_a_day() {
    let court = Court::new(20);
    let bytes = stolen_outer_machine(&court);
    let (mut written, mut resent) = (0, Vec::new());
    for sequence in 1..=20 {
        resent.push(ask_for_everything(&court, sequence)["resent"].as_u64().unwrap());
        written += sent_bytes(&court, "up");
        empty(&court, "up");
    }
    assert_eq!((resent[0], resent[1], resent[2..].iter().sum::<u64>()), (3, 3, 0), "{resent:?}");
    assert_eq!(written, 2 * bytes);
    assert!(codes(&court, "inner").contains(&"FERRY-E0668".to_owned()));
    // By hand it goes at once; and by itself once the day is over.
    assert!(court.try_agent("inner", &["resend", "1"]).status.success());
    assert!(sent_bytes(&court, "up") > 0);
    empty(&court, "up");
    court.set_clock("inner", DAY_S + 60);
    court.accept_clock("inner");
    assert_eq!(ask_for_everything(&court, 21)["resent"], 3);
    assert!(!codes(&court, "inner").contains(&"FERRY-E0668".to_owned()));
}

#[test]
fn an_honest_repair_of_a_lost_outer_machine_on_a_day_when_a_thief_used_up_every_bound() {
    let court = Court::new(20);
    stolen_outer_machine(&court);
    for sequence in 1..=3 {
        ask_for_everything(&court, sequence);
        empty(&court, "up");
    }
    assert!(codes(&court, "inner").contains(&"FERRY-E0668".to_owned()));
    // The machine is set up again from nothing, under the same keys here; its number runs on in an epoch of its own.
    std::fs::remove_dir_all(court.path("outer/state")).unwrap();
    court.agent("inner", "baseline");
    court.carry("up");
    assert_eq!(court.agent("outer", "ingest")["batches"], 1);
    let (inner, outer) = court.roots();
    assert_eq!(inner, outer);
    let (_, imported) = court.down();
    assert_eq!(imported["quarantined"], 0);
}

/// As case H4: a false list with a huge version, and acknowledgements of what was never sent.
#[test]
fn what_a_stolen_side_claims_of_versions_and_numbers_is_believed_within_what_was_sent() {
    let court = Court::new(20);
    stolen_outer_machine(&court);
    let newest = || {
        let sql = "SELECT max(version) FROM exported";
        court.database("inner/state/inner.db").query_row(sql, [], |r| r.get::<_, u64>(0)).unwrap()
    };
    let before = newest();
    // Digests that differ in every bucket of one kind: the lists are requested.
    let digest = |bucket: u8| {
        let mut record = Record::new("bucket-digest", &format!("measure/{bucket}"), 1);
        record.fields.insert("kind".into(), Value::Text("measure".into()));
        record.fields.insert("bucket".into(), Value::Integer(bucket.into()));
        record.fields.insert("digest".into(), Value::Text("ab".repeat(32)));
        record
    };
    let all: Vec<Record> = (0..=255).map(digest).collect();
    put(&court, "down", "1", &forge_return(&court, (1, 1), &all, |_| ()));
    court.agent("inner", "import");
    court.agent("inner", "export");
    let requested: Vec<(String, u8)> = {
        let ledger = court.database("inner/state/inner.db");
        let mut statement = ledger.prepare("SELECT kind, bucket FROM bucket_request").unwrap();
        statement.query_map([], |r| Ok((r.get(0)?, r.get(1)?))).unwrap().map(Result::unwrap).collect()
    };
    assert!(requested.len() >= 256, "{}", requested.len());
    // Each list names a record that nobody sent, under the highest version that there is.
    let mut lists = Vec::new();
    for (kind, bucket) in requested {
        let mut item = Record::new("bucket-item", &format!("{kind}/{bucket}/0"), 2);
        let mut listing = Record::new("bucket-listing", &format!("{kind}/{bucket}"), 2);
        for record in [&mut item, &mut listing] {
            record.fields.insert("kind".into(), Value::Text(kind.clone()));
            record.fields.insert("bucket".into(), Value::Integer(bucket.into()));
        }
        item.fields.insert("item".into(), Value::Text(format!("made-up-{bucket}")));
        item.fields.insert("case".into(), Value::Text("AJ000001".into()));
        item.fields.insert("content".into(), Value::Text("cd".repeat(32)));
        item.fields.insert("item-version".into(), Value::Integer((1 << 53) - 1));
        listing.fields.insert("items".into(), Value::Integer(1));
        lists.extend([item, listing]);
    }
    let acknowledge_nothing_sent = |series: &mut SeriesStatement| {
        series.acknowledged = Acknowledged { epoch: u64::from(u32::MAX) << 8, sequence: 7, digest: [1; 32] };
    };
    put(&court, "down", "2", &forge_return(&court, (1, 2), &lists, acknowledge_nothing_sent));
    let imported = court.agent("inner", "import");
    assert_eq!((&imported["quarantined"], &imported["held"]), (&0.into(), &0.into()), "{imported}");
    assert!(codes(&court, "inner").contains(&"FERRY-E0688".to_owned()), "{:?}", codes(&court, "inner"));
    court.agent("inner", "export");
    assert!(newest() <= before + 3, "{} after {before}", newest());
    // The same digests once more on that day lead to no further list, and say so; a person may ask for them at once.
    let again: Vec<Record> = all.iter().cloned().map(|record| Record { version: 3, ..record }).collect();
    put(&court, "down", "3", &forge_return(&court, (1, 3), &again, |_| ()));
    court.agent("inner", "import");
    assert!(codes(&court, "inner").contains(&"FERRY-E0669".to_owned()), "{:?}", codes(&court, "inner"));
    court.agent("inner", "reconcile");
    assert!(!codes(&court, "inner").contains(&"FERRY-E0669".to_owned()), "{:?}", codes(&court, "inner"));
    // After the machine is set up again, the court's state crosses whole.
    for file in court.files("channel/up/received").into_iter().chain(court.files("channel/up/sent")) {
        std::fs::remove_file(file).unwrap();
    }
    std::fs::remove_dir_all(court.path("outer/state")).unwrap();
    court.agent("inner", "baseline");
    court.carry("up");
    court.agent("outer", "ingest");
    let (inner, outer) = court.roots();
    assert_eq!(inner, outer);
}

/// A message in somebody's name, in a case.
fn message(id: &str, (case, person): (&str, &str), text: &str) -> Record {
    let mut record = Record::new("message", id, 1);
    (record.case_id, record.person) = (case.into(), person.into());
    for (field, text) in [("author", "李四"), ("text", text), ("address", "::1"), ("via", "portal")] {
        record.fields.insert(field.into(), Value::Text(text.into()));
    }
    record.fields.insert("written".into(), Value::Integer(jiff::Timestamp::now().as_second()));
    record
}

/// As case H5: a small batch of items that take much room where they are written.
#[test]
fn a_flood_of_hostile_items_takes_a_bounded_part_of_the_platform_and_keeps_no_honest_message_waiting() {
    let court = Court::new(20);
    stolen_outer_machine(&court);
    let party = "SELECT AJBH, RYBH FROM DSR ORDER BY DSRBH LIMIT 1";
    let (case, person): (String, String) =
        court.platform().query_row(party, [], |r| Ok((r.get(0)?, r.get(1)?))).unwrap();
    // A case that nobody of them is in: each is rejected. Quotes and backslashes are longer once they are written.
    let fat = "\"\\".repeat(5_000);
    let flood = |n: usize| message(&format!("flood-{n}"), ("AJ-none", "somebody"), &fat);
    let mut items: Vec<Record> = (0..400).map(flood).collect();
    items.push(message("honest", (&case, &person), "请告知执行进展"));
    let batch = forge_return(&court, (1, 1), &items, |_| ());
    put(&court, "down", "1", &batch);
    let imported = court.agent("inner", "import");
    assert_eq!((&imported["batches"], &imported["messages"]), (&1.into(), &1.into()), "{imported}");
    let (held, waiting) = (imported["held"].as_u64().unwrap(), imported["over_bound"].as_u64().unwrap());
    assert_eq!(held + waiting, 400, "each is somewhere: {imported}");
    let written = || court.count("SELECT coalesce(sum(octet_length(fields)), 0) FROM FERRY_HELD");
    assert!((1..=50).contains(&held) && written() <= 1 << 20, "{held} items, {} bytes", written());
    assert!(codes(&court, "inner").contains(&"FERRY-E0636".to_owned()));

    // A run that was ended after the platform had the batch and before the ledger did comes to the same.
    let count = || {
        let sql = "SELECT count(*) FROM waiting_item";
        court.database("inner/state/inner.db").query_row(sql, [], |r| r.get::<_, u64>(0)).unwrap()
    };
    assert_eq!(count(), waiting);
    let forget = "DELETE FROM waiting_item; DELETE FROM ferry_received WHERE channel = 'down'";
    court.database("inner/state/inner.db").execute_batch(forget).unwrap();
    put(&court, "down", "1 again", &batch);
    court.agent("inner", "import");
    assert_eq!((count(), court.count("SELECT count(*) FROM FERRY_HELD") as u64), (waiting, held));
    assert_eq!(court.count("SELECT count(*) FROM FERRY_MESSAGE WHERE id = 'honest'"), 1);

    // Each day takes some more, by itself; a person who sees what it is deletes the rest.
    court.set_clock("inner", DAY_S + 60);
    court.accept_clock("inner");
    court.agent("inner", "import");
    assert_eq!(count(), waiting - held);
    let genuine = court.duplicate();
    genuine.accept_clock("inner");
    let settle = ["waiting", "settle", "--by", "王芳", "--reason", "已核对，属实"];
    let out = genuine.try_agent("inner", &settle);
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    assert_eq!(genuine.count("SELECT count(*) FROM FERRY_HELD"), 400, "every one of them, once");
    assert!(!codes(&genuine, "inner").contains(&"FERRY-E0636".to_owned()));
    let discard = ["waiting", "discard", "--by", "王芳", "--reason", "伪造"];
    assert!(court.try_agent("inner", &discard).status.success());
    assert!(!codes(&court, "inner").contains(&"FERRY-E0636".to_owned()));
}

/// As case M11.
#[test]
fn one_file_that_the_outbox_lost_stops_no_other_and_both_sides_name_it() {
    let court = Court::new(20);
    court.up();
    court.down();
    for seed in [1, 2, 3] {
        touch(&court.path(""), 3, SEED + seed).unwrap();
        court.agent("inner", "export");
    }
    // Batches 2 and 3 never arrive, and the outbox keeps 3 only.
    let sent = court.files("channel/up/sent");
    let named = |number: u64| sent.iter().find(|f| f.display().to_string().contains(&format!("{number:08}"))).unwrap();
    std::fs::remove_file(named(2)).unwrap();
    std::fs::remove_file(named(3)).unwrap();
    let kept = court.path("inner/state/outbox").join(named(2).file_name().unwrap());
    let bytes = std::fs::read(&kept).unwrap();
    std::fs::remove_file(&kept).unwrap();
    court.carry("up");
    court.agent("outer", "ingest");
    assert!(codes(&court, "inner").contains(&"FERRY-E0667".to_owned()), "a look at the folder finds it");
    let (_, imported) = court.down();
    assert_eq!(imported["resent"], 1, "what is kept is sent");
    court.up();
    let gaps = |court: &Court| court.agent("outer", "status")["channels"][0]["gaps"].clone();
    assert_eq!(gaps(&court), serde_json::json!([2]));
    assert!(codes(&court, "inner").contains(&"FERRY-E0667".to_owned()));
    // Somebody finds the file in a backup: with it, all is as it was.
    let twin = court.duplicate();
    std::fs::write(twin.path("inner/state/outbox").join(kept.file_name().unwrap()), bytes).unwrap();
    assert!(!codes(&twin, "inner").contains(&"FERRY-E0667".to_owned()));
    assert_eq!(twin.down().1["resent"], 1);
    twin.up();
    assert_eq!(gaps(&twin), serde_json::json!([]));
    let accept = ["gaps", "accept", "2", "--by", "王芳", "--reason", "发件箱硬盘损坏"];
    assert!(court.try_agent("outer", &accept).status.success());
    court.down();
    court.up();
    let (inner, outer) = court.roots();
    assert_eq!(inner, outer);
    assert!(!codes(&court, "inner").contains(&"FERRY-E0667".to_owned()), "{:?}", codes(&court, "inner"));
}
