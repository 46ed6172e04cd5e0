//! Records as people read them: names and code tables from the catalogue, dates and amounts written out.

use crate::portal::app::App;
use crate::portal::problem::{Outcome, Problem};
use crate::portal::session::Session;
use crate::portal::standing::{self, Standing};
use crate::portal::writing;
use crate::store::read;
use ferry_format::catalogue::{Audience, FieldType, Kind, Way};
use ferry_format::record::{DocumentRef, Record, Value};
use jiff::Timestamp;
use rusqlite::{Connection, params};
use serde::Serialize;
use std::collections::BTreeMap;

/// Cases of one person that are listed.
const CASES_MAX: usize = 1000;
/// Public records of one kind that are listed.
const PUBLIC_MAX: usize = 2000;

/// A field as it is read.
#[derive(Clone, Debug, Serialize)]
pub struct Line {
    /// Field id.
    pub id: String,
    /// Its name.
    pub label: String,
    /// Its value.
    pub value: String,
}

/// A document as it is offered.
#[derive(Clone, Debug, Serialize)]
pub struct Offer {
    /// File name.
    pub name: String,
    /// Size, for people.
    pub size: String,
    /// SHA-256, hexadecimal.
    pub sha256: String,
    /// Whether it is served electronically: opened by a form, and signed for.
    pub served: bool,
    /// Whether it may just be read.
    pub may_read: bool,
    /// When this person first opened this version.
    pub opened: Option<String>,
    /// The same, seconds.
    pub opened_s: Option<i64>,
    /// When he signed for it.
    pub signed: Option<String>,
    /// The same, seconds.
    pub signed_s: Option<i64>,
    /// The receipt, once he opened it.
    pub receipt: Option<String>,
}

/// A record as it is shown.
#[derive(Clone, Debug, Serialize)]
pub struct Item {
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
    /// The day it is about, `YYYY-MM-DD`, or empty.
    pub day: String,
    /// The day, for people.
    pub day_text: String,
    /// What stands over it: its title, or its first field.
    pub title: String,
    /// The other fields.
    pub lines: Vec<Line>,
    /// Its document.
    pub document: Option<Offer>,
}

/// A case in a list.
#[derive(Clone, Debug, Serialize)]
pub struct CaseLine {
    /// Case id.
    pub id: String,
    /// The case's own record.
    pub item: Item,
}

/// A message or a request that this person wrote.
#[derive(Clone, Debug, Serialize)]
pub struct Written {
    /// Its id.
    pub id: String,
    /// When.
    pub at: String,
    /// The same, seconds.
    pub at_s: i64,
    /// What access is asked to, for a request.
    pub subject: Option<String>,
    /// Its text, as long as it is kept.
    pub text: Option<String>,
    /// Whether the case platform has it.
    pub arrived: bool,
    /// What the handler answered, oldest first.
    pub replies: Vec<Reply>,
}

/// The handler's answer.
#[derive(Clone, Debug, Serialize)]
pub struct Reply {
    /// When.
    pub at: String,
    /// The same, seconds.
    pub at_s: i64,
    /// Who.
    pub by: String,
    /// What.
    pub text: String,
}

/// A whole case.
#[derive(Clone, Debug, Serialize)]
pub struct Case {
    /// Case id.
    pub id: String,
    /// Its own record.
    pub head: Item,
    /// Who belongs to it.
    pub members: Vec<Item>,
    /// Its steps, newest first.
    pub steps: Vec<Item>,
    /// Messages, newest first.
    pub messages: Vec<Written>,
    /// Requests for access, newest first.
    pub requests: Vec<Written>,
}

/// The cases of a person.
pub fn cases(conn: &Connection, app: &App, session: &Session) -> Outcome<Vec<CaseLine>> {
    let roles = &app.catalogue.roles;
    let mut lines = Vec::new();
    for id in standing::cases(conn, app, &session.person, CASES_MAX)? {
        if let Some(case) = read::record(conn, &roles.case, &id)? {
            lines.push(CaseLine { id, item: item(app, &case, None) });
        }
    }
    lines.sort_by(|a, b| b.item.day.cmp(&a.item.day).then_with(|| a.id.cmp(&b.id)));
    Ok(lines)
}

/// One case with everything of it that this person may see.
pub fn case(conn: &Connection, app: &App, session: &Session, case_id: &str) -> Outcome<Case> {
    let records = app.known.case(conn, case_id)?;
    let standing = Standing::among(&records, app, session)?;
    let roles = &app.catalogue.roles;
    let opened = opened(conn, session)?;
    let (mut head, mut members, mut steps) = (None, Vec::new(), Vec::new());
    for record in records.iter() {
        let Some(kind) = app.catalogue.kinds.get(&record.kind) else { continue };
        if kind.way != Way::Up || !standing.may_see(kind, record) {
            continue;
        }
        let mut shown = item(app, record, Some(&opened));
        if let Some(offer) = shown.document.as_mut().filter(|o| o.served) {
            offer.served = standing::consents_among(&records, app, record);
        }
        if record.kind == roles.case {
            head = Some(shown);
        } else if record.kind == roles.member {
            members.push(shown);
        } else if record.kind == roles.reply {
            // It stands under what it answers.
        } else {
            steps.push(shown);
        }
    }
    steps.sort_by(|a, b| b.day.cmp(&a.day).then_with(|| a.kind.cmp(&b.kind)).then_with(|| a.id.cmp(&b.id)));
    let (messages, requests) = written(conn, app, session, &records, case_id)?;
    Ok(Case { id: case_id.to_owned(), head: head.ok_or(Problem::NotFound)?, members, steps, messages, requests })
}

/// The documents that are served to a person, in all his cases, newest first.
pub fn served(conn: &Connection, app: &App, session: &Session) -> Outcome<Vec<Item>> {
    let opened = opened(conn, session)?;
    let mut items = Vec::new();
    for case_id in standing::cases(conn, app, &session.person, CASES_MAX)? {
        let records = app.known.case(conn, &case_id)?;
        let standing = Standing::among(&records, app, session)?;
        for record in records.iter() {
            let served = app.catalogue.kinds.get(&record.kind).filter(|k| k.served && k.way == Way::Up);
            let seen = served.is_some_and(|kind| standing.may_see(kind, record));
            if seen && standing::consents_among(&records, app, record) {
                items.push(item(app, record, Some(&opened)));
            }
        }
    }
    items.sort_by(|a, b| b.day.cmp(&a.day).then_with(|| a.kind.cmp(&b.kind)).then_with(|| a.id.cmp(&b.id)));
    Ok(items)
}

/// One public record.
pub fn public_item(conn: &Connection, app: &App, kind_id: &str, id: &str) -> Outcome<Item> {
    public_kind(app, kind_id)?;
    let record = read::record(conn, kind_id, id)?.ok_or(Problem::NotFound)?;
    Ok(item(app, &record, None))
}

fn public_kind<'a>(app: &'a App, kind_id: &str) -> Outcome<&'a Kind> {
    let kind = app.catalogue.kinds.get(kind_id);
    kind.filter(|k| k.audience == Audience::Public && k.way == Way::Up).ok_or(Problem::NotFound)
}

/// The public records of a kind, newest first.
pub fn public(conn: &Connection, app: &App, kind_id: &str) -> Outcome<Vec<Item>> {
    public_kind(app, kind_id)?;
    let mut items: Vec<_> = read::of_kind(conn, kind_id, PUBLIC_MAX)?.iter().map(|r| item(app, r, None)).collect();
    items.sort_by(|a, b| b.day.cmp(&a.day).then_with(|| a.id.cmp(&b.id)));
    Ok(items)
}

/// The public kinds: id, name.
pub fn public_kinds(app: &App) -> Vec<(String, String)> {
    let public = |k: &&Kind| k.audience == Audience::Public && k.way == Way::Up;
    let kinds = app.catalogue.kinds.iter().filter(|(_, k)| public(k));
    kinds.map(|(id, k)| (id.clone(), k.zh.clone())).collect()
}

/// What a person did with the versions that he opened, by kind, id and version.
type Opened = BTreeMap<(String, String, i64), Taken>;

/// What was done with a version: first opened, signed for, and the newest receipt.
pub struct Taken {
    opened_s: i64,
    signed_s: Option<i64>,
    receipt: String,
}

fn opened(conn: &Connection, session: &Session) -> Outcome<Opened> {
    // SQLite gives the bare column of the row that max() found.
    let sql = "SELECT kind, item, version, min(opened_s), min(signed_s), id, max(opened_s) FROM receipt
               WHERE person = ?1 GROUP BY kind, item, version";
    let mut statement = conn.prepare_cached(sql)?;
    let rows = statement.query_map([&session.person], |r| {
        let taken = Taken { opened_s: r.get(3)?, signed_s: r.get(4)?, receipt: r.get(5)? };
        Ok(((r.get(0)?, r.get(1)?, r.get(2)?), taken))
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// What this person wrote in a case, newest first, with the replies to it. What was written before kinds were noted is
/// a message.
fn written(
    conn: &Connection,
    app: &App,
    session: &Session,
    records: &[Record],
    case_id: &str,
) -> Outcome<(Vec<Written>, Vec<Written>)> {
    let roles = &app.catalogue.roles;
    let mut replies: BTreeMap<String, Vec<Reply>> = BTreeMap::new();
    let mut found: Vec<_> = records.iter().filter(|r| r.kind == roles.reply && r.person == session.person).collect();
    found.sort_by_key(|r| r.integer("at"));
    for r in found {
        let at_s = r.integer("at").unwrap_or_default();
        let reply = Reply { at: moment(app, at_s), at_s, by: r.text("by").to_owned(), text: r.text("text").to_owned() };
        replies.entry(r.text("message").to_owned()).or_default().push(reply);
    }
    let sql = "SELECT id, written_s, text, arrived, kind, subject FROM message
               WHERE person = ?1 AND case_id = ?2 ORDER BY written_s DESC LIMIT 100";
    let mut statement = conn.prepare_cached(sql)?;
    let mut rows = statement.query(params![session.person, case_id])?;
    let subjects = writing::subjects(app);
    let (mut messages, mut requests) = (Vec::new(), Vec::new());
    while let Some(row) = rows.next()? {
        let (id, kind, subject): (String, String, String) = (row.get(0)?, row.get(4)?, row.get(5)?);
        let written = Written {
            at: moment(app, row.get(1)?),
            at_s: row.get(1)?,
            text: row.get(2)?,
            arrived: row.get(3)?,
            subject: subjects.iter().find(|(code, _)| *code == subject).map(|(_, name)| (*name).to_owned()),
            replies: replies.remove(&id).unwrap_or_default(),
            id,
        };
        if kind == roles.access_request { requests.push(written) } else { messages.push(written) }
    }
    // What is answered may be older than this machine; the answer counts.
    for (id, replies) in replies {
        let (at, at_s) = replies.first().map(|r| (r.at.clone(), r.at_s)).unwrap_or_default();
        messages.push(Written { id, at, at_s, subject: None, text: None, arrived: true, replies });
    }
    Ok((messages, requests))
}

/// A record with the names of its catalogue kind.
pub fn item(app: &App, record: &Record, opened: Option<&Opened>) -> Item {
    let kind = app.catalogue.kinds.get(&record.kind);
    let fields = kind.map_or(Vec::new(), Kind::fields_in_order);
    let (mut lines, mut document, mut day) = (Vec::new(), None, String::new());
    for (id, field) in fields {
        let Some(value) = record.fields.get(id) else { continue };
        if day.is_empty() {
            day = day_of(app, &field.kind, value);
        }
        if let Value::Document(d) = value {
            let key = (record.kind.clone(), record.id.clone(), record.version as i64);
            let taken = opened.and_then(|o| o.get(&key));
            document = Some(offer(app, d, kind.is_some_and(|k| k.served), taken));
        } else {
            lines.push(Line { id: id.clone(), label: field.zh.clone(), value: text(app, &field.kind, value) });
        }
    }
    let at = lines.iter().position(|l| l.id == "title" || l.id == "name").unwrap_or(0);
    let title = if lines.is_empty() { String::new() } else { lines.remove(at).value };
    Item {
        kind: record.kind.clone(),
        kind_name: kind.map_or_else(|| record.kind.clone(), |k| k.zh.clone()),
        article: kind.map_or_else(String::new, |k| k.article.clone()),
        id: record.id.clone(),
        version: record.version,
        day_text: date_text(&day),
        day,
        title,
        lines,
        document,
    }
}

fn offer(app: &App, d: &DocumentRef, served: bool, taken: Option<&Taken>) -> Offer {
    Offer {
        name: d.name.clone(),
        size: size_text(d.bytes),
        sha256: ferry_format::hex::to_hex(&d.sha256),
        served,
        may_read: !served,
        opened: taken.map(|t| moment(app, t.opened_s)),
        opened_s: taken.map(|t| t.opened_s),
        signed_s: taken.and_then(|t| t.signed_s),
        signed: taken.and_then(|t| t.signed_s).map(|s| moment(app, s)),
        receipt: taken.map(|t| t.receipt.clone()),
    }
}

/// The fields of a record in their order, as they are read.
pub fn lines(app: &App, record: &Record) -> Vec<Line> {
    let fields = app.catalogue.kinds.get(&record.kind).map_or(Vec::new(), Kind::fields_in_order);
    let line = |(id, field): (&String, &ferry_format::catalogue::Field)| {
        let value = text(app, &field.kind, record.fields.get(id)?);
        Some(Line { id: id.clone(), label: field.zh.clone(), value })
    };
    fields.into_iter().filter_map(line).collect()
}

fn text(app: &App, kind: &FieldType, value: &Value) -> String {
    match (kind, value) {
        (FieldType::AmountFen, Value::Integer(fen)) => yuan_text(*fen),
        (FieldType::Time, Value::Integer(at_s)) => moment(app, *at_s),
        (FieldType::Date, Value::Text(day)) => date_text(day),
        (FieldType::Code(table), Value::Text(code)) => table.get(code).unwrap_or(code).clone(),
        (_, Value::Integer(n)) => n.to_string(),
        (_, Value::Text(t)) => t.clone(),
        (_, Value::Document(d)) => d.name.clone(),
    }
}

fn day_of(app: &App, kind: &FieldType, value: &Value) -> String {
    match (kind, value) {
        (FieldType::Date, Value::Text(day)) => day.clone(),
        (FieldType::Time, Value::Integer(at_s)) => Timestamp::from_second(*at_s)
            .map_or_else(|_| String::new(), |t| t.to_zoned(app.zone.clone()).strftime("%Y-%m-%d").to_string()),
        _ => String::new(),
    }
}

/// `2026年11月23日`.
fn date_text(day: &str) -> String {
    let mut parts = day.splitn(3, '-');
    match (parts.next(), parts.next(), parts.next()) {
        (Some(y), Some(m), Some(d)) => format!("{y}年{}月{}日", m.trim_start_matches('0'), d.trim_start_matches('0')),
        _ => day.to_owned(),
    }
}

/// `2026年11月23日 09:05` in the court's zone.
pub fn moment(app: &App, at_s: i64) -> String {
    Timestamp::from_second(at_s).map_or_else(
        |_| String::new(),
        |t| {
            let local = t.to_zoned(app.zone.clone());
            format!("{}年{}月{}日 {:02}:{:02}", local.year(), local.month(), local.day(), local.hour(), local.minute())
        },
    )
}

/// `12,345.67 元`.
fn yuan_text(fen: i64) -> String {
    let whole = (fen / 100).to_string();
    let mut grouped = String::new();
    for (n, digit) in whole.chars().enumerate() {
        if n > 0 && (whole.len() - n).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("{grouped}.{:02} 元", fen % 100)
}

/// `1.5 MB`.
fn size_text(bytes: u64) -> String {
    match bytes {
        0..1024 => format!("{bytes} B"),
        1024..1_048_576 => format!("{:.0} KB", bytes as f64 / 1024.0),
        _ => format!("{:.1} MB", bytes as f64 / 1_048_576.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_dates_and_sizes_are_written_as_people_read_them() {
        assert_eq!(yuan_text(123_456_789), "1,234,567.89 元");
        assert_eq!(yuan_text(5), "0.05 元");
        assert_eq!(date_text("2026-01-05"), "2026年1月5日");
        assert_eq!(size_text(900), "900 B");
        assert_eq!(size_text(200_000), "195 KB");
        assert_eq!(size_text(52_428_800), "50.0 MB");
    }
}
