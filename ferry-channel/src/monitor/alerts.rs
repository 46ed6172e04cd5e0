//! The alarms that both agents raise of their channels, by one rule, and a voice for the daemon.

use crate::audit;
use crate::ledger::gaps;
use crate::monitor::status::Alarm;
use crate::receive::fork;
use crate::runtime::log;
use crate::runtime::log::{About, Level};
use crate::runtime::schedule::rfc3339;
use crate::trust::revoke;
use ferry_io::error::Result;
use ferry_io::keys::pkcs11;
use jiff::tz::TimeZone;
use rusqlite::{Connection, params};
use std::collections::BTreeSet;
use std::path::Path;

/// The two channels of an agent, and when silence becomes an alarm.
pub struct Ends<'a> {
    /// The agent's database.
    pub conn: &'a Connection,
    /// Channel that it sends.
    pub sends: &'a str,
    /// Channel that it receives.
    pub receives: &'a str,
    /// The key that signs what it sends.
    pub sender_key: &'a Path,
    /// Hours without an accepted batch.
    pub silence_hours: u32,
    /// Zone in which times are shown.
    pub zone: &'a TimeZone,
    /// What to run where the other side asks for a batch that is kept no longer.
    pub repair: &'a str,
}

impl Ends<'_> {
    /// The alarms that hold now.
    pub fn alarms(&self, now_s: i64) -> Result<Vec<Alarm>> {
        let mut alarms: Vec<Alarm> = fork::alarm(self.conn, self.receives)?.into_iter().collect();
        alarms.extend(pkcs11::check_without_pin(self.sender_key).map(|e| Alarm {
            code: e.code,
            message: format!(
                "签名钥匙的硬件令牌不可用 the token with the signing key cannot be used: {}",
                e.message.english()
            ),
            hint: e.hint.english().to_owned(),
        }));
        alarms.extend(audit::heads::alarm(self.conn, self.receives)?);
        alarms.extend(self.silence(now_s)?);
        alarms.extend(revoke::alarms(self.conn, self.receives, self.zone, now_s)?);
        alarms.extend(gaps::alarms(self.conn, self.sends, self.receives, self.zone, self.repair)?);
        Ok(alarms)
    }

    /// No batch was accepted for longer than the set time. There is no silence before the first one.
    fn silence(&self, now_s: i64) -> Result<Option<Alarm>> {
        let sql = "SELECT max(at_s) FROM ferry_received WHERE channel = ?1 AND verdict = 'published'";
        let last: Option<i64> = self.conn.query_row(sql, params![self.receives], |r| r.get(0))?;
        let limit_s = i64::from(self.silence_hours) * 3600;
        Ok(last.filter(|last| now_s - last > limit_s).map(|last| Alarm {
            code: "FERRY-E0674",
            message: format!(
                "通道 {} 自 {} 起没有可接受的批次 no batch was accepted since then (silence-hours = {})",
                self.receives,
                rfc3339(last, self.zone),
                self.silence_hours
            ),
            hint: "look whether the other side's agent runs and made a batch (`status` there), whether the gate carries, and at \
                   the received folder, `quarantine list` and `last error` here"
                .into(),
        }))
    }
}

/// Says each alarm once, when it begins or changes.
#[derive(Default)]
pub struct Crier(BTreeSet<String>);

impl Crier {
    /// Says on stderr what was not said before.
    pub fn cry(&mut self, alarms: &[Alarm]) {
        let new = alarms.iter().filter(|alarm| !self.0.contains(&alarm.to_string()));
        new.for_each(|alarm| {
            log::say(Level::Error, &About { code: Some(alarm.code), ..About::default() }, &alarm.to_string());
        });
        self.0 = alarms.iter().map(ToString::to_string).collect();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::ledger::migrations;

    #[test]
    fn silence_is_an_alarm_after_its_hours_not_before_the_first_batch_and_not_after_it_ends() {
        let conn = migrations::in_memory();
        let zone = TimeZone::UTC;
        let codes = |now_s| {
            let (zone, sender_key) = (&zone, Path::new("none"));
            let ends =
                Ends { conn: &conn, sends: "down", receives: "up", sender_key, silence_hours: 26, zone, repair: "" };
            ends.alarms(now_s).unwrap().iter().map(|a| a.code).collect::<Vec<_>>()
        };
        let none: [&str; 0] = [];
        assert_eq!(codes(i64::from(u32::MAX)), none, "nothing ever came");
        let came = |sequence: i64, verdict: &str, at_s: i64| {
            let sql = "INSERT INTO ferry_received VALUES ('up', 1, ?1, zeroblob(32), ?2, NULL, 0, 0, ?3, 0)";
            conn.execute(sql, params![sequence, verdict, at_s]).unwrap();
        };
        came(1, "published", 1000);
        assert_eq!(codes(1000 + 26 * 3600), none);
        assert_eq!(codes(1001 + 26 * 3600), ["FERRY-E0674"]);
        came(2, "refused", 2000);
        assert_eq!(codes(1001 + 26 * 3600), ["FERRY-E0674"], "what is refused is not accepted");
        came(3, "published", 2000 + 26 * 3600);
        assert_eq!(codes(2001 + 26 * 3600), none);
    }
}
