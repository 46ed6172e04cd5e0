//! The API for other channels (article 2): the same abilities as the pages.

use crate::support::api_client::{hotline, items, problem, text};
use ferry_format::record::Record;
use serde_json::json;

#[test]
fn article_2_a_channel_can_do_what_the_pages_can_and_is_named_in_receipts_and_messages() {
    let (court, portal, hotline) = hotline(20);
    let login = court.logins().remove(0);
    let party = hotline.log_in(&login);
    assert!(items(&party.get("/cases")).iter().any(|case| text(case, "id") == login.case_id));
    let case = party.get(&format!("/cases/{}", login.case_id)).json();
    let steps = items(&party.get(&format!("/cases/{}/items?per-page=200", login.case_id)));
    assert_eq!(case["steps"], steps.len());
    let only = items(&party.get(&format!("/cases/{}/items?kind=service", login.case_id)));
    assert!(!only.is_empty() && only.len() < steps.len() && only.iter().all(|item| text(item, "kind") == "service"));
    let claim = case["item"]["fields"].as_array().unwrap().iter().find(|f| f["id"] == "claim").unwrap();
    assert!(claim["value"].is_i64() && text(claim, "text").ends_with(" 元"));

    // Service: the receipt is there before the bytes are, and knows the channel and the party's own address.
    let served = items(&party.get("/documents")).remove(0);
    let path = format!("/documents/service/{}", text(&served, "id"));
    assert_eq!(problem(&party.post(&format!("{path}/signature"), &json!({})), 409), "open-first");
    let from = [("ferry-party-address", "2001:db8::7"), ("content-type", "application/json")];
    let opened = party.send(&from, &format!("{path}/openings"), "");
    assert_eq!(opened.status, 201, "{}", opened.text());
    let opening = opened.json();
    assert_eq!(opened.headers.get("location").unwrap(), text(&opening, "link"));
    let receipt = party.get(&format!("/receipts/{}", text(&opening, "receipt"))).json();
    let says = |id: &str| {
        let fields = receipt["fields"].as_array().unwrap();
        text(fields.iter().find(|f| f["id"] == id).unwrap(), "value").to_owned()
    };
    assert_eq!((says("via"), says("address")), ("hotline".into(), "2001:db8::7".into()));
    let file = party.follow(text(&opening, "link"));
    let digest = ferry_format::encoding::hex::to_hex(&ferry_format::crypto::hash::sha256(&file.bytes));
    assert_eq!((file.status, digest.as_str()), (200, text(&served["document"], "sha256")));
    assert_eq!(party.post(&format!("{path}/signature"), &json!({})).status, 200);
    assert!(items(&party.get("/documents"))[0]["document"]["signed"].is_string());

    // A message that is sent again under the same name is one message.
    let messages = format!("/cases/{}/messages", login.case_id);
    let again = [("idempotency-key", "call-4711"), ("content-type", "application/json")];
    let ids: Vec<_> =
        (0..2).map(|_| party.send(&again, &messages, r#"{"text": "请回电"}"#).json()["id"].clone()).collect();
    assert_eq!(ids[0], ids[1]);
    // Another text under that name is no repetition: it is refused, and nothing is lost unsaid.
    let refused = party.send(&again, &messages, r#"{"text": "不用回电了"}"#);
    assert_eq!(problem(&refused, 409), "attempt-taken");
    assert!(refused.text().contains("未提交"), "{}", refused.text());
    let left = items(&party.get(&messages));
    assert_eq!((left.len(), text(&left[0], "text")), (1, "请回电"));
    let requests = format!("/cases/{}/requests", login.case_id);
    assert_eq!(party.post(&requests, &json!({ "subject": "recording", "text": "执行录像" })).status, 201);
    assert_eq!(items(&party.get(&requests)).len(), 1);
    for subject in ["", "nothing"] {
        let refused = party.post(&requests, &json!({ "subject": subject, "text": "执行录像" }));
        assert_eq!(problem(&refused, 422), "invalid");
    }
    drop(portal);
    let outer = court.database("outer/state/outer.db");
    let mut statement = outer.prepare("SELECT body FROM outgoing").unwrap();
    let bodies = statement.query_map([], |r| r.get::<_, Vec<u8>>(0)).unwrap();
    let crossing: Vec<_> = bodies.map(|b| Record::decode(&b.unwrap()).unwrap()).collect();
    assert_eq!(crossing.len(), 3, "a receipt, a message and a request");
    assert!(crossing.iter().all(|record| record.text("via") == "hotline"));
}

#[test]
fn article_3_nobody_reads_another_s_case_through_a_channel() {
    let (court, _portal, hotline) = hotline(40);
    let logins = court.logins();
    let (one, other) = (&logins[0], logins.iter().find(|l| l.case_id != logins[0].case_id).unwrap());
    let (one, theirs) = (hotline.log_in(one), hotline.log_in(other));
    let notice = items(&theirs.get("/documents"));
    let foreign = ["", "/items", "/messages", "/requests"].map(|tail| format!("/cases/{}{tail}", other.case_id));
    for path in &foreign {
        assert_eq!(theirs.get(path).status, 200);
        let (found, missing) = (one.get(path), one.get(&path.replace(&other.case_id, "AJ-missing")));
        assert_eq!((problem(&found, 404), found.text()), ("not-found".into(), missing.text()));
    }
    let body = json!({ "text": "不是我的案件" });
    assert_eq!(one.post(&format!("/cases/{}/messages", other.case_id), &body).status, 404);
    for item in notice {
        let path = format!("/documents/service/{}", text(&item, "id"));
        let opened = theirs.post(&format!("{path}/openings"), &json!({})).json();
        assert_eq!(problem(&one.post(&format!("{path}/openings"), &json!({})), 404), "not-found");
        assert_eq!(problem(&one.post(&format!("{path}/signature"), &json!({})), 404), "not-found");
        assert_eq!(problem(&one.follow(text(&opened, "link")), 404), "not-found");
        assert_eq!(problem(&one.get(&format!("/receipts/{}", text(&opened, "receipt"))), 404), "not-found");
    }
    let handle = items(&theirs.get("/sessions"))[0]["handle"].as_str().unwrap().to_owned();
    assert_eq!(problem(&one.delete(&format!("/sessions/{handle}")), 404), "not-found");
    assert_eq!(theirs.delete(&format!("/sessions/{handle}")).status, 204);
    assert_eq!(problem(&theirs.get("/cases"), 401), "log-in-first");
}

/// Percent-encoded.
fn encoded(text: &str) -> String {
    text.bytes().map(|b| format!("%{b:02X}")).collect()
}

#[test]
fn article_7_a_channel_searches_what_is_public_as_the_pages_do() {
    let (_court, portal, hotline) = hotline(40);
    let announcement = items(&hotline.get("/public/announcement")).remove(0);
    let title = text(&announcement, "title");
    let (begin, end): (String, String) = (title.chars().take(2).collect(), title.chars().skip(2).collect());
    let query = encoded(&format!("{end} {begin}"));
    let found = hotline.get(&format!("/search?per-page=200&q={query}"));
    let ids: Vec<String> = items(&found).iter().map(|item| text(item, "id").to_owned()).collect();
    assert!(ids.contains(&text(&announcement, "id").to_owned()), "{ids:?}");
    let page = portal.browser().get(&format!("/search?q={query}")).text();
    assert!(ids.iter().take(10).all(|id| page.contains(&format!("/public/announcement/{id}"))), "{page}");
    assert_eq!(items(&hotline.get("/search?q=xyzzy")).len(), 0);
    for wrong in ["", "?q=", &format!("?q={}", "a".repeat(61)), "?q=a&x=1"] {
        assert_eq!(problem(&hotline.get(&format!("/search{wrong}")), 400), "query", "{wrong}");
    }
}

#[test]
fn article_9_a_channel_can_end_all_other_sessions_of_a_party_only() {
    let (court, portal, hotline) = hotline(20);
    let logins = court.logins();
    let stranger = hotline.log_in(logins.iter().find(|l| l.identity != logins[0].identity).unwrap());
    let (one, other, browser) = (hotline.log_in(&logins[0]), hotline.log_in(&logins[0]), portal.browser());
    browser.log_in(&logins[0]);
    assert_eq!(items(&one.get("/sessions")).len(), 3);
    assert_eq!(problem(&hotline.delete("/sessions"), 401), "log-in-first");
    assert_eq!(one.delete("/sessions").status, 204);
    assert_eq!(items(&one.get("/sessions")).len(), 1);
    assert_eq!(problem(&other.get("/cases"), 401), "log-in-first");
    assert!(browser.get("/cases").text().contains("登录查询"));
    assert_eq!(stranger.get("/cases").status, 200);
}

#[test]
fn every_error_response_has_one_form_and_repeats_no_input() {
    let (court, _portal, hotline) = hotline(5);
    let party = hotline.log_in(&court.logins()[0]);
    let messages = format!("/cases/{}/messages", court.logins()[0].case_id);
    let as_json = [("content-type", "application/json")];
    for (body, status, code) in [
        ("{", 400, "json"),
        ("[]", 400, "json"),
        (r#"{"text": 13812345678}"#, 400, "json"),
        (r#"{"text": "x", "13812345678": 1}"#, 400, "json"),
        (r#"{"text": "x", "text": "13812345678"}"#, 400, "json"),
        (r#"{"text": " "}"#, 422, "invalid"),
    ] {
        let refused = party.send(&as_json, &messages, body);
        assert_eq!(problem(&refused, status), code, "{body}");
        assert!(!refused.text().contains("13812345678"));
    }
    assert_eq!(problem(&party.send(&[("content-type", "text/plain")], &messages, "x"), 415), "media-type");
    // The answer may come, and the connection close, before the last byte was sent.
    let long = format!("\"{}\"", "x".repeat(33_000));
    let refused =
        (0..50).find_map(|_| party.try_send(&as_json, &messages, &long)).expect("an answer that is not cut off");
    assert_eq!(problem(&refused, 413), "too-large");
    assert_eq!(problem(&party.delete("/cases"), 405), "method");
    assert_eq!(party.delete("/cases").headers.get("allow").unwrap(), "GET,HEAD");
    for path in ["/nothing", "/", "/public/login", "/public/case", "/public/guide/%00", "/cases/..%2f..%2fetc"] {
        assert_eq!(problem(&party.get(path), 404), "not-found", "{path}");
    }
    for query in ["page=0", "page=x", "per-page=201", "pages=1", "page=1&page=2", "page=99999999999"] {
        assert_eq!(problem(&party.get(&format!("/cases?{query}")), 400), "query", "{query}");
    }
    let from = |address| party.send(&[as_json[0], ("ferry-party-address", address)], &messages, r#"{"text": "x"}"#);
    assert_eq!(problem(&from("not an address"), 400), "party-address");
    assert_eq!(from("192.0.2.7").status, 201);
}

#[test]
fn lists_are_paged_with_links() {
    let (_court, _portal, hotline) = hotline(20);
    let all = items(&hotline.get("/public/announcement?per-page=200"));
    let (mut path, mut seen) = ("/public/announcement?per-page=2".to_owned(), Vec::new());
    loop {
        let page = hotline.get(&path);
        seen.extend(items(&page));
        assert_eq!(page.json()["total"], all.len());
        let links = page.headers.get("link").unwrap().to_str().unwrap();
        let Some(next) = links.split(", ").find(|link| link.ends_with("rel=\"next\"")) else { break };
        path = next[1..next.find('>').unwrap()].strip_prefix("/api/v1").unwrap().to_owned();
    }
    assert!(all.len() > 2);
    assert_eq!(seen, all);
    let item = &all[0];
    assert_eq!(hotline.get(&format!("/public/announcement/{}", text(item, "id"))).json(), *item);
}

#[test]
fn article_7_the_api_lists_everything_that_is_public_newest_first_however_much_there_is() {
    let (court, _portal, hotline) = hotline(20);
    // The newest has the highest id: a client that lists by id and stops early never sees it.
    let many = "INSERT INTO GG SELECT 'ZZ' || printf('%06d', n), LB, BT, NR, FBRQ, GZLY, GZSPR, GZSPRQ, LRSJ, CQSPR, '2098-01-01 00:00:00'
                FROM (SELECT * FROM GG ORDER BY GGBH LIMIT 1),
                  (WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 2100) SELECT n FROM c)";
    let before = court.count("SELECT count(*) FROM GG");
    assert_eq!(court.platform().execute(many, []).unwrap(), 2100);
    court.platform().execute("UPDATE GG SET FBRQ = '2098-12-31' WHERE GGBH = 'ZZ002100'", []).unwrap();
    court.up();
    let page = hotline.get("/public/announcement?per-page=1").json();
    assert_eq!((page["total"].as_i64(), text(&page["items"][0], "id")), (Some(before + 2100), "ZZ002100"));
}
