//! Who calls the API: a client channel with its own credential (article 2), and through it perhaps a person.

use crate::config::Config;
use crate::config::channels::{Credential, Right};
use crate::portal::api::problem_details::ApiProblem;
use crate::portal::api::rate_limiter::RateLimiter;
use crate::portal::auth::caller::{Actor, PeerCertificate, Reader, Visitor};

use crate::texts::portal as texts;
use axum::extract::{ConnectInfo, FromRef, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use ferry_format::crypto::hash::sha256;
use ferry_format::text::Text;
use ferry_io::error::{Error, Result as Checked};
use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Instant;

/// Header with the token of a person's session.
pub const SESSION: &str = "ferry-session";
/// Header with the address from which the person reached the channel.
pub const PARTY_ADDRESS: &str = "ferry-party-address";
/// Header that names a request, so that it can be repeated.
pub const IDEMPOTENCY_KEY: &str = "idempotency-key";
/// Longest idempotency key, in bytes.
const KEY_BYTES_MAX: usize = 128;

/// A client channel at work.
struct Channel {
    name: String,
    credential: Credential,
    rights: BTreeSet<Right>,
    limiter: RateLimiter,
}

/// The client channels of the configuration.
pub struct ApiChannels(Vec<Channel>);

impl ApiChannels {
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
    fn find(&self, headers: &HeaderMap, certificate: Option<&PeerCertificate>) -> Option<&Channel> {
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

/// Authenticated channel and client address, before the person's session is looked up.
pub struct Caller {
    /// Name of the channel.
    pub channel: String,
    /// Where the person is: the channel's address, unless the channel names theirs.
    pub visitor: Visitor,
    /// Token of the person's session; not looked up yet.
    session: Option<String>,
    /// Idempotency key of the request.
    idempotency_key: Option<String>,
}

impl Caller {
    /// The reader.
    pub fn reader(&self) -> Reader {
        Reader { token: self.session.clone(), via: self.channel.clone() }
    }

    /// The sender of a change. No browser sends a channel's credential by itself, so there is no CSRF token to check.
    pub fn actor(&self) -> Actor {
        Actor { reader: self.reader(), csrf: None, idempotency_key: self.idempotency_key.clone() }
    }

    fn of(parts: &Parts, channels: &ApiChannels, right: Right) -> Result<Self, ApiProblem> {
        let headers = &parts.headers;
        let channel = channels.find(headers, parts.extensions.get()).ok_or(ApiProblem::NoChannel)?;
        channel.limiter.admit(Instant::now()).map_err(ApiProblem::TooFast)?;
        if !channel.rights.contains(&right) {
            return Err(ApiProblem::NoRight);
        }
        let address = match ascii(headers, PARTY_ADDRESS, ApiProblem::PartyAddress)? {
            Some(address) => address.parse().map_err(|_| ApiProblem::PartyAddress)?,
            None => {
                let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
                peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.0.ip())
            }
        };
        let key = ascii(headers, IDEMPOTENCY_KEY, ApiProblem::IdempotencyKey)?;
        if key.is_some_and(|key| key.is_empty() || key.len() > KEY_BYTES_MAX) {
            return Err(ApiProblem::IdempotencyKey);
        }
        Ok(Self {
            channel: channel.name.clone(),
            visitor: Visitor::new(address, headers),
            session: headers.get(SESSION).and_then(|v| v.to_str().ok()).map(str::to_owned),
            idempotency_key: key.map(str::to_owned),
        })
    }
}

/// The value of a header, if any; `invalid` for a value that is not ASCII.
fn ascii<'a>(headers: &'a HeaderMap, name: &str, invalid: ApiProblem) -> Result<Option<&'a str>, ApiProblem> {
    headers.get(name).map(|v| v.to_str()).transpose().map_err(|_| invalid)
}

/// A channel that may read public records.
pub struct Public;

/// A channel that may act for logged-in persons.
pub struct Party(pub Caller);

impl<S: Send + Sync> FromRequestParts<S> for Public
where
    Arc<ApiChannels>: FromRef<S>,
{
    type Rejection = ApiProblem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiProblem> {
        Caller::of(parts, &Arc::from_ref(state), Right::Public).map(|_| Self)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Party
where
    Arc<ApiChannels>: FromRef<S>,
{
    type Rejection = ApiProblem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiProblem> {
        Caller::of(parts, &Arc::from_ref(state), Right::Party).map(Self)
    }
}
