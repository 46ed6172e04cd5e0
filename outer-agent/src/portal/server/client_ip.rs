//! Where a request comes from: the connection's other end, or whom a trusted proxy names.

use axum::http::HeaderMap;
use rustls::pki_types::CertificateDer;
use std::net::{IpAddr, SocketAddr};

/// Set by proxies, each adding whom it was called by.
const FORWARDED: &str = "x-forwarded-for";

/// The certificate that a client showed, in the extensions of every request; none where the listener asks for none.
#[derive(Clone, Debug)]
pub struct PeerCertificate(pub Option<CertificateDer<'static>>);

/// Whose word on addresses is taken.
#[derive(Clone, Debug)]
pub struct Proxies(pub Vec<IpAddr>);

impl Proxies {
    /// Whether the other end of a connection is one of them.
    pub fn include(&self, address: IpAddr) -> bool {
        self.0.contains(&address.to_canonical())
    }

    /// The visitor's address: of what a trusted proxy forwarded, the last hop that is no trusted proxy itself. Everything
    /// before that hop is the visitor's own claim.
    pub fn visitor(&self, peer: SocketAddr, headers: &HeaderMap) -> SocketAddr {
        if self.0.is_empty() || !self.include(peer.ip()) {
            return peer;
        }
        let hops = headers.get_all(FORWARDED).iter().filter_map(|v| v.to_str().ok()).flat_map(|v| v.split(','));
        let hops: Vec<_> = hops.map(|hop| hop.trim().parse::<IpAddr>()).collect();
        let mut untrusted = hops.into_iter().rev().skip_while(|hop| hop.as_ref().is_ok_and(|a| self.include(*a)));
        match untrusted.next() {
            Some(Ok(address)) => SocketAddr::new(address, 0),
            _ => peer,
        }
    }
}

/// What counts as one address: a household has a whole /64 of IPv6.
pub fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            IpAddr::V6(std::net::Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn visitor(peer: &str, forwarded: &str) -> String {
        let proxies = Proxies(vec!["10.0.0.1".parse().unwrap(), "10.0.0.2".parse().unwrap()]);
        let mut headers = HeaderMap::new();
        headers.insert(FORWARDED, forwarded.parse().unwrap());
        proxies.visitor(SocketAddr::new(peer.parse().unwrap(), 443), &headers).ip().to_string()
    }

    #[test]
    fn only_a_trusted_proxy_names_the_visitor_and_only_the_last_hop_counts() {
        assert_eq!(visitor("10.0.0.1", "1.2.3.4"), "1.2.3.4");
        assert_eq!(visitor("::ffff:10.0.0.1", "6.6.6.6, 1.2.3.4, 10.0.0.2"), "1.2.3.4");
        assert_eq!(visitor("5.5.5.5", "1.2.3.4"), "5.5.5.5");
        assert_eq!(visitor("10.0.0.1", "1.2.3.4, nonsense"), "10.0.0.1");
        assert_eq!(visitor("10.0.0.1", "10.0.0.2"), "10.0.0.1");
    }

    #[test]
    fn a_household_is_one_network() {
        let of = |a: &str| network(a.parse().unwrap());
        assert_eq!(of("2001:db8:1:2:3:4:5:6"), of("2001:db8:1:2:ffff::1"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
    }
}
