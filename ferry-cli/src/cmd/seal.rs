//! `ferry seal`

use crate::options::passphrase::PassphraseOption;
use crate::texts::{commands, errors};
use ferry_format::batch::open::UnverifiedBatch;
use ferry_format::batch::seal::{Address, Document, Sealer, release};
use ferry_format::crypto::hash::sha256;
use ferry_format::frame::header::{BatchType, Direction};
use ferry_format::frame::statement::SeriesStatement;
use ferry_format::keys::Signer;
use ferry_format::names::{Id, SafeName};
use ferry_format::trust::trust_file::Trust;
use ferry_io::clock;
use ferry_io::entropy::SystemEntropy;
use ferry_io::fs::durable;
use ferry_io::fs::read;
use ferry_io::keys::load;
use ferry_io::output::language::Show;
use ferry_io::output::progress;
use ferry_io::{Error, Result as Outcome};
use std::path::{Path, PathBuf};

/// How long a batch that was sealed by hand counts as the newest of its series, in seconds.
const VALID_S: i64 = 7 * 24 * 3600;

/// Seals files and folders into a batch of kind `file`, epoch 0.
#[derive(clap::Args)]
pub struct Args {
    /// The sender's secret key.
    #[arg(short)]
    identity: PathBuf,
    #[command(flatten)]
    passphrase: PassphraseOption,
    /// Public key of a recipient.
    #[arg(short, required = true)]
    recipient: Vec<PathBuf>,
    /// Channel id.
    #[arg(long)]
    channel: String,
    /// Court id.
    #[arg(long, default_value = "")]
    court: String,
    /// Number of the batch, from 1.
    #[arg(long, default_value_t = 1)]
    sequence: u64,
    /// The batch before this one.
    #[arg(long)]
    previous: Option<PathBuf>,
    /// Stop before the number: write a draft.
    #[arg(long)]
    draft: bool,
    /// Where to write.
    #[arg(short)]
    output: PathBuf,
    /// Files and folders.
    #[arg(required = true)]
    paths: Vec<PathBuf>,
}

impl Args {
    /// Writes the batch beside its target first; the name appears when it is complete.
    pub fn run(self) -> Outcome<()> {
        let signer = load::signer(&self.identity, &self.passphrase.source())?;
        let recipients = self.recipient.iter().map(|p| load::public_key(p)).collect::<Result<Vec<_>, _>>()?;
        let address = Address {
            court: Id::new(&self.court)?,
            channel: Id::new(&self.channel)?,
            direction: Direction::Export,
            batch_type: BatchType::Data,
            catalogue: sha256(b"ferry built-in catalogue 1: file"),
            policy: [0; 32],
            sender: signer.public_key(),
        };
        let previous = self.previous.as_deref().map(|p| digest_of_own(p, signer.as_ref())).transpose()?;
        let staged = durable::staged(&self.output)?;
        let scratch = tempfile::tempfile().map_err(|e| Error::io(&self.output, &e, true))?;
        let mut sealer = Sealer::new(staged, scratch, &address, &recipients, &mut SystemEntropy)?;
        let bar = progress::bytes(commands::sealing().show(), None);
        for path in &self.paths {
            for (file, name) in walk(path)? {
                let mut input = read::open_regular(&file)?;
                let document = Document {
                    kind: "file".into(),
                    name,
                    version: 1,
                    media_type: "application/octet-stream".into(),
                    reason: String::new(),
                };
                let mut input = bar.wrap_read(&mut input);
                sealer.document(document, &mut input).map_err(|e| Error::about(&file, &e))?;
            }
        }
        bar.finish_and_clear();
        let (mut staged, content) = sealer.finish_draft()?;
        if !self.draft {
            let now = clock::now_s();
            let series = SeriesStatement {
                content: content.digest(),
                epoch: 0,
                sequence: self.sequence,
                previous: previous.into_iter().collect(),
                created_s: now,
                not_after_s: now + VALID_S,
                sender: signer.public_key(),
                ..SeriesStatement::default()
            };
            release(&mut staged, &content, &series, signer.as_ref())?;
        }
        durable::persist(staged, &self.output, 0o644)
    }
}

/// The digest of an earlier batch that this very key signed.
fn digest_of_own(path: &Path, signer: &dyn Signer) -> Result<[u8; 32], Error> {
    let sender = ferry_format::keys::PublicKey {
        role: ferry_format::keys::Role::Sender,
        verifying: Some(signer.public_key()),
        sealing: None,
    };
    let trust = Trust { keys: vec![sender], ..Trust::default() };
    let batch = UnverifiedBatch::read(read::open_regular(path)?).and_then(|b| b.verify(&trust));
    Ok(batch.map_err(|e| Error::about(path, &e))?.digest())
}

/// All regular files below `path`, with their names in the batch, in a stable order.
fn walk(path: &Path) -> Result<Vec<(PathBuf, String)>, Error> {
    let base = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let mut found = Vec::new();
    let mut todo = vec![(path.to_owned(), base)];
    while let Some((path, name)) = todo.pop() {
        let failed = |e: std::io::Error| Error::io(&path, &e, false);
        let kind = std::fs::symlink_metadata(&path).map_err(failed)?.file_type();
        if kind.is_dir() {
            for child in std::fs::read_dir(&path).map_err(failed)? {
                let child = child.map_err(failed)?;
                let not_utf8 = |_| errors::name_is_not_utf8(child.path().display());
                let part = child.file_name().into_string().map_err(not_utf8)?;
                todo.push((child.path(), if name.is_empty() { part } else { format!("{name}/{part}") }));
            }
        } else {
            SafeName::check(&name).map_err(|e| Error::about(&path, &e))?;
            found.push((path, name));
        }
    }
    found.sort_by(|a, b| a.1.cmp(&b.1));
    Ok(found)
}
