//! The portal as strangers and parties meet it.

use crate::stage::{Court, Login};

#[test]
fn article_9_a_stranger_a_wrong_code_and_too_many_attempts_get_the_same_answer() {
    let court = Court::new(20);
    court.up();
    let portal = court.portal();
    let browser = portal.browser();
    let login = court.logins().remove(0);
    let wrong = browser.log_in(&Login { code: "00000000000".into(), ..login.clone() });
    let stranger = browser.log_in(&Login { identity: "110101190001010000".into(), ..login.clone() });
    assert_eq!((wrong.status, stranger.status), (401, 401));
    assert_eq!(wrong.text(), stranger.text());
    for _ in 0..5 {
        browser.log_in(&Login { code: "1".into(), ..login.clone() });
    }
    let locked = browser.log_in(&login);
    assert_eq!((locked.status, locked.text()), (401, wrong.text()));
}

#[test]
fn article_9_full_width_and_spaced_identity_numbers_log_in() {
    let court = Court::new(20);
    court.up();
    let portal = court.portal();
    let browser = portal.browser();
    let login = court.logins().remove(0);
    let wide: String = login.identity.chars().map(|c| char::from_u32(c as u32 + 0xFEE0).unwrap()).collect();
    let spaced = format!("{} {}", &wide[..18], &wide[18..]);
    assert_eq!(browser.log_in(&Login { identity: spaced, ..login }).status, 200);
}

#[test]
fn article_3_a_party_sees_his_own_cases_and_nobody_else_s() {
    let court = Court::new(40);
    court.up();
    let portal = court.portal();
    let logins = court.logins();
    let (one, other) = (&logins[0], logins.iter().find(|l| l.case_id != logins[0].case_id).unwrap());
    let browser = portal.browser();
    browser.log_in(one);
    assert_eq!(browser.get(&format!("/cases/{}", one.case_id)).status, 200);
    let foreign = browser.get(&format!("/cases/{}", other.case_id));
    let nothing = browser.get("/cases/AJ-does-not-exist");
    assert_eq!((foreign.status, foreign.text()), (404, nothing.text()));
    let csrf = browser.get("/cases").csrf();
    let said = browser.post(&format!("/cases/{}/messages", other.case_id), &[("csrf", &csrf), ("text", "x")]);
    assert_eq!(said.status, 404);
    browser.post("/logout", &[("csrf", &csrf)]);
    assert!(browser.get("/cases").text().contains("登录查询"));
}

#[test]
fn article_7_announcements_and_guides_are_open_to_everyone() {
    let court = Court::new(20);
    court.up();
    let portal = court.portal();
    let browser = portal.browser();
    let home = browser.get("/");
    assert!(home.text().contains("执行公告") && home.text().contains("公开指南"));
    let policy = home.headers.get("content-security-policy").unwrap().to_str().unwrap();
    assert!(policy.starts_with("default-src 'none'"));
    assert!(!home.text().contains("<script"));
    let all = browser.json(None, "/api/v1/public/announcement", None);
    assert!(all.json().as_array().unwrap().len() >= 5);
    let guides = browser.json(None, "/api/v1/public/guide", None).json();
    let id = guides[0]["id"].as_str().unwrap();
    let file = browser.get(&format!("/public/guide/{id}/document"));
    assert_eq!(file.status, 200);
    let sha = guides[0]["document"]["sha256"].as_str().unwrap();
    assert_eq!(ferry_format::hex::to_hex(&ferry_format::keys::sha256(&file.bytes)), sha);
    assert_eq!(browser.json(None, "/api/v1/public/login", None).status, 404);
    assert_eq!(browser.json(None, "/api/v1/public/case", None).status, 404);
}

#[test]
fn the_api_has_the_same_abilities_and_answers_problems_as_json() {
    let court = Court::new(20);
    court.up();
    let portal = court.portal();
    let browser = portal.browser();
    let login = court.logins().remove(0);
    let refused = browser.json(None, "/api/v1/cases", None);
    assert_eq!(refused.status, 401);
    assert_eq!(refused.headers.get("content-type").unwrap(), "application/problem+json; charset=utf-8");
    let body = serde_json::json!({ "identity": login.identity, "code": login.code });
    let session = browser.json(None, "/api/v1/session", Some(body)).json();
    let token = session["token"].as_str().unwrap();
    let cases = browser.json(Some(token), "/api/v1/cases", None).json();
    assert!(cases.as_array().unwrap().iter().any(|c| c["id"] == login.case_id.as_str()), "{cases}");
    let case = browser.json(Some(token), &format!("/api/v1/cases/{}", login.case_id), None).json();
    let notice = case["steps"].as_array().unwrap().iter().find(|s| s["kind"] == "service").unwrap();
    let file = browser.json(
        Some(token),
        &format!("/api/v1/documents/service/{}", notice["id"].as_str().unwrap()),
        Some(serde_json::json!({})),
    );
    assert_eq!(file.status, 200);
    assert!(file.bytes.starts_with(b"%PDF"));
    let path = format!("/api/v1/cases/{}/messages", login.case_id);
    assert_eq!(browser.json(Some(token), &path, Some(serde_json::json!({ "text": "你好" }))).status, 201);
    assert_eq!(browser.json(Some(token), &path, Some(serde_json::json!({ "text": " " }))).status, 422);
    assert_eq!(court.agent("outer", "status")["outgoing"], 2);
}
