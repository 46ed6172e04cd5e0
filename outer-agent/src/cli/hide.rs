//! `outer-agent hide`.

use crate::config::Config;
use crate::context::Context;
use crate::store::operator_hide;
use crate::texts::commands;
use clap::Args;
use ferry_channel::operator::args::{DecisionArgs, Json};
use ferry_channel::types::UnixSeconds;
use ferry_io::error::Result;
use ferry_io::outln;
use ferry_io::output::language::Show;

/// Options.
#[derive(Args)]
pub struct Hide {
    /// Kind of the item, as the catalogue names it.
    kind: String,
    /// Its id, as its address on the portal ends.
    id: String,
    #[command(flatten)]
    who: DecisionArgs,
    #[command(flatten)]
    output: Json,
}

impl Hide {
    /// Runs the command.
    pub fn run(self, config: Config, now: UnixSeconds) -> Result<()> {
        let context = Context::open(config, now)?;
        let decision = self.who.decision();
        let conn = &context.store.conn;
        let item = operator_hide::hide(conn, &context.catalogue, (&self.kind, &self.id), &decision, now)?;
        context.guard().end_job(conn)?;
        self.output.print(&item, || outln!("{}", commands::hidden_by_hand(&item.kind, &item.id, item.version).show()));
        Ok(())
    }
}
