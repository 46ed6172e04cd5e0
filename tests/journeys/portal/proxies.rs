//! Whose word on a visitor's address the portal takes, and how many connections it keeps in all.

use crate::support::tls_client::{metric, tcp};
use ferry_testkit::stage::{Court, Login, Portal};

/// Logs in with a claim of where the visitor is, and gives the address that the session remembers.
fn remembered(court: &Court, portal: &Portal, login: &Login, forwarded: &str) -> String {
    let browser = portal.browser();
    let request = browser.agent.post(format!("{}/login", portal.base)).header("X-Forwarded-For", forwarded);
    request.send_form([("identity", login.identity.as_str()), ("code", login.code.as_str())]).unwrap();
    let outer = court.database("outer/state/outer.db");
    let address = outer.query_row("SELECT address FROM session", [], |r| r.get(0)).unwrap();
    assert!(browser.get("/sessions").text().contains(&address));
    outer.execute("DELETE FROM session", []).unwrap();
    address
}

#[test]
fn only_a_configured_proxy_is_believed_about_a_visitor_s_address() {
    let court = Court::new(12);
    court.up();
    let login = court.logins().remove(0);
    {
        let portal = court.portal();
        assert_eq!(remembered(&court, &portal, &login, "203.0.113.9"), "127.0.0.1", "anybody can claim that");
    }
    court.edit("outer.toml", "trusted-proxies = []", "trusted-proxies = [\"127.0.0.1\", \"10.0.0.2\"]");
    let portal = court.portal();
    for (forwarded, address) in [
        ("203.0.113.9", "203.0.113.9"),
        ("198.51.100.66, 203.0.113.9, 10.0.0.2", "203.0.113.9"),
        ("2001:db8::7", "2001:db8::7"),
        ("nonsense", "127.0.0.1"),
    ] {
        assert_eq!(remembered(&court, &portal, &login, forwarded), address, "{forwarded}");
    }
}

#[test]
fn a_proxy_has_no_limit_of_its_own_and_all_connections_together_have_one() {
    let court = Court::new(12);
    court.up();
    court.edit("outer.toml", "connections-max = 4096", "connections-max = 30");
    court.edit("outer.toml", "connections-per-address-max = 256", "connections-per-address-max = 4");
    let hold = |portal: &Portal, number: usize| (0..number).map(|_| tcp(portal)).collect::<Vec<_>>();
    let evicted = |portal: &Portal| metric(portal, "ferry_connections_total{outcome=\"Evicted\"}");
    {
        let portal = court.portal();
        let _held = hold(&portal, 20);
        assert_eq!(portal.browser().get("/").status, 200);
        assert_eq!(evicted(&portal), 17.0, "one address has four places");
    }
    court.edit("outer.toml", "trusted-proxies = []", "trusted-proxies = [\"127.0.0.1\"]");
    let portal = court.portal();
    let mut held = hold(&portal, 20);
    assert_eq!(portal.browser().get("/").status, 200);
    assert_eq!(evicted(&portal), 0.0, "a proxy speaks for many");
    held.extend(hold(&portal, 20));
    let browser = portal.browser();
    assert!(browser.log_in(&court.logins()[0]).text().contains(&court.logins()[0].case_no), "a visitor comes in");
    assert_eq!(metric(&portal, "ferry_connections_open"), 30.0);
    assert!(evicted(&portal) >= 11.0);
}
