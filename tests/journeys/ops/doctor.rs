//! `doctor`: what is broken is named with what to do, also where no other command runs, and doing it heals.

use ferry_testkit::stage::Court;
use serde_json::Value as Json;
use std::os::unix::fs::PermissionsExt;

/// What `doctor` finds wrong: the codes in the order in which they are to be mended, and the whole report.
fn wrong(court: &Court, side: &str, more: &[&str]) -> (Vec<String>, Json) {
    let out = court.try_agent(side, &[&["doctor", "--json"], more].concat());
    let report: Json = serde_json::from_slice(&out.stdout).expect("doctor prints its report whatever it finds");
    let codes: Vec<String> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|finding| finding["wrong"]["code"].as_str().map(str::to_owned))
        .collect();
    assert_eq!(out.status.code(), Some(if codes.is_empty() { 0 } else { 65 }), "{report}");
    let is_said = String::from_utf8_lossy(&out.stderr).contains("FERRY-E0639");
    assert_eq!(is_said, !codes.is_empty(), "{report}");
    (codes, report)
}

fn done(court: &Court, side: &str, command: &[&str]) {
    let out = court.try_agent(side, command);
    assert!(out.status.success(), "{side} {command:?}: {}", String::from_utf8_lossy(&out.stderr));
}

/// As case M9.
#[test]
fn a_damaged_ledger_is_named_with_the_newest_backup_and_restoring_it_heals() {
    let court = Court::new(10);
    court.up();
    let backup = court.path("backup").display().to_string();
    done(&court, "inner", &["backup", &backup]);
    assert_eq!(wrong(&court, "inner", &[]).0, Vec::<String>::new());
    let path = court.path("inner/state/inner.db");
    let mut bytes = std::fs::read(&path).unwrap();
    let half = bytes.len() / 2;
    bytes[4096..half].fill(0xa5);
    std::fs::write(&path, bytes).unwrap();
    let status = court.try_agent("inner", &["status"]);
    assert_eq!(status.status.code(), Some(74), "{}", String::from_utf8_lossy(&status.stderr));
    assert!(String::from_utf8_lossy(&status.stderr).contains("`doctor`"));
    let (codes, report) = wrong(&court, "inner", &[]);
    assert_eq!(codes, ["FERRY-E0604"], "{report}");
    assert_eq!(report["newest_backup"]["folder"], backup.as_str());
    let hint = report.to_string();
    assert!(hint.contains(&format!("restore {backup}")), "{hint}");
    // What it says, done.
    std::fs::rename(court.path("inner/state"), court.path("inner/evidence")).unwrap();
    done(&court, "inner", &["restore", &backup]);
    assert_eq!(wrong(&court, "inner", &[]).0, Vec::<String>::new());
    court.up();
    let (inner, outer) = court.roots();
    assert_eq!(inner, outer);
}

/// As case H13.
#[test]
fn a_ledger_that_other_accounts_may_read_is_refused_like_a_key_and_fix_makes_it_private() {
    let court = Court::new(5);
    court.up();
    for (side, command) in [("inner", "export"), ("outer", "ingest")] {
        let path = court.path(&format!("{side}/state/{side}.db"));
        let mode = || std::fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(), 0o600, "{side}: as it is made");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        let out = court.try_agent(side, &[command]);
        let text = String::from_utf8_lossy(&out.stderr).into_owned();
        assert_eq!(out.status.code(), Some(77), "{text}");
        assert!(text.contains("FERRY-E0635") && text.contains("`doctor --fix`"), "{text}");
        assert!(wrong(&court, side, &[]).0.contains(&"FERRY-E0635".to_owned()));
        let (codes, report) = wrong(&court, side, &["--fix"]);
        assert!(!codes.contains(&"FERRY-E0635".to_owned()) && report["mended"].to_string().contains(".db"), "{report}");
        assert_eq!(mode(), 0o600);
        court.agent(side, command);
    }
}

#[test]
fn what_a_side_lost_is_listed_in_the_order_in_which_it_is_mended() {
    let court = Court::new(5);
    court.up();
    let away = |name: &str| std::fs::rename(court.path(name), court.path(&format!("{name}.away"))).unwrap();
    std::fs::remove_file(court.files("inner/state/outbox").remove(0)).unwrap();
    for name in ["channel/down/received", "inner/recipient.key", "documents"] {
        away(name);
    }
    let (codes, report) = wrong(&court, "inner", &[]);
    assert_eq!(codes[..3], ["FERRY-E0667", "FERRY-E0657", "FERRY-E0638"], "{report}");
    assert_eq!(codes.len(), 4, "the store of documents as well: {report}");
    let english = court.try_agent("inner", &["--lang", "en", "doctor"]);
    let text = String::from_utf8_lossy(&english.stdout).into_owned();
    assert!(text.contains("1. ") && text.contains("4. ") && text.contains("what to do, in this order"), "{text}");
    // A ledger that is missing is named without anything being made in its place.
    away("inner/state/inner.db");
    assert_eq!(wrong(&court, "inner", &[]).0[0], "FERRY-E0658");
    assert!(!court.path("inner/state/inner.db").exists());
}
