//! Pages of what a reviewer looks for. What the index knows is counted exactly without reading; a search for a case or a text
//! reads the draft once and is kept for turning its pages.

use crate::review::draft::Draft;
use crate::review::index::{ItemNumber, Row};
use crate::review::query::{Matches, SearchQuery};
use ferry_io::Result as Outcome;

/// Items on one page.
pub const PAGE_ITEMS: u64 = 100;
/// Items that a search keeps; it then says that there are more.
const MATCHES_MAX: usize = 10_000;

/// One page of a list.
pub struct ResultPage {
    /// Its items.
    pub items: Vec<ItemNumber>,
    /// How many there are in total, or at least.
    pub total: u64,
    /// Whether there are more than that.
    pub more: bool,
    /// Its number, from 1.
    pub number: u64,
    /// The number of the last one.
    pub last: u64,
}

impl Draft {
    /// A page of what is looked for.
    pub fn page(&mut self, query: &SearchQuery, number: u64) -> Outcome<ResultPage> {
        if query.reads_content() { self.page_of_search(query, number) } else { self.page_of_index(query, number) }
    }

    fn page_of_search(&mut self, query: &SearchQuery, number: u64) -> Outcome<ResultPage> {
        if self.last_search.as_ref().is_none_or(|(known, _)| known != query) {
            let found = self.search(query)?;
            self.last_search = Some((query.clone(), found));
        }
        let found = self.last_search.as_ref().map(|(_, found)| found.clone()).unwrap_or_default();
        let total = found.items.len() as u64;
        let (number, last) = bounds(number, total);
        let skip = ((number - 1) * PAGE_ITEMS) as usize;
        let items = found.items.into_iter().skip(skip).take(PAGE_ITEMS as usize).collect();
        Ok(ResultPage { items, total, more: found.more, number, last })
    }

    fn page_of_index(&mut self, query: &SearchQuery, number: u64) -> Outcome<ResultPage> {
        let matching = |row: &Row| query.count_in(&self.index.kinds, row);
        let total = self.index.rows.iter().map(matching).sum();
        let (number, last) = bounds(number, total);
        let mut skip = (number - 1) * PAGE_ITEMS;
        let mut wanted = PAGE_ITEMS;
        // Entry, how many of its matching items to skip, how many to show.
        let mut chosen = Vec::new();
        for (entry, row) in self.index.rows.iter().enumerate() {
            let here = matching(row);
            if skip >= here {
                skip -= here;
                continue;
            }
            let shown = (here - skip).min(wanted);
            chosen.push((entry as u32, skip, shown));
            (skip, wanted) = (0, wanted - shown);
            if wanted == 0 {
                break;
            }
        }
        let mut items = Vec::new();
        for (entry, skip, shown) in chosen {
            let numbers = self.numbers(query, entry)?;
            items.extend(numbers.into_iter().skip(skip as usize).take(shown as usize).map(|n| (entry, n)));
        }
        Ok(ResultPage { items, total, more: false, number, last })
    }

    /// Numbers of the items of an entry that match as far as the index knows.
    fn numbers(&mut self, query: &SearchQuery, entry: u32) -> Outcome<Vec<u32>> {
        let row = &self.index.rows[entry as usize];
        if query.retracted.is_empty() || row.is_document || row.retracted == row.items {
            return Ok((0..row.items).collect());
        }
        let entry = self.entry(entry)?;
        let records = self.block(&entry)?.iter().zip(0..);
        Ok(records.filter(|(r, _)| r.retracted).map(|(_, n)| n).collect())
    }

    fn search(&mut self, query: &SearchQuery) -> Outcome<Matches> {
        let kinds = &self.index.kinds;
        let rows = self.index.rows.iter().enumerate().filter(|(_, row)| query.count_in(kinds, row) > 0);
        let entries: Vec<u32> = rows.map(|(entry, _)| entry as u32).collect();
        let mut found = Matches::default();
        for number in entries {
            let entry = self.entry(number)?;
            if entry.records == 0 {
                if query.matches_document(&entry.name, &entry.reason) {
                    found.items.push((number, 0));
                }
            } else {
                let records = self.block(&entry)?.iter().zip(0..);
                let matching = records.filter(|(r, _)| query.matches_record(r, &entry.reason));
                found.items.extend(matching.map(|(_, n)| (number, n)));
            }
            if found.items.len() > MATCHES_MAX {
                found.items.truncate(MATCHES_MAX);
                found.more = true;
                break;
            }
        }
        Ok(found)
    }
}

/// The number of a page that exists, and the last one.
fn bounds(number: u64, total: u64) -> (u64, u64) {
    let last = total.div_ceil(PAGE_ITEMS).max(1);
    (number.clamp(1, last), last)
}
