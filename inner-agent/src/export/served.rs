//! What comes back is checked against this (articles 10 and 11): every version of a served document that was sent, and
//! who stood in a case, for whom and on which days.

use crate::export::remember::AGAIN;
use ferry_format::record::Record;
use ferry_format::record::catalogue::Roles;
use ferry_io::error::Result;
use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};

/// The tables. A ledger from before them knows the newest version of each document.
pub const SCHEMA: &str = "
CREATE TABLE served(
  kind TEXT NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL, sha256 BLOB NOT NULL, case_id TEXT NOT NULL,
  person TEXT NOT NULL, epoch INTEGER NOT NULL, sequence INTEGER NOT NULL, at_s INTEGER NOT NULL, name TEXT NOT NULL,
  PRIMARY KEY(kind, id, version)) STRICT, WITHOUT ROWID;
INSERT INTO served SELECT kind, id, version, document, case_id, person, epoch, sequence, at_s, '' FROM exported
  WHERE document IS NOT NULL AND person <> '' AND retracted = 0;
CREATE TABLE standing(
  kind TEXT NOT NULL, id TEXT NOT NULL, case_id TEXT NOT NULL, person TEXT NOT NULL, principal TEXT NOT NULL,
  since TEXT NOT NULL, until TEXT NOT NULL, name TEXT NOT NULL, PRIMARY KEY(kind, id)) STRICT, WITHOUT ROWID;
CREATE INDEX standing_person ON standing(case_id, person);
";

/// A version that was sent to be served.
pub struct Served {
    /// SHA-256 of its document.
    pub sha256: [u8; 32],
    /// Its file name; empty where the ledger is older than these names.
    pub name: String,
    /// Its case.
    pub case_id: String,
    /// The person that it is for.
    pub addressee: String,
    /// When the batch that carried it was made, seconds.
    pub sent_s: i64,
    /// Whether the far side refused that batch, so that the version never stood there.
    pub refused: bool,
}

/// Remembers a version that goes out.
pub fn note(
    conn: &Connection,
    record: &Record,
    sha256: &[u8; 32],
    (epoch, sequence): (u64, u64),
    now_s: i64,
) -> Result<()> {
    let sql = "INSERT OR REPLACE INTO served VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
    let (version, epoch, sequence) = (record.version as i64, epoch as i64, sequence as i64);
    let row = params![
        record.kind,
        record.id,
        version,
        sha256.as_slice(),
        record.case_id,
        record.person,
        epoch,
        sequence,
        now_s,
        record.documents().next().map_or("", |d| &d.name)
    ];
    conn.prepare_cached(sql)?.execute(row)?;
    Ok(())
}

/// A version that was sent over `channel`.
pub fn version(conn: &Connection, channel: &str, kind: &str, id: &str, version: u64) -> Result<Option<Served>> {
    let sql = "SELECT s.sha256, s.case_id, s.person, s.at_s, coalesce(o.state = 'refused', 0), s.name FROM served s
               LEFT JOIN ferry_out o ON o.channel = ?1 AND o.epoch = s.epoch AND o.sequence = s.sequence
               WHERE s.kind = ?2 AND s.id = ?3 AND s.version = ?4";
    let row = |r: &rusqlite::Row<'_>| {
        Ok(Served {
            sha256: r.get(0)?,
            case_id: r.get(1)?,
            addressee: r.get(2)?,
            sent_s: r.get(3)?,
            refused: r.get(4)?,
            name: r.get(5)?,
        })
    };
    Ok(conn.prepare_cached(sql)?.query_row(params![channel, kind, id, version as i64], row).optional()?)
}

/// The newest version of a document that was sent.
pub fn newest_version(conn: &Connection, kind: &str, id: &str) -> Result<Option<u64>> {
    let sql = "SELECT max(version) FROM served WHERE kind = ?1 AND id = ?2";
    let newest: Option<i64> = conn.prepare_cached(sql)?.query_row([kind, id], |r| r.get(0))?;
    Ok(newest.map(|v| v as u64))
}

/// Follows a party or an agent who goes out. Whoever is taken back stood there until the end of `today`.
pub fn follow(conn: &Connection, roles: &Roles, record: &Record, today: &str) -> Result<()> {
    let principal = if record.kind == roles.member { &record.person } else { record.text("principal") };
    if record.retracted {
        let sql = "UPDATE standing SET until = ?3 WHERE kind = ?1 AND id = ?2 AND (until = '' OR until > ?3)";
        conn.prepare_cached(sql)?.execute([&record.kind, &record.id, today])?;
    } else {
        let sql = "INSERT OR REPLACE INTO standing VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
        let (since, until) = (record.text("from"), record.text("until"));
        let row =
            [&record.kind, &record.id, &record.case_id, &record.person, principal, since, until, record.text("name")];
        conn.prepare_cached(sql)?.execute(row)?;
    }
    Ok(())
}

/// Whether someone stood in a case on a day: for one party, or for whomever.
pub fn stood(conn: &Connection, case_id: &str, person: &str, principal: Option<&str>, day: &str) -> Result<bool> {
    let sql = "SELECT EXISTS(SELECT 1 FROM standing WHERE case_id = ?1 AND person = ?2
                 AND (?3 IS NULL OR principal = ?3) AND since <= ?4 AND (until = '' OR until >= ?4))";
    Ok(conn.prepare_cached(sql)?.query_row(params![case_id, person, principal, day], |r| r.get(0))?)
}

/// The name of someone who stood in a case, where the ledger knows it.
pub fn name(conn: &Connection, case_id: &str, person: &str) -> Result<Option<String>> {
    let sql = "SELECT name FROM standing WHERE case_id = ?1 AND person = ?2 AND principal = ?2 AND name <> '' LIMIT 1";
    Ok(conn.prepare_cached(sql)?.query_row([case_id, person], |r| r.get(0)).optional()?)
}

/// A ledger from before these tables knows its parties; what it does not know of agents the next export, a full one,
/// reads again without sending it.
pub fn learn(conn: &mut Connection, roles: &Roles) -> Result<()> {
    let sql = "SELECT EXISTS(SELECT 1 FROM standing)
                 OR NOT EXISTS(SELECT 1 FROM exported WHERE kind IN (?1, ?2) AND retracted = 0)";
    if conn.query_row(sql, [&roles.member, &roles.agent], |r| r.get(0))? {
        return Ok(());
    }
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let sql = "INSERT OR IGNORE INTO standing SELECT kind, id, case_id, person, person, '', '', '' FROM exported
               WHERE kind = ?1 AND retracted = 0";
    tx.execute(sql, [&roles.member])?;
    let sql =
        "UPDATE exported SET fingerprint = x'01' WHERE kind = ?1 AND retracted = 0 AND fingerprint NOT IN (x'', ?2)";
    tx.execute(sql, params![roles.agent, AGAIN])?;
    tx.execute("DELETE FROM full_run", [])?;
    Ok(tx.commit()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ferry_format::record::Value;

    fn ledger() -> Connection {
        let conn = Connection::open_in_memory().unwrap();
        conn.execute_batch(ferry_channel::ledger::SCHEMA).unwrap();
        conn.execute_batch(crate::agent::SCHEMA).unwrap();
        conn
    }

    fn roles() -> Roles {
        let text = include_str!("../../../config/catalogue.toml");
        ferry_format::record::catalogue::Catalogue::from_toml(text).unwrap().roles
    }

    fn agent(until: &str) -> Record {
        let mut agent = Record::new("agent", "DL1", 1);
        (agent.case_id, agent.person) = ("AJ1".into(), "P2".into());
        for (field, text) in [("principal", "P1"), ("from", "2026-03-01"), ("until", until)] {
            agent.fields.insert(field.into(), Value::Text(text.into()));
        }
        agent
    }

    #[test]
    fn article_3_an_agent_stands_for_his_principal_on_the_days_of_his_authority_and_until_he_is_taken_back() {
        let conn = ledger();
        conn.execute_batch(SCHEMA).unwrap();
        let on = |principal, day| stood(&conn, "AJ1", "P2", principal, day).unwrap();
        follow(&conn, &roles(), &agent("2026-06-30"), "2026-03-02").unwrap();
        assert!(on(Some("P1"), "2026-03-01") && on(None, "2026-06-30"));
        assert!(!on(Some("P1"), "2026-02-28") && !on(Some("P1"), "2026-07-01") && !on(Some("P3"), "2026-04-01"));
        let mut gone = agent("");
        (gone.retracted, gone.version) = (true, 2);
        follow(&conn, &roles(), &gone, "2026-05-05").unwrap();
        assert!(on(Some("P1"), "2026-05-05") && !on(Some("P1"), "2026-05-06"));
    }

    #[test]
    fn a_ledger_from_before_knows_the_documents_and_parties_that_it_sent_and_reads_its_agents_again() {
        let mut conn = ledger();
        let sent = |kind: &str, id: &str, document: Option<&[u8]>| {
            let sql = "INSERT INTO exported VALUES (?1, ?2, ?2, 3, 1, 7, x'ab', x'00', 0, 'AJ1', 'P1', ?3, 0, 0, 99)";
            conn.execute(sql, params![kind, id, document]).unwrap();
        };
        sent("service", "WS1", Some(&[7; 32]));
        sent("party", "DS1", None);
        sent("agent", "DL1", None);
        conn.execute("INSERT INTO full_run VALUES (1, x'00', 5)", []).unwrap();
        conn.execute_batch(SCHEMA).unwrap();
        learn(&mut conn, &roles()).unwrap();
        let known = version(&conn, "up", "service", "WS1", 3).unwrap().unwrap();
        assert_eq!((known.sha256, known.addressee.as_str(), known.sent_s), ([7; 32], "P1", 99));
        assert!(version(&conn, "up", "service", "WS1", 2).unwrap().is_none());
        assert!(stood(&conn, "AJ1", "P1", Some("P1"), "2026-01-01").unwrap());
        let one = |sql: &str| conn.query_row(sql, [], |r| r.get::<_, i64>(0)).unwrap();
        assert_eq!(one("SELECT count(*) FROM full_run"), 0);
        assert_eq!(one("SELECT count(*) FROM exported WHERE fingerprint = x'01'"), 1);
    }
}
