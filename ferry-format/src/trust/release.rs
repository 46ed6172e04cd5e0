//! The decision over a draft: who must approve it, and who has (SPEC.md section 10).

use crate::error::{FormatError, Result};
use crate::frame::statement::{Approval, ContentStatement};
use crate::limits::APPROVALS_MAX;
use crate::trust::approval::{ApprovalFile, RefusalFile};
use crate::trust::rules::Class;
use crate::trust::trust_file::{Moment, Trust};
use std::collections::BTreeSet;

/// The decision over a draft.
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

/// Decides over a draft with the files of its reviewers. One valid refusal ends it.
///
/// # Errors
/// The first invalid file: other content, a key that may not approve, a signature that does not verify, one person under
/// two keys.
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
    let (found, offices) = trust.count_approvals(content, &given, at)?;
    let need = trust.release.of(class);
    let needed = need.approvals.max(trust.approvals_needed);
    let missing: BTreeSet<String> = need.offices.difference(&offices).cloned().collect();
    if found >= needed && missing.is_empty() {
        let is_enough = |fewer: &[Approval]| {
            let counted = trust.count_approvals(content, fewer, at);
            counted.is_ok_and(|(found, offices)| found >= needed && need.offices.is_subset(&offices))
        };
        // A statement has a limited number of approvals: those that are not needed are left out.
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

/// Checks one more approval for a draft, so that an invalid one is rejected when a reviewer submits it.
///
/// # Errors
/// As [`decide`]; [`FormatError::Refused`] after a refusal, [`FormatError::AlreadyApproved`] where this key has already approved.
pub fn check_approval(
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
        return Err(FormatError::AlreadyApproved);
    }
    let mut all: Vec<Approval> = approvals.iter().map(|file| file.approval.clone()).collect();
    all.push(next.approval.clone());
    trust.count_approvals(content, &all, at).map(|_| ())
}
