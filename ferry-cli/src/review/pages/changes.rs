//! What changed since the batch before.

use crate::review::pages::PageQuery;
use crate::review::respond::{self, PageFrame};
use crate::review::search::PAGE_ITEMS;
use crate::review::state::ReviewState;
use crate::review::view::changes::{Change, changes};
use crate::texts::review_page as t;
use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use std::sync::Arc;

#[derive(Template)]
#[template(path = "review/changes.html")]
struct ChangesPage {
    frame: PageFrame,
    counts: Option<[usize; 4]>,
    changes: Vec<Change>,
    number: u64,
    last: u64,
}

/// A page of changes.
pub async fn list(State(state): State<Arc<ReviewState>>, Query(turned): Query<PageQuery>) -> Response {
    respond::page(state, move |state| {
        let frame = PageFrame::of(state, &state.summary(&*state.draft()?), "changes");
        let Some(comparison) = &state.comparison else {
            return Ok(ChangesPage { frame, counts: None, changes: Vec::new(), number: 1, last: 1 });
        };
        let counts = comparison.counts();
        let total = (counts[0] + counts[1] + counts[2]) as u64;
        let last = total.div_ceil(PAGE_ITEMS).max(1);
        let number = turned.page.unwrap_or(1).clamp(1, last);
        let skip = ((number - 1) * PAGE_ITEMS) as usize;
        let changes = changes(comparison, &state.names, skip, PAGE_ITEMS as usize);
        Ok(ChangesPage { frame, counts: Some(counts), changes, number, last })
    })
    .await
}
