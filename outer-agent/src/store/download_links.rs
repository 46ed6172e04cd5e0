//! Links to documents that were opened: each for one session, one version and some minutes.

use ferry_channel::types::UnixSeconds;
use ferry_io::error::Result;
use rusqlite::{Connection, OptionalExtension, params};

/// A link to one version of a document.
pub struct DownloadLink {
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

impl DownloadLink {
    /// Stores it under the digest of its token until `until_s`, and deletes expired links.
    pub fn add(&self, conn: &Connection, id: &[u8; 32], now: UnixSeconds, until_s: UnixSeconds) -> Result<()> {
        conn.prepare_cached("DELETE FROM download_link WHERE until_s < ?1")?.execute([now])?;
        let (id, session, version) = (id.as_slice(), self.session.as_slice(), self.version as i64);
        let row = params![id, session, self.receipt, self.kind, self.item, version, until_s];
        conn.prepare_cached("INSERT INTO download_link VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")?.execute(row)?;
        Ok(())
    }

    /// The link of a token's digest, unless it has expired.
    pub fn find(conn: &Connection, id: &[u8; 32], now: UnixSeconds) -> Result<Option<Self>> {
        let sql = "SELECT session, receipt, kind, item, version FROM download_link WHERE id = ?1 AND until_s >= ?2";
        let row = |r: &rusqlite::Row<'_>| {
            let version = r.get::<_, i64>(4)? as u64;
            Ok(Self { session: r.get(0)?, receipt: r.get(1)?, kind: r.get(2)?, item: r.get(3)?, version })
        };
        Ok(conn.prepare_cached(sql)?.query_row(params![id.as_slice(), now], row).optional()?)
    }
}
