//! A row as the export looks at it: what decides whether it crosses, taken from its columns once. Reading rows, turning them
//! into records and looking for what must not cross needs no ledger, so it runs on a thread of its own, ahead of the export.

use crate::export::carry;
use crate::export::held::{Class, Held};
use crate::export::sight::{self, Rules, Seen};
use crate::source::mapping::{Found, KindMap};
use crate::source::{Cell, Row, Rows, Source};
use ferry_io::error::{Error, Result};
use ferry_io::exit_code::IO;
use std::sync::mpsc::sync_channel;

/// Pages of candidates that wait for the export.
const PAGES: usize = 4;
/// Candidates of a page.
const PAGE: usize = 256;
/// Candidates of a page where each may hold an open document.
const PAGE_OF_DOCUMENTS: usize = 16;

/// A row that may cross.
pub struct Candidate {
    /// Key in the platform.
    pub key: String,
    /// When it last changed, as the platform says.
    pub changed: Option<String>,
    /// Its case.
    pub case: Option<String>,
    /// Its person.
    pub person: Option<String>,
    /// Whether it is of this kind at all.
    pub is_of_kind: bool,
    /// Whether its key and case find it again in the database.
    pub is_found_again: bool,
    /// The rule that keeps it inside for now (articles 5 and 18).
    pub kept_in: Option<Class>,
    /// Digest over everything that the record would be made of.
    pub fingerprint: [u8; 16],
    /// Its columns, or already what was made of them.
    pub content: Content,
}

/// What a candidate brings.
#[expect(
    clippy::large_enum_variant,
    reason = "in a first export nearly all are made, and a box would cost each an allocation"
)]
pub enum Content {
    /// Columns that need not be read while the fingerprint is the same.
    Row(OwnedRow),
    /// The record with what was seen in it, or why it stays inside.
    Made(std::result::Result<(Found, Seen), Held>),
}

impl Candidate {
    /// Looks at a row. `eager` makes the record at once: nothing of the kind was exported, so it will be asked for.
    pub fn of(map: &KindMap, row: &dyn Row, source: &Source, rules: Rules<'_>, eager: bool) -> Result<Self> {
        let (is_of_kind, kept_in) = (map.is_of_kind(row)?, map.kept_in(row)?);
        let content = match (is_of_kind, eager && kept_in.is_none()) {
            // Its key says what is to be retracted; nothing else of it is asked for.
            (false, _) => Content::Row(OwnedRow::default()),
            (true, true) => Content::Made(ahead(map, row, source, rules)?),
            (true, false) => Content::Row(OwnedRow::of(row, map.columns.len())?),
        };
        let fingerprint = if is_of_kind { map.fingerprint(row, &source.documents)? } else { [0; 16] };
        Ok(Self {
            key: map.key(row)?,
            changed: map.changed(row)?,
            case: map.case(row)?,
            person: map.person(row)?,
            is_of_kind,
            is_found_again: map.is_found_again(row)?,
            kept_in,
            fingerprint,
            content,
        })
    }
}

impl Content {
    /// Takes it out; what is left is an empty row.
    pub fn take(&mut self) -> Self {
        std::mem::replace(self, Self::Row(OwnedRow::default()))
    }

    /// The record with what was seen in it, or why it stays inside.
    pub fn make(
        self,
        map: &KindMap,
        source: &Source,
        rules: Rules<'_>,
    ) -> Result<std::result::Result<(Found, Seen), Held>> {
        match self {
            Self::Row(row) => made(map, &row, source, rules),
            Self::Made(made) => Ok(made),
        }
    }
}

fn made(
    map: &KindMap,
    row: &dyn Row,
    source: &Source,
    rules: Rules<'_>,
) -> Result<std::result::Result<(Found, Seen), Held>> {
    Ok(match map.read(row, 1, &source.documents)? {
        Ok(mut found) => sight::look(rules, map, &mut found).map(|seen| (found, seen)),
        Err(held) => Err(held),
    })
}

/// Makes the record and encodes it, where nothing is added to it later.
fn ahead(
    map: &KindMap,
    row: &dyn Row,
    source: &Source,
    rules: Rules<'_>,
) -> Result<std::result::Result<(Found, Seen), Held>> {
    let mut made = made(map, row, source, rules)?;
    if let Ok((found, _)) = &mut made
        && found.document.is_none()
        && found.secrets.is_empty()
    {
        found.encoded = Some(carry::encoded(&found.record)?);
    }
    Ok(made)
}

/// All rows of a kind, in the order of their keys.
pub fn all(
    source: &Source,
    map: &KindMap,
    rules: Rules<'_>,
    eager: bool,
    each: &mut dyn FnMut(Candidate) -> Result<()>,
) -> Result<()> {
    let (send, pages) = sync_channel::<Vec<Candidate>>(PAGES);
    let length = if map.has_document() { PAGE_OF_DOCUMENTS } else { PAGE };
    std::thread::scope(|scope| {
        let reader = scope.spawn(move || {
            let mut page = Vec::with_capacity(length);
            let stopped = |_| Error::new(IO, "FERRY-E0623", "the export ended before its rows", "run again");
            let wanted = Rows::All { key: map.mapping.key_column() };
            source.database().rows(&map.mapping.sql, &map.columns, wanted, &mut |row| {
                page.push(Candidate::of(map, row, source, rules, eager)?);
                if page.len() == length {
                    send.send(std::mem::replace(&mut page, Vec::with_capacity(length))).map_err(stopped)?;
                }
                Ok(())
            })?;
            send.send(page).map_err(stopped)
        });
        let taken = pages.iter().flatten().try_for_each(each);
        // A reader that waits for room must not wait for ever when the export has failed.
        drop(pages);
        let read = reader.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        taken.and(read)
    })
}

/// A copy of a row.
#[derive(Default)]
pub struct OwnedRow {
    bytes: Vec<u8>,
    cells: Vec<Owned>,
    found_again: Vec<bool>,
}

enum Owned {
    Null,
    Integer(i64),
    Real(f64),
    Text(std::ops::Range<usize>),
}

impl OwnedRow {
    fn of(row: &dyn Row, columns: usize) -> Result<Self> {
        let (mut bytes, mut cells) = (Vec::new(), Vec::with_capacity(columns));
        let mut found_again = Vec::with_capacity(columns);
        for column in 0..columns {
            found_again.push(row.is_found_again(column)?);
            cells.push(match row.cell(column)? {
                Cell::Null => Owned::Null,
                Cell::Integer(n) => Owned::Integer(n),
                Cell::Real(x) => Owned::Real(x),
                Cell::Text(text) => {
                    let from = bytes.len();
                    bytes.extend_from_slice(text);
                    Owned::Text(from..bytes.len())
                }
            });
        }
        Ok(Self { bytes, cells, found_again })
    }
}

impl Row for OwnedRow {
    fn cell(&self, column: usize) -> Result<Cell<'_>> {
        Ok(match &self.cells[column] {
            Owned::Null => Cell::Null,
            Owned::Integer(n) => Cell::Integer(*n),
            Owned::Real(x) => Cell::Real(*x),
            Owned::Text(range) => Cell::Text(&self.bytes[range.clone()]),
        })
    }

    fn is_found_again(&self, column: usize) -> Result<bool> {
        Ok(self.found_again[column])
    }
}
