//! What a key may be used for, and how it is named.

use crate::crypto::hash::sha256;
use crate::error::FormatError;
use crate::text::Text;
use crate::texts;
use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
use serde::{Deserialize, Serialize};
use std::fmt;

/// What a key may be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Signs trust lists and policies.
    Root,
    /// Signs the position of a batch in its series.
    Sender,
    /// Decrypts batches.
    Recipient,
    /// Approves content, and decrypts drafts to see it.
    Reviewer,
}

impl Role {
    /// The role's name in files and messages.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Root => "root",
            Self::Sender => "sender",
            Self::Recipient => "recipient",
            Self::Reviewer => "reviewer",
        }
    }

    /// The role with this name.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Root, Self::Sender, Self::Recipient, Self::Reviewer].into_iter().find(|role| role.as_str() == name)
    }

    /// Whether it has a signing half.
    pub fn signs(self) -> bool {
        self != Self::Recipient
    }

    /// Whether it has a decryption half.
    pub fn opens(self) -> bool {
        matches!(self, Self::Recipient | Self::Reviewer)
    }

    /// The role's name as people read it.
    pub fn text(self) -> Text {
        match self {
            Self::Root => texts::parts::role_root(),
            Self::Sender => texts::parts::role_sender(),
            Self::Recipient => texts::parts::role_recipient(),
            Self::Reviewer => texts::parts::role_reviewer(),
        }
    }

    pub(crate) fn cannot(self, why: Text) -> FormatError {
        FormatError::input(texts::parts::key_of_role(self.text()), why)
    }
}

/// 32 bytes that name a decryption key: SHA-256 of the public key.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(pub [u8; 32]);

impl KeyId {
    /// The id of a public key.
    pub fn of(public_key: &[u8; 32]) -> Self {
        Self(sha256(public_key))
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SHA256:{}", STANDARD_NO_PAD.encode(self.0))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
