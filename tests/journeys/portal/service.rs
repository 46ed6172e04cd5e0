//! Electronic service (articles 6 and 11): four times, one receipt, and nothing that makes one unasked.

use crate::support::tls_client::{large_document, narrow};
use ferry_format::record::Record;
use ferry_testkit::stage::{Browser, Court, Login, Response};
use rusqlite::Connection;
use std::io::{Read, Write};

/// A court whose first party has a document to be served, logged in on its case's page.
struct Served {
    court: Court,
    login: Login,
    action: String,
}

fn served() -> Served {
    let court = Court::new(20);
    court.up();
    let login = court.logins().remove(0);
    let portal = court.portal();
    let browser = portal.browser();
    browser.log_in(&login);
    let page = browser.get(&format!("/cases/{}", login.case_id)).text();
    let at = page.find("/documents/service/").expect("nothing is served in this case");
    let action = page[at..].split('"').next().unwrap().trim_end_matches("/open").to_owned();
    drop(portal);
    Served { court, login, action }
}

fn outer(court: &Court) -> Connection {
    court.database("outer/state/outer.db")
}

/// What crosses of the receipts, in order.
fn crossing(court: &Court) -> Vec<Record> {
    let conn = outer(court);
    let sql = "SELECT body FROM outgoing WHERE kind = 'service-receipt' ORDER BY number";
    let mut statement = conn.prepare(sql).unwrap();
    let bodies = statement.query_map([], |r| r.get::<_, Vec<u8>>(0)).unwrap();
    bodies.map(|b| Record::decode(&b.unwrap()).unwrap()).collect()
}

/// The download is recorded a moment after its last byte arrived.
fn soon(what: impl Fn() -> bool) -> bool {
    (0..100).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(20));
        what()
    })
}

fn csrf(browser: &Browser, login: &Login) -> String {
    browser.get(&format!("/cases/{}", login.case_id)).csrf()
}

fn link(answer: &Response) -> String {
    let link = answer.headers.get("location").unwrap().to_str().unwrap().to_owned();
    assert!(answer.status == 303 && link.starts_with("/files/"), "{link}");
    link
}

#[test]
fn article_11_a_receipt_has_arrival_opening_download_and_signature_and_can_be_printed() {
    let Served { court, login, action } = served();
    let portal = court.portal();
    let browser = portal.browser();
    browser.log_in(&login);
    let csrf = csrf(&browser, &login);
    // Signing for what was never opened is no signing.
    assert_eq!(browser.post(&format!("{action}/sign"), &[("csrf", &csrf)]).status, 409);
    let token = link(&browser.post_without_redirect(&format!("{action}/open"), &[("csrf", &csrf)]));
    let opened = crossing(&court);
    assert_eq!(opened.len(), 1, "the receipt is committed before the first byte");
    let (arrived_s, opened_s) = (opened[0].integer("arrived").unwrap(), opened[0].integer("opened").unwrap());
    assert!(arrived_s <= opened_s);
    assert_eq!(opened[0].integer("downloaded"), None);
    let file = browser.get(&token);
    assert!(file.bytes.starts_with(b"%PDF"));
    assert!(soon(|| crossing(&court)[0].integer("downloaded").is_some_and(|s| s >= opened_s)));
    browser.post(&format!("{action}/sign"), &[("csrf", &csrf)]);
    let signed = crossing(&court);
    assert_eq!((signed.len(), signed[0].version), (1, 1), "nothing carries it yet: completed in its place");
    assert!(signed[0].integer("signed").is_some_and(|s| s >= opened_s));
    assert_eq!(
        signed[0].text("sha256"),
        ferry_format::encoding::hex::to_hex(&ferry_format::crypto::hash::sha256(&file.bytes))
    );
    assert_eq!((signed[0].text("via"), signed[0].text("address")), ("portal", "127.0.0.1"));
    assert_eq!(signed[0].text("addressee"), signed[0].person);
    let printed = browser.get(&format!("/receipts/{}", signed[0].id)).text();
    for word in ["送达回证", "到达时间", "首次查阅时间", "下载完成时间", "签收时间", signed[0].text("sha256")]
    {
        assert!(printed.contains(word), "{word}: {printed}");
    }
    let other = court.logins().into_iter().find(|l| l.case_id != login.case_id).unwrap();
    let stranger = portal.browser();
    stranger.log_in(&other);
    let (foreign, none) = (stranger.get(&format!("/receipts/{}", signed[0].id)), stranger.get("/receipts/nothing"));
    assert_eq!((foreign.status, foreign.text()), (404, none.text()));
}

#[test]
fn article_11_a_later_event_of_a_receipt_crosses_as_a_higher_version() {
    let Served { court, login, action } = served();
    let portal = court.portal();
    let browser = portal.browser();
    browser.log_in(&login);
    let csrf = csrf(&browser, &login);
    browser.post(&format!("{action}/open"), &[("csrf", &csrf)]);
    assert!(soon(|| crossing(&court)[0].integer("downloaded").is_some()));
    court.agent("outer", "reply");
    browser.post(&format!("{action}/sign"), &[("csrf", &csrf)]);
    browser.post(&format!("{action}/sign"), &[("csrf", &csrf)]);
    let versions = crossing(&court);
    assert_eq!(
        versions.iter().map(|r| (r.version, r.integer("signed").is_some())).collect::<Vec<_>>(),
        [(1, false), (2, true)]
    );
    assert_eq!(versions[0].id, versions[1].id);
    assert_eq!(versions[0].integer("opened"), versions[1].integer("opened"));
}

#[test]
fn article_11_a_document_counts_as_downloaded_once_all_its_bytes_were_sent() {
    let Served { court, login, action } = served();
    let content = large_document(&court, "service", action.rsplit('/').next().unwrap(), 256 * 1024);
    let portal = court.portal();
    let sent = |receipt: &str| -> Vec<(i64, i64)> {
        let conn = outer(&court);
        let mut statement =
            conn.prepare("SELECT begins, ends FROM sent_range WHERE receipt = ?1 ORDER BY begins").unwrap();
        let ranges = statement.query_map([receipt], |r| Ok((r.get(0)?, r.get(1)?))).unwrap();
        ranges.map(Result::unwrap).collect()
    };
    let all = content.len() as i64;
    let open = |browser: &Browser, cookie: &str| {
        let page = browser.get_with_cookie(cookie, &format!("/cases/{}", login.case_id));
        link(&browser.post_without_redirect(&format!("{action}/open"), &[("csrf", &page.csrf())]))
    };
    let log_in = |browser: &Browser| {
        let form = [("identity", login.identity.as_str()), ("code", login.code.as_str())];
        let answer = browser.post_without_redirect("/login", &form);
        answer.headers.get("set-cookie").unwrap().to_str().unwrap().split(';').next().unwrap().to_owned()
    };

    // All of it is asked for and handed to the connection, and its reader leaves after the first of it.
    let browser = portal.browser();
    let cookie = log_in(&browser);
    let file = open(&browser, &cookie);
    let mut reader = narrow(&portal);
    write!(reader, "GET {file} HTTP/1.1\r\nHost: localhost\r\nCookie: {cookie}\r\n\r\n").unwrap();
    let mut begun = [0; 4096];
    reader.read_exact(&mut begun).unwrap();
    assert!(begun.starts_with(b"HTTP/1.1 200"));
    drop(reader);
    let first = crossing(&court).remove(0);
    assert!(soon(|| !sent(&first.id).is_empty()), "how much was sent is recorded");
    assert!(sent(&first.id)[0].1 < all, "{:?}", sent(&first.id));
    assert_eq!(crossing(&court)[0].integer("downloaded"), None);

    // Another session gets it in two parts.
    let browser = portal.browser();
    let cookie = log_in(&browser);
    let file = open(&browser, &cookie);
    let receipt = crossing(&court).remove(1);
    let part = |range: &str| {
        let request = browser.agent.get(format!("{}{file}", portal.base)).header("Range", format!("bytes={range}"));
        let mut response = request.call().unwrap();
        assert_eq!(response.status(), 206);
        response.body_mut().read_to_vec().unwrap()
    };
    assert!(part("100000-") == content[100_000..]);
    assert!(soon(|| sent(&receipt.id) == [(100_000, all)]));
    assert_eq!(crossing(&court)[1].integer("downloaded"), None);
    assert!(part("0-99999") == content[..100_000]);
    assert!(soon(|| crossing(&court)[1].integer("downloaded").is_some()));
}

#[test]
fn article_11_a_download_link_is_valid_for_its_session_for_some_minutes_and_for_visible_documents() {
    let Served { court, login, action } = served();
    let portal = court.portal();
    let browser = portal.browser();
    browser.log_in(&login);
    let form = csrf(&browser, &login);
    let token = link(&browser.post_without_redirect(&format!("{action}/open"), &[("csrf", &form)]));
    // The same person in another session, and nobody at all.
    let second = portal.browser();
    second.log_in(&login);
    assert_eq!(second.get(&token).status, 404);
    assert!(portal.browser().get(&token).text().contains("登录查询"));
    assert_eq!(browser.get(&token).status, 200);
    outer(&court).execute("UPDATE download_link SET until_s = until_s - 601", []).unwrap();
    assert_eq!(browser.get(&token).status, 404);
    outer(&court).execute("UPDATE download_link SET until_s = until_s + 601", []).unwrap();
    court.platform().execute("DELETE FROM WS WHERE WSBH = ?1", [action.rsplit('/').next().unwrap()]).unwrap();
    court.edit("inner.toml", "reconcile = \"0 3 * * 6\"", "reconcile = \"* * * * *\"");
    let full = court.try_agent("inner", &["export", "--full"]);
    assert!(full.status.success(), "{}", String::from_utf8_lossy(&full.stderr));
    court.carry("up");
    court.agent("outer", "ingest");
    assert_eq!(browser.get(&token).status, 404, "what was retracted is no longer given");
}

#[test]
fn article_11_only_the_session_s_own_form_makes_a_receipt() {
    let Served { court, login, action } = served();
    let portal = court.portal();
    let browser = portal.browser();
    browser.log_in(&login);
    let form = csrf(&browser, &login);
    assert_eq!(browser.get(&format!("{action}/open")).status, 405);
    assert_eq!(browser.get(&format!("{action}/file")).status, 404, "what is served is not just read");
    assert_eq!(browser.post(&format!("{action}/open"), &[("csrf", "0")]).status, 403);
    for origin in ["https://evil.example", "null"] {
        assert_eq!(browser.post_from(origin, &format!("{action}/open"), &[("csrf", &form)]).status, 403);
    }
    assert_eq!(crossing(&court).len(), 0);
    for _ in 0..3 {
        browser.post(&format!("{action}/open"), &[("csrf", &form)]);
    }
    assert_eq!(crossing(&court).len(), 1, "one for each person, version and session");
    let second = portal.browser();
    second.log_in(&login);
    let form = csrf(&second, &login);
    second.post(&format!("{action}/open"), &[("csrf", &form)]);
    assert_eq!(crossing(&court).len(), 2);
}

/// Ends the consents of a case on this day, in the outer store.
fn end_consents(conn: &Connection, case: &str, day: &str) {
    let bodies: Vec<Vec<u8>> = {
        let mut statement = conn.prepare("SELECT body FROM record WHERE kind = 'consent' AND case_id = ?1").unwrap();
        statement.query_map([case], |r| r.get(0)).unwrap().map(Result::unwrap).collect()
    };
    for body in bodies {
        let mut consent = Record::decode(&body).unwrap();
        consent.fields.insert("until".into(), ferry_format::record::Value::Text(day.into()));
        let sql = "UPDATE record SET body = ?1 WHERE kind = 'consent' AND id = ?2";
        conn.execute(sql, rusqlite::params![consent.encode().unwrap(), consent.id]).unwrap();
    }
}

/// What the portal answers to a party who opens a document for service, and whether the case page offers it.
fn opened(court: &Court, login: &Login, action: &str) -> (u16, bool) {
    let portal = court.portal();
    let browser = portal.browser();
    browser.log_in(login);
    let form = csrf(&browser, login);
    let answer = browser.post(&format!("{action}/open"), &[("csrf", &form)]);
    let is_offered = browser.get(&format!("/cases/{}", login.case_id)).text().contains(&format!("{action}/open"));
    assert_eq!(answer.text().contains("电子送达确认书"), answer.status == 409);
    (answer.status, is_offered)
}

#[test]
fn article_6_without_a_consent_in_force_nothing_is_served() {
    let Served { court, login, action } = served();
    end_consents(&outer(&court), &login.case_id, "2020-01-01");
    assert_eq!(opened(&court, &login, &action), (409, false));
    assert_eq!(crossing(&court).len(), 0);
}

#[test]
fn article_6_a_consent_that_ended_does_not_hold_again_because_the_clock_was_set_back() {
    let Served { court, login, action } = served();
    let yesterday = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::get("Asia/Shanghai").unwrap()).date();
    end_consents(&outer(&court), &login.case_id, &yesterday.yesterday().unwrap().to_string());
    court.set_clock("outer", -3 * 86_400);
    assert_eq!(opened(&court, &login, &action), (409, false));
    assert!(court.agent("outer", "status")["alarms"].to_string().contains("FERRY-E0653"));
    court.accept_clock("outer");
    assert_eq!(opened(&court, &login, &action).0, 200, "a person says that it is the day before yesterday");
    assert_eq!(court.agent("outer", "status")["alarms"].to_string(), "[]");
}
