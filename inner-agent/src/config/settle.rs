//! `[settle]`: where the import writes what it brings.

use serde::Deserialize;
use std::path::PathBuf;

/// Where the import writes receipts and messages.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Settle {
    /// The SQLite database with the staging tables: the case platform's own.
    pub staging: Option<PathBuf>,
    /// Or a PostgreSQL server: a connection string without a password, for a role that may write the staging tables.
    pub postgres: Option<String>,
    /// File with its password, not readable by others.
    pub postgres_password: Option<PathBuf>,
    /// File with the certificates under which it must identify itself over TLS; without it, there is no TLS.
    pub postgres_ca: Option<PathBuf>,
    /// Folder of the electronic case files.
    pub case_files: PathBuf,
    /// Font file for printed certificates, TrueType or OpenType, with Chinese characters.
    pub certificate_font: PathBuf,
    /// How far the clocks of the two sides may differ, seconds; a time further off is rejected.
    pub clock_difference_s: u32,
}
