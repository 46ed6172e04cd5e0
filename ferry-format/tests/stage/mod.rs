//! Keys, drafts and batches in memory, the same in every run.

pub use ferry_format::batch::open::{Sink, UnverifiedBatch};
pub use ferry_format::batch::seal::{Address, Document, Sealer, release};
pub use ferry_format::crypto::entropy::Entropy;
pub use ferry_format::frame::header::{BatchType, Direction};
pub use ferry_format::frame::manifest::Entry;
pub use ferry_format::frame::statement::{Approval, ContentStatement, SeriesStatement};
pub use ferry_format::keys::{PublicKey, Role, SecretKey, Signer, Unwrapper};
pub use ferry_format::names::Id;
pub use ferry_format::record::{Record, RecordBlock, Value};
pub use ferry_format::trust::approval::ApprovalFile;
pub use ferry_format::trust::trust_file::Trust;
pub use ferry_format::{Fault, FormatError, Result};
pub use std::io::Cursor;

/// Randomness from a counter: the same batch in every run.
pub struct Counting(pub u64);

impl Entropy for Counting {
    fn fill(&mut self, out: &mut [u8]) -> Result<()> {
        for part in out.chunks_mut(32) {
            self.0 += 1;
            part.copy_from_slice(&ferry_format::crypto::hash::sha256(&self.0.to_be_bytes())[..part.len()]);
        }
        Ok(())
    }
}

pub struct Stage {
    pub sender: SecretKey,
    pub second_sender: SecretKey,
    pub recipient: SecretKey,
    pub reviewers: Vec<SecretKey>,
    pub trust: Trust,
}

pub fn stage() -> Stage {
    let mut entropy = Counting(1000);
    let mut key = |role| SecretKey::generate(role, &mut entropy).unwrap();
    let (sender, recipient) = (key(Role::Sender), key(Role::Recipient));
    let reviewers: Vec<_> = (0..2).map(|_| key(Role::Reviewer)).collect();
    let second_sender = key(Role::Sender);
    let mut keys = vec![sender.public().unwrap(), recipient.public().unwrap(), second_sender.public().unwrap()];
    keys.extend(reviewers.iter().map(|r| r.public().unwrap()));
    let trust = Trust {
        court: Some(Id::new("court-1").unwrap()),
        channel: Some(Id::new("up").unwrap()),
        direction: Some(Direction::Export),
        keys,
        ..Trust::default()
    };
    Stage { sender, second_sender, recipient, reviewers, trust }
}

pub fn address() -> Address {
    Address {
        court: Id::new("court-1").unwrap(),
        channel: Id::new("up").unwrap(),
        direction: Direction::Export,
        batch_type: BatchType::Data,
        catalogue: [1; 32],
        policy: [0; 32],
        sender: stage().sender.signer().unwrap().public_key(),
    }
}

pub fn draft(stage: &Stage, address: &Address, documents: &[Vec<u8>]) -> (Cursor<Vec<u8>>, ContentStatement) {
    draft_for(&[stage.recipient.public().unwrap()], address, documents)
}

pub fn draft_for(
    recipients: &[PublicKey],
    address: &Address,
    documents: &[Vec<u8>],
) -> (Cursor<Vec<u8>>, ContentStatement) {
    let (out, scratch) = (Cursor::new(Vec::new()), Cursor::new(Vec::new()));
    let mut sealer = Sealer::new(out, scratch, address, recipients, &mut Counting(0)).unwrap();
    for (n, bytes) in documents.iter().enumerate() {
        let document = Document {
            kind: "file".into(),
            name: format!("文书-{n}.pdf"),
            version: 1,
            media_type: "application/pdf".into(),
            reason: String::new(),
        };
        sealer.document(document, &mut bytes.as_slice()).unwrap();
    }
    sealer.finish_draft().unwrap()
}

pub fn number(
    stage: &Stage,
    mut file: Cursor<Vec<u8>>,
    content: &ContentStatement,
    approvals: Vec<Approval>,
) -> Vec<u8> {
    let signer = stage.sender.signer().unwrap();
    let series = SeriesStatement {
        content: content.digest(),
        epoch: 1,
        sequence: 1,
        sender: signer.public_key(),
        approvals,
        ..SeriesStatement::default()
    };
    release(&mut file, content, &series, &signer).unwrap();
    file.into_inner()
}

pub fn sealed(stage: &Stage, documents: &[Vec<u8>]) -> Vec<u8> {
    let (file, content) = draft(stage, &address(), documents);
    number(stage, file, &content, Vec::new())
}

#[derive(Default)]
pub struct Collected {
    pub current: Vec<u8>,
    pub documents: Vec<(String, Vec<u8>)>,
    pub records: Vec<Record>,
}

impl Sink for Collected {
    fn begin(&mut self, _: &Entry) -> Result<()> {
        self.current.clear();
        Ok(())
    }
    fn bytes(&mut self, bytes: &[u8]) -> Result<()> {
        self.current.extend_from_slice(bytes);
        Ok(())
    }
    fn end(&mut self, entry: &Entry) -> Result<()> {
        self.documents.push((entry.name.clone(), std::mem::take(&mut self.current)));
        Ok(())
    }
    fn record(&mut self, _: &Entry, encoded: &[u8]) -> Result<()> {
        self.records.push(Record::decode(encoded)?);
        Ok(())
    }
}

pub fn open(bytes: &[u8], trust: &Trust, key: &dyn Unwrapper) -> Result<Collected> {
    let mut sink = Collected::default();
    UnverifiedBatch::read(Cursor::new(bytes))?.verify(trust)?.open(key, &mut sink)?;
    Ok(sink)
}

pub fn verify(bytes: &[u8], trust: &Trust) -> Result<()> {
    UnverifiedBatch::read(Cursor::new(bytes))?.verify(trust)?.check_body(|_| ())
}
