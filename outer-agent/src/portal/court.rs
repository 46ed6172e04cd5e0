//! The court whose records the portal shows.

use crate::context::Context;
use ferry_channel::config;
use ferry_channel::runtime::clock_guard::BelievedClock;
use ferry_channel::types::UnixSeconds;
use ferry_format::record::catalogue::Catalogue;
use ferry_io::error::Result;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::collections::BTreeMap;

/// English names of code values, by their Chinese names: a catalogue has them in Chinese only.
pub type EnglishLabels = BTreeMap<String, String>;

/// Name, catalogue and time zone of the court.
pub struct Court {
    /// Name, as pages show it.
    pub name: String,
    /// The catalogue of what is published.
    pub catalogue: Catalogue,
    /// English names of its code values.
    pub english_labels: EnglishLabels,
    /// Time zone of all dates.
    pub zone: TimeZone,
    /// What authorities and consents are judged by: a day that was reached once does not come again.
    pub clock: BelievedClock,
}

impl Court {
    /// Reads the English labels.
    pub fn new(context: &Context) -> Result<Self> {
        Ok(Self {
            name: context.config.court_name.clone(),
            catalogue: context.catalogue.clone(),
            english_labels: config::read(&context.config.portal.english_labels)?,
            zone: context.schedule.zone().clone(),
            clock: BelievedClock::new(&context.config.state),
        })
    }

    /// A point in time in the court's zone (RFC 3339); `at_s` in seconds.
    pub fn rfc3339(&self, at_s: UnixSeconds) -> String {
        let at = Timestamp::from_second(at_s.get()).unwrap_or_default();
        at.to_zoned(self.zone.clone()).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
    }

    /// Today, `YYYY-MM-DD`.
    pub fn today(&self) -> String {
        self.date(self.clock.now())
    }

    /// The date of a point in time in the court's zone, `YYYY-MM-DD`; empty for a time out of range.
    pub fn date(&self, at_s: UnixSeconds) -> String {
        Timestamp::from_second(at_s.get())
            .map_or_else(|_| String::new(), |at| at.to_zoned(self.zone.clone()).strftime("%Y-%m-%d").to_string())
    }
}
