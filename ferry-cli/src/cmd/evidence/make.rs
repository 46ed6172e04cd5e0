//! `ferry evidence make`

use crate::cmd::evidence::audit;
use crate::cmd::evidence::batches::BatchOpener;
use crate::cmd::evidence::inputs::{catalogue, kinds, trust_files, trusted};
use crate::cmd::evidence::picks::{Documents, RecordById, ReportsAndReceipts, Subject};
use crate::options::passphrase::PassphraseOption;
use crate::output::values;
use crate::texts::{errors, evidence as texts};
use ferry_format::crypto::hash::sha256;
use ferry_format::encoding::hex::to_hex;
use ferry_format::evidence::bundle::{BatchEvidence, Body, Bundle, Item, MissingPart};
use ferry_format::evidence::verify::{Findings, check, verify};
use ferry_format::frame::header::Header;
use ferry_format::frame::manifest::Entry;
use ferry_format::frame::statement::SeriesStatement;
use ferry_format::record::Record;
use ferry_format::record::catalogue::Catalogue;
use ferry_format::text::Text;
use ferry_format::texts::list;
use ferry_io::fs::durable;
use ferry_io::fs::read;
use ferry_io::keys::load;
use ferry_io::outln;
use ferry_io::output::language::Show;
use ferry_io::{Error, Result as Outcome};
use serde_json::json;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, Seek, Write};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// Gathers the proof of one record, with its documents, or of one document into one file, and nothing of other records.
///
/// Every batch is verified and opened whole; what is picked out of it leads to what was signed.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  ferry evidence make -k recipient.key --trust up.toml --batch 17.ferry --kind measure --id M-204 -o m-204.evidence --partial
  ferry evidence make -k outer.key -k inner.key --trust up.toml --trust down.toml --batch 17.ferry --reply 9.ferry --reply 12.ferry \\
      --kind service --id S-31 --audit inner-audit.jsonl -o s-31.evidence")]
pub struct Args {
    /// Secret key of a recipient or reviewer; several if no one key opens all batches.
    #[arg(short, required = true)]
    key: Vec<PathBuf>,
    #[command(flatten)]
    passphrase: PassphraseOption,
    /// Trust file; one for each channel.
    #[arg(long, required_unless_present = "root")]
    trust: Vec<PathBuf>,
    /// Root key, all of those of list 1: signed lists are used instead of trust files.
    #[arg(long, value_name = "PUB", conflicts_with = "trust", requires = "list")]
    root: Vec<PathBuf>,
    /// Batch in which the record or document crossed; further ones in which its documents crossed before.
    #[arg(long, required = true)]
    batch: Vec<PathBuf>,
    /// Kind of the record.
    #[arg(long, requires = "id")]
    kind: Option<String>,
    /// Id of the record; of several versions the highest counts.
    #[arg(long, requires = "kind", required_unless_present = "document")]
    id: Option<String>,
    /// Name or SHA-256 of a document, instead of a record.
    #[arg(long, conflicts_with = "id")]
    document: Option<String>,
    /// Reply batches: their delivery reports and receipts are looked for.
    #[arg(long)]
    reply: Vec<PathBuf>,
    /// Exported audit of a side (`audit export`): its entries about the batch and the record.
    #[arg(long)]
    audit: Vec<PathBuf>,
    /// Signed trust lists to put into the bundle, in the order of their numbers.
    #[arg(long)]
    list: Vec<PathBuf>,
    /// Catalogue whose roles name reports and receipts.
    #[arg(long)]
    catalogue: Option<PathBuf>,
    /// Continue without what is missing; the bundle names what it lacks.
    #[arg(long)]
    partial: bool,
    /// Where to write.
    #[arg(short)]
    output: PathBuf,
    /// One JSON object on stdout.
    #[arg(long)]
    json: bool,
}

/// Documents of the bundle by digest, each in a file without a name.
type DocumentFiles = BTreeMap<[u8; 32], File>;

impl Args {
    /// Looks for the subject, its documents and what came back, writes the bundle, and verifies it as a verifier does.
    pub fn run(self) -> Outcome<()> {
        let catalogue = catalogue(self.catalogue.as_ref())?;
        let (files, mut texts) = trust_files(&self.trust)?;
        for path in &self.list {
            texts.push(read::text(path)?);
        }
        let trusted = trusted(files, &self.root, &texts)?;
        let keys =
            self.key.iter().map(|path| load::unwrapper(path, &self.passphrase.source())).collect::<Outcome<_>>()?;
        let opener = BatchOpener { keys, trusted, kinds: kinds(catalogue.as_ref())? };
        let mut documents = BTreeMap::new();
        let mut bundle = self.gather(&opener, texts, &mut documents)?;
        let trusting = |header: &_, series: &_| opener.trusted.of(header, series);
        let proven = check(&bundle, &trusting, &opener.kinds)?;
        bundle.absent = proven.absent_bits();
        self.check_complete(&proven, catalogue.as_ref())?;
        let staged = self.write(&bundle, &mut documents)?;
        let mut again = BufReader::new(staged.reopen().map_err(|e| Error::io(&self.output, &e, false))?);
        let about = |e| Error::about(&self.output, &e);
        let read = Bundle::read(&mut again).map_err(about)?;
        verify(&read, &trusting, &opener.kinds).map_err(about)?;
        read.check_documents(&mut again, |_| Ok(std::io::sink())).map_err(about)?;
        let bytes = staged.as_file().metadata().map_err(|e| Error::io(&self.output, &e, false))?.len();
        durable::persist(staged, &self.output, 0o644)?;
        self.report(&proven, bytes);
        Ok(())
    }

    /// Everything that the bundle shows, with its batches in the order of their digests.
    fn gather(&self, opener: &BatchOpener, trusts: Vec<String>, documents: &mut DocumentFiles) -> Outcome<Bundle> {
        let folder = durable::folder_of(&self.output);
        let (mut bundle, subject) = match self.kind.as_deref().zip(self.id.as_deref()) {
            None => self.find_document(opener, &folder, documents)?,
            Some((kind, id)) => self.find_record(opener, kind, id, &folder, documents)?,
        };
        bundle.trusts = trusts;
        self.find_answers(opener, &subject, &mut bundle)?;
        let names = audit_subjects(&bundle, &subject)?;
        self.audit.iter().try_for_each(|path| audit::gather(path, &mut bundle, &names))?;
        bundle.batches.sort_by_key(|shown: &BatchEvidence| sha256(&shown.signed.series));
        audit::assign_batches(&mut bundle);
        Ok(bundle)
    }

    /// The document that was asked for, in the first batch that has it.
    fn find_document(
        &self,
        opener: &BatchOpener,
        folder: &Path,
        found: &mut DocumentFiles,
    ) -> Outcome<(Bundle, Subject)> {
        let name = self.document.as_deref().unwrap_or_default();
        let wanted = |entry: &Entry| entry.name == name || to_hex(&entry.sha256) == name.to_lowercase();
        for path in &self.batch {
            let shown = opener.pick(path, &mut Documents { wanted: &wanted, folder, found, current: None })?;
            if let [Item { body: Body::Document { sha256, .. }, .. }, ..] = shown.items[..] {
                let first = shown.items.into_iter().take(1).collect();
                let bundle = Bundle { batches: vec![BatchEvidence { items: first, ..shown }], ..Bundle::default() };
                return Ok((bundle, Subject::Document(sha256)));
            }
        }
        Err(errors::not_in_batches(texts::the_document(values::safe(name))))
    }

    /// The newest version of the record that was asked for, and its documents.
    fn find_record(
        &self,
        opener: &BatchOpener,
        kind: &str,
        id: &str,
        folder: &Path,
        found: &mut DocumentFiles,
    ) -> Outcome<(Bundle, Subject)> {
        let mut newest: Option<(usize, Record, BatchEvidence)> = None;
        for (n, path) in self.batch.iter().enumerate() {
            let shown = opener.pick(path, &mut RecordById { kind, id })?;
            for item in &shown.items {
                let Body::Record(encoded) = &item.body else { continue };
                let record = Record::decode(encoded)?;
                if newest.as_ref().is_none_or(|(_, other, _)| record.version > other.version) {
                    newest = Some((n, record, BatchEvidence { items: vec![item.clone()], ..shown.clone() }));
                }
            }
        }
        let not_found = || errors::not_in_batches(texts::the_record(values::safe(kind), values::safe(id)));
        let (at, record, subject) = newest.ok_or_else(not_found)?;
        let mut bundle = Bundle { batches: vec![subject], ..Bundle::default() };
        let named: Vec<[u8; 32]> = record.documents().map(|d| d.sha256).collect();
        let wanted = |entry: &Entry| named.contains(&entry.sha256);
        let others = self.batch.iter().enumerate().filter(|(n, _)| *n != at).map(|(_, path)| path);
        for path in std::iter::once(&self.batch[at]).chain(others) {
            if named.iter().any(|digest| !found.contains_key(digest)) {
                let shown = opener.pick(path, &mut Documents { wanted: &wanted, folder, found, current: None })?;
                add(&mut bundle, shown);
            }
        }
        Ok((bundle, Subject::Record(record)))
    }

    /// Reports and receipts out of reply batches.
    fn find_answers(&self, opener: &BatchOpener, subject: &Subject, bundle: &mut Bundle) -> Outcome<()> {
        let series = SeriesStatement::decode(&bundle.batches[0].signed.series)?;
        let batch = format!("{}/{}", series.epoch, series.sequence);
        for path in &self.reply {
            let mut pick = ReportsAndReceipts { kinds: &opener.kinds, batch: batch.clone(), subject };
            add(bundle, opener.pick(path, &mut pick)?);
        }
        Ok(())
    }

    /// Refuses to continue without what a bundle of this record should have.
    fn check_complete(&self, proven: &Findings, catalogue: Option<&Catalogue>) -> Outcome<()> {
        let record = proven.subject.as_ref().and_then(|s| s.record.as_ref());
        // Without a catalogue that says which kinds are served, no receipt is expected.
        let served = record.and_then(|r| Some(catalogue?.kind(&r.kind).ok()?.served)).unwrap_or_default();
        let is_expected = |absent: &&MissingPart| match absent {
            MissingPart::Document | MissingPart::Report => true,
            MissingPart::Receipt => served,
            MissingPart::Audit => !self.audit.is_empty(),
        };
        let lacking: Vec<Text> = proven.absent.iter().filter(is_expected).map(|a| texts::absent(*a)).collect();
        if lacking.is_empty() || self.partial {
            return Ok(());
        }
        Err(errors::bundle_incomplete(list::items(&lacking)))
    }

    /// Head and documents, into a file that has no name yet.
    fn write(&self, bundle: &Bundle, documents: &mut DocumentFiles) -> Outcome<NamedTempFile> {
        let cannot_write = |e: std::io::Error| Error::io(&self.output, &e, true);
        let mut staged = durable::staged(&self.output)?;
        staged.write_all(&bundle.encode()?).map_err(cannot_write)?;
        for (digest, _) in bundle.documents() {
            if let Some(file) = documents.get_mut(&digest) {
                file.rewind().map_err(cannot_write)?;
                std::io::copy(file, staged.as_file_mut()).map_err(cannot_write)?;
            }
        }
        Ok(staged)
    }

    fn report(&self, proven: &Findings, bytes: u64) {
        let absent: Vec<Text> = proven.absent.iter().map(|absent| texts::absent(*absent)).collect();
        if self.json {
            let (reports, receipts) = (proven.reports.len(), proven.receipts.len());
            let absent: Vec<&str> = absent.iter().map(Text::english).collect();
            let object = json!({ "file": self.output.display().to_string(), "bytes": bytes,
                "batches": proven.batches.len(), "documents": proven.documents.len(), "reports": reports,
                "receipts": receipts, "audits": proven.audits.len(), "absent": absent });
            return outln!("{object}");
        }
        outln!("{}: {}", self.output.display(), values::bytes(bytes));
        absent.iter().for_each(|absent| outln!("{}", texts::without(absent).show()));
    }
}

/// Adds what was picked of a batch; a batch that the bundle has already gets its further items.
fn add(bundle: &mut Bundle, shown: BatchEvidence) {
    if shown.items.is_empty() {
        return;
    }
    match bundle.batches.iter_mut().find(|b| b.signed == shown.signed) {
        None => bundle.batches.push(shown),
        Some(known) => {
            known.items.extend(shown.items);
            known.items.sort_by_key(|item| item.leaf);
            known.items.dedup_by_key(|item| item.leaf);
        }
    }
}

/// How audit entries name the batch and the record.
fn audit_subjects(bundle: &Bundle, subject: &Subject) -> Outcome<Vec<String>> {
    let signed = &bundle.batches[0].signed;
    let (header, series) = (Header::decode(&signed.header)?, SeriesStatement::decode(&signed.series)?);
    let mut names = vec![format!("{}/{}/{}", header.channel, series.epoch, series.sequence)];
    if let Subject::Record(record) = subject {
        names.push(format!("{}/{}", record.kind, record.id));
    }
    Ok(names)
}
