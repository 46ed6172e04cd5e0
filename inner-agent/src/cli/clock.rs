//! `clock`: what a person decides about this machine's clock.

use crate::context::{Context, LOCK};
use crate::texts::clock as texts;
use clap::Subcommand;
use ferry_channel::audit;
use ferry_channel::operator::args::DecisionArgs;
use ferry_channel::runtime::lock;
use ferry_channel::runtime::schedule::rfc3339;
use ferry_channel::types::UnixSeconds;
use ferry_io::error::Result;
use ferry_io::outln;
use ferry_io::output::language::Show;

/// The clock of this machine, which exports compare with their earlier runs.
#[derive(Subcommand)]
pub enum Clock {
    /// Accepts the present time as right, also where an earlier run had a later one.
    Accept(DecisionArgs),
}

impl Clock {
    /// Runs the command.
    pub fn run(self, context: &Context, now: UnixSeconds) -> Result<()> {
        let Self::Accept(who) = self;
        let _lock = lock::take(&context.config.state, LOCK)?;
        let (decision, at) = (who.decision(), rfc3339(now, context.schedule.zone()));
        audit::record(&context.conn, now, decision.by.as_str(), "clock-accept", &at, decision.reason.as_str())?;
        context.clock()?.accept(now)?;
        outln!("{}", texts::accepted(at).show());
        Ok(())
    }
}
