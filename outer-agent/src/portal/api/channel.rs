//! Who calls the API: a client channel with its own credential (article 2), and through it perhaps a person.

use crate::config::channels::Right;
use crate::portal::api::problem_details::ApiProblem;
use crate::portal::auth::caller::{Actor, Reader, Visitor};
use crate::portal::auth::channels::ClientChannels;

use axum::extract::{ConnectInfo, FromRef, FromRequestParts};
use axum::http::HeaderMap;
use axum::http::request::Parts;
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

    fn of(parts: &Parts, channels: &ClientChannels, right: Right) -> Result<Self, ApiProblem> {
        let headers = &parts.headers;
        let channel = channels.find(headers, parts.extensions.get()).ok_or(ApiProblem::NoChannel)?;
        channel.admit(Instant::now()).map_err(ApiProblem::TooFast)?;
        if !channel.may(right) {
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
            channel: channel.name().to_owned(),
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
    Arc<ClientChannels>: FromRef<S>,
{
    type Rejection = ApiProblem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiProblem> {
        Caller::of(parts, &Arc::from_ref(state), Right::Public).map(|_| Self)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Party
where
    Arc<ClientChannels>: FromRef<S>,
{
    type Rejection = ApiProblem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiProblem> {
        Caller::of(parts, &Arc::from_ref(state), Right::Party).map(Self)
    }
}
