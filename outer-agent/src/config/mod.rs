//! The outer agent's configuration file.

pub mod channels;
pub mod portal;

use crate::texts::errors;
use ferry_channel::config::{self, Maintenance, Malware, Receiving, Sending};
use ferry_format::text::Language;
use ferry_io::error::{Error, Result};
use portal::Portal;
use serde::Deserialize;
use std::path::{Path, PathBuf};

/// The whole file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Config {
    /// Court id.
    pub court: String,
    /// Name of the court, as the portal shows it.
    pub court_name: String,
    /// Folder for store, outbox and quarantine.
    pub state: PathBuf,
    /// The court's time zone.
    pub time_zone: String,
    /// The catalogue.
    pub catalogue: PathBuf,
    /// The policy of masking and scanning.
    pub policy: PathBuf,
    /// The ↑ channel.
    pub ingest: Receiving,
    /// The ↓ channel.
    pub reply: Sending,
    /// The portal.
    pub portal: Portal,
    /// Disk space, retention and metrics.
    #[serde(default)]
    pub maintenance: Maintenance,
    /// The malware scanner of this machine, where the court has one.
    #[serde(default)]
    pub malware: Option<Malware>,
    /// Language of what the agent prints; see `--lang`.
    #[serde(default)]
    pub language: Option<Language>,
    /// Where it was read from, for messages and for child processes.
    #[serde(skip)]
    pub path: PathBuf,
}

impl Config {
    /// Reads the file; relative paths start at its folder.
    pub fn load(path: &Path) -> Result<Self> {
        let mut c: Self = config::read(path)?;
        let base = config::base_of(path)?;
        c.portal.check().map_err(|why| Error::configuration(path, "portal", why))?;
        c.ingest.resolve(&base);
        c.reply.resolve(&base);
        if c.reply.trust.is_some() || c.reply.review_folder.is_some() {
            return Err(Error::configuration(path, "reply.trust", errors::reply_needs_no_approvals()));
        }
        c.maintenance.resolve(&base);
        if let Some(malware) = &mut c.malware {
            malware.resolve(&base);
        }
        c.portal.resolve(&base);
        for path in [&mut c.state, &mut c.catalogue, &mut c.policy] {
            *path = base.join(&*path);
        }
        c.path = path.to_owned();
        Ok(c)
    }
}
