//! The portal's server: TLS, connections without end or without words, ranges, numbers for the operator, and the stop.

use crate::support::tls_client::{large_document, metric, private, rest, tcp, tls};
use ferry_format::crypto::hash::sha256;
use ferry_format::encoding::hex::to_hex;
use ferry_format::record::{Record, Value};
use ferry_testkit::stage::{Court, Login, Portal};
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// Sends what is given and reads to the end of the connection.
fn say(portal: &Portal, request: &[u8]) -> String {
    let mut stream = tls(portal, rustls::ALL_VERSIONS);
    stream.write_all(request).unwrap();
    rest(&mut stream)
}

fn published(cases: u64) -> Court {
    let court = Court::new(cases);
    court.up();
    court
}

/// Puts a document of so many bytes in the place of the first guide's; gives its path and bytes.
fn large_guide(court: &Court, bytes: usize) -> (String, Vec<u8>) {
    let conn = court.database("outer/state/outer.db");
    let guide: String = conn.query_row("SELECT id FROM record WHERE kind = 'guide' LIMIT 1", [], |r| r.get(0)).unwrap();
    let content = large_document(court, "guide", &guide, bytes);
    (format!("/public/guide/{guide}/document"), content)
}

#[test]
fn tls_1_2_and_1_3_are_spoken_and_1_1_is_not() {
    let court = Court::new(20);
    let portal = court.portal();
    for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
        let mut stream = tls(&portal, &[version]);
        stream.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
        assert!(rest(&mut stream).starts_with("HTTP/1.1 200 OK"));
        assert_eq!(stream.conn.protocol_version(), Some(version.version));
    }
    // A client hello of TLS 1.1 with the suite that every client of its time had.
    let mut hello = vec![0x03, 0x02];
    hello.extend([7; 32]);
    hello.extend([0, 0, 4, 0xC0, 0x13, 0xC0, 0x14, 1, 0]);
    let mut record = vec![0x16, 0x03, 0x01, 0, hello.len() as u8 + 4, 1, 0, 0, hello.len() as u8];
    record.extend(hello);
    let mut stream = tcp(&portal);
    stream.write_all(&record).unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    assert_eq!((answer[0], answer[5]), (0x15, 2), "a fatal alert: {answer:?}");
    assert_eq!(metric(&portal, "ferry_bad_requests_total{kind=\"Handshake\"}"), 1.0);
}

#[test]
fn a_certificate_is_replaced_without_a_restart_and_a_mismatched_pair_is_ignored() {
    let court = Court::new(20);
    let portal = court.portal();
    let served = || {
        let mut stream = tls(&portal, rustls::ALL_VERSIONS);
        stream.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").ok()?;
        rest(&mut stream).starts_with("HTTP/1.1 200").then(|| stream.conn.peer_certificates().unwrap()[0].to_vec())
    };
    let eventually = |what: &str, done: &dyn Fn() -> bool| {
        let started = Instant::now();
        while !done() {
            assert!(started.elapsed() < Duration::from_secs(60), "{what} did not happen");
            std::thread::sleep(Duration::from_millis(100));
        }
    };
    let before = served().unwrap();
    // Only the certificate: the old pair stays at work.
    let made = rcgen::generate_simple_self_signed(vec!["localhost".into()]).unwrap();
    let (crt, key) = (court.path("outer/tls.crt"), court.path("outer/tls.key"));
    let old = std::fs::read(&crt).unwrap();
    std::fs::write(&crt, made.cert.pem()).unwrap();
    eventually("the refusal", &|| portal.log().contains("FERRY-E0650"));
    std::fs::write(&crt, &old).unwrap();
    assert_eq!(served().unwrap(), before);
    // Both.
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    std::fs::write(&crt, made.cert.pem()).unwrap();
    eventually("the new certificate", &|| served().is_some_and(|now| now != before));
    assert!(metric(&portal, "ferry_certificate_not_after_seconds") > 1_700_000_000.0);
}

#[test]
fn silent_and_half_open_connections_do_not_block_a_visitor() {
    let court = published(20);
    let portal = court.portal();
    let mut held = Vec::new();
    for n in 0..1500 {
        let mut stream = tcp(&portal);
        // Every other one begins a handshake and stops.
        if n % 2 == 0 {
            stream.write_all(&[0x16, 0x03, 0x01, 0x02, 0x00, 0x01]).unwrap();
        }
        held.push(stream);
    }
    let started = Instant::now();
    let browser = portal.browser();
    assert_eq!(browser.get("/").status, 200);
    assert_eq!(browser.log_in(&court.logins()[0]).status, 200);
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
    // One address has 256 places; those that came first gave way.
    assert!(metric(&portal, "ferry_connections_total{outcome=\"Evicted\"}") >= 1200.0);
    assert!(metric(&portal, "ferry_connections_open") <= 256.0);
    let first = held[0].read(&mut [0]);
    assert!(matches!(first, Ok(0)) || first.is_err_and(|e| e.kind() == ErrorKind::ConnectionReset));
}

#[test]
fn a_request_sent_byte_by_byte_is_closed() {
    let court = Court::new(20);
    let portal = court.portal();
    let mut slow = tls(&portal, rustls::ALL_VERSIONS);
    let started = Instant::now();
    for byte in b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ".iter().chain(std::iter::repeat(&b'a')) {
        if slow.write_all(&[*byte]).and_then(|()| slow.flush()).is_err() {
            break;
        }
        assert!(started.elapsed() < Duration::from_secs(40), "it is still open");
        std::thread::sleep(Duration::from_millis(200));
    }
    assert!(started.elapsed() > Duration::from_secs(5), "a slow telephone has time");
    assert_eq!(metric(&portal, "ferry_bad_requests_total{kind=\"Slow\"}"), 1.0);
    assert_eq!(portal.browser().get("/").status, 200);
}

#[test]
fn requests_refused_by_http_get_a_plain_page_with_all_headers_and_are_counted() {
    let court = published(20);
    let portal = court.portal();
    let browser = portal.browser();
    let large = browser.post("/login", &[("identity", &"1".repeat(40_000)), ("code", "1")]);
    let method = browser.post("/public/guide", &[("a", "b")]);
    let unparsed = browser.post("/login", &[("a", "b")]);
    for (answer, status, kind) in [(large, 413, "TooLarge"), (method, 405, "Method"), (unparsed, 422, "Other")] {
        assert_eq!(answer.status, status);
        assert_eq!(answer.headers.get("content-type").unwrap(), "text/html; charset=utf-8");
        assert!(answer.headers.contains_key("content-security-policy"));
        assert!(answer.text().contains("<h1>") && !answer.text().contains("deserialize"), "{}", answer.text());
        let line = format!("ferry_bad_requests_total{{kind=\"{kind}\"}}");
        assert_eq!(metric(&portal, &line), 1.0, "{line}");
    }
    for path in
        ["/../../etc/passwd", "/public/%2e%2e%2f%2e%2e/etc", "/public/guide/..%2f..%2fouter.db/document", "//", "/%00"]
    {
        let answer = say(&portal, format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").as_bytes());
        assert!(answer.starts_with("HTTP/1.1 404"), "{path}: {answer}");
        assert!(!answer.contains("/state") && !answer.contains("root:"), "{answer}");
    }
    assert!(say(&portal, b"\x16\x03 HELLO\r\n\r\n").starts_with("HTTP/1.1 400"));
    let many: String = (0..100).map(|n| format!("X-{n}: 1\r\n")).collect();
    assert!(say(&portal, format!("GET / HTTP/1.1\r\nHost: x\r\n{many}\r\n").as_bytes()).starts_with("HTTP/1.1 431"));
    assert_eq!(metric(&portal, "ferry_bad_requests_total{kind=\"Malformed\"}"), 2.0);
}

#[test]
fn a_document_is_sent_in_ranges_and_resumed_by_its_digest() {
    let court = published(20);
    let (path, content) = large_guide(&court, 1 << 20);
    let portal = court.portal();
    let browser = portal.browser();
    let url = format!("{}{path}", portal.base);
    let get = |headers: &[(&str, &str)]| {
        let mut request = browser.agent.get(&url);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut response = request.call().unwrap();
        let bytes = response.body_mut().read_to_vec().unwrap();
        (response.status().as_u16(), response.headers().clone(), bytes)
    };
    let (status, headers, bytes) = get(&[]);
    assert!(status == 200 && bytes == content);
    let tag = headers.get("etag").unwrap().to_str().unwrap().to_owned();
    assert_eq!(tag, format!("\"{}\"", to_hex(&sha256(&content))));
    assert_eq!(headers.get("cross-origin-resource-policy").unwrap(), "same-origin");
    let (status, headers, bytes) = get(&[("Range", "bytes=1000-299999"), ("If-Range", &tag)]);
    assert!(status == 206 && bytes == content[1000..300_000]);
    assert_eq!(headers.get("content-range").unwrap(), &format!("bytes 1000-299999/{}", content.len()));
    let (status, _, bytes) = get(&[("Range", "bytes=-7")]);
    assert!(status == 206 && bytes == content[content.len() - 7..]);
    assert_eq!(get(&[("Range", "bytes=5-9"), ("If-Range", "\"another\"")]).2.len(), content.len());
    assert_eq!(get(&[("Range", "bytes=0-1,4-5")]).0, 200);
    let (status, headers, _) = get(&[("Range", "bytes=1048576-")]);
    assert_eq!((status, headers.get("content-range").unwrap().to_str().unwrap()), (416, "bytes */1048576"));
    assert_eq!(metric(&portal, "ferry_bad_requests_total{kind=\"Range\"}"), 1.0);
    let (status, _, bytes) = get(&[("If-None-Match", &tag)]);
    assert_eq!((status, bytes.len()), (304, 0));
    let head = browser.agent.head(&url).call().unwrap();
    assert_eq!(head.headers().get("content-length").unwrap(), "1048576");
}

#[test]
fn article_4_a_recording_is_sent_with_its_media_type() {
    let court = published(40);
    let conn = court.database("outer/state/outer.db");
    let page_of = |login: &Login| {
        let portal = court.portal();
        let browser = portal.browser();
        browser.log_in(login);
        let page = browser.get(&format!("/cases/{}", login.case_id)).text();
        (portal, browser, page)
    };
    let (login, file) = court
        .logins()
        .into_iter()
        .find_map(|login| {
            let page = page_of(&login).2;
            let player = page.lines().find(|line| line.starts_with("<video "))?;
            let file = player.split("src=\"").nth(1)?.split('"').next()?.to_owned();
            Some((login, file))
        })
        .expect("no party has a recording");
    let (kind, id) = file.strip_prefix("/documents/").unwrap().strip_suffix("/file").unwrap().split_once('/').unwrap();
    let sql = "SELECT body FROM record WHERE kind = ?1 AND id = ?2";
    let body: Vec<u8> = conn.query_row(sql, [kind, id], |r| r.get(0)).unwrap();
    let mut record = Record::decode(&body).unwrap();
    for (media_type, player, sent, how) in [
        ("video/mp4", "<video ", "video/mp4", "inline"),
        ("video/x-m4v", "<video ", "video/x-m4v", "inline"),
        ("audio/mpeg", "<audio ", "audio/mpeg", "inline"),
        ("video/webm", "", "application/octet-stream", "attachment"),
    ] {
        for value in record.fields.values_mut() {
            if let Value::Document(document) = value {
                document.media_type = media_type.into();
            }
        }
        let sql = "UPDATE record SET body = ?3 WHERE kind = ?1 AND id = ?2";
        conn.execute(sql, rusqlite::params![kind, id, record.encode().unwrap()]).unwrap();
        let (_portal, browser, page) = page_of(&login);
        let players = page.lines().filter(|l| l.starts_with("<video ") || l.starts_with("<audio "));
        let own: Vec<_> = players.filter(|l| l.contains(&format!("src=\"{file}\""))).collect();
        assert_eq!(own.len(), usize::from(!player.is_empty()), "{media_type}: {page}");
        assert!(own.iter().all(|line| line.starts_with(player)), "{media_type}: {own:?}");
        let answer = browser.get(&file);
        assert_eq!((answer.status, answer.headers.get("content-type").unwrap().to_str().unwrap()), (200, sent));
        assert!(answer.headers.get("content-disposition").unwrap().to_str().unwrap().starts_with(how), "{media_type}");
    }
}

#[test]
fn article_7_a_public_page_is_kept_until_another_generation_is_visible() {
    let court = published(20);
    let portal = court.portal();
    let browser = portal.browser();
    let before = browser.get("/public/announcement");
    let tag = before.headers.get("etag").unwrap().to_str().unwrap().to_owned();
    let request = browser.agent.get(format!("{}/public/announcement", portal.base));
    assert_eq!(request.header("If-None-Match", &tag).call().unwrap().status(), 304);
    for header in ["content-security-policy", "strict-transport-security", "x-content-type-options"] {
        assert!(browser.get("/public/announcement").headers.contains_key(header), "{header}");
    }
    // Something is published: the page is another one at once.
    let another = "CREATE TEMP TABLE another AS SELECT * FROM GG LIMIT 1;
        UPDATE another SET GGBH = 'GG-later', BT = '后来的公告'; INSERT INTO GG SELECT * FROM another";
    court.platform().execute_batch(another).unwrap();
    court.up();
    let after = browser.get("/public/announcement");
    assert!(!before.text().contains("后来的公告") && after.text().contains("后来的公告"));
    assert!(after.headers.get("etag").unwrap() != tag.as_str());
    // A visitor with a session gets a private page, which is not cached.
    browser.log_in(&court.logins()[0]);
    assert_eq!(browser.get("/public/announcement").headers.get("cache-control").unwrap(), "no-store");
}

#[test]
fn the_operator_sees_health_and_numbers_and_no_number_of_a_person() {
    let court = Court::new(20);
    let portal = court.portal();
    assert!(private(&portal, "/health").starts_with("HTTP/1.1 200"));
    let ready = private(&portal, "/ready");
    assert!(
        ready.starts_with("HTTP/1.1 503") && (ready.contains("尚未公布") || ready.contains("nothing published")),
        "{ready}"
    );
    court.up();
    assert!(private(&portal, "/ready").starts_with("HTTP/1.1 200"));
    let login = court.logins().remove(0);
    let browser = portal.browser();
    browser.log_in(&Login { code: "0".into(), ..login.clone() });
    browser.log_in(&login);
    browser.get(&format!("/cases/{}", login.case_id));
    let text = private(&portal, "/metrics");
    for line in [
        "ferry_requests_total{route=\"/cases/{id}\",status=\"Success\"} 1",
        "ferry_log_in_failures_total 1",
        "ferry_receipts_total 0",
        "ferry_visible_generation 1",
        "ferry_request_duration_seconds_count{route=\"/login\"} 2",
    ] {
        assert!(text.contains(line), "{line} is not in\n{text}");
    }
    assert!(!text.contains(&login.case_id) && !text.contains(&login.identity) && !text.contains(&login.case_no));
    assert!(!court.all_secrets().iter().any(|secret| text.contains(secret.as_str())));
    // The portal's own listener tells nothing of it.
    assert_eq!(browser.get("/metrics").status, 404);
    court.edit("outer.toml", "127.0.0.1:9443", "0.0.0.0:9443");
    assert!(court.refused("outer", "check-config", 78).contains("FERRY-E0651"));
    court.edit("outer.toml", "0.0.0.0:9443", "127.0.0.1:9443");
    assert!(court.try_agent("outer", &["check-config"]).status.success());
}

#[test]
fn forged_sessions_forged_forms_and_missing_pages_are_counted_separately() {
    let court = published(20);
    let portal = court.portal();
    let counted = || {
        ["Session", "Forged", "NotFound"].map(|k| metric(&portal, &format!("ferry_bad_requests_total{{kind=\"{k}\"}}")))
    };
    let (login, browser) = (court.logins().remove(0), portal.browser());
    browser.log_in(&login);
    assert_eq!(counted(), [0.0; 3]);
    // A session that nobody has, where one is needed and on a page that is open to everyone.
    let forged = format!("__Host-ferry={}", "0".repeat(64));
    for (path, so_far) in [("/cases", 1.0), ("/", 2.0)] {
        assert_eq!(portal.browser().get_with_cookie(&forged, path).status, 200);
        assert_eq!(counted(), [so_far, 0.0, 0.0], "{path}");
    }
    assert!(portal.browser().get_with_cookie("__Host-ferry=", "/cases").text().contains("登录查询"));
    browser.post("/sessions/end-others", &[("csrf", "0")]);
    assert_eq!(counted(), [2.0, 1.0, 0.0]);
    browser.get("/nowhere");
    assert_eq!(counted(), [2.0, 1.0, 1.0]);
    // One that was left alone too long ended, and was not made up.
    court.database("outer/state/outer.db").execute("UPDATE session SET seen_s = seen_s - 86400", []).unwrap();
    assert!(browser.get("/cases").text().contains("登录查询"));
    assert_eq!(counted(), [2.0, 1.0, 1.0]);
}

#[test]
fn a_stop_finishes_only_the_downloads_in_progress() {
    let court = published(20);
    let (path, content) = large_guide(&court, 48 << 20);
    let mut portal = court.portal();
    let mut silent = tcp(&portal);
    let mut stream = tls(&portal, rustls::ALL_VERSIONS);
    write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    let mut answer = vec![0; 1 << 20];
    stream.read_exact(&mut answer).unwrap();
    portal.signal("TERM");
    assert!(!matches!(silent.read(&mut [0]), Ok(1..)), "a connection without a request is closed");
    std::thread::sleep(Duration::from_millis(300));
    assert!(TcpStream::connect(("127.0.0.1", portal.port())).is_err(), "nobody new is let in");
    stream.read_to_end(&mut answer).unwrap();
    assert!(answer.ends_with(&content) && answer.len() < content.len() + 2000);
    assert!(portal.wait().success());
}
