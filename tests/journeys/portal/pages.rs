//! The pages as they are asked for: lists, links, the feed, the language and the footer (articles 7 and 14).

use ferry_testkit::stage::{Browser, Court};
use rusqlite::params;

/// So many announcements more than the court has, newest first by their number.
fn announce(court: &Court, count: u32) {
    let platform = court.platform();
    for n in 1..=count {
        let sql = "INSERT INTO GG VALUES (?1, '2', ?2, '征集线索。', ?3, NULL, NULL, NULL, NULL, NULL, '2026-01-01 00:00:00')";
        let day = format!("2027-{:02}-{:02}", n / 28 + 1, n % 28 + 1);
        platform.execute(sql, params![format!("XS{n:06}"), format!("征集线索{n}"), day]).unwrap();
    }
}

/// Where the answer of a form leads.
fn leads(browser: &Browser, form: &[(&str, &str)]) -> String {
    let answer = browser.post_without_redirect("/preferences", form);
    assert_eq!(answer.status, 303);
    answer.headers.get("location").unwrap().to_str().unwrap().to_owned()
}

#[test]
fn article_7_every_announcement_is_listed_once_and_has_its_own_link() {
    let court = Court::new(20);
    announce(&court, 120);
    court.up();
    let portal = court.portal();
    let browser = portal.browser();
    let titles = |page: &str| -> Vec<String> {
        let text = browser.get(page).text();
        let parts = text.split("href=\"/public/announcement/").skip(1);
        parts.map(|part| part.split('>').nth(1).unwrap().split('<').next().unwrap().to_owned()).collect()
    };
    let mut all = Vec::new();
    for n in 1..=3 {
        let page = titles(&format!("/public/announcement?page={n}"));
        assert_eq!(page.len(), if n < 3 { 50 } else { 32 });
        all.extend(page);
    }
    assert_eq!(all[0], "征集线索120", "the newest comes first");
    let count = all.len();
    all.sort();
    all.dedup();
    assert_eq!((count, all.len()), (132, 132), "nothing twice, nothing left out");
    for bad in ["0", "4", "-1", "x", "1%00", ""] {
        assert_eq!(titles(&format!("/public/announcement?page={bad}"))[0], "征集线索120", "{bad}");
    }
    let rewards = browser.get("/public/announcement?type=reward&page=2").text();
    assert!(rewards.contains("type=reward&#38;page=3") && !rewards.contains("拍卖公告（"), "{rewards}");
    assert!(browser.get("/public/announcement?type=%3Cscript%3E").text().contains("共 132 条"));
    let one = browser.get("/public/announcement/XS000007").text();
    assert!(one.contains("<h1>征集线索7</h1>") && one.contains("征集线索。"));
    assert!(browser.get("/search?q=%E7%BA%BF%E7%B4%A2120").text().contains("/public/announcement/XS000120"));
    for path in ["/public/announcement/none", "/public/case/AJ000000001", "/public/login/x", "/public/none"] {
        assert_eq!(browser.get(path).status, 404, "{path}");
    }
}

#[test]
fn article_14_the_feed_names_every_judgment_with_its_file_and_keeps_the_names() {
    let court = Court::new(300);
    court.up();
    let portal = court.portal();
    let browser = portal.browser();
    let feed = browser.get("/feeds/judgments.xml");
    assert_eq!(feed.headers.get("content-type").unwrap(), "application/atom+xml; charset=utf-8");
    let ids = |feed: &str| -> Vec<String> {
        feed.split("<entry>\n<id>").skip(1).map(|e| e.split('<').next().unwrap().to_owned()).collect()
    };
    let before = ids(&feed.text());
    assert_eq!(before.len() as i64, court.count("SELECT count(*) FROM GKWS WHERE QFBZ = 1"));
    let text = feed.text();
    for entry in text.split("<entry>").skip(1) {
        let after = |mark: &str| entry.split(mark).nth(1).unwrap().split('"').next().unwrap().to_owned();
        assert!(entry.contains("<updated>2025-") && entry.contains("+08:00</updated>"), "{entry}");
        let enclosure = entry.split("rel=\"enclosure\"").nth(1).unwrap();
        let path = enclosure.split("href=\"").nth(1).unwrap().split('"').next().unwrap();
        let file = browser.get(path);
        assert_eq!(after("length=\""), file.bytes.len().to_string());
        assert!(entry.contains(&ferry_format::encoding::hex::to_hex(&ferry_format::crypto::hash::sha256(&file.bytes))));
        let page = browser.get(&after("type=\"text/html\" href=\""));
        assert_eq!(page.status, 200);
    }
    // A correction changes what is said, not the name under which it is known.
    let corrected = "UPDATE GKWS SET BT = '执行裁定书（更正）', GZLY = '笔误', GZSPR = '周明', GZSPRQ = '2026-11-20',
                     GXSJ = '2099-01-01 00:00:00' WHERE GKBH = (SELECT min(GKBH) FROM GKWS)";
    court.platform().execute(corrected, []).unwrap();
    court.up();
    let text = browser.get("/feeds/judgments.xml").text();
    assert!(
        text.contains("执行裁定书（更正）") && text.contains("<updated>2026-11-20T00:00:00+08:00</updated>"),
        "{text}"
    );
    let (mut before, mut after) = (before, ids(&text));
    before.sort();
    after.sort();
    assert_eq!(before, after);
    assert!(browser.get("/public/judgment").text().contains("/feeds/judgments.xml"));
}

#[test]
fn language_and_text_size_are_kept_by_the_browser_and_redirect_nowhere_else() {
    let court = Court::new(20);
    court.up();
    let portal = court.portal();
    let browser = portal.browser();
    assert!(browser.get("/").text().contains("<html lang=\"zh-CN\">"));
    let answer =
        browser.post_without_redirect("/preferences", &[("language", "en"), ("size", "large"), ("back", "/login")]);
    let cookies: Vec<_> = answer.headers.get_all("set-cookie").iter().map(|c| c.to_str().unwrap().to_owned()).collect();
    assert_eq!(cookies.len(), 2);
    for cookie in cookies {
        assert!(cookie.contains("Secure; HttpOnly; SameSite=Lax"), "{cookie}");
    }
    assert!(browser.get("/").text().contains("<html lang=\"en\" class=\"large\">"));
    // What goes wrong is said in the same language.
    let missing = browser.get("/nothing");
    assert_eq!(missing.status, 404);
    assert!(missing.text().contains("It does not exist"), "{}", missing.text());
    assert!(browser.post_from("https://evil.example", "/logout", &[]).text().contains("has expired"));
    assert_eq!(leads(&browser, &[("language", "zh"), ("back", "/public/guide?page=1")]), "/public/guide?page=1");
    assert!(browser.get("/").text().contains("<html lang=\"zh-CN\" class=\"large\">"));
    for evil in ["//evil.example", "https://evil.example/", "/\\evil.example", "javascript:alert(1)", ""] {
        assert_eq!(leads(&browser, &[("back", evil)]), "/", "{evil}");
    }
    assert_eq!(browser.get("/preferences?language=en&back=/").status, 405, "nothing changes by a link");
    assert_eq!(
        browser.post_from("https://evil.example", "/preferences", &[("language", "en"), ("back", "/")]).status,
        403
    );
}

#[test]
fn a_code_without_an_english_name_is_shown_in_chinese_and_marked() {
    let court = Court::new(20);
    court.up();
    court.edit("english.toml", "\"拍卖公告\" = \"Auction notice\"\n", "");
    let portal = court.portal();
    let page = portal.browser().get_with_cookie("language=en", "/public/announcement").text();
    assert!(page.contains("lang=\"zh-CN\">拍卖公告</a>") && page.contains(">Hearing notice</a>"), "{page}");
    drop(portal);
    court.edit("english.toml", "\"听证公告\" = \"Hearing notice\"", "听证公告");
    let refused = court.refused("outer", "portal", 78);
    assert!(refused.contains("english.toml") && refused.contains("FERRY-E0502"), "{refused}");
}

#[test]
fn the_footer_shows_what_the_court_filled_in_and_nothing_else() {
    let court = Court::new(20);
    court.up();
    let empty = court.portal().browser().get("/").text();
    assert!(empty.contains("主办单位") && !empty.contains("ICP 备案") && !empty.contains("网站标识"));
    court.edit("outer.toml", "icp = \"\"", "icp = \"鲁ICP备12345678号-1\"");
    court.edit("outer.toml", "site-code = \"\"", "site-code = \"3715020001\"");
    court.edit("outer.toml", "party-mark = \"\"", "party-mark = \"https://bszs.example/mark?x=1&y=2\"");
    let full = court.portal().browser().get("/").text();
    for part in ["鲁ICP备12345678号-1", "https://beian.miit.gov.cn/", "网站标识码：", "3715020001", "mark?x=1&#38;y=2"]
    {
        assert!(full.contains(part), "{part}: {full}");
    }
    court.edit("outer.toml", "party-mark = \"https://", "party-mark = \"javascript:");
    let refused = court.refused("outer", "portal", 78);
    assert!(refused.contains("begin with `https://`"), "{refused}");
}
