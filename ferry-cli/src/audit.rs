//! `ferry audit verify`

use ferry_format::audit::{Findings, Said};
use ferry_format::encoding::hex::to_hex;
use ferry_io::audit_export;
use ferry_io::audit_export::Way;
use ferry_io::keys::load;
use ferry_io::outln;
use ferry_io::{Error, Result as Outcome};
use serde_json::json;
use std::path::PathBuf;

/// An agent's audit that was exported 审计.
#[derive(clap::Subcommand)]
pub enum Command {
    Verify(Args),
}

/// Walks an exported audit and compares it with the heads that its sender signed, with public keys alone.
#[derive(clap::Args)]
pub struct Args {
    /// Trust file that names the sender whose audit it is.
    #[arg(long)]
    trust: PathBuf,
    /// One JSON object on stdout.
    #[arg(long)]
    json: bool,
    /// What `audit export` wrote.
    export: PathBuf,
}

impl Args {
    /// Says how far the chain holds, and which signed heads it leads to.
    pub fn run(self) -> Outcome<()> {
        let trust = load::trust(&self.trust)?;
        let export = audit_export::open(&self.export)?;
        let sent: Vec<_> = export.heads.iter().filter(|head| head.way == Way::Sent).collect();
        // A head that another key signed shows nothing of this audit: it is not passed over.
        sent.iter().try_for_each(|head| head.check(&trust)).map_err(|e| Error::about(&self.export, &e))?;
        let said: Vec<Said> = sent.iter().map(|head| head.said.clone()).collect();
        let court = export.front.court.clone();
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
        outln!("ok: {} entries of {}, {}", head.entries, court.escape_debug(), to_hex(&head.digest));
        outln!("signed heads that they lead to: {agreeing}");
        for Said { channel, epoch, sequence, .. } in restored {
            outln!("no longer covered since a restoration: what batch {channel}/{epoch}/{sequence} was signed over");
        }
        Ok(())
    }
}
