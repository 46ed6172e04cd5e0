//! Which approvals are required, and which of those that were given are valid.

use crate::context::Context;
use crate::store::review_files::SignedReviews;
use crate::texts::review as texts;
use ferry_format::FormatError;
use ferry_format::frame::statement::ContentStatement;
use ferry_format::trust::approval::ApprovalFile;
use ferry_format::trust::release;
use ferry_format::trust::rules::Class;
use ferry_format::trust::trust_file::{Moment, Trust};
use ferry_io::error::{Error, Result};
use ferry_io::exit_code::NOT_PERMITTED;

/// The trust file with the reviewers.
///
/// # Errors
/// `FERRY-E0730` if none is configured.
pub fn reviewers(context: &Context) -> Result<Trust> {
    context.up_trust()?.ok_or_else(texts::no_reviewers)
}

/// How many approvals a class needs on this channel.
pub fn approvals_needed(trust: &Trust, class: Class) -> usize {
    trust.release.of(class).approvals.max(trust.approvals_needed)
}

/// A baseline contains all published records in one batch that no reviewer has seen.
///
/// # Errors
/// `FERRY-E0739` if clean records need approvals.
pub fn check_baseline(trust: Option<&Trust>) -> Result<()> {
    if trust.is_none_or(|trust| approvals_needed(trust, Class::Clean) == 0) {
        return Ok(());
    }
    Err(texts::baseline_unapproved())
}

/// Approvals that are valid now, in the order in which they were given, and those that no longer are, with the reviewer and
/// the reason.
pub fn valid_approvals(
    reviews: &SignedReviews,
    trust: &Trust,
    content: &ContentStatement,
    at: &Moment,
) -> (Vec<ApprovalFile>, Vec<(String, FormatError)>) {
    let (mut valid, mut lapsed) = (Vec::new(), Vec::new());
    for (person, file) in &reviews.approvals {
        match release::check_approval(trust, content, &valid, &[], file, at) {
            Ok(()) => valid.push(file.clone()),
            Err(error) => lapsed.push((person.clone(), error)),
        }
    }
    (valid, lapsed)
}

/// The error for a reviewer's file: not permitted if the reviewer may not sign, bad data if its bytes are wrong.
pub fn file_error(error: &FormatError) -> Error {
    let may_not_sign = matches!(
        error,
        FormatError::UnknownSigner { .. }
            | FormatError::KeyNotValid { .. }
            | FormatError::SamePerson { .. }
            | FormatError::Refused { .. }
            | FormatError::AlreadyApproved
    );
    let mut error = Error::from(error);
    if may_not_sign {
        error.exit = NOT_PERMITTED;
    }
    error
}
