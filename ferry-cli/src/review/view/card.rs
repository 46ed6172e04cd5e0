//! A record or document as a card of a list.

use crate::catalogue::names::CatalogueNames;
use crate::output::values;
use crate::review::draft::{Draft, Item};
use crate::review::view::clip::clip;
use crate::texts::review_page as t;
use ferry_format::encoding::hex::to_hex;
use ferry_format::frame::manifest::Entry;
use ferry_format::reason::Reason;
use ferry_format::record::Value;
use ferry_format::text::Text;
use ferry_io::Result as Outcome;

/// A line of a card.
pub struct Line {
    /// What it is.
    pub name: Text,
    /// What it says.
    pub value: Text,
    /// Whether only its beginning is shown.
    pub clipped: bool,
    /// The entry of the document that it names, if that is in this draft.
    pub document: Option<u32>,
    /// Whether it names a document that is not in this draft.
    pub elsewhere: bool,
}

/// A record or document in a list.
pub struct Card {
    /// Entry and number of it, as in an address.
    pub number: String,
    /// Its name within a page.
    pub anchor: String,
    /// Kind.
    pub kind: Text,
    /// Id, or name.
    pub id: String,
    /// Version.
    pub version: u64,
    /// Case, or empty.
    pub case: String,
    /// Person, or empty.
    pub person: String,
    /// Whether it removes what was published.
    pub retracted: bool,
    /// Why it was flagged.
    pub reason: Option<Text>,
    /// Its fields.
    pub lines: Vec<Line>,
    /// The document's entry, if it is one.
    pub document: Option<u32>,
}

/// Why an entry was flagged, for people.
pub fn reason_text(encoded: &str) -> Option<Text> {
    (!encoded.is_empty()).then(|| values::safe_text(&Reason::parse(encoded).text()))
}

impl Card {
    /// Of an item; in a list long values are clipped.
    pub fn of(draft: &mut Draft, names: &CatalogueNames, item: Item, in_list: bool) -> Outcome<Self> {
        let (entry, number) = item.number;
        let card = Self {
            number: format!("{entry}/{number}"),
            anchor: format!("i{entry}-{number}"),
            kind: names.kind(&item.entry.kind),
            id: values::safe(&item.entry.name),
            version: item.entry.version,
            case: String::new(),
            person: String::new(),
            retracted: false,
            reason: reason_text(&item.entry.reason),
            lines: Vec::new(),
            document: None,
        };
        let Some(record) = item.record else {
            return Ok(Self { lines: document_lines(&item.entry), document: Some(item.entry.number), ..card });
        };
        let mut lines = Vec::new();
        for field in names.fields(&record) {
            let (value, clipped) = clip(&field.text, in_list);
            let reference = if let Value::Document(d) = field.value { Some(d) } else { None };
            let document = reference.map(|d| draft.document_of(&d.sha256)).transpose()?.flatten();
            let elsewhere = reference.is_some() && document.is_none();
            lines.push(Line { name: field.name, value, clipped, document, elsewhere });
        }
        Ok(Self {
            id: values::safe(&record.id),
            version: record.version,
            case: values::safe(&record.case_id),
            person: values::safe(&record.person),
            retracted: record.retracted,
            lines,
            ..card
        })
    }
}

fn document_lines(entry: &Entry) -> Vec<Line> {
    let lines = [
        (t::media_type(), values::safe(&entry.media_type)),
        (t::size(), values::bytes(entry.raw_bytes)),
        (t::sha256(), to_hex(&entry.sha256)),
    ];
    let line =
        |(name, value)| Line { name, value: Text::verbatim(value), clipped: false, document: None, elsewhere: false };
    lines.into_iter().map(line).collect()
}
