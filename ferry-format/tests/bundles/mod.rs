//! Evidence bundles, right and wrong, that both readers are asked about.

pub mod lists;
pub mod wrong;

use super::*;
pub use ferry_format::crypto::hash::sha256;
pub use ferry_format::encoding::hex::to_hex;
pub use ferry_format::evidence::bundle::{Audit, BatchEvidence, Body, Bundle, Item, MissingPart, Role as Part};
pub use ferry_format::evidence::select::{ItemCollector, ItemSelector};
pub use ferry_format::evidence::verify::{Findings, Kinds, verify};
pub use ferry_format::frame::statement::{Acknowledged, AuditHead};
pub use ferry_format::record::DocumentRef;

pub const RULING: &[u8] = b"%PDF-1.7 the ruling of the case that is asked about";

pub fn kinds() -> Kinds {
    Kinds { report: "batch-report".into(), receipt: "service-receipt".into(), catalogue: None }
}

pub fn return_trust(stage: &Stage) -> Trust {
    Trust {
        channel: Some(Id::new("down").unwrap()),
        direction: Some(Direction::Return),
        approvals_needed: 0,
        ..stage.trust.clone()
    }
}

/// Two approvals for exports, none for returns.
pub fn trusts(stage: &Stage) -> [Trust; 2] {
    [Trust { approvals_needed: 2, ..stage.trust.clone() }, return_trust(stage)]
}

/// A batch to be sent.
pub struct Sending<'a> {
    pub address: Address,
    pub place: (u64, u64),
    pub audit: AuditHead,
    pub documents: &'a [&'a [u8]],
    pub records: &'a [Record],
    pub approved: bool,
}

impl Sending<'_> {
    pub fn up<'a>(documents: &'a [&'a [u8]], records: &'a [Record]) -> Sending<'a> {
        let audit = audits().1;
        Sending { address: address(), place: (1, 17), audit, documents, records, approved: true }
    }

    pub fn down(records: &[Record]) -> Sending<'_> {
        let address = Address { channel: Id::new("down").unwrap(), direction: Direction::Return, ..address() };
        Sending { address, place: (1, 5), audit: AuditHead::default(), documents: &[], records, approved: false }
    }

    pub fn seal(&self, stage: &Stage) -> Vec<u8> {
        let recipients = [stage.recipient.public().unwrap()];
        let (out, scratch) = (Cursor::new(Vec::new()), Cursor::new(Vec::new()));
        let mut sealer = Sealer::new(out, scratch, &self.address, &recipients, &mut Counting(self.place.1)).unwrap();
        for (n, bytes) in self.documents.iter().enumerate() {
            let document = Document {
                kind: "ruling".into(),
                name: format!("{n}.pdf"),
                version: 1,
                media_type: "application/pdf".into(),
                reason: String::new(),
            };
            sealer.document(document, &mut &**bytes).unwrap();
        }
        for record in self.records {
            let mut block = RecordBlock::default();
            block.push(&record.encode().unwrap());
            sealer.records(&record.kind, block, "").unwrap();
        }
        let (mut file, content) = sealer.finish_draft().unwrap();
        let mut approvals: Vec<Approval> = Vec::new();
        if self.approved {
            let sign = |key: &SecretKey| ApprovalFile::sign(&content, &key.signer().unwrap()).unwrap().approval;
            approvals.extend(stage.reviewers.iter().map(sign));
            approvals.sort_by_key(|a| a.reviewer);
        }
        let signer = stage.sender.signer().unwrap();
        let series = SeriesStatement {
            content: content.digest(),
            epoch: self.place.0,
            sequence: self.place.1,
            created_s: 1_764_000_000,
            acknowledged: Acknowledged::default(),
            audit: self.audit,
            sender: signer.public_key(),
            approvals,
            ..SeriesStatement::default()
        };
        release(&mut file, &content, &series, &signer).unwrap();
        file.into_inner()
    }
}

pub fn served(id: &str, document: &[u8], person: &str) -> Record {
    let mut record = Record::new("service", id, 3);
    (record.case_id, record.person) = ("AJ000001".into(), person.into());
    let named = DocumentRef {
        sha256: sha256(document),
        bytes: document.len() as u64,
        name: "裁定书.pdf".into(),
        media_type: "application/pdf".into(),
    };
    record.fields.insert("document".into(), Value::Document(named));
    record
}

pub fn report(place: &str) -> Record {
    let mut record = Record::new("batch-report", place, 5);
    record.fields.insert("verdict".into(), Value::Text("published".into()));
    record.fields.insert("at".into(), Value::Integer(1_764_000_600));
    record
}

pub fn receipt(of: &Record) -> Record {
    let mut record = Record::new("service-receipt", "R1", 1);
    (record.case_id, record.person) = (of.case_id.clone(), of.person.clone());
    let digest = of.documents().next().map(|d| to_hex(&d.sha256)).unwrap_or_default();
    for (field, text) in [("kind", &of.kind), ("item", &of.id), ("sha256", &digest), ("addressee", &of.person)] {
        record.fields.insert(field.into(), Value::Text(text.clone()));
    }
    record.fields.insert("item-version".into(), Value::Integer(of.version as i64));
    record.fields.insert("opened".into(), Value::Integer(1_764_001_000));
    record
}

/// Entry 2 of an audit of four, and the head that covers it.
pub fn audits() -> (Audit, AuditHead) {
    let entry = |number: u64| {
        let mut bytes = b"ferry/audit/002\n".to_vec();
        bytes.extend(sha256(&[number as u8, 0x5a]));
        bytes.extend(number.to_be_bytes());
        bytes.extend(1_764_000_000_i64.to_be_bytes());
        for text in ["agent", "release", "up/1/17", "3 records"] {
            bytes.extend((text.len() as u32).to_be_bytes());
            bytes.extend(text.as_bytes());
        }
        bytes.push(0);
        bytes
    };
    let link = |before: &[u8; 32], inner: &[u8; 32]| sha256(&[b"ferry/auditlink\n".as_slice(), before, inner].concat());
    let inner: Vec<[u8; 32]> = (1..=4).map(|n| sha256(&entry(n))).collect();
    let previous = link(&[0; 32], &inner[0]);
    let digest = inner[1..].iter().fold(previous, |before, inner| link(&before, inner));
    let audit = Audit { batch: 0, previous, entry: entry(2), later: inner[2..].to_vec() };
    (audit, AuditHead { entries: 4, digest })
}

/// Selects records by kind and id, and documents by their bytes.
pub struct Wanted<'a> {
    pub records: &'a [(&'a str, &'a str, Part)],
    pub documents: &'a [&'a [u8]],
    pub bytes: Vec<u8>,
    pub current: bool,
}

impl ItemSelector for Wanted<'_> {
    fn record(&mut self, _: &Entry, encoded: &[u8]) -> Result<Option<Part>> {
        let record = Record::decode(encoded)?;
        let found =
            self.records.iter().find(|(kind, id, _)| (*kind, *id) == (record.kind.as_str(), record.id.as_str()));
        Ok(found.map(|(_, _, part)| *part))
    }

    fn document(&mut self, entry: &Entry) -> Result<bool> {
        self.current = self.documents.iter().any(|d| sha256(d) == entry.sha256);
        Ok(self.current)
    }

    fn bytes(&mut self, bytes: &[u8]) -> Result<()> {
        if self.current {
            self.bytes.extend(bytes);
        }
        Ok(())
    }
}

pub fn picked(
    stage: &Stage,
    batch: &[u8],
    trust: &Trust,
    records: &[(&str, &str, Part)],
    documents: &[&[u8]],
) -> (BatchEvidence, Vec<u8>) {
    let batch = UnverifiedBatch::read(Cursor::new(batch)).unwrap().verify(trust).unwrap();
    let (suite, signed) = (batch.suite().number(), batch.signed().unwrap());
    let mut wanted = Wanted { records, documents, bytes: Vec::new(), current: false };
    let mut picker = ItemCollector::new(&mut wanted);
    batch.open(&stage.recipient.unwrapper().unwrap(), &mut picker).unwrap();
    let items = picker.finish().unwrap();
    (BatchEvidence { suite, signed, items }, wanted.bytes)
}

/// A complete bundle, and the bytes of its document.
pub struct Whole {
    pub stage: Stage,
    pub bundle: Bundle,
    pub documents: Vec<u8>,
}

pub fn neighbours() -> Vec<Record> {
    (0..9).map(|n| served(&format!("S{n}"), format!("neighbour {n}").as_bytes(), &format!("邻人{n}"))).collect()
}

pub fn in_order(mut batches: Vec<BatchEvidence>) -> Vec<BatchEvidence> {
    batches.sort_by_key(|b| sha256(&b.signed.series));
    batches
}

pub fn whole() -> Whole {
    let stage = stage();
    let [up, down] = trusts(&stage);
    let subject = served("S", RULING, "李四");
    let mut records = neighbours();
    records.insert(4, subject.clone());
    let exported = Sending::up(&[b"another document", RULING, b"a third one"], &records).seal(&stage);
    let back = [report("1/16"), report("1/17"), receipt(&records[0]), receipt(&subject)];
    let mut back = back.to_vec();
    back[2].id = "R0".into();
    let returned = Sending::down(&back).seal(&stage);
    let (first, documents) = picked(&stage, &exported, &up, &[("service", "S", Part::Subject)], &[RULING]);
    let wanted = [("batch-report", "1/17", Part::Report), ("service-receipt", "R1", Part::Receipt)];
    let (second, _) = picked(&stage, &returned, &down, &wanted, &[]);
    let batches = in_order(vec![first, second]);
    let at = batches.iter().position(|b| b.items.len() == 2 && b.items.iter().any(|i| i.role == Part::Subject));
    let audit = Audit { batch: at.unwrap() as u8, ..audits().0 };
    let trusts = vec![up.to_toml().unwrap(), down.to_toml().unwrap()];
    Whole { stage, bundle: Bundle { absent: 0, batches, trusts, audits: vec![audit] }, documents }
}

pub fn judge(bytes: &[u8], trusts: &[Trust]) -> Result<Findings> {
    let mut file = Cursor::new(bytes);
    let bundle = Bundle::read(&mut file)?;
    let found = verify(&bundle, &|header, _| chosen(trusts, header), &kinds())?;
    bundle.check_documents(&mut file, |_| Ok(std::io::sink()))?;
    Ok(found)
}

pub fn chosen(trusts: &[Trust], header: &ferry_format::frame::header::Header) -> Result<Trust> {
    ferry_format::evidence::verify::choose(trusts, header).cloned()
}
