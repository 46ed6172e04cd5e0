//! What the API returns: values for programs beside texts for people.

use crate::portal::auth::session::ListedSession;
use crate::portal::content::case_view::CaseSummary;
use crate::portal::content::messages;
use crate::portal::content::record_view::{FieldLine, RecordView, field_lines};
use crate::portal::court::Court;
use crate::portal::i18n::format::Formatter;
use crate::portal::problem::{Outcome, Problem};
use crate::store::visible;
use ferry_channel::types::UnixSeconds;
use ferry_format::record::catalogue::FieldType;
use ferry_format::record::{Record, Value};
use rusqlite::Connection;
use serde::Serialize;
use utoipa::ToSchema;

/// A value for programs.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub enum FieldValue {
    /// An amount in fen, or an integer.
    Number(i64),
    /// A date (YYYY-MM-DD), a time (RFC 3339), a code, or text.
    Text(String),
}

/// A field.
#[derive(Debug, Serialize, ToSchema)]
pub struct Field {
    /// Id in the catalogue.
    #[schema(example = "claim")]
    id: String,
    /// Name.
    #[schema(example = "申请执行标的")]
    label: String,
    /// Text for people.
    #[schema(example = "12,345.67 元")]
    text: String,
    /// Value for programs.
    #[schema(example = 1_234_567)]
    value: FieldValue,
}

/// A document.
#[derive(Debug, Serialize, ToSchema)]
pub struct Document {
    /// File name.
    #[schema(example = "执行通知书.pdf")]
    name: String,
    /// Media type.
    #[schema(example = "application/pdf")]
    media_type: String,
    /// Length in bytes.
    #[schema(minimum = 0, example = 20_480)]
    bytes: u64,
    /// SHA-256, hexadecimal.
    #[schema(example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    sha256: String,
    /// Whether it is served electronically: then it is opened before it is downloaded.
    served: bool,
    /// When this person first opened it.
    #[schema(format = DateTime)]
    opened: Option<String>,
    /// When this person signed for it.
    #[schema(format = DateTime)]
    signed: Option<String>,
    /// Id of the service receipt.
    receipt: Option<String>,
}

/// A record.
#[derive(Debug, Serialize, ToSchema)]
pub struct Item {
    /// Kind id.
    #[schema(example = "announcement")]
    kind: String,
    /// Name of the kind.
    #[schema(example = "执行公告")]
    kind_name: String,
    /// Article of the notice.
    #[schema(example = "7")]
    article: String,
    /// Id of its case, if any.
    #[schema(example = json!(null))]
    case: Option<String>,
    /// Id.
    #[schema(example = "GG-0001")]
    id: String,
    /// Version.
    #[schema(minimum = 1, example = 1)]
    version: u64,
    /// Date, if any.
    #[schema(format = Date, example = "2026-11-23")]
    day: Option<String>,
    /// Title.
    #[schema(example = "拍卖公告")]
    title: String,
    /// Fields in the catalogue's order.
    fields: Vec<Field>,
    /// Its document, if any.
    document: Option<Document>,
}

impl Item {
    /// From a record as pages show it; it is read again for the values behind the texts, in the same state of the database.
    ///
    /// # Errors
    /// [`Problem::NotFound`] for a record that is no longer visible.
    pub fn read(conn: &Connection, court: &Court, view: RecordView) -> Outcome<Self> {
        let record = visible::record(conn, &view.kind, &view.id)?.ok_or(Problem::NotFound)?;
        let document = record.documents().next().zip(view.document).map(|(d, shown)| Document {
            name: d.name.clone(),
            media_type: d.media_type.clone(),
            bytes: d.bytes,
            sha256: shown.sha256,
            served: shown.served,
            opened: shown.opened_s.map(|s| court.rfc3339(s)),
            signed: shown.signed_s.map(|s| court.rfc3339(s)),
            receipt: shown.receipt,
        });
        Ok(Self {
            kind: view.kind,
            kind_name: view.kind_name,
            article: view.article,
            case: Some(record.case_id.clone()).filter(|id| !id.is_empty()),
            id: view.id,
            version: view.version,
            day: Some(view.date).filter(|date| !date.is_empty()),
            title: view.title,
            fields: fields(court, &record),
            document,
        })
    }
}

fn fields(court: &Court, record: &Record) -> Vec<Field> {
    let field = |line: FieldLine| {
        let value = value(court, record, &line.id)?;
        Some(Field { id: line.id, label: line.label, text: line.value, value })
    };
    field_lines(Formatter::chinese(court), record).into_iter().filter_map(field).collect()
}

/// The value of a field; `None` for a document.
fn value(court: &Court, record: &Record, id: &str) -> Option<FieldValue> {
    let field = court.catalogue.kinds.get(&record.kind)?.fields.get(id)?;
    match (record.fields.get(id)?, &field.kind) {
        (Value::Integer(at_s), FieldType::Time) => Some(FieldValue::Text(court.rfc3339(UnixSeconds(*at_s)))),
        (Value::Integer(number), _) => Some(FieldValue::Number(*number)),
        (Value::Text(text), _) => Some(FieldValue::Text(text.clone())),
        (Value::Document(_), _) => None,
    }
}

/// A kind of public records.
#[derive(Debug, Serialize, ToSchema)]
pub struct PublicKind {
    /// Kind id.
    #[schema(example = "announcement")]
    pub id: String,
    /// Name.
    #[schema(example = "执行公告")]
    pub name: String,
}

/// A case in a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct CaseLine {
    /// Case id.
    #[schema(example = "AJ-0001")]
    id: String,
    /// The case's own record.
    item: Item,
}

impl CaseLine {
    /// From a case as pages list it.
    ///
    /// # Errors
    /// As [`Item::read`].
    pub fn read(conn: &Connection, court: &Court, case: CaseSummary) -> Outcome<Self> {
        Ok(Self { id: case.id, item: Item::read(conn, court, case.record)? })
    }
}

/// A case.
#[derive(Debug, Serialize, ToSchema)]
pub struct Case {
    /// Case id.
    #[schema(example = "AJ-0001")]
    pub id: String,
    /// The case's own record.
    pub item: Item,
    /// Parties.
    pub members: Vec<Item>,
    /// Number of steps, which are listed at `items`.
    #[schema(minimum = 0, example = 12)]
    pub steps: usize,
}

/// A reply of the handler.
#[derive(Debug, Serialize, ToSchema)]
pub struct Reply {
    /// When.
    #[schema(format = DateTime)]
    at: String,
    /// Name of the handler.
    #[schema(example = "王法官")]
    by: String,
    /// Text.
    #[schema(example = "已经向银行发出冻结通知。")]
    text: String,
}

/// A message or an access request with its replies.
#[derive(Debug, Serialize, ToSchema)]
pub struct Thread {
    /// Id.
    id: String,
    /// When.
    #[schema(format = DateTime)]
    at: String,
    /// What access is requested to; null for a message.
    #[schema(example = json!(null))]
    subject: Option<String>,
    /// Text, during its retention.
    #[schema(example = "请问执行款何时发放？")]
    text: Option<String>,
    /// Whether the case platform has it.
    arrived: bool,
    /// Replies, oldest first.
    replies: Vec<Reply>,
}

impl Thread {
    /// From a thread as pages show it.
    pub fn new(court: &Court, thread: messages::Thread) -> Self {
        let reply = |r: messages::Reply| Reply { at: court.rfc3339(r.at_s), by: r.by, text: r.text };
        Self {
            id: thread.id,
            at: court.rfc3339(thread.at_s),
            subject: thread.subject,
            text: thread.text,
            arrived: thread.arrived,
            replies: thread.replies.into_iter().map(reply).collect(),
        }
    }
}

/// A service receipt.
#[derive(Debug, Serialize, ToSchema)]
pub struct Receipt {
    /// Id.
    id: String,
    /// Case id.
    #[schema(example = "AJ-0001")]
    case: String,
    /// Fields, with the times of arrival, opening, download and signature.
    fields: Vec<Field>,
}

impl Receipt {
    /// From the record that crosses.
    pub fn new(court: &Court, record: Record) -> Self {
        Self { fields: fields(court, &record), id: record.id, case: record.case_id }
    }
}

/// A session.
#[derive(Debug, Serialize, ToSchema)]
pub struct SessionLine {
    /// The name by which the session is ended.
    #[schema(example = "0123456789abcdef01234567")]
    handle: String,
    /// When it started.
    #[schema(format = DateTime)]
    started: String,
    /// When it was last used.
    #[schema(format = DateTime)]
    seen: String,
    /// Address of the login.
    #[schema(example = "192.0.2.7")]
    address: String,
    /// Client channel.
    #[schema(example = "hotline")]
    via: String,
    /// Whether it is the session of this request.
    this: bool,
}

impl SessionLine {
    /// From a session as its owner sees it.
    pub fn new(court: &Court, listed: ListedSession) -> Self {
        Self {
            handle: listed.handle,
            started: court.rfc3339(listed.started_s),
            seen: court.rfc3339(listed.seen_s),
            address: listed.address,
            via: listed.via,
            this: listed.this,
        }
    }
}
