//! The portal as strangers and parties meet it.

use crate::support::api_client::Channel;
use ferry_testkit::stage::{Court, Login};

#[test]
fn article_9_a_stranger_a_wrong_code_and_too_many_attempts_get_the_same_response() {
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
fn article_3_a_party_sees_only_their_own_cases() {
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
    let output = browser.post(&format!("/cases/{}/messages", other.case_id), &[("csrf", &csrf), ("text", "x")]);
    assert_eq!(output.status, 404);
    browser.post("/logout", &[("csrf", &csrf)]);
    assert!(browser.get("/cases").text().contains("登录查询"));
}

#[test]
fn article_7_announcements_and_guides_are_open_to_everyone() {
    let court = Court::new(20);
    court.up();
    let token = court.add_channel("screen");
    let portal = court.portal();
    let browser = portal.browser();
    let home = browser.get("/");
    assert!(home.text().contains("执行公告") && home.text().contains("公开指南"));
    let policy = home.headers.get("content-security-policy").unwrap().to_str().unwrap();
    assert!(policy.starts_with("default-src 'none'"));
    assert!(!home.text().contains("<script"));
    let channel = Channel::new(&portal, &token);
    let all = channel.get("/public/announcement").json();
    assert!(all["total"].as_u64().unwrap() >= 5);
    let guide = channel.get("/public/guide").json()["items"][0].clone();
    let id = guide["id"].as_str().unwrap();
    let sha = guide["document"]["sha256"].as_str().unwrap();
    for file in
        [browser.get(&format!("/public/guide/{id}/document")), channel.get(&format!("/public/guide/{id}/document"))]
    {
        assert_eq!(file.status, 200);
        assert_eq!(ferry_format::encoding::hex::to_hex(&ferry_format::crypto::hash::sha256(&file.bytes)), sha);
    }
    for kind in ["login", "case"] {
        assert_eq!(channel.get(&format!("/public/{kind}")).status, 404);
        assert_eq!(browser.get(&format!("/public/{kind}")).status, 404);
    }
}

#[test]
fn article_14_the_national_sites_are_linked_on_every_page_in_the_court_s_order_and_in_both_languages() {
    let court = Court::new(12);
    court.up();
    let portal = court.portal();
    let browser = portal.browser();
    let sites = [
        ("中国执行信息公开网", "National enforcement information site", "https://zxgk.court.gov.cn/"),
        ("中国审判流程信息公开网", "National trial-process information site", "https://splcgk.court.gov.cn/"),
        ("中国裁判文书网", "National judgments site", "https://wenshu.court.gov.cn/"),
        ("人民法院在线服务", "Online services of the courts", "https://zxfw.court.gov.cn/"),
    ];
    for path in ["/", "/public/judgment", "/login", "/nothing"] {
        for (cookie, is_english) in [("language=zh", false), ("language=en", true)] {
            let page = browser.get_with_cookie(cookie, path).text();
            let places = sites.map(|(zh, en, url)| {
                let link = format!("<a href=\"{url}\" rel=\"noreferrer\">{}</a>", if is_english { en } else { zh });
                page.find(&link).unwrap_or_else(|| panic!("{path}, {cookie}: {link} is not in\n{page}"))
            });
            assert!(places.is_sorted(), "{path}, {cookie}: {places:?}");
        }
    }
}
