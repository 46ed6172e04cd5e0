//! `ferry verify`

use ferry_channel::files;
use ferry_channel::{Failure, Result as Outcome};
use ferry_format::sequence::{HighWater, Place, place};
use std::path::PathBuf;

/// Checks structure, digests, signatures and approvals with public keys alone.
///
/// Given several files, their order in the series too.
#[derive(clap::Args)]
pub struct Args {
    /// Trust file.
    #[arg(long)]
    trust: PathBuf,
    /// Batches, in the order of their numbers.
    #[arg(required = true)]
    batches: Vec<PathBuf>,
}

impl Args {
    /// Prints one line for each batch that holds.
    pub fn run(self) -> Outcome<()> {
        let trust = files::trust(&self.trust)?;
        let mut newest: Option<HighWater> = None;
        for path in &self.batches {
            let about = |e| Failure::about(path, &e);
            let mut batch = files::batch(path)?.verify(&trust).map_err(about)?;
            batch.check_body().map_err(about)?;
            let series = batch.series();
            let (epoch, sequence) = (series.epoch, series.sequence);
            if newest.is_some() {
                match place(newest.as_ref(), series).map_err(about)? {
                    Place::Next | Place::Again => {}
                    Place::AfterGap(from, to) => println!("missing: {from} to {to}"),
                    Place::Earlier => println!("out of order: {sequence}"),
                }
            }
            println!("ok: {} batch {epoch}/{sequence}, {} entries", path.display(), batch.content().entries);
            newest = Some(HighWater { epoch, sequence, digest: batch.digest() });
        }
        Ok(())
    }
}
