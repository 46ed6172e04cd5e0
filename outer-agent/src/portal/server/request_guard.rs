//! What libraries refuse is answered with a plain page of ours, and every answer says which route gave it.

use crate::portal::api;
use crate::portal::problem::Problem;
use crate::portal::server::metrics::Route;
use axum::body::{Body, HttpBody};
use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::future::poll_fn;
use std::pin::Pin;
use std::time::Duration;

/// Longest request body, in bytes: a message of 2,000 characters, percent-encoded.
const BODY_BYTES_MAX: usize = 32 * 1024;
/// Bytes of a longer one that are taken before it is refused.
const TAKEN_BYTES_MAX: usize = 4 << 20;
/// How long a body may take to come.
const BODY_TIMEOUT: Duration = Duration::from_secs(10);
/// Beneath it, problems are JSON.
const API: &str = "/api/";

/// Names the route of an answer, and puts a page in place of a bare refusal.
pub async fn answered(request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().map(|m| Route(m.as_str().into()));
    let is_api = request.uri().path().starts_with(API);
    let (parts, body) = request.into_parts();
    let mut response = match tokio::time::timeout(BODY_TIMEOUT, whole(body)).await {
        Ok(Ok(body)) => next.run(Request::from_parts(parts, Body::from(body))).await,
        Ok(Err(refused)) => refused.into_response(),
        Err(_) => StatusCode::REQUEST_TIMEOUT.into_response(),
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

/// Takes a whole body before anything is decided: a browser that is cut off while it sends shows no answer. One that is
/// too large is taken too, up to a bound, and refused; half a form is none.
async fn whole(mut body: Body) -> Result<Vec<u8>, StatusCode> {
    let (mut kept, mut taken) = (Vec::new(), 0);
    while taken <= TAKEN_BYTES_MAX
        && let Some(frame) = poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await
    {
        let frame = frame.map_err(|_| StatusCode::BAD_REQUEST)?;
        let Some(bytes) = frame.data_ref() else { continue };
        taken += bytes.len();
        if taken <= BODY_BYTES_MAX {
            kept.extend_from_slice(bytes);
        }
    }
    if taken <= BODY_BYTES_MAX { Ok(kept) } else { Err(StatusCode::PAYLOAD_TOO_LARGE) }
}

/// Whether a page or a problem of ours is in it.
fn is_ours(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    kind.starts_with("text/html") || kind.starts_with("application/problem+json")
}
