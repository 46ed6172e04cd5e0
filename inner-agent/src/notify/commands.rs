//! `notify`.

use crate::context::Context;
use crate::notify::follow_up::follow_up;
use crate::notify::pass;
use crate::notify::queue::OverLimit;
use crate::texts::notify::not_encodable;
use ferry_channel::operator::record;
use ferry_channel::types::UnixSeconds;
use ferry_io::error::Result;
use ferry_io::outln;
use serde::Serialize;

/// One pass of notifications now, or the lists that clerks work from.
#[derive(clap::Args)]
pub struct Args {
    /// List overdue and unconfirmed services by clerk, and messages that were not sent; send nothing.
    #[arg(long, conflicts_with = "over_limit")]
    list: bool,
    /// What to do with messages that wait because there are more than `messages-max`.
    #[arg(long, value_name = "WHAT")]
    over_limit: Option<OverLimit>,
    /// One JSON object on stdout.
    #[arg(long)]
    json: bool,
}

impl Args {
    /// Runs the command.
    pub fn run(&self, context: &Context, now: UnixSeconds) -> Result<()> {
        if self.list {
            let list = follow_up(context, now)?;
            if self.json {
                print_json(&list)?
            } else {
                list.print()
            }
            return Ok(());
        }
        let detail = self.over_limit.map(|over| format!("over-limit {over:?}").to_lowercase()).unwrap_or_default();
        record::record_command(&context.conn, "notify", &detail, now)?;
        let (done, alarm) = pass(context, self.over_limit, now)?;
        if self.json {
            print_json(&done)?
        } else {
            done.print()
        }
        alarm.map_or(Ok(()), Err)
    }
}

fn print_json(value: &impl Serialize) -> Result<()> {
    outln!("{}", serde_json::to_string(value).map_err(not_encodable)?);
    Ok(())
}
