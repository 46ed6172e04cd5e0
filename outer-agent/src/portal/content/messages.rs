//! What a party writes to the court: a message to the handler (article 10), or a request for access to recordings and
//! the file (article 4). Plain text, bounded in length and number.

use crate::portal::state::{App, database};
use crate::portal::problem::{Outcome, Problem};
use crate::portal::auth::session;
use crate::portal::auth::access::Standing;
use crate::portal::i18n::format::Voice;
use crate::portal::auth::caller::{Actor, Visitor};
use crate::store::outgoing;
use ferry_format::crypto::hash::sha256;
use ferry_format::encoding::hex::to_hex;
use ferry_format::names::is_deceptive;
use ferry_format::record::catalogue::FieldType;
use ferry_format::record::{Record, Value};
use ferry_io::clock::now_s;
use rusqlite::{OptionalExtension, TransactionBehavior, params};
use std::sync::Arc;

/// Longest text, in characters.
pub const CHARACTERS_MAX: usize = 2000;
/// Texts of one person in a day.
const TEXTS_PER_DAY: i64 = 20;
const DAY_S: i64 = 86_400;

/// What is written.
pub enum Writing {
    /// A message.
    Message,
    /// A request for access, by the code of what to.
    Request(String),
}

/// Commits a text and its outgoing item together; gives its id.
///
/// # Errors
/// [`Problem::NotFound`] for a case that does not concern this person; [`Problem::Invalid`] for an empty or long text,
/// one too many for today, and a request for what is not in the catalogue; [`Problem::AttemptTaken`] for another text under
/// the name of an attempt that was made.
pub async fn submit(
    app: &Arc<App>,
    who: Actor,
    case_id: String,
    writing: Writing,
    raw: String,
    visitor: Visitor,
) -> Outcome<String> {
    database(app, move |app, conn| {
        let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let session = session::act(&tx, app, &who)?;
        Standing::find(&tx, app, &session, &case_id)?;
        let text = clean(&raw)?;
        let roles = &app.catalogue.roles;
        let (kind, subject) = match &writing {
            Writing::Message => (&roles.message, ""),
            Writing::Request(subject) => (&roles.access_request, subject.as_str()),
        };
        if matches!(writing, Writing::Request(_)) && !subjects(app).iter().any(|(code, _)| *code == subject) {
            return Err(Problem::Invalid(|words| words.unknown_subject));
        }
        let now_s = now_s();
        // Sending the same form twice is one text, and so is an attempt that its channel makes again.
        let once = match &who.attempt {
            Some(attempt) => format!("{}\n{attempt}", session.via),
            None => format!("{}\n{text}", now_s / 60),
        };
        let name = format!("{}\n{kind}\n{case_id}\n{subject}\n{once}", session.person);
        let id = to_hex(&sha256(name.as_bytes())[..16]);
        let sql = "SELECT text FROM message WHERE id = ?1";
        let written: Option<Option<String>> = tx.prepare_cached(sql)?.query_row([&id], |r| r.get(0)).optional()?;
        if let Some(written) = written {
            // A text that was forgotten meanwhile is as good as another: nobody could tell that it is this one.
            return if written.as_ref() == Some(&text) { Ok(id) } else { Err(Problem::AttemptTaken) };
        }
        let sql = "SELECT count(*) FROM message WHERE person = ?1 AND written_s > ?2";
        let today: i64 = tx.prepare_cached(sql)?.query_row(params![session.person, now_s - DAY_S], |r| r.get(0))?;
        if today >= TEXTS_PER_DAY {
            return Err(Problem::Invalid(|words| words.too_many_texts));
        }
        let sql = "INSERT INTO message(id, person, case_id, text, written_s, kind, subject)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
        let row = params![id, session.person, case_id, text, now_s, kind, subject];
        tx.prepare_cached(sql)?.execute(row)?;
        let mut record = Record::new(kind, &id, 1);
        (record.case_id, record.person) = (case_id.clone(), session.person.clone());
        let address = visitor.address.to_string();
        let texts = [
            ("author", session.name.as_str()),
            ("subject", subject),
            ("text", &text),
            ("address", &address),
            ("via", &session.via),
        ];
        for (field, value) in texts.into_iter().filter(|(_, value)| !value.is_empty()) {
            record.fields.insert(field.into(), Value::Text(value.to_owned()));
        }
        record.fields.insert("written".into(), Value::Integer(now_s));
        outgoing::add(&tx, &app.catalogue, &record)?;
        tx.commit()?;
        Ok(id)
    })
    .await
}

/// What access may be asked to: code and name, by the catalogue.
pub fn subjects<'a>(voice: impl Into<Voice<'a>>) -> Vec<(&'a str, &'a str)> {
    let voice = voice.into();
    let catalogue = &voice.app.catalogue;
    let kind = catalogue.kinds.get(&catalogue.roles.access_request);
    match kind.and_then(|k| k.fields.get("subject")).map(|f| &f.kind) {
        Some(FieldType::Code(table)) => table.iter().map(|(code, zh)| (code.as_str(), voice.code(zh))).collect(),
        _ => Vec::new(),
    }
}

/// Line ends made equal; invisible and direction characters dropped; never empty, never too long.
fn clean(raw: &str) -> Outcome<String> {
    let text: String = raw.replace("\r\n", "\n").chars().filter(|c| *c == '\n' || !is_deceptive(*c)).collect();
    let text = text.trim();
    if text.is_empty() {
        return Err(Problem::Invalid(|words| words.empty_text));
    }
    if text.chars().count() > CHARACTERS_MAX {
        return Err(Problem::Invalid(|words| words.long_text));
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_keeps_its_lines_and_loses_what_cannot_be_seen() {
        assert_eq!(clean(" 请问\r\n进展\u{202E}如何？\0 ").unwrap(), "请问\n进展如何？");
        assert!(clean("\u{200B}\n ").is_err());
        assert!(clean(&"字".repeat(CHARACTERS_MAX)).is_ok());
        assert!(clean(&"字".repeat(CHARACTERS_MAX + 1)).is_err());
    }
}
