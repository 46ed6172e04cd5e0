//! The audit of each side, shown and verified by the programs, and its change shown by the other side.

use ferry_format::audit::{Entry, link};
use ferry_testkit::court::touch;
use ferry_testkit::stage::Court;
use rusqlite::{Connection, params};
use serde_json::Value;

/// Runs `audit …` that must succeed; gives its object.
fn audit(court: &Court, side: &str, line: &[&str]) -> Value {
    let out = court.try_agent(side, &[&["audit"], line, &["--json"]].concat());
    assert!(out.status.success(), "{side} {line:?}: {}", String::from_utf8_lossy(&out.stderr));
    serde_json::from_slice(&out.stdout).unwrap()
}

/// Runs `audit …` that must be refused as bad data; gives its stderr.
fn refused(court: &Court, side: &str, line: &[&str]) -> String {
    let out = court.try_agent(side, &[&["audit"], line].concat());
    let text = String::from_utf8(out.stderr).unwrap();
    assert_eq!(out.status.code(), Some(65), "{side} {line:?}: {text}");
    text
}

fn export(court: &Court, side: &str, name: &str) -> String {
    let file = court.path(name).to_str().unwrap().to_owned();
    let out = court.try_agent(side, &["audit", "export", "-o", &file]);
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    file
}

/// A court after some days both ways.
fn court_after_days() -> Court {
    let court = Court::new(12);
    for seed in 1..4 {
        touch(&court.path(""), 3, seed).unwrap();
        court.up();
        court.down();
    }
    court
}

fn alarms(court: &Court, side: &str) -> String {
    court.agent(side, "status")["alarms"].to_string()
}

/// Makes the chain again after a change, as somebody with access to the database could.
fn chain_again(conn: &Connection) {
    let entries = ferry_channel::audit::entries(conn, 1, u64::MAX).unwrap();
    conn.execute("DELETE FROM ferry_audit", []).unwrap();
    let mut digest = [0; 32];
    for (number, (entry, _)) in (1..).zip(entries) {
        let entry = Entry { number, ..entry };
        digest = link(&digest, &entry.inner_digest());
        let sql = "INSERT INTO ferry_audit(number, at_s, actor, act, subject, detail, what, digest, salt) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
        let Entry { salt, at_s, actor, act, subject, detail, what, .. } = entry;
        let what = what.map(|d| d.to_vec());
        conn.execute(
            sql,
            params![
                number as i64,
                at_s,
                actor,
                act,
                subject,
                detail,
                what,
                digest.as_slice(),
                salt.map(|s| s.to_vec())
            ],
        )
        .unwrap();
    }
}

#[test]
fn after_a_whole_journey_both_audits_verify_on_each_side_and_offline() {
    let court = court_after_days();
    for (side, other, trust) in [("inner", "outer", "outer/trust.toml"), ("outer", "inner", "inner/trust.toml")] {
        let own = audit(&court, side, &["verify"]);
        assert_eq!((&own["agreeing"], &own["restored"]), (&3.into(), &serde_json::json!([])), "{own}");
        let file = export(&court, side, &format!("{side}.jsonl"));
        let seen = audit(&court, other, &["verify", "--other", &file]);
        assert_eq!((&seen["agreeing"], &seen["entries"], &seen["foreign"]), (&3.into(), &own["entries"], &0.into()));
        let heads = export(&court, other, &format!("{other}-of-{side}.jsonl"));
        let kept = audit(&court, side, &["verify", "--heads", &heads]);
        assert_eq!((&kept["agreeing"], &kept["foreign"]), (&3.into(), &3.into()), "{kept}");
        let offline = court.ferry(&["audit", "verify", &file, "--trust", trust, "--json"]);
        assert!(offline.status.success(), "{}", String::from_utf8_lossy(&offline.stderr));
        let offline: Value = serde_json::from_slice(&offline.stdout).unwrap();
        assert_eq!((&offline["agreeing"], &offline["digest"]), (&3.into(), &own["digest"]));
        let strange = court.ferry(&["audit", "verify", &file, "--trust", &format!("{side}/trust.toml")]);
        assert_eq!(strange.status.code(), Some(65), "heads of a sender that nobody trusts");
    }
    let file = court.path("inner.jsonl");
    let text = std::fs::read_to_string(&file).unwrap();
    let last = text.trim_end().rfind('\n').unwrap();
    let changed = text.replacen("\"actor\":\"agent\"", "\"actor\":\"agents\"", 1);
    let doubled = format!("{text}{}", &text[last + 1..]);
    for (name, wrong) in
        [("cut", &text[..=last]), ("torn", &text[..last + 9]), ("more", &doubled), ("empty", ""), ("else", "{}\n")]
    {
        std::fs::write(&file, wrong).unwrap();
        let output = refused(&court, "outer", &["verify", "--other", file.to_str().unwrap()]);
        assert!(output.contains("FERRY-E0804") || name == "more" && output.contains("FERRY-E0801"), "{name}: {output}");
    }
    std::fs::write(&file, changed).unwrap();
    assert!(refused(&court, "outer", &["verify", "--other", file.to_str().unwrap()]).contains("FERRY-E0801"));
    std::fs::remove_file(&file).unwrap();
    let again = export(&court, "inner", "inner.jsonl");
    assert_eq!(audit(&court, "outer", &["verify", "--other", &again])["agreeing"], 3);
}

#[test]
fn e0801_a_broken_audit_is_kept_as_evidence_and_a_restored_backup_verifies() {
    let court = court_after_days();
    let kept = court.path("kept");
    assert!(court.try_agent("inner", &["backup", kept.to_str().unwrap()]).status.success());
    let half = "UPDATE ferry_audit SET actor = 'someone' WHERE number = (SELECT max(number) / 2 FROM ferry_audit)";
    court.database("inner/state/inner.db").execute(half, []).unwrap();
    assert!(refused(&court, "inner", &["verify"]).contains("FERRY-E0801"));
    std::fs::rename(court.path("inner/state"), court.path("evidence-state")).unwrap();
    assert!(court.try_agent("inner", &["restore", kept.to_str().unwrap()]).status.success());
    audit(&court, "inner", &["verify"]);
    court.up();
    let (inner, outer) = court.roots();
    assert_eq!(inner, outer);
}

#[test]
fn a_changed_truncated_or_rechained_audit_is_detected_by_both_sides() {
    let court = court_after_days();
    let half = "(SELECT max(number) / 2 FROM ferry_audit)";
    for (n, (tampering, rechained, code)) in [
        (format!("UPDATE ferry_audit SET actor = 'someone' WHERE number = {half}"), false, "FERRY-E0801"),
        (format!("DELETE FROM ferry_audit WHERE number = {half}"), false, "FERRY-E0801"),
        ("DELETE FROM ferry_audit WHERE number = 1".to_owned(), false, "FERRY-E0801"),
        (format!("DELETE FROM ferry_audit WHERE number > {half}"), false, "FERRY-E0803"),
        (format!("UPDATE ferry_audit SET actor = 'someone' WHERE number = {half}"), true, "FERRY-E0803"),
        (format!("DELETE FROM ferry_audit WHERE number = {half}"), true, "FERRY-E0803"),
        ("DELETE FROM ferry_audit WHERE number = 1".to_owned(), true, "FERRY-E0803"),
    ]
    .into_iter()
    .enumerate()
    {
        let twin = court.duplicate();
        let conn = twin.database("inner/state/inner.db");
        assert_ne!(conn.execute(&tampering, []).unwrap(), 0, "{tampering}");
        if rechained {
            chain_again(&conn);
        }
        drop(conn);
        assert!(refused(&twin, "inner", &["verify"]).contains(code), "{tampering} {rechained}");
        // An attacker may have removed what this side keeps of its own signatures too.
        twin.database("inner/state/inner.db").execute("DELETE FROM ferry_sent_statement", []).unwrap();
        let file = twin.path("export.jsonl");
        let out = twin.try_agent("inner", &["audit", "export", "-o", file.to_str().unwrap()]);
        assert!(out.status.success(), "case {n}: {}", String::from_utf8_lossy(&out.stderr));
        let output = refused(&twin, "outer", &["verify", "--other", file.to_str().unwrap()]);
        assert!(output.contains(code), "{tampering} {rechained}: {output}");
    }
}

/// As case H9: the newest entries are cut off after the last signed head, and nothing signed contradicts that.
#[test]
fn entries_cut_off_after_the_newest_signed_head_are_noticed_by_verify_by_status_and_by_the_next_export() {
    let court = court_after_days();
    assert!(court.try_agent("inner", &["resend", "1"]).status.success());
    let conn = court.database("inner/state/inner.db");
    conn.execute("DELETE FROM ferry_audit WHERE number = (SELECT max(number) FROM ferry_audit)", []).unwrap();
    drop(conn);
    let out = court.try_agent("inner", &["audit", "verify"]);
    assert_eq!(out.status.code(), Some(74), "{}", String::from_utf8_lossy(&out.stderr));
    assert!(alarms(&court, "inner").contains("FERRY-E0659"));
    let out = court.try_agent("inner", &["export"]);
    assert_eq!(out.status.code(), Some(74), "{}", String::from_utf8_lossy(&out.stderr));
    let out = court.try_agent("inner", &["resend", "1"]);
    assert!(String::from_utf8_lossy(&out.stderr).contains("FERRY-E0659"), "no command sends on such a ledger");
}

/// Cuts off the newest entries, as somebody would who may write everything in the state folder.
fn cut(court: &Court, side: &str) {
    let conn = court.database(&format!("{side}/state/{side}.db"));
    conn.execute("DELETE FROM ferry_audit WHERE number > 3", []).unwrap();
    assert!(alarms(court, side).contains("FERRY-E0659"));
    std::fs::remove_file(court.path(&format!("{side}/state/ledger-mark"))).unwrap();
}

#[test]
fn a_batch_whose_audit_is_older_is_accepted_and_raises_an_alarm_until_a_person_settles_it() {
    let court = court_after_days();
    assert_eq!(alarms(&court, "outer"), "[]");
    cut(&court, "inner");
    assert_eq!(court.up().1["batches"], 1);
    let alarm = alarms(&court, "outer");
    assert!(alarm.contains("FERRY-E0802") && alarm.contains("up/1/4"), "{alarm}");
    let settle = ["audit", "settle", "--by", "王芳", "--reason", "内网库被改，已留证"];
    assert!(court.try_agent("outer", &settle).status.success());
    assert_eq!(alarms(&court, "outer"), "[]");
    assert_eq!(court.try_agent("outer", &settle).status.code(), Some(66));
    let settled = audit(&court, "outer", &["show", "--actor", "王芳"]);
    assert_eq!((&settled[0]["act"], settled.as_array().unwrap().len()), (&"audit-settle".into(), 1));
    // The same the other way.
    cut(&court, "outer");
    court.down();
    assert!(alarms(&court, "inner").contains("FERRY-E0802"));
}

#[test]
fn a_restored_side_raises_no_audit_alarm_and_its_lost_entries_are_named() {
    let court = court_after_days();
    let folder = court.path("backup");
    assert!(court.try_agent("inner", &["backup", folder.to_str().unwrap()]).status.success());
    for seed in 8..10 {
        touch(&court.path(""), 3, seed).unwrap();
        court.up();
        court.down();
    }
    std::fs::remove_dir_all(court.path("inner/state")).unwrap();
    assert!(court.try_agent("inner", &["restore", folder.to_str().unwrap()]).status.success());
    for _ in 0..2 {
        court.up();
        court.down();
    }
    assert!(!alarms(&court, "outer").contains("FERRY-E0802"), "{}", alarms(&court, "outer"));
    assert_eq!(audit(&court, "outer", &["show", "--act", "peer-audit-restored"]).as_array().unwrap().len(), 1);
    audit(&court, "inner", &["verify"]);
    let file = export(&court, "inner", "inner.jsonl");
    let seen = audit(&court, "outer", &["verify", "--other", &file]);
    let restored: Vec<u64> = seen["restored"].as_array().unwrap().iter().map(|r| r[2].as_u64().unwrap()).collect();
    assert_eq!(restored, [4, 5], "{seen}");
    assert_eq!(seen["agreeing"], 5);
    let restores = audit(&court, "inner", &["show", "--subject", "restore"]);
    assert!(restores[0]["actor"].as_str().unwrap().starts_with("uid:"), "{restores}");
}

#[test]
fn operator_commands_are_audited_with_a_name_and_rule_changes_with_a_digest() {
    let court = court_after_days();
    std::fs::write(court.path("channel/up/received/strange.ferry"), b"not a batch").unwrap();
    court.agent("outer", "ingest");
    for line in [
        &["quarantine", "discard", "1", "--by", "李强", "--reason", "不是批次"][..],
        &["backup", court.path("backup").to_str().unwrap()],
    ] {
        let out = court.try_agent("outer", line);
        assert!(out.status.success(), "{line:?}: {}", String::from_utf8_lossy(&out.stderr));
    }
    assert!(court.try_agent("inner", &["resend", "1"]).status.success());
    court.agent("inner", "reconcile");
    let by_name = audit(&court, "outer", &["show", "--actor", "李强"]);
    assert_eq!(by_name[0]["act"], "discard");
    let commands = |side: &str| -> Vec<String> {
        let shown = audit(&court, side, &["show", "--act", "command", "--limit", "999"]);
        let shown = shown.as_array().unwrap();
        assert!(shown.iter().all(|e| e["actor"].as_str().unwrap().starts_with("uid:")));
        shown.iter().rev().map(|e| e["subject"].as_str().unwrap().to_owned()).collect()
    };
    let inner = ["export", "import", "export", "import", "export", "import", "resend", "reconcile"];
    assert_eq!(commands("inner"), inner);
    assert_eq!(commands("outer"), ["ingest", "reply", "ingest", "reply", "ingest", "reply", "ingest", "backup"]);
    let used = |act: &str| audit(&court, "inner", &["show", "--act", "used", "--subject", act]);
    assert_eq!(used("trust/").as_array().unwrap().len(), 1);
    court.edit("inner/trust.toml", "approvals-needed", "\napprovals-needed");
    court.agent("inner", "import");
    let trust = used("trust/");
    assert!(trust[0]["detail"].as_str().unwrap().starts_with("it was "), "{trust}");
    assert_ne!(trust[0]["what"], trust[1]["what"]);
    for act in ["catalogue/", "policy/", "sender-key/", "recipients/"] {
        assert!(!used(act).as_array().unwrap().is_empty(), "{act}");
    }
    let collected = audit(&court, "inner", &["show", "--act", "collect", "--since", "2020-01-01", "--limit", "1"]);
    assert!(collected[0]["detail"].as_str().unwrap().contains(" held, "), "{collected}");
    assert_eq!(audit(&court, "inner", &["show", "--until", "2020-01-01"]), serde_json::json!([]));
    audit(&court, "inner", &["verify"]);
    audit(&court, "outer", &["verify"]);
}
