//! `plan`: what the next export would carry, and why records are held. Nothing changes.

use crate::context::{Context, LOCK};
use crate::export::collect::{Request, collect};
use crate::export::destination::{Destination, Sink};
use crate::export::scope::Scope;
use crate::source::{self, unmapped};
use crate::store::export_counts::{Counts, KindCounts};
use crate::store::exported::BatchStamp;
use crate::texts::holds::held_record;
use crate::texts::plan as texts;
use crate::texts::retractions;
use ferry_channel::runtime::lock;
use ferry_channel::types::{BatchNumber, UnixSeconds};
use ferry_format::batch::seal::Document;
use ferry_format::reason::Reason;
use ferry_format::text::Text;
use ferry_io::error::Result;
use ferry_io::outln;
use ferry_io::output::language::Show;
use ferry_io::output::progress;
use ferry_io::output::table::{safe, table};
use rusqlite::{Transaction, TransactionBehavior};
use serde::Serialize;
use std::io::Read;

/// What the next export would carry.
#[derive(Debug, Serialize)]
pub struct Plan {
    /// Counts by kind, and the first held records with kind, key and reason.
    pub kinds: (KindCounts, Vec<(String, String, String)>),
    /// Published kinds without a mapping, and how many records each has.
    pub unmapped: Vec<(String, u64)>,
    /// Whether only what changed was looked at: then a file of other bytes under the same length and time is not seen.
    pub is_full: bool,
}

/// A column of the table: its heading and its count.
type Column = (fn() -> Text, fn(&Counts) -> u64);
/// The columns of the table, from left to right.
const COLUMNS: [Column; 7] = [
    (texts::new, |n| n.new),
    (texts::changed, |n| n.changed),
    (texts::retracted, |n| n.retracted),
    (texts::withheld, |n| n.withheld),
    (texts::held, |n| n.held),
    (texts::kept_in, |n| n.kept_in),
    (texts::unchanged, |n| n.unchanged),
];

impl Plan {
    /// How many records would be held.
    pub fn held(&self) -> u64 {
        self.kinds.0.total().held
    }

    /// Prints a table.
    pub fn print(&self) {
        let (counts, held) = &self.kinds;
        let retractions_held = counts.total().retractions_held;
        let heading = [texts::kind()].into_iter().chain(COLUMNS.map(|(heading, _)| heading()));
        let mut rows = vec![heading.map(|text| text.show().to_owned()).collect::<Vec<_>>()];
        for (kind, n) in &counts.0 {
            let counts = COLUMNS.iter().map(|(_, count)| count(n).to_string());
            rows.push([kind.clone()].into_iter().chain(counts).collect());
        }
        let mut text = Vec::new();
        // A vector accepts everything.
        let _ = table(&mut text, &rows);
        outln!("{}", String::from_utf8_lossy(&text).trim_end());
        if retractions_held > 0 {
            outln!("{}", retractions::held_line(retractions_held).show());
        }
        for (kind, count) in &self.unmapped {
            outln!("{}", retractions::unmapped_undecided(kind, count).show());
        }
        if !self.is_full {
            outln!("{}", texts::not_looked_at().show());
        }
        for (kind, key, reason) in held {
            outln!("{}", held_record(kind, safe(key), reason).show());
        }
    }
}

/// Collects into nothing, and rolls everything back.
pub fn plan(context: &Context, is_full: bool, now: UnixSeconds) -> Result<Plan> {
    let _lock = lock::take(&context.config.state, LOCK)?;
    let mut source = source::open(context)?;
    let tx = Transaction::new_unchecked(&context.conn, TransactionBehavior::Immediate)?;
    let bar = progress::records(texts::planning().show());
    let batch = BatchStamp { number: BatchNumber::default(), now };
    let collected =
        collect(context, &tx, &mut source, Request { batch, is_full, scope: Scope::Everything }, &mut NoSink, &bar)?;
    let shown = |(kind, key, reason): (String, String, Reason)| (kind, key, reason.text().show().to_owned());
    let unmapped = unmapped::kinds(&tx, &context.config, &context.catalogue)?;
    Ok(Plan {
        kinds: (collected.counts, collected.held.into_iter().map(shown).collect()),
        unmapped: unmapped.into_iter().filter(|u| u.decision.is_none()).map(|u| (u.kind, u.published)).collect(),
        is_full: collected.is_full,
    })
}

/// Accepts everything, keeps nothing, and reads no document.
struct NoSink;

impl Sink for NoSink {
    fn document(&mut self, _: Destination, _: Document, _: &mut dyn Read) -> Result<[u8; 32]> {
        Ok([0; 32])
    }

    fn record(&mut self, _: Destination, _: &str, _: &str, _: &[u8]) -> Result<()> {
        Ok(())
    }
}
