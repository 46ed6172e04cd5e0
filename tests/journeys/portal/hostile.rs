//! Bad input at the portal: refused with a plain page, and nothing is leaked or changed.

use ferry_format::record::Record;
use ferry_testkit::stage::{Browser, Court, Login, Portal, Response, read_response};

fn logged_in(portal: &Portal, login: &Login) -> Browser {
    let browser = portal.browser();
    browser.log_in(login);
    browser
}

/// A record of a kind that belongs to this case, or to another one.
fn of_case(court: &Court, kind: &str, case: &str, same: bool) -> Record {
    let how = if same { "=" } else { "<>" };
    let sql = format!("SELECT body FROM record WHERE kind = ?1 AND case_id {how} ?2 LIMIT 1");
    let body: Vec<u8> = court.database("outer/state/outer.db").query_row(&sql, [kind, case], |r| r.get(0)).unwrap();
    Record::decode(&body).unwrap()
}

#[test]
fn another_party_s_document_gets_the_same_response_as_one_that_does_not_exist() {
    let court = Court::new(60);
    court.up();
    let portal = court.portal();
    let login = court.logins().remove(0);
    let browser = logged_in(&portal, &login);
    let csrf = browser.get("/cases").csrf();
    for kind in ["ruling", "notice", "service", "recording", "file-document"] {
        let foreign = of_case(&court, kind, &login.case_id, false);
        let get = |id: &str| browser.get(&format!("/documents/{kind}/{id}/file"));
        let (foreign_response, none) = (get(&foreign.id), get("nothing"));
        assert_eq!((foreign_response.status, foreign_response.text()), (404, none.text()), "{kind}");
        for act in ["open", "sign"] {
            let post = |id: &str| browser.post(&format!("/documents/{kind}/{id}/{act}"), &[("csrf", &csrf)]);
            let (foreign_response, none) = (post(&foreign.id), post("nothing"));
            assert_eq!((foreign_response.status, foreign_response.text()), (404, none.text()), "{kind} {act}");
        }
    }
    // What is for the program alone is no document of anybody's.
    for kind in ["login", "consent", "withheld", "service-receipt", "no-such-kind"] {
        assert_eq!(browser.get(&format!("/documents/{kind}/x/file")).status, 404);
        assert_eq!(browser.get(&format!("/public/{kind}")).status, 404);
    }
    let sql = "SELECT count(*) FROM outgoing";
    let waiting: i64 = court.database("outer/state/outer.db").query_row(sql, [], |r| r.get(0)).unwrap();
    assert_eq!(waiting, 0);
}

#[test]
fn article_4_and_5_what_is_not_served_is_read_without_a_receipt() {
    let court = Court::new(60);
    court.up();
    let portal = court.portal();
    let mut read = 0;
    for login in court.logins().iter().take(10) {
        let browser = logged_in(&portal, login);
        for kind in ["ruling", "recording", "file-document"] {
            let sql = "SELECT body FROM record WHERE kind = ?1 AND case_id = ?2";
            let conn = court.database("outer/state/outer.db");
            let mut statement = conn.prepare(sql).unwrap();
            let bodies = statement.query_map([kind, &login.case_id], |r| r.get::<_, Vec<u8>>(0)).unwrap();
            for record in bodies.map(|b| Record::decode(&b.unwrap()).unwrap()) {
                let file = browser.get(&format!("/documents/{kind}/{}/file", record.id));
                let document = record.documents().next().unwrap();
                assert_eq!(file.status, 200, "{kind} {}", record.id);
                assert_eq!(ferry_format::crypto::hash::sha256(&file.bytes), document.sha256);
                assert_eq!(file.headers.get("cache-control").unwrap(), "no-store");
                assert_eq!(file.headers.get("x-content-type-options").unwrap(), "nosniff");
                read += 1;
            }
        }
    }
    assert!(read > 5);
    let sql = "SELECT (SELECT count(*) FROM receipt) + (SELECT count(*) FROM outgoing)";
    assert_eq!(court.database("outer/state/outer.db").query_row(sql, [], |r| r.get::<_, i64>(0)).unwrap(), 0);
}

/// Gets a path with headers; what is answered without its time.
fn get_with(portal: &Portal, browser: &Browser, path: &str, headers: &[(&str, &str)]) -> Response {
    let mut request = browser.agent.get(format!("{}{path}", portal.base));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let mut answer = read_response(request.call());
    answer.headers.remove("date");
    answer
}

#[test]
fn articles_4_5_a_case_document_is_sent_in_ranges_and_another_party_s_never() {
    let court = Court::new(60);
    court.up();
    let portal = court.portal();
    let outer = court.database("outer/state/outer.db");
    let sql = "SELECT body FROM record WHERE kind IN ('ruling', 'recording', 'file-document') AND case_id = ?1 LIMIT 1";
    let found = court.logins().into_iter().find_map(|login| {
        let body = outer.query_row(sql, [&login.case_id], |r| r.get::<_, Vec<u8>>(0)).ok()?;
        Some((login, Record::decode(&body).unwrap()))
    });
    let (login, record) = found.expect("nobody's case has a document");
    let browser = logged_in(&portal, &login);
    let path = format!("/documents/{}/{}/file", record.kind, record.id);
    let get = |headers: &[(&str, &str)]| get_with(&portal, &browser, &path, headers);
    let whole = get(&[("Accept-Encoding", "gzip, br, zstd, deflate")]);
    let (bytes, tag) = (&whole.bytes, whole.headers.get("etag").unwrap().to_str().unwrap());
    assert_eq!(
        ferry_format::crypto::hash::sha256(bytes),
        record.documents().next().unwrap().sha256,
        "as it is, not packed"
    );
    assert!(!whole.headers.contains_key("content-encoding"));
    assert_eq!(whole.headers.get("accept-ranges").unwrap(), "bytes");
    for headers in [vec![("Range", "bytes=10-99")], vec![("Range", "bytes=10-99"), ("If-Range", tag)]] {
        let part = get(&headers);
        assert_eq!((part.status, &part.bytes[..]), (206, &bytes[10..100]));
        assert_eq!(part.headers.get("content-range").unwrap(), &format!("bytes 10-99/{}", bytes.len()));
        assert_eq!(part.headers.get("cache-control").unwrap(), "no-store");
        assert!(!part.headers.contains_key("content-encoding"));
    }
    let another = get(&[("Range", "bytes=10-99"), ("If-Range", "\"another\"")]);
    assert_eq!((another.status, &another.bytes), (200, bytes), "a part of something else is no part of this");
    let beyond = format!("bytes={}-", bytes.len());
    let nothing = get(&[("Range", &beyond)]);
    assert_eq!(
        (nothing.status, nothing.headers.get("content-range").unwrap().to_str().unwrap()),
        (416, &*format!("bytes */{}", bytes.len()))
    );
    // Nothing in the answer tells another party's document from one that does not exist, nor how long it is.
    let foreign = of_case(&court, &record.kind, &login.case_id, false);
    for headers in [
        vec![],
        vec![("Range", "bytes=0-9")],
        vec![("Range", &*beyond)],
        vec![("Range", "bytes=0-9"), ("If-Range", tag)],
    ] {
        let ask = |id: &str| get_with(&portal, &browser, &format!("/documents/{}/{id}/file", record.kind), &headers);
        let (foreign_response, none) = (ask(&foreign.id), ask("nothing"));
        assert_eq!(
            (foreign_response.status, &foreign_response.bytes, &foreign_response.headers),
            (404, &none.bytes, &none.headers),
            "{headers:?}"
        );
    }
    let stranger = get_with(&portal, &portal.browser(), &path, &[("Range", "bytes=0-9")]);
    assert!(stranger.status == 200 && stranger.text().contains("name=\"identity\""), "a login is requested");
}

#[test]
fn forged_sessions_and_forms_are_refused() {
    let court = Court::new(20);
    court.up();
    let portal = court.portal();
    let login = court.logins().remove(0);
    let stranger = portal.browser();
    for cookie in ["__Host-ferry=", "__Host-ferry=0", "__Host-ferry=' OR 1=1 --", "ferry=1", "__Host-ferry=é"] {
        assert!(stranger.get_with_cookie(cookie, "/cases").text().contains("name=\"identity\""), "{cookie}");
    }
    let long = format!("__Host-ferry={}", "a".repeat(4000));
    assert!(stranger.get_with_cookie(&long, "/cases").text().contains("name=\"identity\""));
    // The form of one session is no form of another.
    let (one, two) = (logged_in(&portal, &login), logged_in(&portal, &login));
    let csrf = one.get("/cases").csrf();
    assert_eq!(two.post("/logout", &[("csrf", &csrf)]).status, 403);
    assert_eq!(two.post("/logout", &[]).status, 422);
    assert!(two.get("/cases").text().contains(&login.case_no));
    // A page elsewhere cannot make the browser act, with or without the form's token.
    let csrf = two.get("/cases").csrf();
    for path in ["/logout", "/sessions/end-others", &format!("/cases/{}/messages", login.case_id)] {
        let foreign = two.post_from("https://evil.example", path, &[("csrf", &csrf), ("text", "x")]);
        assert_eq!(foreign.status, 403, "{path}");
    }
    assert!(two.get("/cases").text().contains(&login.case_no));
}

#[test]
fn path_traversal_finds_nothing() {
    let court = Court::new(20);
    court.up();
    let portal = court.portal();
    let browser = logged_in(&portal, &court.logins()[0]);
    for path in [
        "/documents/ruling/..%2f..%2fouter.db/file",
        "/documents/ruling/%00/file",
        "/public/guide/%2e%2e%2f%2e%2e%2fetc%2fpasswd/document",
        "/files/..%2f..%2fouter%2ftls.key",
        "/receipts/%27%20OR%201=1%20--",
        "/cases/%E2%80%AE",
        "/style.css/../outer.toml",
        "/.git/config",
        "//etc/passwd",
        "/%ff%fe",
    ] {
        let answer = browser.get(path);
        assert!((400..500).contains(&answer.status), "{path}: {}", answer.status);
        let text = answer.text();
        assert!(!text.contains("root:") && !text.contains("PRIVATE KEY") && !text.contains("panicked"), "{path}");
    }
}
