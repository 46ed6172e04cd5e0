//! The whole journey: a case crosses, a party reads and signs, receipt and message come back.

use ferry_format::crypto::hash::sha256;
use ferry_format::encoding::hex::to_hex;
use ferry_testkit::court::touch;
use ferry_testkit::stage::{Court, Login, SEED, walk};

/// A party reads a document for service, signs for it, and writes a message. Gives the digest of the document.
fn read_sign_and_write(court: &Court, login: &Login) -> String {
    let portal = court.portal();
    let browser = portal.browser();
    let cases = browser.log_in(login);
    assert!(cases.text().contains(&login.case_no), "{}", cases.text());
    let page = browser.get(&format!("/cases/{}", login.case_id));
    assert!(page.text().contains("查阅文书"), "{}", page.text());
    let form = page.text();
    let at = form.find("/documents/service/").unwrap();
    let action = form[at..].split('"').next().unwrap().to_owned();
    let csrf = page.csrf();

    // Article 11: nothing but the signed form makes a receipt.
    assert_eq!(browser.get(&action).status, 405);
    assert_eq!(browser.post(&action, &[("csrf", "0")]).status, 403);
    assert_eq!(browser.post_from("https://evil.example", &action, &[("csrf", &csrf)]).status, 403);
    let receipts = |court: &Court| -> i64 {
        let sql = "SELECT count(*) FROM outgoing WHERE kind = 'service-receipt'";
        court.database("outer/state/outer.db").query_row(sql, [], |r| r.get(0)).unwrap()
    };
    assert_eq!(receipts(court), 0);
    let file = browser.post(&action, &[("csrf", &csrf)]);
    assert_eq!(file.status, 200);
    assert_eq!(receipts(court), 1);
    browser.post(&action, &[("csrf", &csrf)]);
    assert_eq!(receipts(court), 1, "one receipt for each person, version and session");
    let digest = to_hex(&sha256(&file.bytes));
    assert!(walk(&court.path("documents")).iter().any(|p| std::fs::read(p).unwrap() == file.bytes));
    assert!(browser.get(&format!("/cases/{}", login.case_id)).text().contains("已查阅"));
    browser.post(&action.replace("/open", "/sign"), &[("csrf", &csrf)]);
    assert!(browser.get(&format!("/cases/{}", login.case_id)).text().contains("已签收"));
    assert_eq!(receipts(court), 1, "what no batch carries yet is completed in its place");
    let page = browser
        .post(&format!("/cases/{}/messages", login.case_id), &[("csrf", &csrf), ("text", "请问执行款何时发放？𠮷")]);
    assert!(page.text().contains("请问执行款何时发放？𠮷"));
    digest
}

/// The same return batch again: nothing happens twice.
fn imports_the_same_batch_once(court: &Court) {
    let kept = &court.files("outer/state/outbox")[0];
    std::fs::copy(kept, court.path("channel/down/received/again.bin")).unwrap();
    let again = court.agent("inner", "import");
    assert_eq!((&again["known"], &again["receipts"]), (&1.into(), &0.into()));
    assert_eq!(court.count("SELECT count(*) FROM FERRY_RECEIPT"), 1);
    assert_eq!(walk(&court.path("case-files")).len(), 3);
}

#[test]
fn articles_10_11_14_18_a_case_crosses_and_its_receipt_and_message_come_back_exactly_once() {
    let court = Court::new(60);
    let plan = court.agent("inner", "plan");
    assert!(plan["kinds"][0]["case"]["new"].as_u64().unwrap() > 0, "{plan}");
    assert_eq!(court.agent("inner", "status")["channels"][0]["last_sequence"], 0, "a plan changes nothing");

    let (exported, ingested) = court.up();
    assert_eq!(exported["records"], ingested["records"]);
    // A file that several records name crosses once.
    assert!(exported["documents"].as_u64() <= ingested["documents"].as_u64());
    let (inner, outer) = court.roots();
    assert_eq!(inner, outer);
    let (status_in, status_out) = (court.agent("inner", "status"), court.agent("outer", "status"));
    assert_eq!(status_in["published"], status_out["published"]);

    let login = court.logins().remove(0);
    let digest = read_sign_and_write(&court, &login);

    let (replied, imported) = court.down();
    assert_eq!((&replied["items"], &replied["reports"]), (&2.into(), &1.into()));
    assert_eq!((&imported["receipts"], &imported["messages"], &imported["filed"]), (&1.into(), &1.into(), &1.into()));
    let (recipient, sha): (String, String) = court
        .platform()
        .query_row("SELECT recipient, sha256 FROM FERRY_RECEIPT", [], |r| Ok((r.get(0)?, r.get(1)?)))
        .unwrap();
    assert!(!recipient.is_empty());
    assert_eq!(sha, digest);
    let filed = walk(&court.path("case-files"));
    assert_eq!(filed.len(), 3, "a record, a page and a PDF");
    let record = filed.iter().find(|f| f.extension().is_some_and(|e| e == "json")).unwrap();
    assert!(std::fs::read_to_string(record).unwrap().contains(&digest));
    assert!(record.to_string_lossy().contains(&login.case_id));
    assert_eq!(court.count("SELECT count(*) FROM FERRY_MESSAGE WHERE text = '请问执行款何时发放？𠮷'"), 1);
    assert_eq!(court.agent("inner", "status")["channels"][0]["batches"]["confirmed"], 1);

    // Only the next ↑ batch, which acknowledges ↓, lets the outer side delete its items.
    assert_eq!(court.agent("outer", "status")["outgoing"], 2);
    touch(&court.path(""), 10, SEED).unwrap();
    court.up();
    assert_eq!(court.agent("outer", "status")["outgoing"], 0);
    let (inner, outer) = court.roots();
    assert_eq!(inner, outer);

    imports_the_same_batch_once(&court);
}

#[test]
fn article_18_a_day_without_changes_sends_a_signed_empty_batch() {
    let court = Court::new(20);
    court.up();
    let (exported, ingested) = court.up();
    assert_eq!((&exported["sequence"], &exported["records"]), (&2.into(), &0.into()));
    assert_eq!(ingested["batches"], 1);
    let (replied, imported) = court.down();
    assert_eq!((&replied["items"], &imported["batches"]), (&0.into(), &1.into()));
}

#[test]
fn article_16_changes_corrections_and_retractions_follow_and_nothing_else_is_sent() {
    let court = Court::new(60);
    court.up();
    let before = court.agent("outer", "status")["published"]["records"].as_u64().unwrap();
    let log = "INSERT INTO SCJL SELECT NULL, 'GG', GGBH, GXSJ, '刘强', '20261120', '公告已过期', NULL, NULL, GXSJ FROM GG ORDER BY GGBH LIMIT 2";
    assert_eq!(court.platform().execute(log, []).unwrap(), 2);
    court.platform().execute("DELETE FROM GG WHERE GGBH IN (SELECT ZJ FROM SCJL)", []).unwrap();
    let (exported, _) = court.up();
    assert_eq!((&exported["records"], &exported["retracted"]), (&2.into(), &2.into()));
    let approved = "SELECT count(*) FROM record WHERE kind = 'announcement' AND retracted = 1
                      AND instr(body, '刘强') AND instr(body, '2026-11-20') AND instr(body, '公告已过期')";
    let approved: i64 = court.database("outer/state/outer.db").query_row(approved, [], |r| r.get(0)).unwrap();
    assert_eq!(approved, 2, "who approved the retractions, when and why travels with them");
    let after = court.agent("outer", "status")["published"]["records"].as_u64().unwrap();
    assert_eq!(after, before - 2);
    touch(&court.path(""), 25, SEED + 1).unwrap();
    let (exported, _) = court.up();
    assert!(exported["records"].as_u64().unwrap() >= 10);
    let (inner, outer) = court.roots();
    assert_eq!(inner, outer);
    let left: i64 = court
        .database("outer/state/outer.db")
        .query_row(
            "SELECT count(*) FROM (SELECT kind, id FROM record GROUP BY kind, id HAVING count(*) > 1)",
            [],
            |r| r.get(0),
        )
        .unwrap();
    assert_eq!(left, 0, "replaced versions are not kept");
}

#[test]
fn a_retracted_document_is_deleted_from_the_outer_disk() {
    let court = Court::new(60);
    court.up();
    let login = court.logins().remove(0);
    let documents = walk(&court.path("outer/state/documents")).len();
    court
        .platform()
        .execute("UPDATE WS SET QFBZ = 0, GXSJ = '2027-01-01 00:00:00' WHERE AJBH = ?1", [&login.case_id])
        .unwrap();
    court.up();
    assert!(walk(&court.path("outer/state/documents")).len() < documents);
    let (inner, outer) = court.roots();
    assert_eq!(inner, outer);
}

#[test]
fn an_invalid_record_is_held_and_named_and_the_rest_is_exported() {
    let court = Court::new(60);
    let (exported, _) = court.up();
    let held = exported["held"].as_u64().unwrap();
    assert!(held >= 2, "{exported}");
    let status = court.agent("inner", "status");
    let named = status["held_records"].as_array().unwrap();
    assert_eq!(named.len() as u64, held);
    assert!(named.iter().any(|h| h["reason"].as_str().unwrap().contains("code table")), "{named:?}");
    assert!(named.iter().any(|h| h["reason"].as_str().unwrap().contains("document")), "{named:?}");
    assert_eq!(court.try_agent("inner", &["export", "--strict"]).status.code(), Some(75));
}
