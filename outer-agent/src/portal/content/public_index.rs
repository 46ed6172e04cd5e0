//! What is public (article 7, and judgments by article 14), in the order in which it is listed.

use crate::portal::state::App;
use crate::portal::problem::Outcome;
use crate::portal::content::view;
use crate::store::visible;
use ferry_format::record::catalogue::{Audience, FieldType, Kind, Direction};
use rusqlite::Connection;
use std::collections::BTreeMap;

/// The longest text of which a list shows something, in bytes.
const NOTE_BYTES_MAX: u32 = 80;
/// Entries on one page.
pub const PER_PAGE: usize = 50;
/// Longest text that is searched for, in characters.
pub const QUERY_CHARACTERS_MAX: usize = 60;
/// The order of the shelves by their articles: first what is new every day. What is not named here follows.
const ORDER: [&str; 8] = ["7(5)", "14", "7(4)", "7(3)", "7(7)", "7(1)", "7(2)", "7(6)"];

/// A public record as lists need it.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Its day, `YYYY-MM-DD`, or empty.
    pub day: String,
    /// Its code in the first code table of its kind, or empty.
    pub code: String,
    /// What tells it from others of the same title, where it has no code: a case number, a duty; or empty.
    pub note: String,
}

/// The public records of a kind, newest first.
#[derive(Debug)]
pub struct Shelf {
    /// Id of the kind.
    pub kind: String,
    /// The records.
    pub entries: Vec<Entry>,
}

/// Everything that is public.
#[derive(Debug)]
pub struct Shelves {
    /// The shelves in their order.
    pub all: Vec<Shelf>,
}

/// Whether a kind is public.
pub fn is_public(kind: &Kind) -> bool {
    kind.audience == Audience::Public && kind.direction == Direction::Up
}

/// The first field of a kind that has a code table.
pub fn code_field(kind: &Kind) -> Option<(&str, &BTreeMap<String, String>)> {
    kind.fields_in_order().into_iter().find_map(|(id, field)| match &field.kind {
        FieldType::Code(table) => Some((id.as_str(), table)),
        _ => None,
    })
}

fn shelf(conn: &Connection, app: &App, id: &str, kind: &Kind) -> Outcome<Shelf> {
    let code = code_field(kind).map(|(field, _)| field);
    let mut entries = Vec::new();
    visible::each_of_kind(conn, id, |record| {
        let item = view::item(app, &record, None);
        let code = code.map(|field| record.text(field).to_owned()).unwrap_or_default();
        let short = |id: &str| kind.fields.get(id).is_some_and(|field| is_short(&field.kind));
        let note = item.lines.into_iter().find(|line| short(&line.id)).map(|line| line.value).unwrap_or_default();
        entries.push(Entry { id: item.id, title: item.title, day: item.day, code, note });
    })?;
    entries.sort_by(|a, b| b.day.cmp(&a.day).then_with(|| a.id.cmp(&b.id)));
    Ok(Shelf { kind: id.to_owned(), entries })
}

/// Whether a field's value fits beside a title.
fn is_short(kind: &FieldType) -> bool {
    match kind {
        FieldType::CaseNumber => true,
        FieldType::Text(bytes_max) => *bytes_max <= NOTE_BYTES_MAX,
        _ => false,
    }
}

impl Shelves {
    /// Reads what is public now.
    pub fn read(conn: &Connection, app: &App) -> Outcome<Self> {
        let mut kinds: Vec<_> = app.catalogue.kinds.iter().filter(|(_, kind)| is_public(kind)).collect();
        let place = |kind: &Kind| ORDER.iter().position(|article| *article == kind.article).unwrap_or(ORDER.len());
        kinds.sort_by_key(|(id, kind)| (place(kind), *id));
        let all = kinds.into_iter().map(|(id, kind)| shelf(conn, app, id, kind)).collect::<Outcome<_>>()?;
        Ok(Self { all })
    }

    /// What has every word of a query in its title or note, newest first.
    pub fn search(&self, query: &str) -> Vec<(&Shelf, &Entry)> {
        let words: Vec<String> = query.split_whitespace().map(str::to_lowercase).collect();
        let has = |e: &Entry, word: &String| [&e.title, &e.note].iter().any(|t| t.to_lowercase().contains(word));
        let matches = |e: &Entry| !words.is_empty() && words.iter().all(|w| has(e, w));
        let all = self.all.iter().flat_map(|shelf| shelf.entries.iter().map(move |e| (shelf, e)));
        let mut found: Vec<(&Shelf, &Entry)> = all.filter(|(_, e)| matches(e)).collect();
        found.sort_by(|a, b| b.1.day.cmp(&a.1.day));
        found
    }

    /// The shelf of a kind.
    pub fn of(&self, kind: &str) -> Option<&Shelf> {
        self.all.iter().find(|shelf| shelf.kind == kind)
    }
}

/// One page of a list.
pub struct Page<T> {
    /// What is on it.
    pub items: Vec<T>,
    /// Its number, from 1.
    pub number: usize,
    /// How many there are.
    pub pages: usize,
    /// How many items there are on all.
    pub total: usize,
}

impl<T> Page<T> {
    /// The page that was asked for; what is no number of a page is the first.
    pub fn of<'e, E>(entries: &[&'e E], asked: &str, make: impl FnMut(&'e E) -> T) -> Self {
        let pages = entries.len().div_ceil(PER_PAGE).max(1);
        let number = asked.parse().ok().filter(|n| (1..=pages).contains(n)).unwrap_or(1);
        let items = entries.iter().copied().skip((number - 1) * PER_PAGE).take(PER_PAGE).map(make).collect();
        Self { items, number, pages, total: entries.len() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_entry_is_on_one_page_and_a_bad_number_is_the_first() {
        let numbers: Vec<usize> = (0..PER_PAGE * 2 + 1).collect();
        let entries: Vec<&usize> = numbers.iter().collect();
        let page = |asked: &str| Page::of(&entries, asked, |n| *n);
        let all: Vec<_> = (1..=3).flat_map(|n| page(&n.to_string()).items).collect();
        assert_eq!(all, numbers);
        for bad in ["", "0", "4", "-1", "x", "99999999999999999999", "1.5"] {
            assert_eq!((page(bad).number, page(bad).items[0]), (1, 0), "{bad}");
        }
        assert_eq!(Page::of(&Vec::<&usize>::new(), "1", |n| *n).pages, 1);
    }
}
