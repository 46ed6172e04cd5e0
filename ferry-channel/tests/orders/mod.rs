//! Every order of some batches, and every subset of them lost: the end is the same, and a gap is named exactly.

use ferry_channel::accept::{self, Apply, Arrival, Grace, Incoming, NotApplied, note_published};
use ferry_channel::compose::{self, Composer, Outgoing, Saying};
use ferry_channel::config::{Receiving, RuleDigests, Sending, Watch};
use ferry_channel::files::SystemEntropy;
use ferry_channel::{assemble, ledger, outbox};
use ferry_format::FormatError;
use ferry_format::header::Direction;
use ferry_format::keys::{Role, SecretKey};
use ferry_format::manifest::Entry;
use ferry_format::open::Sink;
use ferry_format::record::{Record, Value};
use ferry_format::trust::Trust;
use rusqlite::{Connection, params};
use std::num::NonZeroU32;
use std::path::Path;
use tempfile::TempDir;

const RULES: RuleDigests = RuleDigests { catalogue: [1; 32], policy: [2; 32] };

/// A sender's batches, and the keys and trust of their receiver.
struct Series {
    dir: TempDir,
    batches: Vec<Vec<u8>>,
}

impl Series {
    /// Batch `n` says `n` of record "all", and makes a record of its own; every third takes back the one before it.
    fn new(count: u64) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name);
        let key = |name: &str, role| {
            let key = SecretKey::generate(role, &mut SystemEntropy).unwrap();
            ferry_channel::durable::write_new(&path(name), key.to_text().as_bytes(), 0o600).unwrap();
            key.public().unwrap()
        };
        let (sender, recipient) = (key("sender.key", Role::Sender), key("recipient.key", Role::Recipient));
        std::fs::write(path("recipient.pub"), recipient.to_text()).unwrap();
        let trust = Trust { keys: vec![sender, recipient], ..Trust::default() };
        std::fs::write(path("trust.toml"), trust.to_toml().unwrap()).unwrap();
        let sending = Sending {
            channel: "up".into(),
            sent: path("sent"),
            sender_key: path("sender.key"),
            recipients: vec![path("recipient.pub")],
            schedule: String::new(),
            valid_hours: 72,
            keep_days: 30,
            volume_mib: NonZeroU32::MAX,
        };
        let outgoing = Outgoing::open(&sending, "court", Direction::Export, RULES, dir.path()).unwrap();
        let conn = ledger_in_memory();
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
            compose::release(&conn, &outgoing, draft, &Saying::default(), 1000).unwrap();
        }
        outbox::sweep(&conn, &outgoing.outlet).unwrap();
        let mut kept: Vec<_> =
            std::fs::read_dir(&outgoing.outlet.outbox).unwrap().map(|e| e.unwrap().path()).collect();
        kept.sort();
        let batches = kept.iter().map(|p| std::fs::read(p).unwrap()).collect();
        Self { dir, batches }
    }

    fn receiver(&self) -> Receiver {
        let dir = tempfile::tempdir_in(memory()).unwrap();
        let receiving = Receiving {
            channel: "up".into(),
            received: dir.path().join("received"),
            recipient_key: self.dir.path().join("recipient.key"),
            trust: self.dir.path().join("trust.toml"),
            watch: Watch::Poll,
            poll_s: 60,
            copy_deadline_s: 3600,
        };
        std::fs::create_dir(&receiving.received).unwrap();
        let incoming = Incoming::open(&receiving, "court", Direction::Export, RULES, dir.path()).unwrap();
        let conn = ledger_in_memory();
        conn.execute_batch("CREATE TABLE shelf(id TEXT PRIMARY KEY, version INTEGER, said INTEGER, gone INTEGER)").unwrap();
        Receiver { dir, incoming, conn }
    }
}

/// A folder in memory where there is one: thousands of small files are made and moved.
fn memory() -> std::path::PathBuf {
    let shared = Path::new("/dev/shm");
    if shared.is_dir() { shared.into() } else { std::env::temp_dir() }
}

fn ledger_in_memory() -> Connection {
    let conn = Connection::open_in_memory().unwrap();
    for schema in [ledger::SCHEMA, assemble::SCHEMA, ledger::FLOOR_SCHEMA] {
        conn.execute_batch(schema).unwrap();
    }
    conn
}

struct Receiver {
    dir: TempDir,
    incoming: Incoming,
    conn: Connection,
}

/// What a receiver holds in the end: records with version and content, what it lacks, what it says of the channel.
#[derive(Debug, PartialEq, Eq)]
struct End {
    shelf: Vec<(String, i64, i64, bool)>,
    gaps: Vec<(u64, u64)>,
    acknowledged: (u64, [u8; 32]),
    verdicts: Vec<(u64, String)>,
}

impl Receiver {
    /// Puts files into the received folder under names that say nothing, and takes one pass.
    fn take(&mut self, batches: &[&Vec<u8>]) -> accept::Pass {
        for (n, batch) in batches.iter().enumerate() {
            std::fs::write(self.dir.path().join(format!("received/{}", batches.len() - n)), batch).unwrap();
        }
        accept::pass(&mut self.conn, &self.incoming, &mut Shelf, Grace::None, 1000).unwrap()
    }

    fn gaps(&self) -> Vec<u64> {
        ledger::gaps(&self.conn, "up", 64).unwrap().into_iter().flat_map(|(from, to)| from..=to).collect()
    }

    fn end(&self) -> End {
        let rows = |sql: &str| {
            let mut statement = self.conn.prepare(sql).unwrap();
            let row = |r: &rusqlite::Row<'_>| Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?));
            statement.query_map([], row).unwrap().collect::<rusqlite::Result<Vec<_>>>().unwrap()
        };
        let account = ledger::account(&self.conn, "up", false, 0).unwrap();
        let mut verdicts = self.conn.prepare("SELECT sequence, verdict FROM ferry_in ORDER BY sequence").unwrap();
        let verdict = |r: &rusqlite::Row<'_>| Ok((r.get::<_, i64>(0)? as u64, r.get(1)?));
        End {
            shelf: rows("SELECT id, version, said, gone FROM shelf ORDER BY id"),
            gaps: account.gap_requests,
            acknowledged: (account.acknowledged.sequence, account.acknowledged.digest),
            verdicts: verdicts.query_map([], verdict).unwrap().collect::<rusqlite::Result<_>>().unwrap(),
        }
    }
}

/// Applies by version, like a publication.
struct Shelf;

#[derive(Default)]
struct Records(Vec<Record>);

impl Sink for Records {
    fn begin(&mut self, _: &Entry) -> ferry_format::Result<()> {
        Err(FormatError::Input { what: "document".into(), why: "none is carried here".into() })
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

impl Apply for Shelf {
    fn apply(
        &mut self,
        conn: &mut Connection,
        incoming: &Incoming,
        arrival: Arrival,
        now_s: i64,
    ) -> Result<(), NotApplied> {
        let series = arrival.batch.series().clone();
        let mut records = Records::default();
        arrival.batch.open(&incoming.key, &mut records)?;
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
        note_published(&tx, incoming, &series, &arrival.place, (records.0.len() as u64, 0), now_s)?;
        tx.commit()?;
        Ok(())
    }
}

/// All orders of `items`, each once (Heap's algorithm).
fn orders(items: &mut [usize], count: usize, each: &mut dyn FnMut(&[usize])) {
    if count <= 1 {
        return each(items);
    }
    for n in 0..count {
        orders(items, count - 1, each);
        items.swap(if count.is_multiple_of(2) { n } else { 0 }, count - 1);
    }
}

#[test]
fn all_720_orders_of_six_batches_give_the_same_end_and_each_gap_on_the_way_is_named_exactly() {
    let series = Series::new(6);
    let mut whole = series.receiver();
    whole.take(&series.batches.iter().collect::<Vec<_>>());
    let expected = whole.end();
    assert_eq!((expected.shelf.len(), &expected.gaps), (7, &vec![]));
    let mut tried = 0;
    orders(&mut [0, 1, 2, 3, 4, 5], 6, &mut |order| {
        let mut receiver = series.receiver();
        for (n, batch) in order.iter().enumerate() {
            let pass = receiver.take(&[&series.batches[*batch]]);
            assert_eq!((pass.published, pass.quarantined), (1, 0), "{order:?}");
            let (here, newest) = (&order[..=n], order[..=n].iter().max().unwrap());
            let lacking: Vec<u64> = (0..*newest).filter(|b| !here.contains(b)).map(|b| b as u64 + 1).collect();
            assert_eq!(receiver.gaps(), lacking, "{order:?} after {n}");
        }
        assert_eq!(receiver.end(), expected, "{order:?}");
        tried += 1;
    });
    assert_eq!(tried, 720);
}

#[test]
fn all_1024_subsets_of_ten_dropped_batches_are_named_exactly_and_close_when_they_come() {
    let series = Series::new(11);
    let mut whole = series.receiver();
    whole.take(&series.batches.iter().collect::<Vec<_>>());
    let expected = whole.end();
    let (mut missed, mut false_gaps) = (0, 0);
    for subset in 0..1024_u32 {
        let is_dropped = |n: usize| n < 10 && subset & (1 << n) != 0;
        let (dropped, kept): (Vec<_>, Vec<_>) = (0..11).partition(|n| is_dropped(*n));
        let mut receiver = series.receiver();
        receiver.take(&kept.iter().map(|n| &series.batches[*n]).collect::<Vec<_>>());
        let (named, lost) = (receiver.gaps(), dropped.iter().map(|n| *n as u64 + 1).collect::<Vec<_>>());
        missed += lost.iter().filter(|n| !named.contains(n)).count();
        false_gaps += named.iter().filter(|n| !lost.contains(n)).count();
        // A second copy of what is here changes nothing of it.
        let doubled = receiver.take(&[&series.batches[10]]);
        assert_eq!((doubled.known, receiver.gaps()), (1, lost));
        receiver.take(&dropped.iter().map(|n| &series.batches[*n]).collect::<Vec<_>>());
        assert_eq!(receiver.end(), expected, "subset {subset:010b}");
    }
    assert_eq!((missed, false_gaps), (0, 0));
}
