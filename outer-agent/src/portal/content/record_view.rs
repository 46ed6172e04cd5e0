//! A record as a person reads it: names and values in their language.

use crate::config::channels::PAGES;
use crate::portal::content::download::SHOWN_TYPES;
use crate::portal::i18n::format::{self, Formatter};
use crate::portal::i18n::messages::Messages;
use crate::store::receipts::OpenedVersion;
use ferry_channel::types::UnixSeconds;
use ferry_format::encoding::hex::to_hex;
use ferry_format::record::catalogue::{Field, FieldType, Kind};
use ferry_format::record::{DocumentRef, Record, Value};
use std::collections::BTreeMap;

/// The longest text that serves as a title, in characters.
const TITLE_CHARACTERS_MAX: usize = 60;

/// The versions that a person opened, by kind, id and version.
pub type OpenedVersions = BTreeMap<(String, String, u64), OpenedVersion>;

/// A field as it is read.
#[derive(Clone, Debug)]
pub struct FieldLine {
    /// Field id.
    pub id: String,
    /// Name of the field.
    pub label: String,
    /// Its value.
    pub value: String,
}

/// A document as it is offered.
#[derive(Clone, Debug)]
pub struct DocumentView {
    /// File name.
    pub name: String,
    /// Media type.
    pub media_type: String,
    /// Size, for people.
    pub size: String,
    /// SHA-256, hexadecimal.
    pub sha256: String,
    /// Whether it is served electronically: opened by a form, and signed for.
    pub served: bool,
    /// Whether it is read without service.
    pub readable: bool,
    /// When it arrived, for a served document.
    pub arrived: Option<String>,
    /// When this person first opened this version.
    pub opened: Option<String>,
    /// The same, seconds.
    pub opened_s: Option<UnixSeconds>,
    /// When its last byte was first sent to this person.
    pub downloaded: Option<String>,
    /// When this person signed for it.
    pub signed: Option<String>,
    /// The same, seconds.
    pub signed_s: Option<UnixSeconds>,
    /// Id of the receipt, once opened.
    pub receipt: Option<String>,
}

impl DocumentView {
    /// Whether it is a video that the page plays.
    pub fn is_video(&self) -> bool {
        self.media_type.starts_with("video/") && SHOWN_TYPES.contains(&self.media_type.as_str())
    }

    /// Whether it is a sound recording that the page plays.
    pub fn is_audio(&self) -> bool {
        self.media_type.starts_with("audio/") && SHOWN_TYPES.contains(&self.media_type.as_str())
    }
}

/// A record as it is shown.
#[derive(Clone, Debug)]
pub struct RecordView {
    /// Kind id.
    pub kind: String,
    /// Name of the kind.
    pub kind_name: String,
    /// Article of the notice.
    pub article: String,
    /// Record id.
    pub id: String,
    /// Version.
    pub version: u64,
    /// Its date, `YYYY-MM-DD`, or empty.
    pub date: String,
    /// The date, for people.
    pub date_text: String,
    /// Its title or name, or its first field.
    pub title: String,
    /// The other fields.
    pub fields: Vec<FieldLine>,
    /// Its document.
    pub document: Option<DocumentView>,
}

impl RecordView {
    /// A record in the reader's language; `opened` says what the reader did with documents.
    pub fn new(formatter: Formatter<'_>, record: &Record, opened: Option<&OpenedVersions>) -> Self {
        let kind = formatter.court.catalogue.kinds.get(&record.kind);
        let (mut fields, mut document, mut date) = (Vec::new(), None, String::new());
        for (id, field) in kind.map_or(Vec::new(), Kind::fields_in_order) {
            let Some(value) = record.fields.get(id) else { continue };
            if date.is_empty() {
                date = formatter.date_of(&field.kind, value).unwrap_or_default();
            }
            if let Value::Document(d) = value {
                let key = (record.kind.clone(), record.id.clone(), record.version);
                let opened = opened.and_then(|o| o.get(&key));
                document = Some(document_view(formatter, d, kind.is_some_and(|k| k.served), opened));
            } else {
                fields.push(field_line(formatter, id, field, value));
            }
        }
        let title_at = fields.iter().position(|l| l.id == "title" || l.id == "name").unwrap_or(0);
        let title = if fields.is_empty() { String::new() } else { fields.remove(title_at).value };
        Self {
            kind: record.kind.clone(),
            kind_name: kind.map_or_else(|| record.kind.clone(), |k| formatter.kind(k).to_owned()),
            article: kind.map_or_else(String::new, |k| k.article.clone()),
            id: record.id.clone(),
            version: record.version,
            date_text: formatter.date(&date),
            date,
            title,
            fields,
            document,
        }
    }

    /// Whether its title serves as a heading: a long text and the date itself do not.
    pub fn has_heading(&self) -> bool {
        self.title != self.date_text && self.title.chars().count() <= TITLE_CHARACTERS_MAX
    }

    /// Replaces opaque person ids by the names of parties; a field whose person is unknown is left out.
    pub fn name_persons(&mut self, kind: &Kind, names: &BTreeMap<&str, &str>) {
        let is_person = |id: &str| kind.fields.get(id).is_some_and(|f| f.kind == FieldType::Person);
        self.fields.retain_mut(|line| {
            if !is_person(&line.id) {
                return true;
            }
            let name = names.get(line.value.as_str());
            line.value = name.map(|name| (*name).to_owned()).unwrap_or_default();
            name.is_some()
        });
    }
}

fn document_view(
    formatter: Formatter<'_>,
    document: &DocumentRef,
    served: bool,
    opened: Option<&OpenedVersion>,
) -> DocumentView {
    let time = |at_s: Option<UnixSeconds>| at_s.map(|s| formatter.time(s));
    DocumentView {
        name: document.name.clone(),
        media_type: document.media_type.clone(),
        size: format::size(document.bytes),
        sha256: to_hex(&document.sha256),
        served,
        readable: !served,
        arrived: None,
        opened: time(opened.map(|o| o.opened_s)),
        opened_s: opened.map(|o| o.opened_s),
        downloaded: time(opened.and_then(|o| o.downloaded_s)),
        signed: time(opened.and_then(|o| o.signed_s)),
        signed_s: opened.and_then(|o| o.signed_s),
        receipt: opened.map(|o| o.receipt.clone()),
    }
}

/// All fields of a record in the catalogue's order.
pub fn field_lines(formatter: Formatter<'_>, record: &Record) -> Vec<FieldLine> {
    let kind = formatter.court.catalogue.kinds.get(&record.kind);
    let fields = kind.map_or(Vec::new(), Kind::fields_in_order);
    fields
        .into_iter()
        .filter_map(|(id, field)| Some(field_line(formatter, id, field, record.fields.get(id)?)))
        .collect()
}

/// The fields of a service receipt: without opaque ids, and with names instead of the ids of document kind and channel.
pub fn receipt_lines(formatter: Formatter<'_>, record: &Record) -> Vec<FieldLine> {
    let kinds = &formatter.court.catalogue.kinds;
    let fields = kinds.get(&record.kind).map(|kind| &kind.fields);
    let is_opaque = |id: &str| fields.and_then(|f| f.get(id)).is_some_and(|f| f.kind == FieldType::Person);
    let mut lines = field_lines(formatter, record);
    lines.retain(|line| !is_opaque(&line.id));
    for line in &mut lines {
        if line.id == "kind"
            && let Some(kind) = kinds.get(&line.value)
        {
            line.value = formatter.kind(kind).to_owned();
        } else if line.id == "via" && line.value == PAGES {
            line.value = Messages::of(formatter.language).service.portal_channel.to_owned();
        }
    }
    lines
}

fn field_line(formatter: Formatter<'_>, id: &str, field: &Field, value: &Value) -> FieldLine {
    FieldLine {
        id: id.to_owned(),
        label: formatter.field(field).to_owned(),
        value: formatter.value(&field.kind, value),
    }
}
