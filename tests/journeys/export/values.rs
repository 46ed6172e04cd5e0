//! Values that careless platforms hold, each with what is right: read exactly, or held with its column.

use crate::support::postgres::Platform;
use ferry_format::record::{Record, Value};
use ferry_testkit::stage::{Court, Login};

/// Later than any change of the made court.
const LATER: &str = "2027-01-01 00:00:00";

/// The newest published version of a record.
fn shown(court: &Court, kind: &str, id: &str) -> Option<Record> {
    let outer = court.database("outer/state/outer.db");
    let sql = "SELECT body, retracted FROM record WHERE kind = ?1 AND id = ?2 ORDER BY version DESC LIMIT 1";
    let found = outer.query_row(sql, [kind, id], |r| Ok((r.get::<_, Vec<u8>>(0)?, r.get::<_, bool>(1)?)));
    let (body, retracted) = found.ok()?;
    (!retracted).then(|| Record::decode(&body).unwrap())
}

fn hold_of(court: &Court, kind: &str, key: &str) -> Option<(String, String)> {
    let sql = "SELECT class, reason FROM held WHERE kind = ?1 AND key = ?2";
    court.database("inner/state/inner.db").query_row(sql, [kind, key], |r| Ok((r.get(0)?, r.get(1)?))).ok()
}

fn run(court: &Court, sql: &str) {
    court.platform().execute_batch(sql).unwrap();
}

fn up(court: &Court) {
    court.up();
    assert_eq!(court.roots().0, court.roots().1);
}

/// An announcement with this text and day.
fn announce(court: &Court, id: &str, text: &str, day: &str) {
    let sql = "INSERT INTO GG(GGBH, LB, BT, NR, FBRQ, GXSJ) VALUES (?1, '2', '公告', ?2, ?3, ?4)";
    court.platform().execute(sql, [id, text, day, LATER]).unwrap();
}

#[test]
fn rows_that_a_join_repeats_are_held_together_and_what_was_published_stays_as_it_was() {
    let court = Court::new(12);
    up(&court);
    let id: String = court.platform().query_row("SELECT CBRBH FROM CBR LIMIT 1", [], |r| r.get(0)).unwrap();
    let published = shown(&court, "handler", &id).unwrap();
    run(
        &court,
        "CREATE TABLE BM(XM TEXT, BM TEXT); INSERT INTO BM SELECT XM, '一' FROM CBR; INSERT INTO BM SELECT XM, '二' FROM CBR",
    );
    court.edit(
        "inner.toml",
        "sql = \"SELECT * FROM CBR\"",
        "sql = \"SELECT c.*, b.BM FROM CBR c JOIN (SELECT DISTINCT XM, BM FROM BM) b ON b.XM = c.XM\"",
    );
    for _ in 0..3 {
        let exported = court.agent("inner", "export");
        assert_eq!((&exported["retracted"], &exported["corrected"]), (&0.into(), &0.into()), "{exported}");
        assert_eq!(hold_of(&court, "handler", &id).unwrap().0, "identity");
    }
    // One of the rows changes: an incremental run holds both as well.
    run(&court, &format!("UPDATE CBR SET BGDH = '0635-1', GXSJ = '{LATER}' WHERE CBRBH = '{id}'"));
    up(&court);
    assert_eq!(shown(&court, "handler", &id).unwrap(), published);
    run(&court, "DELETE FROM BM WHERE BM = '二'");
    up(&court);
    assert_eq!(shown(&court, "handler", &id).unwrap().text("phone"), "0635-1");
    // An approval form takes back what a join repeats.
    run(&court, "INSERT INTO BM SELECT XM, '二' FROM CBR");
    run(&court, &format!("INSERT INTO BYGK(SPBH, DXLB, DXBH, AJBH, LYLB, LY, ZXJFZR, FGYLD, QSRQ, GXSJ)
        SELECT 'SP-1', 'CBR', CBRBH, AJBH, '3', '隐私', '王', '李', '2026-01-01', '{LATER}' FROM CBR WHERE CBRBH = '{id}'"));
    up(&court);
    assert_eq!(shown(&court, "handler", &id), None);
}

#[test]
fn a_case_that_was_never_published_or_is_gone_takes_its_records_along_and_one_held_on_a_change_does_not() {
    let court = Court::new(12);
    let case: String = court
        .platform()
        .query_row("SELECT c.AJBH FROM CBR c JOIN AJXX a USING(AJBH) WHERE a.AH NOT LIKE '%错%' LIMIT 1", [], |r| {
            r.get(0)
        })
        .unwrap();
    let records = |court: &Court| -> i64 {
        let sql = "SELECT count(*) FROM record r WHERE case_id = ?1 AND kind <> 'case' AND retracted = 0
                     AND version = (SELECT max(version) FROM record n WHERE n.kind = r.kind AND n.id = r.id)";
        court.database("outer/state/outer.db").query_row(sql, [&case], |r| r.get(0)).unwrap()
    };
    let number: String =
        court.platform().query_row("SELECT AH FROM AJXX WHERE AJBH = ?1", [&case], |r| r.get(0)).unwrap();
    let set = |court: &Court, number: &str| {
        let sql = "UPDATE AJXX SET AH = ?1, GXSJ = ?3 WHERE AJBH = ?2";
        court.platform().execute(sql, [number, &case, LATER]).unwrap();
    };
    set(&court, "没有案号");
    up(&court);
    assert_eq!((shown(&court, "case", &case), records(&court)), (None, 0), "never published");
    let kept = court.agent("inner", "status")["kept_in"]["case-not-published"].as_u64().unwrap();
    assert!(kept > 0, "they are counted under one reason");
    set(&court, &number);
    up(&court);
    let all = records(&court);
    assert!(shown(&court, "case", &case).is_some() && all > 0, "and published with the case");
    set(&court, "改错了的案号");
    up(&court);
    assert_eq!((shown(&court, "case", &case).is_some(), records(&court)), (true, all), "held on a change");
    assert_eq!(hold_of(&court, "case", &case).unwrap().0, "invalid");
    run(
        &court,
        &format!(
            "DELETE FROM AJXX WHERE AJBH = '{case}'; INSERT INTO SCJL(XH, BM, ZJ, SJ, GXSJ) VALUES (999, 'AJXX', '{case}', '{LATER}', '{LATER}')"
        ),
    );
    up(&court);
    assert_eq!((shown(&court, "case", &case), records(&court)), (None, 0), "gone");
}

#[test]
fn days_and_times_are_the_court_s_and_what_is_none_is_held_with_its_column() {
    let court = Court::new(12);
    let (case,): (String,) =
        court.platform().query_row("SELECT AJBH FROM CBR LIMIT 1", [], |r| Ok((r.get(0)?,))).unwrap();
    for (id, at, right) in [
        ("T1", "2026-12-01T01:30:00+00:00", Some(1_796_088_600)),
        ("T2", "20261201093000", Some(1_796_088_600)),
        ("T3", "2026-12-01", None),
        ("T4", "2026-12-01 上午", None),
        ("T5", "明天", None),
    ] {
        let sql = "INSERT INTO TZ(TZBH, AJBH, SJ, DD, SX, GXSJ) VALUES (?1, ?2, ?3, '三庭', '听证', ?4)";
        court.platform().execute(sql, [id, &case, at, LATER]).unwrap();
        up(&court);
        assert_eq!(shown(&court, "hearing", id).and_then(|r| r.integer("begins")), right, "{at}");
        if right.is_none() {
            let (class, reason) = hold_of(&court, "hearing", id).unwrap();
            assert!(class == "invalid" && reason.contains("column=SJ") && reason.contains("field=begins"), "{reason}");
        }
    }
    for (id, day, right) in [
        ("D1", "2026年1月5日", Some("2026-01-05")),
        ("D2", "2026/1/5", Some("2026-01-05")),
        ("D3", "2026-01-05T20:00:00Z", Some("2026-01-06")),
        ("D4", "2026-01-05 BC", None),
        ("D5", "-2026-01-05", None),
        ("D6", "0001-01-01", None),
        ("D7", "2026-02-30", None),
    ] {
        announce(&court, id, "内容", day);
        up(&court);
        assert_eq!(
            shown(&court, "announcement", id).map(|r| r.text("issued-on").to_owned()).as_deref(),
            right,
            "{day}"
        );
        assert_eq!(hold_of(&court, "announcement", id).is_some(), right.is_none(), "{day}");
    }
}

#[test]
fn texts_are_normalized_and_what_is_no_text_is_held() {
    let court = Court::new(12);
    announce(&court, "N1", "一\r\n二\t三\u{200B}四", "2026-01-05");
    announce(&court, "N2", "王\u{E123}某", "2026-01-05");
    announce(&court, "N3", "聊\u{FFFD}城", "2026-01-05");
    announce(&court, "N4", "响铃\u{7}", "2026-01-05");
    announce(&court, "N5", "二进制", "2026-01-05");
    announce(&court, "N6", "坏字节", "2026-01-05");
    run(
        &court,
        "UPDATE GG SET NR = x'c1c4b3c7' WHERE GGBH = 'N5'; UPDATE GG SET NR = CAST(x'E8818AE59F8EE5B8' AS TEXT) WHERE GGBH = 'N6'",
    );
    up(&court);
    let text = |id: &str| shown(&court, "announcement", id).map(|r| r.text("text").to_owned());
    assert_eq!(text("N1").as_deref(), Some("一\n二 三四"));
    assert_eq!(text("N2").as_deref(), Some("王\u{E123}某"), "it crosses and is named");
    let status = court.agent("inner", "status");
    assert!(status["remark_items"].to_string().contains("U+E123"), "{status}");
    for id in ["N3", "N4", "N5", "N6"] {
        assert_eq!(text(id), None, "{id}");
        let (class, reason) = hold_of(&court, "announcement", id).unwrap();
        assert!(class == "invalid" && (reason.contains("column=NR") || id == "N4"), "{id}: {reason}");
    }
    // The mapping can switch it off, the policy can hold private-use characters.
    court.edit("inner.toml", "sql = \"SELECT * FROM GG\"", "sql = \"SELECT * FROM GG\"\nnormalize = false");
    for name in ["policy.toml"] {
        court.edit(name, "[scan]", "[scan]\nprivate-use = \"hold\"");
    }
    announce(&court, "N7", "一\r\n二", "2026-01-05");
    announce(&court, "N8", "李\u{E124}", "2026-01-05");
    up(&court);
    assert!(text("N7").is_none() && text("N8").is_none());
    assert!(hold_of(&court, "announcement", "N8").unwrap().1.contains("U+E124"));
}

#[test]
fn several_numbers_are_no_case_number_and_a_document_of_no_bytes_is_none() {
    let court = Court::new(12);
    let case: String = court.platform().query_row("SELECT AJBH FROM CBR LIMIT 1", [], |r| r.get(0)).unwrap();
    for (number, is_one) in [
        ("（2024）鲁1502执23-25号", false),
        ("（2024）鲁1502执23、24号", false),
        ("（2024）鲁1502执23号、（2024）鲁1502执24号", false),
        ("（2024）鲁1502执23~25号", false),
        ("（2024）鲁1502执23-1号", true),
    ] {
        let sql = "UPDATE AJXX SET AH = ?1, GXSJ = ?3 WHERE AJBH = ?2";
        court.platform().execute(sql, [number, &case, LATER]).unwrap();
        up(&court);
        let shown = shown(&court, "case", &case).map(|r| r.text("case-no").to_owned());
        assert_eq!(shown.as_deref() == Some("（2024）鲁1502执23号之一"), is_one, "{number}: {shown:?}");
    }
    let (id, path): (String, String) = court
        .platform()
        .query_row("SELECT GKBH, LJ FROM GKWS WHERE QFBZ = 1 LIMIT 1", [], |r| Ok((r.get(0)?, r.get(1)?)))
        .unwrap();
    std::fs::write(court.path("documents").join(path), b"").unwrap();
    up(&court);
    assert!(hold_of(&court, "judgment", &id).unwrap().1.contains("document-empty"));
    assert!(shown(&court, "judgment", &id).is_some(), "what was published stays");
}

#[test]
fn an_optional_telephone_number_that_is_none_keeps_nobody_from_logging_in() {
    let court = Court::new(12);
    let person: String = court.platform().query_row("SELECT RYBH FROM RY LIMIT 1", [], |r| r.get(0)).unwrap();
    let sql = "UPDATE RY SET SJHM = '0635-8212345转801', GXSJ = ?2 WHERE RYBH = ?1";
    court.platform().execute(sql, [&person, LATER]).unwrap();
    up(&court);
    let outer = court.database("outer/state/outer.db");
    let body: Vec<u8> = outer
        .query_row("SELECT body FROM record WHERE kind = 'login' AND person = ?1", [&person], |r| r.get(0))
        .unwrap();
    assert!(!Record::decode(&body).unwrap().fields.contains_key("phone-hmac"));
    let status = court.agent("inner", "status");
    let remark = status["remark_items"].as_array().unwrap().iter().find(|r| r["key"] == person.as_str()).unwrap();
    assert!(remark["reason"].as_str().unwrap().contains("SJHM"), "{remark}");
    assert!(!status.to_string().contains("8212345"), "the number itself is masked");
}

#[test]
fn postgresql_s_endless_times_zones_and_binary_columns_are_read_as_they_are_meant() {
    let court = Court::new(12);
    let platform = Platform::with(&court);
    platform.run("ALTER TABLE QRS ALTER SXRQ TYPE date USING NULL; UPDATE QRS SET SXRQ = 'infinity'");
    platform.run(
        "ALTER TABLE TZ ALTER GXSJ TYPE timestamptz USING '2026-01-05 08:00:00+08'; UPDATE TZ SET GXSJ = 'infinity'",
    );
    let (exported, _) = court.up();
    assert!(exported["records"].as_u64().unwrap() > 0);
    let sql = "SELECT count(*) FROM record WHERE kind = 'consent' AND retracted = 0";
    let consents: i64 = court.database("outer/state/outer.db").query_row(sql, [], |r| r.get(0)).unwrap();
    assert!(consents > 0, "without end");
    let again = court.agent("inner", "export");
    assert_eq!((&again["records"], &again["full"]), (&0.into(), &false.into()));
    let plain = Court::new(12);
    let plain_platform = Platform::with(&plain);
    plain.up();
    let rows =
        plain.agent("inner", "export")["rows"].as_i64().unwrap() + plain_platform.number("SELECT count(*) FROM TZ");
    assert!(again["rows"].as_i64().unwrap() <= rows, "no other kind is read whole: {again}, {rows}");
    platform.run("ALTER TABLE GG ALTER NR DROP DEFAULT, ALTER NR TYPE bytea USING convert_to(NR, 'UTF8')");
    let text = court.refused("inner", "check-config", 78);
    assert!(text.contains("`nr`") && text.contains("convert_from"), "{text}");
    court.edit("inner.toml", "sql = \"SELECT * FROM GG\"", "sql = \"SELECT GGBH, LB, BT, convert_from(NR, 'UTF8') AS NR, FBRQ, GZLY, GZSPR, GZSPRQ, LRSJ, CQSPR, GXSJ FROM GG\"");
    up(&court);
}

#[test]
fn a_character_that_utf_8_lacks_holds_its_row_and_the_rest_of_the_run_leaves() {
    let court = Court::new(12);
    let platform = Platform::of(&court, "ENCODING 'EUC_CN' LC_COLLATE 'C' LC_CTYPE 'C' LOCALE_PROVIDER libc");
    platform.run("INSERT INTO GG(GGBH, LB, BT, NR, FBRQ, GXSJ) VALUES ('E1', '2', '公告', '聊城', '2026-01-05', '2026-01-05 08:00:00')");
    // A code of the table's user area: valid in EUC_CN, and nothing in UTF-8.
    platform.run("INSERT INTO GG(GGBH, LB, BT, NR, FBRQ, GXSJ) VALUES ('E2', '2', '公告', convert_from('\\xFEFE'::bytea, 'EUC_CN'), '2026-01-05', '2026-01-05 08:00:00')");
    let (exported, _) = court.up();
    assert_eq!(exported["records"], 1, "{exported}");
    assert_eq!(shown(&court, "announcement", "E1").unwrap().text("text"), "聊城");
    let shown_text = shown(&court, "announcement", "E2").map(|r| r.fields.get("text").cloned());
    let held = hold_of(&court, "announcement", "E2");
    assert!(shown_text.is_none() && held.is_some_and(|(_, reason)| reason.contains("column=nr")), "{shown_text:?}");
}

/// Makes a second person the same as another one by number; gives the case of each.
fn same_number(court: &Court, name_agrees: bool) -> (Login, String, String) {
    let platform = court.platform();
    let login = court.logins().remove(0);
    let sql = "SELECT RYBH, XM, ZJLX FROM RY WHERE ZJHM = ?1";
    let (first, name, document): (String, String, String) =
        platform.query_row(sql, [&login.identity], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?))).unwrap();
    let sql =
        "SELECT d.RYBH, d.AJBH FROM DSR d WHERE d.RYBH <> ?1 AND d.AJBH NOT IN (SELECT AJBH FROM DSR WHERE RYBH = ?1)
                 AND d.RYBH NOT IN (SELECT RYBH FROM DSR WHERE AJBH = ?2) ORDER BY d.RYBH LIMIT 1";
    let (second, case): (String, String) =
        platform.query_row(sql, [&first, &login.case_id], |r| Ok((r.get(0)?, r.get(1)?))).unwrap();
    let name = if name_agrees { format!("{name} ") } else { "另一人".to_owned() };
    // The first person's row is the newer one, so that its query code holds.
    let sql = "UPDATE RY SET ZJHM = ?1, XM = ?2, ZJLX = ?3, GXSJ = '2020-01-01 00:00:00' WHERE RYBH = ?4";
    platform.execute(sql, [&login.identity, &name, &document, &second]).unwrap();
    (login, case, second)
}

#[test]
fn one_log_in_reaches_the_cases_of_both_rows_of_a_person() {
    let court = Court::new(12);
    let (login, case, second) = same_number(&court, true);
    up(&court);
    assert_eq!(hold_of(&court, "login", &second), None);
    let portal = court.portal();
    let browser = portal.browser();
    browser.log_in(&login);
    for case in [&login.case_id, &case] {
        assert_eq!(browser.get(&format!("/cases/{case}")).status, 200, "{case}");
    }
    // Nothing is sent again, and where the rows no longer agree both are held.
    for line in [&["export", "--json"][..], &["export", "--full", "--json"]] {
        let again: serde_json::Value = serde_json::from_slice(&court.try_agent("inner", line).stdout).unwrap();
        assert_eq!(again["records"], 0, "{again}");
    }
    // The row under which the log-in was exported is cleaned up: it goes on.
    let rows = |court: &Court| -> Vec<String> {
        let platform = court.platform();
        let mut statement = platform.prepare("SELECT RYBH FROM RY WHERE ZJHM = ?1 ORDER BY RYBH").unwrap();
        statement.query_map([&login.identity], |r| r.get(0)).unwrap().map(Result::unwrap).collect()
    };
    let keys = rows(&court);
    let twin = court.duplicate();
    twin.platform().execute("DELETE FROM RY WHERE RYBH = ?1", [&keys[0]]).unwrap();
    for _ in 0..2 {
        let out = twin.try_agent("inner", &["export", "--full"]);
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        twin.carry("up");
        twin.agent("outer", "ingest");
    }
    let sql = "SELECT retracted FROM record WHERE kind = 'login' AND person = ?1 ORDER BY version DESC LIMIT 1";
    let retracted: bool = twin.database("outer/state/outer.db").query_row(sql, [&keys[1]], |r| r.get(0)).unwrap();
    assert!(!retracted, "the log-in stands under the row that is left");
    let sql = "UPDATE RY SET XM = '另一人', GXSJ = ?2 WHERE RYBH = ?1";
    court.platform().execute(sql, [&second, LATER]).unwrap();
    up(&court);
    assert!(hold_of(&court, "login", &second).unwrap().1.contains("identity-shared"));
}

#[test]
fn a_second_row_with_the_number_in_small_letters_is_the_same_person_from_the_run_that_reads_it() {
    let court = Court::new(12);
    let (first, case, second) = same_number(&court, true);
    let row = |number: &str, key: &str, changed: &str| {
        let sql = "UPDATE RY SET ZJHM = ?1, GXSJ = ?3 WHERE RYBH = ?2";
        court.platform().execute(sql, [number, key, changed]).unwrap();
    };
    let sql = "SELECT RYBH FROM RY WHERE ZJHM = ?1 AND RYBH <> ?2";
    let key: String = court.platform().query_row(sql, [&first.identity, &second], |r| r.get(0)).unwrap();
    // The query code of the newer row holds.
    row("11010519491231002X", &key, "2027-01-02 00:00:00");
    row("310101198001010018", &second, LATER);
    up(&court);
    // Spelled as clerks do, in a run of changes.
    row("11010519491231002x", &second, LATER);
    up(&court);
    let browser = court.portal();
    let browser = browser.browser();
    browser.log_in(&Login { identity: "11010519491231002X".into(), ..first.clone() });
    for case in [&first.case_id, &case] {
        assert_eq!(browser.get(&format!("/cases/{case}")).status, 200, "{case}");
    }
    let again = court.agent("inner", "export");
    assert_eq!(again["records"], 0, "{again}");
}

#[test]
fn two_rows_with_one_number_that_do_not_agree_are_both_held_and_named() {
    let court = Court::new(12);
    let (login, _, second) = same_number(&court, false);
    up(&court);
    let first: String = court
        .platform()
        .query_row("SELECT RYBH FROM RY WHERE ZJHM = ?1 AND RYBH <> ?2", [&login.identity, &second], |r| r.get(0))
        .unwrap();
    for key in [&first, &second] {
        let (class, reason) = hold_of(&court, "login", key).unwrap();
        assert!(class == "identity" && reason.contains("identity-shared"), "{key}: {reason}");
    }
}

#[test]
fn a_window_of_many_rows_is_read_whole_and_a_repeated_key_among_them_is_held() {
    let court = Court::new(12);
    up(&court);
    run(&court, "CREATE TABLE EC(K TEXT); INSERT INTO EC VALUES ('N777'), ('N777')");
    court.edit(
        "inner.toml",
        "sql = \"SELECT * FROM GG\"",
        "sql = \"SELECT g.* FROM GG g LEFT JOIN EC e ON e.K = g.GGBH\"",
    );
    up(&court);
    let sql = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1300)
               INSERT INTO GG(GGBH, LB, BT, NR, FBRQ, GXSJ) SELECT 'N' || i, '2', '公告', '内容', '2026-01-05', ?1 FROM n";
    court.platform().execute(sql, [LATER]).unwrap();
    let (exported, _) = court.up();
    assert_eq!((&exported["full"], &exported["records"]), (&false.into(), &1299.into()), "{exported}");
    assert_eq!(hold_of(&court, "announcement", "N777").unwrap().0, "identity");
    assert_eq!(court.roots().0, court.roots().1);
}

#[test]
fn amounts_are_read_in_yuan_cross_in_fen_and_check_config_says_so_at_each_column() {
    let court = Court::new(12);
    let case: String = court.platform().query_row("SELECT AJBH FROM AJXX LIMIT 1", [], |r| r.get(0)).unwrap();
    run(&court, &format!("UPDATE AJXX SET SQBDE = '1234.50', GXSJ = '{LATER}' WHERE AJBH = '{case}'"));
    up(&court);
    assert_eq!(shown(&court, "case", &case).unwrap().fields.get("claim"), Some(&Value::Integer(123_450)));
    for (lang, said) in [
        ("zh", "claim：SQBDE 列按元读取，带出时换算为分"),
        ("en", "claim: column SQBDE is read in yuan and crosses in fen"),
    ] {
        let out = court.try_agent("inner", &["--lang", lang, "check-config"]);
        let text = String::from_utf8(out.stdout).unwrap();
        assert_eq!(text.matches(said).count(), 1, "{text}");
        assert!(text.contains("amount") && text.contains("JE"), "{text}");
    }
}
