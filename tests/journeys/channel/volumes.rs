//! Large batches cross as a head and volumes: in any order, with what is missing or damaged asked for again alone.

use crate::support::volumes::court_with_a_large_document;
use ferry_format::batch::volume::{HEAD_MAGIC, VOLUME_HEADER_BYTES, VolumeHeader};
use ferry_format::frame::header::Prelude;
use ferry_testkit::stage::Court;
use serde_json::json;
use std::fs::File;
use std::path::{Path, PathBuf};

fn sent(court: &Court, ending: &str) -> Vec<PathBuf> {
    court.files("channel/up/sent").into_iter().filter(|p| p.extension().is_some_and(|e| e == ending)).collect()
}

/// Moves a sent file across, under a name that says nothing.
fn carry(court: &Court, file: &Path, name: &str) {
    std::fs::copy(file, court.path(&format!("channel/up/received/{name}"))).unwrap();
}

#[test]
fn volumes_arrive_in_any_order_and_the_batch_is_published_with_the_last_one() {
    let court = court_with_a_large_document();
    court.agent("inner", "export");
    let volumes = sent(&court, "volume");
    assert!(volumes.len() >= 6 && sent(&court, "ferry").is_empty(), "{volumes:?}");
    // Two volumes before the head: they wait, and nothing is refused.
    carry(&court, &volumes[3], "x");
    carry(&court, &volumes[1], "y");
    let pass = court.agent("outer", "ingest");
    assert_eq!((&pass["waiting"], &pass["quarantined"], &pass["batches"]), (&2.into(), &0.into(), &0.into()));
    assert_eq!(court.agent("outer", "status")["channels"][0]["assembling"][0]["missing"], json!([[0, 0]]));

    carry(&court, &sent(&court, "head")[0], "z");
    court.agent("outer", "ingest");
    let status = court.agent("outer", "status");
    let assembling = &status["channels"][0]["assembling"];
    assert_eq!(assembling[0]["sequence"], 1);
    assert_eq!(assembling[0]["missing"][0], json!([1, 1]), "{assembling}");
    assert_eq!(assembling[0]["missing"][1], json!([3, 3]), "{assembling}");
    assert_eq!(status["published"]["records"], 0);
    assert_eq!(court.files("channel/up/received").len(), 0);

    for (n, volume) in volumes.iter().enumerate().rev() {
        carry(&court, volume, &format!("{n}"));
    }
    assert_eq!(court.agent("outer", "ingest")["batches"], 1);
    let (inner, outer) = court.roots();
    assert_eq!(inner, outer);
    let status = court.agent("outer", "status");
    assert_eq!(status["channels"][0]["assembling"], json!([]));
    assert_eq!(court.files("outer/state/assembly").len(), 0);
    // What was carried twice is no news.
    carry(&court, &volumes[0], "again");
    carry(&court, &sent(&court, "head")[0], "head again");
    let pass = court.agent("outer", "ingest");
    assert_eq!((&pass["quarantined"], &pass["waiting"]), (&0.into(), &0.into()));
    assert_eq!(court.files("channel/up/received").len(), 0);
}

#[test]
fn only_missing_and_damaged_volumes_are_requested_and_resent() {
    let court = court_with_a_large_document();
    court.edit("outer.toml", "stalled-copy-timeout-s = ", "stalled-copy-timeout-s = -1 # was ");
    court.agent("inner", "export");
    let volumes = sent(&court, "volume");
    let mut damaged = std::fs::read(&volumes[2]).unwrap();
    damaged[500_000] ^= 1;
    std::fs::write(court.path("channel/up/received/damaged"), damaged).unwrap();
    carry(&court, &sent(&court, "head")[0], "head");
    for (n, volume) in volumes.iter().enumerate().filter(|(n, _)| ![2, 4].contains(n)) {
        carry(&court, volume, &format!("{n}"));
    }
    let pass = court.agent("outer", "ingest");
    assert_eq!((&pass["quarantined"], &pass["batches"]), (&1.into(), &0.into()));
    let status = court.agent("outer", "status");
    assert_eq!(status["quarantine"][0]["code"], "FERRY-E0204");
    assert_eq!(status["channels"][0]["assembling"][0]["missing"], json!([[3, 3], [5, 5]]));

    for file in court.files("channel/up/sent") {
        std::fs::remove_file(file).unwrap();
    }
    let (_, imported) = court.down();
    assert_eq!(imported["resent"], 1, "{imported}");
    assert_eq!(court.agent("inner", "status")["channels"][0]["batches"]["dispatched"], 1, "nothing is deleted");
    let again = court.files("channel/up/sent");
    let names: Vec<_> = again.iter().map(|p| p.file_name().unwrap().to_string_lossy().into_owned()).collect();
    assert_eq!(names, ["up-1-00000001.0003.volume", "up-1-00000001.0005.volume"]);
    court.carry("up");
    assert_eq!(court.agent("outer", "ingest")["batches"], 1);
    let (inner, outer) = court.roots();
    assert_eq!(inner, outer);
    let (_, imported) = court.down();
    assert_eq!(imported["resent"], 0);
    assert_eq!(court.agent("inner", "status")["channels"][0]["batches"]["confirmed"], 1);
}

#[test]
fn a_head_with_an_untrusted_signature_and_volumes_without_a_head_change_nothing() {
    let court = court_with_a_large_document();
    court.agent("inner", "export");
    let head = std::fs::read(&sent(&court, "head")[0]).unwrap();
    let volume = std::fs::read(&sent(&court, "volume")[0]).unwrap();
    let flip = |bytes: &[u8], at: usize| {
        let mut bytes = bytes.to_vec();
        bytes[at] ^= 1;
        bytes
    };
    let received = |name: &str, bytes: &[u8]| {
        std::fs::write(court.path(&format!("channel/up/received/{name}")), bytes).unwrap();
    };
    // Signature, version, length of the front, court: each is refused, and no state is kept of it.
    for (n, at) in [head.len() - 1, 9, 13, 51].into_iter().enumerate() {
        received(&format!("head-{n}"), &flip(&head, at));
    }
    let pass = court.agent("outer", "ingest");
    assert_eq!((&pass["quarantined"], &pass["batches"]), (&4.into(), &0.into()), "{pass}");
    assert_eq!(court.agent("outer", "status")["channels"][0]["assembling"], json!([]));
    // A volume that claims another number leads to asking for a head, and the true batch still crosses.
    received("claims", &flip(&volume, 33));
    court.agent("outer", "ingest");
    for (n, file) in court.files("channel/up/sent").iter().enumerate() {
        carry(&court, file, &format!("true-{n}"));
    }
    assert_eq!(court.agent("outer", "ingest")["batches"], 1);
    let (inner, outer) = court.roots();
    assert_eq!(inner, outer);
}

#[test]
fn a_sparse_head_is_refused_and_stops_no_pass() {
    let court = court_with_a_large_document();
    court.agent("inner", "export");
    let whole = std::fs::read(&sent(&court, "head")[0]).unwrap();
    let prelude: [u8; 32] = whole[14..46].try_into().unwrap();
    let received = |name: &str, bytes: Vec<u8>| {
        std::fs::write(court.path(&format!("channel/up/received/{name}")), bytes).unwrap();
    };
    // No byte of the front, a front that ends in the middle of the prelude or of the header, and the trailer in the hole.
    for (name, front_bytes) in [("none", 0_u32), ("short", 20), ("header", 40)] {
        let shorter = [&whole[..10], &front_bytes.to_be_bytes(), &whole[14..]].concat();
        received(name, shorter);
    }
    let short = Prelude { total_bytes: 100, content_offset: 99, ..Prelude::decode(&prelude).unwrap() };
    received("fifty", [&HEAD_MAGIC[..], &[0, 2], &[0; 4], &short.encode()].concat());
    let mut trailer = whole.clone();
    trailer[14 + 16..14 + 24].copy_from_slice(&1000_u64.to_be_bytes());
    received("trailer", trailer);
    for (n, file) in court.files("channel/up/sent").iter().enumerate() {
        carry(&court, file, &format!("true-{n}"));
    }
    let pass = court.agent("outer", "ingest");
    assert_eq!((&pass["quarantined"], &pass["batches"]), (&5.into(), &1.into()), "{pass}");
}

#[test]
fn a_volume_with_a_true_batch_and_a_false_number_displaces_nothing() {
    let court = court_with_a_large_document();
    court.agent("inner", "export");
    let genuine = std::fs::read(&sent(&court, "volume")[0]).unwrap();
    let front = VolumeHeader::decode(genuine[..VOLUME_HEADER_BYTES].try_into().unwrap()).unwrap();
    let false_number = VolumeHeader { sequence: 999, ..front }.encode();
    std::fs::write(court.path("channel/up/received/false"), &false_number).unwrap();
    court.agent("outer", "ingest");
    assert_eq!(court.agent("outer", "status")["channels"][0]["assembling"][0]["sequence"], 999);
    carry(&court, &sent(&court, "head")[0], "head");
    court.agent("outer", "ingest");
    assert_eq!(court.agent("outer", "status")["channels"][0]["assembling"][0]["sequence"], 1);
    for (n, file) in sent(&court, "volume").iter().enumerate() {
        carry(&court, file, &format!("true-{n}"));
    }
    assert_eq!(court.agent("outer", "ingest")["batches"], 1);
}

/// How a sender cut its batch is not signed, so no reader counts by it.
#[test]
fn volumes_of_different_cuts_make_one_batch_and_what_is_still_missing_is_asked_for() {
    let court = court_with_a_large_document();
    court.agent("inner", "export");
    let (volumes, head) = (sent(&court, "volume"), sent(&court, "head").remove(0));
    let batch =
        court.files("inner/state/outbox").into_iter().find(|f| f.extension().is_some_and(|e| e == "ferry")).unwrap();
    let wide = court.path("wide");
    court.ferry(&["split", &batch.display().to_string(), "--volume-mib", "4", "-C", &wide.display().to_string()]);
    carry(&court, &head, "head");
    carry(&court, &volumes[1], "2");
    carry(&court, &volumes[5], "6");
    court.agent("outer", "ingest");
    let missing = || court.agent("outer", "status")["channels"][0]["assembling"][0]["missing"].clone();
    assert_eq!(missing(), json!([[1, 1], [3, 5], [7, 7]]));
    let stem = batch.file_stem().unwrap().to_string_lossy().into_owned();
    // Three segments that overlap what is here: a volume of 4 MiB has room for three and its own front.
    carry(&court, &wide.join(format!("{stem}.0001.volume")), "wide");
    assert_eq!(court.agent("outer", "ingest")["quarantined"], 0);
    assert_eq!(missing(), json!([[4, 5], [7, 7]]));
    carry(&court, &wide.join(format!("{stem}.0002.volume")), "wide 2");
    carry(&court, &volumes[6], "7");
    assert_eq!(court.agent("outer", "ingest")["batches"], 1);
    let (inner, outer) = court.roots();
    assert_eq!(inner, outer);
}

#[test]
fn a_recording_of_several_gigabytes_crosses_in_volumes() {
    let court = Court::new(40);
    court.edit("inner.toml", "volume-mib = 4096", "volume-mib = 512");
    // A sparse file: its length is real, its bytes take no room on the disk of the test.
    let platform = court.platform();
    let path: String = platform.query_row("SELECT LJ FROM LYLX ORDER BY LXBH LIMIT 1", [], |r| r.get(0)).unwrap();
    File::options().write(true).open(court.path(&format!("documents/{path}"))).unwrap().set_len(2200 << 20).unwrap();
    court.agent("inner", "export");
    let files = court.files("channel/up/sent");
    assert_eq!(files.len(), 6, "{files:?}");
    for (n, file) in files.iter().enumerate().rev() {
        // Moved, one at a time: the way never holds more than one volume.
        std::fs::rename(file, court.path(&format!("channel/up/received/{n}"))).unwrap();
        court.agent("outer", "ingest");
    }
    let (inner, outer) = court.roots();
    assert_eq!(inner, outer);
}

#[test]
fn an_incomplete_batch_is_deleted_after_its_days_and_requested_as_a_whole() {
    let court = court_with_a_large_document();
    court.agent("inner", "export");
    let volumes = sent(&court, "volume");
    carry(&court, &sent(&court, "head")[0], "head");
    carry(&court, &volumes[0], "first");
    court.agent("outer", "ingest");
    let parts = || std::fs::read_dir(court.path("outer/state/assembly")).unwrap().count();
    assert_eq!(parts(), 2, "a head, and what the volumes are written into");
    // A file that an interrupted run left, whose batch no row names.
    std::fs::write(court.path(&format!("outer/state/assembly/.{}.part", "ab".repeat(32))), "left").unwrap();
    let age = |days: i64| {
        let sql = "UPDATE ferry_reassembly SET growth_s = unixepoch() - ?1 * 86400";
        court.database("outer/state/outer.db").execute(sql, [days]).unwrap();
        court.agent("outer", "ingest");
        parts()
    };
    assert_eq!(age(29), 2, "it may still be completed");
    assert_eq!(age(31), 0);
    let status = court.agent("outer", "status");
    assert_eq!(status["channels"][0]["assembling"], json!([]));
    assert_eq!((&status["repaired"][0]["act"], &status["repaired"][0]["count"]), (&"abandon".into(), &1.into()));

    // A second batch shows that the first is missing: all of it comes again.
    court.edit("inner.toml", "volume-mib = 1", "volume-mib = 4096");
    court.agent("inner", "export");
    carry(&court, &sent(&court, "ferry")[0], "second");
    court.agent("outer", "ingest");
    assert_eq!(court.agent("outer", "status")["channels"][0]["gaps"], json!([1]));
    let (_, imported) = court.down();
    assert_eq!(imported["resent"], 1, "{imported}");
    court.carry("up");
    court.agent("outer", "ingest");
    let (inner, outer) = court.roots();
    assert_eq!(inner, outer);
}
