//! `ferry evidence verify`

use crate::cmd::evidence::inputs::{catalogue, kinds, trust_files, trusted};
use crate::cmd::evidence::json::json_of;
use crate::cmd::evidence::table;
use crate::cmd::evidence::unpack::{UnpackFolder, document_writer};
use crate::output::stdout::check_written;
use crate::texts::{errors, evidence as texts};
use ferry_format::evidence::bundle::Bundle;
use ferry_format::evidence::verify::verify;
use ferry_format::trust::trust_file::Trust;
use ferry_io::fs::read;
use ferry_io::outln;
use ferry_io::{Error, Result as Outcome};
use std::io::BufReader;
use std::path::PathBuf;

/// Checks a bundle offline, and reports what it proves and what it does not.
///
/// Done (0) means that everything in the bundle verifies; what it lacks is named.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  ferry evidence verify --trust up.toml --trust down.toml s-31.evidence
  ferry evidence verify --trust up.toml --trust down.toml s-31.evidence -C s-31")]
pub struct Args {
    /// Trust file that you have from elsewhere than the bundle; one for each channel. Without one the bundle's own keys are
    /// shown, to be compared, and nothing counts as proven.
    #[arg(long)]
    trust: Vec<PathBuf>,
    /// Root key, all of those of the court's list 1: the lists in the bundle count as far as these keys signed them.
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
    /// The bundle.
    bundle: PathBuf,
}

impl Args {
    /// Reads the bundle once.
    pub fn run(self) -> Outcome<()> {
        let about = |e| Error::about(&self.bundle, &e);
        let kinds = kinds(catalogue(self.catalogue.as_ref())?.as_ref())?;
        let mut file = BufReader::new(read::open_regular(&self.bundle)?);
        let bundle = Bundle::read(&mut file).map_err(about)?;
        let trust_given = !self.trust.is_empty() || !self.root.is_empty();
        let files = if trust_given { trust_files(&self.trust)?.0 } else { trust_in(&bundle) };
        let trusted = trusted(files.clone(), &self.root, &bundle.trusts)?;
        let found = verify(&bundle, &|header, series| trusted.of(header, series), &kinds).map_err(about)?;
        let folder = self.directory.as_ref().map(|to| UnpackFolder::beside(to)).transpose()?;
        let path = folder.as_ref().map(UnpackFolder::path);
        bundle.check_documents(&mut file, |digest| document_writer(path, digest)).map_err(about)?;
        if self.json {
            outln!("{}", json_of(&found, trust_given, trusted.newest_list()));
        } else {
            check_written(table::write(&found, trusted.newest_list(), &mut std::io::stdout().lock()))?;
        }
        if !trust_given {
            return Err(self.keys_not_compared(&files));
        }
        folder.map_or(Ok(()), |folder| folder.publish(&found))
    }

    /// Nothing is proven by keys that only the bundle names.
    fn keys_not_compared(&self, trusts: &[Trust]) -> Error {
        for key in trusts.iter().flat_map(|t| &t.keys).filter(|_| !self.json) {
            let row = table::mark(&texts::key());
            outln!("{row}  {} {} {}", key.role.as_str(), key.fingerprint(), key.digest_words());
        }
        errors::keys_not_compared(self.bundle.display())
    }
}

/// The trust files in a bundle; other texts are ignored.
fn trust_in(bundle: &Bundle) -> Vec<Trust> {
    bundle.trusts.iter().filter_map(|text| Trust::from_toml(text).ok()).collect()
}
