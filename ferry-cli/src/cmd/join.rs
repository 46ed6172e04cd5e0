//! `ferry join`

use crate::texts::{commands, errors};
use ferry_format::FormatError;
use ferry_format::batch::volume::{HEAD_MAGIC, Head, VOLUME_MAGIC, VolumeHeader, ranges};
use ferry_format::text::Text;
use ferry_format::texts::list;
use ferry_io::fs::durable;
use ferry_io::fs::read;
use ferry_io::output::language::Show;
use ferry_io::output::progress;
use ferry_io::{Error, Result as Outcome};
use ferry_io::{errln, outln};
use serde_json::json;
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufReader, Read, Seek};
use std::path::{Path, PathBuf};

/// Puts a head and its volumes together again, in any order, or names the volumes that are missing.
///
/// Every volume is checked alone against the head. The signatures are checked by `ferry verify` of the result.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  ferry join carried/* -o up-1-00000017.ferry
  ferry join carried -o up-1-00000017.ferry --json
It ends with 75 while volumes are missing, with 65 if any is damaged, and writes nothing then.")]
pub struct Args {
    /// The head, and volumes, or folders that have them. Other files in folders are ignored.
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    /// Where to write the batch.
    #[arg(short)]
    output: PathBuf,
    /// One JSON object on stdout.
    #[arg(long)]
    json: bool,
}

/// Parts of batches, by their first bytes: file names mean nothing.
#[derive(Default)]
struct Parts {
    heads: Vec<PathBuf>,
    volumes: Vec<PathBuf>,
}

impl Args {
    /// Writes beside the target first; the name appears when everything is in place.
    pub fn run(self) -> Outcome<()> {
        let Parts { heads, volumes } = self.parts()?;
        let [head_path] = &heads[..] else { return Err(errors::not_one_head(heads.len())) };
        let opened = BufReader::new(read::open_regular(head_path)?);
        let mut head = Head::read(opened).map_err(|e| Error::about(head_path, &e))?;
        let content = head.batch().claimed_content();
        let bar = progress::bytes(commands::joining().show(), Some(content.body_bytes + content.manifest_bytes));
        let mut out = durable::staged(&self.output)?;
        head.write_frame(&mut out)?;
        let mut found: Vec<VolumeHeader> = Vec::new();
        let mut damaged: Vec<(PathBuf, Error)> = Vec::new();
        for path in volumes {
            let mut volume = bar.wrap_read(BufReader::new(read::open_regular(&path)?));
            match head.write_volume(&mut volume, &mut out) {
                Ok(taken) => found.push(taken),
                Err(e @ FormatError::Io(_)) => return Err(Error::about(&path, &e)),
                Err(e) => damaged.push((path, Error::from(&e))),
            }
        }
        bar.finish_and_clear();
        let Volumes { total, here, missing } = Volumes::of(&found, head.segments());
        for (path, error) in &damaged {
            errln!("{}", commands::damaged(path.display(), &error.message, error.code).show());
        }
        if self.json {
            let damaged: Vec<_> = damaged.iter().map(|(p, e)| json!({ "file": p, "code": e.code })).collect();
            outln!("{}", json!({ "volumes": total, "found": here, "missing": missing, "damaged": damaged }));
        }
        if missing.is_empty() {
            return durable::persist(out, &self.output, 0o644);
        }
        let missing: Vec<Text> = missing
            .iter()
            .map(|(from, to)| if from == to { Text::verbatim(from.to_string()) } else { commands::range(from, to) })
            .collect();
        let missing = list::items(&missing);
        Err(match damaged.is_empty() {
            true => errors::volumes_missing(missing, total),
            false => errors::volumes_damaged(missing, total),
        })
    }

    fn parts(&self) -> Outcome<Parts> {
        let mut parts = Parts::default();
        for path in &self.paths {
            if !path.is_dir() {
                parts.add(path, true)?;
                continue;
            }
            for entry in std::fs::read_dir(path).map_err(|e| Error::io(path, &e, false))? {
                let entry = entry.map_err(|e| Error::io(path, &e, false))?;
                if entry.metadata().is_ok_and(|m| m.is_file()) {
                    parts.add(&entry.path(), false)?;
                }
            }
        }
        Ok(parts)
    }
}

/// Volumes by the numbers of their file names, which all but the last in a batch have one length for.
struct Volumes {
    total: u32,
    here: usize,
    missing: Vec<(u32, u32)>,
}

impl Volumes {
    fn of(found: &[VolumeHeader], segments: u32) -> Self {
        let each = found.iter().map(|volume| volume.segments).max().unwrap_or(segments).max(1);
        let here: BTreeSet<u32> = found.iter().flat_map(|volume| volume.first..=volume.last()).collect();
        let missing: BTreeSet<u32> = (1..=segments).filter(|n| !here.contains(n)).map(|n| (n - 1) / each + 1).collect();
        let total = segments.div_ceil(each);
        Self { total, here: total as usize - missing.len(), missing: ranges(missing) }
    }
}

impl Parts {
    /// A file that is neither is an error only if it was named on the command line.
    fn add(&mut self, path: &Path, is_named: bool) -> Outcome<()> {
        let mut magic = [0; 8];
        let mut file: File = read::open_regular(path)?;
        let read = file.read_exact(&mut magic).and_then(|()| file.rewind());
        match magic {
            HEAD_MAGIC if read.is_ok() => self.heads.push(path.to_owned()),
            VOLUME_MAGIC if read.is_ok() => self.volumes.push(path.to_owned()),
            _ if is_named => return Err(errors::neither_head_nor_volume(path.display())),
            _ => {}
        }
        Ok(())
    }
}
