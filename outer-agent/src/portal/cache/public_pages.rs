//! Public pages as they were rendered, for visitors without a session: good for one visible generation and for a minute.

use crate::portal::content::download::names;
use crate::portal::cache::generation::Generation;
use crate::portal::server::metrics::Route;
use crate::portal::web::request_context;
use crate::portal::auth::session;
use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::http::{HeaderMap, HeaderValue, Method, Request, StatusCode, header};
use axum::response::Response;
use ferry_format::crypto::hash::sha256;
use ferry_format::encoding::hex::to_hex;
use std::collections::HashMap;
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};
use tower_service::Service;

/// Bytes of all pages that are kept.
const BYTES_MAX: usize = 16 << 20;
/// Bytes of a page that is kept.
const PAGE_BYTES_MAX: usize = 1 << 20;
/// Bytes of the address of a page that is kept.
const ADDRESS_BYTES_MAX: usize = 256;
/// How long a page is kept: what it says of today must not last.
const KEPT: Duration = Duration::from_secs(60);
/// What a page costs beside its body.
const OVERHEAD_BYTES: usize = 1024;

/// Path with query, and the cookies that public pages heed.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Key {
    address: String,
    language: String,
    size: String,
}

struct Page {
    headers: HeaderMap,
    body: Bytes,
    route: Option<Route>,
    made: Instant,
    used: u64,
}

#[derive(Default)]
struct Pages {
    generation: Option<i64>,
    kept: HashMap<Key, Page>,
    bytes: usize,
    clock: u64,
}

/// The portal with its public pages before it.
#[derive(Clone)]
pub struct Cached {
    pages: Arc<Mutex<Pages>>,
    generation: Arc<Generation>,
    portal: Router,
}

impl Cached {
    /// Before a portal.
    pub fn new(portal: Router, generation: Arc<Generation>) -> Self {
        Self { pages: Arc::default(), generation, portal }
    }

    /// The pages of the visible generation; those of an older one are dropped.
    fn pages(&self) -> MutexGuard<'_, Pages> {
        let generation = self.generation.number();
        let mut pages = self.pages.lock().unwrap_or_else(PoisonError::into_inner);
        if pages.generation != generation {
            *pages = Pages { generation, ..Pages::default() };
        }
        pages
    }

    fn find(&self, key: &Key, asked: &HeaderMap) -> Option<Response> {
        let mut pages = self.pages();
        pages.generation?;
        pages.clock += 1;
        let clock = pages.clock;
        let page = pages.kept.get_mut(key).filter(|page| page.made.elapsed() < KEPT)?;
        page.used = clock;
        Some(page.answer(asked))
    }

    /// Keeps an answer, if it is a public page, and gives it on.
    async fn keep(&self, key: Key, generation: Option<i64>, asked: &HeaderMap, response: Response) -> Response {
        let is_page =
            response.headers().get(header::CONTENT_TYPE).is_some_and(|v| v.as_bytes().starts_with(b"text/html"));
        if response.status() != StatusCode::OK || !is_page || response.headers().contains_key(header::SET_COOKIE) {
            return response;
        }
        let (mut parts, body) = response.into_parts();
        // A page is made in memory: its whole body is there.
        let Ok(body) = to_bytes(body, usize::MAX).await else { return Response::from_parts(parts, Body::empty()) };
        if let Ok(tag) = HeaderValue::from_str(&format!("\"{}\"", to_hex(&sha256(&body)[..16]))) {
            parts.headers.insert(header::ETAG, tag);
        }
        parts.headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        parts.headers.insert(header::VARY, HeaderValue::from_static("cookie"));
        parts.headers.remove(header::CONTENT_LENGTH);
        let route = parts.extensions.remove::<Route>();
        let page = Page { headers: parts.headers, body, route, made: Instant::now(), used: 0 };
        let answer = page.answer(asked);
        if page.body.len() <= PAGE_BYTES_MAX {
            self.pages().add(key, page, generation);
        }
        answer
    }
}

impl Pages {
    /// A page that was begun under another generation is not kept.
    fn add(&mut self, key: Key, mut page: Page, generation: Option<i64>) {
        if self.generation.is_none() || self.generation != generation {
            return;
        }
        page.used = self.clock;
        self.bytes += page.cost();
        if let Some(old) = self.kept.insert(key, page) {
            self.bytes -= old.cost();
        }
        while self.bytes > BYTES_MAX {
            let oldest = self.kept.iter().min_by_key(|(_, page)| page.used).map(|(key, _)| key.clone());
            match oldest.and_then(|key| self.kept.remove(&key)) {
                Some(page) => self.bytes -= page.cost(),
                None => break,
            }
        }
    }
}

impl Page {
    fn cost(&self) -> usize {
        self.body.len() + OVERHEAD_BYTES
    }

    fn answer(&self, asked: &HeaderMap) -> Response {
        let tag = self.headers.get(header::ETAG).and_then(|tag| tag.to_str().ok()).unwrap_or_default();
        let known = asked.get(header::IF_NONE_MATCH).is_some_and(|tags| names(tags, tag));
        let mut response = Response::new(if known { Body::empty() } else { Body::from(self.body.clone()) });
        if known {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
        }
        *response.headers_mut() = self.headers.clone();
        if let Some(route) = &self.route {
            response.extensions_mut().insert(route.clone());
        }
        response
    }
}

/// Where an answer may come from what is kept: a public page, for someone without a session.
fn key_of(request: &Request<Body>) -> Option<Key> {
    let path = request.uri().path();
    let is_public = path == "/" || path.starts_with("/public/");
    let address = request.uri().path_and_query()?.as_str();
    let headers = request.headers();
    let is_plain = request.method() == Method::GET && address.len() <= ADDRESS_BYTES_MAX;
    if !is_public || !is_plain || session::cookie_token(headers).is_some() {
        return None;
    }
    let cookie = |name| session::cookie_of(headers, name).filter(|v| v.len() <= ADDRESS_BYTES_MAX);
    let (language, size) = (cookie(request_context::LANGUAGE), cookie(request_context::SIZE));
    Some(Key {
        address: address.to_owned(),
        language: language.unwrap_or_default().to_owned(),
        size: size.unwrap_or_default().to_owned(),
    })
}

impl Service<Request<Body>> for Cached {
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let Some(key) = key_of(&request) else { return Box::pin(self.portal.call(request)) };
        if let Some(response) = self.find(&key, request.headers()) {
            return Box::pin(std::future::ready(Ok(response)));
        }
        let (this, asked) = (self.clone(), request.headers().clone());
        let generation = self.generation.number();
        let answering = self.portal.call(request);
        Box::pin(async move { Ok(this.keep(key, generation, &asked, answering.await?).await) })
    }
}
