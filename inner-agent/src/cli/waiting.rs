//! `waiting`: items of return batches beyond what a day takes.

use crate::context::{Context, LOCK};
use crate::import;
use crate::output::Output;
use crate::store::waiting_items;
use crate::texts::import as texts;
use clap::Subcommand;
use ferry_channel::audit;
use ferry_channel::operator::args::DecisionArgs;
use ferry_channel::runtime::lock;
use ferry_channel::types::UnixSeconds;
use ferry_io::error::Result;
use ferry_io::outln;
use ferry_io::output::language::Show;
use serde::Serialize;
use std::collections::BTreeMap;

/// Items that are held in memory at once.
const PAGE: u64 = 1_000;

/// Items of return batches that wait, because more came than a day takes.
#[derive(Subcommand)]
pub enum Waiting {
    /// Counts them by kind.
    List(Output),
    /// Settles all of them at once, whatever a day takes: they are genuine.
    Settle(DecisionArgs),
    /// Deletes all of them: a forged flood.
    Discard(DecisionArgs),
}

#[derive(Serialize)]
struct ListJson {
    items: u64,
    bytes: u64,
    kinds: BTreeMap<String, u64>,
}

impl Waiting {
    /// Runs the command.
    pub fn run(self, context: &mut Context, now: UnixSeconds) -> Result<()> {
        match self {
            Self::List(output) => list(context, output),
            Self::Settle(who) => settle(context, who, now),
            Self::Discard(who) => discard(context, who, now),
        }
    }
}

fn list(context: &Context, output: Output) -> Result<()> {
    let waiting = waiting_items::count(&context.conn)?;
    let (mut kinds, mut after) = (BTreeMap::new(), None);
    loop {
        let page = waiting_items::page(&context.conn, after, PAGE)?;
        let Some(last) = page.last() else { break };
        after = Some(last.place());
        for item in page {
            *kinds.entry(item.record.kind).or_insert(0) += 1;
        }
    }
    let list = ListJson { items: waiting.items, bytes: waiting.bytes, kinds };
    output.print(&list, || {
        if list.items == 0 {
            outln!("{}", texts::none_wait().show());
            return;
        }
        outln!("{}", texts::waiting_line(list.items, list.bytes).show());
        for (kind, items) in &list.kinds {
            outln!("{}", texts::waiting_kind(kind, items).show());
        }
    });
    Ok(())
}

fn settle(context: &mut Context, who: DecisionArgs, now: UnixSeconds) -> Result<()> {
    let items = import::settle_waiting_now(context, &who.decision(), now)?;
    outln!("{}", texts::settled_at_once(items).show());
    Ok(())
}

fn discard(context: &Context, who: DecisionArgs, now: UnixSeconds) -> Result<()> {
    let _lock = lock::take(&context.config.state, LOCK)?;
    let decision = who.decision();
    let tx = context.conn.unchecked_transaction()?;
    let items = waiting_items::discard(&tx)?;
    let detail = format!("{items} items: {}", decision.reason.as_str());
    audit::record(&tx, now, decision.by.as_str(), "waiting-discard", "", &detail)?;
    tx.commit()?;
    outln!("{}", texts::discarded(items).show());
    Ok(())
}
