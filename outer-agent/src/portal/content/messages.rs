//! What a party writes to the court, with the replies: messages to the handler (article 10) and requests for access to
//! recordings and the file (article 4). Plain text, bounded in length and number.

use crate::portal::auth::access::CaseAccess;
use crate::portal::auth::caller::{Actor, Visitor};
use crate::portal::auth::session::{Session, Sessions};
use crate::portal::court::Court;
use crate::portal::i18n::format::Formatter;
use crate::portal::problem::{Outcome, Problem};
use crate::store::{messages, outgoing};
use ferry_channel::types::UnixSeconds;
use ferry_format::crypto::hash::sha256;
use ferry_format::encoding::hex::to_hex;
use ferry_format::names::is_deceptive;
use ferry_format::record::catalogue::FieldType;
use ferry_format::record::{Record, Value};
use rusqlite::{Connection, TransactionBehavior};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Longest text, in characters.
pub const CHARACTERS_MAX: usize = 2000;
/// Texts of one person in a day.
const TEXTS_PER_DAY: i64 = 20;
const DAY_S: i64 = 86_400;

/// What a party submits.
pub enum Submission {
    /// A message to the handler.
    Message,
    /// A request for access, with the code of its subject.
    AccessRequest(String),
}

/// A message or an access request with its replies.
#[derive(Clone, Debug)]
pub struct Thread {
    /// Id of the message.
    pub id: String,
    /// When it was written.
    pub at: String,
    /// The same, seconds.
    pub at_s: UnixSeconds,
    /// What access is requested to; `None` for a message.
    pub subject: Option<String>,
    /// Text, during its retention.
    pub text: Option<String>,
    /// Whether the case platform has it.
    pub arrived: bool,
    /// Replies of the handler, oldest first.
    pub replies: Vec<Reply>,
}

/// A reply of the handler.
#[derive(Clone, Debug)]
pub struct Reply {
    /// When.
    pub at: String,
    /// The same, seconds.
    pub at_s: UnixSeconds,
    /// Name of the handler.
    pub by: String,
    /// Text.
    pub text: String,
}

/// What a person wrote in a case, newest first.
#[derive(Clone, Debug, Default)]
pub struct MessageThreads {
    /// Messages.
    pub messages: Vec<Thread>,
    /// Access requests.
    pub requests: Vec<Thread>,
}

/// Takes what parties write.
pub struct MessageBox {
    sessions: Arc<Sessions>,
    court: Arc<Court>,
}

impl MessageBox {
    /// For the persons of sessions.
    pub fn new(sessions: Arc<Sessions>, court: Arc<Court>) -> Arc<Self> {
        Arc::new(Self { sessions, court })
    }

    /// Commits a text together with its outgoing item; gives its id.
    ///
    /// # Errors
    /// [`Problem::NotFound`] for a case that does not concern the person; [`Problem::Invalid`] for an empty or long text,
    /// too many texts in a day, and an unknown subject; [`Problem::KeyReused`] for another text under an idempotency key
    /// that was used.
    pub async fn submit(
        self: &Arc<Self>,
        actor: Actor,
        case_id: String,
        submission: Submission,
        raw: String,
        visitor: Visitor,
    ) -> Outcome<String> {
        let this = self.clone();
        let done = self.sessions.database.write(move |conn| {
            let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let session = this.sessions.find_actor(&tx, &actor)?;
            CaseAccess::find(&tx, &this.court, &session, &case_id)?;
            let draft = this.draft(&session, case_id, &submission, &raw, actor.idempotency_key.as_deref())?;
            if let Some(stored) = messages::text(&tx, &draft.id)? {
                // Once its text is deleted, nobody can tell whether this is the same.
                return if stored == draft.text { Ok(draft.id) } else { Err(Problem::KeyReused) };
            }
            if messages::count_since(&tx, &session.person, draft.written_s - DAY_S)? >= TEXTS_PER_DAY {
                return Err(Problem::Invalid(|m| m.writing.too_many_texts));
            }
            messages::add(&tx, &draft)?;
            outgoing::add(&tx, &this.court.catalogue, &outgoing_record(&draft, &session, &visitor))?;
            tx.commit()?;
            Ok(draft.id)
        });
        done.await
    }

    /// The message to be stored. Its id is a digest, so that the same form sent twice, or a request repeated under its
    /// idempotency key, is one message.
    fn draft(
        &self,
        session: &Session,
        case_id: String,
        submission: &Submission,
        raw: &str,
        idempotency_key: Option<&str>,
    ) -> Outcome<messages::Message> {
        let text = clean(raw)?;
        let roles = &self.court.catalogue.roles;
        let (kind, subject) = match submission {
            Submission::Message => (&roles.message, ""),
            Submission::AccessRequest(subject) => (&roles.access_request, subject.as_str()),
        };
        let is_request = matches!(submission, Submission::AccessRequest(_));
        if is_request && !subjects(Formatter::chinese(&self.court)).iter().any(|(code, _)| *code == subject) {
            return Err(Problem::Invalid(|m| m.writing.unknown_subject));
        }
        let now = UnixSeconds::now();
        let once = match idempotency_key {
            Some(key) => format!("{}\n{key}", session.via),
            None => format!("{}\n{text}", now.get() / 60),
        };
        let name = format!("{}\n{kind}\n{case_id}\n{subject}\n{once}", session.person);
        Ok(messages::Message {
            id: to_hex(&sha256(name.as_bytes())[..16]),
            person: session.person.clone(),
            case_id,
            kind: kind.clone(),
            subject: subject.to_owned(),
            text: Some(text),
            written_s: now,
            acknowledged: false,
        })
    }
}

/// The record of a message that crosses to the inner side.
fn outgoing_record(message: &messages::Message, session: &Session, visitor: &Visitor) -> Record {
    let mut record = Record::new(&message.kind, &message.id, 1);
    (record.case_id, record.person) = (message.case_id.clone(), message.person.clone());
    let address = visitor.address.to_string();
    let texts = [
        ("author", session.name.as_str()),
        ("subject", &message.subject),
        ("text", message.text.as_deref().unwrap_or_default()),
        ("address", &address),
        ("via", &session.via),
    ];
    for (field, value) in texts.into_iter().filter(|(_, value)| !value.is_empty()) {
        record.fields.insert(field.into(), Value::Text(value.to_owned()));
    }
    record.fields.insert("written".into(), Value::Integer(message.written_s.get()));
    record
}

/// What a person wrote in a case, with the replies among the records of the case.
///
/// # Errors
/// A store that cannot be read.
pub fn threads(
    conn: &Connection,
    formatter: Formatter<'_>,
    session: &Session,
    records: &[Record],
    case_id: &str,
) -> Outcome<MessageThreads> {
    let roles = &formatter.court.catalogue.roles;
    let mut replies =
        replies(formatter, records.iter().filter(|r| r.kind == roles.reply && r.person == session.person));
    let subjects = subjects(formatter);
    let mut threads = MessageThreads::default();
    for message in messages::of_case(conn, &session.person, case_id)? {
        let subject = subjects.iter().find(|(code, _)| *code == message.subject);
        let thread = Thread {
            at: formatter.time(message.written_s),
            at_s: message.written_s,
            text: message.text,
            arrived: message.acknowledged,
            subject: subject.map(|(_, name)| (*name).to_owned()),
            replies: replies.remove(&message.id).unwrap_or_default(),
            id: message.id,
        };
        // A row without a kind is a message.
        if message.kind == roles.access_request { threads.requests.push(thread) } else { threads.messages.push(thread) }
    }
    // A restored store may not know the message that a reply answers; the reply is shown all the same.
    for (id, replies) in replies {
        let (at, at_s) = replies.first().map(|r| (r.at.clone(), r.at_s)).unwrap_or_default();
        threads.messages.push(Thread { id, at, at_s, subject: None, text: None, arrived: true, replies });
    }
    Ok(threads)
}

/// Replies by the id of the message that they answer, oldest first.
fn replies<'r>(formatter: Formatter<'_>, records: impl Iterator<Item = &'r Record>) -> BTreeMap<String, Vec<Reply>> {
    let mut found: Vec<_> = records.collect();
    found.sort_by_key(|r| r.integer("at"));
    let mut replies: BTreeMap<String, Vec<Reply>> = BTreeMap::new();
    for r in found {
        let at_s = UnixSeconds(r.integer("at").unwrap_or_default());
        let (by, text) = (r.text("by").to_owned(), r.text("text").to_owned());
        let reply = Reply { at: formatter.time(at_s), at_s, by, text };
        replies.entry(r.text("message").to_owned()).or_default().push(reply);
    }
    replies
}

/// What access can be requested to: code and name, by the catalogue.
pub fn subjects(formatter: Formatter<'_>) -> Vec<(&str, &str)> {
    let catalogue = &formatter.court.catalogue;
    let kind = catalogue.kinds.get(&catalogue.roles.access_request);
    match kind.and_then(|k| k.fields.get("subject")).map(|f| &f.kind) {
        Some(FieldType::Code(table)) => table.iter().map(|(code, zh)| (code.as_str(), formatter.code(zh))).collect(),
        _ => Vec::new(),
    }
}

/// Makes line ends equal and drops invisible and direction characters.
///
/// # Errors
/// [`Problem::Invalid`] for an empty and for a long text.
fn clean(raw: &str) -> Outcome<String> {
    let text: String = raw.replace("\r\n", "\n").chars().filter(|c| *c == '\n' || !is_deceptive(*c)).collect();
    let text = text.trim();
    if text.is_empty() {
        return Err(Problem::Invalid(|m| m.writing.empty_text));
    }
    if text.chars().count() > CHARACTERS_MAX {
        return Err(Problem::Invalid(|m| m.writing.long_text));
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_keeps_its_lines_and_loses_invisible_characters() {
        assert_eq!(clean(" 请问\r\n进展\u{202E}如何？\0 ").unwrap(), "请问\n进展如何？");
        assert!(clean("\u{200B}\n ").is_err());
        assert!(clean(&"字".repeat(CHARACTERS_MAX)).is_ok());
        assert!(clean(&"字".repeat(CHARACTERS_MAX + 1)).is_err());
    }
}
