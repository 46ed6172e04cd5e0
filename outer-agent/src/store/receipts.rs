//! Receipts of electronic service (articles 6 and 11): who opened, downloaded and signed for a document, and which of its
//! bytes were sent.

use crate::store::outgoing;
use ferry_channel::types::UnixSeconds;
use ferry_format::record::catalogue::Catalogue;
use ferry_format::record::{Record, Value};
use ferry_io::error::Result;
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::BTreeMap;
use std::ops::Range;

/// Ranges of sent bytes that one receipt may have.
const RANGES_MAX: i64 = 200;

/// The receipt of a person, a version of a document and a session.
pub struct Receipt {
    /// The session.
    pub session: [u8; 32],
    /// The record that crosses; its id is that of the receipt.
    pub record: Record,
}

impl Receipt {
    /// One of its times, seconds.
    pub fn time(&self, field: &str) -> Option<i64> {
        self.record.integer(field)
    }

    /// The version of the document.
    pub fn version(&self) -> u64 {
        self.record.integer("item-version").unwrap_or_default() as u64
    }

    /// Inserts it, and its record among the outgoing ones.
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

    /// Adds a time, and updates the outgoing record. A time that is set does not change.
    pub fn add_time(
        mut self,
        conn: &Connection,
        catalogue: &Catalogue,
        field: &str,
        at_s: UnixSeconds,
    ) -> Result<Self> {
        if self.time(field).is_some() {
            return Ok(self);
        }
        self.record.fields.insert(field.into(), Value::Integer(at_s.get()));
        self.record.version = outgoing::update(conn, catalogue, &self.record)?;
        let sql = "UPDATE receipt SET body = ?2, downloaded_s = ?3, signed_s = ?4 WHERE id = ?1";
        let (downloaded, signed) = (self.time("downloaded"), self.time("signed"));
        conn.prepare_cached(sql)?.execute(params![self.record.id, self.record.encode()?, downloaded, signed])?;
        Ok(self)
    }
}

/// The receipt of a person, a version of a document and a session.
pub fn of_session(conn: &Connection, person: &str, document: &Record, session: &[u8; 32]) -> Result<Option<Receipt>> {
    let sql = "SELECT session, body FROM receipt
               WHERE person = ?1 AND kind = ?2 AND item = ?3 AND version = ?4 AND session = ?5 AND body <> x''";
    one(conn, sql, params![person, document.kind, document.id, document.version as i64, session.as_slice()])
}

/// The newest receipt of a person and a version of a document, in any session.
pub fn newest(conn: &Connection, person: &str, document: &Record) -> Result<Option<Receipt>> {
    let sql = "SELECT session, body FROM receipt WHERE person = ?1 AND kind = ?2 AND item = ?3 AND version = ?4
               AND body <> x'' ORDER BY opened_s DESC LIMIT 1";
    one(conn, sql, params![person, document.kind, document.id, document.version as i64])
}

/// How many receipts a person has for a version of a document.
pub fn count(conn: &Connection, person: &str, document: &Record) -> Result<i64> {
    let sql = "SELECT count(*) FROM receipt WHERE person = ?1 AND kind = ?2 AND item = ?3 AND version = ?4";
    let key = params![person, document.kind, document.id, document.version as i64];
    Ok(conn.prepare_cached(sql)?.query_row(key, |r| r.get(0))?)
}

/// A receipt of this person by its id.
pub fn find(conn: &Connection, person: &str, id: &str) -> Result<Option<Receipt>> {
    one(conn, "SELECT session, body FROM receipt WHERE person = ?1 AND id = ?2 AND body <> x''", params![person, id])
}

fn one(conn: &Connection, sql: &str, params: impl rusqlite::Params) -> Result<Option<Receipt>> {
    let row = |r: &rusqlite::Row<'_>| Ok((r.get::<_, [u8; 32]>(0)?, r.get::<_, Vec<u8>>(1)?));
    let found = conn.prepare_cached(sql)?.query_row(params, row).optional()?;
    found.map(|(session, body)| Ok(Receipt { session, record: Record::decode(&body)? })).transpose()
}

/// Records that a range of bytes was sent, merged with earlier ones. True once all `bytes` of the document were.
pub fn record_sent(conn: &Connection, receipt: &str, range: Range<u64>, bytes: u64) -> Result<bool> {
    let mut merged = (range.start as i64, range.end as i64);
    let touching = "DELETE FROM sent_range WHERE receipt = ?1 AND begins <= ?3 AND ends >= ?2 RETURNING begins, ends";
    let mut statement = conn.prepare_cached(touching)?;
    let mut rows = statement.query(params![receipt, merged.0, merged.1])?;
    while let Some(row) = rows.next()? {
        merged = (merged.0.min(row.get(0)?), merged.1.max(row.get(1)?));
    }
    // No player leaves so many holes. Beyond them a download counts only when it starts again from the beginning.
    let insert =
        "INSERT INTO sent_range SELECT ?1, ?2, ?3 WHERE (SELECT count(*) FROM sent_range WHERE receipt = ?1) < ?4";
    conn.prepare_cached(insert)?.execute(params![receipt, merged.0, merged.1, RANGES_MAX])?;
    Ok(merged.0 == 0 && merged.1 >= bytes as i64)
}

/// What a person did with one version of a document.
pub struct OpenedVersion {
    /// First opened, seconds.
    pub opened_s: UnixSeconds,
    /// Last byte first sent, seconds.
    pub downloaded_s: Option<UnixSeconds>,
    /// Signed for, seconds.
    pub signed_s: Option<UnixSeconds>,
    /// Id of the newest receipt.
    pub receipt: String,
}

/// The versions that a person opened, by kind, id and version.
pub fn opened_versions(conn: &Connection, person: &str) -> Result<BTreeMap<(String, String, u64), OpenedVersion>> {
    // SQLite takes the bare column `id` from the row of max().
    let sql =
        "SELECT kind, item, version, min(opened_s), min(signed_s), id, min(downloaded_s), max(opened_s) FROM receipt
               WHERE person = ?1 GROUP BY kind, item, version";
    let mut statement = conn.prepare_cached(sql)?;
    let rows = statement.query_map([person], |r| {
        let opened =
            OpenedVersion { opened_s: r.get(3)?, signed_s: r.get(4)?, receipt: r.get(5)?, downloaded_s: r.get(6)? };
        Ok(((r.get(0)?, r.get(1)?, r.get::<_, i64>(2)? as u64), opened))
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_document_is_downloaded_once_every_byte_of_it_was_sent(
            ranges in proptest::collection::vec((0u64..40, 0u64..40), 1..20)
        ) {
            let conn = Connection::open_in_memory().unwrap();
            conn.execute_batch(
                "CREATE TABLE sent_range(receipt TEXT, begins INTEGER, ends INTEGER, PRIMARY KEY(receipt, begins))"
            ).unwrap();
            let mut seen = [false; 40];
            for (a, b) in ranges {
                let range = a.min(b)..a.max(b);
                seen[range.start as usize..range.end as usize].fill(true);
                prop_assert_eq!(record_sent(&conn, "r", range, 40).unwrap(), seen.iter().all(|s| *s));
            }
        }
    }
}
