//! The section `[notify]`: absent as a whole where the court has no gateway, and complete where it is there.

use crate::notify::calendar::CalendarConfig;
use jiff::civil::Date;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};

/// Who is told what, over which gateway, and how the three days are counted.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Notify {
    /// What was confirmed before this day, in the court's time zone, is not told.
    pub since: Date,
    /// The court as people know it; it stands first in every message.
    pub court_name: String,
    /// Kinds of which the parties are told; each belongs to a case and has an audience among its parties.
    pub kinds: BTreeSet<String>,
    /// Type codes of case numbers of which nobody is told (article 8).
    pub not_for_types: BTreeSet<String>,
    /// Messages that one pass may queue; with more, none is queued until somebody has looked.
    pub messages_max: u32,
    /// Days after the confirmed reminder in which a party may sign (article 11).
    pub overdue_days: u16,
    /// Hours after publication in which a reminder must be confirmed.
    pub unconfirmed_hours: u32,
    /// The gateway.
    pub gateway: Gateway,
    /// Template ids.
    pub templates: Templates,
    /// Where telephone numbers stand.
    pub recipients: Recipients,
    /// Where the clerk of a case stands.
    pub clerks: Clerks,
    /// Rest days.
    pub calendar: CalendarConfig,
}

/// The court's SMS gateway.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Gateway {
    /// Its address: `https://…`; `http://…` only to this machine, or where `plain-http` says so.
    pub url: String,
    /// Whether messages may cross a network unencrypted.
    pub plain_http: bool,
    /// File with the certificates under which it must identify itself over TLS.
    pub ca: Option<PathBuf>,
    /// File with the key that signs, one line that others cannot read.
    pub key: PathBuf,
    /// Seconds in which it must answer.
    pub timeout_s: NonZeroU32,
    /// Seconds until the second attempt; each further one waits twice as long.
    pub retry_s: NonZeroU32,
    /// Seconds that an attempt waits at most.
    pub retry_max_s: NonZeroU32,
    /// Hours after which a message is given up and listed.
    pub give_up_hours: u32,
}

/// Ids of the texts that the gateway holds.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Templates {
    /// A document waits to be signed for (article 11).
    pub reminder: String,
    /// A step of the case (article 8).
    pub step: String,
    /// A correction of what was published (article 16).
    pub correction: String,
}

/// How telephone numbers are read, at the moment of sending.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Recipients {
    /// A SELECT.
    pub sql: String,
    /// Column of the person.
    pub person: String,
    /// Column of the telephone number.
    pub phone: String,
}

/// How the clerk of a case is read.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Clerks {
    /// A SELECT.
    pub sql: String,
    /// Column of the case.
    pub case: String,
    /// Column of the clerk's name.
    pub name: String,
}

impl Notify {
    /// Paths relative to the configuration's folder become absolute.
    pub fn resolve(&mut self, base: &Path) {
        for path in [&mut self.gateway.key].into_iter().chain(&mut self.gateway.ca) {
            *path = base.join(&*path);
        }
    }
}
