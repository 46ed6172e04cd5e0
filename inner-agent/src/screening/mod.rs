//! Screening: a record that does not fit the catalogue, lacks a consent, or has a secrecy mark or a number of a person that must
//! not be published is held or flagged, with its reason.

mod checksums;
mod digits;
mod labelled;
pub mod fields;
pub mod findings;
pub mod scanner;

use crate::config::Config;
use crate::context::Context;
use crate::source::documents::{FileState, OpenDocument};
use crate::source::mapping::{KindMapping, MappedRecord};
use crate::store::hold::{Hold, HoldClass};
use crate::store::quality::Quality;
use crate::store::{case_steps, consents, document_readings, screening_rules};
use ferry_channel::config::Malware;
use ferry_channel::ledger::{malware_proof, reader_proof};
use ferry_channel::types::UnixSeconds;
use ferry_format::reason::{Key, Reason, ReasonCode, Rule};
use ferry_format::record::case_number::CaseNumber;
use ferry_format::record::catalogue::{Audience, CORRECTION, Field, FieldType, Requirement};
use ferry_format::record::policy::Unreadable;
use ferry_format::record::{Record, Value};
use ferry_io::error::Result;
use ferry_io::malware::{Checked, MalwareScanner};
use ferry_io::output::language::Show;
use ferry_io::reading::answer::{Cause, Readability};
use ferry_io::reading::proven::ProvenReader;
use findings::{Finding, FindingCounts, add, add_same};
use jiff::civil::Date;
use rusqlite::Connection;
use std::collections::HashMap;
use std::io::Seek;

/// Version of the rules by which documents and fields are screened. Where it grows, the next comparison of all rows screens again
/// what is published.
const RULES: u32 = 2;

/// By which rules this configuration screens: their version, and whether a malware scanner looks at documents. What crossed before
/// there was one is looked at by the next comparison of all rows.
pub fn rules(config: &Config) -> u32 {
    RULES << 1 | u32::from(config.malware.is_some())
}

/// Documents of one run whose findings are remembered: a file that many rows name is scanned once.
const SCANNED_MAX: usize = 65_536;

/// What screening found of a record, and why the scanner flagged it, if it did.
pub type Screened = (Quality, Option<Hold>);

/// What was found in a document.
#[derive(Clone)]
struct ScannedDocument {
    findings: FindingCounts,
    /// Why it was not read as a whole.
    not_read: Option<ReasonCode>,
    /// What it carries that crosses to nobody.
    forbidden: Option<ReasonCode>,
    readability: Readability,
    causes: Vec<Cause>,
    malware: Checked,
}

/// The screening of one run.
pub struct Screening<'a> {
    context: &'a Context,
    conn: &'a Connection,
    today: String,
    now: UnixSeconds,
    reader: ProvenReader,
    malware: MalwareScanner,
    scanned: HashMap<(FileState, String), ScannedDocument>,
}

impl<'a> Screening<'a> {
    /// Begins a run at `now`; `today` is its `YYYY-MM-DD` in the court's time zone. The reader of documents shows first that it
    /// reads.
    pub fn new(context: &'a Context, conn: &'a Connection, today: String, now: UnixSeconds) -> Result<Self> {
        let mut reader = ProvenReader::default();
        // What it misses is kept, and is an alarm.
        let _ = reader.prove();
        reader_proof::record(conn, &reader, now)?;
        let config = &context.config;
        let clamd = Malware::scanner(config.malware.as_ref(), &context.policy, &config.path)?;
        let mut malware = MalwareScanner::new(clamd);
        malware.prove();
        malware_proof::record(conn, &malware, now)?;
        Ok(Self { context, conn, today, now, reader, malware, scanned: HashMap::new() })
    }

    /// Whether documents can be read here, and looked at by the malware scanner where there is one.
    pub fn can_read(&self) -> bool {
        self.reader.proof().is_none_or(|proof| proof.is_ok()) && self.malware.proof().is_none_or(|proof| proof.is_ok())
    }

    /// Ends a run: a malware scanner that went meanwhile is an alarm, and what crossed without it is looked at again by the next
    /// comparison of all rows.
    pub fn end(&self) -> Result<()> {
        malware_proof::record(self.conn, &self.malware, self.now)?;
        if self.malware.proof().is_some_and(|proof| proof.is_err()) {
            screening_rules::forget(self.conn)?;
        }
        Ok(())
    }

    /// Screens a record whose fields were scanned.
    ///
    /// # Errors
    /// The inner error says why it is held. A flagged record passes with its reason, because reviewers may release it.
    pub fn screen(
        &mut self,
        map: &KindMapping,
        key: &str,
        mapped: &mut MappedRecord,
        in_fields: FindingCounts,
    ) -> Result<std::result::Result<Screened, Hold>> {
        let record = &mapped.record;
        if map.definition.requires.contains(&Requirement::Consent)
            && !consents::exists(self.conn, &record.case_id, &record.person, &self.today)?
        {
            return Ok(Err(Hold::new(HoldClass::NoConsent, ReasonCode::NoConsent)));
        }
        let mut quality = self.quality(map, mapped)?;
        let mut findings = in_fields;
        let mut not_read = None;
        if let Some((field, opened)) = &mut mapped.document
            && let Some(Value::Document(reference)) = mapped.record.fields.get(field)
        {
            match self.scan_document(opened, &reference.media_type) {
                Ok(scanned) => {
                    let (place, now) = ((map.kind.as_str(), key), self.now);
                    document_readings::record(self.conn, place, scanned.readability, &scanned.causes, now)?;
                    add(&mut findings, &scanned.findings);
                    not_read = scanned.not_read;
                    let forbidden = scanned.forbidden.map(|code| Hold::new(HoldClass::Forbidden, code));
                    if let Some(hold) = forbidden.or_else(|| self.malware_hold(scanned.malware)) {
                        return Ok(Err(Hold { reason: hold.reason.in_field(field), ..hold }));
                    }
                }
                Err(e) => {
                    let reason = Reason::new(ReasonCode::DocumentUnreadable).in_field(field).with(Key::Detail, e);
                    return Ok(Err(Hold::document(reason)));
                }
            }
        }
        if findings.contains_key(&Finding::SecrecyMark) {
            return Ok(Err(Hold::new(HoldClass::SecrecyMark, ReasonCode::SecrecyMark)));
        }
        quality.identifiers = findings.values().sum();
        quality.unscannable = not_read.is_some();
        if map.definition.audience != Audience::Public {
            return Ok(Ok((quality, None)));
        }
        let unread = not_read.map(|cause| Reason::new(ReasonCode::Unscannable).because(cause));
        // Where nothing can be read, reviewers would release what nobody looked at.
        let may_be_reviewed = not_read != Some(ReasonCode::PdfReaderUnavailable)
            && self.context.policy.scan.unreadable() == Unreadable::Review;
        Ok(match (findings.is_empty(), unread) {
            (_, Some(reason)) if !may_be_reviewed => Err(Hold::new(HoldClass::Unreadable, reason)),
            (false, _) => {
                let reason = Reason::new(ReasonCode::PersonalNumbers).with_counts(by_rule(&findings));
                Ok((quality, Some(Hold::new(HoldClass::Identifier, reason))))
            }
            (true, Some(reason)) => Ok((quality, Some(Hold::new(HoldClass::Unscannable, reason)))),
            (true, None) => Ok((quality, None)),
        })
    }

    /// Why a document crosses to nobody for what the malware scanner said.
    fn malware_hold(&self, checked: Checked) -> Option<Hold> {
        match checked {
            Checked::Found(name) => {
                Some(Hold::new(HoldClass::Forbidden, Reason::new(ReasonCode::Malware).with(Key::Detail, name)))
            }
            Checked::NotTaken(why) | Checked::NoScanner(why) if self.context.policy.scan.malware.required => {
                Some(Hold::document(Reason::new(ReasonCode::MalwareNotChecked).with(Key::Detail, why.show())))
            }
            Checked::NotTaken(_) | Checked::NoScanner(_) | Checked::NotAsked | Checked::Clean => None,
        }
    }

    /// Whether a record says who approved its correction, when and why (article 16).
    pub fn is_approved_correction(record: &Record) -> bool {
        CORRECTION.iter().all(|field| !record.text(field).is_empty())
    }

    fn quality(&self, map: &KindMapping, mapped: &MappedRecord) -> Result<Quality> {
        let mut quality = Quality::default();
        let record = &mapped.record;
        if let (Some(deadline), Some(entered)) = (&map.definition.deadline, &mapped.entered)
            && let (Ok(since), Ok(entered)) = (record.text(&deadline.since).parse::<Date>(), entered.parse::<Date>())
        {
            quality.late = (entered - since).get_days() > i32::from(deadline.days);
            quality.late_approved = quality.late && mapped.late_approved.is_some();
        }
        if map.definition.in_case && map.definition.fields.values().any(|f| !f.required_at.is_empty()) {
            let step = if map.kind == self.context.catalogue.roles.case {
                record.text("step").to_owned()
            } else {
                case_steps::step(self.conn, &record.case_id)?
            };
            let is_missing = |(name, field): (&String, &Field)| {
                field.required_at.contains(&step) && !record.fields.contains_key(name)
            };
            quality.incomplete = map.definition.fields.iter().any(is_missing);
        }
        let numbers = map.definition.fields.iter().filter(|(_, f)| f.kind == FieldType::CaseNumber);
        quality.unknown_case_type = numbers
            .filter_map(|(name, _)| CaseNumber::parse(record.text(name)).ok())
            .any(|number| number.warning().is_some());
        Ok(quality)
    }

    fn scan_document(&mut self, opened: &mut OpenDocument, media_type: &str) -> std::io::Result<ScannedDocument> {
        let key = (opened.state, media_type.to_owned());
        if let Some(known) = self.scanned.get(&key) {
            return Ok(known.clone());
        }
        let policy = &self.context.policy;
        let reading = self.reader.read(&opened.file, media_type, policy.scan.document_mib_max)?;
        let malware = self.malware.check(&opened.file);
        opened.file.rewind()?;
        let mut findings = FindingCounts::new();
        for text in &reading.texts {
            add_same(&mut findings, &scanner::scan(text, &policy.scan.marks));
        }
        let (not_read, forbidden, readability) = (reading.not_read(), reading.forbidden(), reading.readability());
        let mut causes = reading.causes;
        if matches!(malware, Checked::NotTaken(_) | Checked::NoScanner(_)) {
            causes.push(Cause::of_document(ReasonCode::MalwareNotChecked));
        }
        let scanned = ScannedDocument { findings, not_read, forbidden, readability, causes, malware };
        if self.scanned.len() < SCANNED_MAX {
            self.scanned.insert(key, scanned.clone());
        }
        Ok(scanned)
    }
}

/// Counts by the rules that reasons name: both lengths of identity numbers are one.
fn by_rule(findings: &FindingCounts) -> Vec<(Rule, u64)> {
    let mut counts: Vec<(Rule, u64)> = Vec::new();
    for (finding, n) in findings {
        let rule = match finding {
            Finding::Identity18 | Finding::Identity15 => Rule::Identity,
            Finding::CreditCode => Rule::CreditCode,
            Finding::BankCard => Rule::BankCard,
            Finding::Mobile => Rule::Mobile,
            Finding::TravelDocument => Rule::TravelDocument,
            Finding::SecrecyMark => Rule::SecrecyMark,
        };
        match counts.iter_mut().find(|(known, _)| *known == rule) {
            Some((_, sum)) => *sum += n,
            None => counts.push((rule, *n)),
        }
    }
    counts
}
