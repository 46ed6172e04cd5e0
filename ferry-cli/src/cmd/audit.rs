//! `ferry audit`

use crate::texts::commands;
use ferry_format::audit::{Findings, SignedHead};
use ferry_format::encoding::hex::to_hex;
use ferry_io::audit_export;
use ferry_io::audit_export::HeadOrigin;
use ferry_io::keys::load;
use ferry_io::outln;
use ferry_io::output::language::Show;
use ferry_io::output::table::safe;
use ferry_io::{Error, Result as Outcome};
use serde_json::json;
use std::path::PathBuf;

/// Checks an exported audit of an agent.
#[derive(clap::Subcommand)]
pub enum Command {
    Verify(VerifyArgs),
}

impl Command {
    /// Verifies.
    pub fn run(self) -> Outcome<()> {
        match self {
            Self::Verify(args) => args.run(),
        }
    }
}

/// Walks an exported audit and compares it with the heads that its sender signed, with public keys alone.
#[derive(clap::Args)]
pub struct VerifyArgs {
    /// Trust file that names the sender whose audit it is.
    #[arg(long)]
    trust: PathBuf,
    /// One JSON object on stdout.
    #[arg(long)]
    json: bool,
    /// The file that `audit export` wrote.
    export: PathBuf,
}

impl VerifyArgs {
    /// Reports how far the chain is intact, and how many signed heads it agrees with.
    fn run(self) -> Outcome<()> {
        let trust = load::trust(&self.trust)?;
        let export = audit_export::open(&self.export)?;
        let sent: Vec<_> = export.heads.iter().filter(|head| head.origin == HeadOrigin::Sent).collect();
        // A head that another key signed proves nothing about this audit; it is an error, not skipped.
        sent.iter().try_for_each(|head| head.check(&trust)).map_err(|e| Error::about(&self.export, &e))?;
        let said: Vec<SignedHead> = sent.iter().map(|head| head.signed_head.clone()).collect();
        let court = export.header.court.clone();
        let found = export.walk(said)?;
        audit_export::check(&found)?;
        let Findings { head, agreeing, before, restored, .. } = found;
        if self.json {
            let restored: Vec<_> = restored.iter().map(|s| json!([s.channel, s.epoch, s.sequence])).collect();
            let digest = to_hex(&head.digest);
            outln!(
                "{}",
                json!({ "court": court, "entries": head.entries, "digest": digest, "agreeing": agreeing, "before": before,
                        "restored": restored })
            );
            return Ok(());
        }
        let digest = to_hex(&head.digest);
        outln!("{}", commands::audit_holds(head.entries, safe(&court), digest).show());
        outln!("{}", commands::agreeing_heads(agreeing).show());
        for SignedHead { channel, epoch, sequence, .. } in restored {
            outln!("{}", commands::head_before_restore(format!("{channel}/{epoch}/{sequence}")).show());
        }
        Ok(())
    }
}
