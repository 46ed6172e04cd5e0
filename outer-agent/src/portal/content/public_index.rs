//! Index of the public records (article 7, and judgments by article 14), in the order of their lists.

use crate::portal::cache::generation::PerGeneration;
use crate::portal::content::record_view::RecordView;
use crate::portal::court::Court;
use crate::portal::i18n::format::Formatter;
use crate::portal::problem::{Outcome, Problem};
use crate::store::visible;
use ferry_format::record::catalogue::{Audience, Direction, FieldType, Kind};
use rusqlite::Connection;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The longest text shown beside a title, in bytes.
const NOTE_BYTES_MAX: u32 = 80;
/// Entries on one page.
pub const PER_PAGE: usize = 50;
/// Longest search text, in characters.
pub const QUERY_CHARACTERS_MAX: usize = 60;
/// The order of the categories by article: what changes daily comes first. Other articles follow.
const ORDER: [&str; 8] = ["7(5)", "14", "7(4)", "7(3)", "7(7)", "7(1)", "7(2)", "7(6)"];

/// The article on the publication of judgments.
const JUDGMENTS_ARTICLE: &str = "14";

/// A public record in a list.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Its date, `YYYY-MM-DD`, or empty.
    pub date: String,
    /// Its code in the first code field of its kind, or empty.
    pub code: String,
    /// A short field that tells it from others of the same title, such as a case number; or empty.
    pub note: String,
}

/// The public records of a kind, newest first.
#[derive(Debug)]
pub struct Category {
    /// Id of the kind.
    pub kind: String,
    /// The records.
    pub entries: Vec<Entry>,
}

/// All public records.
#[derive(Debug)]
pub struct PublicIndex {
    /// The categories in their order.
    pub categories: Vec<Category>,
}

/// Whether a kind is public.
pub fn is_public(kind: &Kind) -> bool {
    kind.audience == Audience::Public && kind.direction == Direction::Up
}

/// Whether a kind is public judgments, which the feed contains.
pub fn is_judgment(kind: &Kind) -> bool {
    is_public(kind) && kind.article == JUDGMENTS_ARTICLE
}

/// The first code field of a kind, with its table.
pub fn code_field(kind: &Kind) -> Option<(&str, &BTreeMap<String, String>)> {
    kind.fields_in_order().into_iter().find_map(|(id, field)| match &field.kind {
        FieldType::Code(table) => Some((id.as_str(), table)),
        _ => None,
    })
}

fn category(conn: &Connection, court: &Court, id: &str, kind: &Kind) -> Outcome<Category> {
    let code = code_field(kind).map(|(field, _)| field);
    let mut entries = Vec::new();
    visible::each_of_kind(conn, id, |record| {
        let view = RecordView::new(Formatter::chinese(court), &record, None);
        let code = code.map(|field| record.text(field).to_owned()).unwrap_or_default();
        let short = |id: &str| kind.fields.get(id).is_some_and(|field| is_short(&field.kind));
        let note = view.fields.into_iter().find(|line| short(&line.id)).map(|line| line.value).unwrap_or_default();
        entries.push(Entry { id: view.id, title: view.title, date: view.date, code, note });
    })?;
    entries.sort_by(|a, b| b.date.cmp(&a.date).then_with(|| a.id.cmp(&b.id)));
    Ok(Category { kind: id.to_owned(), entries })
}

/// Whether the value of a field fits beside a title.
fn is_short(kind: &FieldType) -> bool {
    match kind {
        FieldType::CaseNumber => true,
        FieldType::Text(bytes_max) => *bytes_max <= NOTE_BYTES_MAX,
        _ => false,
    }
}

impl PublicIndex {
    /// Reads the public records of the visible generation.
    ///
    /// # Errors
    /// A store that cannot be read.
    pub fn read(conn: &Connection, court: &Court) -> Outcome<Self> {
        let mut kinds: Vec<_> = court.catalogue.kinds.iter().filter(|(_, kind)| is_public(kind)).collect();
        let place = |kind: &Kind| ORDER.iter().position(|article| *article == kind.article).unwrap_or(ORDER.len());
        kinds.sort_by_key(|(id, kind)| (place(kind), *id));
        let categories = kinds.into_iter().map(|(id, kind)| category(conn, court, id, kind));
        Ok(Self { categories: categories.collect::<Outcome<_>>()? })
    }

    /// The records with every word of a query in title or note, newest first.
    pub fn search(&self, query: &str) -> Vec<(&Category, &Entry)> {
        let words: Vec<String> = query.split_whitespace().map(str::to_lowercase).collect();
        let has = |e: &Entry, word: &String| [&e.title, &e.note].iter().any(|t| t.to_lowercase().contains(word));
        let matches = |e: &Entry| !words.is_empty() && words.iter().all(|w| has(e, w));
        let all = self.categories.iter().flat_map(|category| category.entries.iter().map(move |e| (category, e)));
        let mut found: Vec<(&Category, &Entry)> = all.filter(|(_, e)| matches(e)).collect();
        found.sort_by(|a, b| b.1.date.cmp(&a.1.date));
        found
    }

    /// The category of a kind.
    pub fn category(&self, kind: &str) -> Option<&Category> {
        self.categories.iter().find(|category| category.kind == kind)
    }
}

/// The index of the visible generation, shared by all requests.
#[derive(Default)]
pub struct PublicIndexCache(PerGeneration<Option<Arc<PublicIndex>>>);

impl PublicIndexCache {
    /// The index; read once for each generation.
    ///
    /// # Errors
    /// A store that cannot be read.
    pub fn get(&self, conn: &Connection, court: &Court) -> Outcome<Arc<PublicIndex>> {
        let generation = visible::number(conn)?;
        if let Some(index) = self.0.with(generation, |kept| kept.clone()) {
            return Ok(index);
        }
        let index = Arc::new(PublicIndex::read(conn, court)?);
        self.0.with(generation, |kept| *kept = Some(index.clone()));
        Ok(index)
    }
}

/// A public record in the reader's language.
///
/// # Errors
/// [`Problem::NotFound`] for a record that is not public, as for one that does not exist.
pub fn public_record(conn: &Connection, formatter: Formatter<'_>, kind: &str, id: &str) -> Outcome<RecordView> {
    formatter.court.catalogue.kinds.get(kind).filter(|k| is_public(k)).ok_or(Problem::NotFound)?;
    let record = visible::record(conn, kind, id)?.ok_or(Problem::NotFound)?;
    Ok(RecordView::new(formatter, &record, None))
}

/// One page of a list.
pub struct Page<T> {
    /// The items on it.
    pub items: Vec<T>,
    /// Its number, from 1.
    pub number: usize,
    /// Number of pages.
    pub pages: usize,
    /// Number of items on all pages.
    pub total: usize,
}

impl<T> Page<T> {
    /// The requested page; anything that is not a page number gives the first.
    pub fn of<'e, E>(entries: &[&'e E], requested: &str, make: impl FnMut(&'e E) -> T) -> Self {
        let pages = entries.len().div_ceil(PER_PAGE).max(1);
        let number = requested.parse().ok().filter(|n| (1..=pages).contains(n)).unwrap_or(1);
        let items = entries.iter().copied().skip((number - 1) * PER_PAGE).take(PER_PAGE).map(make).collect();
        Self { items, number, pages, total: entries.len() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_entry_is_on_one_page_and_a_bad_number_gives_the_first() {
        let numbers: Vec<usize> = (0..PER_PAGE * 2 + 1).collect();
        let entries: Vec<&usize> = numbers.iter().collect();
        let page = |requested: &str| Page::of(&entries, requested, |n| *n);
        let all: Vec<_> = (1..=3).flat_map(|n| page(&n.to_string()).items).collect();
        assert_eq!(all, numbers);
        for bad in ["", "0", "4", "-1", "x", "99999999999999999999", "1.5"] {
            assert_eq!((page(bad).number, page(bad).items[0]), (1, 0), "{bad}");
        }
        assert_eq!(Page::of(&Vec::<&usize>::new(), "1", |n| *n).pages, 1);
    }
}
