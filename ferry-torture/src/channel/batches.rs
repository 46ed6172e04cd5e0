//! Batches that wait to be carried in any order, and what the outer side holds after them.

use ferry_testkit::court::touch;
use ferry_testkit::random::Random;
use ferry_testkit::stage::{Court, SEED};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Cases of a court whose batches are tried thousands of times.
const CASES: u64 = 5;

/// A court with so many exported batches of changing days, none of which has been carried.
pub fn court_with_batches(count: u64) -> (Court, Vec<PathBuf>) {
    let court = Court::new(CASES);
    for day in 0..count {
        touch(&court.path(""), 5, SEED + day).unwrap();
        court.agent("inner", "export");
    }
    // Made once, so that a blank state is there to be copied.
    court.agent("outer", "ingest");
    let batches = court.files("channel/up/sent");
    assert_eq!(batches.len() as u64, count);
    (court, batches)
}

/// What an outer agent holds: root, records by version and content, and the numbers that it lacks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    pub root: String,
    published: serde_json::Value,
    records: Vec<(String, String, i64, bool, Vec<u8>)>,
    pub gaps: Vec<u64>,
}

impl Published {
    /// Of a court whose batches were ingested.
    pub fn of(court: &Court) -> Self {
        let status = court.agent("outer", "status");
        let conn = court.database("outer/state/outer.db");
        let sql = "SELECT kind, id, max(version), retracted, content FROM record GROUP BY kind, id ORDER BY kind, id";
        let mut statement = conn.prepare(sql).unwrap();
        let row = |r: &rusqlite::Row<'_>| Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?, r.get(4)?));
        let records = statement.query_map([], row).unwrap().collect::<rusqlite::Result<_>>().unwrap();
        let gaps = status["channels"][0]["gaps"].as_array().unwrap().iter().filter_map(serde_json::Value::as_u64);
        Self {
            root: status["state_root"].as_str().unwrap_or_default().to_owned(),
            published: status["published"].clone(),
            records,
            gaps: gaps.collect(),
        }
    }
}

/// The numbers that a receiver lacks, from its ledger: a tenth of the time that asking `status` takes.
pub fn missing_numbers(court: &Court) -> Vec<u64> {
    let conn = court.database("outer/state/outer.db");
    let mut statement =
        conn.prepare("SELECT sequence FROM ferry_received WHERE verdict = 'missing' ORDER BY 1").unwrap();
    statement.query_map([], |r| Ok(r.get::<_, i64>(0)? as u64)).unwrap().collect::<rusqlite::Result<_>>().unwrap()
}

/// Puts a copy of a batch into the folder that the outer agent reads.
pub fn deliver(court: &Court, batch: &Path) {
    std::fs::copy(batch, court.path("channel/up/received").join(batch.file_name().unwrap())).unwrap();
}

/// Puts the outer agent's state aside, or back.
pub fn copy_state(from: &Path, to: &Path) {
    if to.exists() {
        std::fs::remove_dir_all(to).unwrap();
    }
    assert!(Command::new("cp").arg("-a").arg(from).arg(to).status().unwrap().success());
}

/// `count` of `all`, by seed; all of them without a count.
pub fn sample<T>(mut all: Vec<T>, count: Option<u64>, seed: u64) -> Vec<T> {
    let Some(count) = count else { return all };
    let mut random = Random::new(seed, 0);
    while all.len() as u64 > count {
        all.swap_remove(random.below(all.len() as u64) as usize);
    }
    all
}
