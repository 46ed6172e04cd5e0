//! From what a page or form did to what the browser gets.

use crate::output::page_language::PageLanguage;
use crate::output::values;
use crate::review::state::ReviewState;
use crate::review::view::summary::DraftSummary;
use crate::texts::errors;
use crate::texts::review_page as t;
use askama::Template;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use ferry_format::text::Text;
use ferry_io::exit_code::{BAD_DATA, CANNOT_CREATE, NO_INPUT, NOT_PERMITTED};
use ferry_io::{Error, Result as Outcome};
use std::sync::Arc;

/// What is around every page.
pub struct PageFrame {
    /// Its language.
    pub lang: PageLanguage,
    /// First part of every address.
    pub root: String,
    /// Court.
    pub court: String,
    /// A draft, or which batch.
    pub label: Text,
    /// How much was flagged.
    pub flagged: u64,
    /// Which page this is.
    pub here: &'static str,
}

impl PageFrame {
    /// Around a page of the draft.
    pub fn of(state: &ReviewState, summary: &DraftSummary, here: &'static str) -> Self {
        let (lang, root) = (state.language(), state.root());
        Self { lang, root, court: summary.court.clone(), label: summary.label.clone(), flagged: summary.total[3], here }
    }

    /// The attribute that says which entry of the menu is this page.
    pub fn aria_current(&self, here: &str) -> &'static str {
        if self.here == here { " aria-current=\"page\"" } else { "" }
    }
}

/// Runs `work` on a thread that may read the disk, and sends the page that it made.
pub async fn page<T, F>(state: Arc<ReviewState>, work: F) -> Response
where
    T: Template,
    F: FnOnce(&ReviewState) -> Outcome<T> + Send + 'static,
{
    respond(state, move |state| {
        let page = work(state)?;
        let text = page.render().map_err(errors::cannot_render)?;
        Ok(Html(text).into_response())
    })
    .await
}

/// The same for what is no page.
pub async fn respond<F>(state: Arc<ReviewState>, work: F) -> Response
where
    F: FnOnce(&ReviewState) -> Outcome<Response> + Send + 'static,
{
    let (root, lang) = (state.root(), state.language());
    let done = tokio::task::spawn_blocking(move || work(&state)).await;
    let outcome = done.unwrap_or_else(|_| Err(errors::page_ended_early()));
    outcome.unwrap_or_else(|e| problem(root, lang, &e))
}

#[derive(Template)]
#[template(path = "review/problem.html")]
struct ProblemPage {
    lang: PageLanguage,
    root: String,
    message: Text,
    hint: Text,
    code: &'static str,
}

/// An error as a page.
fn problem(root: String, lang: PageLanguage, error: &Error) -> Response {
    let status = match error.exit {
        NOT_PERMITTED => StatusCode::FORBIDDEN,
        NO_INPUT => StatusCode::NOT_FOUND,
        CANNOT_CREATE => StatusCode::CONFLICT,
        BAD_DATA => StatusCode::UNPROCESSABLE_ENTITY,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    };
    let message = values::safe_text(&error.message);
    let page = ProblemPage { lang, root, message, hint: error.hint.clone(), code: error.code };
    (status, Html(page.render().unwrap_or_default())).into_response()
}
