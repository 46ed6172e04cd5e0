//! The same person in several rows of the platform. One log-in reaches what belongs to all of them, where number, name and kind of
//! document agree and the number's check digit is right; otherwise nobody knows whose cases are whose, and all of them are held.

use crate::identity_number::{is_credit_code, is_identity18};
use crate::platform_time::PlatformTime;
use crate::source::owned_row::OwnedRow;
use std::collections::{BTreeSet, HashMap, HashSet};
use unicode_normalization::UnicodeNormalization;

/// People who stand in several rows.
#[derive(Default)]
pub struct People {
    canonical: HashMap<String, String>,
    groups: Vec<SamePerson>,
    group_of: HashMap<String, usize>,
    conflicting: HashSet<String>,
    digest: blake3::Hasher,
}

/// Rows of one person.
pub struct SamePerson {
    /// Their keys, in order.
    pub keys: BTreeSet<String>,
    /// The row that changed last: its query code holds.
    pub newest: OwnedRow,
}

/// A row with an identity number that another row has too.
pub struct FoundRow {
    /// Its key.
    pub key: String,
    /// The person's id in the platform.
    pub person: String,
    /// The name, as it is written.
    pub name: String,
    /// Kind of identity document, where it is known.
    pub document: Option<String>,
    /// When it last changed.
    pub changed: Option<PlatformTime>,
    /// The row.
    pub row: OwnedRow,
    /// Whether its log-in is published: the person is known under its id.
    pub is_exported: bool,
}

impl People {
    /// Judges the rows that have an identity number, in its canonical form.
    pub fn add(&mut self, identity: &str, mut found: Vec<FoundRow>) {
        found.sort_by(|a, b| b.is_exported.cmp(&a.is_exported).then_with(|| a.key.cmp(&b.key)));
        let keys: BTreeSet<String> = found.iter().map(|f| f.key.clone()).collect();
        // Rows with the same key are held for that.
        let is_named = found.iter().all(|f| !f.key.is_empty() && !f.person.is_empty());
        if keys.len() < 2 || keys.len() != found.len() || !is_named {
            return;
        }
        let (name, document) = (normalized(&found[0].name), &found[0].document);
        let agree =
            has_check_digit(identity) && found.iter().all(|f| normalized(&f.name) == name && f.document == *document);
        for key in &keys {
            self.digest.update(key.as_bytes()).update(&[u8::from(agree)]);
        }
        if !agree {
            self.conflicting.extend(keys);
            return;
        }
        let canonical = found[0].person.clone();
        self.canonical.extend(found.iter().skip(1).map(|f| (f.person.clone(), canonical.clone())));
        let newest = found.into_iter().max_by(|a, b| a.changed.cmp(&b.changed).then_with(|| a.key.cmp(&b.key)));
        let Some(newest) = newest else { return };
        self.group_of.extend(keys.iter().map(|key| (key.clone(), self.groups.len())));
        self.groups.push(SamePerson { keys, newest: newest.row });
    }

    /// The id under which a person is known outside.
    pub fn canonical(&self, person: String) -> String {
        self.canonical.get(&person).cloned().unwrap_or(person)
    }

    /// Whether that is another id than the platform's.
    pub fn has_other_id(&self, person: &str) -> bool {
        self.canonical.contains_key(person)
    }

    /// Whether anybody is known outside under another id than the platform's.
    pub fn has_other_ids(&self) -> bool {
        !self.canonical.is_empty()
    }

    /// The rows of the person in this row, where there are several.
    pub fn same_person(&self, key: &str) -> Option<&SamePerson> {
        self.group_of.get(key).map(|n| &self.groups[*n])
    }

    /// Whether another row has the identity number of this one, and nobody knows whether it is the same person.
    pub fn is_conflicting(&self, key: &str) -> bool {
        self.conflicting.contains(key)
    }

    /// Keys of all rows whose identity number another row has.
    pub fn shared_keys(&self) -> impl Iterator<Item = &String> {
        self.group_of.keys().chain(&self.conflicting)
    }

    /// Who is the same as whom: when it changes, every row is read again.
    pub fn digest(&self) -> [u8; 32] {
        *self.digest.finalize().as_bytes()
    }
}

/// A name without spaces and without differences of width.
fn normalized(name: &str) -> String {
    name.nfkc().filter(|c| !c.is_whitespace()).collect()
}

/// Whether a number is one that has a check digit, and it is right.
fn has_check_digit(identity: &str) -> bool {
    identity.is_ascii()
        && identity.len() == 18
        && (is_identity18(identity.as_bytes()) || is_credit_code(identity.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::tz::TimeZone;

    const NUMBER: &str = "11010519491231002X";

    fn found(key: &str, name: &str, document: &str, changed: &str) -> FoundRow {
        let changed = PlatformTime::parse(changed, &TimeZone::UTC);
        let document = Some(document.to_owned());
        FoundRow {
            key: key.into(),
            person: format!("P-{key}"),
            name: name.into(),
            document,
            changed,
            row: OwnedRow::default(),
            is_exported: false,
        }
    }

    fn people(identity: &str, rows: Vec<FoundRow>) -> People {
        let mut people = People::default();
        people.add(identity, rows);
        people
    }

    #[test]
    fn one_person_in_two_rows_has_the_id_of_the_first() {
        let people =
            people(NUMBER, vec![found("B", "李 四", "01", "2026-01-02"), found("A", "李四", "01", "2026-01-01")]);
        assert_eq!(people.canonical("P-B".into()), "P-A");
        assert_eq!(people.canonical("P-A".into()), "P-A");
        assert_eq!(people.same_person("B").unwrap().keys, BTreeSet::from(["A".to_owned(), "B".to_owned()]));
        assert!(!people.is_conflicting("A"));
    }

    #[test]
    fn another_name_kind_of_document_or_check_digit_holds_both() {
        let one = || found("A", "李四", "01", "2026-01-01");
        for (identity, other) in [
            (NUMBER, found("B", "李三", "01", "2026-01-01")),
            (NUMBER, found("B", "李四", "03", "2026-01-01")),
            ("110105194912310021", found("B", "李四", "01", "2026-01-01")),
            ("110105491231002", found("B", "李四", "01", "2026-01-01")),
        ] {
            let people = people(identity, vec![one(), other]);
            assert!(people.is_conflicting("A") && people.is_conflicting("B") && people.same_person("A").is_none());
            assert_eq!(people.canonical("P-B".into()), "P-B");
        }
    }
}
