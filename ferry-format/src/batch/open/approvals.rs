//! Results of the checks of a batch: one that may be opened, or one that lacks approvals.

use crate::batch::open::unverified::{Signed, Sink, UnverifiedBatch};
use crate::crypto::suite::Suite;
use crate::error::{FormatError, Result};
use crate::frame::header::Header;
use crate::frame::statement::{ContentStatement, SeriesStatement};
use crate::keys::Unwrapper;
use crate::trust::rules::Class;
use crate::trust::trust_file::Trust;
use std::io::{Read, Seek};

/// A batch whose sender and destination are verified, classified by its approvals.
pub enum Checked<F> {
    /// It has every approval that it needs.
    Verified(VerifiedBatch<F>),
    /// It lacks approvals, or has an invalid one.
    Unapproved(UnapprovedBatch<F>),
}

impl<F> Checked<F> {
    /// Its series statement.
    pub fn series(&self) -> &SeriesStatement {
        match self {
            Self::Verified(batch) => &batch.series,
            Self::Unapproved(batch) => &batch.series,
        }
    }

    /// The batch digest.
    pub fn digest(&self) -> [u8; 32] {
        match self {
            Self::Verified(batch) => batch.digest,
            Self::Unapproved(batch) => batch.digest,
        }
    }

    /// The header.
    pub fn header(&self) -> &Header {
        match self {
            Self::Verified(batch) => &batch.inner.header,
            Self::Unapproved(batch) => &batch.inner.header,
        }
    }
}

impl<F: Read + Seek> UnverifiedBatch<F> {
    /// Checks signatures, approvals and destination.
    ///
    /// # Errors
    /// Everything that [`Self::classify`] refuses, and the missing approvals.
    pub fn verify(self, trust: &Trust) -> Result<VerifiedBatch<F>> {
        match self.classify(trust)? {
            Checked::Verified(batch) => Ok(batch),
            Checked::Unapproved(batch) => Err(batch.why),
        }
    }

    /// Checks the sender's signature and the destination, and classifies by the approvals. This is the only constructor of
    /// [`VerifiedBatch`] and [`UnapprovedBatch`].
    ///
    /// # Errors
    /// A wrong sender or destination: then the number of the batch means nothing.
    pub fn classify(self, trust: &Trust) -> Result<Checked<F>> {
        let series = self.check_sender(trust)?.clone();
        let digest = series.digest();
        Ok(match self.check_approvals(trust, Class::of(&self.header, &self.content), &series) {
            Ok(()) => Checked::Verified(VerifiedBatch { inner: self, series, digest }),
            Err(why) => Checked::Unapproved(UnapprovedBatch { inner: self, series, digest, why }),
        })
    }
}

/// A batch of a trusted sender for this destination, without the approvals that it needs. Its number is used up, and it
/// cannot be opened.
pub struct UnapprovedBatch<F> {
    inner: UnverifiedBatch<F>,
    series: SeriesStatement,
    digest: [u8; 32],
    /// What it lacks.
    pub why: FormatError,
}

impl<F: Read + Seek> UnapprovedBatch<F> {
    /// The batch digest.
    pub fn digest(&self) -> [u8; 32] {
        self.digest
    }

    /// What the sender signed, and the signature.
    pub fn signed(&self) -> Option<Signed> {
        self.inner.signed()
    }

    /// Compares every segment with its signed digest. `passed` is told the length of each.
    pub fn check_body(&mut self, passed: impl FnMut(u64)) -> Result<()> {
        self.inner.check_body(passed)
    }
}

/// A batch whose sender, approvals and destination are verified.
pub struct VerifiedBatch<F> {
    inner: UnverifiedBatch<F>,
    series: SeriesStatement,
    digest: [u8; 32],
}

impl<F: Read + Seek> VerifiedBatch<F> {
    /// What the sender signed, and the signature.
    pub fn signed(&self) -> Option<Signed> {
        self.inner.signed()
    }

    /// The header.
    pub fn header(&self) -> &Header {
        &self.inner.header
    }

    /// Its algorithms.
    pub fn suite(&self) -> Suite {
        self.inner.suite
    }

    /// The content statement.
    pub fn content(&self) -> &ContentStatement {
        &self.inner.content
    }

    /// The series statement.
    pub fn series(&self) -> &SeriesStatement {
        &self.series
    }

    /// The batch digest.
    pub fn digest(&self) -> [u8; 32] {
        self.digest
    }

    /// Compares every segment with its signed digest; needs no secret key. `passed` is told the length of each.
    pub fn check_body(&mut self, passed: impl FnMut(u64)) -> Result<()> {
        self.inner.check_body(passed)
    }

    /// Whether it has the approvals that `class` needs, and at least one: findings of a second scan may then be shown.
    pub fn is_cleared(&self, trust: &Trust, class: Class) -> bool {
        !self.series.approvals.is_empty() && self.inner.check_approvals(trust, class, &self.series).is_ok()
    }

    /// Decrypts everything into `sink`. Until this returns `Ok`, what the sink holds is staging.
    pub fn open(self, key: &dyn Unwrapper, sink: &mut dyn Sink) -> Result<()> {
        self.inner.open(key, sink)
    }
}
