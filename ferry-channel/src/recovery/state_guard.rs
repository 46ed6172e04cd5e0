//! Whether a side works on what it worked on before: its ledger, and the folders that only it fills.

use crate::ledger::db;
use crate::recovery::ledger_mark;
use crate::runtime::folder_marks::{self, Marked};
use crate::texts::errors;
use ferry_io::error::{Error, Result};
use ferry_io::fs::durable;
use rusqlite::Connection;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// The guard of one state folder.
pub struct StateGuard<'a> {
    /// The state folder.
    pub state: &'a Path,
    /// The ledger's name in it.
    pub database: &'static str,
    /// Folders that only this side fills: what is written into another one in their place is lost.
    pub folders: Vec<Marked>,
}

impl StateGuard<'_> {
    /// Makes the state folder where there is none, for this account alone: it holds what the keys protect.
    ///
    /// # Errors
    /// Where it cannot be made.
    pub fn make_folder(&self) -> Result<()> {
        durable::make_private_folder(self.state)
    }

    /// Checks, before the ledger is opened, that it is not missing where one has worked.
    ///
    /// # Errors
    /// `FERRY-E0658`.
    pub fn check_present(&self) -> Result<()> {
        ledger_mark::check_present(self.state, self.database)
    }

    /// Checks that the ledger is the one that worked here last.
    ///
    /// # Errors
    /// `FERRY-E0659`.
    pub fn check_ledger(&self, conn: &Connection) -> Result<()> {
        ledger_mark::check_current(conn, self.state)
    }

    /// Checks that these folders, where they were used before, are there, and are the same.
    ///
    /// # Errors
    /// `FERRY-E0657`.
    pub fn check_folders(&self, purposes: &[&str]) -> Result<()> {
        let mut wanted = self.folders.iter().filter(|(purpose, _)| purposes.contains(purpose));
        wanted.try_for_each(|folder| folder_marks::check(self.state, folder))
    }

    /// Everything that is wrong with ledger and folders, for `status`.
    pub fn problems(&self, conn: &Connection) -> Vec<Error> {
        let folders = self.folders.iter().map(|folder| folder_marks::check(self.state, folder));
        [self.check_ledger(conn)].into_iter().chain(folders).filter_map(Result::err).collect()
    }

    /// Before a job writes: the ledger can be written and is the right one, and so are the folders that the job needs. Folders
    /// that are there and unknown are marked, so that they are known again.
    ///
    /// # Errors
    /// `FERRY-E0604`, `FERRY-E0657`, `FERRY-E0659`.
    pub fn begin_job(&self, conn: &Connection, needed: &[&str]) -> Result<()> {
        db::check_writable(conn)?;
        self.check_ledger(conn)?;
        self.check_folders(needed)?;
        folder_marks::mark_new(self.state, &self.folders)
    }

    /// After a job: what the state folder knows of its ledger.
    ///
    /// # Errors
    /// `FERRY-E0659` where another file stands in the place of the one that the job wrote; where the mark cannot be written.
    pub fn end_job(&self, conn: &Connection) -> Result<()> {
        ledger_mark::note(conn, self.state)?;
        let path = self.state.join(self.database);
        if is_open_here(&path) { Ok(()) } else { Err(errors::ledger_exchanged(path.display())) }
    }
}

/// Whether the file of this name is one that this process has open. SQLite writes on into a file that was renamed or replaced.
fn is_open_here(path: &Path) -> bool {
    let Ok(there) = std::fs::metadata(path) else { return false };
    // Without it nobody can tell.
    let Ok(open) = std::fs::read_dir("/proc/self/fd") else { return true };
    let is_same = |meta: std::fs::Metadata| (meta.dev(), meta.ino()) == (there.dev(), there.ino());
    open.flatten().any(|entry| std::fs::metadata(entry.path()).is_ok_and(is_same))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ledger_whose_file_was_exchanged_while_it_is_open_is_noticed() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("ledger.db");
        let conn = Connection::open(&path).unwrap();
        conn.execute_batch("CREATE TABLE t(a)").unwrap();
        assert!(is_open_here(&path));
        std::fs::rename(&path, dir.path().join("kept")).unwrap();
        assert!(!is_open_here(&path), "it is away");
        std::fs::write(&path, "").unwrap();
        assert!(!is_open_here(&path), "another file has its name");
        std::fs::rename(dir.path().join("kept"), &path).unwrap();
        assert!(is_open_here(&path));
    }
}
