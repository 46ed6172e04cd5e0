//! The supervision report over the real binaries: its numbers are those of what the test did.

use crate::support::forge::ingest_a_faulty_first_batch;
use crate::support::sms::calendar;
use ferry_testkit::court::touch;
use ferry_testkit::stage::Court;
use jiff::ToSpan;
use jiff::civil::Date;
use serde_json::Value;

/// A later time than any change of the made court, as its platform would set it.
const LATER: &str = "2027-01-01 00:00:00";

fn run(court: &Court, sql: &str) -> usize {
    court.platform().execute(sql, []).unwrap()
}

fn inside(court: &Court, sql: &str) -> i64 {
    court.database("inner/state/inner.db").query_row(sql, [], |r| r.get(0)).unwrap()
}

fn outside(court: &Court, sql: &str) -> i64 {
    court.database("outer/state/outer.db").query_row(sql, [], |r| r.get(0)).unwrap()
}

fn today() -> Date {
    jiff::Timestamp::now().in_tz("Asia/Shanghai").unwrap().date()
}

fn report_of(court: &Court, arguments: &[&str]) -> Value {
    let out = court.try_agent("inner", &[&["report", "--json"], arguments].concat());
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    serde_json::from_slice(&out.stdout).unwrap()
}

fn report(court: &Court) -> Value {
    report_of(court, &["--day", &today().to_string()])
}

fn kind<'a>(report: &'a Value, kind: &str) -> &'a Value {
    report["kinds"].as_array().unwrap().iter().find(|k| k["kind"] == kind).unwrap_or(&Value::Null)
}

fn number(value: &Value, key: &str) -> i64 {
    value[key].as_i64().unwrap_or_else(|| panic!("{key} in {value}"))
}

fn crossed(counts: &Value) -> i64 {
    ["new", "changed", "retracted"].iter().map(|key| number(counts, key)).sum()
}

/// Moves everything that the ledger dates back by whole days, as if the test had waited.
fn wait(court: &Court, days: i64) {
    let dated = [
        ("ferry_sent", "created_s"),
        ("ferry_sent", "settled_s"),
        ("export_count", "at_s"),
        ("late_entry", "at_s"),
        ("correction", "at_s"),
        ("held", "since_s"),
    ];
    let ledger = court.database("inner/state/inner.db");
    for (table, column) in dated {
        ledger.execute(&format!("UPDATE {table} SET {column} = {column} - 86400 * ?1"), [days]).unwrap();
    }
}

#[test]
fn article_19_the_report_counts_published_records_by_kind_and_department() {
    let court = Court::new(60);
    let (exported, _) = court.up();
    let first = report(&court);
    assert_eq!(crossed(&first["total"]), number(&exported, "records"));
    for k in first["kinds"].as_array().unwrap() {
        let sql =
            format!("SELECT count(*) FROM record WHERE kind = '{}' AND retracted = 0", k["kind"].as_str().unwrap());
        assert_eq!(number(k, "new"), outside(&court, &sql), "{k}");
    }
    assert_eq!(number(&first["total"], "unconfirmed"), number(&exported, "records"));
    assert_eq!(first["unconfirmed"][0]["state"], "dispatched");

    court.down();
    touch(&court.path(""), 10, 3).unwrap();
    let (exported, _) = court.up();
    let second = report(&court);
    assert_eq!(crossed(&second["total"]) - crossed(&first["total"]), number(&exported, "records"));
    assert_eq!(number(&second["total"], "retracted"), number(&exported, "retracted"));
    // Two new cases, a corrected telephone number for each corrected case, and all that a withheld case had.
    assert_eq!(number(kind(&second, "case"), "new") - number(kind(&first, "case"), "new"), 2);
    assert_eq!(number(kind(&second, "handler"), "changed"), 2);
    let withheld = inside(&court, "SELECT count(*) FROM withheld");
    assert_eq!(number(&second["total"], "withheld"), withheld);
    assert_eq!(number(&second["withheld"], "begun"), withheld);
    assert_eq!(number(&second["total"], "unconfirmed"), number(&exported, "records"), "the first batch is confirmed");

    for report in [&first, &second] {
        for key in ["new", "changed", "retracted", "late", "withheld", "held", "kept_inside"] {
            let departments = report["departments"].as_object().unwrap().values().map(|d| number(d, key));
            assert_eq!(departments.sum::<i64>(), number(&report["total"], key), "{key}");
        }
    }
    let of_day = &second["by_day"][0];
    assert_eq!((crossed(of_day), number(of_day, "batches")), (crossed(&second["total"]), 2));
    assert_eq!(second["batches"].as_array().unwrap().len(), 2);
}

#[test]
fn article_19_table_and_printed_page_have_the_same_numbers() {
    let court = Court::new(30);
    run(&court, &format!("UPDATE AJXX SET AY = '<b>纠纷</b>', GXSJ = '{LATER}'"));
    court.up();
    let form = "INSERT INTO BYGK VALUES ('SP<i>', 'ZXCS', 'CS', 'AJ', '6', '', '刘强', NULL, '20260101', NULL, NULL, NULL, '2027')";
    run(&court, form);
    court.agent("inner", "export");
    let month = today().strftime("%Y-%m").to_string();
    let json = report_of(&court, &["--month", &month]);
    let text = court.try_agent("inner", &["report", "--month", &month]);
    let text = String::from_utf8(text.stdout).unwrap();
    let total = text.lines().find(|l| l.starts_with("total")).unwrap();
    assert_eq!(total.split_whitespace().nth(1), Some(json["total"]["new"].to_string().as_str()), "{total}");
    let file = court.path("report.html");
    let arguments = ["report", "--month", &month, "--html", "-o", file.to_str().unwrap()];
    assert!(court.try_agent("inner", &arguments).status.success());
    let html = std::fs::read_to_string(&file).unwrap();
    for part in [
        "Monthly supervision report",
        &month,
        "<svg",
        "size: A4",
        "执行局",
        "立案庭",
        &format!("<b>{}</b>", crossed(&json["total"])),
    ] {
        assert!(html.contains(part), "{part}");
    }
    let bars = html.matches("class=\"tick").count() as i8;
    assert_eq!(bars, today().day(), "a bar for each day up to today");
    assert!(html.contains("SP&#60;i&#62;") && !html.contains("SP<i>"), "what the platform says is escaped");
    for word in ["<script", "http:", "https:", "src=", "url(", "@import"] {
        assert!(!html.contains(word), "{word}");
    }
    assert_eq!(court.try_agent("inner", &arguments).status.code(), Some(73), "nothing is overwritten");
    for wrong in [&["report"][..], &["report", "--month", "2026-13"], &["report", "--day", "x"]] {
        assert_eq!(court.try_agent("inner", wrong).status.code(), Some(2), "{wrong:?}");
    }
}

#[test]
fn articles_12_21_a_late_entry_counts_once_and_names_who_approved_it() {
    let court = Court::new(30);
    court.up();
    let before = report(&court);
    let (case, case_no): (String, String) = court
        .platform()
        .query_row("SELECT AJBH, AH FROM AJXX WHERE AJZT = '02' AND AH LIKE '（%' LIMIT 1", [], |r| {
            Ok((r.get(0)?, r.get(1)?))
        })
        .unwrap();
    for (key, entered, approved) in
        [("CS-A", "2026-01-08", "NULL"), ("CS-B", "2026-01-09", "NULL"), ("CS-C", "2026-02-01", "'副院长 王伟'")]
    {
        let sql = format!(
            "INSERT INTO ZXCS VALUES ('{key}', '{case}', '2', '银行存款', NULL, '2026-01-05', '2026-01-05', '1',
             '{entered} 09:00:00', {approved}, '{LATER}')"
        );
        run(&court, &sql);
    }
    court.up();
    let after = report(&court);
    let more = |key: &str| number(kind(&after, "measure"), key) - number(kind(&before, "measure"), key);
    // Three days are in time, the fourth is late.
    assert_eq!((more("new"), more("late"), more("late_approved")), (3, 1, 1));
    let late = &after["late"]["without_approval"];
    let item = late.as_array().unwrap().iter().find(|i| i["key"] == "CS-B").unwrap();
    assert_eq!((&item["case"], &item["case_number"]), (&case.as_str().into(), &case_no.as_str().into()));
    assert!(!late.to_string().contains("CS-A"));
    let approved = after["late"]["approved"].as_array().unwrap();
    let by = approved.iter().find(|a| a["approved_by"] == "副院长 王伟").unwrap();
    assert_eq!((&by["kind"], &by["records"]), (&"measure".into(), &1.into()));

    run(&court, "UPDATE ZXCS SET BDW = '股权', GXSJ = '2027-01-02 00:00:00' WHERE CSBH IN ('CS-B', 'CS-C')");
    court.up();
    let again = report(&court);
    assert_eq!(number(kind(&again, "measure"), "changed"), 2);
    assert_eq!(number(&again["total"], "late"), number(&after["total"], "late"), "a change is not late again");
}

#[test]
fn articles_12_13_15_held_and_withheld_items_are_counted_by_class_with_the_oldest_first() {
    let court = Court::new(30);
    court.up();
    let before = report(&court);
    let insert = |key: &str, text: &str| {
        let sql = format!(
            "INSERT INTO GG VALUES ('{key}', '2', '悬赏公告', '{text}', '2026-01-05', NULL, NULL, NULL, NULL, NULL, '{LATER}')"
        );
        run(&court, &sql);
    };
    insert("GG-OLD", "联系电话 138-0013-8000");
    court.up();
    wait(&court, 5);
    insert("GG-NEW", "证件 11010519491231002X");
    run(&court, "UPDATE GG SET NR = NR || '。', GXSJ = '2027-01-03 00:00:00' WHERE GGBH = 'GG-OLD'");
    court.up();
    let after = report(&court);
    assert_eq!(number(&after["total"], "held") - number(&before["total"], "held"), 2);
    let class = after["held"]["classes"].as_array().unwrap().iter().find(|c| c["class"] == "identifier").unwrap();
    assert_eq!((number(class, "records"), &class["zh"]), (2, &"含个人号码".into()));
    let since: Date = class["since"].as_str().unwrap()[..10].parse().unwrap();
    assert_eq!(since, today() - 5.days(), "a change of the row does not restart its waiting time");
    let named: Vec<&str> =
        after["held"]["records"].as_array().unwrap().iter().map(|h| h["key"].as_str().unwrap()).collect();
    let at = |key: &str| named.iter().position(|k| *k == key).unwrap();
    assert!(at("GG-OLD") < at("GG-NEW"), "{named:?}");
    let full = court.try_agent("inner", &["export", "--full"]);
    assert!(full.status.success());
    let class =
        report(&court)["held"]["classes"].as_array().unwrap().iter().find(|c| c["class"] == "identifier").cloned();
    assert_eq!(class.unwrap()["since"].as_str().unwrap()[..10].parse::<Date>().unwrap(), since, "nor does a full run");

    let key: String = court
        .platform()
        .query_row("SELECT CSBH FROM ZXCS WHERE SSZT = '1' AND CSBH LIKE 'CS0%' LIMIT 1", [], |r| r.get(0))
        .unwrap();
    let form = format!(
        "INSERT INTO BYGK VALUES ('SP1', 'ZXCS', '{key}', NULL, '6', '', '刘强', NULL, '20260101', NULL, NULL, NULL, '{LATER}')"
    );
    run(&court, &form);
    court.up();
    let defective = report(&court);
    assert_eq!(defective["defective_forms"][0]["form"], "SP1");
    run(&court, "UPDATE BYGK SET FGYLD = '周明' WHERE SPBH = 'SP1'");
    court.up();
    let withheld = report(&court);
    assert_eq!(withheld["defective_forms"], serde_json::json!([]));
    let of = |r: &Value| {
        let now = r["withheld"]["now"].as_array().unwrap();
        now.iter()
            .filter(|c| c["class"] == "safety" && c["kind"] == "measure")
            .map(|c| number(c, "records"))
            .sum::<i64>()
    };
    assert_eq!(of(&withheld) - of(&defective), 1);
    assert_eq!(number(&withheld["withheld"], "begun") - number(&defective["withheld"], "begun"), 1);
    let newest = &withheld["corrections"][0];
    assert_eq!((&newest["act"], &newest["key"]), (&"retracted".into(), &key.as_str().into()));
    assert_eq!(newest["approved_by"], "刘强, 周明");
}

#[test]
fn article_11_a_served_document_without_a_receipt_is_overdue_after_three_days() {
    let court = Court::new(60);
    // Whatever day of the week it is.
    calendar(&court, &[]);
    court.up();
    let served = outside(&court, "SELECT count(*) FROM record WHERE kind = 'service' AND retracted = 0");
    assert!(served > 1);
    assert_eq!(number(&report(&court)["service"], "overdue"), 0, "nothing is confirmed yet");
    court.down();
    wait(&court, 3);
    assert_eq!(number(&report(&court)["service"], "overdue"), 0, "the third day is in time");
    wait(&court, 1);
    let late = report(&court);
    assert_eq!(number(&late["service"], "overdue"), served);
    assert_eq!(number(kind(&late, "service"), "service_overdue"), served);
    assert_eq!(late["service"]["documents"][0]["days"], 4);

    let portal = court.portal();
    let browser = portal.browser();
    let login = court.logins().remove(0);
    browser.log_in(&login);
    let page = browser.get(&format!("/cases/{}", login.case_id));
    let text = page.text();
    let action = text[text.find("/documents/service/").unwrap()..].split('"').next().unwrap().to_owned();
    assert_eq!(browser.post(&action, &[("csrf", &page.csrf())]).status, 200);
    court.agent("outer", "reply");
    court.carry("down");
    let batches = court.files("channel/down/received");
    let kept: Vec<_> = batches.iter().map(|b| (b, std::fs::read(b).unwrap())).collect();
    assert_eq!(court.agent("inner", "import")["receipts"], 1);
    assert_eq!(number(&report(&court)["service"], "overdue"), served - 1);

    // The agent stopped between the platform's transaction and its own: the next import derives the ledger again.
    let ledger = court.database("inner/state/inner.db");
    ledger.execute_batch("DELETE FROM receipt; DELETE FROM ferry_received WHERE sequence = 2").unwrap();
    assert_eq!(number(&report(&court)["service"], "overdue"), served);
    for (path, bytes) in kept {
        std::fs::write(path, bytes).unwrap();
    }
    court.agent("inner", "import");
    assert_eq!(number(&report(&court)["service"], "overdue"), served - 1);
    assert_eq!(court.count("SELECT count(*) FROM FERRY_RECEIPT"), 1, "and settles nothing twice");
}

#[test]
fn articles_18_19_a_day_without_an_export_is_named() {
    let court = Court::new(20);
    court.up();
    wait(&court, 3);
    court.up();
    let of = |day: Date| report_of(&court, &["--day", &day.to_string()]);
    for (days, missed) in [(4, false), (3, false), (2, true), (1, true), (0, false)] {
        let day = today() - days.days();
        let expected = if missed { serde_json::json!([day.to_string()]) } else { serde_json::json!([]) };
        assert_eq!(of(day)["missed_days"], expected, "{days} days ago");
    }
    assert!(crossed(&of(today() - 3.days())["total"]) > 0);
    assert_eq!(crossed(&of(today() - 2.days())["total"]), 0);
    assert_eq!(of(today() + 1.day())["by_day"], serde_json::json!([]));
    let text = court.try_agent("inner", &["report", "--day", &(today() - 1.day()).to_string()]);
    assert!(String::from_utf8(text.stdout).unwrap().contains("days without an export"));
}

#[test]
fn article_12_a_case_without_the_records_of_its_stage_is_named_by_its_number() {
    let court = Court::new(40);
    court.up();
    let lacking = |r: &Value| {
        let all = r["completeness"].as_array().unwrap().clone();
        all.into_iter().find(|c| c["kind"] == "handler").unwrap()
    };
    let before = report(&court);
    assert_eq!(number(&before["total"], "cases_without"), 0, "{}", before["completeness"]);
    let sql = "SELECT AJBH, AH FROM AJXX a WHERE AJZT = ?1 AND AH LIKE '（%'
                 AND NOT EXISTS (SELECT 1 FROM BYGK b WHERE b.AJBH = a.AJBH) ORDER BY 1 LIMIT 1";
    let case = |step: &str| -> (String, String) {
        court.platform().query_row(sql, [step], |r| Ok((r.get(0)?, r.get(1)?))).unwrap()
    };
    let (enforcing, filed) = (case("02"), case("01"));
    for (case, _) in [&enforcing, &filed] {
        run(
            &court,
            &format!(
                "INSERT INTO SCJL SELECT NULL, 'CBR', CBRBH, '{LATER}', NULL, NULL, NULL, NULL, NULL, '{LATER}' FROM CBR WHERE AJBH = '{case}'"
            ),
        );
        assert_eq!(run(&court, &format!("DELETE FROM CBR WHERE AJBH = '{case}'")), 1);
    }
    court.up();
    let after = report(&court);
    // A case that was only filed needs no handler yet.
    let found = lacking(&after);
    assert_eq!((number(&found, "cases_without"), found["cases"].as_array().unwrap().len()), (1, 1));
    assert_eq!(found["cases"][0]["case_number"], enforcing.1.as_str());
    assert_eq!(found["cases"][0]["step"], "enforcing");
    assert_eq!(number(kind(&after, "handler"), "cases_without"), 1);

    // A case that is withheld as a whole lacks nothing.
    let form = format!(
        "INSERT INTO BYGK VALUES ('SP9', NULL, NULL, '{}', '4', '', '刘强', '周明', '20260101', NULL, NULL, NULL, '{LATER}')",
        enforcing.0
    );
    run(&court, &form);
    court.up();
    assert_eq!(number(&lacking(&report(&court)), "cases_without"), 0);
    // Nor does one whose only such record is withheld by itself.
    let other = case("02");
    let form = format!(
        "INSERT INTO BYGK SELECT 'SP8', 'CBR', CBRBH, AJBH, '3', '', '刘强', '周明', '20260101', NULL, NULL, NULL, '{LATER}'
         FROM CBR WHERE AJBH = '{}'",
        other.0
    );
    run(&court, &form);
    court.up();
    assert_eq!(inside(&court, "SELECT count(*) FROM withheld WHERE kind = 'handler'"), 1);
    assert_eq!(number(&lacking(&report(&court)), "cases_without"), 0);
}

#[test]
fn article_16_status_shows_what_was_corrected_and_retracted_by_whom_and_why() {
    let court = Court::new(30);
    court.up();
    assert_eq!(number(&court.agent("inner", "status")["corrections"], "last_7_days"), 0);
    let key: String = court.platform().query_row("SELECT GKBH FROM GKWS LIMIT 1", [], |r| r.get(0)).unwrap();
    let sql = format!(
        "UPDATE GKWS SET BT = '执行裁定书（更正）', GZLY = '标题有误', GZSPR = '刘强', GZSPRQ = '20261120', GXSJ = '{LATER}'
         WHERE GKBH = '{key}'"
    );
    run(&court, &sql);
    court.up();
    let gone: String = court.platform().query_row("SELECT GGBH FROM GG LIMIT 1", [], |r| r.get(0)).unwrap();
    run(
        &court,
        &format!(
            "INSERT INTO SCJL VALUES (NULL, 'GG', '{gone}', '{LATER}', '周明', '20261121', '公告已过期', NULL, NULL, '{LATER}')"
        ),
    );
    run(&court, &format!("DELETE FROM GG WHERE GGBH = '{gone}'"));
    court.up();
    let corrections = court.agent("inner", "status")["corrections"].clone();
    assert_eq!(number(&corrections, "last_7_days"), 2);
    let [taken_back, corrected] = &corrections["newest"].as_array().unwrap()[..] else { panic!("{corrections}") };
    assert_eq!((&taken_back["act"], &taken_back["key"]), (&"retracted".into(), &gone.as_str().into()));
    assert_eq!((&taken_back["approved_by"], &taken_back["why"]), (&"周明".into(), &"公告已过期".into()));
    assert_eq!(
        (&corrected["act"], &corrected["kind"], &corrected["key"]),
        (&"corrected".into(), &"judgment".into(), &key.as_str().into())
    );
    assert_eq!((&corrected["approved_by"], &corrected["why"]), (&"刘强".into(), &"标题有误".into()));
    let text = String::from_utf8(court.try_agent("inner", &["status"]).stdout).unwrap();
    assert!(text.contains(&format!("corrected: judgment {key} (刘强): 标题有误")), "{text}");
    let audited = "SELECT count(*) FROM ferry_audit WHERE act = 'correct' AND detail LIKE 'approved by 刘强 on 2026-11-20: 标题有误'";
    assert_eq!(inside(&court, audited), 1, "the chain of the audit has it too");
    wait(&court, 8);
    assert_eq!(number(&court.agent("inner", "status")["corrections"], "last_7_days"), 0);
}

#[test]
fn article_19_refused_content_is_counted_apart_and_as_new_once_it_is_published() {
    let court = Court::new(20);
    ingest_a_faulty_first_batch(&court);
    let sent = number(&report(&court)["total"], "new");
    court.down();
    let refused = report(&court);
    assert_eq!((crossed(&refused["total"]), number(&refused["total"], "refused")), (0, sent));
    assert_eq!((number(&refused["total"], "late"), &refused["late"]["without_approval"]), (0, &serde_json::json!([])));
    assert_eq!((&refused["batches"][0]["state"], number(&refused["total"], "unconfirmed")), (&"refused".into(), 0));
    let text = String::from_utf8(court.try_agent("inner", &["report", "--day", &today().to_string()]).stdout).unwrap();
    assert!(text.contains("refused outside: 1/1"), "{text}");
    court.up();
    let after = report(&court);
    assert_eq!((number(&after["total"], "new"), number(&after["total"], "changed")), (sent, 0));
    assert_eq!(number(&after["total"], "refused"), sent);
}
