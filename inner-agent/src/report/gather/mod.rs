//! From the ledger to a report, with grouped queries that need no index of their own.

mod batches;
pub mod corrections;
mod attention;
mod held;
mod service;

use crate::context::Context;
use crate::report::data::{Counts, Item, KindCounts, Report};
use crate::report::period::Period;
use crate::store::remarks;
use ferry_channel::runtime::schedule::rfc3339;
use ferry_channel::types::{ChannelId, UnixSeconds};
use ferry_io::error::Result;
use jiff::tz::TimeZone;
use rusqlite::{Connection, Row, ToSql};
use std::collections::BTreeMap;

/// Records, cases or forms that a list names; its count covers them all.
const NAMED_MAX: usize = 50;

/// The report of a period as the ledger has it now.
pub fn report(context: &Context, period: Period, now: UnixSeconds) -> Result<Report> {
    let zone = context.schedule.zone();
    let mut gather = Gather {
        context,
        conn: &context.conn,
        zone,
        now,
        channel: &context.config.export.channel,
        period,
        seconds: period.seconds(zone)?,
        kinds: BTreeMap::new(),
    };
    // One snapshot of the ledger, whatever an export writes meanwhile.
    let snapshot = context.conn.unchecked_transaction()?;
    let by_day = gather.exported()?;
    gather.unconfirmed_records()?;
    let (late, incomplete) = (gather.late()?, gather.incomplete()?);
    let (held, kept_inside, withheld) = (gather.held()?, gather.hold_classes(true)?, gather.withheld()?);
    let (absent, unmapped, remarks) = (gather.absent()?, gather.unmapped()?, gather.remarks()?);
    let remark_count = remarks::count(&context.conn)?;
    let (service, completeness) = (gather.service()?, gather.completeness()?);
    let (batches, unconfirmed) = (gather.batches_of_period()?, gather.unconfirmed_batches()?);
    let (corrections, defective_forms) = (gather.corrections()?, gather.defective_forms()?);
    let missed_days = gather.missed_days(&by_day)?;
    let (total, kinds, departments) = gather.sums();
    snapshot.commit()?;
    Ok(Report {
        court: context.config.court.clone(),
        period: period.name(),
        days: period,
        as_of: rfc3339(now, zone),
        total,
        kinds,
        departments,
        by_day,
        missed_days,
        batches,
        unconfirmed,
        late,
        corrections,
        incomplete,
        held,
        absent,
        unmapped,
        remarks,
        remark_count,
        kept_inside,
        withheld,
        defective_forms,
        service,
        completeness,
        steps: context.catalogue.steps(),
    })
}

/// A report in progress.
struct Gather<'a> {
    context: &'a Context,
    conn: &'a Connection,
    zone: &'a TimeZone,
    now: UnixSeconds,
    channel: &'a ChannelId,
    period: Period,
    /// First second of the period and first second after it.
    seconds: (i64, i64),
    kinds: BTreeMap<String, Counts>,
}

/// A count as SQLite gives it.
fn count(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    row.get::<_, i64>(column).map(|n| n as u64)
}

/// Kind, key, case and case number, from a column on.
fn item(r: &Row<'_>, from: usize) -> rusqlite::Result<Item> {
    Ok(Item { kind: r.get(from)?, key: r.get(from + 1)?, case: r.get(from + 2)?, case_number: r.get(from + 3)? })
}

impl Gather<'_> {
    fn rows<T>(
        &self,
        sql: &str,
        values: &[&dyn ToSql],
        row: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>> {
        let mut statement = self.conn.prepare(sql)?;
        let rows = statement.query_map(values, row)?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    fn counts_of(&mut self, kind: &str) -> &mut Counts {
        self.kinds.entry(kind.to_owned()).or_default()
    }

    /// First second of the period and first second after it.
    fn period_s(&self) -> (UnixSeconds, UnixSeconds) {
        (UnixSeconds(self.seconds.0), UnixSeconds(self.seconds.1))
    }

    fn time(&self, at_s: UnixSeconds) -> String {
        rfc3339(at_s, self.zone)
    }

    /// Total, kinds with counts, and departments.
    fn sums(&self) -> (Counts, Vec<KindCounts>, BTreeMap<String, Counts>) {
        let (mut total, mut departments) = (Counts::default(), BTreeMap::<String, Counts>::new());
        let mut kinds = Vec::new();
        for (id, counts) in self.kinds.iter().filter(|(_, c)| **c != Counts::default()) {
            // A kind of an earlier catalogue keeps its counts under its id.
            let known = self.context.catalogue.kinds.get(id);
            let department = known.map_or_else(String::new, |k| k.department.clone());
            total.add(counts);
            departments.entry(department.clone()).or_default().add(counts);
            kinds.push(KindCounts {
                kind: id.clone(),
                zh: known.map_or_else(|| id.clone(), |k| k.zh.clone()),
                en: known.map_or_else(|| id.clone(), |k| k.en.clone()),
                article: known.map_or_else(String::new, |k| k.article.clone()),
                department,
                counts: counts.clone(),
            });
        }
        kinds.sort_by(|a, b| (&a.department, &a.kind).cmp(&(&b.department, &b.kind)));
        (total, kinds, departments)
    }
}
