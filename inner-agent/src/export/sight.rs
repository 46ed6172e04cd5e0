//! What can be seen of a record by itself: whether it fits the catalogue, and numbers of people and secrecy marks in its
//! fields. It needs no ledger, so it runs where rows are read.

use crate::export::held::Held;
use crate::export::scan;
use crate::source::mapping::{Found, KindMap};
use ferry_format::record::catalogue::{Audience, Catalogue, Way};
use ferry_format::record::policy::Policy;
use ferry_format::record::{Record, Value};

/// What the two sides agreed on.
#[derive(Clone, Copy)]
pub struct Rules<'a> {
    /// What may cross.
    pub catalogue: &'a Catalogue,
    /// Masking and scanning.
    pub policy: &'a Policy,
}

/// What the scanner found in the fields of a record.
pub type Seen = scan::Counts;

/// Masks what the public does not see, checks the record against the catalogue, and scans its fields.
pub fn look(rules: Rules<'_>, map: &KindMap, found: &mut Found) -> Result<Seen, Held> {
    let public = map.shape.audience == Audience::Public;
    if let Some(masks) = rules.policy.mask.get(&map.kind).filter(|_| public) {
        for (field, mask) in masks {
            if let Some(Value::Text(text)) = found.record.fields.get_mut(field) {
                *text = mask.apply(text);
            }
        }
    }
    rules.catalogue.check_record(&found.record, Way::Up).map_err(|e| Held::invalid(e.to_string()))?;
    let mut seen = Seen::new();
    if map.shape.audience == Audience::System {
        // Nobody reads it, and its digests look like numbers.
        return Ok(seen);
    }
    for value in found.record.fields.values() {
        let text = match value {
            Value::Text(text) => text,
            Value::Document(document) => &document.name,
            Value::Integer(_) => continue,
        };
        merge(&mut seen, &scan::scan(text, &rules.policy.scan.marks));
    }
    Ok(seen)
}

/// Whether a record fits the catalogue and has nothing in its texts that the scanner finds.
pub fn is_clean(rules: Rules<'_>, record: &Record) -> bool {
    let scanned = |value: &Value| match value {
        Value::Text(text) => scan::scan(text, &rules.policy.scan.marks).is_empty(),
        _ => true,
    };
    rules.catalogue.check_record(record, Way::Up).is_ok() && record.fields.values().all(scanned)
}

/// Adds what was found in another text.
pub fn merge(all: &mut Seen, more: &Seen) {
    for (what, n) in more {
        *all.entry(*what).or_default() += n;
    }
}
