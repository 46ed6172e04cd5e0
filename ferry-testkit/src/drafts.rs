//! Drafts for reviewers, made without a court: keys, a trust file, and the given records and documents.

use ferry_format::batch::seal::{Address, Document, Sealer, release};
use ferry_format::crypto::hash::sha256;
use ferry_format::encoding::hex::to_hex;
use ferry_format::frame::header::{BatchType, Direction};
use ferry_format::frame::statement::SeriesStatement;
use ferry_format::keys::{PublicKey, Role, SecretKey};
use ferry_format::names::Id;
use ferry_format::record::catalogue::Catalogue;
use ferry_format::record::{DocumentRef, Record, RecordBlock, Value};
use ferry_io::entropy::SystemEntropy;
use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::process::Output;
use tempfile::TempDir;

const CATALOGUE: &str = include_str!("../../config/catalogue.toml");
/// Records of one block of a draft of many.
const BLOCK: u64 = 1000;

/// A reviewer's machine: the reviewer's keys and the public keys of others, as `NAME.key` and `NAME.pub` in one folder.
pub struct Office {
    folder: PathBuf,
    /// Removed with it; `None` where the folder stays.
    _temporary: Option<TempDir>,
}

/// What goes into a draft.
pub enum Part {
    /// Records of one kind, and why they were flagged.
    Records(Vec<Record>, &'static str),
    /// A document: name, media type, bytes, and why it was flagged.
    Document(String, &'static str, Vec<u8>, &'static str),
}

impl Default for Office {
    fn default() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let office = Self::at(folder.path());
        Self { _temporary: Some(folder), ..office }
    }
}

impl Office {
    /// In an empty folder that stays.
    pub fn at(folder: &Path) -> Self {
        let office = Self { folder: folder.to_owned(), _temporary: None };
        for (name, role) in [
            ("sender", Role::Sender),
            ("recipient", Role::Recipient),
            ("li", Role::Reviewer),
            ("li-2", Role::Reviewer),
            ("wang", Role::Reviewer),
            ("expired", Role::Reviewer),
            ("revoked", Role::Reviewer),
        ] {
            let key = SecretKey::generate(role, &mut SystemEntropy).unwrap();
            let write = |ending: &str, text: &str, mode| {
                let path = office.path(&format!("{name}.{ending}"));
                ferry_io::fs::durable::write_new(&path, text.as_bytes(), mode).unwrap();
            };
            write("key", &key.to_text(), 0o600);
            write("pub", &key.public().unwrap().to_text(), 0o644);
        }
        std::fs::write(office.path("catalogue.toml"), CATALOGUE).unwrap();
        std::fs::write(office.path("trust.toml"), office.trust()).unwrap();
        let sender = office.public("sender").to_text();
        let of_strangers = format!("approvals-needed = 0\nkeys = [\"{}\"]\n", sender.trim_end());
        std::fs::write(office.path("strangers.toml"), of_strangers).unwrap();
        office
    }

    /// A path in its folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// A public key.
    pub fn public(&self, name: &str) -> PublicKey {
        PublicKey::from_text(&std::fs::read_to_string(self.path(&format!("{name}.pub"))).unwrap()).unwrap()
    }

    fn trust(&self) -> String {
        let line = |name| self.public(name).to_text().trim_end().to_owned();
        let bound = |name, terms: &str| format!("{{ key = \"{}\", {terms} }}", line(name));
        let keys = [
            format!("\"{}\"", line("sender")),
            format!("\"{}\"", line("recipient")),
            bound("li", "person = \"李审查\", office = \"业务审核\""),
            bound("li-2", "person = \"李审查\", office = \"业务审核\""),
            bound("wang", "person = \"王保密\", office = \"保密审查\""),
            bound("expired", "person = \"赵过期\", not-after-s = 1000"),
            bound("revoked", "person = \"钱撤销\", revoked-from = [1, 1]"),
        ];
        format!(
            "court = \"fy-dongchang\"\nchannel = \"up\"\napprovals-needed = 0\nkeys = [\n{}\n]\n\n[release]\nflagged = {{ approvals = 2, offices = [\"保密审查\"] }}\n",
            keys.join(",\n")
        )
    }

    /// Seals a draft for the recipient and all reviewers.
    pub fn draft(&self, name: &str, parts: Vec<Part>) -> PathBuf {
        let sender = self.public("sender").verifying.unwrap();
        let address = Address {
            court: Id::new("fy-dongchang").unwrap(),
            channel: Id::new("up").unwrap(),
            direction: Direction::Export,
            batch_type: BatchType::Data,
            catalogue: Catalogue::from_toml(CATALOGUE).unwrap().digest().unwrap(),
            policy: [7; 32],
            sender,
        };
        let readers = ["recipient", "li", "li-2", "wang", "expired", "revoked"].map(|n| self.public(n));
        let path = self.path(name);
        let file = BufWriter::new(File::create(&path).unwrap());
        let mut sealer =
            Sealer::new(file, tempfile::tempfile().unwrap(), &address, &readers, &mut SystemEntropy).unwrap();
        for part in parts {
            match part {
                Part::Records(records, reason) => {
                    let mut block = RecordBlock::default();
                    let kind = records[0].kind.clone();
                    records.iter().for_each(|r| block.push(&r.encode().unwrap()));
                    sealer.records(&kind, block, reason).unwrap();
                }
                Part::Document(name, media_type, bytes, reason) => {
                    let document = Document {
                        kind: "file".into(),
                        name,
                        version: 1,
                        media_type: media_type.into(),
                        reason: reason.into(),
                    };
                    sealer.document(document, &mut bytes.as_slice()).unwrap();
                }
            }
        }
        sealer.finish_draft().unwrap();
        path
    }

    /// Gives a draft the number 1.
    pub fn release(&self, draft: &Path) -> PathBuf {
        let path = draft.with_extension("batch");
        std::fs::copy(draft, &path).unwrap();
        let mut file = File::options().read(true).write(true).open(&path).unwrap();
        let read = ferry_format::batch::open::UnverifiedBatch::read(File::open(draft).unwrap()).unwrap();
        let text = std::fs::read_to_string(self.path("sender.key")).unwrap();
        let sender = SecretKey::from_text(&text).unwrap().signer().unwrap();
        let now = ferry_io::clock::now_s();
        let series = SeriesStatement {
            content: read.claimed_content().digest(),
            epoch: 1,
            sequence: 1,
            created_s: now,
            not_after_s: now + 3600,
            sender: self.public("sender").verifying.unwrap(),
            ..SeriesStatement::default()
        };
        release(&mut file, read.claimed_content(), &series, &sender).unwrap();
        path
    }

    /// Runs `ferry` in the folder.
    pub fn ferry(&self, line: &[&str]) -> Output {
        crate::stage::program("ferry").args(line).current_dir(&self.folder).output().unwrap()
    }
}

/// An announcement of the catalogue.
pub fn announcement(id: &str, title: &str, text: &str) -> Record {
    let mut record = Record::new("announcement", id, 1);
    let fields = [("type", "hearing"), ("title", title), ("text", text), ("issued-on", "2026-11-20")];
    record.fields.extend(fields.map(|(name, value)| (name.to_owned(), Value::Text(value.to_owned()))));
    record
}

/// A record that names a document.
pub fn naming(mut record: Record, name: &str, media_type: &str, bytes: &[u8]) -> Record {
    let document = DocumentRef {
        sha256: sha256(bytes),
        bytes: bytes.len() as u64,
        name: name.into(),
        media_type: media_type.into(),
    };
    record.fields.insert("document".into(), Value::Document(document));
    record
}

/// So many case records, every hundredth of them a retraction.
pub fn many(count: u64) -> Vec<Part> {
    let record = |n: u64| {
        // Some of it cannot be compressed, as in real ones.
        let mark = to_hex(&sha256(&n.to_be_bytes()));
        let text = format!("被执行人有能力履行而拒不履行，申请执行人可提供线索。{mark}");
        let mut record = announcement(&format!("GG{n:07}"), &format!("公告 第{n}号"), &text);
        record.case_id = format!("c{:06}", n / 10);
        record.retracted = n % 100 == 99;
        record
    };
    let blocks = (0..count).step_by(BLOCK as usize);
    blocks.map(|from| Part::Records((from..count.min(from + BLOCK)).map(record).collect(), "")).collect()
}
