//! Whether the state root differs from the sender's, and which of its requests to list a bucket were answered.

use ferry_io::error::Result;
use rusqlite::{Connection, OptionalExtension, params};

/// Sets the sender's root where it differs after the newest batch; `None` where both agree.
pub fn set(conn: &Connection, sender_root: Option<&[u8; 32]>) -> Result<()> {
    conn.execute("UPDATE visible SET root_differs = ?1", [sender_root.is_some()])?;
    conn.execute("DELETE FROM root_difference", [])?;
    if let Some(root) = sender_root {
        conn.execute("INSERT INTO root_difference VALUES (1, ?1, 0)", [root.as_slice()])?;
    }
    Ok(())
}

/// Whether the root differed after the newest batch.
pub fn exists(conn: &Connection) -> Result<bool> {
    Ok(conn.query_row("SELECT root_differs FROM visible", [], |r| r.get(0))?)
}

/// The sender's root, until a return batch has reported the difference.
pub fn unreported(conn: &Connection) -> Result<Option<[u8; 32]>> {
    let sql = "SELECT sender_root FROM root_difference WHERE reported = 0";
    Ok(conn.query_row(sql, [], |r| r.get(0)).optional()?)
}

/// A return batch reports the difference, or the one that did is lost.
pub fn set_reported(conn: &Connection, reported: bool) -> Result<()> {
    conn.execute("UPDATE root_difference SET reported = ?1", [reported])?;
    Ok(())
}

/// Records that a request for a bucket is answered; false where that version of it was answered before.
pub fn record_answer(conn: &Connection, kind: &str, bucket: u8, version: u64) -> Result<bool> {
    let sql = "INSERT INTO answered_bucket_request VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE
               SET version = excluded.version WHERE version < excluded.version";
    Ok(conn.execute(sql, params![kind, bucket, version as i64])? > 0)
}
