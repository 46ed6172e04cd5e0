//! `ferry verify`

use crate::options::trust::TrustOptions;
use crate::texts::commands;
use ferry_format::encoding::hex::to_hex;
use ferry_format::frame::sequence::{HighWater, SequencePosition, locate};
use ferry_io::fs::read;
use ferry_io::keys::load::Trusted;
use ferry_io::outln;
use ferry_io::output::language::Show;
use ferry_io::output::progress;
use ferry_io::{Error, Result as Outcome};
use serde::Serialize;
use serde_json::json;
use std::path::{Path, PathBuf};

/// Checks structure, digests, signatures and approvals with public keys alone.
///
/// Given several files, their order in the series too.
#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    trust: TrustOptions,
    /// One JSON object on stdout.
    #[arg(long)]
    json: bool,
    /// Batches, in the order of their numbers.
    #[arg(required = true)]
    batches: Vec<PathBuf>,
}

impl Args {
    /// Reports each batch; the first that does not verify ends the command.
    pub fn run(self) -> Outcome<()> {
        let trust = self.trust.read()?;
        let mut newest: Option<HighWater> = None;
        let batches: Vec<_> =
            self.batches.iter().map(|path| verify(path, &trust, &mut newest)).collect::<Outcome<_>>()?;
        if self.json {
            outln!("{}", json!({ "batches": batches }));
        } else {
            batches.iter().for_each(VerifiedBatch::print);
        }
        Ok(())
    }
}

/// Verifies one batch, and its place after `newest`, which it becomes.
fn verify(path: &Path, trust: &Trusted, newest: &mut Option<HighWater>) -> Outcome<VerifiedBatch> {
    let about = |e| Error::about(path, &e);
    let batch = read::batch(path)?;
    let trust = trust.of(batch.claimed_header()).map_err(about)?;
    let mut batch = batch.verify(&trust).map_err(about)?;
    let content = batch.content();
    let bar = progress::bytes(commands::verifying().show(), Some(content.body_bytes + content.manifest_bytes));
    batch.check_body(|bytes| bar.inc(bytes)).map_err(about)?;
    bar.finish_and_clear();
    let series = batch.series();
    let position = match newest {
        None => SequencePosition::Next,
        Some(_) => locate(newest.as_ref(), series).map_err(|fault| about(fault.error(series.sequence)))?,
    };
    *newest = Some(HighWater { epoch: series.epoch, sequence: series.sequence, digest: batch.digest() });
    Ok(VerifiedBatch {
        file: path.display().to_string(),
        court: batch.header().court.as_str().to_owned(),
        channel: batch.header().channel.as_str().to_owned(),
        epoch: series.epoch,
        sequence: series.sequence,
        digest: to_hex(&batch.digest()),
        entries: batch.content().entries,
        items: batch.content().items,
        approvals: series.approvals.len(),
        missing_before: match position {
            SequencePosition::AfterGap(from, to) => Some((from, to)),
            _ => None,
        },
        out_of_order: position == SequencePosition::Earlier,
    })
}

/// A batch that verified.
#[derive(Serialize)]
struct VerifiedBatch {
    file: String,
    court: String,
    channel: String,
    epoch: u64,
    sequence: u64,
    digest: String,
    entries: u32,
    items: u64,
    approvals: usize,
    missing_before: Option<(u64, u64)>,
    out_of_order: bool,
}

impl VerifiedBatch {
    fn print(&self) {
        if let Some((from, to)) = self.missing_before {
            outln!("{}", commands::missing_before(from, to).show());
        }
        if self.out_of_order {
            outln!("{}", commands::out_of_order(self.sequence).show());
        }
        outln!("{}", commands::verified(&self.file, self.epoch, self.sequence, self.entries).show());
    }
}
