//! What every page needs to know of a request: who asks, from where, and how he likes to read.

use crate::portal::state::App;
use crate::portal::auth::session;
use crate::portal::i18n::format::Voice;
use crate::portal::auth::caller::{Actor, Reader, Visitor};
use crate::portal::i18n::messages::{Language, Words};
use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::HeaderMap;
use axum::http::request::Parts;
use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// Cookie of the language; absent is Chinese.
pub const LANGUAGE: &str = "language";
/// Cookie of the size of text; absent is normal.
pub const SIZE: &str = "size";

/// A request for a page.
pub struct Asked {
    /// The session's token, from its cookie; nothing is known of it yet.
    pub token: Option<String>,
    /// From where.
    pub visitor: Visitor,
    /// The page's own path and query, to come back to.
    pub path: String,
    /// The language to answer in.
    pub language: Language,
    /// Whether text is large.
    pub large: bool,
}

impl Asked {
    /// The words of its language.
    pub fn words(&self) -> &'static Words {
        self.language.words()
    }

    /// How records are said in its language.
    pub fn voice<'a>(&self, app: &'a App) -> Voice<'a> {
        Voice { app, language: self.language }
    }

    /// Who reads.
    pub fn reader(&self) -> Reader {
        Reader::of_page(self.token.clone())
    }

    /// Who acts, by the token of a form.
    pub fn actor(&self, form: String) -> Actor {
        Actor::of_form(self.token.clone(), form)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Asked {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        let address = peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.0.ip());
        let headers = &parts.headers;
        Ok(Self {
            token: session::cookie_token(headers),
            visitor: Visitor::new(address, headers),
            path: parts.uri.path_and_query().map_or_else(|| "/".to_owned(), ToString::to_string),
            language: if is(headers, LANGUAGE, "en") { Language::English } else { Language::Chinese },
            large: is(headers, SIZE, "large"),
        })
    }
}

fn is(headers: &HeaderMap, name: &str, value: &str) -> bool {
    session::cookie_of(headers, name).is_some_and(|found| found == value)
}
