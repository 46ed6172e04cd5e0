//! Why a trust list is refused.

use thiserror::Error;

/// A fault of a trust list, alone or at its place of the chain.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ListFault {
    /// The file or its body is not a well-formed trust list.
    #[error("{0}")]
    Form(String),
    /// It is another court's.
    #[error("it is for the court {found}, not for {expected}")]
    Court {
        /// The court that it names.
        found: String,
        /// The court of the list before.
        expected: String,
    },
    /// Its number is below that of the list in force.
    #[error("it has the number {found}, and list {newest} is in force: a trust list never goes back")]
    Rollback {
        /// Its number.
        found: u64,
        /// The number in force.
        newest: u64,
    },
    /// Lists between it and the one in force are missing.
    #[error("it has the number {found}, and list {expected} comes next")]
    Skipped {
        /// Its number.
        found: u64,
        /// The number that comes next.
        expected: u64,
    },
    /// Another list has its number, or it follows another list than the one in force.
    #[error("it does not follow the list in force: {0}")]
    Fork(&'static str),
    /// Too few root keys signed it.
    #[error("{found} of {needed} needed root keys of {of} signed it")]
    Signatures {
        /// Distinct root keys that signed.
        found: usize,
        /// How many must.
        needed: usize,
        /// Whose: "the list before", "this list" or "the keys given".
        of: &'static str,
    },
    /// The first list does not name the root keys that were given.
    #[error("its root keys are not those that were given for this court")]
    Roots,
    /// It is past its time.
    #[error("it was valid until {0} (seconds since 1970)")]
    Expired(i64),
    /// It takes back what only goes forward.
    #[error("{0}")]
    Backward(String),
    /// It does not name the channel.
    #[error("it does not name the channel {channel} ({direction})")]
    Channel {
        /// The channel.
        channel: String,
        /// Its direction.
        direction: &'static str,
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

    /// What a person can do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Form(_) => "compare the file with the one that the root keys signed; every byte of it counts",
            Self::Court { .. } => "install the list of this court",
            Self::Rollback { .. } => "the list in force is newer; `trust show` names it",
            Self::Skipped { .. } => "install the lists in between first, or all of them in one command",
            Self::Fork(_) => "two lists claim one place: keep both as evidence and ask the holders of the root keys",
            Self::Signatures { .. } => {
                "let the missing root keys sign (`ferry trust sign`): the old list's and the new one's"
            }
            Self::Roots => "compare the root keys' words with those of the ceremony",
            Self::Expired(_) => "ask for a new list; the list in force stays in force",
            Self::Backward(_) => "correct the list: a floor only rises, and a revoked key stays revoked",
            Self::Channel { .. } => "add the channel to the next list, or look which channel the batch is for",
        }
    }

    pub(crate) fn form(why: impl Into<String>) -> Self {
        Self::Form(why.into())
    }
}
