//! Table `document_file`: the files of exported documents as they were when they were read.

use ferry_io::error::Result;
use rusqlite::{Connection, params};

/// A file, and the row whose document it is.
pub struct DocumentFile {
    /// Key in the platform.
    pub key: String,
    /// Path in the store.
    pub path: String,
    /// Its length.
    pub bytes: u64,
    /// When it last changed, nanoseconds since 1970.
    pub modified_ns: i64,
}

/// Records the file of a row: its path, its length, and when it last changed.
pub fn set(conn: &Connection, (kind, key): (&str, &str), path: &str, (bytes, modified_ns): (u64, i128)) -> Result<()> {
    let sql = "INSERT OR REPLACE INTO document_file VALUES (?1, ?2, ?3, ?4, ?5)";
    // Nanoseconds in 64 bits last until the year 2262.
    conn.prepare_cached(sql)?.execute(params![kind, key, path, bytes, modified_ns as i64])?;
    Ok(())
}

/// Forgets the file of a row that names none any more.
pub fn delete(conn: &Connection, kind: &str, key: &str) -> Result<()> {
    conn.prepare_cached("DELETE FROM document_file WHERE kind = ?1 AND key = ?2")?.execute([kind, key])?;
    Ok(())
}

/// The files of published records of a kind.
pub fn published(conn: &Connection, kind: &str) -> Result<Vec<DocumentFile>> {
    let sql = "SELECT f.key, f.path, f.bytes, f.modified_ns FROM document_file f
                 JOIN exported e ON e.kind = f.kind AND e.key = f.key WHERE f.kind = ?1 AND e.retracted = 0";
    let mut statement = conn.prepare_cached(sql)?;
    let rows = statement.query_map([kind], |r| {
        Ok(DocumentFile { key: r.get(0)?, path: r.get(1)?, bytes: r.get(2)?, modified_ns: r.get(3)? })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}
