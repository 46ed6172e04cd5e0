//! The link that shows all pages in the other language.

use crate::review::state::ReviewState;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::http::header::REFERER;
use axum::response::{IntoResponse, Redirect, Response};
use std::sync::Arc;

/// Switches, and goes back to the page that the link was on.
pub async fn switch(
    State(state): State<Arc<ReviewState>>,
    Path((_, language)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    if let Ok(language) = language.parse() {
        state.set_language(language);
    }
    Redirect::to(&back(&state, &headers)).into_response()
}

/// The page that the browser says it comes from, if it is one of ours; else the first page. What only takes forms is none.
fn back(state: &ReviewState, headers: &HeaderMap) -> String {
    let first = format!("{}/", state.root());
    let host = state.secrets.host.get().map(String::as_str).unwrap_or_default();
    let referer = headers.get(REFERER).and_then(|value| value.to_str().ok());
    let path = referer.and_then(|r| r.strip_prefix("http://")).and_then(|r| r.strip_prefix(host));
    match path {
        Some(path) if path.starts_with(&first) && !path.ends_with("/approve") && !path.ends_with("/refuse") => {
            path.to_owned()
        }
        _ => first,
    }
}
