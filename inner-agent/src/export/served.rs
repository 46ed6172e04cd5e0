//! What comes back is checked against this (articles 10 and 11): every version of a served document that was sent, and
//! who stood in a case, for whom and on which days.

use ferry_format::record::Record;
use ferry_format::record::catalogue::Roles;
use ferry_io::error::Result;
use rusqlite::{Connection, OptionalExtension, params};

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
               LEFT JOIN ferry_sent o ON o.channel = ?1 AND o.epoch = s.epoch AND o.sequence = s.sequence
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

#[cfg(test)]
mod tests {
    use super::*;
    use ferry_format::record::Value;

    fn ledger() -> Connection {
        let conn = crate::store::in_memory();
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
        let on = |principal, day| stood(&conn, "AJ1", "P2", principal, day).unwrap();
        follow(&conn, &roles(), &agent("2026-06-30"), "2026-03-02").unwrap();
        assert!(on(Some("P1"), "2026-03-01") && on(None, "2026-06-30"));
        assert!(!on(Some("P1"), "2026-02-28") && !on(Some("P1"), "2026-07-01") && !on(Some("P3"), "2026-04-01"));
        let mut gone = agent("");
        (gone.retracted, gone.version) = (true, 2);
        follow(&conn, &roles(), &gone, "2026-05-05").unwrap();
        assert!(on(Some("P1"), "2026-05-05") && !on(Some("P1"), "2026-05-06"));
    }
}
