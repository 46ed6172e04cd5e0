//! What the API gives: values that programs compute with, beside the words that people read.

use crate::portal::state::App;
use crate::portal::problem::{Outcome, Problem};
use crate::portal::auth::session::Listed;
use crate::portal::content::view;
use crate::store::visible;
use ferry_format::record::catalogue::FieldType;
use ferry_format::record::{Record, Value};
use jiff::Timestamp;
use rusqlite::Connection;
use serde::Serialize;
use utoipa::ToSchema;

/// A point in time in the court's zone (RFC 3339).
pub fn time(app: &App, at_s: i64) -> String {
    let at = Timestamp::from_second(at_s).unwrap_or_default();
    at.to_zoned(app.zone.clone()).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

/// 一项内容的值。A value as programs use it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub enum FieldValue {
    /// 金额以分计；整数。An amount in fen, or a whole number.
    Number(i64),
    /// 日期 YYYY-MM-DD，时间 RFC 3339，代码，或者文字。A day, a time, a code, or text.
    Text(String),
}

/// 一项内容。A field.
#[derive(Debug, Serialize, ToSchema)]
pub struct Field {
    /// 公开目录中的代号。Its id in the catalogue.
    #[schema(example = "claim")]
    id: String,
    /// 名称。Its name.
    #[schema(example = "申请执行标的")]
    label: String,
    /// 供人阅读的文字。As people read it.
    #[schema(example = "12,345.67 元")]
    text: String,
    /// 供程序使用的值。As programs use it.
    #[schema(example = 1_234_567)]
    value: FieldValue,
}

/// 文件。A document.
#[derive(Debug, Serialize, ToSchema)]
pub struct Document {
    /// 文件名。File name.
    #[schema(example = "执行通知书.pdf")]
    name: String,
    /// 媒体类型。Media type.
    #[schema(example = "application/pdf")]
    media_type: String,
    /// 长度，字节。Length in bytes.
    #[schema(minimum = 0, example = 20_480)]
    bytes: u64,
    /// SHA-256，十六进制。SHA-256, hexadecimal.
    #[schema(example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    sha256: String,
    /// 是否电子送达：是则先签开（openings），再下载。Whether it is served: then it is opened before it is read.
    served: bool,
    /// 本人首次打开的时间。When this person first opened it.
    #[schema(format = DateTime)]
    opened: Option<String>,
    /// 本人签收的时间。When this person signed for it.
    #[schema(format = DateTime)]
    signed: Option<String>,
    /// 送达回证编号。Id of the receipt.
    receipt: Option<String>,
}

/// 一条公开内容。A record.
#[derive(Debug, Serialize, ToSchema)]
pub struct Item {
    /// 类别代号。Its kind.
    #[schema(example = "announcement")]
    kind: String,
    /// 类别名称。Name of the kind.
    #[schema(example = "执行公告")]
    kind_name: String,
    /// 依据条款。Article of the notice.
    #[schema(example = "7")]
    article: String,
    /// 所属案件编号。Its case, if any.
    #[schema(example = json!(null))]
    case: Option<String>,
    /// 编号。Its id.
    #[schema(example = "GG-0001")]
    id: String,
    /// 版本。Its version.
    #[schema(minimum = 1, example = 1)]
    version: u64,
    /// 日期。The day that it is about.
    #[schema(format = Date, example = "2026-11-23")]
    day: Option<String>,
    /// 标题。Its title.
    #[schema(example = "拍卖公告")]
    title: String,
    /// 各项内容。Its fields, in the catalogue's order.
    fields: Vec<Field>,
    /// 文件。Its document, if any.
    document: Option<Document>,
}

impl Item {
    /// Of a record as pages show it; it is read again for the values behind the words, in the same state of the database.
    pub fn read(conn: &Connection, app: &App, item: view::Item) -> Outcome<Self> {
        let record = visible::record(conn, &item.kind, &item.id)?.ok_or(Problem::NotFound)?;
        let document = record.documents().next().zip(item.document).map(|(d, offer)| Document {
            name: d.name.clone(),
            media_type: d.media_type.clone(),
            bytes: d.bytes,
            sha256: offer.sha256,
            served: offer.served,
            opened: offer.opened_s.map(|s| time(app, s)),
            signed: offer.signed_s.map(|s| time(app, s)),
            receipt: offer.receipt,
        });
        Ok(Self {
            kind: item.kind,
            kind_name: item.kind_name,
            article: item.article,
            case: Some(record.case_id.clone()).filter(|id| !id.is_empty()),
            id: item.id,
            version: item.version,
            day: Some(item.day).filter(|day| !day.is_empty()),
            title: item.title,
            fields: fields(app, &record),
            document,
        })
    }
}

fn fields(app: &App, record: &Record) -> Vec<Field> {
    let field = |line: view::Line| {
        let value = value(app, record, &line.id)?;
        Some(Field { id: line.id, label: line.label, text: line.value, value })
    };
    view::lines(app, record).into_iter().filter_map(field).collect()
}

/// The value of a field; none for a document, which stands by itself.
fn value(app: &App, record: &Record, id: &str) -> Option<FieldValue> {
    let shape = app.catalogue.kinds.get(&record.kind)?.fields.get(id)?;
    match (record.fields.get(id)?, &shape.kind) {
        (Value::Integer(at_s), FieldType::Time) => Some(FieldValue::Text(time(app, *at_s))),
        (Value::Integer(number), _) => Some(FieldValue::Number(*number)),
        (Value::Text(text), _) => Some(FieldValue::Text(text.clone())),
        (Value::Document(_), _) => None,
    }
}

/// 一类公开内容。A kind of records that is open to everyone.
#[derive(Debug, Serialize, ToSchema)]
pub struct PublicKind {
    /// 代号。Its id.
    #[schema(example = "announcement")]
    pub id: String,
    /// 名称。Its name.
    #[schema(example = "执行公告")]
    pub name: String,
}

/// 案件列表的一行。A case in a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct CaseLine {
    /// 案件编号。Its id.
    #[schema(example = "AJ-0001")]
    id: String,
    /// 立案信息。Its own record.
    item: Item,
}

impl CaseLine {
    /// Of a line as pages show it.
    pub fn read(conn: &Connection, app: &App, line: view::CaseLine) -> Outcome<Self> {
        Ok(Self { id: line.id, item: Item::read(conn, app, line.item)? })
    }
}

/// 案件。A case.
#[derive(Debug, Serialize, ToSchema)]
pub struct Case {
    /// 案件编号。Its id.
    #[schema(example = "AJ-0001")]
    pub id: String,
    /// 立案信息。Its own record.
    pub item: Item,
    /// 当事人。Who belongs to it.
    pub members: Vec<Item>,
    /// 节点、文书等条数，另见 items。How many steps it has: they are a list of their own.
    #[schema(minimum = 0, example = 12)]
    pub steps: usize,
}

/// 承办人的回复。The handler's answer.
#[derive(Debug, Serialize, ToSchema)]
pub struct Reply {
    /// 时间。When.
    #[schema(format = DateTime)]
    at: String,
    /// 回复人。Who.
    #[schema(example = "王法官")]
    by: String,
    /// 内容。What.
    #[schema(example = "已经向银行发出冻结通知。")]
    text: String,
}

/// 留言或者查阅申请。A message, or a request for access.
#[derive(Debug, Serialize, ToSchema)]
pub struct Written {
    /// 编号。Its id.
    id: String,
    /// 时间。When.
    #[schema(format = DateTime)]
    at: String,
    /// 申请查阅的内容；留言没有。What access is asked to; nothing for a message.
    #[schema(example = json!(null))]
    subject: Option<String>,
    /// 内容，保留期内。Its text, as long as it is kept.
    #[schema(example = "请问执行款何时发放？")]
    text: Option<String>,
    /// 是否已送达办案系统。Whether the case platform has it.
    arrived: bool,
    /// 回复。What was answered, oldest first.
    replies: Vec<Reply>,
}

impl Written {
    /// Of a text as pages show it.
    pub fn new(app: &App, written: view::Written) -> Self {
        let reply = |r: view::Reply| Reply { at: time(app, r.at_s), by: r.by, text: r.text };
        Self {
            id: written.id,
            at: time(app, written.at_s),
            subject: written.subject,
            text: written.text,
            arrived: written.arrived,
            replies: written.replies.into_iter().map(reply).collect(),
        }
    }
}

/// 送达回证。A service receipt.
#[derive(Debug, Serialize, ToSchema)]
pub struct Receipt {
    /// 编号。Its id.
    id: String,
    /// 案件编号。Its case.
    #[schema(example = "AJ-0001")]
    case: String,
    /// 各项内容，含到达、打开、下载、签收时间。What it says, with the four times.
    fields: Vec<Field>,
}

impl Receipt {
    /// Of the record that crosses.
    pub fn new(app: &App, record: Record) -> Self {
        Self { fields: fields(app, &record), id: record.id, case: record.case_id }
    }
}

/// 登录会话。A session.
#[derive(Debug, Serialize, ToSchema)]
pub struct SessionLine {
    /// 用于结束此会话的编号。What it is ended by.
    #[schema(example = "0123456789abcdef01234567")]
    handle: String,
    /// 登录时间。When it began.
    #[schema(format = DateTime)]
    started: String,
    /// 最近使用时间。When it was last used.
    #[schema(format = DateTime)]
    seen: String,
    /// 登录地址。Address of the log-in.
    #[schema(example = "192.0.2.7")]
    address: String,
    /// 渠道。Its channel.
    #[schema(example = "hotline")]
    via: String,
    /// 是否本次会话。Whether it is the one that asks.
    this: bool,
}

impl SessionLine {
    /// Of a session as its owner sees it.
    pub fn new(app: &App, listed: Listed) -> Self {
        Self {
            handle: listed.handle,
            started: time(app, listed.started_s),
            seen: time(app, listed.seen_s),
            address: listed.address,
            via: listed.via,
            this: listed.this,
        }
    }
}
