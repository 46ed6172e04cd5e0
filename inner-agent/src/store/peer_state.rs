//! Tables `peer_bucket`, `bucket_request` and `peer_only_record`: what the outer side reported of its state, and what was
//! requested of it. A bucket is one of 256 parts of a kind's state root.

use ferry_channel::types::{ChannelId, UnixSeconds};
use ferry_format::record::state_root::Bucket;
use ferry_io::error::Result;
use rusqlite::{Connection, Row, params};
use std::collections::{BTreeMap, HashMap};

fn bucket(r: &Row<'_>) -> rusqlite::Result<Bucket> {
    Ok((r.get(0)?, r.get(1)?))
}

/// The digests that the outer side reported last.
pub fn digests(conn: &Connection) -> Result<BTreeMap<Bucket, [u8; 32]>> {
    let mut statement = conn.prepare("SELECT kind, bucket, digest FROM peer_bucket")?;
    let rows = statement.query_map([], |r| Ok((bucket(r)?, r.get(2)?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Records a digest, unless the list of its bucket was requested: then the list is compared.
pub fn insert_digest(conn: &Connection, (kind, number): &Bucket, digest: &[u8; 32]) -> Result<()> {
    let sql = "INSERT INTO peer_bucket SELECT ?1, ?2, ?3
               WHERE NOT EXISTS (SELECT 1 FROM bucket_request WHERE kind = ?1 AND bucket = ?2)";
    conn.execute(sql, params![kind, number, digest.as_slice()])?;
    Ok(())
}

/// Deletes all digests: they are compared, or newer ones arrived.
pub fn delete_digests(conn: &Connection) -> Result<()> {
    conn.execute("DELETE FROM peer_bucket", [])?;
    Ok(())
}

/// Records that batch `sequence` requests the list of a bucket.
pub fn insert_request(conn: &Connection, (kind, number): &Bucket, sequence: u64, now: UnixSeconds) -> Result<()> {
    let sql = "INSERT OR REPLACE INTO bucket_request VALUES (?1, ?2, ?3, 0)";
    conn.execute(sql, params![kind, number, sequence])?;
    let sql = "INSERT OR REPLACE INTO bucket_requested_day VALUES (?1, ?2, ?3)";
    conn.execute(sql, params![kind, number, now])?;
    Ok(())
}

/// Buckets whose lists were requested since a point in time; a request that a clock put into the future counts too.
pub fn requested_since(conn: &Connection, since: UnixSeconds) -> Result<Vec<Bucket>> {
    let mut statement = conn.prepare("SELECT kind, bucket FROM bucket_requested_day WHERE at_s > ?1")?;
    Ok(statement.query_map([since], bucket)?.collect::<rusqlite::Result<_>>()?)
}

/// Lets every list be requested again today: a person asks for it, or the clock was accepted.
pub fn allow_requests(conn: &Connection) -> Result<()> {
    conn.execute("DELETE FROM bucket_requested_day", [])?;
    Ok(())
}

/// Records that the list of a bucket arrived; false where it was not requested, or had arrived before.
pub fn mark_answered(conn: &Connection, (kind, number): &Bucket) -> Result<bool> {
    let sql = "UPDATE bucket_request SET answered = 1 WHERE kind = ?1 AND bucket = ?2 AND answered = 0";
    Ok(conn.execute(sql, params![kind, number])? == 1)
}

/// All requests.
pub fn requests(conn: &Connection) -> Result<Vec<Bucket>> {
    let mut statement = conn.prepare("SELECT kind, bucket FROM bucket_request")?;
    Ok(statement.query_map([], bucket)?.collect::<rusqlite::Result<_>>()?)
}

/// The requests whose lists arrived.
pub fn answered_requests(conn: &Connection) -> Result<Vec<Bucket>> {
    let mut statement = conn.prepare("SELECT kind, bucket FROM bucket_request WHERE answered = 1")?;
    Ok(statement.query_map([], bucket)?.collect::<rusqlite::Result<_>>()?)
}

/// Deletes a request.
pub fn delete_request(conn: &Connection, (kind, number): &Bucket) -> Result<()> {
    conn.execute("DELETE FROM bucket_request WHERE kind = ?1 AND bucket = ?2", params![kind, number])?;
    Ok(())
}

/// Deletes requests that were lost with their answer: the outer side rejected the batch, or acknowledged it before this
/// reply, which was accepted at `now`. The reply that acknowledges a batch may leave answers for the next one.
pub fn delete_lost_requests(conn: &Connection, channel: &ChannelId, now: UnixSeconds) -> Result<()> {
    let sql = "DELETE FROM bucket_request WHERE answered = 0 AND EXISTS (SELECT 1 FROM ferry_sent o
                 WHERE o.channel = ?1 AND o.sequence = bucket_request.sequence
                   AND (o.state = 'refused' OR o.state = 'confirmed' AND o.settled_s <> ?2))";
    conn.execute(sql, params![channel, now])?;
    Ok(())
}

/// Deletes everything: a baseline replaces the state that it is about.
pub fn delete_all(conn: &Connection) -> Result<()> {
    conn.execute_batch(
        "DELETE FROM bucket_request; DELETE FROM bucket_requested_day; DELETE FROM peer_bucket;
         DELETE FROM peer_only_record;",
    )?;
    Ok(())
}

/// A record that only the outer side holds.
pub struct PeerOnlyRecord {
    /// Kind.
    pub kind: String,
    /// Record id.
    pub id: String,
    /// The version that it holds.
    pub version: u64,
    /// Whether it is shown, and not retracted.
    pub visible: bool,
    /// Case.
    pub case_id: String,
    /// Person.
    pub person: String,
}

/// Records it.
pub fn insert_peer_only(conn: &Connection, record: &PeerOnlyRecord) -> Result<()> {
    let sql = "INSERT OR REPLACE INTO peer_only_record VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    let PeerOnlyRecord { kind, id, version, visible, case_id, person } = record;
    conn.execute(sql, params![kind, id, *version, visible, case_id, person])?;
    Ok(())
}

/// Those that are visible.
pub fn visible_peer_only(conn: &Connection) -> Result<Vec<PeerOnlyRecord>> {
    let sql = "SELECT kind, id, version, case_id, person FROM peer_only_record WHERE visible = 1";
    let mut statement = conn.prepare(sql)?;
    let rows = statement.query_map([], |r| {
        let version = r.get::<_, u64>(2)?;
        Ok(PeerOnlyRecord {
            kind: r.get(0)?,
            id: r.get(1)?,
            version,
            visible: true,
            case_id: r.get(3)?,
            person: r.get(4)?,
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Records that one was retracted under a version.
pub fn mark_retracted(conn: &Connection, kind: &str, id: &str, version: u64) -> Result<()> {
    let sql = "UPDATE peer_only_record SET visible = 0, version = ?3 WHERE kind = ?1 AND id = ?2";
    conn.execute(sql, params![kind, id, version])?;
    Ok(())
}

/// Versions of the records that only the outer side holds, by kind and id.
pub struct PeerOnlyVersions(HashMap<(String, String), u64>);

impl PeerOnlyVersions {
    /// All of them; there are none unless a reconciliation found some.
    pub fn load(conn: &Connection) -> Result<Self> {
        let mut statement = conn.prepare("SELECT kind, id, version FROM peer_only_record")?;
        let row = |r: &Row<'_>| Ok(((r.get(0)?, r.get(1)?), r.get::<_, u64>(2)?));
        Ok(Self(statement.query_map([], row)?.collect::<rusqlite::Result<_>>()?))
    }

    /// The version that the outer side holds of a record that was never exported; 0 where it holds none.
    pub fn version(&self, kind: &str, id: &str) -> u64 {
        if self.0.is_empty() {
            return 0;
        }
        self.0.get(&(kind.to_owned(), id.to_owned())).copied().unwrap_or_default()
    }

    /// Deletes a record that was exported: both sides hold it. One that is held stays, and is retracted outside.
    pub fn delete(&self, conn: &Connection, kind: &str, id: &str) -> Result<()> {
        if !self.0.is_empty() {
            conn.execute("DELETE FROM peer_only_record WHERE kind = ?1 AND id = ?2", [kind, id])?;
        }
        Ok(())
    }
}

/// How many digests wait for a comparison, requests for an answer, and records for a retraction.
pub fn counts(conn: &Connection) -> Result<[u64; 3]> {
    let count = |sql: &str| conn.query_row(sql, [], |r| r.get::<_, u64>(0));
    Ok([
        count("SELECT count(*) FROM peer_bucket")?,
        count("SELECT count(*) FROM bucket_request WHERE answered = 0")?,
        count("SELECT count(*) FROM peer_only_record WHERE visible = 1")?,
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_lost_with_a_refused_batch_or_once_its_acknowledgement_is_older_than_the_reply() {
        let conn = crate::store::in_memory();
        conn.execute_batch(
            "INSERT INTO ferry_sent VALUES ('up', 1, 1, x'01', 'confirmed', '', 0, 0, 0, 1, 100, NULL, x'00'),
               ('up', 1, 2, x'02', 'confirmed', '', 0, 0, 0, 1, 200, NULL, x'00'),
               ('up', 1, 3, x'03', 'refused', '', 0, 0, 0, 1, 200, NULL, x'00'),
               ('up', 1, 4, x'04', 'dispatched', '', 0, 0, 0, 1, NULL, NULL, x'00')",
        )
        .unwrap();
        for sequence in 1..=4 {
            insert_request(&conn, &("measure".to_owned(), sequence as u8), sequence, UnixSeconds(1)).unwrap();
        }
        delete_lost_requests(&conn, &ChannelId::new("up").unwrap(), UnixSeconds(200)).unwrap();
        let left: Vec<u8> = requests(&conn).unwrap().into_iter().map(|(_, number)| number).collect();
        assert_eq!(left, [2, 4]);
    }
}
