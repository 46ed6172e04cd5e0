//! The fields of a record: whether they fit the catalogue, and the scanner's findings in them. This needs no database, so it runs
//! on the thread that reads rows.

use crate::screening::findings::{FindingCounts, add};
use crate::screening::scanner;
use crate::source::mapping::{KindMapping, MappedRecord};
use crate::source::value::private_use;
use crate::store::hold::Hold;
use ferry_format::error::FormatError;
use ferry_format::reason::{Key, Reason, ReasonCode};
use ferry_format::record::catalogue::{Audience, Catalogue, Direction};
use ferry_format::record::policy::{Policy, PrivateUse};
use ferry_format::record::{Record, Value};

/// What the two sides agreed on.
#[derive(Clone, Copy)]
pub struct Rules<'a> {
    /// What may cross.
    pub catalogue: &'a Catalogue,
    /// Masking and scanning.
    pub policy: &'a Policy,
}

/// Masks what the public must not see, checks a record against the catalogue, and scans its fields.
pub fn scan_fields(rules: Rules<'_>, map: &KindMapping, mapped: &mut MappedRecord) -> Result<FindingCounts, Hold> {
    let is_public = map.definition.audience == Audience::Public;
    if let Some(masks) = rules.policy.mask.get(&map.kind).filter(|_| is_public) {
        for (field, mask) in masks {
            if let Some(Value::Text(text)) = mapped.record.fields.get_mut(field) {
                *text = mask.apply(text);
            }
        }
    }
    check_catalogue(rules, &mapped.record)?;
    if map.definition.audience != Audience::System {
        note_private_use(rules, mapped)?;
    }
    let mut findings = FindingCounts::new();
    if map.definition.audience == Audience::System {
        // Nobody reads it, and its digests look like numbers.
        return Ok(findings);
    }
    for value in mapped.record.fields.values() {
        let text = match value {
            Value::Text(text) => text,
            Value::Document(document) => &document.name,
            Value::Integer(_) => continue,
        };
        add(&mut findings, &scanner::scan(text, &rules.policy.scan.marks));
    }
    Ok(findings)
}

/// Notes the characters of the court's own fonts, or holds the record where the policy says so.
fn note_private_use(rules: Rules<'_>, mapped: &mut MappedRecord) -> Result<(), Hold> {
    for (field, value) in &mapped.record.fields {
        let text = match value {
            Value::Text(text) => text,
            Value::Document(document) => &document.name,
            Value::Integer(_) => continue,
        };
        let Some(characters) = private_use(text) else { continue };
        let reason = Reason::new(ReasonCode::PrivateUseCharacters).in_field(field).with(Key::Detail, characters);
        if rules.policy.scan.private_use == PrivateUse::Hold {
            return Err(Hold::invalid(reason));
        }
        mapped.remarks.push(reason);
    }
    Ok(())
}

/// Checks a record against the catalogue.
pub fn check_catalogue(rules: Rules<'_>, record: &Record) -> Result<(), Hold> {
    rules.catalogue.check_record(record, Direction::Up).map_err(|e| Hold::invalid(rule_of(&e)))
}

/// The rule that a record breaks.
fn rule_of(error: &FormatError) -> Reason {
    error.reason().unwrap_or_else(|| ReasonCode::ValueType.into())
}

/// Whether a record fits the catalogue and its texts have no findings.
pub fn is_clean(rules: Rules<'_>, record: &Record) -> bool {
    let is_clean = |value: &Value| match value {
        Value::Text(text) => scanner::scan(text, &rules.policy.scan.marks).is_empty(),
        _ => true,
    };
    rules.catalogue.check_record(record, Direction::Up).is_ok() && record.fields.values().all(is_clean)
}
