//! The alarms that both agents raise of their channels, by one rule, and how the daemon reports new ones.

use crate::audit;
use crate::config::Malware;
use crate::ledger::gaps::{self, GapState};
use crate::ledger::{malware_proof, reader_proof, received, skipped};
use crate::receive::fork;
use crate::receive::skipped::SkipReason;
use crate::runtime::log::{self, About, Level};
use crate::runtime::schedule::rfc3339;
use crate::send::outbox;
use crate::texts;
use crate::trust::{installed, revoke};
use crate::types::alarm::Alarm;
use crate::types::number_range::format_numbers;
use crate::types::{ChannelId, UnixSeconds};
use ferry_format::text::Text;
use ferry_io::error::Result;
use ferry_io::keys::pkcs11;
use ferry_io::output::language::Show;
use ferry_io::output::table::safe;
use jiff::tz::TimeZone;
use rusqlite::Connection;
use std::collections::BTreeSet;
use std::path::Path;

/// Days for which a false claim of the other side is an alarm.
const FALSE_CLAIM_SHOWN_DAYS: u32 = 7;

/// The two channels of an agent, and when a missing batch becomes an alarm.
pub struct ChannelPair<'a> {
    /// The agent's database.
    pub conn: &'a Connection,
    /// Channel that it sends.
    pub sends: &'a ChannelId,
    /// Channel that it receives.
    pub receives: &'a ChannelId,
    /// Where what it sends is kept.
    pub outbox: &'a Path,
    /// The key that signs what it sends.
    pub sender_key: &'a Path,
    /// The malware scanner, where there is one.
    pub malware: Option<&'a Malware>,
    /// Hours without an accepted batch.
    pub no_batch_alarm_hours: u32,
    /// Zone in which times are shown.
    pub zone: &'a TimeZone,
    /// What to run where the other side asks for a batch that is no longer kept.
    pub repair: &'a Text,
}

impl ChannelPair<'_> {
    /// The alarms that hold now.
    pub fn alarms(&self, now: UnixSeconds) -> Result<Vec<Alarm>> {
        let mut alarms: Vec<Alarm> = fork::alarm(self.conn, self.receives)?.into_iter().collect();
        alarms.extend(pkcs11::check_without_pin(self.sender_key).map(|e| Alarm {
            code: e.code,
            message: texts::alarms::token_unusable(&e.message),
            hint: e.hint,
        }));
        alarms.extend(audit::heads::alarm(self.conn, self.receives)?);
        alarms.extend(self.swapped_folders()?);
        alarms.extend(self.false_claims(now)?);
        alarms.extend(self.no_batch(now)?);
        alarms.extend(revoke::alarm(self.conn, self.receives, self.zone)?);
        alarms.extend(installed::expiry_alarm(self.conn, self.zone, now)?);
        alarms.extend(self.resend()?);
        alarms.extend(reader_proof::alarm(self.conn)?);
        if let Some(malware) = self.malware {
            alarms.extend(malware_proof::alarm(self.conn, malware, now)?);
        }
        Ok(alarms)
    }

    /// Batches of the other direction lie where those of this one arrive.
    fn swapped_folders(&self) -> Result<Option<Alarm>> {
        let skipped = skipped::list(self.conn, self.receives)?;
        let of_other = skipped.into_iter().find(|files| files.reason == SkipReason::OtherDirection.as_str());
        Ok(of_other.map(|found| texts::alarms::folders_swapped(self.receives, found.files, safe(&found.example))))
    }

    /// The other side named versions or numbers that were never sent: for some days, since nothing shows that it is over.
    fn false_claims(&self, now: UnixSeconds) -> Result<Option<Alarm>> {
        let since = now.days_before(FALSE_CLAIM_SHOWN_DAYS);
        let (mut claims, mut last) = (0, None);
        for act in [audit::FALSE_LIST, audit::FALSE_ACKNOWLEDGEMENT] {
            let (count, at) = audit::count_acts(self.conn, act, since, UnixSeconds(i64::MAX))?;
            (claims, last) = (claims + count, last.max(at));
        }
        Ok(last.map(|at| texts::alarms::false_claims(self.receives, claims, rfc3339(at, self.zone))))
    }

    /// No batch was accepted for longer than the set time. There is no such alarm before the first one.
    fn no_batch(&self, now: UnixSeconds) -> Result<Option<Alarm>> {
        let last = received::newest_published_s(self.conn, self.receives)?;
        let limit_s = i64::from(self.no_batch_alarm_hours) * 3600;
        Ok(last.filter(|last| now - *last > limit_s).map(|last| {
            texts::alarms::no_batch_accepted(self.receives, rfc3339(last, self.zone), self.no_batch_alarm_hours)
        }))
    }

    /// Resends that cannot happen: here, and on the other side.
    fn resend(&self) -> Result<Vec<Alarm>> {
        let mut alarms = Vec::new();
        let lost = outbox::lost(self.conn, self.sends, self.outbox)?;
        if !lost.is_empty() {
            alarms.push(texts::alarms::outbox_lost(self.sends, format_numbers(&lost)));
        }
        let waiting = gaps::waiting_resends(self.conn, self.sends)?;
        if !waiting.is_empty() {
            alarms.push(texts::alarms::resend_waits(self.sends, format_numbers(&waiting)));
        }
        let gone = gaps::unanswerable(self.conn, self.sends)?;
        if !gone.is_empty() {
            alarms.push(texts::alarms::resend_not_kept(self.sends, format_numbers(&gone), self.repair));
        }
        let gaps = gaps::list(self.conn, self.receives)?;
        let unanswered = gaps.iter().filter(|gap| gap.state == GapState::Unanswered);
        let unanswered: Vec<u64> = unanswered.map(|gap| gap.number.sequence).collect();
        if !unanswered.is_empty() {
            let numbers = format_numbers(&unanswered);
            let arguments = numbers.replace(',', "");
            alarms.push(texts::alarms::resend_unanswered(self.receives, numbers, arguments));
        }
        Ok(alarms)
    }
}

/// Reports each alarm once, when it begins or changes.
#[derive(Default)]
pub struct AlertNotifier(BTreeSet<Alarm>);

impl AlertNotifier {
    /// Writes to the log what was not reported before.
    pub fn notify_new(&mut self, alarms: &[Alarm]) {
        for alarm in alarms.iter().filter(|alarm| !self.0.contains(alarm)) {
            let text = texts::status::alarm_line(&alarm.message, alarm.code, &alarm.hint);
            log::say(Level::Error, &About { code: Some(alarm.code), ..About::default() }, text.show());
        }
        self.0 = alarms.iter().cloned().collect();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::ledger::migrations;
    use rusqlite::params;

    #[test]
    fn silence_is_an_alarm_after_its_hours_not_before_the_first_batch_and_not_after_it_ends() {
        let conn = migrations::in_memory();
        let zone = TimeZone::UTC;
        let codes = |now| {
            let (zone, sender_key) = (&zone, Path::new("none"));
            let ends = ChannelPair {
                conn: &conn,
                sends: &ChannelId::new("down").unwrap(),
                receives: &ChannelId::new("up").unwrap(),
                outbox: Path::new("none"),
                sender_key,
                malware: None,
                no_batch_alarm_hours: 26,
                zone,
                repair: &Text::default(),
            };
            ends.alarms(now).unwrap().iter().map(|a| a.code).collect::<Vec<_>>()
        };
        let none: [&str; 0] = [];
        assert_eq!(codes(UnixSeconds(i64::from(u32::MAX))), none, "nothing ever came");
        let came = |sequence: i64, verdict: &str, at_s: UnixSeconds| {
            let sql = "INSERT INTO ferry_received VALUES ('up', 1, ?1, zeroblob(32), ?2, NULL, 0, 0, ?3, 0)";
            conn.execute(sql, params![sequence, verdict, at_s]).unwrap();
        };
        came(1, "published", UnixSeconds(1000));
        assert_eq!(codes(UnixSeconds(1000 + 26 * 3600)), none);
        assert_eq!(codes(UnixSeconds(1001 + 26 * 3600)), ["FERRY-E0674"]);
        came(2, "refused", UnixSeconds(2000));
        assert_eq!(codes(UnixSeconds(1001 + 26 * 3600)), ["FERRY-E0674"], "what is refused is not accepted");
        came(3, "published", UnixSeconds(2000 + 26 * 3600));
        assert_eq!(codes(UnixSeconds(2001 + 26 * 3600)), none);
    }
}
