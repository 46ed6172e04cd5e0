//! Reading configuration files: closed, and no fallback for anything.

use crate::texts;
use crate::types::ChannelId;
use ferry_format::record::catalogue::Catalogue;
use ferry_format::record::policy::Policy;
use ferry_format::texts::parser;
use ferry_io::error::{Error, Result};
use ferry_io::exit_code::CONFIGURATION;
use ferry_io::fs::read;
use ferry_io::malware::Clamd;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};

/// How the inbox learns of new files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Watch {
    /// Events where the file system gives them, else polling.
    #[default]
    Auto,
    /// Events.
    Inotify,
    /// Polling: network file systems and optical gates give no events.
    Poll,
}

/// The malware scanner of this machine.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Malware {
    /// The socket of `clamd`.
    pub clamd: PathBuf,
    /// Days after which its maker's signatures are too old.
    #[serde(default = "signatures_max_age_days")]
    pub signatures_max_age_days: u32,
    /// Whether it has the court's own signatures and none of its maker's, so that they have no age.
    #[serde(default)]
    pub own_signatures_alone: bool,
}

fn signatures_max_age_days() -> u32 {
    14
}

impl Malware {
    /// Lets its relative path start at a folder.
    pub fn resolve(&mut self, base: &Path) {
        self.clamd = base.join(&self.clamd);
    }

    /// The scanner of a configuration, if it has one.
    ///
    /// # Errors
    /// `FERRY-E0502`: the policy asks for one, and the configuration has none.
    pub fn scanner(malware: Option<&Self>, policy: &Policy, path: &Path) -> Result<Option<Clamd>> {
        if malware.is_none() && policy.scan.malware.required {
            return Err(Error::configuration(path, "malware", texts::errors::malware_section_missing()));
        }
        Ok(malware.map(|malware| Clamd::at(&malware.clamd)))
    }
}

/// The receiving end of a channel, as both agents configure it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Receiving {
    /// Channel id.
    pub channel: ChannelId,
    /// Folder that the diode writes.
    pub received: PathBuf,
    /// Secret key that opens.
    pub recipient_key: PathBuf,
    /// Trust file; not read where `roots` are named.
    pub trust: PathBuf,
    /// Public keys of the roots that signed list 1: then the trust list in force decides, on both channels.
    #[serde(default)]
    pub roots: Vec<PathBuf>,
    /// How new files are noticed.
    pub watch: Watch,
    /// Seconds between scans that happen without an event.
    pub poll_interval_s: u64,
    /// Seconds that a file may go without growing before its copy counts as stalled.
    pub stalled_copy_timeout_s: i64,
    /// Hours without an accepted batch until that is an alarm.
    #[serde(default = "no_batch_alarm_hours")]
    pub no_batch_alarm_hours: u32,
    /// What becomes of batches after a gap.
    #[serde(default, alias = "on_gap")]
    pub on_gap: OnGap,
}

/// What becomes of batches after a gap.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OnGap {
    /// They are applied by version, so that a retraction never waits.
    #[default]
    Apply,
    /// They wait until it is closed or accepted: nothing is shown out of order.
    Wait,
}

/// The sending end of a channel, as both agents configure it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Sending {
    /// Channel id.
    pub channel: ChannelId,
    /// Folder that the diode reads.
    pub sent: PathBuf,
    /// Secret key that signs.
    pub sender_key: PathBuf,
    /// Public keys that can open.
    pub recipients: Vec<PathBuf>,
    /// When, as cron in the court's time zone.
    pub schedule: String,
    /// Hours until the newest batch of the series counts as a freeze.
    pub valid_hours: u32,
    /// Days that a confirmed batch is kept in the outbox.
    pub retention_days: u32,
    /// Longer batches cross as volumes of this length, in MiB.
    #[serde(default = "volume_mib")]
    pub volume_mib: NonZeroU32,
    /// Trust file of this channel, as its receiver has it: release rules and reviewers. Without it nobody can approve.
    #[serde(default)]
    pub trust: Option<PathBuf>,
    /// Folder where reviewers find drafts, and where they put what they sign.
    #[serde(default)]
    pub review_folder: Option<PathBuf>,
}

/// A daily batch, and two hours for the way.
fn no_batch_alarm_hours() -> u32 {
    26
}

/// 4 GiB: what FAT-formatted media and many gates take as one file.
fn volume_mib() -> NonZeroU32 {
    NonZeroU32::new(4096).unwrap_or(NonZeroU32::MIN)
}

impl Receiving {
    /// Paths relative to the configuration's folder become absolute.
    pub fn resolve(&mut self, base: &Path) {
        let named = [&mut self.received, &mut self.recipient_key, &mut self.trust];
        for path in named.into_iter().chain(&mut self.roots) {
            *path = base.join(&*path);
        }
    }
}

impl Sending {
    /// Paths relative to the configuration's folder become absolute.
    pub fn resolve(&mut self, base: &Path) {
        let optional = [&mut self.trust, &mut self.review_folder].into_iter().flatten();
        let named = [&mut self.sent, &mut self.sender_key].into_iter().chain(&mut self.recipients);
        for path in named.chain(optional) {
            *path = base.join(&*path);
        }
    }
}

/// What keeps an agent running: space, retention and metrics. Every key has a default.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Maintenance {
    /// Space that stays free beside what a run needs, MiB.
    pub space_reserve_mib: u32,
    /// File into which metrics are written after every pass, for a collector of text files.
    pub metrics_file: Option<PathBuf>,
    /// Days that a refused file is kept in quarantine.
    pub quarantine_days: u32,
    /// Bytes of refused files that are kept, MiB; beyond it the oldest go first.
    pub quarantine_mib: u32,
    /// Days that a batch of which volumes are missing is kept since the last of them came.
    pub assembly_days: u32,
}

impl Default for Maintenance {
    fn default() -> Self {
        // Half a year: as long as logs of attacks are to be kept (Cybersecurity Law, article 21).
        Self {
            space_reserve_mib: 256,
            metrics_file: None,
            quarantine_days: 180,
            quarantine_mib: 8192,
            assembly_days: 30,
        }
    }
}

impl Maintenance {
    /// Paths relative to the configuration's folder become absolute.
    pub fn resolve(&mut self, base: &Path) {
        if let Some(path) = &mut self.metrics_file {
            *path = base.join(&*path);
        }
    }

    /// The reserve in bytes.
    pub fn reserve_bytes(&self) -> u64 {
        u64::from(self.space_reserve_mib) << 20
    }
}

/// Reads a TOML file into `T`; the message names file, line and key.
pub fn read<T: DeserializeOwned>(path: &Path) -> Result<T> {
    let text = read::text(path).map_err(|e| Error { exit: CONFIGURATION, ..e })?;
    let wrong = |key: &str, e: &toml::de::Error| {
        let why = parser::at_byte(&text, e.span().map(|s| s.start), e.message());
        match key {
            "" | "." => texts::errors::wrong_file(path.display(), why),
            key => texts::errors::wrong_value(path.display(), key, why),
        }
    };
    let parsed = toml::Deserializer::parse(&text).map_err(|e| wrong("", &e))?;
    serde_path_to_error::deserialize(parsed).map_err(|e| wrong(&e.path().to_string(), e.inner()))
}

/// Reads and checks catalogue and policy.
pub fn rules(catalogue: &Path, policy: &Path) -> Result<(Catalogue, Policy)> {
    let text = |path: &Path| read::text(path).map_err(|e| Error { exit: CONFIGURATION, ..e });
    let checked = Catalogue::from_toml(&text(catalogue)?).map_err(|e| Error::about(catalogue, &e))?;
    let policy = Policy::from_toml(&text(policy)?, &checked).map_err(|e| Error::about(policy, &e))?;
    Ok((checked, policy))
}

/// The digests that every batch's header names: both sides must work by the same rules.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RuleDigests {
    /// Of the catalogue.
    pub catalogue: [u8; 32],
    /// Of the policy.
    pub policy: [u8; 32],
}

impl RuleDigests {
    /// Of these rules.
    pub fn of(catalogue: &Catalogue, policy: &Policy) -> Result<Self> {
        Ok(Self { catalogue: catalogue.digest()?, policy: policy.digest()? })
    }
}

/// The folder that relative paths of a configuration start from.
pub fn base_of(path: &Path) -> Result<PathBuf> {
    let whole = std::path::absolute(path).map_err(|e| Error::io(path, &e, false))?;
    Ok(ferry_io::fs::durable::folder_of(&whole))
}
