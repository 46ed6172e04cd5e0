//! What a status looked at, when and how: a line that says nothing of its source is a claim that nobody checked.

use crate::ledger::malware_proof::{self, MalwareProof};
use crate::ledger::reader_proof::{self, ReaderProof};
use crate::monitor::status::channel::ChannelStatus;
use crate::monitor::status::machine::{MachineStatus, age};
use crate::runtime::schedule::rfc3339;
use crate::texts::status as texts;
use crate::types::UnixSeconds;
use crate::types::alarm::Alarm;
use ferry_format::text::Text;
use ferry_io::error::Result;
use ferry_io::output::language::Show;
use jiff::tz::TimeZone;
use rusqlite::Connection;
use serde::Serialize;

/// One thing that was looked at.
#[derive(Clone, Debug, Serialize)]
pub struct LookedAt {
    /// Its name for programs: `ledger`, `folders`, `outbox`, `space`, `reader`, `clock`, `daemon`, `far-side`, `malware`, and
    /// those of one agent.
    pub what: &'static str,
    /// The same for people.
    #[serde(skip)]
    pub name: Text,
    /// When; nothing where it never was.
    pub at: Option<String>,
    /// How.
    #[serde(serialize_with = "shown")]
    pub how: Text,
    /// Codes of the alarms that it raised.
    pub raised: Vec<&'static str>,
}

fn shown<S: serde::Serializer>(text: &Text, serializer: S) -> std::result::Result<S::Ok, S::Error> {
    serializer.serialize_str(text.show())
}

/// What the newest runs showed of the programs that look at documents.
pub struct Proofs {
    reader: Option<ReaderProof>,
    malware: Option<MalwareProof>,
}

impl Proofs {
    /// Reads them from a ledger.
    pub fn newest(conn: &Connection) -> Result<Self> {
        Ok(Self { reader: reader_proof::newest(conn)?, malware: malware_proof::newest(conn)? })
    }
}

/// What everything is looked at with: the alarms that were found, the time of now, and the zone in which times are shown.
pub struct Looking<'a> {
    /// All alarms.
    pub alarms: &'a [Alarm],
    /// Now.
    pub now: UnixSeconds,
    /// The court's zone.
    pub zone: &'a TimeZone,
}

impl Looking<'_> {
    /// Something that was looked at at a time, and the codes of the alarms that it can raise.
    pub fn at(
        &self,
        what: &'static str,
        at: Option<UnixSeconds>,
        (name, how): (Text, Text),
        codes: &[&str],
    ) -> LookedAt {
        let raised = self.alarms.iter().map(|alarm| alarm.code).filter(|code| codes.contains(code)).collect();
        LookedAt { what, name, at: at.map(|at| rfc3339(at, self.zone)), how, raised }
    }

    /// What both agents look at.
    pub fn common(&self, machine: &MachineStatus, channels: &[ChannelStatus], proofs: &Proofs) -> Vec<LookedAt> {
        let proven = proofs.reader.as_ref().map(|proof| proof.at_s);
        let now = Some(self.now);
        let heartbeat = machine.daemon.as_ref();
        let daemon = match (heartbeat, machine.daemon_stopped_s) {
            (Some(sign), _) => texts::by_heartbeat(age(sign.age_s)),
            (None, Some(at)) => texts::by_end_of_daemon(age(self.now.seconds_since(at))),
            (None, None) => texts::by_no_heartbeat(),
        };
        let far_side = channels.iter().filter_map(|c| c.newest_received_s).max();
        let scanned = proofs.malware.as_ref().map(|proof| {
            let how = if proof.version.is_empty() { texts::by_test_text() } else { texts::by_scanner(&proof.version) };
            self.at("malware", Some(proof.at_s), (texts::malware(), how), &["FERRY-E0505", "FERRY-E0506"])
        });
        let mut found = vec![
            self.at(
                "ledger",
                now,
                (texts::ledger(), texts::by_marks()),
                &["FERRY-E0604", "FERRY-E0659", "FERRY-E0691"],
            ),
            self.at("folders", now, (texts::folders(), texts::by_folder_marks()), &["FERRY-E0637", "FERRY-E0657"]),
            self.at("outbox", now, (texts::outbox(), texts::by_kept_files()), &["FERRY-E0667"]),
            self.at("space", now, (texts::space(), texts::by_next_run()), &["FERRY-E0691"]),
            self.at("reader", proven, (texts::reader(), texts::by_known_document()), &["FERRY-E0504"]),
            self.at("clock", now, (texts::clock(), texts::by_newest_run()), &["FERRY-E0653", "FERRY-E0654"]),
            self.at(
                "daemon",
                heartbeat.map(|sign| sign.at_s),
                (texts::daemon(), daemon),
                &["FERRY-E0629", "FERRY-E0690"],
            ),
            self.at(
                "far-side",
                far_side,
                (texts::far_side(), texts::by_newest_batch()),
                &["FERRY-E0674", "FERRY-E0695"],
            ),
        ];
        found.extend(scanned);
        found
    }
}
