//! Rendered public pages, for visitors without a session: valid for one visible generation, and for a minute.

use crate::portal::cache::generation::VisibleGeneration;
use crate::portal::http::{LANGUAGE_COOKIE, SESSION_COOKIE, TEXT_SIZE_COOKIE, cookie, etag_matches};
use crate::portal::metrics::Route;
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

/// Bytes of all kept pages.
const BYTES_MAX: usize = 16 << 20;
/// Bytes of one kept page.
const PAGE_BYTES_MAX: usize = 1 << 20;
/// Bytes of the address of a kept page.
const ADDRESS_BYTES_MAX: usize = 256;
/// How long a page is kept: what depends on the date must not outlast it.
const MAX_AGE: Duration = Duration::from_secs(60);
/// Memory of a page besides its body.
const OVERHEAD_BYTES: usize = 1024;

/// Path with query, and the cookies that public pages depend on.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Key {
    address: String,
    language: String,
    text_size: String,
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

/// The cache in front of the portal.
#[derive(Clone)]
pub struct PublicPageCache {
    pages: Arc<Mutex<Pages>>,
    generation: Arc<VisibleGeneration>,
    portal: Router,
}

impl PublicPageCache {
    /// In front of a portal.
    pub fn new(portal: Router, generation: Arc<VisibleGeneration>) -> Self {
        Self { pages: Arc::default(), generation, portal }
    }

    /// The pages of the visible generation; older pages are dropped.
    fn pages(&self) -> MutexGuard<'_, Pages> {
        let generation = self.generation.number();
        let mut pages = self.pages.lock().unwrap_or_else(PoisonError::into_inner);
        if pages.generation != generation {
            *pages = Pages { generation, ..Pages::default() };
        }
        pages
    }

    fn find(&self, key: &Key, request: &HeaderMap) -> Option<Response> {
        let mut pages = self.pages();
        pages.generation?;
        pages.clock += 1;
        let clock = pages.clock;
        let page = pages.kept.get_mut(key).filter(|page| page.made.elapsed() < MAX_AGE)?;
        page.used = clock;
        Some(page.respond(request))
    }

    /// Keeps a response, if it is a public page, and gives it back.
    async fn keep(&self, key: Key, generation: Option<i64>, request: &HeaderMap, response: Response) -> Response {
        let is_page =
            response.headers().get(header::CONTENT_TYPE).is_some_and(|v| v.as_bytes().starts_with(b"text/html"));
        if response.status() != StatusCode::OK || !is_page || response.headers().contains_key(header::SET_COOKIE) {
            return response;
        }
        let (mut parts, body) = response.into_parts();
        // Pages are rendered in memory: the whole body is there.
        let Ok(body) = to_bytes(body, usize::MAX).await else { return Response::from_parts(parts, Body::empty()) };
        if let Ok(tag) = HeaderValue::from_str(&format!("\"{}\"", to_hex(&sha256(&body)[..16]))) {
            parts.headers.insert(header::ETAG, tag);
        }
        parts.headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        parts.headers.insert(header::VARY, HeaderValue::from_static("cookie"));
        parts.headers.remove(header::CONTENT_LENGTH);
        let route = parts.extensions.remove::<Route>();
        let page = Page { headers: parts.headers, body, route, made: Instant::now(), used: 0 };
        let served = page.respond(request);
        if page.body.len() <= PAGE_BYTES_MAX {
            self.pages().add(key, page, generation);
        }
        served
    }
}

impl Pages {
    /// A page that was started under another generation is not kept.
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

    fn respond(&self, request: &HeaderMap) -> Response {
        let tag = self.headers.get(header::ETAG).and_then(|tag| tag.to_str().ok()).unwrap_or_default();
        let is_current = request.get(header::IF_NONE_MATCH).is_some_and(|tags| etag_matches(tags, tag));
        let mut response = Response::new(if is_current { Body::empty() } else { Body::from(self.body.clone()) });
        if is_current {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
        }
        *response.headers_mut() = self.headers.clone();
        if let Some(route) = &self.route {
            response.extensions_mut().insert(route.clone());
        }
        response
    }
}

/// The key of a request that the cache may serve: a public page, for a visitor without a session.
fn key_of(request: &Request<Body>) -> Option<Key> {
    let path = request.uri().path();
    let is_public = path == "/" || path.starts_with("/public/");
    let address = request.uri().path_and_query()?.as_str();
    let headers = request.headers();
    let is_plain = request.method() == Method::GET && address.len() <= ADDRESS_BYTES_MAX;
    if !is_public || !is_plain || cookie(headers, SESSION_COOKIE).is_some() {
        return None;
    }
    let preference = |name| cookie(headers, name).filter(|v| v.len() <= ADDRESS_BYTES_MAX);
    let (language, text_size) = (preference(LANGUAGE_COOKIE), preference(TEXT_SIZE_COOKIE));
    Some(Key {
        address: address.to_owned(),
        language: language.unwrap_or_default().to_owned(),
        text_size: text_size.unwrap_or_default().to_owned(),
    })
}

impl Service<Request<Body>> for PublicPageCache {
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
        let (this, headers) = (self.clone(), request.headers().clone());
        let generation = self.generation.number();
        let response = self.portal.call(request);
        Box::pin(async move { Ok(this.keep(key, generation, &headers, response.await?).await) })
    }
}
