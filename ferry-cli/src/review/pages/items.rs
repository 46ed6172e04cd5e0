//! Lists of records and documents, and one of them with all its fields.

use crate::review::pages::PageQuery;
use crate::review::pages::cards::cards;
use crate::review::query::SearchQuery;
use crate::review::respond::{self, PageFrame};
use crate::review::state::ReviewState;
use crate::review::view::card::Card;
use crate::texts::review_page as t;
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use ferry_format::text::Text;
use std::sync::Arc;

#[derive(Template)]
#[template(path = "review/items.html")]
struct ItemsPage {
    frame: PageFrame,
    query: SearchQuery,
    kinds: Vec<(String, Text)>,
    withheld: String,
    cards: Vec<Card>,
    total: u64,
    more: bool,
    number: u64,
    last: u64,
}

impl ItemsPage {
    /// The address of another page of the same list.
    fn address(&self, number: &u64) -> String {
        let code = |text: &str| askama::filters::urlencode_strict(text).map(|t| t.to_string()).unwrap_or_default();
        let SearchQuery { kind, case, text, flagged, retracted } = &self.query;
        let pairs = [("kind", kind), ("case", case), ("text", text), ("flagged", flagged), ("retracted", retracted)];
        let given: String =
            pairs.iter().filter(|(_, v)| !v.is_empty()).map(|(n, v)| format!("{n}={}&", code(v))).collect();
        format!("{}/items?{given}page={number}", self.frame.root)
    }
}

/// A page of what is looked for.
pub async fn items(
    State(state): State<Arc<ReviewState>>,
    Query(query): Query<SearchQuery>,
    Query(turned): Query<PageQuery>,
) -> Response {
    respond::page(state, move |state| {
        let mut draft = state.draft()?;
        let page = draft.page(&query, turned.page.unwrap_or(1))?;
        let cards = cards(state, &mut draft, &page.items)?;
        let summary = state.summary(&draft);
        let here = if query.flagged.is_empty() { "items" } else { "flagged" };
        let frame = PageFrame::of(state, &summary, here);
        let kinds = summary.kinds.into_iter().map(|k| (k.id, k.name)).collect();
        let (total, more) = (page.total, page.more);
        let (number, last) = (page.number, page.last);
        Ok(ItemsPage { frame, query, kinds, withheld: summary.withheld_kind, cards, total, more, number, last })
    })
    .await
}

#[derive(Template)]
#[template(path = "review/item.html")]
struct ItemPage {
    frame: PageFrame,
    card: Card,
}

/// One record or document, with all its fields.
pub async fn item(
    State(state): State<Arc<ReviewState>>,
    Path((_, entry, number)): Path<(String, u32, u32)>,
) -> Response {
    respond::page(state, move |state| {
        let mut draft = state.draft()?;
        let item = draft.item((entry, number))?;
        let card = Card::of(&mut draft, &state.names, item, false)?;
        let frame = PageFrame::of(state, &state.summary(&draft), "item");
        Ok(ItemPage { frame, card })
    })
    .await
}
