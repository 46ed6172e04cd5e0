//! `check-config`.

use crate::context::Context;
use crate::source::{self, preview};
use crate::texts::plan as texts;
use crate::{import, notify};
use ferry_channel::types::UnixSeconds;
use ferry_io::error::Result;
use ferry_io::fs::pdf_text;
use ferry_io::outln;
use ferry_io::output::language::Show;

/// Runs the command.
pub fn run(context: &Context, now: UnixSeconds) -> Result<()> {
    context.check_sending(&context.outgoing()?, now)?;
    context.up_trust()?;
    context.incoming()?;
    import::check(context)?;
    notify::check(context)?;
    preview::print(&source::open(context)?)?;
    pdf_text::check(&context.policy)?;
    outln!("{}", texts::configuration_good(context.config.source.kinds.len()).show());
    Ok(())
}
