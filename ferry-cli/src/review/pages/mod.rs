//! The pages. All are made here, none has a script.

pub mod overview;
pub mod items;
pub mod changes;
pub mod decide;
pub mod language;
mod cards;

use crate::review::release_form::{ReleaseForm, STYLE};
use crate::review::respond;
use crate::review::state::ReviewState;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use std::sync::Arc;

/// The number of a page in an address.
#[derive(Deserialize)]
pub struct PageQuery {
    /// From 1.
    pub page: Option<u64>,
}

/// The style sheet of all pages.
pub async fn style() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], STYLE)
}

/// The release form.
pub async fn release_form(State(state): State<Arc<ReviewState>>) -> Response {
    respond::page(state, |state| {
        let draft = state.draft()?;
        let (summary, approvals) = (state.summary(&draft), state.approvals(&draft));
        Ok(ReleaseForm::of(state.language(), Some(state.root()), summary, approvals))
    })
    .await
}
