//! Faults of this machine while something comes in: no batch is refused for them, and nothing is lost.

use crate::support::receipts::{lay_down, true_receipt};
use ferry_testkit::stage::Court;

/// What a court has in quarantine, and how many numbers are used up by a refusal.
fn refused(court: &Court, side: &str) -> (i64, i64) {
    let conn = court.database(&format!("{side}/state/{side}.db"));
    let count = |sql| conn.query_row(sql, [], |r| r.get(0)).unwrap();
    (
        count("SELECT count(*) FROM ferry_quarantine"),
        count("SELECT count(*) FROM ferry_received WHERE verdict = 'refused'"),
    )
}

#[test]
fn a_missing_folder_for_case_files_refuses_no_batch_and_the_next_import_settles_it() {
    let court = Court::new(12);
    court.up();
    lay_down(&court, 1, &[true_receipt(&court, "r1")]);
    let (folder, away) = (court.path("case-files"), court.path("away"));
    std::fs::rename(&folder, &away).unwrap();
    for _ in 0..2 {
        let text = court.refused("inner", "import", 75);
        assert!(text.contains("FERRY-E0657") && text.contains("case-files"), "{text}");
    }
    let alarm = court.agent("inner", "status")["alarms"].to_string();
    assert!(alarm.contains("FERRY-E0657") && alarm.contains("case-files"), "{alarm}");
    // The other jobs go on.
    court.agent("inner", "export");
    assert!(!folder.exists(), "nothing is made in its place");
    assert_eq!(refused(&court, "inner"), (0, 0));
    // An empty folder where a disk is not mounted is another one.
    std::fs::create_dir(&folder).unwrap();
    assert!(court.refused("inner", "import", 75).contains("FERRY-E0657"));
    std::fs::remove_dir_all(&folder).unwrap();
    std::fs::rename(&away, &folder).unwrap();
    let imported = court.agent("inner", "import");
    assert_eq!((&imported["batches"], &imported["filed"]), (&1.into(), &1.into()), "{imported}");
    assert_eq!(court.agent("inner", "status")["alarms"], serde_json::json!([]));
}

#[test]
fn a_folder_of_documents_that_is_away_stops_the_ingest_alone_and_nothing_is_made_in_its_place() {
    let court = Court::new(12);
    court.up();
    court.agent("inner", "export");
    court.carry("up");
    let (folder, away) = (court.path("outer/state/documents"), court.path("away"));
    std::fs::rename(&folder, &away).unwrap();
    assert!(court.refused("outer", "ingest", 75).contains("FERRY-E0657"));
    let alarm = court.agent("outer", "status")["alarms"].to_string();
    assert!(alarm.contains("FERRY-E0657") && alarm.contains("outer/state/documents"), "{alarm}");
    court.agent("outer", "reply");
    assert!(!folder.exists(), "nothing is made in its place");
    std::fs::rename(&away, &folder).unwrap();
    assert_eq!(court.agent("outer", "ingest")["batches"], 1);
    assert_eq!(court.roots().0, court.roots().1);
}

#[test]
fn another_database_in_the_platform_s_place_is_named_and_a_restored_one_is_accepted_by_a_person() {
    let court = Court::new(12);
    court.up();
    court.down();
    court.agent("outer", "reply");
    court.carry("down");
    court.platform().execute_batch("CREATE TABLE KEPT AS SELECT * FROM FERRY_BATCH; DELETE FROM FERRY_BATCH").unwrap();
    for _ in 0..2 {
        let text = court.refused("inner", "import", 75);
        assert!(text.contains("FERRY-E0661") && text.contains("platform.db"), "{text}");
    }
    assert_eq!(refused(&court, "inner"), (0, 0));
    let twin = court.duplicate();
    twin.platform().execute_batch("INSERT INTO FERRY_BATCH SELECT * FROM KEPT").unwrap();
    assert_eq!(twin.agent("inner", "import")["batches"], 1);
    let out = court.try_agent("inner", &["import", "--platform-restored", "--json"]);
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    assert_eq!(court.agent("inner", "import")["batches"], 0);
}

#[test]
fn a_ledger_that_is_missing_empty_or_older_is_named_and_nothing_is_sent_by_it() {
    let court = Court::new(12);
    court.up();
    for (side, command) in [("inner", "export"), ("outer", "reply")] {
        let database = court.path(&format!("{side}/state/{side}.db"));
        let (old, kept) = (court.path("old.db"), court.path("kept.db"));
        let files = ["", "-wal", "-shm"].map(|end| database.with_file_name(format!("{side}.db{end}")));
        court.database(&format!("{side}/state/{side}.db")).execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
        std::fs::copy(&database, &old).unwrap();
        court.agent(side, command);
        court.database(&format!("{side}/state/{side}.db")).execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
        std::fs::copy(&database, &kept).unwrap();
        let sent = court.files(&format!("{side}/state/outbox")).len();
        let put = |from: Option<&std::path::Path>| {
            files.iter().for_each(|file| drop(std::fs::remove_file(file)));
            from.map(|from| std::fs::copy(from, &database).unwrap());
        };
        put(None);
        assert!(court.refused(side, command, 74).contains("FERRY-E0658"), "{side}: missing");
        assert!(!database.exists(), "no new one is made");
        std::fs::write(&database, "").unwrap();
        assert!(court.refused(side, "status", 74).contains("FERRY-E0658"), "{side}: empty");
        put(Some(&old));
        let text = court.refused(side, command, 74);
        assert!(text.contains("FERRY-E0659") && text.contains("restore"), "{side}: older: {text}");
        assert_eq!(court.files(&format!("{side}/state/outbox")).len(), sent);
        put(Some(&kept));
        court.agent(side, command);
    }
    court.carry("up");
    court.agent("outer", "ingest");
    assert_eq!(court.roots().0, court.roots().1);
}
