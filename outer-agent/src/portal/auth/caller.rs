//! Who sent a request and from where, before anything is known of their rights.

use crate::config::channels::PAGES;
use axum::http::{HeaderMap, header};
use ferry_format::names::is_deceptive;
use rustls::pki_types::CertificateDer;
use std::net::{IpAddr, Ipv6Addr};

/// Longest user agent that is kept, in bytes.
const USER_AGENT_BYTES_MAX: usize = 400;

/// Someone who wants to read.
pub struct Reader {
    /// Token of the session; not looked up yet.
    pub token: Option<String>,
    /// The client channel. A session is valid in its own channel only.
    pub via: String,
}

/// Someone who wants to change something. Only a form of the session's own pages, or a client channel with its own
/// credential, makes one.
pub struct Actor {
    /// The session.
    pub reader: Reader,
    /// CSRF token of the form. A client channel needs none: no browser sends its credential by itself.
    pub csrf: Option<String>,
    /// `Idempotency-Key` of a client channel: a repeated request counts once.
    pub idempotency_key: Option<String>,
}

impl Reader {
    /// From a request for a page.
    pub fn of_page(token: Option<String>) -> Self {
        Self { token, via: PAGES.into() }
    }
}

impl Actor {
    /// From a form of a page.
    pub fn of_form(token: Option<String>, csrf: String) -> Self {
        Self { reader: Reader::of_page(token), csrf: Some(csrf), idempotency_key: None }
    }
}

/// Where a request came from.
#[derive(Clone)]
pub struct Visitor {
    /// Address of the visitor.
    pub address: IpAddr,
    /// User agent as the browser reports it.
    pub user_agent: String,
}

impl Visitor {
    /// Reads the user agent without invisible and direction characters.
    pub fn new(address: IpAddr, headers: &HeaderMap) -> Self {
        let raw = headers.get(header::USER_AGENT).and_then(|v| v.to_str().ok()).unwrap_or_default();
        let mut user_agent: String = raw.chars().filter(|c| !is_deceptive(*c)).collect();
        user_agent.truncate(user_agent.floor_char_boundary(USER_AGENT_BYTES_MAX));
        Self { address, user_agent }
    }
}

/// The certificate that a client presented, in the extensions of every request; `None` where the listener requests none.
#[derive(Clone, Debug)]
pub struct PeerCertificate(pub Option<CertificateDer<'static>>);

/// The network that counts as one address: a household has a whole /64 of IPv6.
pub fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ipv6_household_counts_as_one_network() {
        let of = |a: &str| network(a.parse().unwrap());
        assert_eq!(of("2001:db8:1:2:3:4:5:6"), of("2001:db8:1:2:ffff::1"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
    }
}
