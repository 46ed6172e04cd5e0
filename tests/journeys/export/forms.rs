//! Approval forms that do not do what they say (articles 13 and 15): each is named, and raises an alarm until it is corrected.

use ferry_testkit::stage::Court;
use serde_json::{Value, json};

fn run(court: &Court, sql: &str) {
    court.platform().execute_batch(sql).unwrap();
}

/// Adds a row of a form that two people approved.
fn form(court: &Court, number: &str, [table, key, case]: [&str; 3]) {
    let value = |text: &str| if text.is_empty() { "NULL".to_owned() } else { format!("'{text}'") };
    let (table, key, case) = (value(table), value(key), value(case));
    let rest = "'6', '', '刘强', '周明', '20260101', NULL, NULL, NULL, '2027-01-01 00:00:00'";
    run(court, &format!("INSERT INTO BYGK VALUES ('{number}', {table}, {key}, {case}, {rest})"));
}

fn export(court: &Court, full: bool) -> Value {
    let line: &[&str] = if full { &["export", "--full", "--json"] } else { &["export", "--json"] };
    let out = court.try_agent("inner", line);
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    court.carry("up");
    court.agent("outer", "ingest");
    serde_json::from_slice(&out.stdout).unwrap()
}

/// The message of the alarm about forms, if it is raised.
fn alarm(court: &Court) -> Option<String> {
    let status = court.agent("inner", "status");
    let found = status["alarms"].as_array().unwrap().iter().find(|a| a["code"] == "FERRY-E0656")?;
    Some(found["message"].as_str().unwrap().to_owned())
}

fn is_public(court: &Court, kind: &str, key: &str) -> bool {
    let sql = "SELECT retracted = 0 FROM record WHERE kind = ?1 AND id = ?2 ORDER BY version DESC LIMIT 1";
    court.database("outer/state/outer.db").query_row(sql, [kind, key], |r| r.get(0)).unwrap()
}

/// Key and case of two published measures of different cases.
fn measures(court: &Court) -> [(String, String); 2] {
    let platform = court.platform();
    let sql =
        "SELECT min(CSBH), AJBH FROM ZXCS WHERE SSZT = '1' AND CSBH LIKE 'CS0%' GROUP BY AJBH ORDER BY AJBH LIMIT 2";
    let mut statement = platform.prepare(sql).unwrap();
    let found: Vec<_> =
        statement.query_map([], |r| Ok((r.get(0)?, r.get(1)?))).unwrap().collect::<Result<_, _>>().unwrap();
    found.try_into().unwrap()
}

#[test]
fn articles_13_15_a_form_whose_table_key_or_case_nothing_has_is_named_until_it_is_corrected() {
    let court = Court::new(30);
    court.up();
    let [(key, case), _] = measures(&court);
    for (number, target) in [
        ("SP1", ["ZXCS", "CS-NONE", ""]),
        ("SP2", ["ZXCX", &key, ""]),
        ("SP3", ["", "", "AJ-NONE"]),
        ("SP4", ["zxcs", &key, &case]),
    ] {
        form(&court, number, target);
    }
    let named = |exported: &Value| {
        let forms = exported["defective_forms"].as_array().unwrap().iter();
        let mut forms: Vec<(String, String)> =
            forms.map(|f| (f[0].as_str().unwrap().to_owned(), f[1].as_str().unwrap().to_owned())).collect();
        forms.sort_unstable();
        forms
    };
    let nothing = |number: &str| (number.to_owned(), "form-covers-nothing".to_owned());
    let all: Vec<_> = ["SP1", "SP2", "SP3", "SP4"].map(nothing).to_vec();
    assert_eq!(named(&export(&court, false)), all);
    assert_eq!(named(&export(&court, false)), all, "as long as it is so");
    assert_eq!(named(&export(&court, true)), all);
    assert!(is_public(&court, "measure", &key));
    let message = alarm(&court).unwrap();
    assert!(message.contains("SP1") && message.contains("SP4"), "{message}");

    run(&court, &format!("UPDATE BYGK SET DXLB = 'ZXCS', DXBH = '{key}' WHERE SPBH = 'SP1'"));
    run(&court, "DELETE FROM BYGK WHERE SPBH IN ('SP2', 'SP4')");
    assert_eq!(named(&export(&court, false)), [nothing("SP3")]);
    assert!(!is_public(&court, "measure", &key));
    run(&court, "UPDATE BYGK SET JZRQ = '20260201' WHERE SPBH = 'SP3'");
    assert_eq!(named(&export(&court, false)), []);
    assert_eq!(alarm(&court), None);
}

#[test]
fn articles_13_15_a_form_with_a_table_and_no_key_withholds_the_whole_case_and_is_named() {
    let court = Court::new(30);
    court.up();
    let [(key, case), (other_key, other_case)] = measures(&court);
    form(&court, "SP1", ["ZXCS", "", &case]);
    form(&court, "SP2", ["", &other_key, &other_case]);
    let exported = export(&court, false);
    assert_eq!(exported["defective_forms"], json!([["SP1", "form-half-item"], ["SP2", "form-half-item"]]));
    for (kind, key) in [("measure", &key), ("case", &case), ("measure", &other_key), ("case", &other_case)] {
        assert!(!is_public(&court, kind, key), "{kind} {key}");
    }
    assert!(alarm(&court).unwrap().contains("SP1"));
}

#[test]
fn articles_13_15_each_row_of_a_form_with_several_items_begins_and_ends_by_itself() {
    let court = Court::new(30);
    court.up();
    let [(first, _), (second, _)] = measures(&court);
    run(&court, "ALTER TABLE BYGK RENAME TO BYGK_; CREATE TABLE BYGK AS SELECT * FROM BYGK_");
    form(&court, "SP1", ["ZXCS", &first, ""]);
    form(&court, "SP1", ["ZXCS", &second, ""]);
    export(&court, false);
    let public = || [&first, &second].map(|key| is_public(&court, "measure", key));
    assert_eq!(public(), [false, false]);
    run(&court, &format!("DELETE FROM BYGK WHERE DXBH = '{first}'"));
    export(&court, false);
    assert_eq!(public(), [true, false], "the item that the form no longer names is published");
    run(&court, &format!("UPDATE BYGK SET DXBH = '{first}' WHERE DXBH = '{second}'"));
    export(&court, false);
    assert_eq!(public(), [false, true]);
    assert_eq!(alarm(&court), None);
}
