//! Table `post_release_review`: batches that were released without approvals and are reviewed afterwards.

use crate::store::export_counts::HISTORY_DAYS;
use ferry_channel::types::{BatchNumber, ChannelId, UnixSeconds};
use ferry_format::frame::statement::ContentStatement;
use ferry_io::error::Result;
use rusqlite::{Connection, OptionalExtension, Row, params};

/// Records such a batch, in the transaction of its number. A batch without items needs no review.
pub fn insert(
    conn: &Connection,
    content: &ContentStatement,
    number: BatchNumber,
    records: u64,
    now: UnixSeconds,
) -> Result<()> {
    if content.items == 0 {
        return Ok(());
    }
    let sql = "INSERT INTO post_release_review VALUES (?1, ?2, ?3, ?4, ?5, 'waiting', ?6, NULL)";
    let (BatchNumber { epoch, sequence }, digest) = (number, content.digest());
    conn.execute(sql, params![digest.as_slice(), epoch, sequence, content.encode(), records, now])?;
    let sql = "DELETE FROM post_release_review WHERE settled_s < ?1 AND state = 'reviewed'";
    conn.execute(sql, [now - HISTORY_DAYS * 86_400])?;
    Ok(())
}

/// A batch that is to be reviewed, or was refused.
pub struct PostReleaseBatch {
    /// Digest of its content statement.
    pub content: [u8; 32],
    /// Its number.
    pub number: BatchNumber,
    /// `waiting` or `refused`.
    pub state: String,
    /// Records in it.
    pub records: u64,
    /// When it was released, seconds.
    pub at_s: UnixSeconds,
    /// Its kept file; empty or none if it is not kept any more.
    pub file: Option<String>,
    /// The reviewer who refused it, and the signed refusal.
    pub refusal: Option<(String, Vec<u8>)>,
}

/// Batches that are not reviewed.
pub fn open(conn: &Connection, channel: &ChannelId) -> Result<Vec<PostReleaseBatch>> {
    let sql = "SELECT a.content, a.epoch, a.sequence, a.state, a.records, a.at_s, o.file,
                 (SELECT f.person FROM review_file f WHERE f.content = a.content AND f.act = 'refusal' LIMIT 1),
                 (SELECT f.file FROM review_file f WHERE f.content = a.content AND f.act = 'refusal' LIMIT 1)
               FROM post_release_review a LEFT JOIN ferry_sent o
                 ON o.channel = ?1 AND o.epoch = a.epoch AND o.sequence = a.sequence
               WHERE a.state <> 'reviewed' ORDER BY a.epoch, a.sequence";
    let mut statement = conn.prepare(sql)?;
    let rows = statement.query_map([channel], |r| {
        let (person, refusal): (Option<String>, Option<Vec<u8>>) = (r.get(7)?, r.get(8)?);
        Ok(PostReleaseBatch {
            content: r.get(0)?,
            number: BatchNumber::new(r.get(1)?, r.get(2)?),
            state: r.get(3)?,
            records: r.get(4)?,
            at_s: r.get(5)?,
            file: r.get(6)?,
            refusal: refusal.map(|file| (person.unwrap_or_default(), file)),
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Content statement, number and state of the batch with that content.
pub fn of_content(conn: &Connection, content: &[u8; 32]) -> Result<Option<(ContentStatement, BatchNumber, String)>> {
    let sql = "SELECT statement, epoch, sequence, state FROM post_release_review WHERE content = ?1";
    let row = |r: &Row<'_>| Ok((r.get::<_, Vec<u8>>(0)?, BatchNumber::new(r.get(1)?, r.get(2)?), r.get(3)?));
    let found = conn.query_row(sql, [content.as_slice()], row).optional()?;
    let Some((statement, number, state)) = found else { return Ok(None) };
    Ok(Some((ContentStatement::decode(&statement)?, number, state)))
}

/// Records the outcome of a review, `reviewed` or `refused`.
pub fn settle(conn: &Connection, content: &[u8; 32], state: &str, now: UnixSeconds) -> Result<()> {
    let sql = "UPDATE post_release_review SET state = ?2, settled_s = ?3 WHERE content = ?1";
    conn.execute(sql, params![content.as_slice(), state, now])?;
    Ok(())
}
