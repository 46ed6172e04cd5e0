//! Who must have approved what: classes of content, the rules of a channel, and the decision over a draft (SPEC.md, "Release").

use crate::approval::{ApprovalFile, RefusalFile};
use crate::error::{FormatError, Result};
use crate::header::{BatchType, Header};
use crate::keys::Role;
use crate::limits::APPROVALS_MAX;
use crate::statement::{Approval, ContentStatement};
use crate::trust::{Moment, Trust};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What content is, for the rules. Both sides read it from signed bytes alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// Nothing in it.
    Heartbeat,
    /// Records and documents of which the scanner flagged none.
    Clean,
    /// The scanner flagged something.
    Flagged,
    /// A trust list: keys, rules, and the catalogue and policy that may be used.
    Trust,
}

impl Class {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Heartbeat, Self::Clean, Self::Flagged, Self::Trust];

    /// The class of a batch or draft.
    pub fn of(header: &Header, content: &ContentStatement) -> Self {
        match (header.batch_type, content.flagged, content.items) {
            (BatchType::Trust, ..) => Self::Trust,
            (_, 1.., _) => Self::Flagged,
            (_, 0, 0) => Self::Heartbeat,
            (_, 0, _) => Self::Clean,
        }
    }

    /// The name in files and tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Heartbeat => "heartbeat",
            Self::Clean => "clean",
            Self::Flagged => "flagged",
            Self::Trust => "trust",
        }
    }
}

/// What content of one class needs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Need {
    /// Approvals by distinct persons.
    pub approvals: usize,
    /// Offices of which each must be among them.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub offices: BTreeSet<String>,
}

impl Need {
    fn of(approvals: usize) -> Self {
        Self { approvals, offices: BTreeSet::new() }
    }
}

/// The release rules of a channel. By default clean records leave on schedule, every day (法发〔2014〕18号), and are reviewed
/// afterwards; what the scanner flagged and every change of trust needs two.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Rules {
    /// For batches with nothing in them.
    pub heartbeat: Need,
    /// For clean ones.
    pub clean: Need,
    /// For flagged ones.
    pub flagged: Need,
    /// For trust lists.
    pub trust: Need,
    /// Hours within which a draft, or a batch that left without approvals, is to be reviewed; then it alarms, and stays.
    pub review_hours: u32,
}

impl Default for Rules {
    fn default() -> Self {
        let (none, two) = (Need::default(), Need::of(2));
        Self { heartbeat: none.clone(), clean: none, flagged: two.clone(), trust: two, review_hours: 24 }
    }
}

impl Rules {
    /// What that class needs.
    pub fn of(&self, class: Class) -> &Need {
        match class {
            Class::Heartbeat => &self.heartbeat,
            Class::Clean => &self.clean,
            Class::Flagged => &self.flagged,
            Class::Trust => &self.trust,
        }
    }

    /// Whether they are the rules of a trust file that names none.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// What became of a draft.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It has what it needs: these, ascending by key.
    Ready(Vec<Approval>),
    /// So many persons approved; more are needed, or an office is missing.
    Waiting {
        /// Persons that approved.
        found: usize,
        /// Persons that must have.
        needed: usize,
        /// Offices of which nobody has approved yet.
        offices: BTreeSet<String>,
    },
    /// A reviewer refused it.
    Refused {
        /// Who.
        person: String,
        /// Why.
        reason: String,
    },
}

/// Decides over a draft with what its reviewers gave. One valid refusal ends it.
///
/// # Errors
/// The first file that does not count, with the reason: other content, a key that may not, a signature that does not hold, one
/// person under two keys, a person who both approved and refused.
pub fn decide(
    trust: &Trust,
    class: Class,
    content: &ContentStatement,
    approvals: &[ApprovalFile],
    refusals: &[RefusalFile],
    at: &Moment,
) -> Result<Decision> {
    if let Some(refusal) = refusals.first() {
        let person = refusal.check(trust, content, at)?;
        return Ok(Decision::Refused { person, reason: refusal.reason.clone() });
    }
    if approvals.iter().any(|file| file.content != content.digest()) {
        return Err(FormatError::OtherContent);
    }
    let mut given: Vec<Approval> = approvals.iter().map(|file| file.approval.clone()).collect();
    given.sort_by_key(|approval| approval.reviewer);
    given.dedup_by_key(|approval| approval.reviewer);
    let (found, offices) = trust.count(content, &given, at)?;
    let need = trust.release.of(class);
    let needed = need.approvals.max(trust.approvals_needed);
    let missing: BTreeSet<String> = need.offices.difference(&offices).cloned().collect();
    if found >= needed && missing.is_empty() {
        let is_enough = |fewer: &[Approval]| {
            let counted = trust.count(content, fewer, at);
            counted.is_ok_and(|(found, offices)| found >= needed && need.offices.is_subset(&offices))
        };
        // A statement has room for so many: whoever is not needed is left out.
        while given.len() > APPROVALS_MAX {
            let spared = |n: &usize| is_enough(&[&given[..*n], &given[n + 1..]].concat());
            match (0..given.len()).rev().find(spared) {
                Some(n) => drop(given.remove(n)),
                None => return Ok(Decision::Waiting { found, needed, offices: missing }),
            }
        }
        return Ok(Decision::Ready(given));
    }
    Ok(Decision::Waiting { found, needed, offices: missing })
}

/// Checks one more approval beside those that a draft has: what a reviewer hands in is refused at once where it does not count.
///
/// # Errors
/// As [`decide`]; [`FormatError::Refused`] after a refusal, [`FormatError::Doubled`] where this key approved already.
pub fn take(
    trust: &Trust,
    content: &ContentStatement,
    approvals: &[ApprovalFile],
    refusals: &[RefusalFile],
    next: &ApprovalFile,
    at: &Moment,
) -> Result<()> {
    if next.content != content.digest() {
        return Err(FormatError::OtherContent);
    }
    if let Some(refusal) = refusals.first() {
        return Err(FormatError::Refused { reason: refusal.reason.clone() });
    }
    if approvals.iter().any(|file| file.approval.reviewer == next.approval.reviewer) {
        return Err(FormatError::Doubled);
    }
    let mut all: Vec<Approval> = approvals.iter().map(|file| file.approval.clone()).collect();
    all.push(next.approval.clone());
    trust.count(content, &all, at).map(|_| ())
}

/// The reviewer's key that signed, where it may at that moment.
pub(crate) fn person_of(trust: &Trust, key: &[u8; 32], at: &Moment) -> Result<String> {
    Ok(trust.person(trust.stands(Role::Reviewer, key, at)?))
}
