//! Verification of an evidence bundle, and what it proves (SPEC.md, "Evidence").

use crate::audit::{Entry, Path};
use crate::crypto::hash::sha256;
use crate::crypto::merkle::{leaf_digest, verify_path};
use crate::crypto::suite::Suite;
use crate::encoding::hex::to_hex;
use crate::error::evidence_fault::EvidenceFault;
use crate::error::{FormatError, Result};
use crate::evidence::bundle::{Audit, BatchEvidence, Body, Bundle, Item, MissingPart, Role};
use crate::frame::header::{Direction, Header, Prelude};
use crate::frame::statement::{ContentStatement, SeriesStatement};
use crate::keys::{KeyId, Role as KeyRole};
use crate::record::Record;
use crate::texts;
use crate::trust::rules::Class;
use crate::trust::trust_file::{Moment, Trust};

/// Gives the verifier's trust for a batch. It does not come from the bundle.
pub type TrustLookup<'a> = dyn Fn(&Header, &SeriesStatement) -> Result<Trust> + 'a;

/// The first trust file for a batch: where it names court, channel or direction, they must be those of the batch.
///
/// # Errors
/// [`EvidenceFault::Untrusted`] where there is none.
pub fn choose<'t>(trusts: &'t [Trust], header: &Header) -> Result<&'t Trust> {
    let speaks = |t: &&Trust| {
        t.court.as_ref().is_none_or(|c| *c == header.court)
            && t.channel.as_ref().is_none_or(|c| *c == header.channel)
            && t.direction.is_none_or(|d| d == header.direction)
    };
    trusts.iter().find(speaks).ok_or_else(|| EvidenceFault::Untrusted.into())
}

/// The kinds of delivery reports and receipts. Where they come from a catalogue, their batches must be made under it.
#[derive(Clone, Debug)]
pub struct Kinds {
    /// Kind of delivery reports.
    pub report: String,
    /// Kind of receipts.
    pub receipt: String,
    /// Digest of the catalogue that names them.
    pub catalogue: Option<[u8; 32]>,
}

/// A verified batch.
#[derive(Clone, Debug)]
pub struct Batch {
    /// Its header.
    pub header: Header,
    /// Its content statement.
    pub content: ContentStatement,
    /// Its series statement.
    pub series: SeriesStatement,
    /// Its digest.
    pub digest: [u8; 32],
    /// Its class in the release rules.
    pub class: Class,
    /// Fingerprint of the sender's key.
    pub sender: KeyId,
    /// Fingerprint and person of each approving key.
    pub approvals: Vec<(KeyId, String)>,
}

/// An item that is proven to have crossed.
#[derive(Clone, Debug)]
pub struct ProvenItem {
    /// In which of [`Findings::batches`].
    pub batch: usize,
    /// Number of its leaf, from 0.
    pub leaf: u64,
    /// Its role.
    pub role: Role,
    /// The record; none for a document.
    pub record: Option<Record>,
    /// SHA-256 of its bytes.
    pub sha256: [u8; 32],
    /// Its length in bytes.
    pub bytes: u64,
}

/// An audit entry that is proven under a signed head.
#[derive(Clone, Debug)]
pub struct ProvenAuditEntry {
    /// In which batch the head was signed.
    pub batch: usize,
    /// Its number.
    pub number: u64,
    /// When, seconds since 1970 UTC.
    pub at_s: i64,
    /// Actor, act, subject, detail.
    pub texts: [String; 4],
}

/// What a bundle proves, once the bytes of its documents are checked too ([`Bundle::check_documents`]).
#[derive(Clone, Debug, Default)]
pub struct Findings {
    /// Batches, in the order of the bundle.
    pub batches: Vec<Batch>,
    /// The record or document that the bundle is about.
    pub subject: Option<ProvenItem>,
    /// Documents that the record names.
    pub documents: Vec<ProvenItem>,
    /// Delivery reports of the batch.
    pub reports: Vec<ProvenItem>,
    /// Receipts.
    pub receipts: Vec<ProvenItem>,
    /// Audit entries.
    pub audits: Vec<ProvenAuditEntry>,
    /// Parts that are missing.
    pub absent: Vec<MissingPart>,
}

impl Findings {
    /// The missing parts as bits of a bundle.
    pub fn absent_bits(&self) -> u8 {
        self.absent.iter().fold(0, |bits, absent| bits | *absent as u8)
    }
}

/// Verifies everything in a bundle but the bytes of its documents.
///
/// # Errors
/// The first fault, in the order of SPEC.md section 22.
pub fn verify(bundle: &Bundle, trusting: &TrustLookup<'_>, kinds: &Kinds) -> Result<Findings> {
    let found = check(bundle, trusting, kinds)?;
    if found.absent_bits() != bundle.absent {
        return Err(EvidenceFault::Absent.into());
    }
    Ok(found)
}

/// The same without comparing the list of missing parts, for making a bundle.
///
/// # Errors
/// As [`verify`].
pub fn check(bundle: &Bundle, trusting: &TrustLookup<'_>, kinds: &Kinds) -> Result<Findings> {
    let mut found = Findings::default();
    let mut proven = Vec::new();
    for evidence in &bundle.batches {
        let batch = check_batch(evidence, trusting)?;
        for item in &evidence.items {
            proven.push(check_item(item, &batch, found.batches.len())?);
        }
        found.batches.push(batch);
    }
    let shows = |(n, evidence): (usize, &BatchEvidence)| {
        !evidence.items.is_empty() || bundle.audits.iter().any(|a| usize::from(a.batch) == n)
    };
    if !bundle.batches.iter().enumerate().all(shows) {
        return Err(EvidenceFault::Subject(texts::evidence::batch_shows_nothing()).into());
    }
    for item in proven {
        match item.role {
            Role::Subject if found.subject.is_some() => {
                return Err(EvidenceFault::Subject(texts::evidence::two_subjects()).into());
            }
            Role::Subject => found.subject = Some(item),
            Role::Document => found.documents.push(item),
            Role::Report => found.reports.push(item),
            Role::Receipt => found.receipts.push(item),
        }
    }
    if found.subject.is_none() {
        let one = if found.documents.len() == 1 { found.documents.pop() } else { None };
        found.subject = Some(one.ok_or(EvidenceFault::Subject(texts::evidence::no_subject()))?);
    }
    let Some(subject) = found.subject.clone() else { return Ok(found) };
    check_relations(&found, &subject, kinds)?;
    found.audits = bundle.audits.iter().map(|audit| check_audit(audit, &found.batches)).collect::<Result<_>>()?;
    found.absent = absent(&found, &subject);
    Ok(found)
}

/// The checks of [`crate::batch::open::UnverifiedBatch`] without body and stanzas, which a bundle does not have.
fn check_batch(evidence: &BatchEvidence, trusting: &TrustLookup<'_>) -> Result<Batch> {
    let signed = &evidence.signed;
    let header = Header::decode(&signed.header)?;
    let content = ContentStatement::decode(&signed.content)?;
    let series = SeriesStatement::decode(&signed.series)?;
    let suite = Suite::known(evidence.suite)?;
    let prelude = Prelude { suite, header_bytes: signed.header.len() as u32, content_offset: 0, total_bytes: 0 };
    if content.front_digest != prelude.front_digest(&signed.header) {
        return Err(FormatError::Digest(texts::parts::the_header()));
    }
    if series.content != content.digest() {
        return Err(FormatError::Digest(texts::parts::the_content_statement()));
    }
    if series.sender != header.sender {
        return Err(FormatError::SenderDiffers);
    }
    let trust = trusting(&header, &series)?;
    trust.check_sender(&series, &signed.series, &signed.signature)?;
    let (class, at) = (Class::of(&header, &content), Moment::of(&series));
    trust.check_approvals(class, &content, &series.approvals, &at)?;
    trust.check_destination(&header)?;
    trust.check_suite(suite)?;
    let sender = trust.valid_key(KeyRole::Sender, &series.sender, &at)?.fingerprint();
    let approver = |approval: &crate::frame::statement::Approval| {
        let key = trust.valid_key(KeyRole::Reviewer, &approval.reviewer, &at)?;
        Ok((key.fingerprint(), trust.person(key)))
    };
    let approvals = series.approvals.iter().map(approver).collect::<Result<_>>()?;
    let digest = sha256(&signed.series);
    Ok(Batch { header, content, series, digest, class, sender, approvals })
}

fn check_item(item: &Item, batch: &Batch, number: usize) -> Result<ProvenItem> {
    let digest = item.body.digest();
    let root = verify_path(leaf_digest(&item.salt, &digest), item.leaf, batch.content.items, &item.path)?;
    if root != batch.content.manifest_commitment {
        return Err(EvidenceFault::Path.into());
    }
    let (record, bytes) = match &item.body {
        Body::Record(encoded) => (Some(Record::decode(encoded)?), encoded.len() as u64),
        Body::Document { bytes, .. } => (None, *bytes),
    };
    Ok(ProvenItem { batch: number, leaf: item.leaf, role: item.role, record, sha256: digest, bytes })
}

/// Checks that documents, reports and receipts belong to the subject.
fn check_relations(found: &Findings, subject: &ProvenItem, kinds: &Kinds) -> Result<()> {
    let of = &found.batches[subject.batch];
    for document in &found.documents {
        let named =
            |record: &Record| record.documents().any(|d| d.sha256 == document.sha256 && d.bytes == document.bytes);
        let same_side = found.batches[document.batch].header.direction == of.header.direction;
        if !same_side || !subject.record.as_ref().is_some_and(named) {
            return Err(EvidenceFault::Document.into());
        }
    }
    let about = [(&found.reports, EvidenceFault::Report), (&found.receipts, EvidenceFault::Receipt)];
    for (items, fault) in about {
        for item in items {
            let back = &found.batches[item.batch];
            let ways = (of.header.direction, back.header.direction) == (Direction::Export, Direction::Return);
            let record = item.record.as_ref().ok_or_else(|| fault.clone())?;
            let fits = match item.role {
                Role::Report => record.kind == kinds.report && is_report(record, of),
                _ => record.kind == kinds.receipt && is_receipt(record, subject),
            };
            if !ways || back.header.court != of.header.court || record.retracted || !fits {
                return Err(fault.clone().into());
            }
            if kinds.catalogue.is_some_and(|digest| digest != back.header.catalogue) {
                return Err(EvidenceFault::Catalogue.into());
            }
        }
    }
    Ok(())
}

/// The id of a report is epoch and number of its batch.
fn is_report(record: &Record, of: &Batch) -> bool {
    record.id == format!("{}/{}", of.series.epoch, of.series.sequence)
}

/// A receipt names the record by kind, id and version, in its case, and its document by the digest.
fn is_receipt(receipt: &Record, subject: &ProvenItem) -> bool {
    let digest = receipt.text("sha256");
    match &subject.record {
        None => digest == to_hex(&subject.sha256),
        Some(record) => {
            let version = receipt.integer("item-version").and_then(|n| u64::try_from(n).ok());
            receipt.text("kind") == record.kind
                && receipt.text("item") == record.id
                && version == Some(record.version)
                && receipt.case_id == record.case_id
                && (record.person.is_empty() || receipt.text("addressee") == record.person)
                && record.documents().any(|d| to_hex(&d.sha256) == digest)
        }
    }
}

/// Checks an entry and its path to the head.
fn check_audit(audit: &Audit, batches: &[Batch]) -> Result<ProvenAuditEntry> {
    let batch = usize::from(audit.batch);
    let head = batches.get(batch).ok_or(EvidenceFault::Audit)?.series.audit;
    let path = Path { entry: Entry::decode(&audit.entry)?, previous: audit.previous, later: audit.later.clone() };
    path.check(&head).map_err(|_| EvidenceFault::Audit)?;
    let Entry { number, at_s, actor, act, subject, detail, .. } = path.entry;
    Ok(ProvenAuditEntry { batch, number, at_s, texts: [actor, act, subject, detail] })
}

/// The missing parts. Only exports have reports and receipts.
fn absent(found: &Findings, subject: &ProvenItem) -> Vec<MissingPart> {
    let exported = found.batches[subject.batch].header.direction == Direction::Export;
    let lacks = |d: &crate::record::DocumentRef| !found.documents.iter().any(|p| p.sha256 == d.sha256);
    MissingPart::ALL
        .into_iter()
        .filter(|absent| match absent {
            MissingPart::Document => subject.record.as_ref().is_some_and(|r| r.documents().any(lacks)),
            MissingPart::Report => exported && found.reports.is_empty(),
            MissingPart::Receipt => exported && found.receipts.is_empty(),
            MissingPart::Audit => found.audits.is_empty(),
        })
        .collect()
}
