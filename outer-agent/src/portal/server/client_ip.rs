//! Where a request comes from: the peer of the connection, or the address that a trusted proxy forwards.

use axum::http::HeaderMap;
use std::net::{IpAddr, SocketAddr};

/// Set by proxies; each appends the address of its peer.
const FORWARDED: &str = "x-forwarded-for";

/// Proxies whose `X-Forwarded-For` is trusted.
#[derive(Clone, Debug)]
pub struct TrustedProxies(pub Vec<IpAddr>);

impl TrustedProxies {
    /// Whether a peer is one of them.
    pub fn include(&self, address: IpAddr) -> bool {
        self.0.contains(&address.to_canonical())
    }

    /// The visitor's address: the last forwarded hop that is not a trusted proxy. Every hop before it is the visitor's own
    /// claim.
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

#[cfg(test)]
mod tests {
    use super::*;

    fn visitor(peer: &str, forwarded: &str) -> String {
        let proxies = TrustedProxies(vec!["10.0.0.1".parse().unwrap(), "10.0.0.2".parse().unwrap()]);
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
}
