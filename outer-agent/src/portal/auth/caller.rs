//! Who asks and from where, before it is known whether he may.

use axum::http::{HeaderMap, header};
use ferry_format::names::is_deceptive;
use std::net::IpAddr;

/// Longest user agent that is kept, in bytes.
const AGENT_BYTES_MAX: usize = 400;

/// Name of the channel of the pages; the others are named in the configuration (article 2).
pub use crate::config::channels::PAGES;

/// Someone who wants to read.
pub struct Reader {
    /// The session's token.
    pub token: Option<String>,
    /// The channel through which it came. A session is good in its own channel alone.
    pub via: String,
}

/// Someone who wants to change something: only a form of the session's own pages, or a channel with a credential of its
/// own, makes one.
pub struct Actor {
    /// Who it is.
    pub reader: Reader,
    /// The token of the form; a channel needs none, since no browser sends its credential unasked.
    pub form: Option<String>,
    /// What a channel calls this attempt: made again under the same name, it is made once.
    pub attempt: Option<String>,
}

impl Reader {
    /// Of a page's request.
    pub fn of_page(token: Option<String>) -> Self {
        Self { token, via: PAGES.into() }
    }
}

impl Actor {
    /// Of a page's form.
    pub fn of_form(token: Option<String>, form: String) -> Self {
        Self { reader: Reader::of_page(token), form: Some(form), attempt: None }
    }
}

/// Where a request came from.
#[derive(Clone)]
pub struct Visitor {
    /// Address of the connection.
    pub address: IpAddr,
    /// What the browser says of itself.
    pub agent: String,
}

impl Visitor {
    /// Reads the user agent; whatever is not plain text is left out.
    pub fn new(address: IpAddr, headers: &HeaderMap) -> Self {
        let raw = headers.get(header::USER_AGENT).and_then(|v| v.to_str().ok()).unwrap_or_default();
        let mut agent: String = raw.chars().filter(|c| !is_deceptive(*c)).collect();
        agent.truncate(agent.floor_char_boundary(AGENT_BYTES_MAX));
        Self { address, agent }
    }
}
