//! Who may ask: only a browser on this machine that knows the page's own address, and forms only from this very page.
//! Stops pages of other sites (CSRF), names that resolve to 127.0.0.1 (DNS rebinding) and other users of the machine.

use crate::review::secrets::{Secrets, same};
use crate::review::state::ReviewState;
use crate::texts::review_page as t;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{HOST, ORIGIN};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode};
use axum::middleware::Next;
use axum::response::IntoResponse;
use ferry_format::text::Text;
use std::sync::Arc;

/// No script, no other host, no frame but our own.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
const HEADERS: [(&str, &str); 6] = [
    ("x-content-type-options", "nosniff"),
    ("cache-control", "no-store"),
    // Not `no-referrer`: with that a browser hides the origin of our own forms too.
    ("referrer-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("permissions-policy", "camera=(), microphone=(), geolocation=()"),
];

/// Rejects a foreign request before anything else is looked at, and sets the page's headers on every response.
pub async fn guard(State(state): State<Arc<ReviewState>>, request: Request, next: Next) -> Response<Body> {
    let mut response = match rejection(&state.secrets, &request) {
        Some((status, text)) => (status, format!("{} [FERRY-E0743]\n", state.language().of(text))).into_response(),
        None => next.run(request).await,
    };
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    let policy = HeaderName::from_static("content-security-policy");
    headers.entry(policy).or_insert(HeaderValue::from_static(POLICY));
    response
}

fn rejection(secrets: &Secrets, request: &Request) -> Option<(StatusCode, Text)> {
    let host = secrets.host.get().map(String::as_str).unwrap_or_default();
    let header = |name: HeaderName| only(request.headers(), &name);
    if header(HOST) != Some(host) {
        return Some((StatusCode::MISDIRECTED_REQUEST, t::wrong_host()));
    }
    let first = request.uri().path().split('/').nth(1).unwrap_or_default();
    if !same(first, &secrets.path) {
        return Some((StatusCode::NOT_FOUND, t::wrong_path()));
    }
    let is_ours = header(ORIGIN).and_then(|origin| origin.strip_prefix("http://")) == Some(host);
    if request.method() == Method::POST && !is_ours {
        return Some((StatusCode::FORBIDDEN, t::wrong_origin()));
    }
    None
}

/// The one value of a header; none if there is none or more than one.
fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut all = headers.get_all(name).iter();
    let first = all.next()?.to_str().ok()?;
    all.next().is_none().then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::OnceLock;

    fn status(method: &str, path: &str, headers: &[(&str, &str)]) -> Option<StatusCode> {
        let secrets =
            Secrets { path: "abc".into(), form: "f".into(), host: OnceLock::from("127.0.0.1:8000".to_owned()) };
        let mut request = axum::http::Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        rejection(&secrets, &request.body(Body::empty()).unwrap()).map(|(status, _)| status)
    }

    #[test]
    fn only_its_own_address_and_its_own_forms_get_an_answer() {
        let host = ("host", "127.0.0.1:8000");
        assert_eq!(status("GET", "/abc/", &[host]), None);
        for other in ["localhost:8000", "127.0.0.1", "127.0.0.1:8001", "evil.example:8000", ""] {
            assert_eq!(status("GET", "/abc/", &[("host", other)]), Some(StatusCode::MISDIRECTED_REQUEST), "{other}");
        }
        assert_eq!(status("GET", "/abc/", &[]), Some(StatusCode::MISDIRECTED_REQUEST));
        assert_eq!(status("GET", "/abc/", &[host, host]), Some(StatusCode::MISDIRECTED_REQUEST));
        for path in ["/", "/ab/", "/abcd/", "//abc/", "/%61bc/"] {
            assert_eq!(status("GET", path, &[host]), Some(StatusCode::NOT_FOUND), "{path}");
        }
        let ours = ("origin", "http://127.0.0.1:8000");
        assert_eq!(status("POST", "/abc/approve", &[host, ours]), None);
        for other in ["null", "https://127.0.0.1:8000", "http://127.0.0.1:8000.evil.example", "http://localhost:8000"] {
            let answer = status("POST", "/abc/approve", &[host, ("origin", other)]);
            assert_eq!(answer, Some(StatusCode::FORBIDDEN), "{other}");
        }
        assert_eq!(status("POST", "/abc/approve", &[host]), Some(StatusCode::FORBIDDEN));
        assert_eq!(status("POST", "/abc/approve", &[host, ours, ours]), Some(StatusCode::FORBIDDEN));
    }
}
