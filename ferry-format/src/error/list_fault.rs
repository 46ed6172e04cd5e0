//! Faults of a trust list.

use crate::text::Text;
use crate::texts::errors;

/// A fault of a trust list, alone or in its chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ListFault {
    /// The file or its body is not a well-formed trust list.
    Form(Text),
    /// It is for another court.
    Court {
        /// The court that it names.
        found: String,
        /// The court of the previous list.
        expected: String,
    },
    /// Its number is below that of the list in force.
    Rollback {
        /// Its number.
        found: u64,
        /// The number in force.
        newest: u64,
    },
    /// Lists between it and the one in force are missing.
    Skipped {
        /// Its number.
        found: u64,
        /// The number that comes next.
        expected: u64,
    },
    /// Another list has its number, or it follows another list than the one in force.
    Fork(Text),
    /// Too few root keys signed it.
    Signatures {
        /// Distinct root keys that signed.
        found: usize,
        /// How many must.
        needed: usize,
        /// Whose: the previous list's, this list's or the given ones.
        of: Text,
    },
    /// The first list does not name the given root keys.
    Roots,
    /// It has expired.
    Expired(i64),
    /// It undoes what must not be undone: a floor, a revocation.
    Backward(Text),
    /// It does not name the channel.
    Channel {
        /// The channel.
        channel: String,
        /// Its direction.
        direction: Text,
    },
}

impl ListFault {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Form(_) => "FERRY-E0220",
            Self::Court { .. } => "FERRY-E0221",
            Self::Rollback { .. } => "FERRY-E0222",
            Self::Skipped { .. } => "FERRY-E0223",
            Self::Fork(_) => "FERRY-E0224",
            Self::Signatures { .. } => "FERRY-E0225",
            Self::Roots => "FERRY-E0226",
            Self::Expired(_) => "FERRY-E0227",
            Self::Backward(_) => "FERRY-E0228",
            Self::Channel { .. } => "FERRY-E0229",
        }
    }

    /// What is wrong.
    pub(crate) fn message(&self) -> Text {
        match self {
            Self::Form(why) | Self::Backward(why) => why.clone(),
            Self::Court { found, expected } => errors::list_court(found, expected),
            Self::Rollback { found, newest } => errors::list_rollback(found, newest),
            Self::Skipped { found, expected } => errors::list_skipped(found, expected),
            Self::Fork(why) => errors::list_fork(why),
            Self::Signatures { found, needed, of } => errors::list_signatures(found, needed, of),
            Self::Roots => errors::list_roots(),
            Self::Expired(until) => errors::list_expired(until),
            Self::Channel { channel, direction } => errors::list_channel(channel, direction),
        }
    }

    /// What a person can do about it.
    pub(crate) fn hint(&self) -> Text {
        match self {
            Self::Form(_) => errors::hint_list_form(),
            Self::Court { .. } => errors::hint_list_court(),
            Self::Rollback { .. } => errors::hint_list_rollback(),
            Self::Skipped { .. } => errors::hint_list_skipped(),
            Self::Fork(_) => errors::hint_list_fork(),
            Self::Signatures { .. } => errors::hint_list_signatures(),
            Self::Roots => errors::hint_list_roots(),
            Self::Expired(_) => errors::hint_list_expired(),
            Self::Backward(_) => errors::hint_list_backward(),
            Self::Channel { .. } => errors::hint_list_channel(),
        }
    }

    pub(crate) fn form(why: impl Into<Text>) -> Self {
        Self::Form(why.into())
    }
}
