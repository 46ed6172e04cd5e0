//! `ferry join`

use ferry_format::FormatError;
use ferry_format::batch::volume::{HEAD_MAGIC, Head, VOLUME_MAGIC, ranges};
use ferry_io::exit_code::{BAD_DATA, NO_INPUT, TEMPORARY};
use ferry_io::fs::durable;
use ferry_io::fs::read;
use ferry_io::output::progress;
use ferry_io::{Error, Result as Outcome};
use ferry_io::{errln, outln};
use serde_json::json;
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufReader, Read, Seek};
use std::path::PathBuf;

/// Puts a head and its volumes together again, in any order, or says what is still missing.
///
/// Every volume is checked alone against the head. The signatures are checked by `ferry verify` of the result.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  ferry join carried/* -o up-1-00000017.ferry
  ferry join carried -o up-1-00000017.ferry --json
It ends with 75 while volumes are missing or damaged, and writes nothing then.")]
pub struct Args {
    /// The head, and volumes, or folders that hold them. Files that are neither are passed over in folders.
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    /// Where to write the batch.
    #[arg(short)]
    output: PathBuf,
    /// One JSON object on stdout.
    #[arg(long)]
    json: bool,
}

impl Args {
    /// Writes beside the target first; the name appears when everything is in place.
    pub fn run(self) -> Outcome<()> {
        let (heads, volumes) = self.sorted()?;
        let [head_path] = &heads[..] else {
            let message = format!("{} heads were named, one is needed", heads.len());
            let hint = "the head is the file that `ferry split` wrote last; join one batch at a time";
            return Err(Error::new(NO_INPUT, "FERRY-E0616", message, hint));
        };
        let opened = BufReader::new(read::open_regular(head_path)?);
        let mut head = Head::read(opened).map_err(|e| Error::about(head_path, &e))?;
        let content = head.batch().claimed_content();
        let bar = progress::bytes("joining", Some(content.body_bytes + content.manifest_bytes));
        let mut out = durable::staged(&self.output)?;
        head.write_frame(&mut out)?;
        let mut found = BTreeSet::new();
        let mut damaged: Vec<(PathBuf, FormatError)> = Vec::new();
        for path in volumes {
            let mut volume = bar.wrap_read(BufReader::new(read::open_regular(&path)?));
            match head.write_volume(&mut volume, &mut out) {
                Ok(number) => drop(found.insert(number)),
                Err(e @ FormatError::Io(_)) => return Err(Error::about(&path, &e)),
                Err(e) => damaged.push((path, e)),
            }
        }
        bar.finish_and_clear();
        let missing = ranges((1..=head.cut().volumes()).filter(|n| !found.contains(n)));
        for (path, error) in &damaged {
            errln!("damaged: {}: {error} [{}]", path.display(), error.code());
        }
        if self.json {
            let damaged: Vec<_> = damaged.iter().map(|(p, e)| json!({ "file": p, "code": e.code() })).collect();
            outln!(
                "{}",
                json!({ "volumes": head.cut().volumes(), "found": found.len(), "missing": missing, "damaged": damaged })
            );
        }
        if missing.is_empty() {
            return durable::persist(out, &self.output, 0o644);
        }
        let names =
            missing.iter().map(|(from, to)| if from == to { from.to_string() } else { format!("{from} to {to}") });
        let message =
            format!("volumes are missing: {} of {}", names.collect::<Vec<_>>().join(", "), head.cut().volumes());
        let (exit, hint) = if damaged.is_empty() {
            (TEMPORARY, "carry these volumes too and join again")
        } else {
            (BAD_DATA, "carry these volumes again; what was damaged is named above")
        };
        Err(Error::new(exit, "FERRY-E0617", message, hint))
    }

    /// Heads and volumes by their first bytes: names mean nothing.
    fn sorted(&self) -> Outcome<(Vec<PathBuf>, Vec<PathBuf>)> {
        let (mut heads, mut volumes) = (Vec::new(), Vec::new());
        let mut sort = |path: PathBuf, named: bool| -> Outcome<()> {
            let mut magic = [0; 8];
            let mut file: File = read::open_regular(&path)?;
            let read = file.read_exact(&mut magic).and_then(|()| file.rewind());
            match magic {
                HEAD_MAGIC if read.is_ok() => heads.push(path),
                VOLUME_MAGIC if read.is_ok() => volumes.push(path),
                _ if named => {
                    let message = format!("{}: it is neither a head nor a volume", path.display());
                    return Err(Error::new(
                        BAD_DATA,
                        "FERRY-E0104",
                        message,
                        "name the files that `ferry split` wrote",
                    ));
                }
                _ => {}
            }
            Ok(())
        };
        for path in &self.paths {
            if !path.is_dir() {
                sort(path.clone(), true)?;
                continue;
            }
            for entry in std::fs::read_dir(path).map_err(|e| Error::io(path, &e, false))? {
                let entry = entry.map_err(|e| Error::io(path, &e, false))?;
                if entry.metadata().is_ok_and(|m| m.is_file()) {
                    sort(entry.path(), false)?;
                }
            }
        }
        Ok((heads, volumes))
    }
}
