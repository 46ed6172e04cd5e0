//! The forms to approve and refuse, and what came of them.

use crate::review::index::ItemNumber;
use crate::review::pages::cards;
use crate::review::respond::{self, PageFrame};
use crate::review::state::{DecisionHere, ReviewState, ReviewerInfo};
use crate::review::view::approvals::ApprovalState;
use crate::review::view::card::Card;
use crate::review::view::summary::DraftSummary;
use crate::texts::errors;
use crate::texts::review_page as t;
use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use ferry_io::Result as Outcome;
use serde::Deserialize;
use std::sync::Arc;

#[derive(Template)]
#[template(path = "review/decide.html")]
struct DecidePage {
    frame: PageFrame,
    summary: DraftSummary,
    approvals: ApprovalState,
    reviewer: ReviewerInfo,
    token: String,
    decided: Option<DecisionHere>,
    flagged: Vec<Card>,
    chosen: Vec<Card>,
}

/// An item that a refusal is to name.
#[derive(Deserialize)]
pub struct ChosenItem {
    item: Option<String>,
}

/// The forms.
pub async fn decide(State(state): State<Arc<ReviewState>>, Query(chosen): Query<ChosenItem>) -> Response {
    respond::page(state, move |state| {
        let mut draft = state.draft()?;
        let chosen: Vec<ItemNumber> = chosen.item.iter().map(|text| item_number(text)).collect::<Outcome<_>>()?;
        let chosen = cards::cards(state, &mut draft, &chosen)?;
        let mut flagged = cards::flagged(state, &mut draft)?;
        flagged.retain(|card| !chosen.iter().any(|c| c.number == card.number));
        let summary = state.summary(&draft);
        let (approvals, reviewer, decided) = (state.approvals(&draft), state.reviewer_info(), state.decision_here());
        let frame = PageFrame::of(state, &summary, "decide");
        let token = state.secrets.form.clone();
        Ok(DecidePage { frame, summary, approvals, reviewer, token, decided, flagged, chosen })
    })
    .await
}

/// Reads `ENTRY/NUMBER`.
///
/// # Errors
/// `FERRY-E0742` for anything else.
pub fn item_number(text: &str) -> Outcome<ItemNumber> {
    let parsed = text.split_once('/').and_then(|(entry, number)| Some((entry.parse().ok()?, number.parse().ok()?)));
    parsed.ok_or_else(errors::item_not_found)
}

#[derive(Template)]
#[template(path = "review/done.html")]
struct DonePage {
    frame: PageFrame,
    summary: DraftSummary,
    approvals: ApprovalState,
    reviewer: ReviewerInfo,
    decided: Option<DecisionHere>,
}

/// What was decided, and what to do with it.
pub async fn done(State(state): State<Arc<ReviewState>>) -> Response {
    respond::page(state, |state| {
        let draft = state.draft()?;
        let summary = state.summary(&draft);
        let (approvals, reviewer, decided) = (state.approvals(&draft), state.reviewer_info(), state.decision_here());
        Ok(DonePage { frame: PageFrame::of(state, &summary, "decide"), summary, approvals, reviewer, decided })
    })
    .await
}
