//! Screening: what does not fit the catalogue, lacks an approval or a consent, or has what must not leave stays inside,
//! each with its reason.

use crate::agent::Agent;
use crate::export::held::{Class, Held};
use crate::export::scan::{self, Hit};
use crate::export::sight::{Seen, merge};
use crate::source::documents::{FileState, OpenDocument};
use crate::source::mapping::{Found, KindMap};
use ferry_format::record::case_number::CaseNumber;
use ferry_format::record::catalogue::{Audience, CORRECTION, FieldType, Requirement};
use ferry_format::record::policy::Unscannable;
use ferry_format::record::{Record, Value};
use ferry_io::error::Result;
use ferry_io::fs::pdf_text;
use ferry_io::fs::pdf_text::Text;
use jiff::civil::Date;
use rusqlite::{Connection, params};
use std::collections::HashMap;

/// Scanned documents of one run that are remembered: a file that many rows name is scanned once.
const SCANNED_MAX: usize = 65_536;

/// What screening found of a record that may cross.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Quality {
    /// Whether it was entered after its time (articles 12 and 21).
    pub late: bool,
    /// Whether someone approved that.
    pub late_approved: bool,
    /// Whether a field is missing that it must have at this step of its case.
    pub incomplete: bool,
    /// Numbers of people in what only parties see.
    pub identifiers: u64,
    /// Whether it has a document whose text could not be taken.
    pub unscannable: bool,
    /// Whether the type code of a case number in it is not among the known ones. The list changes, so it passes.
    pub unknown_case_type: bool,
}

impl Quality {
    /// As the ledger keeps it: 0 in time, 1 late without an approval, 2 late with one.
    pub fn lateness(&self) -> i64 {
        i64::from(self.late) + i64::from(self.late_approved)
    }
}

/// What screening found of a record, and why the scanner flagged it, if it did.
pub type Passed = (Quality, Option<Held>);

/// What a document's text has in it.
#[derive(Clone)]
struct Scanned {
    hits: scan::Counts,
    no_text: Option<String>,
}

/// The screen of one run.
pub struct Screen<'a> {
    agent: &'a Agent,
    conn: &'a Connection,
    today: String,
    scanned: HashMap<FileState, Scanned>,
}

impl<'a> Screen<'a> {
    /// A screen that has seen nothing yet; `today` is `YYYY-MM-DD` in the court's zone.
    pub fn new(agent: &'a Agent, conn: &'a Connection, today: String) -> Self {
        Self { agent, conn, today, scanned: HashMap::new() }
    }

    /// Says why a record whose fields were looked at stays inside, if it does.
    ///
    /// What the scanner flagged passes with its reason: reviewers may let it through.
    pub fn pass(&mut self, map: &KindMap, found: &mut Found, seen: Seen) -> Result<std::result::Result<Passed, Held>> {
        let public = map.shape.audience == Audience::Public;
        if map.shape.requires.contains(&Requirement::Consent) && !self.consents(&found.record)? {
            let why = "its addressee has not consented to electronic service; serve it in another way (article 6)";
            return Ok(Err(Held::new(Class::NoConsent, why)));
        }
        let mut quality = self.quality(map, found)?;
        let mut hits = seen;
        let mut no_text = None;
        if let Some((field, opened)) = &mut found.document
            && let Some(Value::Document(reference)) = found.record.fields.get(field)
        {
            match self.scan(opened, &reference.media_type) {
                Ok(scanned) => {
                    merge(&mut hits, &scanned.hits);
                    no_text = scanned.no_text;
                }
                Err(e) => {
                    return Ok(Err(Held::new(Class::Document, format!("field `{field}`: it cannot be read: {e}"))));
                }
            }
        }
        if hits.contains_key(&Hit::SecrecyMark) {
            return Ok(Err(Held::new(Class::SecrecyMark, "it has a secrecy mark")));
        }
        quality.identifiers = hits.values().sum();
        quality.unscannable = no_text.is_some();
        if public && quality.identifiers > 0 {
            let named: Vec<String> = hits.iter().map(|(what, n)| format!("{n} {}", name(*what))).collect();
            let held = Held::new(Class::Identifier, format!("it is for the public and has {}", named.join(", ")));
            return Ok(Ok((quality, Some(held))));
        }
        if let (true, Some(why), Unscannable::Hold) = (public, no_text, self.agent.policy.scan.unscannable) {
            let held = Held::new(Class::Unscannable, format!("it is for the public and cannot be scanned: {why}"));
            return Ok(Ok((quality, Some(held))));
        }
        Ok(Ok((quality, None)))
    }

    /// Whether a changed record says who approved its correction, when and why (article 16).
    pub fn is_approved_correction(record: &Record) -> bool {
        CORRECTION.iter().all(|field| !record.text(field).is_empty())
    }

    fn consents(&self, record: &Record) -> Result<bool> {
        let sql = "SELECT EXISTS(SELECT 1 FROM consent WHERE case_id = ?1 AND person = ?2 AND since <= ?3
                     AND (until = '' OR until >= ?3))";
        let row = params![record.case_id, record.person, self.today];
        Ok(self.conn.prepare_cached(sql)?.query_row(row, |r| r.get(0))?)
    }

    fn quality(&self, map: &KindMap, found: &Found) -> Result<Quality> {
        let mut quality = Quality::default();
        if let (Some(timely), Some(entered)) = (&map.shape.timely, &found.entered)
            && let (Ok(since), Ok(entered)) =
                (found.record.text(&timely.since).parse::<Date>(), entered.parse::<Date>())
        {
            quality.late = (entered - since).get_days() > i32::from(timely.days);
            quality.late_approved = quality.late && found.late_approved.is_some();
        }
        if map.shape.in_case && map.shape.fields.values().any(|f| !f.required_at.is_empty()) {
            let step = if map.kind == self.agent.catalogue.roles.case {
                found.record.text("step").to_owned()
            } else {
                self.step(&found.record.case_id)?
            };
            let missing = |(name, field): (&String, &ferry_format::record::catalogue::Field)| {
                field.required_at.contains(&step) && !found.record.fields.contains_key(name)
            };
            quality.incomplete = map.shape.fields.iter().any(missing);
        }
        let numbers = map.shape.fields.iter().filter(|(_, f)| f.kind == FieldType::CaseNumber);
        quality.unknown_case_type = numbers
            .filter_map(|(name, _)| CaseNumber::parse(found.record.text(name)).ok())
            .any(|number| number.warning().is_some());
        Ok(quality)
    }

    fn step(&self, case_id: &str) -> Result<String> {
        let sql = "SELECT coalesce((SELECT step FROM step WHERE case_id = ?1), '')";
        Ok(self.conn.prepare_cached(sql)?.query_row([case_id], |r| r.get(0))?)
    }

    fn scan(&mut self, opened: &mut OpenDocument, media_type: &str) -> std::io::Result<Scanned> {
        if let Some(known) = self.scanned.get(&opened.state) {
            return Ok(known.clone());
        }
        let policy = &self.agent.policy;
        let scanned = match pdf_text::text(&mut opened.file, media_type, policy)? {
            Text::Text(text) => Scanned { hits: scan::scan(&text, &policy.scan.marks), no_text: None },
            Text::None(why) => Scanned { hits: scan::Counts::new(), no_text: Some(why) },
        };
        if self.scanned.len() < SCANNED_MAX {
            self.scanned.insert(opened.state, scanned.clone());
        }
        Ok(scanned)
    }
}

fn name(hit: Hit) -> &'static str {
    match hit {
        Hit::Identity18 | Hit::Identity15 => "identity number",
        Hit::CreditCode => "unified social credit code",
        Hit::BankCard => "bank card number",
        Hit::Mobile => "mobile telephone number",
        Hit::SecrecyMark => "secrecy mark",
    }
}
