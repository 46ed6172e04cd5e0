//! What libraries refuse is answered with a plain page of ours, and every answer says which route gave it.

use crate::portal::api;
use crate::portal::problem::Problem;
use crate::portal::server::metrics::Route;
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::future::poll_fn;
use std::pin::Pin;
use std::time::Duration;

/// Longest request body, in bytes: a message of 2,000 characters, percent-encoded.
pub const BODY_BYTES_MAX: u64 = 32 * 1024;
/// Bytes of a longer one that are taken before it is refused.
const TAKEN_BYTES_MAX: usize = 4 << 20;
/// How long that may last.
const TAKEN_TIMEOUT: Duration = Duration::from_secs(10);
/// Beneath it, problems are JSON.
const API: &str = "/api/";

/// Names the route of an answer, and puts a page in place of a bare refusal.
pub async fn answered(request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().map(|m| Route(m.as_str().into()));
    let is_api = request.uri().path().starts_with(API);
    let mut response = match request.body().size_hint().lower() {
        ..=BODY_BYTES_MAX => next.run(request).await,
        _ => {
            let _ = tokio::time::timeout(TAKEN_TIMEOUT, take(request.into_body())).await;
            StatusCode::PAYLOAD_TOO_LARGE.into_response()
        }
    };
    let status = response.status();
    let is_said = is_ours(response.headers()) || response.extensions().get::<Problem>().is_some();
    if (status.is_client_error() || status.is_server_error()) && !is_said {
        if is_api {
            let (parts, body) = api::refused(status).into_parts();
            *response.body_mut() = body;
            response.headers_mut().remove(header::CONTENT_LENGTH);
            response.headers_mut().extend(parts.headers);
        } else {
            // The layer around this one makes a page of it.
            response.extensions_mut().insert(Problem::Refused(status));
        }
    }
    if let Some(route) = route {
        response.extensions_mut().insert(route);
    }
    response
}

/// Takes a body that is too large, up to a bound: a browser that is cut off while it sends shows no answer.
async fn take(mut body: Body) {
    let mut taken = 0;
    while taken <= TAKEN_BYTES_MAX
        && let Some(Ok(frame)) = poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await
    {
        taken += frame.data_ref().map_or(0, Bytes::len);
    }
}

/// Whether a page or a problem of ours is in it.
fn is_ours(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    kind.starts_with("text/html") || kind.starts_with("application/problem+json")
}
