//! Table `document_file`: the files of exported documents as they were when they were read. Table `file_comparison`: when their
//! lengths and times were compared last.

use ferry_channel::types::UnixSeconds;
use ferry_io::error::Result;
use rusqlite::{Connection, OptionalExtension, params};

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

/// When the files of all published documents were compared with what was read, and how many there were.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileComparison {
    /// When.
    pub at_s: UnixSeconds,
    /// Files.
    pub files: u64,
}

/// The last comparison.
pub fn last_comparison(conn: &Connection) -> Result<Option<FileComparison>> {
    let comparison = |r: &rusqlite::Row<'_>| Ok(FileComparison { at_s: r.get(0)?, files: r.get(1)? });
    Ok(conn.query_row("SELECT at_s, files FROM file_comparison", [], comparison).optional()?)
}

/// Whether none was made on this day.
pub fn is_comparison_due(conn: &Connection, day: &str) -> Result<bool> {
    Ok(!conn.query_row("SELECT EXISTS (SELECT 1 FROM file_comparison WHERE day = ?1)", [day], |r| r.get(0))?)
}

/// Records that the files of all published documents were compared.
pub fn record_comparison(conn: &Connection, day: &str, now: UnixSeconds) -> Result<()> {
    let sql = "INSERT OR REPLACE INTO file_comparison SELECT 1, ?1, ?2, count(*) FROM document_file f
                 JOIN exported e ON e.kind = f.kind AND e.key = f.key WHERE e.retracted = 0";
    conn.execute(sql, params![day, now])?;
    Ok(())
}
