//! Cards of several items.

use crate::review::draft::Draft;
use crate::review::index::ItemNumber;
use crate::review::query::SearchQuery;
use crate::review::state::ReviewState;
use crate::review::view::card::Card;
use ferry_io::Result as Outcome;

/// Flagged items that the first page and the form for a refusal show.
pub const FLAGGED_FIRST: usize = 20;

/// Cards of these items.
pub fn cards(state: &ReviewState, draft: &mut Draft, numbers: &[ItemNumber]) -> Outcome<Vec<Card>> {
    let items = draft.items(numbers)?;
    items.into_iter().map(|item| Card::of(draft, &state.names, item, true)).collect()
}

/// Cards of the first flagged items.
pub fn flagged(state: &ReviewState, draft: &mut Draft) -> Outcome<Vec<Card>> {
    let query = SearchQuery { flagged: "1".into(), ..SearchQuery::default() };
    let numbers: Vec<ItemNumber> = draft.page(&query, 1)?.items.into_iter().take(FLAGGED_FIRST).collect();
    cards(state, draft, &numbers)
}
