//! Logging in with what the court asks for, and what a session is (article 9).

use ferry_testkit::stage::{Browser, Court, Login};
use std::collections::BTreeMap;

/// Everything that a party knows of himself.
fn all_factors(court: &Court, login: &Login) -> Vec<(&'static str, String)> {
    let sql = "SELECT XM, SJHM FROM RY WHERE ZJHM = ?1";
    let (name, phone): (String, String) =
        court.platform().query_row(sql, [&login.identity], |r| Ok((r.get(0)?, r.get(1)?))).unwrap();
    vec![
        ("identity", login.identity.clone()),
        ("name", name),
        ("phone", phone),
        ("code", login.code.clone()),
        ("password", "春眠不觉晓 7".into()),
    ]
}

#[test]
fn article_9_every_factor_that_the_court_asks_for_must_match() {
    let court = Court::new(20);
    let login = court.logins().remove(0);
    let set = "UPDATE RY SET MM = '春眠不觉晓 7' WHERE ZJHM = ?1";
    assert_eq!(court.platform().execute(set, [&login.identity]).unwrap(), 1);
    court.up();
    court.edit(
        "outer.toml",
        "factors = [\"query-code\"]",
        "factors = [\"name\", \"phone\", \"query-code\", \"password\"]",
    );
    court.edit("outer.toml", "failures-per-account = 5", "failures-per-account = 50");
    let portal = court.portal();
    let form = portal.browser().get("/login").text();
    for field in ["identity", "name", "phone", "code", "password"] {
        assert!(form.contains(&format!("name=\"{field}\"")), "{field}: {form}");
    }
    let right = all_factors(&court, &login);
    for wrong in 1..right.len() {
        for value in ["", "0000", &right[0].1] {
            let mut typed = right.clone();
            typed[wrong].1 = value.into();
            let typed: Vec<_> = typed.iter().map(|(k, v)| (*k, v.as_str())).collect();
            assert_eq!(portal.browser().post("/login", &typed).status, 401, "{:?}", typed[wrong]);
        }
    }
    let typed: Vec<_> = right.iter().map(|(k, v)| (*k, v.as_str())).collect();
    assert!(portal.browser().post("/login", &typed).text().contains(&login.case_no));
}

#[test]
fn a_login_without_a_secret_is_refused_at_start() {
    let court = Court::new(20);
    court.edit("outer.toml", "factors = [\"query-code\"]", "factors = [\"name\", \"phone\"]");
    let text = court.refused("outer", "check-config", 78);
    assert!(text.contains("query-code"), "{text}");
}

#[test]
fn article_9_lockouts_of_accounts_and_addresses_survive_a_restart_and_expire() {
    let court = Court::new(20);
    court.up();
    court.edit("outer.toml", "failures-per-address = 100", "failures-per-address = 8");
    let logins = court.logins();
    let (login, other) = (&logins[0], logins.iter().find(|l| l.identity != logins[0].identity).unwrap());
    {
        let portal = court.portal();
        let browser = portal.browser();
        for _ in 0..5 {
            assert_eq!(browser.log_in(&Login { code: "1".into(), ..login.clone() }).status, 401);
        }
        assert!(browser.log_in(other).text().contains(&other.case_no), "another account is not locked");
    }
    let portal = court.portal();
    let browser = portal.browser();
    assert_eq!(browser.log_in(login).status, 401, "locked, with the right code, after a restart");
    for n in 0..2 {
        assert_eq!(browser.log_in(&Login { identity: format!("nobody-{n}"), ..login.clone() }).status, 401);
    }
    let sent_away = browser.log_in(other);
    assert_eq!(sent_away.status, 429);
    assert!(sent_away.text().contains("12368"));
    court.database("outer/state/outer.db").execute("UPDATE failed_login SET since_s = since_s - 901", []).unwrap();
    assert!(browser.log_in(login).text().contains(&login.case_no));
}

#[test]
fn each_login_makes_a_new_session_that_is_listed_and_can_be_ended_from_another() {
    let court = Court::new(20);
    court.up();
    let portal = court.portal();
    let login = court.logins().remove(0);
    let (one, two) = (portal.browser(), portal.browser());
    let cookie = |answer: &ferry_testkit::stage::Response| {
        let set = answer.headers.get("set-cookie").unwrap().to_str().unwrap().to_owned();
        assert!(set.contains("Secure") && set.contains("HttpOnly") && set.contains("SameSite=Lax"), "{set}");
        set.split(';').next().unwrap().to_owned()
    };
    let form = [("identity", login.identity.as_str()), ("code", login.code.as_str())];
    let first = cookie(&one.post_without_redirect("/login", &form));
    let second = cookie(&one.post_without_redirect("/login", &form));
    assert_ne!(first, second);
    let stolen = portal.browser();
    assert!(stolen.get_with_cookie(&first, "/cases").text().contains("登录查询"), "the older token is dead");
    assert!(stolen.get_with_cookie(&second, "/cases").text().contains(&login.case_no));
    two.log_in(&login);
    let list = two.get("/sessions");
    assert_eq!(list.text().matches("/end\"").count(), 2, "{}", list.text());
    two.post("/sessions/end-others", &[("csrf", &list.csrf())]);
    assert!(one.get("/cases").text().contains("登录查询"), "it was ended from elsewhere");
    // Nobody ends a session of someone else.
    let other = court.logins().into_iter().find(|l| l.identity != login.identity).unwrap();
    one.log_in(&other);
    let links = one.get("/sessions").text();
    let at = links.find("/sessions/").unwrap();
    let handle = links[at..].split('"').next().unwrap().to_owned();
    let csrf = two.get("/sessions").csrf();
    assert_eq!(two.post(&handle, &[("csrf", &csrf)]).status, 404);
    assert!(one.get("/cases").text().contains(&other.case_no));
}

#[test]
fn one_session_is_ended_from_the_page_and_the_others_continue() {
    let court = Court::new(20);
    court.up();
    let portal = court.portal();
    let login = court.logins().remove(0);
    let browsers = [(); 3].map(|()| portal.browser());
    for browser in &browsers {
        browser.log_in(&login);
    }
    let [this, other, third] = &browsers;
    let ends = |browser: &Browser| -> BTreeMap<bool, Vec<String>> {
        let mut ends: BTreeMap<bool, Vec<String>> = BTreeMap::new();
        for line in browser.get("/sessions").text().split("<li class=\"card\">").skip(1) {
            let at = line.find("action=\"/sessions/").unwrap() + 8;
            ends.entry(line.contains("当前设备")).or_default().push(line[at..].split('"').next().unwrap().to_owned());
        }
        ends
    };
    let is_in = |browser: &Browser| browser.get("/cases").text().contains(&login.case_no);
    // What another browser calls its own session is how this one ends it.
    let links = ends(other)[&true].clone();
    assert!(links.len() == 1 && ends(this)[&false].contains(&links[0]), "{links:?} {:?}", ends(this));
    let csrf = this.get("/sessions").csrf();
    assert_eq!(this.post(&links[0], &[("csrf", "0")]).status, 403);
    assert!(is_in(other), "only a form of the page ends it");
    let after = this.post(&links[0], &[("csrf", &csrf)]);
    assert!(after.status == 200 && !after.text().contains(&links[0]), "the list is shown without it");
    assert_eq!([this, other, third].map(is_in), [true, false, true]);
    assert_eq!(this.post(&links[0], &[("csrf", &csrf)]).status, 404, "it ended before");
    // One's own ends too.
    this.post(&ends(this)[&true][0], &[("csrf", &csrf)]);
    assert_eq!([this, other, third].map(is_in), [false, false, true]);
}

#[test]
fn a_session_ends_when_the_court_withdraws_the_login_and_when_it_expires() {
    let court = Court::new(20);
    court.up();
    let portal = court.portal();
    let login = court.logins().remove(0);
    let browser = portal.browser();
    browser.log_in(&login);
    court
        .database("outer/state/outer.db")
        .execute("UPDATE session SET started_s = started_s - 8 * 3600 - 1", [])
        .unwrap();
    assert!(browser.get("/cases").text().contains("登录查询"));
    // A new code: who had the old one is out.
    browser.log_in(&login);
    let renew = "UPDATE RY SET CXM = '73519264', GXSJ = '2098-01-01 00:00:00' WHERE ZJHM = ?1";
    court.platform().execute(renew, [&login.identity]).unwrap();
    court.up();
    assert!(browser.get("/cases").text().contains("登录查询"));
    let login = Login { code: "73519264".into(), ..login };
    assert!(browser.log_in(&login).text().contains(&login.case_no));
    court.platform().execute("DELETE FROM RY WHERE ZJHM = ?1", [&login.identity]).unwrap();
    assert!(court.try_agent("inner", &["export", "--full"]).status.success());
    court.carry("up");
    court.agent("outer", "ingest");
    assert!(browser.get("/cases").text().contains("登录查询"));
}
