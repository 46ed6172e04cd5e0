//! How long the portal waits for a client that has begun and sends nothing more.

use crate::support::tls_client::{metric, tcp, tls};
use ferry_testkit::stage::{Court, Portal};
use std::io::{ErrorKind, Read, Write};

/// Reads until the portal closes the connection; fails when it keeps it.
fn until_closed(mut stream: impl Read, who: &str) -> String {
    let mut text = Vec::new();
    let ended = stream.read_to_end(&mut text);
    let kept = |e: &std::io::Error| matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut);
    assert!(!ended.is_err_and(|e| kept(&e)), "{who}: it is kept");
    String::from_utf8_lossy(&text).into_owned()
}

/// Sends this much and nothing else.
fn begin(portal: &Portal, text: &str) -> String {
    let mut stream = tls(portal, rustls::ALL_VERSIONS);
    stream.write_all(text.as_bytes()).unwrap();
    until_closed(stream, text)
}

#[test]
fn a_client_that_stops_sending_is_disconnected_wherever_it_stopped() {
    let court = Court::new(5);
    let portal = court.portal();
    let form =
        "Host: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 40\r\n\r\nidentity=1";
    std::thread::scope(|scope| {
        // Before the handshake, and in the middle of it.
        for hello in [&[][..], &[0x16, 0x03, 0x01, 0x02, 0x00, 0x01][..]] {
            let portal = &portal;
            scope.spawn(move || {
                let mut stream = tcp(portal);
                stream.write_all(hello).unwrap();
                until_closed(stream, "no handshake");
            });
        }
        // In the middle of a body: it gets a response, in the form of its listener.
        for (path, kind, word) in
            [("/login", "text/html", "<h1>"), ("/api/v1/sessions", "application/problem+json", "\"status\":408")]
        {
            let portal = &portal;
            scope.spawn(move || {
                let output = begin(portal, &format!("POST {path} HTTP/1.1\r\n{form}"));
                assert!(output.starts_with("HTTP/1.1 408 "), "{path}: {output}");
                assert!(output.contains(kind) && output.contains(word), "{path}: {output}");
            });
        }
        // Before a request.
        scope.spawn(|| assert_eq!(begin(&portal, ""), ""));
        // After an answer, on a connection that is kept for the next request.
        let output = begin(&portal, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
        assert!(output.starts_with("HTTP/1.1 200 ") && output.matches("HTTP/1.1").count() == 1, "{output}");
    });
    assert_eq!(metric(&portal, "ferry_bad_requests_total{kind=\"Handshake\"}"), 2.0);
    assert_eq!(metric(&portal, "ferry_connections_open"), 0.0);
    assert_eq!(portal.browser().get("/").status, 200);
}
