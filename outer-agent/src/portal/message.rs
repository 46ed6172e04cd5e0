//! Leaving the case handler a message (article 10): plain text, bounded in length and number.

use crate::portal::app::{App, database};
use crate::portal::problem::{Outcome, Problem};
use crate::portal::session;
use crate::portal::standing::Standing;
use crate::store::outgoing;
use ferry_channel::files::now_s;
use ferry_format::hex::to_hex;
use ferry_format::keys::sha256;
use ferry_format::names::is_deceptive;
use ferry_format::record::{Record, Value};
use rusqlite::{TransactionBehavior, params};
use std::net::IpAddr;
use std::sync::Arc;

/// Longest message, in characters.
pub const CHARACTERS_MAX: usize = 2000;
/// Messages of one person in a day.
const MESSAGES_PER_DAY: i64 = 20;
const DAY_S: i64 = 86_400;

/// Commits a message and its outgoing item together.
pub async fn leave(
    app: &Arc<App>,
    token: Option<String>,
    csrf: Option<String>,
    case_id: String,
    raw: String,
    address: IpAddr,
) -> Outcome<()> {
    database(app, move |app, conn| {
        let session = session::find(conn, app, token.as_deref())?;
        if let Some(csrf) = csrf {
            session.check_form(&csrf)?;
        }
        let text = clean(&raw)?;
        let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        Standing::find(&tx, app, &session, &case_id)?;
        let now_s = now_s();
        let sql = "SELECT count(*) FROM message WHERE person = ?1 AND written_s > ?2";
        let today: i64 = tx.query_row(sql, params![session.person, now_s - DAY_S], |r| r.get(0))?;
        if today >= MESSAGES_PER_DAY {
            return Err(Problem::Invalid("今天的留言已经达到上限，请明天再留言，或者拨打 12368。"));
        }
        // Sending the same form twice is one message.
        let name = format!("{}\n{case_id}\n{}\n{text}", session.person, now_s / 60);
        let id = to_hex(&sha256(name.as_bytes())[..16]);
        let row = params![id, session.person, case_id, text, now_s];
        if tx.execute("INSERT OR IGNORE INTO message VALUES (?1, ?2, ?3, ?4, ?5)", row)? == 1 {
            let mut record = Record::new(&app.catalogue.roles.message, &id, 1);
            (record.case_id, record.person) = (case_id.clone(), session.person.clone());
            for (field, value) in [
                ("author", session.name.clone()),
                ("text", text),
                ("address", address.to_string()),
                ("via", "portal".into()),
            ] {
                record.fields.insert(field.into(), Value::Text(value));
            }
            record.fields.insert("written".into(), Value::Integer(now_s));
            outgoing::add(&tx, &app.catalogue, &record)?;
        }
        Ok(tx.commit()?)
    })
    .await
}

/// Line ends made equal; invisible and direction characters dropped; never empty, never too long.
fn clean(raw: &str) -> Outcome<String> {
    let text: String = raw.replace("\r\n", "\n").chars().filter(|c| *c == '\n' || !is_deceptive(*c)).collect();
    let text = text.trim();
    if text.is_empty() {
        return Err(Problem::Invalid("留言不能为空。"));
    }
    if text.chars().count() > CHARACTERS_MAX {
        return Err(Problem::Invalid("留言最多 2000 个字。"));
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_keeps_its_lines_and_loses_what_cannot_be_seen() {
        assert_eq!(clean(" 请问\r\n进展\u{202E}如何？\0 ").unwrap(), "请问\n进展如何？");
        assert!(clean("\u{200B}\n ").is_err());
        assert!(clean(&"字".repeat(2001)).is_err());
    }
}
