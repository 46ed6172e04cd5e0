//! How every SQLite database is opened.

use crate::texts;
use ferry_io::error::{Error, Result};
use ferry_io::exit_code::{CONFIGURATION, IO, NO_INPUT, SYNC_FAILED};
use rusqlite::config::DbConfig;
use rusqlite::ffi::SQLITE_READONLY_ROLLBACK;
use rusqlite::{Connection, ErrorCode, OpenFlags};
use rusqlite_migration::{Error as MigrationError, M, Migrations};
use std::fs::File;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;
use std::time::Duration;

/// Code of an error of SQLite.
const CODE: &str = "FERRY-E0604";
/// How long a writer waits for another one.
const BUSY: Duration = Duration::from_secs(30);
/// How often, and how long after, a schema is looked at again that another process may be bringing up to date.
const MIGRATION_RETRIES: u32 = 20;
const MIGRATION_PAUSE: Duration = Duration::from_millis(100);
/// Page cache of one connection, in KiB: bounds the memory of a long transaction.
const CACHE_KIB: i64 = 20 * 1024;
/// The same of a connection that only reads.
const READING_CACHE_KIB: i64 = 8 * 1024;
/// Pages of the write-ahead log after which it is copied into the database: long transactions write each page once.
const CHECKPOINT_PAGES: i64 = 8192;
/// A commit lasts. With FULL, the journal of a database without a write-ahead log may come back after a power cut, and
/// take the commit back: its removal is synced only with EXTRA.
const DURABLE: &str = "EXTRA";
/// Prepared statements that one connection keeps.
const STATEMENTS: usize = 64;

/// Opens one of our databases and brings its schema up to date.
///
/// # Errors
/// A database that is newer than this program, unreadable or damaged.
pub fn open(path: &Path, migrations: &[M<'_>]) -> Result<Connection> {
    make_private(path)?;
    let mut conn = Connection::open(path).map_err(|e| about(path, e))?;
    prepare(&conn).map_err(|e| about(path, e))?;
    use_wal(&conn).map_err(|e| about(path, e))?;
    conn.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES).map_err(|e| about(path, e))?;
    migrate(&mut conn, path, migrations).map_err(|e| {
        if let MigrationError::RusqliteError { err, .. } = e {
            return about(path, err);
        }
        texts::errors::schema_unknown(path.display(), e)
    })?;
    Ok(conn)
}

/// Sets the journal of a new database; SQLite does not wait for another process that does the same.
fn use_wal(conn: &Connection) -> rusqlite::Result<()> {
    for _ in 0..MIGRATION_RETRIES {
        match conn.pragma_update(None, "journal_mode", "WAL") {
            Err(e) if is_busy(&e) => std::thread::sleep(MIGRATION_PAUSE),
            other => return other,
        }
    }
    conn.pragma_update(None, "journal_mode", "WAL")
}

fn is_busy(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
}

/// Brings a schema up to date. A daemon and a command may both find an old one: who comes second fails on what the first
/// has just made, and then finds it made.
fn migrate(conn: &mut Connection, path: &Path, migrations: &[M<'_>]) -> std::result::Result<(), MigrationError> {
    let migrations = Migrations::from_slice(migrations);
    for _ in 0..MIGRATION_RETRIES {
        match migrations.to_latest(conn) {
            Err(MigrationError::RusqliteError { err, .. }) if is_busy(&err) || !is_of_disk(path, &err) => {
                std::thread::sleep(MIGRATION_PAUSE);
            }
            other => return other,
        }
    }
    migrations.to_latest(conn)
}

/// Opens an existing database for reading and writing, without touching its schema or journal mode.
pub fn open_existing(path: &Path) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(path, flags).map_err(|e| about(path, e))?;
    prepare(&conn).map_err(|e| about(path, e))?;
    Ok(conn)
}

/// Opens an existing database for reading only.
///
/// Where a writer ended in the middle of a commit, only one who may write can take that back: it is opened for that first.
pub fn open_read_only(path: &Path) -> Result<Connection> {
    let is_left = |e: &rusqlite::Error| e.sqlite_error().is_some_and(|e| e.extended_code == SQLITE_READONLY_ROLLBACK);
    match read_only(path) {
        Err(e) if is_left(&e) => {
            let writer = open_existing(path)?;
            read_schema(&writer).and_then(|()| read_only(path)).map_err(|e| about(path, e))
        }
        opened => opened.map_err(|e| about(path, e)),
    }
}

fn read_only(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(path, flags)?;
    prepare(&conn)?;
    conn.pragma_update(None, "query_only", true)?;
    // Rows are read in order and once: a large cache would only hold what is not met again.
    conn.pragma_update(None, "cache_size", -READING_CACHE_KIB)?;
    // A file that is no database is only noticed when it is read.
    read_schema(&conn)?;
    Ok(conn)
}

fn read_schema(conn: &Connection) -> rusqlite::Result<()> {
    conn.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))
}

/// Opens an existing database for reading only, and reads all of it; why it is damaged, where it is.
pub fn open_whole(path: &Path) -> Result<std::result::Result<Connection, String>> {
    let whole = || -> rusqlite::Result<(Connection, String)> {
        let conn = read_only(path)?;
        let said = conn.query_row("PRAGMA quick_check(1)", [], |r| r.get(0))?;
        Ok((conn, said))
    };
    match whole() {
        Ok((conn, said)) if said == "ok" => Ok(Ok(conn)),
        Ok((_, said)) => Ok(Err(said)),
        Err(e) if is_damage(&e) => Ok(Err(e.to_string())),
        Err(e) => Err(about(path, e)),
    }
}

fn is_damage(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase))
}

/// Makes a database that is not there as a file that only this account may read; SQLite gives its log the same mode.
///
/// # Errors
/// `FERRY-E0635`, not permitted, where other accounts may read one that is there: it holds what the keys protect.
#[expect(clippy::disallowed_methods, reason = "an empty file that SQLite fills and syncs")]
fn make_private(path: &Path) -> Result<()> {
    let made = File::options().write(true).create_new(true).mode(0o600).open(path);
    match made {
        Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => {}
        // What else is wrong with it is named by SQLite.
        _ => return Ok(()),
    }
    let mode = std::fs::metadata(path).map_or(0, |meta| meta.mode());
    if mode & 0o077 == 0 {
        return Ok(());
    }
    Err(texts::doctor::not_private(path.display(), format!("{:04o}", mode & 0o7777)))
}

/// Whether a commit waits for the disk. What is staged need not: the commit that shows it makes all before it durable.
pub fn set_durable(conn: &Connection, durable: bool) -> Result<()> {
    conn.pragma_update(None, "synchronous", if durable { DURABLE } else { "NORMAL" })?;
    Ok(())
}

fn prepare(conn: &Connection) -> rusqlite::Result<()> {
    conn.busy_timeout(BUSY)?;
    conn.set_prepared_statement_cache_capacity(STATEMENTS);
    conn.pragma_update(None, "synchronous", DURABLE)?;
    conn.pragma_update(None, "foreign_keys", true)?;
    conn.pragma_update(None, "trusted_schema", false)?;
    conn.pragma_update(None, "cache_size", -CACHE_KIB)?;
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    // Otherwise a statement over a partial index is planned again whenever other values are bound to it.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(())
}

/// Checks that a database can be written: SQLite opens one that it may only read without a word.
///
/// # Errors
/// `FERRY-E0604` (77), which names it.
pub fn check_writable(conn: &Connection) -> Result<()> {
    if !conn.is_readonly("main")? {
        return Ok(());
    }
    let read_only = rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_READONLY), None);
    Err(named(conn, read_only.into()))
}

/// The error of a statement with the name of its database. One that names it already, or another object, stays as it is.
pub fn named(conn: &Connection, error: Error) -> Error {
    match conn.path().filter(|path| error.code == CODE && !error.message.english().contains(path)) {
        Some(path) => error.of_file(Path::new(path)),
        None => error,
    }
}

fn about(path: &Path, error: rusqlite::Error) -> Error {
    if crate::runtime::disk_space::is_full(&ferry_io::fs::durable::folder_of(path)) {
        return texts::errors::disk_full(path.display(), Error::from(error).message);
    }
    if error.sqlite_error_code() == Some(ErrorCode::DatabaseCorrupt) {
        return texts::errors::ledger_corrupt(path.display(), error);
    }
    let heals = is_of_disk(path, &error);
    let mut failure = Error::from(error).of_file(path);
    if !heals && failure.exit != SYNC_FAILED {
        // Another kind of file, or one that is not ours to open, is a matter of the configuration that names it.
        failure.exit = CONFIGURATION;
    } else if failure.exit == NO_INPUT {
        failure.exit = IO;
    }
    failure
}

/// Whether it is the disk's or another process's doing, so that the next run may well succeed.
#[expect(clippy::disallowed_methods, reason = "it is opened as SQLite opens it, and nothing is written")]
fn is_of_disk(path: &Path, error: &rusqlite::Error) -> bool {
    use ErrorCode::{CannotOpen, DatabaseBusy, DatabaseLocked, DiskFull, SystemIoFailure};
    match error.sqlite_error_code() {
        Some(DatabaseBusy | DatabaseLocked | DiskFull | SystemIoFailure) => true,
        // SQLite says the same of a log beside the database that could not be made for lack of space.
        Some(CannotOpen) => File::options().read(true).write(true).open(path).is_ok(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rusqlite::ffi;

    #[test]
    fn a_disk_that_fails_while_a_database_is_opened_is_not_taken_for_a_wrong_configuration() {
        let folder = tempfile::tempdir().unwrap();
        let there = folder.path().join("one.db");
        File::create(&there).unwrap();
        let absent = folder.path().join("two.db");
        let exit = |path: &Path, code| about(path, rusqlite::Error::SqliteFailure(ffi::Error::new(code), None)).exit;
        assert_eq!(exit(&there, ffi::SQLITE_IOERR_WRITE), IO);
        assert_eq!(exit(&there, ffi::SQLITE_IOERR_FSYNC), SYNC_FAILED);
        assert_eq!(exit(&there, ffi::SQLITE_CANTOPEN), IO);
        assert_eq!(exit(&absent, ffi::SQLITE_CANTOPEN), CONFIGURATION);
        assert_eq!(exit(&there, ffi::SQLITE_NOTADB), CONFIGURATION);
    }

    #[test]
    fn a_reader_takes_back_what_a_writer_that_was_killed_in_its_commit_left() {
        let folder = tempfile::tempdir().unwrap();
        let (written, left) = (folder.path().join("one.db"), folder.path().join("two.db"));
        let writer = Connection::open(&written).unwrap();
        writer.execute_batch("CREATE TABLE t(x); INSERT INTO t VALUES (1); PRAGMA cache_size = 1; BEGIN").unwrap();
        writer.execute_batch("UPDATE t SET x = 2").unwrap();
        for _ in 0..200 {
            writer.execute("INSERT INTO t VALUES (zeroblob(4000))", []).unwrap();
        }
        // What is on the disk in the middle of the transaction is what a killed writer leaves.
        std::fs::copy(&written, &left).unwrap();
        std::fs::copy(folder.path().join("one.db-journal"), folder.path().join("two.db-journal")).unwrap();
        let read = open_read_only(&left).unwrap();
        assert_eq!(read.query_row("SELECT sum(x) FROM t", [], |r| r.get::<_, i64>(0)).unwrap(), 1);
    }

    #[test]
    fn processes_that_find_an_old_schema_at_once_bring_it_up_to_date_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("one.db");
        let migrations =
            || (0..40).map(|n| M::up(Box::leak(format!("CREATE TABLE t{n}(x)").into_boxed_str()))).collect::<Vec<_>>();
        std::thread::scope(|scope| {
            let opened: Vec<_> = (0..8).map(|_| scope.spawn(|| open(&path, &migrations()).map(drop))).collect();
            for one in opened {
                one.join().unwrap().unwrap();
            }
        });
    }
}
