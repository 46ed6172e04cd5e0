//! A consistent copy of an agent's state while its daemon runs, and its way back.
//!
//! The database is copied in one read transaction, which no writer can tear; then come the files that this copy names, and
//! last the manifest. A file that was deleted meanwhile is no longer named by the next copy of the database, so the
//! copying starts again then. What lies in the folder from an earlier backup is not copied again.

mod manifest;
mod restore;

pub use crate::recovery::backup::restore::{Restored, restore};

use crate::runtime::lock;
use crate::texts;
use crate::types::UnixSeconds;
use ferry_format::text::Text;
use ferry_io::clock;
use ferry_io::error::{Error, Result};
use ferry_io::fs::durable;
use ferry_io::fs::read;
use ferry_io::outln;
use ferry_io::output::language::Show;
use ferry_io::output::progress;
use indicatif::ProgressBar;
use manifest::{Entry, Of, Writer};
use ring::digest::{Context, SHA256};
use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};
use serde::Serialize;
use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::{Read, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// Folder of the database's copies in a backup.
const DATABASE: &str = "database";
/// Folder of keys in a backup.
const KEYS: &str = "keys";
/// Modes of what a backup holds: it may have the keys in it.
const PRIVATE_FILE: u32 = 0o600;
const PRIVATE_FOLDER: u32 = 0o700;
/// How often copying starts again because files were deleted meanwhile.
const ROUNDS: u32 = 5;
/// Files that are kept as they lie: no row names them all.
const AS_THEY_LIE: [&str; 1] = ["evidence"];
/// Folders in which the SHA-256 stands in the path, so that a file of the same length is the same file.
const BY_CONTENT: &str = "documents/";

/// File of the state folder that names where the newest backup lies.
const NEWEST: &str = "newest-backup";

/// The newest backup of a state folder, and when it was made: where its manifest and its database are whole.
pub fn newest_usable(state: &Path) -> Option<(PathBuf, UnixSeconds)> {
    let folder = PathBuf::from(std::fs::read_to_string(state.join(NEWEST)).ok()?.trim_end());
    let (of, entries) = manifest::read(&folder).ok()?;
    let database = entries.iter().find(|entry| entry.path.starts_with(&format!("{DATABASE}/")))?;
    let (sha256, bytes) = digest(&folder.join(&database.path)).ok()?;
    (sha256 == database.sha256 && bytes == database.bytes).then_some((folder, of.made_s))
}

/// What an agent keeps.
pub struct BackupContent<'a> {
    /// `inner` or `outer`.
    pub agent: &'static str,
    /// The court.
    pub court: &'a str,
    /// The state folder.
    pub state: &'a Path,
    /// The database's name in it.
    pub database: &'static str,
    /// Keys and trust files: a name in the backup, and where the configuration has them.
    pub keys: Vec<(&'static str, PathBuf)>,
    /// Calls back with each path below the state folder that a database names.
    #[expect(clippy::type_complexity, reason = "a function that streams, in one place")]
    pub named: &'a dyn Fn(&Connection, &mut dyn FnMut(&str) -> Result<()>) -> Result<()>,
}

/// What a backup did.
#[derive(Clone, Debug, Serialize)]
pub struct Made {
    /// Files that belong to it.
    pub files: u64,
    /// Their length, bytes.
    pub bytes: u64,
    /// Files that were copied now; the others lay there.
    pub copied: u64,
    /// Whether it holds keys.
    pub keys: bool,
    /// Files that the database names and that are not there, or are not what it says.
    pub lost: Vec<String>,
}

impl Made {
    /// For people.
    pub fn print(&self) {
        let keys = if self.keys { texts::backup::with_keys() } else { texts::backup::without_keys() };
        outln!("{}", texts::backup::made(self.files, self.bytes, self.copied).show());
        outln!("{}", keys.show());
    }

    /// # Errors
    /// Bad data where the state has lost files: the backup is whole but for them.
    pub fn check(&self) -> Result<()> {
        let Some(first) = self.lost.first() else { return Ok(()) };
        Err(texts::errors::state_lost_files(self.lost.len(), first))
    }
}

/// Batches and refused files that a ledger names: both agents keep these.
pub fn named_by_ledger(conn: &Connection, each: &mut dyn FnMut(&str) -> Result<()>) -> Result<()> {
    for (folder, sql) in [
        ("outbox", "SELECT file FROM ferry_sent WHERE file <> '' ORDER BY file"),
        ("quarantine", "SELECT file FROM ferry_quarantine WHERE file <> '' ORDER BY file"),
    ] {
        let mut statement = conn.prepare(sql)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            each(&format!("{folder}/{}", row.get::<_, String>(0)?))?;
        }
    }
    Ok(())
}

/// Makes a backup in `folder`, which is new, empty, or holds an earlier one of the same agent.
///
/// # Errors
/// Cannot create where the folder holds something else; temporary where another backup writes it.
pub fn make(
    conn: &Connection,
    content: &BackupContent<'_>,
    folder: &Path,
    with_keys: bool,
    now: UnixSeconds,
) -> Result<Made> {
    let before = open_folder(content, folder)?;
    let _lock = lock::take(folder, "backup")?;
    durable::set_mode(&folder.join("backup.lock"), PRIVATE_FILE)?;
    let mut copying = Copying { folder, before, made: HashMap::new(), copied: 0, bar: progress::bytes("backup", None) };
    let mut missing = None;
    for _ in 0..ROUNDS {
        let (database, lost) = round(conn, content, &mut copying)?;
        if lost.is_empty() || missing.as_ref() == Some(&lost) {
            return finish(content, copying, database, lost, with_keys, now);
        }
        missing = Some(lost);
    }
    Err(texts::errors::files_vanished())
}

/// Checks the folder of a backup, and gives what an earlier one left in it.
fn open_folder(content: &BackupContent<'_>, folder: &Path) -> Result<HashMap<String, Entry>> {
    let refuse = |why: Text| Err(texts::errors::backup_folder_taken(folder.display(), why));
    durable::make_folder(folder)?;
    let failed = |e: std::io::Error| Error::io(folder, &e, true);
    let names = std::fs::read_dir(folder).map_err(failed)?.flatten().map(|e| e.file_name());
    // What an interrupted backup left is no obstacle.
    let ours = ["backup.lock", DATABASE, KEYS, "outbox", "quarantine", "drafts", "evidence", "documents"];
    let is_ours = |name: &str| ours.contains(&name) || name.starts_with(durable::UNFINISHED_PREFIX);
    let strange: Vec<_> = names.map(|n| n.to_string_lossy().into_owned()).filter(|n| !is_ours(n)).collect();
    if strange.is_empty() {
        durable::set_mode(folder, PRIVATE_FOLDER)?;
        return Ok(HashMap::new());
    }
    let Ok((of, entries)) = manifest::read(folder) else {
        return refuse(texts::errors::not_a_backup(strange[0].escape_debug()));
    };
    if (of.agent.as_str(), of.court.as_str()) != (content.agent, content.court) {
        return refuse(texts::errors::backup_of_another(of.agent, of.court));
    }
    durable::set_mode(folder, PRIVATE_FOLDER)?;
    durable::remove_unfinished(folder)?;
    Ok(entries.into_iter().map(|e| (e.path.clone(), e)).collect())
}

struct Copying<'a> {
    folder: &'a Path,
    /// What the earlier manifest names.
    before: HashMap<String, Entry>,
    /// What is there by now.
    made: HashMap<String, Entry>,
    copied: u64,
    bar: ProgressBar,
}

/// One copy of the database, and what it names. Gives the database's entry, and what is missing.
fn round(conn: &Connection, content: &BackupContent<'_>, copying: &mut Copying<'_>) -> Result<(Entry, Vec<String>)> {
    let database = copying.database(conn, content)?;
    let copy = Connection::open(copying.folder.join(&database.path))?;
    let mut lost = Vec::new();
    copying.made.clear();
    (content.named)(&copy, &mut |path| {
        if !copying.made.contains_key(path) && !copying.take(&content.state.join(path), path)? {
            lost.push(path.to_owned());
        }
        Ok(())
    })?;
    for name in AS_THEY_LIE {
        for entry in std::fs::read_dir(content.state.join(name)).into_iter().flatten().flatten() {
            let file = entry.file_name().to_string_lossy().into_owned();
            if !file.starts_with('.') && !file.contains(char::is_control) && entry.path().is_file() {
                copying.take(&entry.path(), &format!("{name}/{file}"))?;
            }
        }
    }
    Ok((database, lost))
}

impl Copying<'_> {
    /// Copies the database in one read transaction, and checks the copy.
    fn database(&mut self, conn: &Connection, content: &BackupContent<'_>) -> Result<Entry> {
        let place = self.folder.join(DATABASE);
        make_private(&place)?;
        let staged = durable::staged_in(&place)?;
        let mut copy = Connection::open(staged.path())?;
        if Backup::new(conn, &mut copy)?.step(-1)? != StepResult::Done {
            return Err(texts::errors::database_busy());
        }
        // One file, without a log beside it.
        copy.pragma_update(None, "journal_mode", "DELETE")?;
        let sound: String = copy.query_row("PRAGMA quick_check(1)", [], |r| r.get(0))?;
        copy.close().map_err(|(_, e)| e)?;
        if sound != "ok" {
            return Err(texts::errors::database_damaged(sound));
        }
        let nanoseconds = clock::now_ns();
        let path = format!("{DATABASE}/{}-{nanoseconds}.db", content.agent);
        let (sha256, bytes) = digest(staged.path())?;
        let mode = mode_of(&content.state.join(content.database))?;
        durable::persist(staged, &self.folder.join(&path), PRIVATE_FILE)?;
        self.copied += 1;
        Ok(Entry { sha256, bytes, mode, modified_ns: nanoseconds, path })
    }

    /// Copies a file unless it is there already; false where it is not to be had.
    fn take(&mut self, source: &Path, path: &str) -> Result<bool> {
        let Ok(meta) = std::fs::symlink_metadata(source) else { return Ok(false) };
        if !meta.is_file() {
            return Ok(false);
        }
        let modified_ns = i128::from(meta.mtime()) * 1_000_000_000 + i128::from(meta.mtime_nsec());
        let target = self.folder.join(path);
        let known = self.before.get(path).filter(|e| e.bytes == meta.len());
        let same = known.filter(|e| path.starts_with(BY_CONTENT) || e.modified_ns == modified_ns);
        if let Some(same) = same
            && std::fs::metadata(&target).is_ok_and(|there| there.len() == same.bytes)
        {
            self.made.insert(path.to_owned(), same.clone());
            return Ok(true);
        }
        let place = durable::folder_of(&target);
        make_private(&place)?;
        let mut staged = durable::staged_in(&place)?;
        let Ok(mut input) = read::open_regular(source) else { return Ok(false) };
        let (sha256, bytes) = copy(&mut input, &mut staged, source, &self.bar)?;
        if let Some(hex) = path.strip_prefix(BY_CONTENT)
            && hex.replace('/', "") != ferry_format::encoding::hex::to_hex(&sha256)
        {
            return Ok(false);
        }
        durable::put_unsynced(staged, &target, PRIVATE_FILE)?;
        self.copied += 1;
        let entry = Entry { sha256, bytes, mode: meta.mode() & 0o777, modified_ns, path: path.to_owned() };
        self.made.insert(path.to_owned(), entry);
        Ok(true)
    }
}

/// Writes the manifest, and removes what it does not name.
fn finish(
    content: &BackupContent<'_>,
    mut copying: Copying<'_>,
    database: Entry,
    lost: Vec<String>,
    with_keys: bool,
    now: UnixSeconds,
) -> Result<Made> {
    if with_keys {
        for (name, path) in &content.keys {
            copying.take(path, &format!("{KEYS}/{name}"))?;
        }
    }
    durable::sync_file_system(copying.folder)?;
    let of = Of { agent: content.agent.into(), court: content.court.into(), made_s: now };
    let mut writer = Writer::begin(copying.folder, &of)?;
    let mut entries: Vec<&Entry> = copying.made.values().chain([&database]).collect();
    entries.sort_by(|a, b| a.path.cmp(&b.path));
    entries.iter().try_for_each(|e| writer.add(e))?;
    let bytes = entries.iter().map(|e| e.bytes).sum();
    let files = writer.finish()?;
    let named: HashSet<&str> = entries.iter().map(|e| e.path.as_str()).collect();
    for place in [DATABASE, KEYS, "outbox", "quarantine", "drafts", "evidence", "documents"] {
        remove_unnamed(copying.folder, &copying.folder.join(place), &named)?;
    }
    copying.bar.finish_and_clear();
    // What `doctor` reads where the database can no longer be.
    let line = format!("{}\n", std::path::absolute(copying.folder).unwrap_or_else(|_| copying.folder.into()).display());
    durable::write_over(&content.state.join(NEWEST), line.as_bytes())?;
    Ok(Made { files, bytes, copied: copying.copied, keys: with_keys, lost })
}

fn remove_unnamed(root: &Path, place: &Path, named: &HashSet<&str>) -> Result<()> {
    for entry in std::fs::read_dir(place).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            remove_unnamed(root, &path, named)?;
        } else if !path.strip_prefix(root).ok().and_then(Path::to_str).is_some_and(|p| named.contains(p)) {
            durable::remove(&path)?;
        }
    }
    Ok(())
}

/// Makes a folder that only its owner can enter.
fn make_private(folder: &Path) -> Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    durable::make_folder(folder)?;
    durable::set_mode(folder, PRIVATE_FOLDER)
}

fn mode_of(path: &Path) -> Result<u32> {
    Ok(std::fs::metadata(path).map_err(|e| Error::io(path, &e, false))?.mode() & 0o777)
}

/// Copies, and gives SHA-256 and length of what was copied.
fn copy(input: &mut File, out: &mut NamedTempFile, source: &Path, bar: &ProgressBar) -> Result<([u8; 32], u64)> {
    read_all(input, source, |bytes| {
        bar.inc(bytes.len() as u64);
        out.write_all(bytes).map_err(|e| Error::io(out.path(), &e, true))
    })
}

/// SHA-256 and length of a file.
fn digest(path: &Path) -> Result<([u8; 32], u64)> {
    read_all(&mut read::open_regular(path)?, path, |_| Ok(()))
}

fn read_all(input: &mut File, path: &Path, mut each: impl FnMut(&[u8]) -> Result<()>) -> Result<([u8; 32], u64)> {
    let (mut context, mut bytes, mut buffer) = (Context::new(&SHA256), 0, vec![0; 1 << 18]);
    loop {
        let n = input.read(&mut buffer).map_err(|e| Error::io(path, &e, false))?;
        if n == 0 {
            let mut sha256 = [0; 32];
            sha256.copy_from_slice(context.finish().as_ref());
            return Ok((sha256, bytes));
        }
        context.update(&buffer[..n]);
        bytes += n as u64;
        each(&buffer[..n])?;
    }
}
