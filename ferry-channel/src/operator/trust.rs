//! `trust show|install|settled`: the trust list in force, the same on both agents.

use crate::ledger::received;
use crate::operator::args::{CommandContext, DecisionArgs, Json};
use crate::runtime::lock;
use crate::runtime::schedule::rfc3339;
use crate::texts;
use crate::trust::installed::{Anchor, Origin};
use crate::trust::revoke::RevokedBatch;
use crate::trust::{installed, revoke};
use crate::types::BatchNumber;
use clap::Subcommand;
use ferry_format::encoding::hex::to_hex;
use ferry_format::trust::chain::Step;
use ferry_io::error::{Error, Result};
use ferry_io::keys::load;
use ferry_io::outln;
use ferry_io::output::language::Show as _;
use ferry_io::output::table;
use rusqlite::TransactionBehavior;
use std::path::PathBuf;

/// The trust list in force.
#[derive(Subcommand)]
pub enum Trust {
    /// What it says, who installed it, and batches of revoked keys that were accepted before.
    Show(Json),
    /// Puts the next list in force, or several in the order of their numbers: all of them or none.
    Install {
        /// Signed lists.
        #[arg(required = true)]
        lists: Vec<PathBuf>,
        /// DecisionArgs decides.
        #[command(flatten)]
        who: DecisionArgs,
    },
    /// Makes the draft of a batch that carries the next list to the other side; it waits for its reviewers.
    Propose {
        /// The signed list.
        list: PathBuf,
    },
    /// Declares that what batches of a revoked key brought was checked.
    Settled {
        /// DecisionArgs decides.
        #[command(flatten)]
        who: DecisionArgs,
    },
}

impl Trust {
    pub(crate) fn run(self, context: CommandContext<'_>) -> Result<()> {
        let anchor = Anchor::read(context.receiving, context.court, context.direction)?.ok_or_else(without_roots)?;
        match self {
            Self::Show(output) => show(&context, &anchor, output),
            Self::Propose { .. } => Err(texts::errors::inside_proposes()),
            Self::Install { lists, who } => install(context, &anchor, &lists, who),
            Self::Settled { who } => {
                let _lock = lock::take(context.state, context.receives)?;
                revoke::settle_by_decision(context.conn, &context.receiving.channel, &who.decision(), context.now)?;
                outln!("{}", texts::commands::settled().show());
                Ok(())
            }
        }
    }
}

/// For a command about lists where the trust file decides.
pub fn without_roots() -> Error {
    texts::errors::without_roots()
}

fn show(context: &CommandContext<'_>, anchor: &Anchor, output: Json) -> Result<()> {
    let list = anchor.list(context.conn)?;
    let channel = &context.receiving.channel;
    let revoked = revoke::list(context.conn, channel, context.zone)?;
    let newest = received::newest(context.conn, channel)?.map(|n| (n.epoch, n.sequence));
    let Some((signed, at_s, by)) = installed::installed(context.conn)? else { return Ok(()) };
    let at = rfc3339(at_s, context.zone);
    let value = serde_json::json!({
        "number": list.number, "digest": to_hex(&signed.digest()), "installed_at": at, "installed_by": by,
        "newest_taken": newest, "lines": list.lines().iter().map(|line| line.english().to_owned()).collect::<Vec<_>>(), "struck": revoked,
    });
    output.print(&value, || {
        list.lines().iter().for_each(|line| outln!("{}", table::safe(line.show())));
        outln!("{}", texts::commands::list_installed_at(&at, table::safe(&by)).show());
        if let Some(newest) = newest {
            outln!("{}", texts::commands::newest_accepted(channel, BatchNumber::from(newest)).show());
        }
        print_revoked(&revoked);
    });
    Ok(())
}

fn print_revoked(revoked: &[RevokedBatch]) {
    for batch in revoked {
        let state = batch.settled_by.as_ref().map_or_else(texts::commands::to_be_repaired, texts::commands::settled_by);
        let number = BatchNumber::new(batch.epoch, batch.sequence);
        let verdict = batch.verdict.text();
        let line = texts::commands::revoked_batch(number, verdict, batch.records, batch.list, &batch.at, state);
        outln!("{}", line.show());
    }
}

fn install(context: CommandContext<'_>, anchor: &Anchor, lists: &[PathBuf], who: DecisionArgs) -> Result<()> {
    let _receives = lock::take(context.state, context.receives)?;
    let _sends = if context.sends == context.receives { None } else { Some(lock::take(context.state, context.sends)?) };
    let (now, decision) = (context.now, who.decision());
    let origin = Origin { by: decision.by.as_str(), reason: decision.reason.as_str() };
    let tx = context.conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for path in lists {
        let list = load::signed_list(path)?;
        let step = anchor.install(&tx, &list, &origin, now).map_err(|e| e.about(path))?;
        let number = list.list.number;
        match step {
            Step::Next => outln!("{}", texts::commands::list_in_force(number).show()),
            Step::Same => outln!("{}", texts::commands::list_was_in_force(number).show()),
        }
    }
    // Only the newest must be in its time: those before it lead there.
    let newest = anchor.list(&tx)?;
    newest.check_current(now.get())?;
    Ok(tx.commit()?)
}
