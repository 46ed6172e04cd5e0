//! A row of the platform as the export works with it. Reading rows, making records of them and scanning their fields needs no
//! ledger, so it runs on a thread of its own, ahead of the export.

use crate::screening::fields::{self, Rules};
use crate::screening::findings::FindingCounts;
use crate::source::Source;
use crate::source::database::{Row, Rows};
use crate::source::mapping::{KindMapping, MappedRecord};
use crate::source::owned_row::OwnedRow;
use crate::store::hold::{Hold, HoldClass};
use crate::texts::errors;
use ferry_format::reason::Reason;
use ferry_format::record::Record;
use ferry_io::error::Result;
use std::sync::mpsc::sync_channel;

/// Pages that wait for the export.
const PAGES: usize = 4;
/// Rows of a page.
const PAGE_ROWS: usize = 256;
/// Rows of a page where each may hold an open document.
const PAGE_ROWS_WITH_DOCUMENTS: usize = 16;

/// A row that may cross.
pub struct SourceRow {
    /// Key in the platform.
    pub key: String,
    /// When it last changed, as the platform says.
    pub changed: Option<String>,
    /// Its case.
    pub case: Option<String>,
    /// Its person.
    pub person: Option<String>,
    /// Whether it is of this kind.
    pub is_of_kind: bool,
    /// Whether a column cannot be read that decides whether it may cross.
    pub is_undecidable: bool,
    /// Why it cannot be read as it stands, if it cannot.
    pub unreadable: Option<Reason>,
    /// Whether its key is text that can be read exactly.
    pub has_readable_key: bool,
    /// Whether another row has its key.
    pub is_repeated: bool,
    /// Whether lookups by its key and case find it again in the database.
    pub is_found_again: bool,
    /// The rule that keeps it inside (articles 5 and 18).
    pub kept_in: Option<HoldClass>,
    /// Digest of everything that the record would be made of.
    pub fingerprint: [u8; 16],
    /// Its columns, or the record that was made of them.
    pub content: RowContent,
}

/// The content of a row.
#[expect(
    clippy::large_enum_variant,
    reason = "in a first export nearly all rows become records at once, and a box would cost each an allocation"
)]
pub enum RowContent {
    /// The columns: they become a record only if the fingerprint changed.
    Columns(OwnedRow),
    /// The record with its findings, or why it is held.
    Record(std::result::Result<(MappedRecord, FindingCounts), Hold>),
}

impl SourceRow {
    /// Reads a row. `eager` makes its record at once: nothing of the kind was exported, so every record is needed.
    pub fn read(map: &KindMapping, row: &dyn Row, source: &Source, rules: Rules<'_>, eager: bool) -> Result<Self> {
        // Nearly every row can be read: one look at its columns says so for all of them.
        let unreadable = map.unreadable(row)?;
        let is_undecidable = unreadable.is_some() && map.is_undecidable(row)?;
        let has_readable_key = unreadable.is_none() || map.has_readable_key(row)?;
        let is_of_kind = is_undecidable || map.is_of_kind(row)?;
        let unreadable = unreadable.filter(|_| is_of_kind);
        let kept_in = if is_undecidable { None } else { map.kept_in(row)? };
        let content = match (is_of_kind && unreadable.is_none(), eager && kept_in.is_none()) {
            // Only the key is needed, to retract what was exported of it.
            (false, _) => RowContent::Columns(OwnedRow::default()),
            (true, true) => RowContent::Record(make_and_encode(map, row, source, rules)?),
            (true, false) => RowContent::Columns(OwnedRow::copy(row, map.columns.len())?),
        };
        let fingerprint = if is_of_kind && unreadable.is_none() {
            map.fingerprint(row, &source.documents, &source.people)?
        } else {
            [0; 16]
        };
        Ok(Self {
            key: map.key(row)?,
            changed: map.changed(row)?,
            case: map.case(row)?,
            person: map.person(row)?.map(|person| source.people.canonical(person)),
            is_of_kind,
            is_undecidable,
            unreadable,
            has_readable_key,
            is_repeated: false,
            is_found_again: map.is_found_again(row)?,
            kept_in,
            fingerprint,
            content,
        })
    }
}

impl RowContent {
    /// Moves it out; an empty row remains.
    pub fn take(&mut self) -> Self {
        std::mem::replace(self, Self::Columns(OwnedRow::default()))
    }

    /// The record with its findings.
    ///
    /// # Errors
    /// The inner error says why it is held.
    pub fn into_record(
        self,
        map: &KindMapping,
        source: &Source,
        rules: Rules<'_>,
    ) -> Result<std::result::Result<(MappedRecord, FindingCounts), Hold>> {
        match self {
            Self::Columns(row) => make(map, &row, source, rules),
            Self::Record(made) => Ok(made),
        }
    }
}

fn make(
    map: &KindMapping,
    row: &dyn Row,
    source: &Source,
    rules: Rules<'_>,
) -> Result<std::result::Result<(MappedRecord, FindingCounts), Hold>> {
    Ok(match map.read(row, 1, source.surroundings())? {
        Ok(mut mapped) => fields::scan_fields(rules, map, &mut mapped).map(|findings| (mapped, findings)),
        Err(hold) => Err(hold),
    })
}

/// Makes the record, and encodes it unless something is added to it later.
fn make_and_encode(
    map: &KindMapping,
    row: &dyn Row,
    source: &Source,
    rules: Rules<'_>,
) -> Result<std::result::Result<(MappedRecord, FindingCounts), Hold>> {
    let mut made = make(map, row, source, rules)?;
    if let Ok((mapped, _)) = &mut made
        && mapped.document.is_none()
        && mapped.codes.is_empty()
    {
        mapped.encoded = Some(encode(&mapped.record)?);
    }
    Ok(made)
}

/// The encoding of a record, and its content digest.
pub fn encode(record: &Record) -> Result<(Vec<u8>, [u8; 32])> {
    let encoded = record.encode()?;
    let content = record.content_digest_of(&encoded);
    Ok((encoded, content))
}

/// Calls `visit` with all rows of a kind, in the order of their keys.
pub fn for_each(
    source: &Source,
    map: &KindMapping,
    rules: Rules<'_>,
    eager: bool,
    visit: &mut dyn FnMut(SourceRow) -> Result<()>,
) -> Result<()> {
    let (send, pages) = sync_channel::<Vec<SourceRow>>(PAGES);
    let length = if map.has_document() { PAGE_ROWS_WITH_DOCUMENTS } else { PAGE_ROWS };
    std::thread::scope(|scope| {
        let reader = scope.spawn(move || {
            let mut page = Vec::with_capacity(length);
            let ended = |_| errors::export_ended_early();
            let wanted = Rows::All { key: map.config.key_column() };
            source.database().rows(&map.config.sql, &map.columns, wanted, &mut |row| {
                page.push(SourceRow::read(map, row, source, rules, eager)?);
                if page.len() == length {
                    send.send(std::mem::replace(&mut page, Vec::with_capacity(length))).map_err(ended)?;
                }
                Ok(())
            })?;
            send.send(page).map_err(ended)
        });
        let visited = pages.iter().flatten().try_for_each(visit);
        // When the export failed, a reader that waits for room in the queue must end too.
        drop(pages);
        let read = reader.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        visited.and(read)
    })
}
