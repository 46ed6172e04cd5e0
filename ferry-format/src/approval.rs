//! The detached approval file: a reviewer's signature over one content statement.

use crate::error::Result;
use crate::keys::Signer;
use crate::statement::{Approval, ContentStatement};
use crate::wire::{Reader, Writer};

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
        let mut r = Reader::new("approval", bytes);
        if r.array()? != MAGIC {
            return Err(r.error("it is no approval file"));
        }
        let file = Self { content: r.array()?, approval: Approval { reviewer: r.array()?, signature: r.array()? } };
        r.end()?;
        Ok(file)
    }
}
