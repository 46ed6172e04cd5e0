//! `audit`: the chain of who did what, shown, verified and exported; the same on both agents.

use crate::audit::statements::{self, Origin};
use crate::audit::{self, heads};
use crate::operator::args::{CommandContext, DecisionArgs, Json};
use crate::recovery::ledger_mark;
use crate::runtime::schedule::rfc3339;
use crate::runtime::user::system_user;
use crate::texts;
use crate::types::UnixSeconds;
use clap::{Args, Subcommand};
use ferry_format::audit::{Entry, Findings, SignedHead};
use ferry_format::encoding::hex::to_hex;
use ferry_io::audit_export;
use ferry_io::audit_export::{EntryLine, HeadOrigin, Writer};
use ferry_io::error::{Error, Result};
use ferry_io::fs::durable;
use ferry_io::outln;
use ferry_io::output::language::Show as _;
use ferry_io::output::table::safe;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use rusqlite::{Connection, params_from_iter};
use serde::Serialize;
use std::collections::BTreeSet;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

/// The audit: who did what, chained so that no entry can be changed unnoticed.
#[derive(Subcommand)]
pub enum Audit {
    /// Walks the chain and compares it with every head that was signed.
    Verify(Verify),
    /// Entries, newest first.
    Show(Show),
    /// Writes entries and signed heads as JSON lines that verify offline.
    Export(Export),
    /// Ends the alarm that the other side's audit contradicts what it signed.
    Settle(DecisionArgs),
}

/// Walks the chain and compares it with every head that was signed.
#[derive(Args)]
pub struct Verify {
    /// Signed heads of this side that were kept elsewhere: an export of either side.
    #[arg(long, value_name = "FILE", conflicts_with = "other")]
    heads: Option<PathBuf>,
    /// The other side's export: verified, and compared with the heads that arrived here in its batches.
    #[arg(long, value_name = "FILE")]
    other: Option<PathBuf>,
    /// How to print.
    #[command(flatten)]
    output: Json,
}

/// Which entries.
#[derive(Args)]
pub struct Show {
    /// From this day or moment on: 2026-11-24, or RFC 3339.
    #[arg(long, value_name = "WHEN")]
    since: Option<When>,
    /// Before this moment; a day counts as a whole.
    #[arg(long, value_name = "WHEN")]
    until: Option<When>,
    /// Of this actor.
    #[arg(long, value_name = "NAME")]
    actor: Option<String>,
    /// Of this act.
    #[arg(long, value_name = "WORD")]
    act: Option<String>,
    /// Whose subject begins so.
    #[arg(long, value_name = "TEXT")]
    subject: Option<String>,
    /// How many at most.
    #[arg(long, default_value_t = 50)]
    limit: u32,
    /// How to print.
    #[command(flatten)]
    output: Json,
}

/// Where to.
#[derive(Args)]
pub struct Export {
    /// The new file.
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// From this entry on; signed heads before it are left out.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..))]
    since: u64,
}

/// A day or a moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum When {
    /// A day in the court's zone.
    Day(Date),
    /// A moment.
    Moment(Timestamp),
}

impl std::str::FromStr for When {
    type Err = &'static str;

    fn from_str(text: &str) -> std::result::Result<Self, Self::Err> {
        let day = text.parse().map(Self::Day);
        text.parse().map(Self::Moment).or(day).map_err(|_| "write a day, 2026-11-24, or a moment, 2026-11-24T08:00:00Z")
    }
}

impl When {
    /// Its first second, or with `after` the first that no longer belongs to it.
    fn second(&self, zone: &TimeZone, after: bool) -> Option<i64> {
        match self {
            Self::Moment(moment) => Some(moment.as_second()),
            Self::Day(day) => {
                let day = if after { day.tomorrow().ok()? } else { *day };
                Some(day.to_zoned(zone.clone()).ok()?.timestamp().as_second())
            }
        }
    }
}

/// What a verification found.
#[derive(Debug, Serialize)]
struct Verified {
    entries: u64,
    digest: String,
    /// Signed heads that the chain leads to.
    agreeing: u64,
    /// Signed heads of epochs that a restoration ended, as channel, epoch and number.
    restored: Vec<(String, u64, u64)>,
    /// Signed heads before the first entry of an export.
    before: u64,
    /// Heads of a file that another key signed.
    foreign: u64,
}

impl Audit {
    /// Does what was asked for.
    pub fn run(self, context: &CommandContext<'_>) -> Result<()> {
        match self {
            Self::Verify(args) => args.run(context),
            Self::Show(args) => args.run(context.conn, context.zone),
            Self::Export(args) => args.run(context),
            Self::Settle(who) => {
                let channel = &context.receiving.channel;
                let settled = heads::settle(context.conn, channel, &who.decision(), context.now)?;
                outln!("{}", texts::audit::settled(settled).show());
                Ok(())
            }
        }
    }
}

impl Verify {
    fn run(&self, context: &CommandContext<'_>) -> Result<()> {
        let (found, foreign) = match (&self.other, &self.heads) {
            (Some(file), _) => other(context.conn, file)?,
            (None, Some(file)) => {
                let (kept, foreign) = kept_elsewhere(context.conn, file)?;
                (audit::verify_with_heads(context.conn, [heads::signed_here(context.conn)?, kept].concat())?, foreign)
            }
            (None, None) => (audit::verify_with_heads(context.conn, heads::signed_here(context.conn)?)?, 0),
        };
        audit_export::check(&found)?;
        if self.other.is_none() {
            // What was cut off after the newest signed head: the state folder knows how far the chain had come.
            ledger_mark::check_current(context.conn, context.state)?;
        }
        let Findings { head, agreeing, before, restored, .. } = found;
        let restored =
            restored.into_iter().map(|SignedHead { channel, epoch, sequence, .. }| (channel, epoch, sequence));
        let (entries, digest, restored) = (head.entries, to_hex(&head.digest), restored.collect());
        let verified = Verified { entries, digest, agreeing, restored, before, foreign };
        self.output.print(&verified, || verified.print());
        Ok(())
    }
}

impl Verified {
    fn print(&self) {
        outln!("{}", texts::audit::chain_holds(self.entries, &self.digest).show());
        outln!("{}", texts::audit::agreeing(self.agreeing).show());
        if self.before > 0 {
            outln!("{}", texts::audit::before(self.before).show());
        }
        if self.foreign > 0 {
            outln!("{}", texts::audit::foreign(self.foreign).show());
        }
        for (channel, epoch, sequence) in &self.restored {
            outln!("{}", texts::audit::restored(format!("{channel}/{epoch}/{sequence}")).show());
        }
    }
}

/// Verifies the other side's export against what arrived from it.
fn other(conn: &Connection, file: &Path) -> Result<(Findings, u64)> {
    let mut senders = BTreeSet::new();
    statements::each(conn, Origin::Received, &mut |_, series, _| {
        senders.insert(series.sender);
        Ok(())
    })?;
    let export = audit_export::open(file)?;
    let (own, foreign): (Vec<_>, Vec<_>) = {
        let sent = export.heads.iter().filter(|head| head.origin == HeadOrigin::Sent);
        sent.partition(|head| senders.contains(&head.series.sender))
    };
    let own: Vec<SignedHead> = own.into_iter().map(|head| head.signed_head.clone()).collect();
    let foreign = foreign.len() as u64;
    let arrived = heads::arrived(conn)?;
    if arrived.is_empty() {
        return Err(texts::errors::no_heads_arrived(file.display()));
    }
    // The same head stands in both, once as it arrived and once as it was sent.
    let known: BTreeSet<_> = arrived.iter().map(place).collect();
    let more = own.into_iter().filter(|head| !known.contains(&place(head)));
    let heads = arrived.iter().cloned().chain(more).collect::<Vec<_>>();
    Ok((export.walk(heads)?, foreign))
}

fn place(signed: &SignedHead) -> (String, u64, u64, u64, [u8; 32]) {
    (signed.channel.clone(), signed.epoch, signed.sequence, signed.head.entries, signed.head.digest)
}

/// Heads in a file that this side's keys signed, and how many others there are.
fn kept_elsewhere(conn: &Connection, file: &Path) -> Result<(Vec<SignedHead>, u64)> {
    let mut senders = BTreeSet::new();
    let mut known = BTreeSet::new();
    statements::each(conn, Origin::Sent, &mut |channel, series, _| {
        senders.insert(series.sender);
        known.insert((channel, series.epoch, series.sequence, series.digest()));
        Ok(())
    })?;
    let (mut kept, mut foreign) = (Vec::new(), 0);
    for head in audit_export::open(file)?.heads {
        let SignedHead { channel, epoch, sequence, .. } = &head.signed_head;
        if !senders.contains(&head.series.sender) {
            foreign += 1;
        } else if !known.contains(&(channel.clone(), *epoch, *sequence, head.series.digest())) {
            kept.push(head.signed_head);
        }
    }
    Ok((kept, foreign))
}

impl Show {
    fn run(&self, conn: &Connection, zone: &TimeZone) -> Result<()> {
        let found = self.find(conn, zone)?;
        let lines: Vec<EntryLine> = found.into_iter().map(|(entry, digest)| EntryLine::new(entry, &digest)).collect();
        self.output.print(&lines, || {
            for line in &lines {
                let EntryLine { number, at_s, actor, act, subject, detail, .. } = line;
                let at = rfc3339(UnixSeconds(*at_s), zone);
                outln!("{number:>8}  {at}  {}  {}  {}  {}", safe(actor), safe(act), safe(subject), safe(detail));
            }
        });
        Ok(())
    }

    fn find(&self, conn: &Connection, zone: &TimeZone) -> Result<Vec<(Entry, [u8; 32])>> {
        let second = |when: &Option<When>, after| when.as_ref().and_then(|w| w.second(zone, after));
        let (since, until) = (second(&self.since, false), second(&self.until, true));
        let mut sql = "SELECT number FROM ferry_audit WHERE 1".to_owned();
        let mut values: Vec<rusqlite::types::Value> = Vec::new();
        let mut ask = |condition: &str, value: Option<rusqlite::types::Value>| {
            if let Some(value) = value {
                sql.push_str(condition);
                values.push(value);
            }
        };
        ask(" AND at_s >= ?", since.map(Into::into));
        ask(" AND at_s < ?", until.map(Into::into));
        ask(" AND actor = ?", self.actor.clone().map(Into::into));
        ask(" AND act = ?", self.act.clone().map(Into::into));
        ask(" AND instr(subject, ?) = 1", self.subject.clone().map(Into::into));
        sql.push_str(" ORDER BY number DESC LIMIT ?");
        values.push(i64::from(self.limit).into());
        let mut statement = conn.prepare(&sql)?;
        let numbers: Vec<i64> =
            statement.query_map(params_from_iter(values), |r| r.get(0))?.collect::<rusqlite::Result<_>>()?;
        let mut found = Vec::new();
        for number in numbers {
            found.extend(audit::entries(conn, number as u64, number as u64)?);
        }
        Ok(found)
    }
}

impl Export {
    fn run(&self, context: &CommandContext<'_>) -> Result<()> {
        let failed = |e: std::io::Error| Error::io(&self.output, &e, true);
        let tx = context.conn.unchecked_transaction()?;
        let head = audit::head(&tx)?;
        if self.since > head.entries + 1 {
            return Err(texts::errors::audit_shorter(head.entries));
        }
        let previous = match self.since {
            1 => [0; 32],
            n => audit::entries(&tx, n - 1, n - 1)?.first().map(|(_, digest)| *digest).unwrap_or_default(),
        };
        let staged = durable::staged_in(&durable::folder_of(&self.output))?;
        let out = BufWriter::with_capacity(1 << 18, staged);
        let mut writer = Writer::begin(out, context.court, self.since, &previous, &head).map_err(failed)?;
        let mut heads = 0_u64;
        for (origin, of) in [(HeadOrigin::Sent, Origin::Sent), (HeadOrigin::Arrived, Origin::Received)] {
            statements::each(&tx, of, &mut |_, series, signed| {
                if origin == HeadOrigin::Arrived || series.audit.entries + 1 >= self.since {
                    heads += 1;
                    writer.head(origin, &signed).map_err(failed)?;
                }
                Ok(())
            })?;
        }
        let bar = ferry_io::output::progress::records("exporting the audit");
        audit::each(&tx, (self.since, head.entries), &mut |entry, digest| {
            bar.inc(1);
            writer.entry(entry, &digest).map_err(failed)
        })?;
        bar.finish_and_clear();
        let mut out = writer.finish();
        out.flush().map_err(failed)?;
        let file = out.into_inner().map_err(|e| failed(e.into_error()))?;
        durable::persist(file, &self.output, 0o640)?;
        drop(tx);
        // Its own entry is the first that it does not cover.
        let (name, detail) = (self.output.display().to_string(), format!("{} entries", head.entries));
        let what = (name.as_str(), Some(head.digest));
        audit::record_about(context.conn, context.now, &system_user(), "audit-export", what, &detail)?;
        outln!("{}", texts::audit::exported(self.since, head.entries, heads, &name).show());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_counts_as_a_whole_in_the_courts_zone_and_anything_else_is_refused() {
        let zone = TimeZone::fixed(jiff::tz::offset(8));
        let day: When = "2026-11-24".parse().unwrap();
        let (first, after) = (day.second(&zone, false).unwrap(), day.second(&zone, true).unwrap());
        assert_eq!(after - first, 86_400);
        let moment: When = "2026-11-24T00:00:00+08:00".parse().unwrap();
        assert_eq!(moment.second(&zone, true), Some(first));
        for wrong in ["", "gestern", "2026-13-01", "24.11.2026"] {
            assert!(wrong.parse::<When>().is_err(), "{wrong}");
        }
    }
}
