//! Four eyes: what the scanner flagged waits until two persons have approved exactly those bytes, and the far side decides
//! again.

use crate::support::api_client::Channel;
use ferry_format::frame::statement::ContentStatement;
use ferry_format::keys::{SecretKey, SoftSigner};
use ferry_format::trust::approval::{ApprovalFile, RefusalFile};
use ferry_testkit::stage::Court;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Output;

const IDENTITY: &str = "11010519491231002X";
const DAY_S: i64 = 86_400;

/// An announcement that the scanner flags.
fn flagged(court: &Court, key: &str, at: &str) {
    let text = format!("被执行人身份证号 {IDENTITY}，请知情者提供线索。");
    announce(court, key, &text, at);
}

fn announce(court: &Court, key: &str, text: &str, at: &str) {
    let sql = "INSERT INTO GG VALUES (?1, '2', '悬赏公告', ?2, '2026-01-05', NULL, NULL, NULL, NULL, NULL, ?3)";
    court.platform().execute(sql, [key, text, at]).unwrap();
}

fn later(day: u32) -> String {
    format!("2027-01-{day:02} 00:00:00")
}

/// A reviewed court after its first crossing.
fn begun() -> Court {
    let court = Court::reviewed(12);
    court.up();
    court
}

fn drafts(court: &Court) -> Vec<Value> {
    court.agent("inner", "status")["drafts"].as_array().unwrap().clone()
}

fn draft(court: &Court) -> PathBuf {
    let [draft] = &drafts(court)[..] else { panic!("{:?}", drafts(court)) };
    draft["file"].as_str().unwrap().into()
}

/// The approval of a reviewer, made by `ferry approve` with only the draft, the reviewer's key and the trust file.
fn approved(court: &Court, draft: &Path, n: u32) -> String {
    let name = format!("{}-{n}.approval", draft.file_stem().unwrap().to_string_lossy());
    let key = format!("reviewers/reviewer-{n}.key");
    let draft = draft.to_str().unwrap();
    court.ferry_ok(&["approve", "-i", &key, "--trust", "outer/trust.toml", draft, "-o", &name]);
    court.path(&name).to_str().unwrap().to_owned()
}

fn add(court: &Court, file: &str) -> Output {
    court.try_agent("inner", &["review", "add", file])
}

fn added(court: &Court, file: &str) {
    let out = add(court, file);
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
}

/// What `review add` refuses, with that code and exit code, without keeping anything.
fn is_refused(court: &Court, bytes: &[u8], code: &str, exit: i32) {
    let rows = || {
        let conn = court.database("inner/state/inner.db");
        conn.query_row("SELECT count(*) FROM review_file", [], |r| r.get::<_, i64>(0)).unwrap()
    };
    let before = rows();
    let path = court.path("handed-in");
    std::fs::write(&path, bytes).unwrap();
    let out = add(court, path.to_str().unwrap());
    let text = String::from_utf8_lossy(&out.stderr).into_owned();
    assert!(text.contains(code) && text.contains("hint: "), "{code}: {text}");
    assert_eq!((out.status.code(), rows()), (Some(exit), before), "{code}: {text}");
}

fn signer(court: &Court, name: &str) -> SoftSigner {
    let text = std::fs::read_to_string(court.path(name)).unwrap();
    SecretKey::from_text(&text).unwrap().signer().unwrap()
}

fn content(draft: &Path) -> ContentStatement {
    ferry_io::fs::read::batch(draft).unwrap().claimed_content().clone()
}

fn refusal(court: &Court, draft: &Path, n: u32, items: &[(&str, &str)]) -> Vec<u8> {
    let items = items.iter().map(|(k, id)| ((*k).to_owned(), (*id).to_owned())).collect();
    let key = signer(court, &format!("reviewers/reviewer-{n}.key"));
    RefusalFile::sign(&content(draft), 1_800_000_000, "身份证号未隐去", items, &key).unwrap().encode()
}

fn release(court: &Court) -> Value {
    court.agent("inner", "release")
}

/// Both persons approve, and the draft leaves.
fn released(court: &Court, draft: &Path) -> Value {
    for n in 1..=2 {
        added(court, &approved(court, draft, n));
    }
    let done = release(court);
    assert_eq!(done["batches"].as_array().unwrap().len(), 1, "{done}");
    done
}

fn ingest(court: &Court) -> Value {
    court.carry("up");
    court.agent("outer", "ingest")
}

fn outside(court: &Court, key: &str) -> i64 {
    let sql = "SELECT count(*) FROM record r WHERE id = ?1 AND retracted = 0
               AND version = (SELECT max(version) FROM record n WHERE n.kind = r.kind AND n.id = r.id)";
    court.database("outer/state/outer.db").query_row(sql, [key], |r| r.get(0)).unwrap()
}

fn agree(court: &Court) {
    let (inner, outer) = court.roots();
    assert_eq!(inner, outer);
    let (inside, outside) = (court.agent("inner", "status"), court.agent("outer", "status"));
    assert_eq!(inside["published"], outside["published"]);
}

fn edit_both(court: &Court, from: &str, to: &str) {
    for file in ["inner/up-trust.toml", "outer/trust.toml"] {
        court.edit(file, from, to);
    }
}

#[test]
fn a_flagged_draft_waits_for_two_approvals_then_is_published_and_the_roots_agree() {
    let court = begun();
    flagged(&court, "GG-ID", &later(1));
    court.up();
    let file = draft(&court);
    assert_eq!(outside(&court, "GG-ID"), 0);
    agree(&court);
    let none = release(&court);
    assert_eq!((none["batches"].as_array().unwrap().len(), &none["waiting"]), (0, &1.into()));
    added(&court, &approved(&court, &file, 1));
    assert_eq!(release(&court)["batches"].as_array().unwrap().len(), 0, "one is too few");
    let list = court.try_agent("inner", &["review", "list", "--json"]);
    let list: Value = serde_json::from_slice(&list.stdout).unwrap();
    assert_eq!(list["drafts"][0]["approved_by"], serde_json::json!(["李建国"]));
    assert_eq!((&list["drafts"][0]["needed"], &list["drafts"][0]["class"]), (&2.into(), &"flagged".into()));
    added(&court, &approved(&court, &file, 2));
    let done = release(&court);
    assert_eq!(done["batches"][0]["approved_by"].as_array().unwrap().len(), 2, "{done}");
    assert_eq!((drafts(&court).len(), file.exists()), (0, false));
    let ingested = ingest(&court);
    assert_eq!((&ingested["batches"], &ingested["refused"]), (&1.into(), &0.into()), "{ingested}");
    assert_eq!(outside(&court, "GG-ID"), 1);
    assert_eq!(court.agent("outer", "status")["held_outside"], 0, "two persons saw what the second scan hits");
    let token = court.add_channel("screen");
    let portal = court.portal();
    let shown = Channel::new(&portal, &token).get("/public/announcement/GG-ID");
    assert_eq!(shown.status, 200);
    drop(portal);
    agree(&court);
    // A full run finds nothing to do: it stands outside as it was approved.
    let again = court.agent("inner", "reconcile");
    assert_eq!((&again["records"], drafts(&court).len()), (&0.into(), 0), "{again}");
    let conn = court.database("inner/state/inner.db");
    ferry_channel::audit::verify(&conn).unwrap();
    for act in ["draft", "approve", "release-draft"] {
        let sql = "SELECT count(*) FROM ferry_audit WHERE act = ?1";
        assert!(conn.query_row(sql, [act], |r| r.get::<_, i64>(0)).unwrap() > 0, "{act}");
    }
}

#[test]
fn invalid_approvals_are_refused_with_a_code_and_not_stored() {
    let court = begun();
    flagged(&court, "GG-ID", &later(1));
    court.up();
    let file = draft(&court);
    let good = std::fs::read(approved(&court, &file, 1)).unwrap();
    let by = |name: &str| ApprovalFile::sign(&content(&file), &signer(&court, name)).unwrap().encode();
    is_refused(&court, &by("inner/sender.key"), "FERRY-E0202", 77);
    is_refused(&court, &[&good[..], b"\0"].concat(), "FERRY-E0104", 65);
    is_refused(&court, b"what is this", "FERRY-E0104", 65);
    let mut other = good.clone();
    other[8] ^= 1;
    is_refused(&court, &other, "FERRY-E0731", 65);
    let mut altered = good.clone();
    *altered.last_mut().unwrap() ^= 1;
    is_refused(&court, &altered, "FERRY-E0201", 65);
    added(&court, &approved(&court, &file, 3));
    is_refused(&court, &by("reviewers/reviewer-3.key"), "FERRY-E0214", 77);
    is_refused(&court, &good, "FERRY-E0210", 77);
    // Expired, then revoked.
    let office = "office = \"保密审查\"";
    edit_both(&court, office, &format!("{office}, not-after-s = 1000"));
    is_refused(&court, &by("reviewers/reviewer-2.key"), "FERRY-E0209", 77);
    edit_both(&court, ", not-after-s = 1000", ", revoked-from = [1, 1]");
    is_refused(&court, &by("reviewers/reviewer-2.key"), "FERRY-E0209", 77);
    edit_both(&court, ", revoked-from = [1, 1]", "");
    let draft_itself = court.try_agent("inner", &["review", "refuse", file.to_str().unwrap()]);
    let text = String::from_utf8_lossy(&draft_itself.stderr).into_owned();
    assert_eq!(draft_itself.status.code(), Some(77), "{text}");
    assert!(text.contains("FERRY-E0738") && text.contains("ferry refuse"), "{text}");
    std::fs::write(court.path("no"), refusal(&court, &file, 2, &[])).unwrap();
    added(&court, court.path("no").to_str().unwrap());
    is_refused(&court, &by("reviewers/reviewer-2.key"), "FERRY-E0213", 77);
    assert_eq!(release(&court)["batches"].as_array().unwrap().len(), 0);
    // As each of the hints says: what is drafted now, by two persons of both offices whose keys are valid.
    let changed = format!("UPDATE GG SET BT = '悬赏', GXSJ = '{}' WHERE GGBH = 'GG-ID'", later(2));
    court.platform().execute(&changed, []).unwrap();
    court.up();
    released(&court, &draft(&court));
    assert_eq!(ingest(&court)["batches"], 1);
    agree(&court);
}

#[test]
fn a_key_revoked_after_its_approval_releases_nothing() {
    let court = begun();
    flagged(&court, "GG-ID", &later(1));
    court.up();
    let file = draft(&court);
    for n in 1..=2 {
        added(&court, &approved(&court, &file, n));
    }
    let office = "office = \"保密审查\"";
    edit_both(&court, office, &format!("{office}, revoked-from = [1, 1]"));
    let done = release(&court);
    assert_eq!((done["batches"].as_array().unwrap().len(), &done["waiting"]), (0, &1.into()), "{done}");
    assert_eq!(done["lapsed"][0][1], "王芳", "{done}");
}

#[test]
fn the_receiver_refuses_a_batch_with_too_few_approvals_uses_its_number_and_the_item_is_sent_again() {
    let court = begun();
    // The sender's copy asks for one; the receiver's asks for two.
    let rules = "\n[release.flagged]\napprovals = 1\n";
    let text = std::fs::read_to_string(court.path("inner/up-trust.toml")).unwrap();
    std::fs::write(court.path("inner/up-trust.toml"), format!("{text}{rules}")).unwrap();
    flagged(&court, "GG-ID", &later(1));
    court.up();
    let file = draft(&court);
    added(&court, &approved(&court, &file, 1));
    let done = release(&court);
    assert_eq!(done["batches"].as_array().unwrap().len(), 1, "{done}");
    let ingested = ingest(&court);
    assert_eq!((&ingested["refused"], &ingested["quarantined"]), (&1.into(), &1.into()), "{ingested}");
    let status = court.agent("outer", "status");
    assert_eq!(status["quarantine"][0]["code"], "FERRY-E0203", "{status}");
    assert_eq!(status["channels"][0]["gaps"], serde_json::json!([]), "its number is used up: {status}");
    court.down();
    let batches = &court.agent("inner", "status")["channels"][0]["batches"];
    assert_eq!(batches["refused"], 1, "{batches}");
    // With the right rules it is drafted again under a higher version, and crosses.
    std::fs::write(court.path("inner/up-trust.toml"), text).unwrap();
    court.up();
    let again = draft(&court);
    assert_ne!(file, again);
    released(&court, &again);
    assert_eq!(ingest(&court)["batches"], 1);
    assert_eq!(outside(&court, "GG-ID"), 1);
    agree(&court);
}

#[test]
fn a_correction_replaces_a_waiting_draft_and_no_version_has_two_contents() {
    let court = begun();
    flagged(&court, "GG-ID", &later(1));
    flagged(&court, "GG-OTHER", &later(1));
    court.up();
    let file = draft(&court);
    let late = refusal(&court, &file, 3, &[]);
    let path = file.to_str().unwrap();
    let verify = |path: &str| court.ferry(&["verify", "--trust", "outer/trust.toml", path]);
    assert!(String::from_utf8_lossy(&verify(path).stderr).contains("FERRY-E0401"), "a draft is no batch");
    for n in 1..=2 {
        added(&court, &approved(&court, &file, n));
    }
    let clean = format!("UPDATE GG SET NR = '请知情者提供线索。', GXSJ = '{}' WHERE GGBH = 'GG-ID'", later(2));
    court.platform().execute(&clean, []).unwrap();
    // Before the next run has seen it: the release looks at the platform once more.
    let done = release(&court);
    assert_eq!(
        (done["batches"].as_array().unwrap().len(), done["superseded"].as_array().unwrap().len()),
        (0, 1),
        "{done}"
    );
    court.up();
    assert_eq!((outside(&court, "GG-ID"), outside(&court, "GG-OTHER")), (1, 0));
    let version = |key: &str| -> i64 {
        let sql = "SELECT version FROM exported WHERE key = ?1";
        court.database("inner/state/inner.db").query_row(sql, [key], |r| r.get(0)).unwrap()
    };
    assert_eq!(version("GG-ID"), 2, "the first was shown to reviewers with other words");
    is_refused(&court, &late, "FERRY-E0732", 77);
    let again = draft(&court);
    assert_ne!(file, again);
    assert!(!file.exists());
    released(&court, &again);
    assert!(verify(court.files("channel/up/sent").last().unwrap().to_str().unwrap()).status.success());
    assert_eq!(ingest(&court)["batches"], 1);
    assert_eq!((outside(&court, "GG-OTHER"), version("GG-OTHER")), (1, 2));
    agree(&court);
}

#[test]
fn a_deleted_row_ends_its_draft_and_its_published_version_is_retracted_without_approval() {
    let court = begun();
    announce(&court, "GG-A", "请知情者提供线索。", &later(1));
    court.up();
    assert_eq!(outside(&court, "GG-A"), 1);
    let with = format!(
        "UPDATE GG SET NR = '身份证号 {IDENTITY}', GZLY = '补充', GZSPR = '刘强', GZSPRQ = '20260106', GXSJ = '{}' WHERE GGBH = 'GG-A'",
        later(2)
    );
    court.platform().execute(&with, []).unwrap();
    let (exported, _) = court.up();
    assert_eq!(exported["retracted"], 1, "{exported}");
    assert_eq!(outside(&court, "GG-A"), 0);
    let file = draft(&court);
    for n in 1..=2 {
        added(&court, &approved(&court, &file, n));
    }
    court.platform().execute("DELETE FROM GG WHERE GGBH = 'GG-A'", []).unwrap();
    let done = release(&court);
    assert_eq!(done["superseded"].as_array().unwrap().len(), 1, "{done}");
    court.agent("inner", "reconcile");
    ingest(&court);
    assert_eq!((outside(&court, "GG-A"), drafts(&court).len()), (0, 0));
    agree(&court);
}

#[test]
fn a_refusal_uses_no_number_holds_the_named_records_and_drafts_the_rest_again() {
    let court = begun();
    flagged(&court, "GG-NO", &later(1));
    flagged(&court, "GG-YES", &later(1));
    court.up();
    let file = draft(&court);
    let number = court.agent("inner", "status")["channels"][0]["last_sequence"].clone();
    is_refused(&court, &refusal(&court, &file, 2, &[("announcement", "GG-NEVER")]), "FERRY-E0734", 65);
    std::fs::write(court.path("no"), refusal(&court, &file, 2, &[("announcement", "GG-NO")])).unwrap();
    let out = court.try_agent("inner", &["review", "refuse", court.path("no").to_str().unwrap()]);
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    assert_eq!(drafts(&court).len(), 0);
    assert_eq!(court.agent("inner", "status")["channels"][0]["last_sequence"], number);
    let held = court.agent("inner", "status")["held_records"].to_string();
    assert!(held.contains("身份证号未隐去") && held.contains("王芳"), "{held}");
    court.up();
    let again = draft(&court);
    assert_eq!(drafts(&court)[0]["records"], 1);
    let late = refusal(&court, &again, 2, &[]);
    released(&court, &again);
    ingest(&court);
    assert_eq!((outside(&court, "GG-NO"), outside(&court, "GG-YES")), (0, 1));
    is_refused(&court, &late, "FERRY-E0733", 77);
    // However often it is looked at; once its row changes it is drafted again.
    court.agent("inner", "reconcile");
    assert_eq!(drafts(&court).len(), 0);
    let other = format!("UPDATE GG SET BT = '悬赏', GXSJ = '{}' WHERE GGBH = 'GG-NO'", later(3));
    court.platform().execute(&other, []).unwrap();
    court.agent("inner", "export");
    assert_eq!(drafts(&court).len(), 1);
    ingest(&court);
    agree(&court);
}

#[test]
fn overdue_reviews_raise_alarms_and_a_released_batch_is_reviewed_later() {
    let court = begun();
    flagged(&court, "GG-ID", &later(1));
    court.up();
    let status = court.agent("inner", "status");
    assert_eq!(status["left_unreviewed"].as_array().unwrap().len(), 1, "the first batch; the second had nothing in it");
    assert!(!status["alarms"].to_string().contains("FERRY-E073"), "{status}");
    court.set_clock("inner", DAY_S + 3600);
    let status = court.agent("inner", "status");
    let alarms = status["alarms"].to_string();
    assert!(alarms.contains("FERRY-E0736") && alarms.contains("FERRY-E0737"), "{alarms}");
    let todo = status["todo"].as_array().unwrap();
    let of = |code: &str| todo.iter().find(|t| t["code"] == code).unwrap()["command"].as_str().unwrap().to_owned();
    assert!(of("FERRY-E0736").ends_with("review list") && of("FERRY-E0737").ends_with("review list"), "{todo:?}");
    assert_eq!(drafts(&court).len(), 1, "it stays");
    // Reviewed afterwards: one approval over what left.
    let left: PathBuf = status["left_unreviewed"][0]["file"].as_str().unwrap().into();
    let key = signer(&court, "reviewers/reviewer-1.key");
    std::fs::write(court.path("seen"), ApprovalFile::sign(&content(&left), &key).unwrap().encode()).unwrap();
    added(&court, court.path("seen").to_str().unwrap());
    let status = court.agent("inner", "status");
    assert_eq!(status["left_unreviewed"].as_array().unwrap().len(), 0);
    assert!(!status["alarms"].to_string().contains("FERRY-E0737"));
    released(&court, &draft(&court));
    assert!(!court.agent("inner", "status")["alarms"].to_string().contains("FERRY-E0736"));
    ingest(&court);
    // Refused afterwards: it alarms until what it is about no longer stands there.
    court.set_clock("inner", 0);
    announce(&court, "GG-WRONG", "地址有误。", &later(2));
    court.up();
    let status = court.agent("inner", "status");
    let left: PathBuf = status["left_unreviewed"][0]["file"].as_str().unwrap().into();
    std::fs::write(court.path("no"), refusal(&court, &left, 1, &[("announcement", "GG-WRONG")])).unwrap();
    added(&court, court.path("no").to_str().unwrap());
    assert!(court.agent("inner", "status")["alarms"].to_string().contains("FERRY-E0735"));
    court.platform().execute("DELETE FROM GG WHERE GGBH = 'GG-WRONG'", []).unwrap();
    court.agent("inner", "reconcile");
    assert!(!court.agent("inner", "status")["alarms"].to_string().contains("FERRY-E0735"));
}

#[test]
fn reviewers_find_drafts_in_their_folder_and_hostile_files_are_skipped() {
    let court = begun();
    court.edit("inner.toml", "schedule = ", "review-folder = \"review\"\nschedule = ");
    flagged(&court, "GG-ID", &later(1));
    court.up();
    let file = draft(&court);
    let laid_out = court.path("review").join(file.file_name().unwrap());
    assert_eq!(std::fs::read(&laid_out).unwrap(), std::fs::read(&file).unwrap());
    std::fs::write(court.path("review/a.approval"), b"\x89FRYAPV1 and nothing else").unwrap();
    std::fs::write(court.path("review/long"), vec![7; 3 << 20]).unwrap();
    std::os::unix::fs::symlink("/etc/passwd", court.path("review/link.approval")).unwrap();
    for name in [".ferry-x", "up-999.draft", "folder.approval"] {
        std::fs::create_dir(court.path("review").join(name)).unwrap();
    }
    for n in 1..=2 {
        let approval = approved(&court, &file, n);
        std::fs::rename(approval, court.path(&format!("review/{n}.approval"))).unwrap();
    }
    let out = court.try_agent("inner", &["export", "--json"]);
    let output = String::from_utf8_lossy(&out.stderr).into_owned();
    assert!(out.status.success() && output.contains("a.approval") && output.contains("link.approval"), "{output}");
    let exported: Value = serde_json::from_slice(&out.stdout).unwrap();
    assert_eq!(exported["released"].as_array().unwrap().len(), 1, "{exported}");
    assert!(!laid_out.exists() && !court.path("review/1.approval").exists());
    let out = court.try_agent("inner", &["export"]);
    assert!(!String::from_utf8_lossy(&out.stderr).contains("a.approval"), "said once");
    // A share that is away keeps no export back.
    std::fs::rename(court.path("review"), court.path("away")).unwrap();
    std::fs::write(court.path("review"), "no folder").unwrap();
    let out = court.try_agent("inner", &["export"]);
    assert!(out.status.success() && String::from_utf8_lossy(&out.stderr).contains("the review folder"));
    ingest(&court);
    assert_eq!(outside(&court, "GG-ID"), 1);
    agree(&court);
}

#[test]
fn without_a_trust_file_a_flagged_draft_cannot_be_released_and_an_error_says_so() {
    let court = begun();
    let named = "\ntrust = \"inner/up-trust.toml\"";
    court.edit("inner.toml", named, "");
    flagged(&court, "GG-ID", &later(1));
    court.up();
    let text = court.refused("inner", "release", 78);
    assert!(text.contains("FERRY-E0730") && text.contains("[export]"), "{text}");
    assert_eq!(drafts(&court).len(), 1);
    court.edit("inner.toml", "[export]", &format!("[export]{named}"));
    released(&court, &draft(&court));
    assert_eq!(ingest(&court)["batches"], 1);
}

#[test]
fn records_hidden_by_the_rescan_need_two_approvals_and_are_then_shown() {
    let court = begun();
    announce(&court, "GG-SLIP", "悬赏公告，线索请告本院。", &later(1));
    court.up();
    // The far side says that its scanner finds something in it, which the one inside does not.
    let sql = "INSERT INTO held_outside SELECT kind, key, version, 'mobile', 0 FROM exported WHERE key = 'GG-SLIP'";
    court.database("inner/state/inner.db").execute(sql, []).unwrap();
    court.agent("inner", "export");
    let file = draft(&court);
    assert_eq!(drafts(&court)[0]["class"], "flagged");
    let seen = court.ferry(&[
        "inspect",
        "-k",
        "reviewers/reviewer-1.key",
        "--trust",
        "outer/trust.toml",
        file.to_str().unwrap(),
    ]);
    assert!(String::from_utf8_lossy(&seen.stdout).contains("GG-SLIP"));
    released(&court, &file);
    assert_eq!(ingest(&court)["refused"], 0);
    assert_eq!(outside(&court, "GG-SLIP"), 1);
    court.agent("inner", "export");
    assert_eq!(drafts(&court).len(), 0, "it was answered");
}

#[test]
fn a_kill_between_draft_and_release_loses_nothing_and_uses_no_number_twice() {
    let court = begun();
    flagged(&court, "GG-ID", &later(1));
    court.up();
    let file = draft(&court);
    for n in 1..=2 {
        added(&court, &approved(&court, &file, n));
    }
    for wait_ms in [5, 20, 40, 60, 80, 120] {
        let mut child = court.spawn("inner", &["release"]);
        std::thread::sleep(std::time::Duration::from_millis(wait_ms));
        // It may have ended by itself.
        let _ = child.kill();
        child.wait().unwrap();
    }
    court.agent("inner", "release");
    court.agent("inner", "export");
    ingest(&court);
    assert_eq!((outside(&court, "GG-ID"), drafts(&court).len()), (1, 0));
    let sql = "SELECT count(*) FROM ferry_audit WHERE act = 'release-draft'";
    let released: i64 = court.database("inner/state/inner.db").query_row(sql, [], |r| r.get(0)).unwrap();
    assert_eq!(released, 1);
    assert_eq!(court.agent("outer", "status")["channels"][0]["gaps"], serde_json::json!([]));
    agree(&court);
}

#[test]
fn clean_records_wait_for_approval_if_the_rules_say_so_and_retractions_do_not() {
    let court = Court::reviewed(8);
    let plain = std::fs::read_to_string(court.path("inner/up-trust.toml")).unwrap();
    std::fs::write(court.path("inner/up-trust.toml"), format!("{plain}\n[release.clean]\napprovals = 1\n")).unwrap();
    announce(&court, "GG-FINE", "悬赏金额 10000 元。", &later(1));
    court.up();
    let file = draft(&court);
    assert_eq!((outside(&court, "GG-FINE"), &drafts(&court)[0]["class"]), (0, &"clean".into()));
    court.up();
    assert_eq!(draft(&court), file, "what waits is not drafted again");
    added(&court, &approved(&court, &file, 1));
    assert_eq!(release(&court)["batches"].as_array().unwrap().len(), 1);
    ingest(&court);
    assert_eq!(outside(&court, "GG-FINE"), 1);
    agree(&court);
    court.platform().execute("DELETE FROM GG WHERE GGBH = 'GG-FINE'", []).unwrap();
    let reconciled = court.agent("inner", "reconcile");
    assert_eq!(reconciled["retracted"], 1, "{reconciled}");
    assert_eq!(ingest(&court)["refused"], 0);
    assert_eq!(outside(&court, "GG-FINE"), 0);
    agree(&court);
    let text = court.refused("inner", "baseline", 77);
    assert!(text.contains("FERRY-E0739") && text.contains("`reconcile`"), "{text}");
    assert!(court.try_agent("inner", &["reconcile"]).status.success());
    std::fs::write(court.path("inner/up-trust.toml"), plain).unwrap();
    assert!(court.try_agent("inner", &["baseline"]).status.success());
}
