//! `status`.

use crate::config::Config;
use crate::context::Context;
use crate::output::Output;
use crate::status;
use clap::Args;
use ferry_channel::monitor::status::check;
use ferry_channel::types::UnixSeconds;
use ferry_io::error::Result;
use ferry_io::out;

/// Options.
#[derive(Args)]
pub struct Status {
    /// One line and an exit code for a monitoring system: 0 well, 1 somebody should look, 2 something is lost or stands still, 3
    /// the check could not be made.
    #[arg(long, conflicts_with = "json")]
    check: bool,
    #[command(flatten)]
    output: Output,
}

impl Status {
    /// Whether a monitoring system asks.
    pub fn is_check(&self) -> bool {
        self.check
    }

    /// Runs the command.
    pub fn run(self, config: Config, now: UnixSeconds) -> Result<()> {
        if self.check {
            let read = || Context::open(config).and_then(|context| status::status(&context, now));
            return check::end(&read().map(|status| status.todo));
        }
        run(&Context::open(config)?, self.output, now)
    }
}

fn run(context: &Context, output: Output, now: UnixSeconds) -> Result<()> {
    let status = status::status(context, now)?;
    output.print(&status, || out!("{}", status.screen(context, now)));
    output.check_held(status.held)
}
