//! What every page needs to know of a request: the session's token, where it came from, and how to display the page.

use crate::portal::auth::caller::{Actor, Reader, Visitor};
use crate::portal::court::Court;
use crate::portal::http::{LANGUAGE_COOKIE, SESSION_COOKIE, TEXT_SIZE_COOKIE, cookie};
use crate::portal::i18n::format::Formatter;
use crate::portal::i18n::messages::Messages;
use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use ferry_format::text::Language;
use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// A request for a page.
pub struct RequestContext {
    /// Token of the session, from its cookie; not looked up yet.
    pub token: Option<String>,
    /// Where it came from.
    pub visitor: Visitor,
    /// Path and query of the page, to come back to.
    pub path: String,
    /// Language of the page.
    pub language: Language,
    /// Whether text is large.
    pub large_text: bool,
}

impl RequestContext {
    /// Texts in the language of the page.
    pub fn messages(&self) -> &'static Messages {
        Messages::of(self.language)
    }

    /// Formats records in the language of the page.
    pub fn formatter<'a>(&self, court: &'a Court) -> Formatter<'a> {
        Formatter { court, language: self.language }
    }

    /// The reader.
    pub fn reader(&self) -> Reader {
        Reader::of_page(self.token.clone())
    }

    /// The sender of a form with a CSRF token.
    pub fn actor(&self, csrf: String) -> Actor {
        Actor::of_form(self.token.clone(), csrf)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for RequestContext {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        let address = peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.0.ip());
        let headers = &parts.headers;
        let is_english = cookie(headers, LANGUAGE_COOKIE) == Some(Language::English.as_str());
        Ok(Self {
            token: cookie(headers, SESSION_COOKIE).map(str::to_owned),
            visitor: Visitor::new(address, headers),
            path: parts.uri.path_and_query().map_or_else(|| "/".to_owned(), ToString::to_string),
            language: if is_english { Language::English } else { Language::Chinese },
            large_text: cookie(headers, TEXT_SIZE_COOKIE) == Some("large"),
        })
    }
}
