//! What a party writes (articles 4 and 10): plain text, once, bounded; and what becomes of it.

use ferry_testkit::stage::{Browser, Court, Login, Portal};

struct Writer {
    court: Court,
    login: Login,
    portal: Portal,
    browser: Browser,
    csrf: String,
}

fn writer() -> Writer {
    let court = Court::new(20);
    court.up();
    let portal = court.portal();
    let browser = portal.browser();
    let login = court.logins().remove(0);
    browser.log_in(&login);
    let csrf = browser.get("/cases").csrf();
    Writer { court, login, portal, browser, csrf }
}

impl Writer {
    fn write(&self, part: &str, fields: &[(&str, &str)]) -> ferry_testkit::stage::Response {
        let mut form = vec![("csrf", self.csrf.as_str())];
        form.extend(fields);
        self.browser.post(&format!("/cases/{}/{part}", self.login.case_id), &form)
    }

    fn page(&self) -> String {
        self.browser.get(&format!("/cases/{}", self.login.case_id)).text()
    }

    fn waiting(&self, kind: &str) -> i64 {
        let sql = "SELECT count(*) FROM outgoing WHERE kind = ?1";
        self.court.database("outer/state/outer.db").query_row(sql, [kind], |r| r.get(0)).unwrap()
    }
}

#[test]
fn article_4_a_request_for_access_crosses_and_its_reply_is_shown_below_it() {
    let w = writer();
    assert_eq!(w.write("requests", &[("subject", "the moon"), ("text", "请求")]).status, 422);
    assert_eq!(w.write("requests", &[("text", "请求")]).status, 422);
    assert_eq!(w.waiting("access-request"), 0);
    let asked = w.write("requests", &[("subject", "recording"), ("text", "请求查阅 2026 年听证录像")]);
    assert!(asked.text().contains("请求查阅 2026 年听证录像") && asked.text().contains("录音录像"));
    assert_eq!(w.waiting("access-request"), 1);
    let conn = w.court.database("outer/state/outer.db");
    let (id, person): (String, String) =
        conn.query_row("SELECT id, person FROM message", [], |r| Ok((r.get(0)?, r.get(1)?))).unwrap();
    let (_, imported) = w.court.down();
    assert_eq!(imported["held"], 0, "{imported}");
    let reply = "INSERT INTO LYHF VALUES ('HF1', ?1, ?2, ?3, '已准许，录像明日公开', '李法官', '2026-11-24 09:00:00', NULL, NULL, '2099-01-01 00:00:00')";
    w.court.platform().execute(reply, [&w.login.case_id, &person, &id]).unwrap();
    w.court.up();
    let page = w.page();
    let (request, answer) = (page.find("请求查阅 2026").unwrap(), page.find("已准许，录像明日公开").unwrap());
    assert!(request < answer && page[request..answer].contains("已转交"), "{page}");
}

#[test]
fn article_10_markup_direction_and_control_characters_never_reach_a_page_or_the_platform() {
    let w = writer();
    let hostile = "<script>alert(1)</script>\u{202E}倒\u{0007}\u{200B}写'\"--&";
    let page = w.write("messages", &[("text", hostile)]).text();
    assert!(page.contains("&#60;script&#62;") && !page.contains("<script"), "{page}");
    let (_, imported) = w.court.down();
    assert_eq!(imported["messages"], 1);
    assert_eq!(
        w.court.count("SELECT count(*) FROM FERRY_MESSAGE WHERE text = '<script>alert(1)</script>倒写''\"--&'"),
        1
    );
}

#[test]
fn article_10_messages_are_limited_in_length_and_number_and_a_repeated_form_is_one_message() {
    let w = writer();
    assert_eq!(w.write("messages", &[("text", "\u{200B} \n")]).status, 422);
    let long = "字".repeat(2001);
    let refused = w.write("messages", &[("text", &long)]);
    assert!(refused.status == 422 && refused.text().contains("2000"));
    let rare = "𠮷".repeat(2000);
    assert_eq!(w.write("messages", &[("text", &rare)]).status, 200, "characters are counted, not bytes");
    for _ in 0..3 {
        w.write("messages", &[("text", "同一条留言")]);
    }
    assert!((2..=3).contains(&w.waiting("message")), "the minute may turn between two of them");
    let before = w.waiting("message");
    for n in before..20 {
        assert_eq!(w.write("messages", &[("text", &format!("第 {n} 条"))]).status, 200);
    }
    let refused = w.write("messages", &[("text", "再来一条")]);
    assert!(refused.status == 422 && refused.text().contains("12368"));
    assert_eq!(w.waiting("message"), 20);
    // Another person has a separate limit.
    let other = w.court.logins().into_iter().find(|l| l.identity != w.login.identity).unwrap();
    let browser = w.portal.browser();
    browser.log_in(&other);
    let csrf = browser.get("/cases").csrf();
    let form = [("csrf", csrf.as_str()), ("text", "请问进展")];
    assert_eq!(browser.post(&format!("/cases/{}/messages", other.case_id), &form).status, 200);
}

#[test]
fn a_party_s_texts_stay_readable_for_the_configured_days_and_then_only_the_fact_remains() {
    let w = writer();
    w.write("messages", &[("text", "请问执行款何时发放")]);
    w.court.down();
    w.court.up();
    assert!(w.page().contains("请问执行款何时发放"), "it arrived, and its author still reads it");
    let back = "UPDATE message SET written_s = written_s - 181 * 86400";
    w.court.database("outer/state/outer.db").execute(back, []).unwrap();
    w.court.agent("outer", "reply");
    // A page that was just made is given for some seconds.
    let forgotten = || {
        std::thread::sleep(std::time::Duration::from_secs(1));
        let page = w.page();
        !page.contains("请问执行款何时发放") && page.contains("已转交")
    };
    assert!((0..15).any(|_| forgotten()));
}
