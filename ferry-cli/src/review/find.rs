//! Pages of what a reviewer asks for. What the index knows is counted exactly without reading; a search for a case or a text
//! reads the draft once and is kept for turning its pages.

use crate::review::draft::{Draft, Place, Row};
use crate::show;
use ferry_format::record::{Record, Value};
use ferry_io::Result as Outcome;
use serde::Deserialize;

/// Items on one page.
pub const PAGE: u64 = 100;
/// Places that a search keeps; it then says that there are more.
const FOUND_MAX: usize = 10_000;

/// What is asked for, as it stands in an address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Asked {
    /// Only this kind.
    pub kind: String,
    /// Only this case.
    pub case: String,
    /// Only what has this text in its id, name, reason or a field.
    pub text: String,
    /// Only what was flagged.
    pub flagged: String,
    /// Only retractions.
    pub retracted: String,
}

/// What a search found.
#[derive(Clone, Debug, Default)]
pub struct Found {
    places: Vec<Place>,
    /// Whether the search ended before the draft did.
    pub more: bool,
}

/// One page.
pub struct Page {
    /// What stands on it.
    pub places: Vec<Place>,
    /// How many there are in all, or at least.
    pub total: u64,
    /// Whether there are more than that.
    pub more: bool,
    /// Its number, from 1.
    pub number: u64,
    /// The number of the last one.
    pub last: u64,
}

impl Asked {
    fn searches(&self) -> bool {
        !(self.case.is_empty() && self.text.is_empty())
    }

    /// Items of a row that the index alone lets through.
    fn admits(&self, kinds: &[String], row: &Row) -> u64 {
        let kind = kinds.get(usize::from(row.kind)).map(String::as_str).unwrap_or_default();
        if !(self.kind.is_empty() || self.kind == kind) || (!self.flagged.is_empty() && !row.flagged) {
            return 0;
        }
        if !self.case.is_empty() && row.is_document {
            return 0;
        }
        u64::from(if self.retracted.is_empty() { row.items } else { row.retracted })
    }

    fn wants(&self, record: &Record, reason: &str) -> bool {
        let has = |text: &str| text.contains(&self.text);
        (self.retracted.is_empty() || record.retracted)
            && (self.case.is_empty() || self.case == record.case_id)
            && (self.text.is_empty()
                || has(&record.id)
                || has(&record.case_id)
                || has(&record.person)
                || has(reason)
                || record.fields.values().any(|v| match v {
                    Value::Text(text) => has(text),
                    other => has(&show::value(other)),
                }))
    }
}

impl Draft {
    /// A page of what is asked for.
    pub fn page(&mut self, asked: &Asked, number: u64) -> Outcome<Page> {
        if asked.searches() {
            if self.found.as_ref().is_none_or(|(known, _)| known != asked) {
                let found = self.search(asked)?;
                self.found = Some((asked.clone(), found));
            }
            let found = self.found.as_ref().map(|(_, found)| found.clone()).unwrap_or_default();
            let total = found.places.len() as u64;
            let (number, last) = bounds(number, total);
            let places = found.places.into_iter().skip(((number - 1) * PAGE) as usize).take(PAGE as usize).collect();
            return Ok(Page { places, total, more: found.more, number, last });
        }
        let admitted = |row: &Row| asked.admits(&self.index.kinds, row);
        let total = self.index.rows.iter().map(admitted).sum();
        let (number, last) = bounds(number, total);
        let mut skip = (number - 1) * PAGE;
        let mut chosen = Vec::new();
        let mut wanted = PAGE;
        for (entry, row) in self.index.rows.iter().enumerate() {
            let here = admitted(row);
            if skip >= here {
                skip -= here;
                continue;
            }
            let taken = (here - skip).min(wanted);
            chosen.push((entry as u32, skip, taken));
            (skip, wanted) = (0, wanted - taken);
            if wanted == 0 {
                break;
            }
        }
        let mut places = Vec::new();
        for (entry, skip, taken) in chosen {
            let numbers = self.numbers(asked, entry)?;
            places.extend(numbers.into_iter().skip(skip as usize).take(taken as usize).map(|n| (entry, n)));
        }
        Ok(Page { places, total, more: false, number, last })
    }

    /// Numbers of the items of an entry that the index lets through.
    fn numbers(&mut self, asked: &Asked, entry: u32) -> Outcome<Vec<u32>> {
        let row = &self.index.rows[entry as usize];
        if asked.retracted.is_empty() || row.is_document || row.retracted == row.items {
            return Ok((0..row.items).collect());
        }
        let entry = self.entry(entry)?;
        let records = self.block(&entry)?.iter().zip(0..);
        Ok(records.filter(|(r, _)| r.retracted).map(|(_, n)| n).collect())
    }

    fn search(&mut self, asked: &Asked) -> Outcome<Found> {
        let kinds = &self.index.kinds;
        let rows = self.index.rows.iter().enumerate().filter(|(_, row)| asked.admits(kinds, row) > 0);
        let entries: Vec<u32> = rows.map(|(entry, _)| entry as u32).collect();
        let mut found = Found::default();
        for number in entries {
            let entry = self.entry(number)?;
            if entry.records == 0 {
                if entry.name.contains(&asked.text) || entry.reason.contains(&asked.text) {
                    found.places.push((number, 0));
                }
            } else {
                let records = self.block(&entry)?.iter().zip(0..);
                let wanted = records.filter(|(r, _)| asked.wants(r, &entry.reason)).map(|(_, n)| (number, n));
                found.places.extend(wanted);
            }
            if found.places.len() > FOUND_MAX {
                found.places.truncate(FOUND_MAX);
                found.more = true;
                break;
            }
        }
        Ok(found)
    }
}

/// The number of a page that is there, and the last one.
fn bounds(number: u64, total: u64) -> (u64, u64) {
    let last = total.div_ceil(PAGE).max(1);
    (number.clamp(1, last), last)
}
