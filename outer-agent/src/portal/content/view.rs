//! Records as people read them: what a person may see, with names and values said in the reader's language.

use crate::portal::state::App;
use crate::portal::content::download::SHOWN;
use crate::portal::problem::{Outcome, Problem};
use crate::portal::auth::session::Session;
use crate::portal::content::public_index;
use crate::portal::auth::access;
use crate::portal::auth::access::Standing;
use crate::portal::i18n::format;
use crate::portal::i18n::format::Voice;
use crate::portal::content::messages;
use crate::store::{arrivals, visible};
use ferry_format::record::catalogue::{Field, FieldType, Kind, Direction};
use ferry_format::record::{DocumentRef, Record, Value};
use rusqlite::{Connection, params};
use serde::Serialize;
use std::collections::BTreeMap;

/// Cases of one person that are listed.
const CASES_MAX: usize = 1000;

/// The longest text that can stand as a title, in characters.
const TITLE_CHARACTERS_MAX: usize = 60;

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
    /// Media type.
    pub media_type: String,
    /// Size, for people.
    pub size: String,
    /// SHA-256, hexadecimal.
    pub sha256: String,
    /// Whether it is served electronically: opened by a form, and signed for.
    pub served: bool,
    /// Whether it may just be read.
    pub may_read: bool,
    /// When it arrived, for what is served.
    pub arrived: Option<String>,
    /// When this person first opened this version.
    pub opened: Option<String>,
    /// The same, seconds.
    pub opened_s: Option<i64>,
    /// When the last byte of it was first sent to him.
    pub downloaded: Option<String>,
    /// When he signed for it.
    pub signed: Option<String>,
    /// The same, seconds.
    pub signed_s: Option<i64>,
    /// The receipt, once he opened it.
    pub receipt: Option<String>,
}

impl Offer {
    /// Whether it is a film that is played on the page.
    pub fn is_video(&self) -> bool {
        self.media_type.starts_with("video/") && SHOWN.contains(&self.media_type.as_str())
    }

    /// The same of sound.
    pub fn is_audio(&self) -> bool {
        self.media_type.starts_with("audio/") && SHOWN.contains(&self.media_type.as_str())
    }
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

impl Item {
    /// Whether its title is one: a long text and the day itself are none.
    pub fn is_headed(&self) -> bool {
        self.title != self.day_text && self.title.chars().count() <= TITLE_CHARACTERS_MAX
    }
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
pub fn cases<'a>(conn: &Connection, voice: impl Into<Voice<'a>>, session: &Session) -> Outcome<Vec<CaseLine>> {
    let voice = voice.into();
    let (app, roles) = (voice.app, &voice.app.catalogue.roles);
    let mut lines = Vec::new();
    for id in access::cases(conn, app, &session.person, CASES_MAX)? {
        // An agent whose principal left the case, and a case that is taken back, are no reason to hide the others.
        let records = app.known.case(conn, &id)?;
        let Ok(standing) = Standing::among(&records, app, session) else { continue };
        let seen = |r: &&Record| app.catalogue.kinds.get(&r.kind).is_some_and(|kind| standing.may_see(kind, r));
        if let Some(case) = records.iter().find(|r| r.kind == roles.case && r.id == id).filter(seen) {
            lines.push(CaseLine { id, item: item(voice, case, None) });
        }
    }
    lines.sort_by(|a, b| b.item.day.cmp(&a.item.day).then_with(|| a.id.cmp(&b.id)));
    Ok(lines)
}

/// One case with everything of it that this person may see.
pub fn case<'a>(conn: &Connection, voice: impl Into<Voice<'a>>, session: &Session, case_id: &str) -> Outcome<Case> {
    let voice = voice.into();
    let app = voice.app;
    let records = app.known.case(conn, case_id)?;
    let standing = Standing::among(&records, app, session)?;
    let roles = &app.catalogue.roles;
    let opened = opened(conn, session)?;
    let (mut head, mut members, mut steps) = (None, Vec::new(), Vec::new());
    let is_member = |r: &&Record| r.kind == roles.member;
    let names = records.iter().filter(is_member).map(|r| (r.person.as_str(), r.text("name"))).collect();
    for record in records.iter() {
        let Some(kind) = app.catalogue.kinds.get(&record.kind) else { continue };
        if kind.direction != Direction::Up || !standing.may_see(kind, record) {
            continue;
        }
        let mut shown = item(voice, record, Some(&opened));
        name_persons(&mut shown, kind, &names);
        if let Some(offer) = shown.document.as_mut().filter(|o| o.served) {
            offer.served = access::consents_among(&records, app, record);
            let arrived_s = arrivals::arrived_s(conn, &record.kind, &record.id, record.version)?;
            offer.arrived = arrived_s.map(|s| voice.moment(s));
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
    let (messages, requests) = written(conn, voice, session, &records, case_id)?;
    Ok(Case { id: case_id.to_owned(), head: head.ok_or(Problem::NotFound)?, members, steps, messages, requests })
}

/// The documents that are served to a person, in all his cases, newest first.
pub fn served(conn: &Connection, app: &App, session: &Session) -> Outcome<Vec<Item>> {
    let opened = opened(conn, session)?;
    let mut items = Vec::new();
    for case_id in access::cases(conn, app, &session.person, CASES_MAX)? {
        let records = app.known.case(conn, &case_id)?;
        let Ok(standing) = Standing::among(&records, app, session) else { continue };
        for record in records.iter() {
            let served = app.catalogue.kinds.get(&record.kind).filter(|k| k.served && k.direction == Direction::Up);
            let seen = served.is_some_and(|kind| standing.may_see(kind, record));
            if seen && access::consents_among(&records, app, record) {
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
    let record = visible::record(conn, kind_id, id)?.ok_or(Problem::NotFound)?;
    Ok(item(app, &record, None))
}

fn public_kind<'a>(app: &'a App, kind_id: &str) -> Outcome<&'a Kind> {
    let kind = app.catalogue.kinds.get(kind_id);
    kind.filter(|k| public_index::is_public(k)).ok_or(Problem::NotFound)
}

/// The public kinds: id, name.
pub fn public_kinds(app: &App) -> Vec<(String, String)> {
    let kinds = app.catalogue.kinds.iter().filter(|(_, kind)| public_index::is_public(kind));
    kinds.map(|(id, kind)| (id.clone(), kind.zh.clone())).collect()
}

/// What a person did with the versions that he opened, by kind, id and version.
type Opened = BTreeMap<(String, String, i64), Taken>;

/// What was done with a version: first opened, downloaded, signed for, and the newest receipt.
pub struct Taken {
    opened_s: i64,
    downloaded_s: Option<i64>,
    signed_s: Option<i64>,
    receipt: String,
}

fn opened(conn: &Connection, session: &Session) -> Outcome<Opened> {
    // SQLite gives the bare column of the row that max() found.
    let sql =
        "SELECT kind, item, version, min(opened_s), min(signed_s), id, min(downloaded_s), max(opened_s) FROM receipt
               WHERE person = ?1 GROUP BY kind, item, version";
    let mut statement = conn.prepare_cached(sql)?;
    let rows = statement.query_map([&session.person], |r| {
        let taken = Taken { opened_s: r.get(3)?, signed_s: r.get(4)?, receipt: r.get(5)?, downloaded_s: r.get(6)? };
        Ok(((r.get(0)?, r.get(1)?, r.get(2)?), taken))
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// What this person wrote in a case, newest first, with the replies to it. What was written before kinds were noted is
/// a message.
fn written(
    conn: &Connection,
    voice: Voice<'_>,
    session: &Session,
    records: &[Record],
    case_id: &str,
) -> Outcome<(Vec<Written>, Vec<Written>)> {
    let roles = &voice.app.catalogue.roles;
    let mut replies: BTreeMap<String, Vec<Reply>> = BTreeMap::new();
    let mut found: Vec<_> = records.iter().filter(|r| r.kind == roles.reply && r.person == session.person).collect();
    found.sort_by_key(|r| r.integer("at"));
    for r in found {
        let at_s = r.integer("at").unwrap_or_default();
        let reply =
            Reply { at: voice.moment(at_s), at_s, by: r.text("by").to_owned(), text: r.text("text").to_owned() };
        replies.entry(r.text("message").to_owned()).or_default().push(reply);
    }
    let sql = "SELECT id, written_s, text, acknowledged, kind, subject FROM message
               WHERE person = ?1 AND case_id = ?2 ORDER BY written_s DESC LIMIT 100";
    let mut statement = conn.prepare_cached(sql)?;
    let mut rows = statement.query(params![session.person, case_id])?;
    let subjects = messages::subjects(voice);
    let (mut messages, mut requests) = (Vec::new(), Vec::new());
    while let Some(row) = rows.next()? {
        let (id, kind, subject): (String, String, String) = (row.get(0)?, row.get(4)?, row.get(5)?);
        let written = Written {
            at: voice.moment(row.get(1)?),
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
pub fn item<'a>(voice: impl Into<Voice<'a>>, record: &Record, opened: Option<&Opened>) -> Item {
    let voice = voice.into();
    let kind = voice.app.catalogue.kinds.get(&record.kind);
    let fields = kind.map_or(Vec::new(), Kind::fields_in_order);
    let (mut lines, mut document, mut day) = (Vec::new(), None, String::new());
    for (id, field) in fields {
        let Some(value) = record.fields.get(id) else { continue };
        if day.is_empty() {
            day = voice.day_of(&field.kind, value).unwrap_or_default();
        }
        if let Value::Document(d) = value {
            let key = (record.kind.clone(), record.id.clone(), record.version as i64);
            let taken = opened.and_then(|o| o.get(&key));
            document = Some(offer(voice, d, kind.is_some_and(|k| k.served), taken));
        } else {
            lines.push(line(voice, id, field, value));
        }
    }
    let at = lines.iter().position(|l| l.id == "title" || l.id == "name").unwrap_or(0);
    let title = if lines.is_empty() { String::new() } else { lines.remove(at).value };
    Item {
        kind: record.kind.clone(),
        kind_name: kind.map_or_else(|| record.kind.clone(), |k| voice.kind(k).to_owned()),
        article: kind.map_or_else(String::new, |k| k.article.clone()),
        id: record.id.clone(),
        version: record.version,
        day_text: voice.day(&day),
        day,
        title,
        lines,
        document,
    }
}

/// An opaque id says nothing to people: the name of the party stands in its place, or nothing.
fn name_persons(item: &mut Item, kind: &Kind, names: &BTreeMap<&str, &str>) {
    let is_person = |id: &str| kind.fields.get(id).is_some_and(|f| f.kind == FieldType::Person);
    item.lines.retain_mut(|line| {
        if !is_person(&line.id) {
            return true;
        }
        let name = names.get(line.value.as_str());
        line.value = name.map(|name| (*name).to_owned()).unwrap_or_default();
        name.is_some()
    });
}

fn offer(voice: Voice<'_>, d: &DocumentRef, served: bool, taken: Option<&Taken>) -> Offer {
    let said = |at: Option<i64>| at.map(|s| voice.moment(s));
    Offer {
        name: d.name.clone(),
        media_type: d.media_type.clone(),
        size: format::size(d.bytes),
        sha256: ferry_format::encoding::hex::to_hex(&d.sha256),
        served,
        may_read: !served,
        arrived: None,
        opened: said(taken.map(|t| t.opened_s)),
        opened_s: taken.map(|t| t.opened_s),
        downloaded: said(taken.and_then(|t| t.downloaded_s)),
        signed: said(taken.and_then(|t| t.signed_s)),
        signed_s: taken.and_then(|t| t.signed_s),
        receipt: taken.map(|t| t.receipt.clone()),
    }
}

/// The fields of a record in their order, as they are read.
pub fn lines<'a>(voice: impl Into<Voice<'a>>, record: &Record) -> Vec<Line> {
    let voice = voice.into();
    let fields = voice.app.catalogue.kinds.get(&record.kind).map_or(Vec::new(), Kind::fields_in_order);
    fields.into_iter().filter_map(|(id, field)| Some(line(voice, id, field, record.fields.get(id)?))).collect()
}

/// What a receipt says, in its order, as it is read: without opaque ids, and with the name of the kind of document.
pub fn receipt<'a>(voice: impl Into<Voice<'a>>, record: &Record) -> Vec<Line> {
    let voice = voice.into();
    let kinds = &voice.app.catalogue.kinds;
    let fields = kinds.get(&record.kind).map(|kind| &kind.fields);
    let is_opaque = |id: &str| fields.and_then(|f| f.get(id)).is_some_and(|f| f.kind == FieldType::Person);
    let mut lines = lines(voice, record);
    lines.retain(|line| !is_opaque(&line.id));
    if let Some(line) = lines.iter_mut().find(|line| line.id == "kind")
        && let Some(kind) = kinds.get(&line.value)
    {
        line.value = voice.kind(kind).to_owned();
    }
    lines
}

fn line(voice: Voice<'_>, id: &str, field: &Field, value: &Value) -> Line {
    Line { id: id.to_owned(), label: voice.field(field).to_owned(), value: voice.value(&field.kind, value) }
}
