//! A command that names what is not there says which command lists what is, and that one does.

use super::{codes, failure, typed};
use crate::support::forge::put;
use ferry_testkit::stage::Court;

/// Code; side; what was typed; what the hint names; what lists it.
const NAMES: [(&str, &str, &str, &str, &str); 8] = [
    ("FERRY-E0610", "inner", "exports", "--help", "--help"),
    ("FERRY-E0671", "inner", "resend 99", "`status`", "status"),
    ("FERRY-E0673", "outer", "gaps accept 7 --by 王芳 --reason 丢失", "`gaps list`", "gaps list"),
    ("FERRY-E0676", "outer", "fork resume --by 王芳 --reason 已查", "`status`", "status"),
    ("FERRY-E0677", "outer", "quarantine show 99", "`quarantine list`", "quarantine list"),
    ("FERRY-E0679", "inner", "resend 1 --volume 3", "leave `--volume` out", "resend 1"),
    ("FERRY-E0805", "outer", "audit settle --by 王芳 --reason 已查", "`status`", "status"),
    ("FERRY-E0806", "inner", "audit export --since 999999 -o FILE", "`--since`", "audit export --since 1 -o FILE"),
];

#[test]
fn a_name_that_does_not_exist_is_answered_with_the_command_that_lists_the_ones_that_do() {
    let court = Court::new(5);
    court.up();
    let file = court.path("audit.jsonl").display().to_string();
    for (code, side, wrong, named, right) in NAMES {
        let [wrong, right] = [wrong, right].map(|line| line.replace("FILE", &file));
        let output = failure(&court, side, &wrong.split(' ').collect::<Vec<_>>());
        assert!(output.contains(code), "{side} {wrong}: {output}");
        let hint = output.split_once("hint: ").map_or("", |(_, hint)| hint);
        assert!(hint.contains(named), "{side} {wrong}: {output}");
        typed(&court, side, &right);
    }
}

#[test]
fn e0677_a_number_that_quarantine_list_names_is_shown() {
    let court = Court::new(5);
    put(&court, "up", "noise", b"PK something else entirely, of some length");
    court.agent("outer", "ingest");
    let output = failure(&court, "outer", &["quarantine", "show", "99"]);
    assert!(output.contains("FERRY-E0677") && output.contains("`quarantine list`"), "{output}");
    let listed = court.try_agent("outer", &["quarantine", "list", "--json"]);
    let listed: serde_json::Value = serde_json::from_slice(&listed.stdout).unwrap();
    typed(&court, "outer", &format!("quarantine show {}", listed[0]["id"]));
}

#[test]
fn e0902_a_held_record_crosses_once_it_is_corrected_in_the_platform() {
    let court = Court::new(5);
    court.up();
    let change = |status: &str| {
        let sql = "UPDATE AJXX SET AJZT = ?1, GXSJ = datetime((SELECT max(GXSJ) FROM AJXX), '+1 day')
                   WHERE AJBH = (SELECT min(AJBH) FROM AJXX)";
        court.platform().execute(sql, [status]).unwrap();
    };
    change("99");
    let output = failure(&court, "inner", &["export", "--strict"]);
    assert!(output.contains("FERRY-E0902") && output.contains("`status`"), "{output}");
    assert!(codes(&court, "inner").contains("FERRY-E0699"), "what waits for a person is named");
    change("02");
    typed(&court, "inner", "export --strict");
    let held: i64 =
        court.database("inner/state/inner.db").query_row("SELECT count(*) FROM held", [], |r| r.get(0)).unwrap();
    assert_eq!(held, 0);
}
