//! What all pages share: rendering, and the form that only confirms.

use crate::portal::problem::{Outcome, Problem};
use crate::texts::portal as texts;
use askama::Template;
use axum::response::{Html, IntoResponse, Response};
use serde::Deserialize;

/// A page as HTML.
///
/// # Errors
/// A template that cannot be rendered.
pub fn html(page: &impl Template) -> Outcome<String> {
    page.render().map_err(|e| Problem::internal(&texts::page_not_rendered(e)))
}

/// A page as a response.
///
/// # Errors
/// As [`html`].
pub fn render(page: &impl Template) -> Outcome<Response> {
    Ok(Html(html(page)?).into_response())
}

/// A form with only the CSRF token of the session.
#[derive(Deserialize)]
pub struct ConfirmForm {
    /// The token.
    pub csrf: String,
}
