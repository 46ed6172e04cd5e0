//! Who calls the API: a channel with a credential of its own (article 2), and through it perhaps a person.

use crate::config::Config;
use crate::config::channels::{Credential, Right};
use crate::portal::api::pace::Pace;
use crate::portal::api::refusal::Refusal;
use crate::portal::state::App;
use crate::portal::server::client_ip::PeerCertificate;
use crate::portal::auth::caller::{Actor, Reader, Visitor};
use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use ferry_format::crypto::hash::sha256;
use ferry_io::error::{Error, Result as Checked};
use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Instant;

/// Header with the token of a person's session.
pub const SESSION: &str = "ferry-session";
/// Header with the address from which the person reached the channel.
pub const PARTY_ADDRESS: &str = "ferry-party-address";
/// Header by which a channel names an attempt, so that it can be made again.
pub const IDEMPOTENCY_KEY: &str = "idempotency-key";
/// Longest name of an attempt, in bytes.
const KEY_BYTES_MAX: usize = 128;

/// A channel at work.
struct Channel {
    name: String,
    credential: Credential,
    rights: BTreeSet<Right>,
    pace: Pace,
}

/// The channels of the configuration.
pub struct Channels(Vec<Channel>);

impl Channels {
    /// Takes them over.
    ///
    /// # Errors
    /// Two channels with one credential; one with a certificate and no listener that asks for it.
    pub fn new(config: &Config) -> Checked<Self> {
        let portal = &config.portal;
        let wrong = |name: &dyn std::fmt::Display, why| {
            Err(Error::configuration(&config.path, &format!("portal.channels.{name}"), why))
        };
        let mut seen = BTreeSet::new();
        let mut channels = Vec::new();
        for (name, channel) in &portal.channels {
            if !seen.insert(channel.credential) {
                return wrong(name, "another channel has the same credential");
            }
            if matches!(channel.credential, Credential::Certificate(_)) && portal.api_listen.is_none() {
                return wrong(name, "a certificate needs `[portal.api-listen]`");
            }
            channels.push(Channel {
                name: name.as_str().to_owned(),
                credential: channel.credential,
                rights: channel.rights.clone(),
                pace: Pace::new(channel.requests_per_minute, Instant::now()),
            });
        }
        Ok(Self(channels))
    }

    /// The channel whose credential a request carries. Where a client certificate was asked for, it alone counts.
    fn find(&self, headers: &HeaderMap, certificate: Option<&PeerCertificate>) -> Option<&Channel> {
        let shown = match certificate.and_then(|c| c.0.as_ref()) {
            Some(certificate) => Credential::Certificate(sha256(certificate)),
            None => Credential::Token(sha256(bearer(headers)?.as_bytes())),
        };
        // All are looked at, each to its end: how long it takes tells nothing.
        self.0.iter().fold(None, |found, channel| if same(&channel.credential, &shown) { Some(channel) } else { found })
    }
}

fn same(one: &Credential, other: &Credential) -> bool {
    match (one, other) {
        (Credential::Token(one), Credential::Token(other))
        | (Credential::Certificate(one), Credential::Certificate(other)) => {
            one.iter().zip(other).fold(0, |difference, (a, b)| difference | (a ^ b)) == 0
        }
        _ => false,
    }
}

/// The token of `Authorization: Bearer`. A cookie is no credential here: a foreign page could make a browser send it.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// A channel that calls, for whom and from where.
pub struct Caller {
    /// Name of the channel.
    pub channel: String,
    /// Where the person is: at the channel's address, unless the channel names his own.
    pub visitor: Visitor,
    /// Token of the person's session; nothing is known of it yet.
    session: Option<String>,
    /// What the channel calls this attempt.
    attempt: Option<String>,
}

impl Caller {
    /// Who reads.
    pub fn reader(&self) -> Reader {
        Reader { token: self.session.clone(), via: self.channel.clone() }
    }

    /// Who acts. No browser sends a channel's credential unasked, so there is no form to be checked.
    pub fn actor(&self) -> Actor {
        Actor { reader: self.reader(), form: None, attempt: self.attempt.clone() }
    }

    fn of(parts: &Parts, app: &App, right: Right) -> Result<Self, Refusal> {
        let headers = &parts.headers;
        let channel = app.channels.find(headers, parts.extensions.get()).ok_or(Refusal::NoChannel)?;
        channel.pace.take(Instant::now()).map_err(Refusal::TooFast)?;
        if !channel.rights.contains(&right) {
            return Err(Refusal::NoRight);
        }
        let address = match text(headers, PARTY_ADDRESS, Refusal::PartyAddress)? {
            Some(address) => address.parse().map_err(|_| Refusal::PartyAddress)?,
            None => {
                let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
                peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.0.ip())
            }
        };
        let attempt = text(headers, IDEMPOTENCY_KEY, Refusal::IdempotencyKey)?;
        if attempt.is_some_and(|key| key.is_empty() || key.len() > KEY_BYTES_MAX) {
            return Err(Refusal::IdempotencyKey);
        }
        Ok(Self {
            channel: channel.name.clone(),
            visitor: Visitor::new(address, headers),
            session: headers.get(SESSION).and_then(|v| v.to_str().ok()).map(str::to_owned),
            attempt: attempt.map(str::to_owned),
        })
    }
}

/// A header's value, where there is one; `wrong` for one that is not plain ASCII.
fn text<'a>(headers: &'a HeaderMap, name: &str, wrong: Refusal) -> Result<Option<&'a str>, Refusal> {
    headers.get(name).map(|v| v.to_str()).transpose().map_err(|_| wrong)
}

/// A channel that may read what is public.
pub struct Public;

/// A channel that may act for a person who logged in.
pub struct Party(pub Caller);

impl FromRequestParts<Arc<App>> for Public {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Refusal> {
        Caller::of(parts, app, Right::Public).map(|_| Self)
    }
}

impl FromRequestParts<Arc<App>> for Party {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Refusal> {
        Caller::of(parts, app, Right::Party).map(Self)
    }
}
