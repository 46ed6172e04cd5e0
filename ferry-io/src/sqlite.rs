//! Errors of SQLite, with exit codes and hints.

use crate::error::Error;
use crate::exit_code::{IO, NO_INPUT, NOT_PERMITTED, TEMPORARY};
use crate::texts::{errors as texts, sqlite};

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ffi::{SQLITE_IOERR_DIR_FSYNC, SQLITE_IOERR_FSYNC};
        if let Some(code) = error.sqlite_error().map(|e| e.extended_code)
            && [SQLITE_IOERR_FSYNC, SQLITE_IOERR_DIR_FSYNC].contains(&code)
        {
            return texts::unsynced(texts::database(sqlite::error(&error)));
        }
        use rusqlite::ErrorCode::{CannotOpen, DatabaseBusy, DatabaseLocked, DiskFull, PermissionDenied, ReadOnly};
        let (exit, hint) = match error.sqlite_error_code() {
            Some(DatabaseBusy | DatabaseLocked) => (TEMPORARY, texts::database_busy()),
            Some(DiskFull) => (TEMPORARY, texts::free_space()),
            Some(CannotOpen) => (NO_INPUT, texts::check_path_and_permissions()),
            Some(PermissionDenied | ReadOnly) => (NOT_PERMITTED, texts::check_database_owner()),
            _ => (IO, texts::check_database()),
        };
        Self::new(exit, "FERRY-E0604", texts::database(sqlite::error(&error)), hint)
    }
}
