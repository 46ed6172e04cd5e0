//! The configuration file of the inner agent. Every key is needed; there are no fallbacks for missing ones.

pub mod fields;
pub mod mapping;
pub mod notify;
pub mod settle;
pub mod source;

use crate::config::notify::Notify;
use crate::config::settle::Settle;
use crate::config::source::Source;
use crate::texts;
use ferry_channel::config::{self, Maintenance, Malware, OnGap, Receiving, Sending};
use ferry_format::text::Language;
use ferry_io::error::{Error, Result};
use serde::Deserialize;
use std::path::{Path, PathBuf};

/// The whole file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Config {
    /// Court id.
    pub court: String,
    /// The court's name on what is printed.
    pub court_name: String,
    /// Folder of the ledger, the outbox and the quarantine.
    pub state: PathBuf,
    /// The court's time zone.
    pub time_zone: String,
    /// The catalogue.
    pub catalogue: PathBuf,
    /// The policy: masking and scanning.
    pub policy: PathBuf,
    /// The ↑ channel.
    pub export: Sending,
    /// The ↓ channel.
    pub import: Receiving,
    /// Where the import writes receipts and messages.
    pub settle: Settle,
    /// Where the data comes from.
    pub source: Source,
    /// Messages to parties and the three-day deadline, where the court has an SMS gateway.
    pub notify: Option<Notify>,
    /// Space, retention and metrics.
    #[serde(default)]
    pub maintenance: Maintenance,
    /// The malware scanner of this machine, where the court has one.
    #[serde(default)]
    pub malware: Option<Malware>,
    /// Language of texts; `--lang` overrides it.
    #[serde(default)]
    pub language: Option<Language>,
    /// The file itself, for messages.
    #[serde(skip)]
    pub path: PathBuf,
}

impl Config {
    /// Reads the file; relative paths start at its folder.
    pub fn load(path: &Path) -> Result<Self> {
        let mut c: Self = config::read(path)?;
        let base = config::base_of(path)?;
        c.export.resolve(&base);
        c.import.resolve(&base);
        c.maintenance.resolve(&base);
        if let Some(malware) = &mut c.malware {
            malware.resolve(&base);
        }
        let (s, t) = (&mut c.source, &mut c.settle);
        let paths = [&mut c.state, &mut c.catalogue, &mut c.policy, &mut s.documents, &mut s.login_key];
        let databases = [&mut s.sqlite, &mut s.postgres_password, &mut s.postgres_ca];
        let staging = [&mut t.staging, &mut t.postgres_password, &mut t.postgres_ca];
        let optional = databases.into_iter().chain(staging).flatten();
        for p in paths.into_iter().chain([&mut t.case_files, &mut t.certificate_font]).chain(optional) {
            *p = base.join(&*p);
        }
        if let Some(notify) = &mut c.notify {
            notify.resolve(&base);
        }
        c.path = path.to_owned();
        if c.import.on_gap == OnGap::Wait {
            // If both ends waited for each other's missing batch, neither would learn what the other one requests.
            return Err(Error::configuration(path, "import.on-gap", texts::errors::on_gap_wait()));
        }
        Ok(c)
    }
}
