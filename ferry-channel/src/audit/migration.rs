//! The tables beside the entries, and how a chain of the first form is linked anew.

use super::store;
use ferry_format::audit::{Entry, link};
use ferry_format::crypto::hash::sha256;
use ferry_format::encoding::hex::to_hex;
use ferry_io::clock;
use ferry_io::error::Result;
use rusqlite::{Connection, params};
use rusqlite_migration::{HookError, M};

/// What an entry was about; what was signed of each batch that was sent; heads that arrived, with what is wrong with them;
/// and the rules that were used last.
pub const SCHEMA: &str = "
ALTER TABLE ferry_audit ADD COLUMN what BLOB;
CREATE TABLE ferry_signed(
  channel TEXT NOT NULL, epoch INTEGER NOT NULL, sequence INTEGER NOT NULL, header BLOB NOT NULL, content BLOB NOT NULL,
  series BLOB NOT NULL, signature BLOB NOT NULL, PRIMARY KEY(channel, epoch, sequence)) STRICT, WITHOUT ROWID;
CREATE TABLE ferry_far_audit(
  channel TEXT NOT NULL, epoch INTEGER NOT NULL, sequence INTEGER NOT NULL, entries INTEGER NOT NULL, digest BLOB NOT NULL,
  at_s INTEGER NOT NULL, wrong TEXT, settled_by TEXT,
  PRIMARY KEY(channel, epoch, sequence)) STRICT, WITHOUT ROWID;
CREATE INDEX ferry_far_audit_wrong ON ferry_far_audit(channel) WHERE wrong IS NOT NULL AND settled_by IS NULL;
CREATE TABLE ferry_used(name TEXT PRIMARY KEY, digest BLOB NOT NULL, at_s INTEGER NOT NULL) STRICT, WITHOUT ROWID;
";

/// Entries that are read at a time.
const AT_ONCE: i64 = 10_000;

/// Brings the tables up to date. Entries of the first form, whose digests covered the whole entry before, are linked anew, and
/// one more says so and how the old chain ended.
pub fn migration<'a>() -> M<'a> {
    M::up_with_hook(SCHEMA, |tx: &rusqlite::Transaction<'_>| {
        link_anew(tx, clock::now_s()).map_err(|f| HookError::Hook(f.message.english().to_owned()))
    })
}

fn link_anew(conn: &Connection, now_s: i64) -> Result<()> {
    let (mut first, mut second) = ([0; 32], [0; 32]);
    let (mut number, mut broken_at) = (0, None);
    loop {
        let found = rows(conn, number)?;
        let Some((last, ..)) = found.last() else { break };
        for (entry, kept) in &found {
            first = first_link(&first, entry);
            if first != *kept && broken_at.is_none() {
                broken_at = Some(entry.number);
            }
            first = *kept;
            second = link(&second, &entry.inner_digest());
            let sql = "UPDATE ferry_audit SET digest = ?2 WHERE number = ?1";
            conn.prepare_cached(sql)?.execute(params![entry.number as i64, second.as_slice()])?;
        }
        number = last.number as i64;
    }
    if number == 0 {
        return Ok(());
    }
    let held = broken_at.map_or("it held".to_owned(), |n: u64| format!("it was broken at entry {n}"));
    let detail =
        format!("{number} entries were linked anew in a second form; the first ended in {}: {held}", to_hex(&first));
    store::note(conn, now_s, "agent", "audit-form", "audit", &detail)
}

fn rows(conn: &Connection, after: i64) -> Result<Vec<(Entry, [u8; 32])>> {
    let sql = "SELECT number, at_s, actor, act, subject, detail, digest FROM ferry_audit WHERE number > ?1 ORDER BY number LIMIT ?2";
    let mut statement = conn.prepare_cached(sql)?;
    let row = |r: &rusqlite::Row<'_>| {
        let entry = Entry {
            number: r.get::<_, i64>(0)? as u64,
            at_s: r.get(1)?,
            actor: r.get(2)?,
            act: r.get(3)?,
            subject: r.get(4)?,
            detail: r.get(5)?,
            what: None,
        };
        Ok((entry, r.get(6)?))
    };
    Ok(statement.query_map([after, AT_ONCE], row)?.collect::<rusqlite::Result<_>>()?)
}

/// A digest of the first form.
fn first_link(previous: &[u8; 32], entry: &Entry) -> [u8; 32] {
    let mut bytes = previous.to_vec();
    bytes.extend((entry.number as i64).to_be_bytes());
    bytes.extend(entry.at_s.to_be_bytes());
    for text in [&entry.actor, &entry.act, &entry.subject, &entry.detail] {
        bytes.extend((text.len() as u64).to_be_bytes());
        bytes.extend(text.as_bytes());
    }
    sha256(&bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{evidence, ledger};

    /// A ledger of the first form with three entries.
    fn old() -> Connection {
        let conn = Connection::open_in_memory().unwrap();
        conn.execute_batch(&[ledger::SCHEMA, evidence::SCHEMA].concat()).unwrap();
        let mut digest = [0; 32];
        for number in 1..=3 {
            let [actor, act, subject, detail] = ["agent", "release", "up/1/1", "x"].map(str::to_owned);
            let entry = Entry { number, at_s: 5, actor, act, subject, detail, what: None };
            digest = first_link(&digest, &entry);
            let sql = "INSERT INTO ferry_audit VALUES (?1, 5, 'agent', 'release', 'up/1/1', 'x', ?2)";
            conn.execute(sql, params![number as i64, digest.as_slice()]).unwrap();
        }
        conn
    }

    fn detail(conn: &Connection) -> String {
        conn.query_row("SELECT detail FROM ferry_audit WHERE number = 4", [], |r| r.get(0)).unwrap()
    }

    #[test]
    fn a_chain_of_the_first_form_is_linked_anew_once_and_an_entry_says_so_and_whether_it_held() {
        for (tampering, held) in [
            ("SELECT 1", "it held"),
            ("UPDATE ferry_audit SET detail = 'y' WHERE number = 2", "it was broken at entry 2"),
        ] {
            let conn = old();
            conn.execute_batch(tampering).unwrap();
            conn.execute_batch(SCHEMA).unwrap();
            link_anew(&conn, 9).unwrap();
            assert_eq!(store::verify(&conn).unwrap(), 4);
            assert!(detail(&conn).ends_with(held), "{}", detail(&conn));
        }
        let empty = Connection::open_in_memory().unwrap();
        empty.execute_batch(&[ledger::SCHEMA, evidence::SCHEMA, SCHEMA].concat()).unwrap();
        link_anew(&empty, 9).unwrap();
        assert_eq!(store::verify(&empty).unwrap(), 0, "there was nothing to link");
    }
}
