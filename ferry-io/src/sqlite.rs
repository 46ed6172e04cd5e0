//! What a failed SQLite call means for the person who reads it.

use crate::error::Error;
use crate::exit_code::{IO, NO_INPUT, NOT_PERMITTED, TEMPORARY};

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ffi::{SQLITE_IOERR_DIR_FSYNC, SQLITE_IOERR_FSYNC};
        if let Some(code) = error.sqlite_error().map(|e| e.extended_code)
            && [SQLITE_IOERR_FSYNC, SQLITE_IOERR_DIR_FSYNC].contains(&code)
        {
            return Self::unsynced(format!("database: {error}"));
        }
        use rusqlite::ErrorCode::{CannotOpen, DatabaseBusy, DatabaseLocked, DiskFull, PermissionDenied, ReadOnly};
        let (exit, hint) = match error.sqlite_error_code() {
            Some(DatabaseBusy | DatabaseLocked) => (TEMPORARY, "another process holds the database; try again"),
            Some(DiskFull) => (TEMPORARY, "free some space; the next run goes on by itself"),
            Some(CannotOpen) => (NO_INPUT, "check the path and its permissions"),
            Some(PermissionDenied | ReadOnly) => (NOT_PERMITTED, "check owner and mode of the database"),
            _ => (IO, "check the database with `PRAGMA integrity_check`"),
        };
        Self::new(exit, "FERRY-E0604", format!("database: {error}"), hint)
    }
}
