//! `ferry evidence verify`
#![expect(clippy::disallowed_methods, reason = "the folder is staged and put in place as a whole")]

use crate::evidence::{believed, catalogue, kinds, trusts};
use crate::evidence_table::{json_of, rows};
use crate::show;
use ferry_format::encoding::hex::to_hex;
use ferry_format::evidence::bundle::Pack;
use ferry_format::evidence::verify::{Findings, verify};
use ferry_format::names::SafeName;
use ferry_format::trust::trust_file::Trust;
use ferry_io::exit_code::NOT_PERMITTED;
use ferry_io::fs::durable;
use ferry_io::fs::read;
use ferry_io::outln;
use ferry_io::{Error, Result as Outcome};
use std::fs::File;
use std::io::{BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// Checks a pack offline, and says what it proves and what it does not.
///
/// Done (0) means that everything in the pack holds; what it lacks is named.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  ferry evidence verify --trust up.toml --trust down.toml s-31.evidence
  ferry evidence verify --trust up.toml --trust down.toml s-31.evidence -C s-31")]
pub struct Verify {
    /// Trust file that you have from elsewhere than the pack; one for each channel. Without one the pack's own keys are shown, to
    /// be compared, and nothing counts as proven.
    #[arg(long)]
    trust: Vec<PathBuf>,
    /// Root key, all of those of the court's list 1: the lists in the pack are believed as far as these keys signed them.
    #[arg(long, value_name = "PUB", conflicts_with = "trust")]
    root: Vec<PathBuf>,
    /// Catalogue whose roles name reports and receipts; their batches must be of it.
    #[arg(long)]
    catalogue: Option<PathBuf>,
    /// One JSON object on stdout.
    #[arg(long)]
    json: bool,
    /// A folder that does not exist yet: `record.json` and the documents are written there.
    #[arg(short = 'C', value_name = "DIR")]
    directory: Option<PathBuf>,
    /// The pack.
    pack: PathBuf,
}

impl Verify {
    /// Reads the pack once.
    pub fn run(self) -> Outcome<()> {
        let about = |e| Error::about(&self.pack, &e);
        let kinds = kinds(catalogue(self.catalogue.as_ref())?.as_ref())?;
        let mut file = BufReader::new(read::open_regular(&self.pack)?);
        let pack = Pack::read(&mut file).map_err(about)?;
        let given = !self.trust.is_empty() || !self.root.is_empty();
        let trusts = if given { trusts(&self.trust)?.0 } else { carried(&pack) };
        let believed = believed(trusts.clone(), &self.root, &pack.trusts)?;
        let found = verify(&pack, &|header, series| believed.of(header, series), &kinds).map_err(about)?;
        let staging = self.directory.as_ref().map(|to| Staging::beside(to)).transpose()?;
        let folder = staging.as_ref().map(|s| s.folder.path());
        pack.check_documents(&mut file, |digest| document(folder, digest)).map_err(about)?;
        if self.json {
            outln!("{}", json_of(&found, given, believed.newest_list()));
        } else {
            let mut out = std::io::stdout().lock();
            let printed = rows(&found, believed.newest_list())
                .iter()
                .try_for_each(|row| writeln!(out, "{}  {}", show::left(row.mark, 12), show::safe(&row.text)));
            show::until_closed(printed).map_err(ferry_format::FormatError::Io)?;
        }
        if !given {
            return Err(self.unknown(&trusts));
        }
        staging.map_or(Ok(()), |staging| staging.publish(&found))
    }

    /// Nothing is proven by keys that only the pack names.
    fn unknown(&self, trusts: &[Trust]) -> Error {
        for key in trusts.iter().flat_map(|t| &t.keys).filter(|_| !self.json) {
            outln!("密钥 key      {} {} {}", key.role.as_str(), key.fingerprint(), key.digest_words());
        }
        let message =
            format!("{}: 密钥未经核对 nothing but the pack itself says whose keys these are", self.pack.display());
        let hint = "compare the fingerprints with the court's, or give its trust files with `--trust`";
        Error::new(NOT_PERMITTED, "FERRY-E0754", message, hint)
    }
}

/// The trust files that a pack carries; other texts are passed over.
fn carried(pack: &Pack) -> Vec<Trust> {
    pack.trusts.iter().filter_map(|text| Trust::from_toml(text).ok()).collect()
}

fn document(folder: Option<&Path>, digest: &[u8; 32]) -> ferry_format::Result<Box<dyn Write>> {
    Ok(match folder {
        None => Box::new(std::io::sink()),
        Some(folder) => Box::new(BufWriter::new(File::create_new(folder.join(to_hex(digest)))?)),
    })
}

/// A folder that has no name until everything held.
struct Staging {
    folder: TempDir,
    target: PathBuf,
}

impl Staging {
    fn beside(target: &Path) -> Outcome<Self> {
        let failed = |e: std::io::Error| Error::io(target, &e, true);
        if target.symlink_metadata().is_ok() {
            return Err(failed(std::io::ErrorKind::AlreadyExists.into()));
        }
        let folder = TempDir::with_prefix_in(".ferry-", durable::folder_of(target)).map_err(failed)?;
        Ok(Self { folder, target: target.to_owned() })
    }

    /// Gives documents the names under which the record has them, writes the record, and publishes the folder.
    fn publish(self, found: &Findings) -> Outcome<()> {
        let failed = |e: std::io::Error| Error::io(&self.target, &e, true);
        let record = found.subject.as_ref().and_then(|s| s.record.as_ref());
        if let Some(record) = record {
            let text = format!("{:#}\n", show::record_json(record));
            std::fs::write(self.folder.path().join("record.json"), text).map_err(failed)?;
            for document in record.documents() {
                let digest = to_hex(&document.sha256);
                let (from, name) = (self.folder.path().join(&digest), document.name.as_str());
                // Two documents of one name both stay: each begins with its digest.
                let plain = SafeName::check(name).is_ok() && !name.contains('/');
                if plain && from.exists() {
                    let to = self.folder.path().join(format!("{}-{name}", &digest[..16]));
                    std::fs::rename(&from, to).map_err(failed)?;
                }
            }
        }
        durable::sync_file_system(self.folder.path())?;
        std::fs::rename(self.folder.path(), &self.target).map_err(failed)?;
        // The folder has its final name; the guard must not remove it.
        let _ = self.folder.keep();
        durable::sync_folder(&durable::folder_of(&self.target))
    }
}
