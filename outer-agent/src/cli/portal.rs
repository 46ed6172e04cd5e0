//! `outer-agent portal`: the web server for parties and the public.

use crate::config::Config;
use crate::context::Context;
use crate::portal;
use ferry_channel::types::UnixSeconds;
use ferry_io::error::Result;

#[derive(clap::Args)]
pub struct Args {
    /// Exit when stdin closes, and so together with the process that started this one.
    #[arg(long)]
    exit_on_stdin_eof: bool,
}

/// Serves until SIGTERM, SIGINT or, where it is asked for, the end of stdin.
pub fn run(config: Config, args: &Args, now: UnixSeconds) -> Result<()> {
    portal::serve(Context::open(config, now)?, args.exit_on_stdin_eof)
}
