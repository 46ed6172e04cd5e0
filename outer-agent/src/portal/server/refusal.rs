//! What libraries refuse is answered with a plain page of ours, and every answer says which route gave it.

use crate::portal::problem::Problem;
use crate::portal::server::metrics::Route;
use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderMap, header};
use axum::middleware::Next;
use axum::response::Response;

/// Beneath it, problems are JSON.
const API: &str = "/api/";

/// Names the route of an answer, and puts a page in place of a bare refusal.
pub async fn answered(request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().map(|m| Route(m.as_str().into()));
    let is_api = request.uri().path().starts_with(API);
    let mut response = next.run(request).await;
    let status = response.status();
    if (status.is_client_error() || status.is_server_error()) && !is_ours(response.headers()) {
        let problem = Problem::Refused(status);
        let page = if is_api { problem.json() } else { problem.page() };
        let (parts, body) = page.into_parts();
        *response.body_mut() = body;
        response.headers_mut().remove(header::CONTENT_LENGTH);
        response.headers_mut().extend(parts.headers);
    }
    if let Some(route) = route {
        response.extensions_mut().insert(route);
    }
    response
}

/// Whether a page or a problem of ours is in it.
fn is_ours(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    kind.starts_with("text/html") || kind.starts_with("application/problem+json")
}
