//! Who may ask: only a browser on this machine that knows the page's own address, and forms only from this very page.
//! Stops pages of other sites (CSRF), names that are bent to 127.0.0.1 (DNS rebinding) and other users of the machine.

use crate::review::desk::Desk;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{HOST, ORIGIN};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode};
use axum::middleware::Next;
use axum::response::IntoResponse;
use ferry_format::crypto::entropy::Entropy;
use ferry_format::encoding::hex::to_hex;
use ferry_io::Result as Outcome;
use ferry_io::entropy::SystemEntropy;
use std::sync::{Arc, OnceLock};

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

/// Words drawn at the start; nobody but the reviewer's browser learns them.
pub struct Secrets {
    /// First part of every address.
    pub path: String,
    /// In every form.
    pub form: String,
    /// `127.0.0.1:PORT`, when it is known.
    pub host: OnceLock<String>,
}

impl Secrets {
    /// Draws them.
    pub fn new() -> Outcome<Self> {
        let draw = || -> Outcome<String> {
            let mut bytes = [0; 16];
            SystemEntropy.fill(&mut bytes)?;
            Ok(to_hex(&bytes))
        };
        Ok(Self { path: draw()?, form: draw()?, host: OnceLock::new() })
    }
}

/// Compares without telling by its time how much was right.
pub fn same(given: &str, expected: &str) -> bool {
    let differing = given.bytes().zip(expected.bytes()).fold(0, |sum, (a, b)| sum | (a ^ b));
    given.len() == expected.len() && differing == 0
}

/// Refuses what is not ours before anything is looked at, and puts the page's own rules on every answer.
pub async fn guard(State(desk): State<Arc<Desk>>, request: Request, next: Next) -> Response<Body> {
    let mut response = match refused(&desk.secrets, &request) {
        Some((status, text)) => (status, text).into_response(),
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

fn refused(secrets: &Secrets, request: &Request) -> Option<(StatusCode, &'static str)> {
    let host = secrets.host.get().map(String::as_str).unwrap_or_default();
    let said = |name: HeaderName| only(request.headers(), &name);
    if said(HOST) != Some(host) {
        return Some((StatusCode::MISDIRECTED_REQUEST, "this page answers to its own address only [FERRY-E0743]\n"));
    }
    let first = request.uri().path().split('/').nth(1).unwrap_or_default();
    if !same(first, &secrets.path) {
        return Some((
            StatusCode::NOT_FOUND,
            "the page's address is the one that `ferry review` printed [FERRY-E0743]\n",
        ));
    }
    let from = said(ORIGIN);
    let is_ours = from.and_then(|f| f.strip_prefix("http://")) == Some(host);
    if request.method() == Method::POST && !is_ours {
        return Some((StatusCode::FORBIDDEN, "this form was not sent from this page [FERRY-E0743]\n"));
    }
    None
}

/// The one value of a header; none where there is none or more than one.
fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut all = headers.get_all(name).iter();
    let first = all.next()?.to_str().ok()?;
    all.next().is_none().then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(method: &str, path: &str, headers: &[(&str, &str)]) -> Option<StatusCode> {
        let secrets =
            Secrets { path: "abc".into(), form: "f".into(), host: OnceLock::from("127.0.0.1:8000".to_owned()) };
        let mut request = axum::http::Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        refused(&secrets, &request.body(Body::empty()).unwrap()).map(|(status, _)| status)
    }

    #[test]
    fn only_its_own_address_and_its_own_forms_are_answered() {
        let host = ("host", "127.0.0.1:8000");
        assert_eq!(asked("GET", "/abc/", &[host]), None);
        for other in ["localhost:8000", "127.0.0.1", "127.0.0.1:8001", "evil.example:8000", ""] {
            assert_eq!(asked("GET", "/abc/", &[("host", other)]), Some(StatusCode::MISDIRECTED_REQUEST), "{other}");
        }
        assert_eq!(asked("GET", "/abc/", &[]), Some(StatusCode::MISDIRECTED_REQUEST));
        assert_eq!(asked("GET", "/abc/", &[host, host]), Some(StatusCode::MISDIRECTED_REQUEST));
        for path in ["/", "/ab/", "/abcd/", "//abc/", "/%61bc/"] {
            assert_eq!(asked("GET", path, &[host]), Some(StatusCode::NOT_FOUND), "{path}");
        }
        let ours = ("origin", "http://127.0.0.1:8000");
        assert_eq!(asked("POST", "/abc/approve", &[host, ours]), None);
        for other in ["null", "https://127.0.0.1:8000", "http://127.0.0.1:8000.evil.example", "http://localhost:8000"] {
            let answer = asked("POST", "/abc/approve", &[host, ("origin", other)]);
            assert_eq!(answer, Some(StatusCode::FORBIDDEN), "{other}");
        }
        assert_eq!(asked("POST", "/abc/approve", &[host]), Some(StatusCode::FORBIDDEN));
        assert_eq!(asked("POST", "/abc/approve", &[host, ours, ours]), Some(StatusCode::FORBIDDEN));
    }
}
