//! What the checks of a batch give: a batch that may be opened, or one whose number is known and nothing more.

use super::{Sink, UnverifiedBatch};
use crate::error::{FormatError, Result};
use crate::header::{Header, Suite};
use crate::keys::Unwrapper;
use crate::release::Class;
use crate::statement::{ContentStatement, SeriesStatement};
use crate::trust::Trust;
use std::io::{Read, Seek};

/// A batch whose sender and destination hold, sorted by its approvals.
pub enum Checked<F> {
    /// It has what it needs.
    Verified(VerifiedBatch<F>),
    /// It lacks approvals, or has one that does not count.
    Unapproved(UnapprovedBatch<F>),
}

impl<F> Checked<F> {
    /// Its place.
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

/// A batch of our sender and for us, without the approvals that it needs. Its number is its own, and nothing opens it.
pub struct UnapprovedBatch<F> {
    pub(super) inner: UnverifiedBatch<F>,
    pub(super) series: SeriesStatement,
    pub(super) digest: [u8; 32],
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

/// A batch whose sender, approvals and destination hold for a trust file.
pub struct VerifiedBatch<F> {
    pub(super) inner: UnverifiedBatch<F>,
    pub(super) series: SeriesStatement,
    pub(super) digest: [u8; 32],
}

/// What a sender signed of a batch, to be shown when its file is gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// The header's canonical bytes: court, channel, direction.
    pub header: Vec<u8>,
    /// The content statement's canonical bytes.
    pub content: Vec<u8>,
    /// The series statement's bytes, over which the signature is.
    pub series: Vec<u8>,
    /// The sender's signature.
    pub signature: [u8; 64],
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

    /// Whether reviewers gave it what `class` needs, and at least one did: what a second scan hits may then be shown.
    pub fn is_cleared(&self, trust: &Trust, class: Class) -> bool {
        !self.series.approvals.is_empty() && self.inner.judge(trust, class, &self.series).is_ok()
    }

    /// Decrypts everything into `sink`. Until this returns `Ok`, what the sink holds is staging.
    pub fn open(self, key: &dyn Unwrapper, sink: &mut dyn Sink) -> Result<()> {
        self.inner.open(key, sink)
    }
}
