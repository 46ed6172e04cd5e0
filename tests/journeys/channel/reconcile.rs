//! The state root, and what repairs a difference: both sides end with the same records, and only what differs crosses.

use ferry_testkit::stage::Court;
use serde_json::Value;

fn days(court: &Court, count: usize) -> Vec<Value> {
    (0..count)
        .map(|_| {
            let (exported, _) = court.up();
            court.down();
            exported
        })
        .collect()
}

#[test]
fn only_differing_records_are_resent_or_retracted_when_the_roots_differ() {
    let court = Court::new(60);
    court.up();
    court.down();
    let outer = court.database("outer/state/outer.db");
    let keys: Vec<String> = outer
        .prepare("SELECT id FROM record WHERE kind = 'measure' AND retracted = 0 ORDER BY id LIMIT 3")
        .unwrap()
        .query_map([], |r| r.get(0))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    // One record is lost outside, one has another text and a version that was never sent, one is only there.
    outer.execute("DELETE FROM record WHERE kind = 'measure' AND id = ?1", [&keys[0]]).unwrap();
    let other = "UPDATE record SET version = 9, content = zeroblob(32),
                   body = (SELECT body FROM record WHERE kind = 'measure' AND id = ?2) WHERE kind = 'measure' AND id = ?1";
    outer.execute(other, [&keys[1], &keys[2]]).unwrap();
    let stranger = "INSERT INTO record SELECT kind, 'CS-STRANGER', 4, generation, 0, case_id, person, content, body
                    FROM record WHERE kind = 'measure' AND id = ?1";
    outer.execute(stranger, [&keys[2]]).unwrap();
    // Its sums are as they would be, had all of it come in a batch.
    outer.execute("DELETE FROM ferry_state_root", []).unwrap();
    drop(outer);

    let (quiet, _) = court.up();
    assert_eq!(quiet["records"], 0);
    assert_eq!(court.agent("outer", "status")["root_differs"], true);
    court.down();
    assert!(court.agent("inner", "status")["reconcile"]["reported_buckets"].as_u64().unwrap() > 0);
    let [asked, repaired] = &days(&court, 2)[..] else { panic!() };
    assert!((1..=3).contains(&asked["asked_buckets"].as_u64().unwrap()), "{asked}");
    // The lost one, the other one, the retraction of the stranger, and the requests that were answered.
    assert_eq!(repaired["records"].as_u64().unwrap(), 3 + asked["asked_buckets"].as_u64().unwrap(), "{repaired}");
    let status = court.agent("outer", "status");
    assert_eq!(status["root_differs"], false);
    let (inside, outside) = court.roots();
    assert_eq!(inside, outside);
    let outer = court.database("outer/state/outer.db");
    let shown = "SELECT count(*) FROM record r WHERE kind = 'measure' AND id = ?1 AND retracted = 0";
    let shown = |id: &str| outer.query_row(shown, [id], |r| r.get::<_, i64>(0)).unwrap();
    assert_eq!([shown(&keys[0]), shown(&keys[1]), shown("CS-STRANGER")], [1, 1, 0]);
    let state = court.agent("inner", "status")["reconcile"].clone();
    let repaired = serde_json::json!({
        "reported_buckets": 0, "asked_buckets": 0, "only_outside": 0, "waiting_buckets": 0, "differing": {},
    });
    assert_eq!(state, repaired);
    assert_eq!(days(&court, 1)[0]["records"], 0, "nothing more to say");
}

#[test]
fn a_wrong_state_root_sum_is_recounted_and_nothing_is_sent_for_it() {
    let court = Court::new(20);
    court.up();
    court.down();
    let wrong = "UPDATE ferry_state_root SET sum = zeroblob(2048) WHERE kind = 'case'";
    court.database("outer/state/outer.db").execute(wrong, []).unwrap();
    court.up();
    assert_eq!(court.agent("outer", "status")["root_differs"], true);
    court.agent("outer", "reply");
    assert_eq!(court.agent("outer", "status")["root_differs"], false);

    // The same fault inside: the far side reports, our sums are counted again, and no bucket differs.
    court.database("inner/state/inner.db").execute(wrong, []).unwrap();
    court.up();
    assert_eq!(court.agent("outer", "status")["root_differs"], true);
    court.down();
    let exported = &days(&court, 1)[0];
    assert_eq!((&exported["asked_buckets"], &exported["records"]), (&0.into(), &0.into()), "{exported}");
    let (inside, outside) = court.roots();
    assert_eq!(inside, outside);
    assert_eq!(court.agent("outer", "status")["root_differs"], false);
}

#[test]
fn a_full_comparison_detects_changed_bytes_under_the_same_name_length_and_time() {
    let court = Court::new(60);
    court.up();
    let path: String =
        court.platform().query_row("SELECT LJ FROM JZCL WHERE JZLB = '1' LIMIT 1", [], |r| r.get(0)).unwrap();
    let path = court.path("documents").join(path);
    let before = std::fs::metadata(&path).unwrap();
    let mut bytes = std::fs::read(&path).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    let file = std::fs::OpenOptions::new().write(true).open(&path).unwrap();
    std::os::unix::fs::FileExt::write_all_at(&file, &bytes, 0).unwrap();
    file.set_modified(before.modified().unwrap()).unwrap();
    let (exported, _) = court.up();
    assert_eq!(exported["records"], 0, "a run of changes does not read files whose time and length are the same");
    let done = court.agent("inner", "reconcile");
    assert!(done["documents"].as_u64().unwrap() >= 1, "{done}");
    court.carry("up");
    court.agent("outer", "ingest");
    let (inside, outside) = court.roots();
    assert_eq!(inside, outside);
    let files = ferry_testkit::stage::walk(&court.path("outer/state/documents"));
    assert!(files.iter().any(|f| std::fs::read(f).unwrap() == bytes), "the new bytes are outside");
}

#[test]
fn a_retraction_that_the_far_side_lacks_is_sent_again() {
    let court = Court::new(30);
    court.up();
    let sql = "SELECT id, case_id FROM record WHERE kind = 'measure' AND retracted = 0 ORDER BY id LIMIT 1";
    let (key, case): (String, String) =
        court.database("outer/state/outer.db").query_row(sql, [], |r| Ok((r.get(0)?, r.get(1)?))).unwrap();
    let form = "INSERT INTO BYGK VALUES ('SP9', 'ZXCS', ?1, ?2, '6', '', '刘强', '周明', '20260101', NULL, NULL, NULL, '2027-01-01 00:00:00')";
    court.platform().execute(form, [&key, &case]).unwrap();
    court.up();
    let shown = "SELECT count(*) FROM record WHERE kind = 'measure' AND id = ?1 AND retracted = 0";
    let shown = |court: &Court| -> i64 {
        court.database("outer/state/outer.db").query_row(shown, [&key], |r| r.get(0)).unwrap()
    };
    assert_eq!(shown(&court), 0);
    // The far side was put back to before the retraction, and the ledger knows that it must go out again.
    for mark in ["x''", "x'00'"] {
        let put_back = "UPDATE record SET retracted = 0 WHERE kind = 'measure' AND id = ?1";
        court.database("outer/state/outer.db").execute(put_back, [&key]).unwrap();
        let sql = format!("UPDATE exported SET fingerprint = {mark} WHERE kind = 'measure' AND key = ?1");
        court.database("inner/state/inner.db").execute(&sql, [&key]).unwrap();
        assert_eq!(court.agent("inner", "reconcile")["retracted"], 1, "{mark}");
        court.carry("up");
        court.agent("outer", "ingest");
        assert_eq!(shown(&court), 0, "{mark}");
    }
}

#[test]
fn a_record_list_of_the_far_side_does_not_bypass_the_approval_of_a_correction() {
    let court = Court::new(60);
    court.up();
    let key: String = court.platform().query_row("SELECT GKBH FROM GKWS LIMIT 1", [], |r| r.get(0)).unwrap();
    let changed = "UPDATE GKWS SET BT = '改过的标题', GXSJ = '2027-01-01 00:00:00' WHERE GKBH = ?1";
    court.platform().execute(changed, [&key]).unwrap();
    let mark = "UPDATE exported SET fingerprint = x'00' WHERE kind = 'judgment' AND key = ?1";
    court.database("inner/state/inner.db").execute(mark, [&key]).unwrap();
    let done = court.agent("inner", "reconcile");
    assert_eq!(done["records"], 0, "{done}");
    let held = court.agent("inner", "status")["held_records"].to_string();
    assert!(held.contains(&key) && held.contains("article 16"), "{held}");
}
