//! Tables `review_file` and `ignored_review_file`: approvals and refusals that reviewers signed, and files in the review
//! folder that are not accepted.

use ferry_channel::types::UnixSeconds;
use ferry_format::trust::approval::{ApprovalFile, RefusalFile};
use ferry_io::error::Result;
use rusqlite::{Connection, OptionalExtension, params};

/// What reviewers signed for one content.
#[derive(Default)]
pub struct SignedReviews {
    /// Approvals, each with the person who signed it.
    pub approvals: Vec<(String, ApprovalFile)>,
    /// Refusals, each with the person who signed it.
    pub refusals: Vec<(String, RefusalFile)>,
}

/// A file to record.
pub struct ReviewFile<'a> {
    /// Digest of the content that was signed.
    pub content: &'a [u8; 32],
    /// Key of the reviewer.
    pub reviewer: &'a [u8; 32],
    /// `approval` or `refusal`.
    pub act: &'a str,
    /// The reviewer.
    pub person: &'a str,
    /// Its bytes.
    pub file: &'a [u8],
}

/// What reviewers signed for a content, oldest first.
pub fn of_content(conn: &Connection, content: &[u8; 32]) -> Result<SignedReviews> {
    let sql = "SELECT person, act = 'approval', file FROM review_file WHERE content = ?1 ORDER BY at_s, reviewer";
    let mut statement = conn.prepare_cached(sql)?;
    let mut rows = statement.query([content.as_slice()])?;
    let mut reviews = SignedReviews::default();
    while let Some(row) = rows.next()? {
        let (person, file): (String, Vec<u8>) = (row.get(0)?, row.get(2)?);
        if row.get(1)? {
            reviews.approvals.push((person, ApprovalFile::decode(&file)?));
        } else {
            reviews.refusals.push((person, RefusalFile::decode(&file)?));
        }
    }
    Ok(reviews)
}

/// Records a file.
pub fn insert(conn: &Connection, f: &ReviewFile<'_>, now: UnixSeconds) -> Result<()> {
    let sql = "INSERT OR REPLACE INTO review_file VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    conn.execute(sql, params![f.content.as_slice(), f.reviewer.as_slice(), f.act, f.person, f.file, now])?;
    Ok(())
}

/// Whether a draft that waits has anything that a reviewer signed.
pub fn exist_for_waiting_drafts(conn: &Connection) -> Result<bool> {
    let sql =
        "SELECT EXISTS(SELECT 1 FROM draft d JOIN review_file f ON f.content = d.content WHERE d.state = 'waiting')";
    Ok(conn.query_row(sql, [], |r| r.get(0))?)
}

/// Digest of the file of that name that was last reported as not accepted.
pub fn ignored(conn: &Connection, name: &str) -> Result<Option<[u8; 32]>> {
    let sql = "SELECT digest FROM ignored_review_file WHERE name = ?1";
    Ok(conn.query_row(sql, [name], |r| r.get(0)).optional()?)
}

/// Records that a file was reported as not accepted.
pub fn ignore(conn: &Connection, name: &str, digest: &[u8; 32]) -> Result<()> {
    conn.execute("INSERT OR REPLACE INTO ignored_review_file VALUES (?1, ?2)", params![name, digest.as_slice()])?;
    Ok(())
}

/// A file of that name was accepted.
pub fn stop_ignoring(conn: &Connection, name: &str) -> Result<()> {
    conn.execute("DELETE FROM ignored_review_file WHERE name = ?1", [name])?;
    Ok(())
}
