//! `check-config`.

use crate::config::source::Unmapped;
use crate::context::Context;
use crate::source::{self, preview, unmapped};
use crate::texts::{plan as texts, retractions};
use crate::{import, notify};
use ferry_channel::config::Malware;
use ferry_channel::types::UnixSeconds;
use ferry_io::error::Result;
use ferry_io::malware;
use ferry_io::outln;
use ferry_io::output::language::Show;
use ferry_io::reading::proven;

/// Runs the command.
pub fn run(context: &Context, now: UnixSeconds) -> Result<()> {
    context.check_sending(&context.outgoing()?, now)?;
    context.up_trust()?;
    context.incoming()?;
    import::check(context)?;
    notify::check(context)?;
    let source = source::open(context)?;
    source.documents.check()?;
    preview::print(&source, &context.conn)?;
    for unmapped in unmapped::kinds(&context.conn, &context.config, &context.catalogue)? {
        let (kind, count) = (&unmapped.kind, unmapped.published);
        let line = match unmapped.decision {
            None => retractions::unmapped_undecided(kind, count),
            Some(Unmapped::Keep) => retractions::unmapped_kept(kind, count),
            Some(Unmapped::Retract) => retractions::unmapped_retracted(kind, count),
        };
        outln!("{}", line.show());
    }
    proven::check()?;
    malware::check(Malware::scanner(context.config.malware.as_ref(), &context.policy, &context.config.path)?)?;
    outln!("{}", texts::configuration_good(context.config.source.kinds.len()).show());
    Ok(())
}
