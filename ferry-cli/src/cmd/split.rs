//! `ferry split`

use crate::texts::commands;
use ferry_format::batch::volume::{VolumeLayout, write_head, write_volume};
use ferry_io::fs::durable;
use ferry_io::fs::read;
use ferry_io::outln;
use ferry_io::output::language::Show;
use ferry_io::output::progress;
use ferry_io::{Error, Result as Outcome};
use std::io::BufWriter;
use std::path::{Path, PathBuf};

/// Cuts a batch into a head and volumes, each checked alone when they are joined again.
#[derive(clap::Args)]
#[command(after_help = "Example:
  ferry split up-1-00000017.ferry --volume-mib 4096 -C to-carry
writes up-1-00000017.head, up-1-00000017.0001.volume and so on. The signed bytes do not change.")]
pub struct Args {
    /// The batch.
    batch: PathBuf,
    /// Length of a volume, in MiB; the last may be shorter.
    #[arg(long, default_value_t = 4096, value_parser = clap::value_parser!(u64).range(1..1_048_576))]
    volume_mib: u64,
    /// The folder to write to.
    #[arg(short = 'C', value_name = "DIR")]
    directory: PathBuf,
}

impl Args {
    /// Every segment is compared with its digest on the way.
    pub fn run(self) -> Outcome<()> {
        let about = |e| Error::about(&self.batch, &e);
        let mut batch = read::batch(&self.batch)?;
        batch.claimed_position().map_err(about)?;
        let content = batch.claimed_content();
        let cut = VolumeLayout::new(self.volume_mib << 20, content.segments).map_err(about)?;
        let bar = progress::bytes(commands::splitting().show(), Some(content.body_bytes + content.manifest_bytes));
        let stem = self.batch.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
        durable::make_folder(&self.directory)?;
        let target = |ending: &str| self.directory.join(format!("{stem}.{ending}"));
        for number in 1..=cut.volumes() {
            let path = target(&format!("{number:04}.volume"));
            write(&path, |out| write_volume(&mut batch, cut, number, &mut bar.wrap_write(out)).map_err(about))?;
            outln!("{}", path.display());
        }
        bar.finish_and_clear();
        // The head comes last: if it is there, all volumes are there.
        let path = target("head");
        write(&path, |out| write_head(&mut batch, out).map_err(about))?;
        outln!("{}", path.display());
        Ok(())
    }
}

fn write(path: &Path, body: impl FnOnce(&mut BufWriter<tempfile::NamedTempFile>) -> Outcome<()>) -> Outcome<()> {
    let mut out = BufWriter::new(durable::staged(path)?);
    body(&mut out)?;
    let staged = out.into_inner().map_err(|e| Error::io(path, e.error(), true))?;
    durable::persist(staged, path, 0o644)
}
