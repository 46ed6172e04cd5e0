//! Where a refused file waits for a person, with the reason and what to do.

use crate::audit;
use crate::durable;
use crate::failure::{Failure, Result};
use crate::inbox::Candidate;
use crate::log::{self, About, Level};
use rusqlite::{Connection, params};
use std::path::{Path, PathBuf};

/// Stops a flood from filling the disk: files kept; beyond it only the row is kept.
const FILES_MAX: i64 = 1000;

/// Moves a file into quarantine and notes why.
pub fn put(conn: &Connection, channel: &str, folder: &Path, file: &Candidate, why: &Failure, now_s: i64) -> Result<()> {
    let tx = conn.unchecked_transaction()?;
    tx.execute(
        "INSERT INTO ferry_quarantine(channel, name, file, bytes, code, message, hint, at_s)
         VALUES (?1, ?2, '', ?3, ?4, ?5, ?6, ?7)",
        params![channel, file.name, file.bytes as i64, why.code, why.message, why.hint, now_s],
    )?;
    let id = tx.last_insert_rowid();
    let kept: i64 = tx.query_row("SELECT count(*) FROM ferry_quarantine WHERE file <> ''", [], |r| r.get(0))?;
    if kept < FILES_MAX {
        let name = format!("{id:06}-{}.ferry", why.code);
        tx.execute("UPDATE ferry_quarantine SET file = ?2 WHERE id = ?1", params![id, name])?;
        audit::note(&tx, now_s, "agent", "quarantine", &file.name, &format!("{} {}", why.code, why.message))?;
        durable::move_new(&file.path, &folder.join(name), 0o640)?;
    } else {
        audit::note(&tx, now_s, "agent", "drop", &file.name, &format!("{} quarantine is full", why.code))?;
        durable::remove(&file.path)?;
    }
    tx.commit()?;
    let text = format!("quarantined: {}: {} [{}]\nhint: {}", file.name, why.message, why.code, why.hint);
    let about = About { code: Some(why.code), channel: Some(channel), ..About::default() };
    log::say(Level::Warning, &about, &text);
    Ok(())
}

/// Files that no row names: this program was ended between moving one here and noting it.
pub fn unnoted(conn: &Connection, folder: &Path) -> Result<Vec<PathBuf>> {
    let failed = |e: std::io::Error| Failure::io(folder, &e, false);
    durable::remove_unfinished(folder)?;
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let sql = "SELECT EXISTS(SELECT 1 FROM ferry_quarantine WHERE file = ?1)";
        let is_noted: bool = conn.prepare_cached(sql)?.query_row([&name], |r| r.get(0))?;
        if !is_noted && name.ends_with(".ferry") {
            found.push(entry.path());
        }
    }
    Ok(found)
}

/// Files that were short when they were put here, and whose slow copy has since been completed.
pub fn completed(conn: &Connection, channel: &str, folder: &Path, short_code: &str) -> Result<Vec<(i64, Candidate)>> {
    let sql = "SELECT id, name, file, bytes FROM ferry_quarantine WHERE channel = ?1 AND code = ?2 AND file <> ''";
    let mut statement = conn.prepare_cached(sql)?;
    let row = |r: &rusqlite::Row<'_>| {
        Ok((r.get::<_, i64>(0)?, r.get::<_, String>(1)?, r.get::<_, String>(2)?, r.get::<_, i64>(3)? as u64))
    };
    let rows: Vec<_> = statement.query_map([channel, short_code], row)?.collect::<rusqlite::Result<_>>()?;
    let grown = rows.into_iter().filter_map(|(id, name, file, bytes)| {
        let path = folder.join(file);
        let now = std::fs::symlink_metadata(&path).ok()?.len();
        (now > bytes).then_some((id, Candidate { path, name, bytes: now }))
    });
    Ok(grown.collect())
}

/// Takes a row back after its file was put back into the received folder.
pub fn release(conn: &Connection, id: i64, name: &str, now_s: i64) -> Result<()> {
    conn.execute("DELETE FROM ferry_quarantine WHERE id = ?1", [id])?;
    audit::note(conn, now_s, "agent", "unquarantine", name, "its copy was completed")
}

/// How many files were refused on a channel.
pub fn count(conn: &Connection, channel: &str) -> Result<u64> {
    let sql = "SELECT count(*) FROM ferry_quarantine WHERE channel = ?1";
    Ok(conn.query_row(sql, [channel], |r| r.get::<_, i64>(0))? as u64)
}
