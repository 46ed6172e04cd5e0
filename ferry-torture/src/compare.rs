//! What a court and its portal hold, so that a court that went through faults can be compared with an undisturbed one.
//!
//! What depends on how often a job had to run is left out: batch numbers, generations, and times that the agents record
//! themselves. Times that a party made (opened, signed, written) count.

use ferry_channel::audit;
use ferry_channel::ledger::received;
use ferry_channel::ledger::state_root;
use ferry_channel::types::ChannelId;
use ferry_format::crypto::hash::sha256;
use ferry_format::encoding::hex::to_hex;
use ferry_testkit::stage::{Court, walk};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Differences that are named; the others are counted.
const SHOWN_MAX: usize = 12;
/// First bytes of every file that crosses: a batch, a head or a volume.
const MAGIC: &[u8] = b"\x89F";
/// Columns that say which run wrote a row or when it did, or that tell a file from its copy.
const RUN_COLUMNS: [&str; 10] =
    ["at_s", "batch", "epoch", "fingerprint", "generation", "number", "seen_s", "sequence", "settled_s", "since_s"];
/// Tables that say what runs there were, and what is counted again with each of them.
const RUN_TABLES: [&str; 14] = [
    "FERRY_BATCH",
    "failed_login",
    "answered_bucket_request",
    "bucket_asked",
    "cursor",
    "document_check",
    "file_comparison",
    "export_count",
    "far_bucket",
    "full_run",
    "notify_batch",
    "root_difference",
    "session",
    "publication",
];

/// The state of a court after everything has crossed.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// Everything that must be the same, with how often it is there.
    facts: BTreeMap<String, u64>,
    /// What is wrong whatever the other one holds.
    faults: Vec<String>,
}

impl State {
    /// Reads a court in which nothing is on its way and no agent runs.
    pub fn of(court: &Court) -> Self {
        Self::at(&court.path(""))
    }

    /// The same of its folder.
    ///
    /// # Panics
    /// Without databases of both agents and the platform.
    pub fn at(court: &Path) -> Self {
        let mut state = Self::default();
        let inner = open(&court.join("inner/state/inner.db"));
        let outer = open(&court.join("outer/state/outer.db"));
        let platform = open(&court.join("platform.db"));
        state.tables("inner", &inner, |name| !name.starts_with("ferry_"));
        state.tables("outer", &outer, |name| !name.starts_with("ferry_"));
        state.tables("platform", &platform, |name| name.starts_with("FERRY_"));
        state.sums(&inner);
        state.chains([&inner, &outer, &platform]);
        state.ledgers(&inner, &outer);
        state.published(&outer);
        state.documents(&outer, &court.join("outer/state/documents"));
        state.case_files(&court.join("case-files"));
        state.leftovers(court);
        state
    }

    /// What is wrong with it whatever another one holds: an audit chain that does not verify, roots that differ, gaps,
    /// files that were left, half a document.
    pub fn faults(&self) -> &[String] {
        &self.faults
    }

    /// Without the rows of tables whose names begin with one of these.
    pub fn without(&self, tables: &[&str]) -> Self {
        let facts = self.facts.iter().filter(|(fact, _)| !tables.iter().any(|table| fact.starts_with(table)));
        Self { facts: facts.map(|(fact, times)| (fact.clone(), *times)).collect(), faults: self.faults.clone() }
    }

    fn fault(&mut self, fault: String) {
        self.faults.push(fault);
    }

    fn fact(&mut self, fact: String) {
        *self.facts.entry(fact).or_default() += 1;
    }

    /// Every row of the tables that are wanted.
    fn tables(&mut self, name: &str, conn: &Connection, wanted: impl Fn(&str) -> bool) {
        let sql = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name";
        let mut statement = conn.prepare(sql).unwrap();
        let tables: Vec<String> = statement.query_map([], |r| r.get(0)).unwrap().map(Result::unwrap).collect();
        for table in tables.iter().filter(|t| wanted(t) && !RUN_TABLES.contains(&t.as_str())) {
            let mut statement = conn.prepare(&format!("SELECT * FROM {table}")).unwrap();
            let columns: Vec<String> = statement.column_names().iter().map(|&c| c.to_owned()).collect();
            let mut rows = statement.query([]).unwrap();
            // Of what came in, `item` is its place in the batch.
            let is_place = |column: &str| column == "item" && ["FERRY_HELD", "FERRY_INBOX"].contains(&table.as_str());
            let counts = |column: &str| !RUN_COLUMNS.contains(&column) && !is_place(column);
            while let Some(row) = rows.next().unwrap() {
                let cells = columns.iter().enumerate().filter(|(_, column)| counts(column));
                let cells = cells.map(|(n, column)| format!("{column}={}", text(row.get_ref(n).unwrap())));
                self.fact(format!("{name}.{table} {}", cells.collect::<Vec<_>>().join(" ")));
            }
        }
    }

    /// What the report counts, over all runs.
    fn sums(&mut self, inner: &Connection) {
        let sql = "SELECT kind || ' ' || sum(new) || ' new ' || sum(changed) || ' changed ' || sum(corrected)
                     || ' corrected ' || sum(retracted) || ' retracted ' || sum(late) || ' late' FROM export_count
                   GROUP BY kind HAVING sum(new + changed + corrected + retracted + late) > 0";
        let mut statement = inner.prepare(sql).unwrap();
        for sum in statement.query_map([], |r| r.get::<_, String>(0)).unwrap() {
            self.fact(format!("reported {}", sum.unwrap()));
        }
    }

    fn chains(&mut self, databases: [&Connection; 3]) {
        for (name, conn) in ["inner", "outer"].iter().zip(databases) {
            if let Err(broken) = audit::verify(conn) {
                self.fault(format!("{name}: {}", broken.message.english()));
            }
        }
        for (name, conn) in ["inner", "outer", "platform"].iter().zip(databases) {
            let result: String = conn.query_row("PRAGMA integrity_check", [], |r| r.get(0)).unwrap();
            if result != "ok" {
                self.fault(format!("{name}: {result}"));
            }
        }
    }

    /// What one side sent and the other received: each number, once, under one digest; no gap, nothing in quarantine.
    fn ledgers(&mut self, inner: &Connection, outer: &Connection) {
        for (channel, sender, receiver) in [("up", inner, outer), ("down", outer, inner)] {
            let sent = places(sender, "SELECT sequence, digest FROM ferry_sent WHERE channel = ?1", channel);
            let sql = "SELECT sequence, digest FROM ferry_received WHERE channel = ?1 AND verdict = 'published'";
            let received = places(receiver, sql, channel);
            for lost in sent.difference(&received) {
                self.fault(format!("{channel}: batch {} was sent and not published", lost.0));
            }
            for made_up in received.difference(&sent) {
                self.fault(format!("{channel}: batch {} was published and never sent", made_up.0));
            }
            if !received::missing_ranges(receiver, &ChannelId::new(channel).unwrap(), 1).unwrap().is_empty() {
                self.fault(format!("{channel}: a gap"));
            }
            for table in ["ferry_quarantine", "ferry_pending", "ferry_reassembly"] {
                let rows = count(receiver, &format!("SELECT count(*) FROM {table}"));
                if rows != 0 {
                    self.fault(format!("{channel}: {rows} rows in {table}"));
                }
            }
        }
        let sql = "SELECT state_root FROM ferry_sent WHERE channel = 'up' ORDER BY epoch DESC, sequence DESC LIMIT 1";
        let inside: [u8; 32] = inner.query_row(sql, [], |r| r.get(0)).unwrap();
        let up = ChannelId::new("up").unwrap();
        let [ledger, outside] = [inner, outer].map(|conn| state_root::load(conn, &up).unwrap().root());
        if [ledger, outside] != [inside; 2] {
            let [a, b, c] = [inside, ledger, outside].map(|r| to_hex(&r));
            self.fault(format!("state roots differ: sent {a}, ledger {b}, outside {c}"));
        }
        self.fact(format!("state root {}", to_hex(&outside)));
    }

    /// Nothing is half shown: no row above the visible generation, and the counts are those of the rows.
    fn published(&mut self, outer: &Connection) {
        for table in ["record", "document", "superseded", "hidden", "arrival"] {
            let sql = format!("SELECT count(*) FROM {table} WHERE generation > (SELECT generation FROM visible)");
            let unseen = count(outer, &sql);
            if unseen != 0 {
                self.fault(format!("outer: {unseen} rows of {table} that were never shown"));
            }
        }
        let [records, versions] =
            ["retracted = 0", "1"].map(|wanted| count(outer, &format!("SELECT count(*) FROM record WHERE {wanted}")));
        let items = count(outer, "SELECT count(*) FROM (SELECT DISTINCT kind, id FROM record)");
        let counted = count(outer, "SELECT records FROM visible");
        if (records, versions) != (counted, items) {
            self.fault(format!(
                "outer: {counted} records are counted, {records} are shown; {versions} versions of {items}"
            ));
        }
    }

    /// Every document is whole, named by a record, and there once.
    fn documents(&mut self, outer: &Connection, folder: &Path) {
        let mut statement = outer.prepare("SELECT DISTINCT lower(hex(sha256)) FROM document").unwrap();
        let mut named: BTreeSet<String> = statement.query_map([], |r| r.get(0)).unwrap().map(Result::unwrap).collect();
        for path in walk(folder) {
            let relative = path.strip_prefix(folder).unwrap().to_string_lossy().replace('/', "");
            if to_hex(&sha256(&fs::read(&path).unwrap())) != relative {
                self.fault(format!("outer: document {relative} is not what its name says"));
            } else if !named.remove(&relative) {
                self.fault(format!("outer: document {relative} is named by no record"));
            }
        }
        for lost in named {
            self.fault(format!("outer: document {lost} is lost"));
        }
    }

    /// Certificates, without the number of the batch that brought them.
    fn case_files(&mut self, folder: &Path) {
        for path in walk(folder) {
            let name = path.strip_prefix(folder).unwrap().display().to_string();
            let bytes = fs::read(&path).unwrap();
            if name.ends_with(".pdf") {
                let whole = bytes.starts_with(b"%PDF-") && bytes.trim_ascii_end().ends_with(b"%%EOF");
                if !whole {
                    self.fault(format!("case file {name}: half a PDF of {} bytes", bytes.len()));
                }
                self.fact(format!("case file {name}"));
            } else {
                let text = without_batch_numbers(&String::from_utf8_lossy(&bytes));
                self.fact(format!("case file {name} {}", to_hex(&sha256(text.as_bytes()))));
            }
        }
    }

    /// Nothing unfinished stays anywhere, and what lies in a channel or an outbox is sealed.
    fn leftovers(&mut self, court: &Path) {
        for path in walk(court) {
            let name = path.file_name().unwrap().to_string_lossy();
            if name.starts_with(".ferry-") || name.starts_with(".tmp") || name.starts_with(".carrying-") {
                self.fault(format!("{} was left", path.strip_prefix(court).unwrap().display()));
            }
        }
        let sealed = [
            "channel",
            "inner/state/outbox",
            "outer/state/outbox",
            "inner/state/drafts",
            "inner/state/assembly",
            "outer/state/assembly",
        ];
        for path in sealed.iter().flat_map(|folder| walk(&court.join(folder))) {
            let is_ours = !path.file_name().unwrap().to_string_lossy().starts_with('.');
            if is_ours && !fs::read(&path).unwrap().starts_with(MAGIC) {
                self.fault(format!("{} is not sealed", path.strip_prefix(court).unwrap().display()));
            }
        }
        self.outboxes(court);
    }

    /// The outbox keeps what the ledger names, and nothing else.
    fn outboxes(&mut self, court: &Path) {
        for (side, channel) in [("inner", "up"), ("outer", "down")] {
            let conn = open(&court.join(format!("{side}/state/{side}.db")));
            let mut statement = conn.prepare("SELECT file FROM ferry_sent WHERE channel = ?1 AND file <> ''").unwrap();
            let kept: BTreeSet<String> =
                statement.query_map([channel], |r| r.get(0)).unwrap().map(Result::unwrap).collect();
            let there = walk(&court.join(side).join("state/outbox"));
            let there: BTreeSet<String> =
                there.iter().map(|p| p.file_name().unwrap().to_string_lossy().into_owned()).collect();
            for file in kept.symmetric_difference(&there) {
                self.fault(format!("{side}: outbox and ledger disagree on {file}"));
            }
        }
    }
}

/// What is wrong with `actual`, and how it differs from one that was left alone. Empty where nothing does.
pub fn differences(expected: &State, actual: &State) -> Vec<String> {
    let mut found: Vec<String> = actual.faults.clone();
    let keys: BTreeSet<&String> = expected.facts.keys().chain(actual.facts.keys()).collect();
    let times = |state: &State, key: &String| state.facts.get(key).copied().unwrap_or_default();
    let differing = keys.into_iter().map(|k| (times(expected, k), times(actual, k), k)).filter(|(e, a, _)| e != a);
    for (count, (expected, actual, what)) in differing.enumerate() {
        if count < SHOWN_MAX {
            let short: String = what.chars().take(400).collect();
            found.push(format!("{actual} instead of {expected}: {short}"));
        } else if count == SHOWN_MAX {
            found.push("and more".into());
        }
    }
    found
}

fn open(path: &Path) -> Connection {
    Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE).unwrap()
}

fn count(conn: &Connection, sql: &str) -> i64 {
    conn.query_row(sql, [], |r| r.get(0)).unwrap()
}

fn places(conn: &Connection, sql: &str, channel: &str) -> BTreeSet<(i64, [u8; 32])> {
    let mut statement = conn.prepare(sql).unwrap();
    statement.query_map([channel], |r| Ok((r.get(0)?, r.get(1)?))).unwrap().map(Result::unwrap).collect()
}

/// A cell: blobs as hex, long ones by their digest.
fn text(cell: ValueRef<'_>) -> String {
    match cell {
        ValueRef::Null => "-".into(),
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Real(number) => number.to_string(),
        ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned(),
        ValueRef::Blob(blob) if blob.len() <= 32 => to_hex(blob),
        ValueRef::Blob(blob) => format!("sha256:{}", to_hex(&sha256(blob))),
    }
}

/// A text without places such as `down/1/7`.
fn without_batch_numbers(text: &str) -> String {
    let mut parts = text.split("down/");
    let mut rest = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        rest += "down/";
        rest += part.trim_start_matches(|c: char| c.is_ascii_digit() || c == '/');
    }
    rest
}

/// Where a programme keeps the courts that it copies: in memory where the machine has room there.
pub fn scratch() -> PathBuf {
    let memory = PathBuf::from("/dev/shm");
    if memory.is_dir() { memory } else { std::env::temp_dir() }
}
