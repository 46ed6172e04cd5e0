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
    let host = state.secrets.host.get().map(String::as_str).unwrap_or_default();
    let referer = headers.get(REFERER).and_then(|value| value.to_str().ok());
    Redirect::to(&back(&state.root(), host, referer.unwrap_or_default())).into_response()
}

/// The page that the browser says it comes from, if it is a page of this server; else the first page. The address of a form is no page.
fn back(root: &str, host: &str, referer: &str) -> String {
    let first = format!("{root}/");
    let path = referer.strip_prefix("http://").and_then(|r| r.strip_prefix(host));
    match path {
        Some(path) if path.starts_with(&first) && !path.ends_with("/approve") && !path.ends_with("/refuse") => {
            path.to_owned()
        }
        _ => first,
    }
}

#[cfg(test)]
mod tests {
    use super::back;

    #[test]
    fn the_link_leads_back_to_its_own_page_and_nowhere_else() {
        let from = |referer: &str| back("/secret", "127.0.0.1:8000", referer);
        assert_eq!(from("http://127.0.0.1:8000/secret/items?flagged=1"), "/secret/items?flagged=1");
        for foreign in [
            "",
            "http://127.0.0.1:8000/other/items",
            "http://127.0.0.1:80001/secret/items",
            "http://evil.example/secret/items",
            "https://127.0.0.1:8000/secret/",
            "http://127.0.0.1:8000/secret/approve",
        ] {
            assert_eq!(from(foreign), "/secret/", "{foreign}");
        }
    }
}
