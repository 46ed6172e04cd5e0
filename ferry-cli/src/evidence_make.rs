//! `ferry evidence make`

use crate::evidence::{believed, catalogue, kinds, lacks, trusts};
use crate::evidence_audit;
use crate::secret;
use ferry_format::Result;
use ferry_format::batch::open::VerifiedBatch;
use ferry_format::crypto::hash::sha256;
use ferry_format::encoding::hex::to_hex;
use ferry_format::evidence::bundle::{Absent, Body, Item, Pack, Role, Shown};
use ferry_format::evidence::select::{Pick, Picker};
use ferry_format::evidence::trust::Believed;
use ferry_format::evidence::verify::{Findings, Kinds, check, verify};
use ferry_format::frame::manifest::Entry;
use ferry_format::keys::{SoftUnwrapper, Unwrapper};
use ferry_format::record::Record;
use ferry_format::record::catalogue::Catalogue;
use ferry_io::exit_code::{BAD_DATA, NO_INPUT, NOT_PERMITTED};
use ferry_io::fs::durable;
use ferry_io::fs::read;
use ferry_io::keys::load;
use ferry_io::outln;
use ferry_io::output::progress;
use ferry_io::{Error, Result as Outcome};
use serde_json::json;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, Seek, Write};
use std::path::{Path, PathBuf};

/// Gathers the proof of one record, with its documents, or of one document into one file, and nothing of its neighbours.
///
/// Every batch is verified and opened whole; what is picked out of it leads to what was signed.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  ferry evidence make -k recipient.key --trust up.toml --batch 17.ferry --kind measure --id M-204 -o m-204.evidence --partial
  ferry evidence make -k outer.key -k inner.key --trust up.toml --trust down.toml --batch 17.ferry --reply 9.ferry --reply 12.ferry \\
      --kind service --id S-31 --audit inner-audit.jsonl -o s-31.evidence")]
pub struct Make {
    /// Secret key of a recipient or reviewer; several where no one key opens all batches.
    #[arg(short, required = true)]
    key: Vec<PathBuf>,
    #[command(flatten)]
    passphrase: secret::Given,
    /// Trust file; one for each channel.
    #[arg(long, required_unless_present = "root")]
    trust: Vec<PathBuf>,
    /// Root key, all of those of list 1: the lists given are believed instead of trust files.
    #[arg(long, value_name = "PUB", conflicts_with = "trust", requires = "list")]
    root: Vec<PathBuf>,
    /// Batch in which the record or document crossed; further ones where its documents crossed before.
    #[arg(long, required = true)]
    batch: Vec<PathBuf>,
    /// Kind of the record.
    #[arg(long, requires = "id")]
    kind: Option<String>,
    /// Id of the record; of several versions the highest is taken.
    #[arg(long, requires = "kind", required_unless_present = "document")]
    id: Option<String>,
    /// Name or SHA-256 of a document, instead of a record.
    #[arg(long, conflicts_with = "id")]
    document: Option<String>,
    /// Batches of the way back: their delivery reports and receipts are looked for.
    #[arg(long)]
    reply: Vec<PathBuf>,
    /// Exported audit of a side (`audit export`): what it says of the batch and the record.
    #[arg(long)]
    audit: Vec<PathBuf>,
    /// Signed trust list to be carried along, in the order of their numbers.
    #[arg(long)]
    list: Vec<PathBuf>,
    /// Catalogue whose roles name reports and receipts.
    #[arg(long)]
    catalogue: Option<PathBuf>,
    /// Go on without what is missing; the pack says what it lacks.
    #[arg(long)]
    partial: bool,
    /// Where to write.
    #[arg(short)]
    output: PathBuf,
    /// One JSON object on stdout.
    #[arg(long)]
    json: bool,
}

/// What opens and judges batches.
struct Means {
    keys: Vec<SoftUnwrapper>,
    believed: Believed,
    kinds: Kinds,
}

type Batch = VerifiedBatch<BufReader<File>>;

impl Means {
    fn verified(&self, path: &Path) -> Outcome<Batch> {
        let about = |e| Error::about(path, &e);
        let batch = read::batch(path)?;
        let draft = || about(ferry_format::FormatError::Stage("this is a draft"));
        let series = batch.claimed_series().ok_or_else(draft)?;
        let trust = self.believed.of(batch.claimed_header(), series).map_err(about)?;
        batch.verify(&trust).map_err(about)
    }

    fn key(&self, path: &Path, batch: &Batch) -> Outcome<&SoftUnwrapper> {
        let found = self.keys.iter().find(|key| batch.header().recipients.contains(&key.key_id()));
        found.ok_or_else(|| {
            let message = format!("{}: none of the keys given opens this batch", path.display());
            let hint = "give a further `-k`: a key of the side that received it, or of a reviewer";
            Error::new(NOT_PERMITTED, "FERRY-E0750", message, hint)
        })
    }

    /// Opens a batch whole, and gives what `pick` wanted of it.
    fn pick(&self, path: &Path, pick: &mut dyn Pick) -> Outcome<Shown> {
        let about = |e| Error::about(path, &e);
        let batch = self.verified(path)?;
        let key = self.key(path, &batch)?;
        let unsigned = || Error::about(path, &ferry_format::FormatError::Stage("this is a draft"));
        let (suite, signed) = (batch.suite().number(), batch.signed().ok_or_else(unsigned)?);
        let bar = progress::bytes("reading", Some(batch.content().raw_bytes));
        let mut counting = Counting { pick, bar };
        let mut picker = Picker::new(&mut counting);
        batch.open(key, &mut picker).map_err(about)?;
        let items = picker.finish().map_err(about)?;
        counting.bar.finish_and_clear();
        Ok(Shown { suite, signed, items })
    }
}

/// Moves the bar on.
struct Counting<'a> {
    pick: &'a mut dyn Pick,
    bar: indicatif::ProgressBar,
}

impl Pick for Counting<'_> {
    fn record(&mut self, block: &Entry, encoded: &[u8]) -> Result<Option<Role>> {
        self.bar.inc(encoded.len() as u64);
        self.pick.record(block, encoded)
    }

    fn document(&mut self, entry: &Entry) -> Result<bool> {
        self.pick.document(entry)
    }

    fn bytes(&mut self, bytes: &[u8]) -> Result<()> {
        self.bar.inc(bytes.len() as u64);
        self.pick.bytes(bytes)
    }
}

/// Looks for the record that was asked for.
struct ByName<'a> {
    kind: &'a str,
    id: &'a str,
}

impl Pick for ByName<'_> {
    fn record(&mut self, block: &Entry, encoded: &[u8]) -> Result<Option<Role>> {
        if block.kind != self.kind {
            return Ok(None);
        }
        let record = Record::decode(encoded)?;
        Ok((record.kind == self.kind && record.id == self.id).then_some(Role::Subject))
    }

    fn document(&mut self, _: &Entry) -> Result<bool> {
        Ok(false)
    }

    fn bytes(&mut self, _: &[u8]) -> Result<()> {
        Ok(())
    }
}

/// Takes documents out, each into a file of its own that has no name.
struct Documents<'a> {
    wanted: &'a dyn Fn(&Entry) -> bool,
    folder: &'a Path,
    found: &'a mut BTreeMap<[u8; 32], File>,
    current: Option<[u8; 32]>,
}

impl Pick for Documents<'_> {
    fn record(&mut self, _: &Entry, _: &[u8]) -> Result<Option<Role>> {
        Ok(None)
    }

    fn document(&mut self, entry: &Entry) -> Result<bool> {
        let wanted = (self.wanted)(entry) && !self.found.contains_key(&entry.sha256);
        self.current = wanted.then_some(entry.sha256);
        if wanted {
            self.found.insert(entry.sha256, tempfile::tempfile_in(self.folder)?);
        }
        Ok(wanted)
    }

    fn bytes(&mut self, bytes: &[u8]) -> Result<()> {
        match self.current.and_then(|digest| self.found.get_mut(&digest)) {
            Some(file) => Ok(file.write_all(bytes)?),
            None => Ok(()),
        }
    }
}

/// Looks for what came back about a record or document.
struct About<'a> {
    kinds: &'a Kinds,
    place: String,
    subject: &'a Subject,
}

impl Pick for About<'_> {
    fn record(&mut self, block: &Entry, encoded: &[u8]) -> Result<Option<Role>> {
        if block.kind == self.kinds.report {
            let record = Record::decode(encoded)?;
            return Ok((record.id == self.place && !record.retracted).then_some(Role::Report));
        }
        if block.kind != self.kinds.receipt {
            return Ok(None);
        }
        let record = Record::decode(encoded)?;
        let about = match self.subject {
            Subject::Document(digest) => record.text("sha256") == to_hex(digest),
            Subject::Record(subject) => {
                (record.text("kind"), record.text("item")) == (subject.kind.as_str(), subject.id.as_str())
                    && record.integer("item-version") == i64::try_from(subject.version).ok()
            }
        };
        Ok((about && !record.retracted).then_some(Role::Receipt))
    }

    fn document(&mut self, _: &Entry) -> Result<bool> {
        Ok(false)
    }

    fn bytes(&mut self, _: &[u8]) -> Result<()> {
        Ok(())
    }
}

enum Subject {
    Record(Record),
    Document([u8; 32]),
}

impl Make {
    /// Looks for the subject, its documents and what came back, writes the pack, and reads it once more as a verifier does.
    pub fn run(self) -> Outcome<()> {
        let catalogue = catalogue(self.catalogue.as_ref())?;
        let (trusts, mut texts) = trusts(&self.trust)?;
        for path in &self.list {
            texts.push(read::text(path)?);
        }
        let believed = believed(trusts, &self.root, &texts)?;
        let keys =
            self.key.iter().map(|path| load::unwrapper(path, &self.passphrase.source())).collect::<Outcome<_>>()?;
        let means = Means { keys, believed, kinds: kinds(catalogue.as_ref())? };
        let folder = durable::folder_of(&self.output);
        let mut found = BTreeMap::new();
        let (mut pack, subject) = self.exported(&means, &folder, &mut found)?;
        pack.trusts = texts;
        self.returned(&means, &subject, &mut pack)?;
        let digest = |shown: &Shown| sha256(&shown.signed.series);
        let words = subject_words(&pack, &subject)?;
        self.audit.iter().try_for_each(|path| evidence_audit::gather(path, &mut pack, &words))?;
        pack.batches.sort_by_key(digest);
        evidence_audit::place(&mut pack);
        let trusting = |header: &_, series: &_| means.believed.of(header, series);
        let proven = check(&pack, &trusting, &means.kinds)?;
        pack.absent = proven.absent_bits();
        self.complete(&proven, catalogue.as_ref())?;
        let staged = self.write(&pack, &mut found)?;
        let mut again = BufReader::new(staged.reopen().map_err(|e| Error::io(&self.output, &e, false))?);
        let about = |e| Error::about(&self.output, &e);
        let read = Pack::read(&mut again).map_err(about)?;
        verify(&read, &trusting, &means.kinds).map_err(about)?;
        read.check_documents(&mut again, |_| Ok(std::io::sink())).map_err(about)?;
        let bytes = staged.as_file().metadata().map_err(|e| Error::io(&self.output, &e, false))?.len();
        durable::persist(staged, &self.output, 0o644)?;
        self.tell(&proven, bytes);
        Ok(())
    }

    /// The batch of the subject, and those of its documents.
    fn exported(&self, means: &Means, folder: &Path, found: &mut BTreeMap<[u8; 32], File>) -> Outcome<(Pack, Subject)> {
        let mut pack = Pack::default();
        let Some((kind, id)) = self.kind.as_ref().zip(self.id.as_ref()) else {
            let name = self.document.as_deref().unwrap_or_default();
            let wanted = |entry: &Entry| entry.name == name || to_hex(&entry.sha256) == name.to_lowercase();
            for path in &self.batch {
                let shown = means.pick(path, &mut Documents { wanted: &wanted, folder, found, current: None })?;
                if let [Item { body: Body::Document { sha256, .. }, .. }, ..] = shown.items[..] {
                    let first = shown.items.into_iter().take(1).collect();
                    pack.batches.push(Shown { items: first, ..shown });
                    return Ok((pack, Subject::Document(sha256)));
                }
            }
            return Err(missing(format!("document {name}")));
        };
        let mut newest: Option<(usize, Record, Shown)> = None;
        for (n, path) in self.batch.iter().enumerate() {
            let shown = means.pick(path, &mut ByName { kind, id })?;
            for item in &shown.items {
                let Body::Record(encoded) = &item.body else { continue };
                let record = Record::decode(encoded)?;
                if newest.as_ref().is_none_or(|(_, other, _)| record.version > other.version) {
                    newest = Some((n, record, Shown { items: vec![item.clone()], ..shown.clone() }));
                }
            }
        }
        let (at, record, subject) = newest.ok_or_else(|| missing(format!("record {kind} {id}")))?;
        pack.batches.push(subject);
        let named: Vec<[u8; 32]> = record.documents().map(|d| d.sha256).collect();
        let wanted = |entry: &Entry| named.contains(&entry.sha256);
        let others = self.batch.iter().enumerate().filter(|(n, _)| *n != at);
        let first = std::iter::once(&self.batch[at]);
        for path in first.chain(others.map(|(_, path)| path)) {
            if named.iter().any(|digest| !found.contains_key(digest)) {
                let shown = means.pick(path, &mut Documents { wanted: &wanted, folder, found, current: None })?;
                add(&mut pack, shown);
            }
        }
        Ok((pack, Subject::Record(record)))
    }

    /// Reports and receipts.
    fn returned(&self, means: &Means, subject: &Subject, pack: &mut Pack) -> Outcome<()> {
        let series = ferry_format::frame::statement::SeriesStatement::decode(&pack.batches[0].signed.series)?;
        let place = format!("{}/{}", series.epoch, series.sequence);
        for path in &self.reply {
            let shown = means.pick(path, &mut About { kinds: &means.kinds, place: place.clone(), subject })?;
            add(pack, shown);
        }
        Ok(())
    }

    /// Refuses to go on without what a pack of this record should have.
    fn complete(&self, proven: &Findings, catalogue: Option<&Catalogue>) -> Outcome<()> {
        let record = proven.subject.as_ref().and_then(|s| s.record.as_ref());
        // Where no catalogue says which kinds are served, a receipt is expected of none.
        let served = record.and_then(|r| Some(catalogue?.kind(&r.kind).ok()?.served)).unwrap_or_default();
        let expected = |absent: &&Absent| match absent {
            Absent::Document | Absent::Report => true,
            Absent::Receipt => served,
            Absent::Audit => !self.audit.is_empty(),
        };
        let lacking: Vec<_> = proven.absent.iter().filter(expected).map(|absent| lacks(*absent)).collect();
        if lacking.is_empty() || self.partial {
            return Ok(());
        }
        let message = format!("证据不全 the pack would lack: {}", lacking.join("; "));
        let hint =
            "give the batches that have it (`--batch`, `--reply`, `--audit`), or `--partial`: the pack then says so";
        Err(Error::new(NO_INPUT, "FERRY-E0752", message, hint))
    }

    /// Head and documents, into a file that has no name yet.
    fn write(&self, pack: &Pack, found: &mut BTreeMap<[u8; 32], File>) -> Outcome<tempfile::NamedTempFile> {
        let failed = |e: std::io::Error| Error::io(&self.output, &e, true);
        let mut staged = durable::staged(&self.output)?;
        staged.write_all(&pack.encode()?).map_err(failed)?;
        for (digest, _) in pack.documents() {
            if let Some(file) = found.get_mut(&digest) {
                file.rewind().map_err(failed)?;
                std::io::copy(file, staged.as_file_mut()).map_err(failed)?;
            }
        }
        Ok(staged)
    }

    fn tell(&self, proven: &Findings, bytes: u64) {
        let absent: Vec<_> = proven.absent.iter().map(|absent| lacks(*absent)).collect();
        if self.json {
            let (reports, receipts) = (proven.reports.len(), proven.receipts.len());
            let told = json!({ "file": self.output.display().to_string(), "bytes": bytes, "batches": proven.batches.len(),
                "documents": proven.documents.len(), "reports": reports, "receipts": receipts,
                "audits": proven.audits.len(), "absent": absent });
            return outln!("{told}");
        }
        outln!("{}: {}", self.output.display(), crate::show::bytes(bytes));
        absent.iter().for_each(|absent| outln!("没有 without: {absent}"));
    }
}

/// Adds what was picked of a batch; a batch that is there already gets its further items.
fn add(pack: &mut Pack, shown: Shown) {
    if shown.items.is_empty() {
        return;
    }
    match pack.batches.iter_mut().find(|b| b.signed == shown.signed) {
        None => pack.batches.push(shown),
        Some(there) => {
            there.items.extend(shown.items);
            there.items.sort_by_key(|item| item.leaf);
            there.items.dedup_by_key(|item| item.leaf);
        }
    }
}

/// How audits name the batch and the record.
fn subject_words(pack: &Pack, subject: &Subject) -> Outcome<Vec<String>> {
    let signed = &pack.batches[0].signed;
    let header = ferry_format::frame::header::Header::decode(&signed.header)?;
    let series = ferry_format::frame::statement::SeriesStatement::decode(&signed.series)?;
    let mut words = vec![format!("{}/{}/{}", header.channel, series.epoch, series.sequence)];
    if let Subject::Record(record) = subject {
        words.push(format!("{}/{}", record.kind, record.id));
    }
    Ok(words)
}

fn missing(what: String) -> Error {
    let message = format!("批次中没有 {what}: none of the batches has it");
    let hint = "`ferry inspect -k KEY --trust T BATCH --id ID` shows in which batch it crossed";
    Error::new(BAD_DATA, "FERRY-E0751", message, hint)
}
