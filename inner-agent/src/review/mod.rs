//! Four eyes: what reviewers signed is taken in and checked, drafts that have what they need are released, and what is not
//! reviewed in time alarms. No key of a reviewer ever comes to this machine.

pub mod commands;
pub mod folder;
pub mod list;
pub mod release;
mod take;

use crate::agent::Agent;
use ferry_format::FormatError;
use ferry_format::frame::statement::ContentStatement;
use ferry_format::keys::Role;
use ferry_format::trust::approval::{ApprovalFile, RefusalFile};
use ferry_format::trust::rules::Class;
use ferry_format::trust::trust_file::{Moment, Trust};
use ferry_io::error::{Error, Result};
use ferry_io::exit_code::{CONFIGURATION, NOT_PERMITTED};
use rusqlite::{Connection, params};

/// What reviewers gave for one content.
#[derive(Default)]
pub struct Given {
    /// Approvals, each with who gave it.
    pub approvals: Vec<(String, ApprovalFile)>,
    /// Refusals, each with who gave it.
    pub refusals: Vec<(String, RefusalFile)>,
}

impl Given {
    /// Of that content.
    pub fn to(conn: &Connection, content: &ContentStatement) -> Result<Self> {
        let sql = "SELECT person, act = 'approval', file FROM review_file WHERE content = ?1 ORDER BY at_s, reviewer";
        let mut statement = conn.prepare_cached(sql)?;
        let mut rows = statement.query([content.digest().as_slice()])?;
        let mut given = Self::default();
        while let Some(row) = rows.next()? {
            let (person, file): (String, Vec<u8>) = (row.get(0)?, row.get(2)?);
            if row.get(1)? {
                given.approvals.push((person, ApprovalFile::decode(&file)?));
            } else {
                given.refusals.push((person, RefusalFile::decode(&file)?));
            }
        }
        Ok(given)
    }

    /// Approvals that count now, one after the other, and those that no longer do, with the reason.
    pub fn that_count(
        &self,
        trust: &Trust,
        content: &ContentStatement,
        at: &Moment,
    ) -> (Vec<ApprovalFile>, Vec<(String, FormatError)>) {
        let (mut good, mut lapsed) = (Vec::new(), Vec::new());
        for (person, file) in &self.approvals {
            match ferry_format::trust::release::take(trust, content, &good, &[], file, at) {
                Ok(()) => good.push(file.clone()),
                Err(why) => lapsed.push((person.clone(), why)),
            }
        }
        (good, lapsed)
    }
}

/// Whether anybody can review.
pub fn has_reviewers(trust: &Trust) -> bool {
    trust.keys.iter().any(|key| key.role == Role::Reviewer)
}

/// The trust file with the reviewers.
///
/// # Errors
/// `FERRY-E0730` where none is named.
pub fn trust(agent: &Agent) -> Result<Trust> {
    agent.up_trust()?.ok_or_else(|| {
        let message = "no reviewer is known: `[export]` names no trust file, and nothing flagged can be released";
        let hint = "set `trust` in `[export]` to a copy of the trust file by which the outer side receives, with its reviewers";
        Error::new(CONFIGURATION, "FERRY-E0730", message, hint)
    })
}

/// Notes a batch that leaves without approvals, in the transaction of its number: it is to be reviewed afterwards.
pub fn note_left(
    conn: &Connection,
    trust: Option<&Trust>,
    content: &ContentStatement,
    (epoch, sequence): (u64, u64),
    records: u64,
    now_s: i64,
) -> Result<()> {
    if content.items == 0 || !trust.is_some_and(has_reviewers) {
        return Ok(());
    }
    let sql = "INSERT INTO review_after VALUES (?1, ?2, ?3, ?4, ?5, 'waiting', ?6, NULL)";
    let (epoch, sequence, records) = (epoch as i64, sequence as i64, records as i64);
    let digest = content.digest();
    conn.execute(sql, params![digest.as_slice(), epoch, sequence, content.encode(), records, now_s])?;
    let sql = "DELETE FROM review_after WHERE settled_s < ?1 AND state = 'reviewed'";
    conn.execute(sql, [now_s - 800 * 86_400])?;
    Ok(())
}

/// How many approvals a class needs on this channel.
pub fn needed(trust: &Trust, class: Class) -> usize {
    trust.release.of(class).approvals.max(trust.approvals_needed)
}

/// A baseline carries everything that is published in one batch, which no reviewer has seen.
///
/// # Errors
/// `FERRY-E0739` where clean records need approvals.
pub fn check_baseline(trust: Option<&Trust>) -> Result<()> {
    if trust.is_none_or(|trust| needed(trust, Class::Clean) == 0) {
        return Ok(());
    }
    let message = "the release rules want clean records approved before they leave, and a baseline leaves at once";
    let hint = "`reconcile` repairs what differs, by drafts; or sign rules without `clean` approvals for the day of the baseline";
    Err(Error::new(NOT_PERMITTED, "FERRY-E0739", message, hint))
}

/// What a reviewer's file is refused with: 77 where he may not, 65 where the bytes do not hold.
fn refusal_of(error: &FormatError) -> Error {
    let mut failure = Error::from(error);
    let may_not = matches!(
        error,
        FormatError::UnknownSigner { .. }
            | FormatError::KeyTerms { .. }
            | FormatError::OnePerson { .. }
            | FormatError::Refused { .. }
            | FormatError::Doubled
    );
    if may_not {
        failure.exit = NOT_PERMITTED;
    }
    failure
}
