//! The first page.

use crate::review::pages::cards;
use crate::review::respond::{self, PageFrame};
use crate::review::state::ReviewState;
use crate::review::view::approvals::ApprovalState;
use crate::review::view::card::Card;
use crate::review::view::summary::DraftSummary;
use crate::texts::review_page as t;
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use ferry_format::text::Text;
use std::sync::Arc;

#[derive(Template)]
#[template(path = "review/overview.html")]
struct OverviewPage {
    frame: PageFrame,
    summary: DraftSummary,
    approvals: ApprovalState,
    names_notice: Option<Text>,
    flagged: Vec<Card>,
    changed: Option<[usize; 4]>,
}

/// The first page.
pub async fn overview(State(state): State<Arc<ReviewState>>) -> Response {
    respond::page(state, |state| {
        let mut draft = state.draft()?;
        let summary = state.summary(&draft);
        let changed = state.comparison.as_ref().map(|c| c.counts());
        let flagged = cards::flagged(state, &mut draft)?;
        let approvals = state.approvals(&draft);
        let frame = PageFrame::of(state, &summary, "overview");
        Ok(OverviewPage { frame, summary, approvals, names_notice: state.names_notice(), flagged, changed })
    })
    .await
}
