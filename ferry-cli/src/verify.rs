//! `ferry verify`

use crate::trusting::Trusting;
use ferry_format::encoding::hex::to_hex;
use ferry_format::frame::sequence::{HighWater, Place, place};
use ferry_io::fs::read;
use ferry_io::outln;
use ferry_io::output::progress;
use ferry_io::{Error, Result as Outcome};
use serde::Serialize;
use serde_json::json;
use std::path::PathBuf;

/// Checks structure, digests, signatures and approvals with public keys alone.
///
/// Given several files, their order in the series too.
#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    trust: Trusting,
    /// One JSON object on stdout.
    #[arg(long)]
    json: bool,
    /// Batches, in the order of their numbers.
    #[arg(required = true)]
    batches: Vec<PathBuf>,
}

impl Args {
    /// Says of each batch where it stands; the first that does not hold ends the command.
    pub fn run(self) -> Outcome<()> {
        let trust = self.trust.read()?;
        let mut newest: Option<HighWater> = None;
        let mut batches = Vec::new();
        for path in &self.batches {
            let about = |e| Error::about(path, &e);
            let batch = read::batch(path)?;
            let trust = trust.of(batch.claimed_header()).map_err(about)?;
            let mut batch = batch.verify(&trust).map_err(about)?;
            let content = batch.content();
            let bar = progress::bytes("verifying", Some(content.body_bytes + content.manifest_bytes));
            batch.check_body(|bytes| bar.inc(bytes)).map_err(about)?;
            bar.finish_and_clear();
            let series = batch.series();
            let place = match newest {
                None => Place::Next,
                Some(_) => place(newest.as_ref(), series).map_err(about)?,
            };
            batches.push(Verified {
                file: path.display().to_string(),
                court: batch.header().court.as_str().to_owned(),
                channel: batch.header().channel.as_str().to_owned(),
                epoch: series.epoch,
                sequence: series.sequence,
                digest: to_hex(&batch.digest()),
                entries: batch.content().entries,
                items: batch.content().items,
                approvals: series.approvals.len(),
                missing_before: match place {
                    Place::AfterGap(from, to) => Some((from, to)),
                    _ => None,
                },
                out_of_order: place == Place::Earlier,
            });
            newest = Some(HighWater { epoch: series.epoch, sequence: series.sequence, digest: batch.digest() });
        }
        if self.json {
            outln!("{}", json!({ "batches": batches }));
            return Ok(());
        }
        batches.iter().for_each(Verified::print);
        Ok(())
    }
}

/// A batch that holds.
#[derive(Serialize)]
struct Verified {
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

impl Verified {
    fn print(&self) {
        if let Some((from, to)) = self.missing_before {
            outln!("missing: {from} to {to}");
        }
        if self.out_of_order {
            outln!("out of order: {}", self.sequence);
        }
        outln!("ok: {} batch {}/{}, {} entries", self.file, self.epoch, self.sequence, self.entries);
    }
}
