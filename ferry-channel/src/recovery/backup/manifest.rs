//! The manifest of a backup: what belongs to it, with lengths and SHA-256. It is written last, and its last line says that
//! it is whole: a backup without it is none.
//!
//! ```text
//! ferry-backup 1 AGENT COURT SECONDS
//! SHA256 BYTES MODE NANOSECONDS PATH
//! …
//! end COUNT SHA256-OF-ALL-LINES-BEFORE
//! ```

use crate::texts;
use crate::types::UnixSeconds;
use ferry_format::encoding::hex::{from_hex, to_hex};
use ferry_format::text::Text;
use ferry_io::error::{Error, Result};
use ferry_io::fs::durable;
use ferry_io::fs::read;
use ring::digest::{Context, SHA256};
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::{Component, Path, PathBuf};
use tempfile::NamedTempFile;

/// Its name in the folder of a backup.
pub const NAME: &str = "MANIFEST";
const MAGIC: &str = "ferry-backup 1";

/// A file of a backup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// SHA-256 of its bytes.
    pub sha256: [u8; 32],
    /// Its length.
    pub bytes: u64,
    /// Its mode where it came from.
    pub mode: u32,
    /// When it was last changed there, nanoseconds since 1970.
    pub modified_ns: i128,
    /// Its path in the backup.
    pub path: String,
}

/// What a backup is of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Of {
    /// `inner` or `outer`.
    pub agent: String,
    /// The court.
    pub court: String,
    /// When it was made, seconds.
    pub made_s: UnixSeconds,
}

/// A manifest that is being written beside the old one.
pub struct Writer {
    out: BufWriter<NamedTempFile>,
    digest: Context,
    target: PathBuf,
    count: u64,
}

impl Writer {
    /// Begins; nothing replaces the old manifest before [`Writer::finish`].
    pub fn begin(folder: &Path, of: &Of) -> Result<Self> {
        let target = folder.join(NAME);
        let out = BufWriter::new(durable::staged(&target)?);
        let mut writer = Self { out, digest: Context::new(&SHA256), target, count: 0 };
        writer.line(&format!("{MAGIC} {} {} {}\n", of.agent, of.court, of.made_s))?;
        Ok(writer)
    }

    /// Adds a file.
    pub fn add(&mut self, e: &Entry) -> Result<()> {
        self.count += 1;
        self.line(&format!("{} {} {:o} {} {}\n", to_hex(&e.sha256), e.bytes, e.mode, e.modified_ns, e.path))
    }

    fn line(&mut self, line: &str) -> Result<()> {
        self.digest.update(line.as_bytes());
        self.out.write_all(line.as_bytes()).map_err(|e| Error::io(&self.target, &e, true))
    }

    /// Puts it in the place of the old one. Gives how many files it names.
    pub fn finish(mut self) -> Result<u64> {
        let failed = |e: std::io::Error| Error::io(&self.target, &e, true);
        let end = format!("end {} {}\n", self.count, to_hex(self.digest.finish().as_ref()));
        self.out.write_all(end.as_bytes()).map_err(failed)?;
        let file = self.out.into_inner().map_err(|e| failed(e.into_error()))?;
        durable::persist_over(file, &self.target)?;
        Ok(self.count)
    }
}

/// Reads a whole manifest.
///
/// # Errors
/// Bad data where it is missing, is not whole, or names a path outside the backup.
pub fn read(folder: &Path) -> Result<(Of, Vec<Entry>)> {
    let path = folder.join(NAME);
    let refuse = |why: Text| texts::errors::backup_incomplete(path.display(), why);
    if !path.exists() {
        return Err(refuse(texts::errors::no_manifest()));
    }
    let (mut digest, mut of, mut entries) = (Context::new(&SHA256), None, Vec::new());
    let mut input = BufReader::new(read::open_regular(&path)?);
    let mut line = String::new();
    loop {
        line.clear();
        if input.read_line(&mut line).map_err(|e| Error::io(&path, &e, false))? == 0 {
            return Err(refuse(texts::errors::manifest_cut()));
        }
        let text = line.trim_end_matches('\n');
        if let Some(end) = text.strip_prefix("end ") {
            let whole = format!("{} {}", entries.len(), to_hex(digest.finish().as_ref()));
            let rest = input.fill_buf().map_err(|e| Error::io(&path, &e, false))?;
            let of = of.filter(|_| end == whole && rest.is_empty());
            return of.map(|of| (of, entries)).ok_or_else(|| refuse(texts::errors::manifest_changed()));
        }
        digest.update(line.as_bytes());
        if of.is_none() {
            of = Some(head(text).ok_or_else(|| refuse(texts::errors::not_a_manifest()))?);
        } else {
            entries.push(entry(text).ok_or_else(|| refuse(texts::errors::names_no_file()))?);
        }
    }
}

fn head(line: &str) -> Option<Of> {
    let mut parts = line.strip_prefix(MAGIC)?.split_whitespace();
    let of = Of {
        agent: parts.next()?.into(),
        court: parts.next()?.into(),
        made_s: UnixSeconds(parts.next()?.parse().ok()?),
    };
    parts.next().is_none().then_some(of)
}

fn entry(line: &str) -> Option<Entry> {
    let mut parts = line.splitn(5, ' ');
    let sha256 = from_hex(parts.next()?)?.try_into().ok()?;
    let (bytes, mode) = (parts.next()?.parse().ok()?, u32::from_str_radix(parts.next()?, 8).ok()? & 0o777);
    let (modified_ns, path) = (parts.next()?.parse().ok()?, parts.next()?.to_owned());
    let is_inside = Path::new(&path).components().all(|c| matches!(c, Component::Normal(_)));
    (is_inside && !path.is_empty()).then_some(Entry { sha256, bytes, mode, modified_ns, path })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_that_is_cut_changed_or_points_outside_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let of = Of { agent: "outer".into(), court: "fayuan".into(), made_s: UnixSeconds(7) };
        let one = Entry { sha256: [9; 32], bytes: 3, mode: 0o640, modified_ns: 5, path: "outbox/a b".into() };
        let write = |entry: &Entry| {
            let mut writer = Writer::begin(folder.path(), &of).unwrap();
            writer.add(entry).unwrap();
            writer.finish().unwrap()
        };
        assert_eq!(read(folder.path()).unwrap_err().code, "FERRY-E0682", "none was written");
        assert_eq!(write(&one), 1);
        assert_eq!(read(folder.path()).unwrap(), (of.clone(), vec![one.clone()]));
        let path = folder.path().join(NAME);
        let whole = std::fs::read_to_string(&path).unwrap();
        let cut: String = whole.lines().take(2).map(|l| format!("{l}\n")).collect();
        for wrong in [cut, whole.replace(" 3 ", " 4 "), format!("{whole}\n"), String::new()] {
            std::fs::write(&path, &wrong).unwrap();
            assert_eq!(read(folder.path()).unwrap_err().code, "FERRY-E0682", "{wrong:?}");
        }
        std::fs::remove_file(&path).unwrap();
        write(&Entry { path: "../keys".into(), ..one });
        assert_eq!(read(folder.path()).unwrap_err().code, "FERRY-E0682");
    }
}
