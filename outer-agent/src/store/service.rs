//! Electronic service (articles 6 and 11): when a document arrived, what was opened by whom, which of its bytes were
//! sent, and who signed for it.

use crate::store::outgoing;
use ferry_format::record::catalogue::Catalogue;
use ferry_format::record::{Record, Value};
use ferry_io::error::Result;
use rusqlite::{Connection, OptionalExtension, params};
use std::ops::Range;

/// Ranges that are kept of one receipt.
const RANGES_MAX: i64 = 200;

/// Notes a version that may be served, under the generation that will show it. One that comes again arrived before.
pub fn note_arrival(conn: &Connection, record: &Record, generation: i64) -> Result<()> {
    let sql = "INSERT OR IGNORE INTO arrival VALUES (?1, ?2, ?3, ?4)";
    conn.prepare_cached(sql)?.execute(params![record.kind, record.id, record.version as i64, generation])?;
    Ok(())
}

/// When a version arrived, seconds; nothing where that was before arrivals were noted.
pub fn arrived_s(conn: &Connection, kind: &str, id: &str, version: u64) -> Result<Option<i64>> {
    let sql = "SELECT s.at_s FROM arrival a JOIN shown s USING (generation)
               WHERE a.kind = ?1 AND a.id = ?2 AND a.version = ?3";
    Ok(conn.prepare_cached(sql)?.query_row(params![kind, id, version as i64], |r| r.get(0)).optional()?)
}

/// One receipt: a person, a document version, a session.
pub struct Receipt {
    /// Its session.
    pub session: [u8; 32],
    /// What it says. Its record id is the receipt's.
    pub record: Record,
}

impl Receipt {
    /// A time that it says, seconds.
    pub fn time(&self, field: &str) -> Option<i64> {
        self.record.integer(field)
    }

    /// The version of the document.
    pub fn version(&self) -> u64 {
        self.record.integer("item-version").unwrap_or_default() as u64
    }

    /// Commits a new one together with what crosses of it.
    pub fn add(&self, conn: &Connection, catalogue: &Catalogue) -> Result<()> {
        let r = &self.record;
        let sql = "INSERT INTO receipt(person, kind, item, version, session, opened_s, id, body)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
        let (kind, item, version) = (r.text("kind"), r.text("item"), self.version() as i64);
        let opened_s = self.time("opened").unwrap_or_default();
        let row = params![r.person, kind, item, version, self.session.as_slice(), opened_s, r.id, r.encode()?];
        conn.prepare_cached(sql)?.execute(row)?;
        outgoing::add(conn, catalogue, r)
    }

    /// Adds a time that became known later. What was said before does not change.
    pub fn say(mut self, conn: &Connection, catalogue: &Catalogue, field: &str, at_s: i64) -> Result<Self> {
        if self.time(field).is_some() {
            return Ok(self);
        }
        self.record.fields.insert(field.into(), Value::Integer(at_s));
        self.record.version = outgoing::renew(conn, catalogue, &self.record)?;
        let sql = "UPDATE receipt SET body = ?2, downloaded_s = ?3, signed_s = ?4 WHERE id = ?1";
        let (downloaded, signed) = (self.time("downloaded"), self.time("signed"));
        conn.prepare_cached(sql)?.execute(params![self.record.id, self.record.encode()?, downloaded, signed])?;
        Ok(self)
    }
}

/// The receipt of a person, a document version and a session.
pub fn receipt_of_session(
    conn: &Connection,
    person: &str,
    document: &Record,
    session: &[u8; 32],
) -> Result<Option<Receipt>> {
    let sql = "SELECT session, body FROM receipt
               WHERE person = ?1 AND kind = ?2 AND item = ?3 AND version = ?4 AND session = ?5 AND body <> x''";
    one(conn, sql, params![person, document.kind, document.id, document.version as i64, session.as_slice()])
}

/// The newest receipt of a person and a document version, in any session.
pub fn newest_receipt(conn: &Connection, person: &str, document: &Record) -> Result<Option<Receipt>> {
    let sql = "SELECT session, body FROM receipt WHERE person = ?1 AND kind = ?2 AND item = ?3 AND version = ?4
               AND body <> x'' ORDER BY opened_s DESC LIMIT 1";
    one(conn, sql, params![person, document.kind, document.id, document.version as i64])
}

/// How many receipts a person has of a document version.
pub fn receipts(conn: &Connection, person: &str, document: &Record) -> Result<i64> {
    let sql = "SELECT count(*) FROM receipt WHERE person = ?1 AND kind = ?2 AND item = ?3 AND version = ?4";
    let key = params![person, document.kind, document.id, document.version as i64];
    Ok(conn.prepare_cached(sql)?.query_row(key, |r| r.get(0))?)
}

/// A receipt of this person by its id.
pub fn receipt(conn: &Connection, person: &str, id: &str) -> Result<Option<Receipt>> {
    one(conn, "SELECT session, body FROM receipt WHERE person = ?1 AND id = ?2 AND body <> x''", params![person, id])
}

fn one(conn: &Connection, sql: &str, params: impl rusqlite::Params) -> Result<Option<Receipt>> {
    let row = |r: &rusqlite::Row<'_>| Ok((r.get::<_, [u8; 32]>(0)?, r.get::<_, Vec<u8>>(1)?));
    let found = conn.prepare_cached(sql)?.query_row(params, row).optional()?;
    found.map(|(session, body)| Ok(Receipt { session, record: Record::decode(&body)? })).transpose()
}

/// Adds bytes that were sent, merged with those before; whether all of `bytes` now were.
pub fn note_sent(conn: &Connection, receipt: &str, range: Range<u64>, bytes: u64) -> Result<bool> {
    let mut merged = (range.start as i64, range.end as i64);
    let touching = "DELETE FROM sent WHERE receipt = ?1 AND begins <= ?3 AND ends >= ?2 RETURNING begins, ends";
    let mut statement = conn.prepare_cached(touching)?;
    let mut rows = statement.query(params![receipt, merged.0, merged.1])?;
    while let Some(row) = rows.next()? {
        merged = (merged.0.min(row.get(0)?), merged.1.max(row.get(1)?));
    }
    // No player leaves that many holes; who does will fill them only by beginning anew.
    let insert = "INSERT INTO sent SELECT ?1, ?2, ?3 WHERE (SELECT count(*) FROM sent WHERE receipt = ?1) < ?4";
    conn.prepare_cached(insert)?.execute(params![receipt, merged.0, merged.1, RANGES_MAX])?;
    Ok(merged.0 == 0 && merged.1 >= bytes as i64)
}

/// A link to a document that was opened: for one session, one version, some minutes.
pub struct Link {
    /// The session that may follow it.
    pub session: [u8; 32],
    /// The receipt under which it was made.
    pub receipt: String,
    /// Kind of the document.
    pub kind: String,
    /// Its id.
    pub item: String,
    /// Its version.
    pub version: u64,
}

impl Link {
    /// Keeps it under the digest of its token until `until_s`; links that ended are dropped.
    pub fn add(&self, conn: &Connection, id: &[u8; 32], now_s: i64, until_s: i64) -> Result<()> {
        conn.prepare_cached("DELETE FROM link WHERE until_s < ?1")?.execute([now_s])?;
        let row = params![
            id.as_slice(),
            self.session.as_slice(),
            self.receipt,
            self.kind,
            self.item,
            self.version as i64,
            until_s
        ];
        conn.prepare_cached("INSERT INTO link VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")?.execute(row)?;
        Ok(())
    }

    /// The link of a token's digest, while it is good.
    pub fn find(conn: &Connection, id: &[u8; 32], now_s: i64) -> Result<Option<Self>> {
        let sql = "SELECT session, receipt, kind, item, version FROM link WHERE id = ?1 AND until_s >= ?2";
        let row = |r: &rusqlite::Row<'_>| {
            let version = r.get::<_, i64>(4)? as u64;
            Ok(Self { session: r.get(0)?, receipt: r.get(1)?, kind: r.get(2)?, item: r.get(3)?, version })
        };
        Ok(conn.prepare_cached(sql)?.query_row(params![id.as_slice(), now_s], row).optional()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_document_was_downloaded_when_every_byte_of_it_was_sent(
            ranges in proptest::collection::vec((0u64..40, 0u64..40), 1..20)
        ) {
            let conn = Connection::open_in_memory().unwrap();
            conn.execute_batch(
                "CREATE TABLE sent(receipt TEXT, begins INTEGER, ends INTEGER, PRIMARY KEY(receipt, begins))"
            ).unwrap();
            let mut seen = [false; 40];
            for (a, b) in ranges {
                let range = a.min(b)..a.max(b);
                seen[range.start as usize..range.end as usize].fill(true);
                prop_assert_eq!(note_sent(&conn, "r", range, 40).unwrap(), seen.iter().all(|s| *s));
            }
        }
    }
}
