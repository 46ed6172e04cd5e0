//! The files of a reviewer: an approval is a signature over a content statement, a refusal a signature over the reason.

use crate::crypto::hash::sha256;
use crate::encoding::reader_writer::{Reader, Writer};
use crate::error::{FormatError, Result};
use crate::frame::statement::{Approval, ContentStatement};
use crate::keys::{Signer, verify_signature};
use crate::limits::{KIND_BYTES_MAX, RECORD_ID_BYTES_MAX, REFUSAL_ITEMS_MAX, REFUSAL_REASON_BYTES_MAX};
use crate::texts;
use crate::trust::trust_file::{Moment, Trust};

const MAGIC: [u8; 8] = *b"\x89FRYAPV1";

/// An approval file: which content, who, signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApprovalFile {
    /// Digest of the content statement.
    pub content: [u8; 32],
    /// The approval that `release` embeds.
    pub approval: Approval,
}

impl ApprovalFile {
    /// Approves `content`.
    pub fn sign(content: &ContentStatement, reviewer: &dyn Signer) -> Result<Self> {
        let approval = Approval { reviewer: reviewer.public_key(), signature: reviewer.sign(&content.encode())? };
        Ok(Self { content: content.digest(), approval })
    }

    /// The 136 bytes.
    pub fn encode(&self) -> Vec<u8> {
        let mut w = Writer::new();
        w.bytes(&MAGIC).bytes(&self.content).bytes(&self.approval.reviewer).bytes(&self.approval.signature);
        w.finish()
    }

    /// Reads exactly one approval file.
    pub fn decode(bytes: &[u8]) -> Result<Self> {
        let mut r = Reader::new(texts::parts::approval(), bytes);
        if r.array()? != MAGIC {
            return Err(r.error(texts::trust::not_an_approval()));
        }
        let file = Self { content: r.array()?, approval: Approval { reviewer: r.array()?, signature: r.array()? } };
        r.end()?;
        Ok(file)
    }
}

const REFUSAL_MAGIC: [u8; 8] = *b"\x89FRYRFS1";
const REFUSAL_DOMAIN: &[u8; 16] = b"ferry/refusal/1\n";

/// A refusal file: which content, who, when, why, signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusalFile {
    /// Digest of the content statement.
    pub content: [u8; 32],
    /// The reviewer's Ed25519 public key.
    pub reviewer: [u8; 32],
    /// When it was refused, seconds since 1970 UTC, by the reviewer's clock.
    pub at_s: i64,
    /// Why, from 1 to 1024 bytes.
    pub reason: String,
    /// Kind and id of the records that it is about; none for all. Other records may be in a later draft again.
    pub items: Vec<(String, String)>,
    /// Signature over all of that.
    pub signature: [u8; 64],
}

impl RefusalFile {
    /// Refuses `content`.
    pub fn sign(
        content: &ContentStatement,
        at_s: i64,
        reason: &str,
        items: Vec<(String, String)>,
        reviewer: &dyn Signer,
    ) -> Result<Self> {
        let mut file = Self {
            content: content.digest(),
            reviewer: reviewer.public_key(),
            at_s,
            reason: reason.to_owned(),
            items,
            signature: [0; 64],
        };
        file.check_bounds()?;
        file.signature = reviewer.sign(&file.message())?;
        Ok(file)
    }

    /// Checks that it is over `content`, by a valid reviewer's key, and that the signature verifies. Gives the person.
    pub fn check(&self, trust: &Trust, content: &ContentStatement, at: &Moment) -> Result<String> {
        if self.content != content.digest() {
            return Err(FormatError::OtherContent);
        }
        let person = trust.reviewer(&self.reviewer, at)?;
        verify_signature(texts::parts::reviewer_signature(), &self.reviewer, &self.message(), &self.signature)?;
        Ok(person)
    }

    /// The signed bytes: a digest of the statement, short enough for a token.
    fn message(&self) -> Vec<u8> {
        let mut w = Writer::new();
        w.bytes(REFUSAL_DOMAIN).bytes(&sha256(&self.statement()));
        w.finish()
    }

    fn statement(&self) -> Vec<u8> {
        let mut w = Writer::new();
        w.bytes(&self.content).bytes(&self.reviewer).i64(self.at_s);
        w.u16(self.reason.len() as u16).bytes(self.reason.as_bytes());
        w.list(&self.items, |w, (kind, id)| {
            w.short_str(kind).short_str(id);
        });
        w.finish()
    }

    fn check_bounds(&self) -> Result<()> {
        let bad = |why| Err(FormatError::malformed(texts::parts::refusal(), why));
        if self.reason.trim().is_empty() || self.reason.len() > REFUSAL_REASON_BYTES_MAX {
            return bad(texts::trust::reason_length());
        }
        if self.items.len() > REFUSAL_ITEMS_MAX {
            return bad(texts::trust::too_many_records());
        }
        let fits = |text: &String, most| (1..=most).contains(&text.len());
        if self.items.iter().any(|(k, id)| !fits(k, KIND_BYTES_MAX) || !fits(id, RECORD_ID_BYTES_MAX)) {
            return bad(texts::trust::name_out_of_bounds());
        }
        if !self.items.is_sorted_by(|a, b| a < b) {
            return bad(texts::trust::records_unordered());
        }
        Ok(())
    }

    /// The bytes of the file.
    pub fn encode(&self) -> Vec<u8> {
        let mut w = Writer::new();
        w.bytes(&REFUSAL_MAGIC).bytes(&self.statement()).bytes(&self.signature);
        w.finish()
    }

    /// Reads exactly one refusal file.
    pub fn decode(bytes: &[u8]) -> Result<Self> {
        let mut r = Reader::new(texts::parts::refusal(), bytes);
        if r.array()? != REFUSAL_MAGIC {
            return Err(r.error(texts::trust::not_a_refusal()));
        }
        let (content, reviewer, at_s) = (r.array()?, r.array()?, r.i64()?);
        let length = r.u16()?;
        let reason = std::str::from_utf8(r.take(length.into())?)
            .map_err(|_| r.error(texts::trust::reason_not_text()))?
            .to_owned();
        let items = r.list(REFUSAL_ITEMS_MAX, |r| Ok((r.short_str()?.to_owned(), r.short_str()?.to_owned())))?;
        let file = Self { content, reviewer, at_s, reason, items, signature: r.array()? };
        r.end()?;
        file.check_bounds()?;
        Ok(file)
    }
}
