//! `outer-agent check-config`: reads everything that a run needs and changes nothing.

use crate::config::Config;
use crate::context::Context;
use crate::portal;
use crate::texts::commands;
use ferry_channel::types::UnixSeconds;
use ferry_io::error::Result;
use ferry_io::malware;
use ferry_io::outln;
use ferry_io::output::language::Show;
use ferry_io::reading::proven;

/// Checks configuration, keys, catalogue, certificates and the sandbox for PDF text.
pub fn run(config: Config, now: UnixSeconds) -> Result<()> {
    let context = Context::open(config, now)?;
    context.may_send(&context.outgoing()?, now)?;
    context.receive_endpoint()?;
    portal::check(&context)?;
    proven::check()?;
    malware::check(context.malware()?)?;
    outln!("{}", commands::configuration_valid(context.catalogue.kinds.len()).show());
    Ok(())
}
