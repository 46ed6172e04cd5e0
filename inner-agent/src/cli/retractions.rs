//! `retractions`: what a person decides about retractions that follow only from an absence.

use crate::context::{Context, LOCK};
use crate::output::Output;
use crate::store::held_retractions::{self, HeldRetraction, State};
use crate::texts::retractions as texts;
use clap::Subcommand;
use ferry_channel::audit;
use ferry_channel::operator::args::DecisionArgs;
use ferry_channel::runtime::lock;
use ferry_channel::runtime::schedule::rfc3339;
use ferry_channel::types::UnixSeconds;
use ferry_format::encoding::hex::to_hex;
use ferry_io::error::Result;
use ferry_io::outln;
use ferry_io::output::language::Show;
use ferry_io::output::table::safe;
use serde::Serialize;
use std::collections::BTreeMap;

/// Retractions that the list for people names.
const NAMED_MAX: usize = 50;

/// Retractions that wait for a person: more records than the bound are no longer in the platform.
#[derive(Subcommand)]
pub enum Retractions {
    /// Lists them, with the digest by which they are decided.
    List(Output),
    /// Lets them go with the next export.
    Release(Decided),
    /// Keeps their records published until the platform has them again.
    Discard(Decided),
}

/// A decision about a list.
#[derive(clap::Args)]
pub struct Decided {
    /// Digest of the list, as `retractions list` shows it.
    #[arg(value_name = "DIGEST")]
    digest: String,
    #[command(flatten)]
    who: DecisionArgs,
}

#[derive(Serialize)]
struct ListJson {
    digest: Option<String>,
    waiting: BTreeMap<String, u64>,
    released: BTreeMap<String, u64>,
    kept: BTreeMap<String, u64>,
    retractions: Vec<Line>,
}

#[derive(Serialize)]
struct Line {
    kind: String,
    key: String,
    id: String,
    reason: String,
    since: String,
}

impl Retractions {
    /// Runs the command.
    pub fn run(self, context: &Context, now: UnixSeconds) -> Result<()> {
        match self {
            Self::List(output) => list(context, output),
            Self::Release(decided) => decided.record(context, State::Released, now),
            Self::Discard(decided) => decided.record(context, State::Kept, now),
        }
    }
}

fn list(context: &Context, output: Output) -> Result<()> {
    let conn = &context.conn;
    let waiting = held_retractions::list(conn, State::Waiting)?;
    let zone = context.schedule.zone();
    let counts = |state| held_retractions::counts(conn, state);
    let line = |held: &HeldRetraction| Line {
        kind: held.kind.clone(),
        key: held.key.clone(),
        id: held.id.clone(),
        reason: held.reason.text().show().to_owned(),
        since: rfc3339(held.since_s, zone),
    };
    let json = ListJson {
        digest: (!waiting.is_empty()).then(|| to_hex(&held_retractions::digest(&waiting))),
        waiting: counts(State::Waiting)?,
        released: counts(State::Released)?,
        kept: counts(State::Kept)?,
        retractions: waiting.iter().map(line).collect(),
    };
    output.print(&json, || print(&json));
    Ok(())
}

fn print(list: &ListJson) {
    let Some(digest) = &list.digest else {
        outln!("{}", texts::none_waits().show());
        return;
    };
    for (kind, count) in &list.waiting {
        outln!("{}", texts::of_kind(kind, count).show());
    }
    for line in list.retractions.iter().take(NAMED_MAX) {
        outln!("  {}", texts::one(&line.kind, safe(&line.key), &line.reason, &line.since).show());
    }
    let more = list.retractions.len().saturating_sub(NAMED_MAX);
    if more > 0 {
        outln!("  {}", texts::more(more).show());
    }
    outln!("{}", texts::digest(digest).show());
}

impl Decided {
    fn record(self, context: &Context, state: State, now: UnixSeconds) -> Result<()> {
        let _lock = lock::take(&context.config.state, LOCK)?;
        let tx = context.conn.unchecked_transaction()?;
        let waiting = held_retractions::list(&tx, State::Waiting)?;
        if waiting.is_empty() {
            return Err(texts::nothing_to_decide());
        }
        let digest = to_hex(&held_retractions::digest(&waiting));
        // Whoever copies a digest by hand need not copy all of it.
        if self.digest.len() < 16 || !digest.starts_with(&self.digest.to_lowercase()) {
            return Err(texts::list_changed(digest));
        }
        let decision = self.who.decision();
        let (by, why) = (decision.by.as_str(), decision.reason.as_str());
        let count = held_retractions::decide(&tx, state, by, why)?;
        let (act, done) = match state {
            State::Released => ("retractions-release", texts::released(count)),
            State::Kept | State::Waiting => ("retractions-discard", texts::kept(count)),
        };
        audit::record(&tx, now, by, act, &digest, &format!("{count} retractions: {why}"))?;
        tx.commit()?;
        outln!("{}", done.show());
        Ok(())
    }
}
