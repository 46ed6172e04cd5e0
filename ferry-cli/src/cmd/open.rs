//! `ferry open`
#![expect(clippy::disallowed_methods, reason = "the folder is staged and put in place as a whole")]

use crate::options::reader::ReaderOptions;
use crate::texts::commands;
use ferry_format::Result;
use ferry_format::batch::open::Sink;
use ferry_format::frame::manifest::Entry;
use ferry_format::names::SafeName;
use ferry_format::record::Record;
use ferry_io::fs::durable;
use ferry_io::fs::read;
use ferry_io::output::language::Show;
use ferry_io::output::progress;
use ferry_io::{Error, Result as Outcome};
use indicatif::ProgressBar;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// Verifies, then writes the entries; nothing appears unless all verified.
#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    reader: ReaderOptions,
    /// The batch.
    batch: PathBuf,
    /// A folder that is empty or does not exist yet.
    #[arg(short = 'C', value_name = "DIR")]
    directory: PathBuf,
}

/// Writes into a temporary folder that is removed unless it is renamed to its final name.
struct Staging {
    folder: TempDir,
    current: Option<File>,
    records: BTreeMap<String, BufWriter<File>>,
    bar: ProgressBar,
}

impl Sink for Staging {
    fn begin(&mut self, entry: &Entry) -> Result<()> {
        let path = self.folder.path().join(SafeName::check(&entry.name)?.as_str());
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent)?;
        }
        self.current = Some(File::create_new(path)?);
        Ok(())
    }

    fn bytes(&mut self, bytes: &[u8]) -> Result<()> {
        self.bar.inc(bytes.len() as u64);
        match &mut self.current {
            Some(file) => Ok(file.write_all(bytes)?),
            None => Ok(()),
        }
    }

    fn end(&mut self, _: &Entry) -> Result<()> {
        self.current = None;
        Ok(())
    }

    fn record(&mut self, block: &Entry, encoded: &[u8]) -> Result<()> {
        if !self.records.contains_key(&block.kind) {
            let name = format!("records-{}.jsonl", block.kind);
            let path = self.folder.path().join(SafeName::check(&name)?.as_str());
            self.records.insert(block.kind.clone(), BufWriter::new(File::create_new(path)?));
        }
        let line = serde_json::to_string(&Record::decode(encoded)?).map_err(std::io::Error::other)?;
        self.bar.inc(encoded.len() as u64);
        match self.records.get_mut(&block.kind) {
            Some(file) => Ok(writeln!(file, "{line}")?),
            None => Ok(()),
        }
    }
}

impl Args {
    /// Stages beside the target, renames at the end.
    pub fn run(self) -> Outcome<()> {
        let key = self.reader.load()?.unwrapper()?;
        let about = |e| Error::about(&self.batch, &e);
        let batch = read::batch(&self.batch)?;
        let trust = self.reader.trust.read()?.of(batch.claimed_header()).map_err(about)?;
        let batch = batch.verify(&trust).map_err(about)?;
        let failed = |e: std::io::Error| Error::io(&self.directory, &e, true);
        let is_there = self.directory.symlink_metadata().is_ok();
        if is_there && !std::fs::read_dir(&self.directory).is_ok_and(|mut entries| entries.next().is_none()) {
            return Err(failed(std::io::ErrorKind::AlreadyExists.into()));
        }
        let beside = self.directory.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        // A folder that is there may be the one that the user stands in, or a mounted disk: it is filled, and not replaced.
        let staged_in = if is_there { &self.directory } else { beside };
        let folder = TempDir::with_prefix_in(".ferry-", staged_in).map_err(failed)?;
        let mut staging = Staging {
            folder,
            current: None,
            records: BTreeMap::new(),
            bar: progress::bytes(commands::opening().show(), Some(batch.content().raw_bytes)),
        };
        batch.open(&key, &mut staging).map_err(about)?;
        staging.records.values_mut().try_for_each(Write::flush).map_err(failed)?;
        staging.bar.finish_and_clear();
        durable::sync_file_system(staging.folder.path())?;
        if is_there {
            for entry in std::fs::read_dir(staging.folder.path()).map_err(failed)? {
                let entry = entry.map_err(failed)?;
                std::fs::rename(entry.path(), self.directory.join(entry.file_name())).map_err(failed)?;
            }
            staging.folder.close().map_err(failed)?;
            return File::open(&self.directory).and_then(|d| d.sync_all()).map_err(failed);
        }
        std::fs::rename(staging.folder.path(), &self.directory).map_err(failed)?;
        // The folder has its final name; its guard must not remove it.
        let _ = staging.folder.keep();
        File::open(beside).and_then(|d| d.sync_all()).map_err(failed)
    }
}
