//! Reads request bodies within limits, gives bare error responses of libraries a body, and labels responses with their route.

use crate::portal::api::problem_details;
use crate::portal::http::accepted_language;
use crate::portal::metrics::Route;
use crate::portal::problem::Problem;
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
/// Bytes of a longer body that are read before it is refused.
const READ_BYTES_MAX: usize = 4 << 20;
/// How long a body may take to arrive.
const BODY_TIMEOUT: Duration = Duration::from_secs(10);

/// Guards one request.
pub async fn guard(request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().map(|m| Route(m.as_str().into()));
    let language = is_api(request.uri().path()).then(|| accepted_language(request.headers()));
    let (parts, body) = request.into_parts();
    let mut response = match tokio::time::timeout(BODY_TIMEOUT, read_body(body)).await {
        Ok(Ok(body)) => next.run(Request::from_parts(parts, Body::from(body))).await,
        Ok(Err(status)) => status.into_response(),
        Err(_) => StatusCode::REQUEST_TIMEOUT.into_response(),
    };
    let status = response.status();
    let has_body = is_ours(response.headers()) || response.extensions().get::<Problem>().is_some();
    if (status.is_client_error() || status.is_server_error()) && !has_body {
        match language {
            Some(language) => response = problem_details::with_details(response, language),
            // `problem_page` makes a page of it.
            None => {
                response.extensions_mut().insert(Problem::Refused(status));
            }
        }
    }
    if let Some(route) = route {
        response.extensions_mut().insert(route);
    }
    response
}

/// Below this path, problems are JSON.
fn is_api(path: &str) -> bool {
    path.starts_with("/api/")
}

/// Reads a whole body before anything is decided: a browser that is cut off while it sends shows no response. A body that
/// is too large is read up to a bound, and refused; half a form is not a form.
async fn read_body(mut body: Body) -> Result<Vec<u8>, StatusCode> {
    let (mut kept, mut read) = (Vec::new(), 0);
    while read <= READ_BYTES_MAX
        && let Some(frame) = poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await
    {
        let frame = frame.map_err(|_| StatusCode::BAD_REQUEST)?;
        let Some(bytes) = frame.data_ref() else { continue };
        read += bytes.len();
        if read <= BODY_BYTES_MAX {
            kept.extend_from_slice(bytes);
        }
    }
    if read <= BODY_BYTES_MAX { Ok(kept) } else { Err(StatusCode::PAYLOAD_TOO_LARGE) }
}

/// Whether the body is one of our pages or problem details.
fn is_ours(headers: &HeaderMap) -> bool {
    let media_type = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    media_type.starts_with("text/html") || media_type.starts_with("application/problem+json")
}
