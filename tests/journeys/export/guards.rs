//! What stands between a careless hand and the public: retractions beyond a bound wait for a person, a store that is away holds
//! nothing, and a daemon outlives a job that fails.

use crate::support::postgres::Platform;
use crate::support::wait::eventually;
use ferry_testkit::stage::{Court, binary, in_english};
use serde_json::Value;
use std::process::Command;

fn published(court: &Court, kind: &str) -> i64 {
    let sql = format!(
        "SELECT count(*) FROM record r WHERE kind = '{kind}' AND retracted = 0
           AND version = (SELECT max(version) FROM record n WHERE n.kind = r.kind AND n.id = r.id)"
    );
    court.database("outer/state/outer.db").query_row(&sql, [], |r| r.get(0)).unwrap()
}

fn json(court: &Court, line: &[&str]) -> Value {
    let out = court.try_agent("inner", line);
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    serde_json::from_slice(&out.stdout).unwrap()
}

fn full(court: &Court) -> Value {
    let exported = json(court, &["export", "--full", "--json"]);
    court.carry("up");
    court.agent("outer", "ingest");
    exported
}

fn alarms(court: &Court, side: &str) -> Vec<String> {
    let status = court.agent(side, "status");
    status["alarms"].as_array().unwrap().iter().map(|a| a["code"].as_str().unwrap().to_owned()).collect()
}

fn waiting(court: &Court) -> Value {
    json(court, &["retractions", "list", "--json"])
}

fn decide(court: &Court, act: &str, digest: &str) -> std::process::Output {
    court.try_agent("inner", &["retractions", act, digest, "--by", "王芳", "--reason", "视图已核对"])
}

#[test]
fn a_view_without_rows_takes_no_case_off_the_portal_and_the_next_run_heals_by_itself() {
    let court = Court::new(30);
    court.up();
    let platform = court.platform();
    platform
        .execute_batch("ALTER TABLE AJXX RENAME TO AJXX_; CREATE VIEW AJXX AS SELECT * FROM AJXX_ WHERE 0")
        .unwrap();
    let exported = full(&court);
    assert_eq!((&exported["retractions_held"], &exported["retracted"]), (&30.into(), &0.into()), "{exported}");
    assert_eq!(published(&court, "case"), 30);
    assert!(alarms(&court, "inner").contains(&"FERRY-E0645".to_owned()));
    let plan = court.try_agent("inner", &["plan"]);
    assert!(String::from_utf8_lossy(&plan.stdout).contains("30 retractions wait"), "{plan:?}");
    let check = court.try_agent("inner", &["check-config"]);
    let check = String::from_utf8_lossy(&check.stdout).into_owned();
    assert!(check.contains("0 of 0 rows match") && check.contains("the 30 published records"), "{check}");
    let list = waiting(&court);
    assert_eq!((&list["waiting"]["case"], list["retractions"].as_array().unwrap().len()), (&30.into(), 30));
    platform.execute_batch("DROP VIEW AJXX; ALTER TABLE AJXX_ RENAME TO AJXX").unwrap();
    let exported = json(&court, &["export", "--json"]);
    assert_eq!((&exported["retractions_held"], &exported["retracted"]), (&0.into(), &0.into()), "{exported}");
    assert_eq!(alarms(&court, "inner"), [] as [&str; 0]);
    assert_eq!(waiting(&court)["digest"], Value::Null);
}

#[test]
fn a_wrong_word_in_a_condition_retracts_nothing_of_its_kind_and_everything_else_goes() {
    let court = Court::new(30);
    court.up();
    let before = published(&court, "measure");
    court.edit(
        "inner.toml",
        "when = { column = \"SSZT\", is = [\"1\"] }",
        "when = { column = \"SSZT\", is = [\"I\"] }",
    );
    court.platform().execute("UPDATE TZ SET SX = '改期', GXSJ = '2027-01-01 00:00:00'", []).unwrap();
    let exported = full(&court);
    assert_eq!(
        (exported["retractions_held"].as_i64(), &exported["retracted"]),
        (Some(before), &0.into()),
        "{exported}"
    );
    assert!(exported["records"].as_u64().unwrap() > 0, "the hearings left");
    assert_eq!(published(&court, "measure"), before);
    let check = court.try_agent("inner", &["check-config"]);
    assert!(String::from_utf8_lossy(&check.stdout).contains("  0 of "), "{check:?}");
}

#[test]
fn a_person_releases_the_list_that_he_saw_or_keeps_its_records() {
    let court = Court::new(30);
    court.edit("inner.toml", "[source]", "[source.retractions]\nmax = 0\nmax-percent = 0\n\n[source]");
    court.up();
    let gone = "DELETE FROM GG";
    court.platform().execute(gone, []).unwrap();
    full(&court);
    let count = published(&court, "announcement");
    let digest = waiting(&court)["digest"].as_str().unwrap().to_owned();
    // Another list than the one that was seen is not decided.
    court.platform().execute("DELETE FROM FYRY", []).unwrap();
    full(&court);
    let refused = decide(&court, "release", &digest);
    let text = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(refused.status.code() == Some(65) && text.contains("FERRY-E0646"), "{text}");
    let digest = waiting(&court)["digest"].as_str().unwrap().to_owned();
    assert!(decide(&court, "release", &digest[..16]).status.success());
    assert_eq!(alarms(&court, "inner"), [] as [&str; 0], "decided");
    let exported = json(&court, &["export", "--json"]);
    assert!(exported["retracted"].as_i64().unwrap() >= count, "{exported}");
    court.carry("up");
    court.agent("outer", "ingest");
    assert_eq!((published(&court, "announcement"), published(&court, "staff")), (0, 0));
    let sql = "SELECT count(*) FROM ferry_audit WHERE act = 'retractions-release' AND actor = '王芳'";
    assert_eq!(court.database("inner/state/inner.db").query_row(sql, [], |r| r.get::<_, i64>(0)).unwrap(), 1);

    // Kept: the records stay, without an alarm, until the platform has them again.
    court.platform().execute("DELETE FROM MCXX", []).unwrap();
    full(&court);
    let digest = waiting(&court)["digest"].as_str().unwrap().to_owned();
    assert!(decide(&court, "discard", &digest).status.success());
    full(&court);
    assert_eq!((published(&court, "roster") > 0, alarms(&court, "inner")), (true, vec![]));
    let status = court.agent("inner", "status");
    assert_eq!(status["kept_published"]["roster"].as_i64(), Some(published(&court, "roster")));
}

#[test]
fn a_few_rows_that_go_are_retracted_by_themselves_and_forms_consents_and_authorities_are_never_held() {
    let court = Court::new(30);
    court.edit("inner.toml", "[source]", "[source.retractions]\nmax = 2\nmax-percent = 0\n\n[source]");
    court.up();
    let platform = court.platform();
    platform.execute("DELETE FROM GG WHERE rowid IN (SELECT rowid FROM GG LIMIT 2)", []).unwrap();
    platform.execute("DELETE FROM QRS", []).unwrap();
    platform.execute("DELETE FROM DLR", []).unwrap();
    platform
        .execute_batch(
            "INSERT INTO BYGK(SPBH, DXLB, DXBH, AJBH, LYLB, LY, ZXJFZR, FGYLD, QSRQ, GXSJ)
               SELECT 'SP-' || CSBH, 'ZXCS', CSBH, AJBH, '2', '商业秘密', '王', '李', '2026-01-01', '2027-01-01' FROM ZXCS",
        )
        .unwrap();
    let exported = full(&court);
    assert_eq!(exported["retractions_held"], 0, "{exported}");
    assert_eq!([published(&court, "measure"), published(&court, "consent"), published(&court, "agent")], [0, 0, 0]);
    assert!(alarms(&court, "inner").contains(&"FERRY-E0648".to_owned()), "so many of them are said");
    assert!(alarms(&court, "outer").contains(&"FERRY-E0649".to_owned()), "and outside as well");
    assert!(
        court.try_agent("inner", &["report", "--day", &jiff::Zoned::now().date().to_string()]).status.success(),
        "the command that it names"
    );
    platform.execute("UPDATE GG SET NR = NR || '。', GXSJ = '2027-01-02'", []).unwrap();
    full(&court);
    assert!(!alarms(&court, "inner").contains(&"FERRY-E0648".to_owned()), "said of the last export only");
    assert!(!alarms(&court, "outer").contains(&"FERRY-E0649".to_owned()), "and of the newest batch only");
}

#[test]
fn records_go_with_their_cases_in_the_run_that_retracts_the_kind_of_cases() {
    let court = Court::new(12);
    court.up();
    assert!(published(&court, "party") > 0);
    remove_kind(&court, "case");
    court.edit("inner.toml", "[source]", "[source.unmapped]\ncase = \"retract\"\n\n[source]");
    full(&court);
    assert_eq!((published(&court, "case"), published(&court, "party")), (0, 0));
    assert_eq!(court.roots().0, court.roots().1);
}

/// Takes the mapping of a kind out of the configuration.
fn remove_kind(court: &Court, kind: &str) {
    let text = std::fs::read_to_string(court.path("inner.toml")).unwrap();
    let (own, fields) = (format!("[source.kinds.{kind}]"), format!("[source.kinds.{kind}."));
    let mut is_own = false;
    let kept = text.lines().filter(|line| {
        if line.starts_with('[') {
            is_own = *line == own || line.starts_with(&fields);
        }
        !is_own
    });
    std::fs::write(court.path("inner.toml"), kept.fold(String::new(), |text, line| text + line + "\n")).unwrap();
}

#[test]
fn a_kind_without_a_mapping_is_named_until_somebody_decides_about_it() {
    let court = Court::new(12);
    court.up();
    let staff = published(&court, "staff");
    remove_kind(&court, "staff");
    full(&court);
    assert_eq!(published(&court, "staff"), staff);
    assert_eq!(alarms(&court, "inner"), ["FERRY-E0647"]);
    for command in ["check-config", "plan"] {
        let out = court.try_agent("inner", &[command]);
        assert!(String::from_utf8_lossy(&out.stdout).contains("staff: no mapping"), "{command}: {out:?}");
    }
    court.edit("inner.toml", "[source]", "[source.unmapped]\nstaff = \"keep\"\n\n[source]");
    assert_eq!(alarms(&court, "inner"), [] as [&str; 0]);
    court.edit("inner.toml", "staff = \"keep\"", "staff = \"retract\"");
    full(&court);
    assert_eq!(published(&court, "staff"), 0);
    assert_eq!(court.roots().0, court.roots().1);
}

#[test]
fn a_copied_store_sends_nothing_and_a_replaced_file_is_found_although_its_row_is_the_same() {
    let court = Court::new(12);
    // Only its file changes, so that no window of changes has its row.
    let oldest = "UPDATE GKWS SET GXSJ = '2020-01-01 00:00:00' WHERE rowid = (SELECT min(rowid) FROM GKWS)";
    court.platform().execute(oldest, []).unwrap();
    court.up();
    let (store, copy) = (court.path("documents"), court.path("copied"));
    assert!(Command::new("cp").arg("-a").arg(&store).arg(&copy).status().unwrap().success());
    std::fs::rename(&store, court.path("before")).unwrap();
    std::fs::rename(&copy, &store).unwrap();
    let exported = full(&court);
    assert_eq!((&exported["records"], &exported["documents"]), (&0.into(), &0.into()), "{exported}");
    // The same bytes with another time: read again, and not sent.
    let (path, approval): (String, &str) =
        (court.platform().query_row("SELECT LJ FROM GKWS ORDER BY rowid LIMIT 1", [], |r| r.get(0)).unwrap(), "GKWS");
    let file = store.join(&path);
    assert!(Command::new("touch").arg(&file).status().unwrap().success());
    let before = json(&court, &["export", "--json"]);
    assert_eq!(before["documents"], 0);
    // Other bytes under the same row: the first run of the next day looks at every file.
    let other = std::fs::read(court.path("documents/zn/zxzn.pdf")).unwrap();
    std::fs::write(&file, other).unwrap();
    assert_eq!(json(&court, &["export", "--json"])["held"], before["held"]);
    let yesterday = "UPDATE file_comparison SET day = '2020-01-01', at_s = 1577800000";
    court.database("inner/state/inner.db").execute(yesterday, []).unwrap();
    let exported = json(&court, &["export", "--json"]);
    assert_eq!(exported["full"], false);
    assert!(
        exported["held"].as_u64() > before["held"].as_u64(),
        "a correction of {approval} without its approval: {exported}"
    );
    let compared = court.agent("inner", "status")["compared"].clone();
    assert!(compared["files"].as_str().unwrap() >= compared["rows"].as_str().unwrap(), "{compared}");
    assert_ne!(compared["file_count"], 0, "{compared}");
}

#[test]
fn a_store_that_is_away_is_one_error_and_no_held_record() {
    let court = Court::new(12);
    court.up();
    std::fs::rename(court.path("documents"), court.path("away")).unwrap();
    std::fs::create_dir(court.path("documents")).unwrap();
    for command in ["export", "check-config"] {
        let text = court.refused("inner", command, 75);
        assert!(text.contains("FERRY-E0644"), "{command}: {text}");
    }
    let status = court.agent("inner", "status");
    assert!(status["todo"].to_string().contains("FERRY-E0644"), "{status}");
    std::fs::remove_dir(court.path("documents")).unwrap();
    std::fs::rename(court.path("away"), court.path("documents")).unwrap();
    assert_eq!(json(&court, &["export", "--json"])["held"], json(&court, &["export", "--json"])["held"]);
    assert_eq!(court.agent("inner", "status")["todo"].to_string().contains("FERRY-E0644"), false);
}

#[test]
fn a_table_that_goes_away_ends_no_daemon_and_its_return_is_noticed_without_a_person() {
    let court = Court::new(12);
    court.agent("inner", "export");
    court.platform().execute_batch("ALTER TABLE TZ RENAME TO TZ_").unwrap();
    court.database("inner/state/inner.db").execute("UPDATE ferry_run SET last_success_s = 1", []).unwrap();
    let sequence = || court.agent("inner", "status")["channels"][0]["last_sequence"].as_u64().unwrap();
    let mut daemon = court.spawn("inner", &["run"]);
    let failed = || court.agent("inner", "status")["todo"].to_string().contains("FERRY-E0694");
    eventually("the failed export", failed);
    // The other jobs go on: a batch that arrives is imported.
    court.carry("up");
    court.agent("outer", "ingest");
    court.agent("outer", "reply");
    court.carry("down");
    eventually("the import", || court.agent("inner", "status")["channels"][1]["last_sequence"] == 1);
    assert!(daemon.is_running(), "the daemon goes on");
    court.platform().execute_batch("ALTER TABLE TZ_ RENAME TO TZ").unwrap();
    eventually("the export", || sequence() == 2);
    drop(daemon);
}

#[test]
fn a_missing_grant_stops_one_job_and_is_noticed_without_a_restart_once_it_is_given() {
    let court = Court::new(12);
    let platform = Platform::with(&court);
    court.up();
    court.agent("outer", "reply");
    court.carry("down");
    court.agent("inner", "import");
    platform.run("REVOKE INSERT, UPDATE, SELECT ON ALL TABLES IN SCHEMA ferry FROM ferry_staging");
    court.database("inner/state/inner.db").execute("UPDATE ferry_run SET last_success_s = 1", []).unwrap();
    let mut daemon = court.spawn("inner", &["run"]);
    let channel = |n: usize| court.agent("inner", "status")["channels"][n].clone();
    eventually("the export", || channel(0)["last_sequence"] == 2);
    eventually("the failed import", || !channel(1)["last_error"].is_null());
    assert!(daemon.is_running(), "{}", daemon.stderr());
    platform.run("GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA ferry TO ferry_staging");
    eventually("the import", || channel(1)["last_error"].is_null());
}

#[test]
fn a_wal_database_in_a_folder_that_may_only_be_read_is_named_and_may_be_tried_again() {
    let court = Court::new(12);
    std::fs::create_dir(court.path("readonly")).unwrap();
    std::fs::rename(court.path("platform.db"), court.path("readonly/platform.db")).unwrap();
    let platform = court.database("readonly/platform.db");
    platform.pragma_update(None, "journal_mode", "wal").unwrap();
    platform.close().unwrap();
    court.edit("inner.toml", "sqlite = \"platform.db\"", "sqlite = \"readonly/platform.db\"");
    let mut agent = Command::new("bwrap");
    agent.args(["--bind", "/", "/", "--dev-bind", "/dev", "/dev", "--ro-bind"]);
    agent.arg(court.path("readonly")).arg(court.path("readonly")).arg("--").arg(binary("inner-agent"));
    let out = in_english(agent.arg("--config").arg(court.path("inner.toml")).arg("export")).output().unwrap();
    let text = String::from_utf8_lossy(&out.stderr).into_owned();
    assert_eq!(out.status.code(), Some(75), "{text}");
    assert!(text.contains("FERRY-E0655") && text.contains("WAL") && text.contains("-shm"), "{text}");
    assert!(court.up().0["records"].as_u64().unwrap() > 0, "and where it may, it reads");
}

#[test]
fn documents_are_read_where_the_system_has_no_openat2() {
    let court = Court::new(12);
    let mut agent = Command::new("strace");
    agent.args(["-f", "-qq", "-o", "/dev/null", "-e", "trace=openat2", "-e", "inject=openat2:error=ENOSYS"]);
    agent.arg(binary("inner-agent")).arg("--config").arg(court.path("inner.toml")).args(["export", "--json"]);
    let out = in_english(&mut agent).output().unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let exported: Value = serde_json::from_slice(&out.stdout).unwrap();
    let twin = Court::new(12).up().0;
    assert_eq!((&exported["documents"], &exported["held"]), (&twin["documents"], &twin["held"]), "{exported}");
}

#[test]
fn a_wrong_case_column_retracts_nothing_and_a_form_still_takes_back_what_is_held() {
    let court = Court::new(30);
    court.up();
    let before = published(&court, "measure");
    let right = "id = \"CSBH\"\ncase = \"AJBH\"\nchanged = \"GXSJ\"\nentered";
    court.edit("inner.toml", right, &right.replace("AJBH", "CSLB"));
    let exported = full(&court);
    assert!(exported["held"].as_i64() >= Some(before), "{exported}");
    assert_eq!(exported["retracted"], 0, "{exported}");
    assert_eq!(published(&court, "measure"), before);
    court.edit("inner.toml", &right.replace("AJBH", "CSLB"), right);
    // Rows that are gone from a view are held; an approval form takes one of them back at once.
    court
        .platform()
        .execute_batch("ALTER TABLE ZXCS RENAME TO ZXCS_; CREATE VIEW ZXCS AS SELECT * FROM ZXCS_ WHERE 0")
        .unwrap();
    full(&court);
    assert_eq!(published(&court, "measure"), before);
    let sql = "INSERT INTO BYGK(SPBH, DXLB, DXBH, AJBH, LYLB, LY, ZXJFZR, FGYLD, QSRQ, GXSJ)
                 SELECT 'SP-1', 'ZXCS', CSBH, AJBH, '4', '未成年人', '王', '李', '2026-01-01', '2027-01-01' FROM ZXCS_
                 WHERE SSZT = '1' LIMIT 1";
    court.platform().execute(sql, []).unwrap();
    let exported = json(&court, &["export", "--json"]);
    assert_eq!(exported["retracted"], 1, "{exported}");
    court.carry("up");
    court.agent("outer", "ingest");
    assert_eq!(published(&court, "measure"), before - 1);
}
