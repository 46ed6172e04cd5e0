//! Ten thousand guesses at log-ins (article 9): what they find, what they cost, and what they leave behind.

use crate::support::tls_client::{metric, tls};
use ferry_testkit::stage::{Browser, Court, Login, Portal, Response, read_response};
use std::collections::BTreeMap;
use std::io::{Read, Write};

const GUESSES: usize = 10_000;
/// Visitors who guess at once, fewer than the attempts that may wait for their turn.
const GUESSERS: usize = 8;
/// Guesses of one visitor that are sent before the first is answered.
const GUESSES_AT_ONCE: usize = 50;
/// Where the guesses at one account, those at many, and everybody else come from.
const ONE: &str = "203.0.113.7";
const MANY: &str = "203.0.113.8";
const ELSEWHERE: &str = "198.51.100.1";
/// Failed attempts after which an address is sent away, as configured, and those that were under way by then.
const LOOKED_AT: std::ops::RangeInclusive<usize> = 20..=22;

/// A log-in through the court's reverse proxy.
fn log_in(portal: &Portal, browser: &Browser, from: &str, identity: &str, code: &str) -> Response {
    let request = browser.agent.post(format!("{}/login", portal.base)).header("X-Forwarded-For", from);
    read_response(request.send_form([("identity", identity), ("code", code)]))
}

/// Guesses from one address over a few connections, some at once on each; gives how often each status was answered.
fn guess(portal: &Portal, from: &str, guesses: &[(String, String)]) -> BTreeMap<u16, usize> {
    let mut statuses = BTreeMap::new();
    std::thread::scope(|scope| {
        let share = guesses.len().div_ceil(GUESSERS);
        let guessers = guesses.chunks(share).map(|share| scope.spawn(move || guess_on(portal, from, share)));
        let guessers: Vec<_> = guessers.collect();
        for status in guessers.into_iter().flat_map(|guesser| guesser.join().unwrap()) {
            *statuses.entry(status).or_default() += 1;
        }
    });
    statuses
}

/// The same over one connection; gives the statuses in order.
fn guess_on(portal: &Portal, from: &str, guesses: &[(String, String)]) -> Vec<u16> {
    let mut stream = tls(portal, rustls::ALL_VERSIONS);
    let (mut statuses, mut buffer) = (Vec::new(), vec![0; 1 << 16]);
    for some in guesses.chunks(GUESSES_AT_ONCE) {
        let requests = some.iter().map(|(identity, code)| {
            let form = format!("identity={identity}&code={code}");
            format!(
                "POST /login HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: {from}\r\nContent-Length: {}\r\n\
                 Content-Type: application/x-www-form-urlencoded\r\n\r\n{form}",
                form.len()
            )
        });
        stream.write_all(requests.collect::<String>().as_bytes()).unwrap();
        let mut text = String::new();
        while !text.ends_with("</html>") || text.matches("HTTP/1.1 ").count() < some.len() {
            let length = stream.read(&mut buffer).unwrap();
            assert!(length > 0, "it closed the connection: {text}");
            text += &String::from_utf8_lossy(&buffer[..length]);
        }
        statuses.extend(text.split("HTTP/1.1 ").skip(1).map(|answer| answer[..3].parse::<u16>().unwrap()));
    }
    statuses
}

#[test]
fn article_9_ten_thousand_guesses_find_nothing_and_lock_out_nobody_else() {
    let court = Court::new(20);
    court.up();
    court.edit("outer.toml", "trusted-proxies = []", "trusted-proxies = [\"127.0.0.1\"]");
    // Each that is looked at costs a hash; how the rest are answered does not depend on the number.
    court.edit("outer.toml", "failures-per-address = 100", "failures-per-address = 20");
    let logins = court.logins();
    let (login, other) = (&logins[0], logins.iter().find(|l| l.identity != logins[0].identity).unwrap());
    let attempts =
        |sql: &str| -> i64 { court.database("outer/state/outer.db").query_row(sql, [], |r| r.get(0)).unwrap() };
    let still_holds = |portal: &Portal| {
        let browser = portal.browser();
        let try_in = |from: &str, l: &Login| log_in(portal, &browser, from, &l.identity, &l.code);
        assert_eq!(try_in(ELSEWHERE, login).status, 401, "the account is locked, for the right code too");
        assert_eq!(try_in(ONE, other).status, 429, "the address is sent away, with anybody's right code");
        assert!(try_in(ELSEWHERE, other).text().contains(&other.case_no), "nobody else is locked out");
    };
    {
        let portal = court.portal();
        let codes: Vec<(String, String)> = (0..GUESSES)
            .map(|n| (login.identity.clone(), format!("{n:08}")))
            .filter(|(_, c)| *c != login.code)
            .collect();
        assert_eq!(codes.len(), GUESSES);
        let statuses = guess(&portal, ONE, &codes);
        assert_eq!(statuses.keys().collect::<Vec<_>>(), [&401, &429], "{statuses:?}");
        assert!(LOOKED_AT.contains(&statuses[&401]), "the rest cost nothing: {statuses:?}");
        let refused = "ferry_requests_total{route=\"/login\",status=\"ClientError\"}";
        assert_eq!(metric(&portal, refused), GUESSES as f64);
        assert_eq!(metric(&portal, "ferry_log_in_failures_total"), statuses[&401] as f64);
        assert_eq!(attempts("SELECT count(*) FROM failed_login"), 2, "the account and the address");
        still_holds(&portal);
        let log = portal.log();
        for (_, code) in codes.iter().step_by(97).chain([&codes[GUESSES - 1]]) {
            assert!(!log.contains(code.as_str()), "what was typed stands nowhere: {log}");
        }
    }
    let portal = court.portal();
    still_holds(&portal);
    // Unknown numbers leave no more rows than the attempts of one address.
    let strangers: Vec<(String, String)> = (0..GUESSES / 10).map(|n| (format!("nobody-{n}"), "1".into())).collect();
    let before = attempts("SELECT count(*) FROM failed_login");
    let statuses = guess(&portal, MANY, &strangers);
    assert!(LOOKED_AT.contains(&statuses[&401]), "{statuses:?}");
    assert_eq!(attempts("SELECT count(*) FROM failed_login") - before, statuses[&401] as i64 + 1);
    assert_eq!(attempts("SELECT count(*) FROM session"), 2, "of the two right log-ins");
}
