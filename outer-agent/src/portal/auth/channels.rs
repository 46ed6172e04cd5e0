//! Client channels (article 2), by the credential of each.

use crate::config::Config;
use crate::config::channels::{Credential, Right};
use crate::portal::auth::caller::PeerCertificate;
use crate::portal::auth::rate_limiter::RateLimiter;
use crate::texts::portal as texts;
use axum::http::{HeaderMap, header};
use ferry_format::crypto::hash::sha256;
use ferry_format::text::Text;
use ferry_io::error::{Error, Result as Checked};
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

/// A client channel at work.
pub struct Channel {
    name: String,
    credential: Credential,
    rights: BTreeSet<Right>,
    limiter: RateLimiter,
}

impl Channel {
    /// Name of the channel, as in receipts and messages.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether the channel has a right.
    pub fn may(&self, right: Right) -> bool {
        self.rights.contains(&right)
    }

    /// Admits a request.
    ///
    /// # Errors
    /// How long to wait, for a request that comes too early.
    pub fn admit(&self, now: Instant) -> Result<(), Duration> {
        self.limiter.admit(now)
    }
}

/// The client channels of the configuration.
pub struct ClientChannels(Vec<Channel>);

impl ClientChannels {
    /// Checks the channels of the configuration.
    ///
    /// # Errors
    /// Two channels with one credential; a channel with a certificate and no listener that requests it.
    pub fn new(config: &Config) -> Checked<Self> {
        let portal = &config.portal;
        let invalid = |name: &dyn std::fmt::Display, why: Text| {
            Err(Error::configuration(&config.path, &format!("portal.channels.{name}"), why))
        };
        let mut seen = BTreeSet::new();
        let mut channels = Vec::new();
        for (name, channel) in &portal.channels {
            if !seen.insert(channel.credential) {
                return invalid(name, texts::duplicate_credential());
            }
            if matches!(channel.credential, Credential::Certificate(_)) && portal.api_listen.is_none() {
                return invalid(name, texts::certificate_needs_listener());
            }
            channels.push(Channel {
                name: name.as_str().to_owned(),
                credential: channel.credential,
                rights: channel.rights.clone(),
                limiter: RateLimiter::new(channel.requests_per_minute, Instant::now()),
            });
        }
        Ok(Self(channels))
    }

    /// The channel whose credential a request has. Where a client certificate was requested, only it counts.
    pub fn find(&self, headers: &HeaderMap, certificate: Option<&PeerCertificate>) -> Option<&Channel> {
        let shown = match certificate.and_then(|c| c.0.as_ref()) {
            Some(certificate) => Credential::Certificate(sha256(certificate)),
            None => Credential::Token(sha256(bearer(headers)?.as_bytes())),
        };
        // All are compared to their end: the time it takes reveals nothing.
        self.0
            .iter()
            .fold(None, |found, channel| if is_equal(&channel.credential, &shown) { Some(channel) } else { found })
    }
}

/// Compares in constant time.
fn is_equal(one: &Credential, other: &Credential) -> bool {
    match (one, other) {
        (Credential::Token(one), Credential::Token(other))
        | (Credential::Certificate(one), Credential::Certificate(other)) => {
            one.iter().zip(other).fold(0, |difference, (a, b)| difference | (a ^ b)) == 0
        }
        _ => false,
    }
}

/// The token of `Authorization: Bearer`. A cookie is not a credential here: another site could make a browser send it.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}
