//! `[notify]`: text messages to parties. The section is absent where the court has no SMS gateway, else complete.

use jiff::civil::{Date, Weekday};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};

/// Who is notified of what, over which gateway, and how the three days are counted.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Notify {
    /// Publications that were confirmed before this day, in the court's time zone, are not notified.
    pub since: Date,
    /// The court's name at the beginning of every message.
    pub court_name: String,
    /// Kinds of which the parties are notified; each belongs to a case and has parties as its audience.
    pub kinds: BTreeSet<String>,
    /// Type codes of case numbers without notifications (article 8).
    pub not_for_types: BTreeSet<String>,
    /// Most messages that one pass may queue; with more, none is queued until a person decides.
    pub messages_max: u32,
    /// Days after the confirmed reminder within which a party must sign (article 11).
    pub overdue_days: u16,
    /// Hours after publication within which the gateway must confirm a reminder.
    pub unconfirmed_hours: u32,
    /// The gateway.
    pub gateway: Gateway,
    /// Template ids.
    pub templates: Templates,
    /// How telephone numbers are read.
    pub recipients: Recipients,
    /// How the clerk of a case is read.
    pub clerks: Clerks,
    /// Rest days.
    pub calendar: CalendarConfig,
}

/// The court's SMS gateway.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Gateway {
    /// Its address: `https://…`; `http://…` only to this machine, or with `allow-insecure-http`.
    pub url: String,
    /// Whether messages may cross a network without encryption.
    pub allow_insecure_http: bool,
    /// File with the certificates under which it must identify itself over TLS.
    pub ca: Option<PathBuf>,
    /// File with the key that signs requests, one line, not readable by others.
    pub key: PathBuf,
    /// Longest time until its answer, seconds.
    pub timeout_s: NonZeroU32,
    /// Seconds before the second attempt; each further attempt waits twice as long.
    pub retry_s: NonZeroU32,
    /// Longest wait before an attempt, seconds.
    pub retry_max_s: NonZeroU32,
    /// Hours after which a message that was not sent fails, and is listed.
    pub max_age_hours: u32,
}

/// Ids of the message templates at the gateway.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Templates {
    /// A document waits for a signature (article 11).
    pub reminder: String,
    /// The case made progress (article 8).
    pub step: String,
    /// A published record was corrected (article 16).
    pub correction: String,
}

/// How telephone numbers are read when a message is sent.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Recipients {
    /// SELECT of the rows.
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
    /// SELECT of the rows.
    pub sql: String,
    /// Column of the case.
    pub case: String,
    /// Column of the clerk's name.
    pub name: String,
}

/// Rest days and working days, as the State Council announces them.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct CalendarConfig {
    /// Days of the week that are rest days unless a year says otherwise.
    pub rest_weekdays: Vec<RestWeekday>,
    /// The years whose rest days the State Council has announced.
    pub years: BTreeMap<String, Year>,
}

/// A day of the week, by its English name in small letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct RestWeekday(#[serde(with = "WeekdayName")] pub Weekday);

#[derive(Deserialize)]
#[serde(remote = "Weekday", rename_all = "lowercase")]
enum WeekdayName {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

/// One year's announcement.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Year {
    /// 法定节假日: holidays, weekends within them or not.
    pub rest_days: BTreeSet<Date>,
    /// 调休上班: days of rest by the week on which people work.
    pub working_days: BTreeSet<Date>,
}

impl Notify {
    /// Paths relative to the configuration's folder become absolute.
    pub fn resolve(&mut self, base: &Path) {
        for path in [&mut self.gateway.key].into_iter().chain(&mut self.gateway.ca) {
            *path = base.join(&*path);
        }
    }
}
