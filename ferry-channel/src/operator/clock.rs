//! `clock`: what a person decides about this machine's clock.

use crate::audit;
use crate::ledger::sent;
use crate::operator::args::{CommandContext, DecisionArgs};
use crate::runtime::clock_guard::ClockGuard;
use crate::runtime::lock;
use crate::runtime::schedule::rfc3339;
use crate::texts::clock as texts;
use clap::Subcommand;
use ferry_io::error::Result;
use ferry_io::outln;
use ferry_io::output::language::Show;

/// The clock of this machine, which is compared with earlier runs.
#[derive(Subcommand)]
pub enum Clock {
    /// Accepts the present time as right, also where an earlier run had a later one.
    Accept(DecisionArgs),
}

impl Clock {
    /// Runs the command.
    pub(super) fn run(self, context: &CommandContext<'_>) -> Result<()> {
        let Self::Accept(who) = self;
        let _lock = lock::take(context.state, context.sends)?;
        let (decision, at) = (who.decision(), rfc3339(context.now, context.zone));
        audit::record(context.conn, context.now, decision.by.as_str(), "clock-accept", &at, decision.reason.as_str())?;
        let newest = sent::newest_released_s(context.conn, &context.paths.channel)?;
        ClockGuard::open(context.state, newest)?.accept(context.now)?;
        outln!("{}", texts::accepted(at).show());
        Ok(())
    }
}
