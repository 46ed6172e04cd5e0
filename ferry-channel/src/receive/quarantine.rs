//! Where a refused file waits for a person, with the reason and what to do.

use crate::audit;
use crate::operator::Decision;
use crate::operator::user::system_user;
use crate::receive::scan::Candidate;
use crate::runtime::log;
use crate::runtime::log::{About, Level};
use ferry_io::error::{Error, Result};
use ferry_io::exit_code::NO_INPUT;
use ferry_io::fs::durable;
use ferry_io::outln;
use ferry_io::output::table::safe;
use rusqlite::{Connection, params};
use serde::Serialize;
use std::path::{Path, PathBuf};

/// Stops a flood from filling the disk: files kept.
const FILES_MAX: i64 = 1000;
/// The same, in bytes.
const BYTES_MAX: u64 = 64 << 30;
/// Of files that are no batch at all so many are kept: enough to see where they come from, with room left for the rest.
const FOREIGN_MAX: i64 = 100;
/// A longer one proves nothing that its first bytes do not, and might have to be copied.
const FOREIGN_BYTES_MAX: u64 = 16 << 20;
/// Code of a file that is no batch.
const FOREIGN: &str = "FERRY-E0101";

/// What became of a refused file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// It is in quarantine.
    Moved,
    /// There is no room for it: it is gone.
    Dropped,
    /// It lies where it lay: the folder is not ours to change.
    Stays,
    /// Somebody else took it away meanwhile.
    Gone,
}

/// Moves a file into quarantine and notes why. What is dropped is for the caller to say, once for all of a pass.
pub fn put(conn: &Connection, channel: &str, folder: &Path, file: &Candidate, why: &Error, now_s: i64) -> Result<Kept> {
    if !has_room(conn, file.bytes)? {
        return remove(file);
    }
    let tx = conn.unchecked_transaction()?;
    tx.execute(
        "INSERT INTO ferry_quarantine(channel, name, file, bytes, code, message, hint, at_s)
         VALUES (?1, ?2, '', ?3, ?4, ?5, ?6, ?7)",
        params![channel, file.name, file.bytes as i64, why.code, why.message.english(), why.hint.english(), now_s],
    )?;
    let id = tx.last_insert_rowid();
    let name = format!("{id:06}-{}.ferry", why.code);
    tx.execute("UPDATE ferry_quarantine SET file = ?2 WHERE id = ?1", params![id, name])?;
    audit::note(&tx, now_s, "agent", "quarantine", &file.name, &format!("{} {}", why.code, why.message.english()))?;
    match durable::move_new(&file.path, &folder.join(name), 0o640) {
        Ok(()) => {}
        Err(_) if !file.path.exists() => return Ok(Kept::Gone),
        Err(failure) if is_fixed(&file.path) => {
            let text = format!("refused, and stays where it lies: {}: {}", file.name, failure.message.english());
            log::say(Level::Warning, &about(channel, why), &text);
            return Ok(Kept::Stays);
        }
        Err(failure) => return Err(failure),
    }
    tx.commit()?;
    let text =
        format!("quarantined: {}: {} [{}]\nhint: {}", file.name, why.message.english(), why.code, why.hint.english());
    log::say(Level::Warning, &about(channel, why), &text);
    Ok(Kept::Moved)
}

fn about<'a>(channel: &'a str, why: &Error) -> About<'a> {
    About { code: Some(why.code), channel: Some(channel), ..About::default() }
}

/// Whether a file that is no batch is worth keeping as evidence.
pub fn wants_foreign(conn: &Connection, file: &Candidate) -> Result<bool> {
    let sql = "SELECT count(*) FROM ferry_quarantine WHERE code = ?1 AND file <> ''";
    let kept: i64 = conn.query_row(sql, [FOREIGN], |r| r.get(0))?;
    Ok(file.bytes <= FOREIGN_BYTES_MAX && kept < FOREIGN_MAX && has_room(conn, file.bytes)?)
}

fn has_room(conn: &Connection, bytes: u64) -> Result<bool> {
    let sql = "SELECT count(*), coalesce(sum(bytes), 0) FROM ferry_quarantine WHERE file <> ''";
    let kept = |r: &rusqlite::Row<'_>| Ok((r.get::<_, i64>(0)?, r.get::<_, i64>(1)? as u64));
    let (files, kept_bytes) = conn.query_row(sql, [], kept)?;
    // The first one is kept at any length.
    Ok(files < FILES_MAX && (files == 0 || kept_bytes.saturating_add(bytes) <= BYTES_MAX))
}

fn remove(file: &Candidate) -> Result<Kept> {
    match durable::try_remove(&file.path) {
        Ok(()) => Ok(Kept::Dropped),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(Kept::Gone),
        Err(_) if is_fixed(&file.path) => Ok(Kept::Stays),
        Err(e) => Err(Error::io(&file.path, &e, false)),
    }
}

/// Whether the folder of a file is not ours to change.
fn is_fixed(path: &Path) -> bool {
    use rustix::fs::{Access, access};
    access(durable::folder_of(path), Access::WRITE_OK).is_err()
}

/// Files that no row names: this program was ended between moving one here and noting it.
pub fn unnoted(conn: &Connection, folder: &Path) -> Result<Vec<PathBuf>> {
    let failed = |e: std::io::Error| Error::io(folder, &e, false);
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

/// A file in quarantine, or one that was dropped because quarantine was full.
#[derive(Clone, Debug, Serialize)]
pub struct Held {
    /// Its number.
    pub id: i64,
    /// Its name when it came.
    pub name: String,
    /// Its name in the folder `quarantine`; empty when it was dropped.
    pub file: String,
    /// Its length, in bytes.
    pub bytes: u64,
    /// Reason code.
    pub code: String,
    /// Why it is here.
    pub message: String,
    /// What to do.
    pub hint: String,
    /// When it came, seconds.
    pub at_s: i64,
}

/// What a file says of itself. Nothing of it is verified.
#[derive(Clone, Debug, Serialize)]
pub struct Claimed {
    /// Court.
    pub court: String,
    /// Channel.
    pub channel: String,
    /// Direction.
    pub direction: &'static str,
    /// Epoch and number; none for a draft.
    pub place: Option<(u64, u64)>,
    /// Entries.
    pub entries: u32,
}

/// Everything in quarantine on a channel, by number.
pub fn list(conn: &Connection, channel: &str) -> Result<Vec<Held>> {
    let sql =
        "SELECT id, name, file, bytes, code, message, hint, at_s FROM ferry_quarantine WHERE channel = ?1 ORDER BY id";
    let mut statement = conn.prepare(sql)?;
    let row = |r: &rusqlite::Row<'_>| {
        Ok(Held {
            id: r.get(0)?,
            name: r.get(1)?,
            file: r.get(2)?,
            bytes: r.get::<_, i64>(3)? as u64,
            code: r.get(4)?,
            message: r.get(5)?,
            hint: r.get(6)?,
            at_s: r.get(7)?,
        })
    };
    Ok(statement.query_map([channel], row)?.collect::<rusqlite::Result<_>>()?)
}

/// One of them.
///
/// # Errors
/// `FERRY-E0677`, no input: there is none of that number.
pub fn find(conn: &Connection, channel: &str, id: i64) -> Result<Held> {
    let found = list(conn, channel)?.into_iter().find(|held| held.id == id);
    found.ok_or_else(|| {
        let message = format!("channel {channel}: nothing in quarantine has the number {id}");
        Error::new(NO_INPUT, "FERRY-E0677", message, "`quarantine list` names them")
    })
}

/// What a file in quarantine says of itself, as far as it can be read.
pub fn claimed(folder: &Path, held: &Held) -> Option<Claimed> {
    let batch = ferry_io::fs::read::batch(&folder.join(&held.file)).ok()?;
    let header = batch.claimed_header();
    Some(Claimed {
        court: header.court.as_str().to_owned(),
        channel: header.channel.as_str().to_owned(),
        direction: header.direction.as_str(),
        place: batch.claimed_place().ok().map(|(epoch, sequence, _)| (epoch, sequence)),
        entries: batch.claimed_content().entries,
    })
}

/// Puts a file back where it came from: the next pass looks at it like at any other.
///
/// # Errors
/// `FERRY-E0677`, no input: it was dropped, or there is none of that number.
pub fn retry(conn: &Connection, channel: &str, folder: &Path, received: &Path, id: i64, now_s: i64) -> Result<()> {
    let held = find(conn, channel, id)?;
    if held.file.is_empty() {
        let message = format!("quarantine was full when {} came; its file was not kept", held.name);
        return Err(Error::new(NO_INPUT, "FERRY-E0677", message, "carry the file again, or `discard` this line"));
    }
    // The row goes last: a run that is ended in between finds the file put back already.
    let source = folder.join(&held.file);
    if source.exists() {
        durable::move_new(&source, &received.join(format!("again-{id}.ferry")), 0o640)?;
    }
    let tx = conn.unchecked_transaction()?;
    tx.execute("DELETE FROM ferry_quarantine WHERE id = ?1", [id])?;
    audit::note(&tx, now_s, &system_user(), "retry", &held.name, &held.code)?;
    Ok(tx.commit()?)
}

/// Removes a file and its line for ever.
///
/// # Errors
/// `FERRY-E0677`, no input: there is none of that number.
pub fn discard(
    conn: &Connection,
    channel: &str,
    folder: &Path,
    id: i64,
    decision: &Decision,
    now_s: i64,
) -> Result<()> {
    let held = find(conn, channel, id)?;
    let tx = conn.unchecked_transaction()?;
    tx.execute("DELETE FROM ferry_quarantine WHERE id = ?1", [id])?;
    let detail = format!("{} {}: {}", held.code, held.file, decision.reason.as_str());
    audit::note(&tx, now_s, decision.by.as_str(), "discard", &held.name, &detail)?;
    if !held.file.is_empty() {
        durable::remove(&folder.join(&held.file))?;
    }
    Ok(tx.commit()?)
}

/// Prints what is in quarantine for people.
pub fn print(held: &[Held]) {
    if held.is_empty() {
        outln!("隔离区为空 nothing is in quarantine");
    }
    for h in held {
        outln!("{:>6}  {}  {} bytes  [{}] {}", h.id, safe(&h.name), h.bytes, h.code, safe(&h.message));
    }
}

/// Prints one of them, and what it says of itself.
pub fn print_one(held: &Held, claimed: Option<&Claimed>) {
    print(std::slice::from_ref(held));
    match claimed {
        Some(c) => {
            let place = c.place.map_or("草稿 draft".to_owned(), |(epoch, sequence)| format!("{epoch}/{sequence}"));
            let (court, channel) = (safe(&c.court), safe(&c.channel));
            outln!(
                "    自称（未验证）it says, unverified: {court} {channel} {} {place}, {} entries",
                c.direction,
                c.entries
            );
        }
        None => outln!("    不能读出批次头 no header can be read"),
    }
    outln!("    怎么办 what to do: {}", safe(&held.hint));
}
