//! What may cross: the rules of disclosure over both real binaries.

use ferry_testkit::stage::{Court, read_response};
use serde_json::Value;

/// A later time than any change of the made court, as its platform would set it.
const LATER: &str = "2027-01-01 00:00:00";

fn run(court: &Court, sql: &str) -> usize {
    court.platform().execute(sql, []).unwrap()
}

fn outside(court: &Court, sql: &str) -> i64 {
    court.database("outer/state/outer.db").query_row(sql, [], |r| r.get(0)).unwrap()
}

fn number(value: &Value, key: &str) -> u64 {
    value[key].as_u64().unwrap_or_else(|| panic!("{key} in {value}"))
}

fn roots_agree(court: &Court) {
    let (inner, outer) = court.roots();
    assert_eq!(inner, outer);
    let (inside, outside) = (court.agent("inner", "status"), court.agent("outer", "status"));
    assert_eq!(inside["published"], outside["published"]);
}

#[test]
fn articles_13_15_a_withheld_item_shows_a_number_and_two_classes_until_its_form_ends() {
    let court = Court::new(30);
    court.up();
    let (key, case): (String, String) = court
        .platform()
        .query_row("SELECT CSBH, AJBH FROM ZXCS WHERE SSZT = '1' AND CSBH LIKE 'CS0%' LIMIT 1", [], |r| {
            Ok((r.get(0)?, r.get(1)?))
        })
        .unwrap();
    let shown = format!("SELECT count(*) FROM record WHERE kind = 'measure' AND id = '{key}' AND retracted = 0");
    assert_eq!(outside(&court, &shown), 1);

    // One name is not enough: by principle it stays open, and the form is named.
    run(
        &court,
        &format!(
            "INSERT INTO BYGK VALUES ('SP1', 'ZXCS', '{key}', '{case}', '6', '', '刘强', NULL, '20260101', NULL, NULL, NULL, '{LATER}')"
        ),
    );
    let (exported, _) = court.up();
    assert_eq!(exported["defective_forms"][0][0], "SP1");
    assert_eq!(outside(&court, &shown), 1);

    run(&court, "UPDATE BYGK SET FGYLD = '周明' WHERE SPBH = 'SP1'");
    let (exported, _) = court.up();
    assert_eq!((number(&exported, "withheld"), number(&exported, "retracted")), (1, 1));
    assert_eq!(outside(&court, &shown), 0, "a late approval retracts what was published");
    assert_eq!(outside(&court, "SELECT count(*) FROM record WHERE kind = 'withheld' AND retracted = 0"), 1);
    let leak = format!(
        "SELECT count(*) FROM record WHERE kind = 'withheld' AND (case_id <> '' OR instr(body, '{case}') OR instr(body, '{key}'))"
    );
    assert_eq!(outside(&court, &leak), 0, "nothing names the case");
    assert_eq!(court.agent("outer", "status")["published"]["withheld"], 1);
    roots_agree(&court);

    run(&court, "UPDATE BYGK SET JZRQ = '20260201' WHERE SPBH = 'SP1'");
    let (exported, _) = court.up();
    assert_eq!(number(&exported, "withheld"), 0);
    assert_eq!(outside(&court, &shown), 1, "the end of the form publishes");
    assert_eq!(court.agent("outer", "status")["published"]["withheld"], 0);
    roots_agree(&court);
}

#[test]
fn articles_13_15_a_form_for_a_whole_case_withholds_all_of_it() {
    let court = Court::new(30);
    court.up();
    let login = court.logins().remove(0);
    let case = &login.case_id;
    run(
        &court,
        &format!(
            "INSERT INTO BYGK VALUES ('SP2', NULL, NULL, '{case}', '4', '', '刘强', '周明', '20260101', NULL, NULL, NULL, '{LATER}')"
        ),
    );
    let (exported, _) = court.up();
    assert!(number(&exported, "withheld") > 3, "{exported}");
    assert_eq!(outside(&court, &format!("SELECT count(*) FROM record WHERE case_id = '{case}' AND retracted = 0")), 0);
    roots_agree(&court);
}

#[test]
fn article_5_the_secondary_volume_never_crosses_and_the_refusal_is_recorded() {
    let court = Court::new(60);
    let (first, _) = court.up();
    let key: String = court
        .platform()
        .query_row("SELECT WSBH FROM WS WHERE WSLX = '02' AND JZLB = '1' LIMIT 1", [], |r| r.get(0))
        .unwrap();
    run(&court, &format!("UPDATE WS SET JZLB = '2', GXSJ = '{LATER}' WHERE WSBH = '{key}'"));
    court.up();
    assert_eq!(outside(&court, &format!("SELECT count(*) FROM record WHERE id = '{key}' AND retracted = 0")), 0);
    let status = court.agent("inner", "status");
    assert!(status["kept_in"]["secondary-volume"].as_u64().unwrap() >= 1, "{status} {first}");
    roots_agree(&court);
}

#[test]
fn article_6_without_consent_nothing_is_offered_for_service_and_with_it_the_document_crosses() {
    let court = Court::new(60);
    court.up();
    let kept: String = court
        .database("inner/state/inner.db")
        .query_row("SELECT key FROM held WHERE class = 'no-consent' LIMIT 1", [], |r| r.get(0))
        .unwrap();
    let shown = format!("SELECT count(*) FROM record WHERE kind = 'service' AND id = '{kept}'");
    assert_eq!(outside(&court, &shown), 0);
    run(
        &court,
        &format!(
            "INSERT INTO QRS SELECT 'QR-NEW', AJBH, RYBH, '20260101', NULL, NULL, NULL, '{LATER}' FROM WS WHERE WSBH = '{kept}'"
        ),
    );
    court.up();
    assert_eq!(outside(&court, &shown), 1);
    roots_agree(&court);
}

#[test]
fn article_16_a_correction_needs_its_approval_and_then_replaces_text_and_file() {
    let court = Court::new(60);
    run(&court, "UPDATE GKWS SET BT = '写错的标题' WHERE GKBH = (SELECT min(GKBH) FROM GKWS)");
    court.up();
    let key: String = court.platform().query_row("SELECT min(GKBH) FROM GKWS", [], |r| r.get(0)).unwrap();
    run(&court, &format!("UPDATE GKWS SET BT = '执行裁定书（更正）', GXSJ = '{LATER}' WHERE GKBH = '{key}'"));
    let (exported, _) = court.up();
    let held = court.agent("inner", "status");
    assert!(held["held_records"].as_array().unwrap().iter().any(|h| h["key"] == key.as_str()), "{exported}");
    let path: String = court.platform().query_row("SELECT LJ FROM GKWS WHERE GKBH = ?1", [&key], |r| r.get(0)).unwrap();
    let old = std::fs::read(court.path("documents").join(&path)).unwrap();
    let portal = court.portal();
    let browser = portal.browser();
    let pages = [
        &format!("/public/judgment/{key}"),
        "/public/judgment",
        "/",
        "/search?q=%E6%A0%87%E9%A2%98",
        "/feeds/judgments.xml",
    ]
    .map(str::to_owned);
    let saying = |words: &str| pages.iter().filter(|page| browser.get(page).text().contains(words)).count();
    let file = |header: &str, value: &str| {
        let request = browser.agent.get(format!("{}/public/judgment/{key}/document", portal.base));
        read_response(request.header(header, value).call())
    };
    let served = file("Range", "bytes=0-");
    let tag = served.headers.get("etag").unwrap().to_str().unwrap().to_owned();
    assert!(served.bytes == old && saying("写错的标题") >= 2, "the uncorrected one is served");
    let new = std::fs::read(court.path("documents/zn/zxzn.pdf")).unwrap();
    std::fs::write(court.path("documents").join(&path), &new).unwrap();
    run(
        &court,
        &format!(
            "UPDATE GKWS SET GZLY = '标题有误', GZSPR = '刘强', GZSPRQ = '20261120', GXSJ = '{LATER}' WHERE GKBH = '{key}'"
        ),
    );
    let (exported, _) = court.up();
    assert_eq!(number(&exported, "corrected"), 1);
    let body: Vec<u8> = court
        .database("outer/state/outer.db")
        .query_row("SELECT body FROM record WHERE kind = 'judgment' AND id = ?1", [&key], |r| r.get(0))
        .unwrap();
    let body = String::from_utf8_lossy(&body).into_owned();
    assert!(body.contains("（更正）") && body.contains("标题有误") && body.contains("刘强"));
    let files = ferry_testkit::stage::walk(&court.path("outer/state/documents"));
    assert!(!files.iter().any(|f| std::fs::read(f).unwrap() == old), "the old file is no longer there");
    assert_eq!(saying("写错的标题"), 0);
    assert!(saying("（更正）") >= 2);
    // A client that still has the old one is not corrections that it is valid.
    for header in ["If-None-Match", "If-Range"] {
        let served = file(header, &tag);
        assert!(served.status == 200 && served.bytes == new, "{header}");
    }
    roots_agree(&court);
}

#[test]
fn article_18_only_approved_documents_cross() {
    let court = Court::new(60);
    run(&court, "UPDATE WS SET QFBZ = 0");
    court.up();
    for kind in ["notice", "ruling", "service"] {
        assert_eq!(outside(&court, &format!("SELECT count(*) FROM record WHERE kind = '{kind}'")), 0, "{kind}");
    }
    run(&court, &format!("UPDATE WS SET QFBZ = 1, GXSJ = '{LATER}'"));
    court.up();
    assert!(outside(&court, "SELECT count(*) FROM record WHERE kind = 'service'") > 0);
    roots_agree(&court);
}

#[test]
fn public_records_with_a_person_s_number_or_a_secrecy_mark_are_held() {
    let court = Court::new(20);
    for (key, text) in [
        ("GG-ID", "被执行人身份证号 11010519491231002X，请知情者提供线索。"),
        ("GG-WIDE", "证件号码：１１０１０５ １９４９１２３１ ００２Ｘ"),
        ("GG-PHONE", "联系电话 138-0013-8000"),
        ("GG-SECRET", "机密★一年"),
        ("GG-FINE", "案号（2024）鲁1502执12号，拍卖保证金 100000 元，咨询电话 0635-8000100。"),
    ] {
        run(
            &court,
            &format!(
                "INSERT INTO GG VALUES ('{key}', '2', '悬赏公告', '{text}', '2026-01-05', NULL, NULL, NULL, NULL, NULL, '{LATER}')"
            ),
        );
    }
    court.up();
    let crossed = |key: &str| outside(&court, &format!("SELECT count(*) FROM record WHERE id = '{key}'"));
    for key in ["GG-ID", "GG-WIDE", "GG-PHONE", "GG-SECRET"] {
        assert_eq!(crossed(key), 0, "{key}");
    }
    assert_eq!(crossed("GG-FINE"), 1);
    let held = court.agent("inner", "status");
    assert!(held["held_records"].to_string().contains("identity number"), "{held}");
    assert!(held["held_records"].to_string().contains("secrecy mark"), "{held}");
}

#[test]
fn article_3_a_planned_measure_never_reaches_its_target() {
    let court = Court::new(120);
    court.up();
    let (case, planned): (String, String) = court
        .platform()
        .query_row("SELECT AJBH, CSBH FROM ZXCS WHERE SSZT = '0' LIMIT 1", [], |r| Ok((r.get(0)?, r.get(1)?)))
        .unwrap();
    assert_eq!(
        outside(&court, &format!("SELECT count(*) FROM record WHERE kind = 'planned-measure' AND id = '{planned}'")),
        1
    );
    // Everyone of the case gets the same query code, so that the test can log in as each of them.
    let known = court.logins().remove(0);
    let hash: String =
        court.platform().query_row("SELECT CXM FROM RY WHERE ZJHM = ?1", [&known.identity], |r| r.get(0)).unwrap();
    run(
        &court,
        &format!(
            "UPDATE RY SET CXM = '{hash}', GXSJ = '{LATER}' WHERE RYBH IN (SELECT RYBH FROM DSR WHERE AJBH = '{case}')"
        ),
    );
    court.up();
    let portal = court.portal();
    let sees = |role: &str| {
        let identity: String = court
            .platform()
            .query_row(
                "SELECT ZJHM FROM RY JOIN DSR ON RY.RYBH = DSR.RYBH WHERE AJBH = ?1 AND SSDW = ?2 LIMIT 1",
                [case.as_str(), role],
                |r| r.get(0),
            )
            .unwrap();
        let browser = portal.browser();
        browser.post("/login", &[("identity", &identity), ("code", &known.code)]);
        let page = browser.get(&format!("/cases/{case}"));
        assert_eq!(page.status, 200);
        page.text().contains("拟采取的执行措施")
    };
    assert!(sees("01"), "the applicant sees what is planned");
    assert!(!sees("02"), "the respondent does not");
}

#[test]
fn a_batch_under_another_catalogue_waits_until_that_catalogue_is_installed() {
    let court = Court::new(20);
    court.edit("outer.toml", "policy = \"policy.toml\"", "policy = \"other.toml\"");
    let text = std::fs::read_to_string(court.path("policy.toml")).unwrap();
    std::fs::write(court.path("other.toml"), text.replace("document-mib-max = 64", "document-mib-max = 65")).unwrap();
    let (_, ingested) = court.up();
    assert_eq!((&ingested["batches"], &ingested["waiting"]), (&0.into(), &1.into()));
    let later = "UPDATE ferry_pending SET waited_s = waited_s + 1000000";
    court.database("outer/state/outer.db").execute(later, []).unwrap();
    assert_eq!(court.agent("outer", "ingest")["waiting"], 1, "however long that takes");
    std::fs::write(court.path("other.toml"), text).unwrap();
    assert_eq!(court.agent("outer", "ingest")["batches"], 1);
    roots_agree(&court);
}

#[test]
fn a_row_committed_late_is_found_within_the_window_and_the_cost_follows_the_change() {
    let court = Court::new(400);
    let (first, _) = court.up();
    assert_eq!(first["full"], true);
    let newest: String = court.platform().query_row("SELECT max(GXSJ) FROM ZXCS", [], |r| r.get(0)).unwrap();
    // Its time lies before times that were read already: it was written by a transaction that took long.
    let row = "INSERT INTO ZXCS SELECT 'CS-LATE', AJBH, '1', '银行存款', NULL, '2026-01-05', '2026-01-05', '1', '2026-01-05', NULL,
               datetime(?1, '-30 minutes') FROM AJXX LIMIT 1";
    court.platform().execute(row, [&newest]).unwrap();
    let (second, _) = court.up();
    assert_eq!((&second["full"], &second["records"]), (&false.into(), &1.into()), "{second}");
    assert!(number(&second, "rows") < number(&first, "rows"), "{first} {second}");
    let full = court.try_agent("inner", &["export", "--full", "--json"]);
    let full: Value = serde_json::from_slice(&full.stdout).unwrap();
    assert_eq!((&full["full"], &full["records"]), (&true.into(), &0.into()), "nothing was missed");
}

#[test]
fn a_stricter_policy_rescans_published_records_and_retracts_them() {
    let court = Court::new(20);
    run(
        &court,
        &format!(
            "INSERT INTO GG VALUES ('GG-IN', '2', '悬赏公告', '内部★一年', '2026-01-05', NULL, NULL, NULL, NULL, NULL, '{LATER}')"
        ),
    );
    court.up();
    let shown = "SELECT count(*) FROM record WHERE id = 'GG-IN' AND retracted = 0";
    assert_eq!(outside(&court, shown), 1);
    court.edit("policy.toml", "\"秘密\"]", "\"秘密\", \"内部\"]");
    let (exported, _) = court.up();
    assert_eq!(exported["full"], true);
    assert_eq!(outside(&court, shown), 0);
    roots_agree(&court);
}

#[test]
fn article_16_a_reason_that_may_not_leave_does_not_stop_the_retraction_and_stays_inside() {
    let court = Court::new(20);
    court.up();
    let keys: Vec<String> = court
        .platform()
        .prepare("SELECT GGBH FROM GG ORDER BY GGBH LIMIT 3")
        .unwrap()
        .query_map([], |r| r.get(0))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    for (key, why) in keys.iter().zip(["身份证号 11010519491231002X 有误", &"长".repeat(400), "制表符\t和换行\r\n"])
    {
        let log = "INSERT INTO SCJL VALUES (NULL, 'GG', ?1, ?2, '刘强', '20261120', ?3, NULL, NULL, ?2)";
        court.platform().execute(log, [key.as_str(), LATER, why]).unwrap();
        court.platform().execute("DELETE FROM GG WHERE GGBH = ?1", [key]).unwrap();
    }
    let (exported, ingested) = court.up();
    assert_eq!((&exported["retracted"], &ingested["batches"], &ingested["refused"]), (&3.into(), &1.into(), &0.into()));
    let reasons = "SELECT count(*) FROM record WHERE kind = 'announcement' AND retracted = 1 AND instr(body, '刘强')";
    assert_eq!(outside(&court, reasons), 0);
    let corrections = court.agent("inner", "status")["corrections"]["newest"].to_string();
    assert!(corrections.contains("刘强"), "the ledger keeps who approved it: {corrections}");
    roots_agree(&court);
}

#[test]
fn articles_13_15_a_withheld_entry_ends_with_its_row_although_the_item_never_crossed() {
    let court = Court::new(30);
    let (key, case): (String, String) = court
        .platform()
        .query_row("SELECT CSBH, AJBH FROM ZXCS WHERE SSZT = '1' ORDER BY CSBH LIMIT 1", [], |r| {
            Ok((r.get(0)?, r.get(1)?))
        })
        .unwrap();
    let withheld = |court: &Court| court.agent("outer", "status")["published"]["withheld"].as_u64().unwrap();
    let before = {
        court.up();
        withheld(&court)
    };
    let other = format!("{key}-X");
    run(
        &court,
        &format!(
            "INSERT INTO ZXCS VALUES ('{other}', '{case}', '1', '银行存款', NULL, '2026-01-05', '2026-01-05', '1', '2026-01-05', NULL, '{LATER}')"
        ),
    );
    run(
        &court,
        &format!(
            "INSERT INTO BYGK VALUES ('SP8', 'ZXCS', '{other}', '{case}', '6', '', '刘强', '周明', '20260101', NULL, NULL, NULL, '{LATER}')"
        ),
    );
    court.up();
    assert_eq!(withheld(&court), before + 1);
    run(&court, &format!("DELETE FROM ZXCS WHERE CSBH = '{other}'"));
    run(&court, "DELETE FROM BYGK WHERE SPBH = 'SP8'");
    court.agent("inner", "reconcile");
    court.carry("up");
    court.agent("outer", "ingest");
    assert_eq!(withheld(&court), before);
    roots_agree(&court);
}

#[test]
fn article_3_a_case_number_of_an_unknown_type_passes_with_a_warning_and_a_malformed_one_is_held() {
    let court = Court::new(20);
    court.up();
    run(&court, &format!("UPDATE AJXX SET AH = '(2026) 鲁1502执新7号', GXSJ = '{LATER}' WHERE AJBH = 'AJ000000001'"));
    run(&court, &format!("UPDATE AJXX SET AH = '鲁1502执号', GXSJ = '{LATER}' WHERE AJBH = 'AJ000000002'"));
    let (exported, _) = court.up();
    assert_eq!((&exported["unknown_case_types"], &exported["records"]), (&1.into(), &1.into()), "{exported}");
    let shown = "SELECT count(*) FROM record WHERE id = 'AJ000000001' AND instr(body, '（2026）鲁1502执新7号')";
    assert_eq!(outside(&court, shown), 1, "in its canonical form");
    let held = court.agent("inner", "status")["held_records"].to_string();
    assert!(held.contains("AJ000000002") && held.contains("case number"), "{held}");
}
