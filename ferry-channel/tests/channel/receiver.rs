//! A sender's series of batches and a receiver for them, in process: both ends of a channel without an agent.

use crate::channel;
use ferry_channel::config::{Maintenance, OnGap, Receiving, RuleDigests, Sending, Watch};
use ferry_channel::ledger::acknowledgement;
use ferry_channel::ledger::migrations;
use ferry_channel::ledger::received;
use ferry_channel::receive::acknowledge::{self, AppliedBatch};
use ferry_channel::receive::apply::{Apply, Arrival};
use ferry_channel::receive::endpoint::ReceiveEndpoint;
use ferry_channel::receive::pass;
use ferry_channel::receive::progress;
use ferry_channel::receive::progress::CopyGrace;
use ferry_channel::receive::retention;
use ferry_channel::send::compose;
use ferry_channel::send::compose::{Composer, Outgoing, SeriesFields};
use ferry_channel::send::outbox;
use ferry_channel::types::UnixSeconds;
use ferry_channel::types::apply_error::ApplyError;
use ferry_format::FormatError;
use ferry_format::batch::open::Sink;
use ferry_format::frame::header::Direction;
use ferry_format::frame::manifest::Entry;
use ferry_format::keys::{Role, SecretKey};
use ferry_format::record::{Record, Value};
use ferry_format::trust::trust_file::Trust;
use ferry_io::entropy::SystemEntropy;
use rusqlite::{Connection, params};
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const RULES: RuleDigests = RuleDigests { catalogue: [1; 32], policy: [2; 32] };

/// A sender's batches, and the keys and trust of their receiver.
pub struct Series {
    dir: TempDir,
    pub batches: Vec<Vec<u8>>,
}

impl Series {
    /// Batch `n` says `n` of record "all", and makes a record of its own; every third takes back the one before it.
    pub fn new(count: u64) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name);
        let key = |name: &str, role| {
            let key = SecretKey::generate(role, &mut SystemEntropy).unwrap();
            ferry_io::fs::durable::write_new(&path(name), key.to_text().as_bytes(), 0o600).unwrap();
            key.public().unwrap()
        };
        let (sender, recipient) = (key("sender.key", Role::Sender), key("recipient.key", Role::Recipient));
        std::fs::write(path("recipient.pub"), recipient.to_text()).unwrap();
        let trust = Trust { keys: vec![sender, recipient], ..Trust::default() };
        std::fs::write(path("trust.toml"), trust.to_toml().unwrap()).unwrap();
        let batches = release(dir.path(), dir.path(), count);
        Self { dir, batches }
    }

    /// Another batch 1 of the same sender, as from a ledger that was put back.
    pub fn other_first(&self) -> Vec<u8> {
        let state = tempfile::tempdir().unwrap();
        release(self.dir.path(), state.path(), 1).remove(0)
    }

    pub fn receiver(&self) -> Receiver {
        self.receiver_by(RULES)
    }

    /// A receiver that works by these rules.
    pub fn receiver_by(&self, rules: RuleDigests) -> Receiver {
        let dir = tempfile::tempdir_in(memory()).unwrap();
        let receiving = Receiving {
            channel: channel("up"),
            received: dir.path().join("received"),
            recipient_key: self.dir.path().join("recipient.key"),
            trust: self.dir.path().join("trust.toml"),
            roots: Vec::new(),
            watch: Watch::Poll,
            poll_interval_s: 60,
            stalled_copy_timeout_s: 3600,
            no_batch_alarm_hours: 26,
            on_gap: OnGap::Apply,
        };
        std::fs::create_dir(&receiving.received).unwrap();
        let endpoint = ReceiveEndpoint::open(&receiving, "court", Direction::Export, rules, dir.path()).unwrap();
        let conn = migrations::in_memory();
        conn.execute_batch("CREATE TABLE shelf(id TEXT PRIMARY KEY, version INTEGER, said INTEGER, gone INTEGER)")
            .unwrap();
        Receiver { dir, endpoint, conn, now: UnixSeconds(1000) }
    }
}

/// Releases so many batches under the keys of a folder, from a ledger that has sent none.
fn release(keys: &Path, state: &Path, count: u64) -> Vec<Vec<u8>> {
    let sending = Sending {
        channel: channel("up"),
        sent: state.join("sent"),
        sender_key: keys.join("sender.key"),
        recipients: vec![keys.join("recipient.pub")],
        schedule: String::new(),
        valid_hours: 72,
        retention_days: 30,
        volume_mib: NonZeroU32::MAX,
        trust: None,
        review_folder: None,
    };
    let outgoing = Outgoing::open(&sending, "court", Direction::Export, RULES, state).unwrap();
    let conn = migrations::in_memory();
    for n in 1..=count {
        let mut composer = Composer::begin(&outgoing).unwrap();
        let mut say = |id: &str, retracted| {
            let mut record = Record::new("thing", id, n);
            record.retracted = retracted;
            record.fields.insert("said".into(), Value::Integer(n as i64));
            composer.record(&record).unwrap();
        };
        say("all", false);
        say(&format!("own-{n}"), false);
        if n % 3 == 0 {
            say(&format!("own-{}", n - 1), true);
        }
        let draft = composer.finish().unwrap();
        compose::release(&conn, &outgoing, draft, &SeriesFields::default(), UnixSeconds(1000)).unwrap();
    }
    outbox::sweep(&conn, &outgoing.paths).unwrap();
    let mut kept: Vec<_> = std::fs::read_dir(&outgoing.paths.outbox).unwrap().map(|e| e.unwrap().path()).collect();
    kept.sort();
    kept.iter().map(|p| std::fs::read(p).unwrap()).collect()
}

/// A folder in memory where there is one: thousands of small files are made and moved.
fn memory() -> PathBuf {
    let shared = Path::new("/dev/shm");
    if shared.is_dir() { shared.into() } else { std::env::temp_dir() }
}

/// The receiving end of the series, with its ledger in memory.
pub struct Receiver {
    dir: TempDir,
    endpoint: ReceiveEndpoint,
    pub conn: Connection,
    pub now: UnixSeconds,
}

/// What a receiver holds in the end: records with version and content, what it lacks, what it says of the channel.
#[derive(Debug, PartialEq, Eq)]
pub struct End {
    pub shelf: Vec<(String, i64, i64, bool)>,
    pub gaps: Vec<(u64, u64)>,
    pub acknowledged: (u64, [u8; 32]),
    pub verdicts: Vec<(u64, String)>,
}

impl Receiver {
    /// Puts files into the received folder under names that say nothing, and takes one pass.
    pub fn take(&mut self, batches: &[&Vec<u8>]) -> progress::PassCounts {
        for (n, batch) in batches.iter().enumerate() {
            std::fs::write(self.received(&(batches.len() - n).to_string()), batch).unwrap();
        }
        self.pass(CopyGrace::None)
    }

    /// One pass over what lies there, at the receiver's time.
    pub fn pass(&mut self, grace: CopyGrace) -> progress::PassCounts {
        self.try_pass(grace).unwrap()
    }

    /// One that may fail.
    pub fn try_pass(&mut self, grace: CopyGrace) -> ferry_io::Result<progress::PassCounts> {
        pass::run_pass(&mut self.conn, &mut self.endpoint, &mut VersionedStore, grace, self.now)
    }

    /// Deletes what was kept long enough.
    pub fn retain(&self, maintenance: &Maintenance) -> u64 {
        retention::run(&self.conn, &self.endpoint, maintenance, self.now).unwrap()
    }

    /// What is kept of forks.
    pub fn evidence(&self) -> Vec<PathBuf> {
        let mut kept: Vec<_> =
            std::fs::read_dir(self.dir.path().join("evidence")).unwrap().map(|e| e.unwrap().path()).collect();
        kept.sort();
        kept
    }

    /// A file of the received folder.
    pub fn received(&self, name: &str) -> PathBuf {
        self.dir.path().join("received").join(name)
    }

    pub fn gaps(&self) -> Vec<u64> {
        received::missing_ranges(&self.conn, &channel("up"), 64)
            .unwrap()
            .into_iter()
            .flat_map(|(from, to)| from..=to)
            .collect()
    }

    pub fn end(&self) -> End {
        let rows = |sql: &str| {
            let mut statement = self.conn.prepare(sql).unwrap();
            let row = |r: &rusqlite::Row<'_>| Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?));
            statement.query_map([], row).unwrap().collect::<rusqlite::Result<Vec<_>>>().unwrap()
        };
        let built = acknowledgement::build_acknowledgement(&self.conn, &channel("up"), false, UnixSeconds(0)).unwrap();
        let mut verdicts = self.conn.prepare("SELECT sequence, verdict FROM ferry_received ORDER BY sequence").unwrap();
        let verdict = |r: &rusqlite::Row<'_>| Ok((r.get::<_, i64>(0)? as u64, r.get(1)?));
        End {
            shelf: rows("SELECT id, version, said, gone FROM shelf ORDER BY id"),
            gaps: built.gap_requests,
            acknowledged: (built.acknowledged.sequence, built.acknowledged.digest),
            verdicts: verdicts.query_map([], verdict).unwrap().collect::<rusqlite::Result<_>>().unwrap(),
        }
    }
}

/// Applies by version, like a publication.
struct VersionedStore;

#[derive(Default)]
struct Records(Vec<Record>);

impl Sink for Records {
    fn begin(&mut self, _: &Entry) -> ferry_format::Result<()> {
        Err(FormatError::OtherContent)
    }
    fn bytes(&mut self, _: &[u8]) -> ferry_format::Result<()> {
        Ok(())
    }
    fn end(&mut self, _: &Entry) -> ferry_format::Result<()> {
        Ok(())
    }
    fn record(&mut self, _: &Entry, encoded: &[u8]) -> ferry_format::Result<()> {
        self.0.push(Record::decode(encoded)?);
        Ok(())
    }
}

impl Apply for VersionedStore {
    fn apply(
        &mut self,
        conn: &mut Connection,
        endpoint: &ReceiveEndpoint,
        arrival: Arrival,
        now: UnixSeconds,
    ) -> Result<(), ApplyError> {
        let series = arrival.batch.series().clone();
        let mut records = Records::default();
        arrival.batch.open(&endpoint.key, &mut records)?;
        let tx = conn.transaction()?;
        for record in &records.0 {
            let said = match record.fields.get("said") {
                Some(Value::Integer(said)) => *said,
                _ => 0,
            };
            tx.execute(
                "INSERT INTO shelf VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE SET version = excluded.version,
                   said = excluded.said, gone = excluded.gone WHERE excluded.version > version",
                params![record.id, record.version as i64, said, record.retracted],
            )?;
        }
        let applied = AppliedBatch {
            received_on: &endpoint.channel,
            speaks_of: &channel("down"),
            series: &series,
            place: &arrival.place,
            reports: &[],
            counts: (records.0.len() as u64, 0),
        };
        acknowledge::record_applied(&tx, &applied, now)?;
        tx.commit()?;
        Ok(())
    }
}
