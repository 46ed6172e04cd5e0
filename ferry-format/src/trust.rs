//! The trust file: which keys may do what on which channel. What it does not name is not bound.

use crate::error::{FormatError, Result};
use crate::header::{Direction, Header, Suite};
use crate::keys::{KeyId, PublicKey, Role, verify_signature};
use crate::names::Id;
use crate::statement::{Approval, ContentStatement};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A trust file as it stands in TOML.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct TrustFile {
    #[serde(skip_serializing_if = "Option::is_none")]
    court: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    channel: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    direction: Option<Direction>,
    approvals_needed: usize,
    #[serde(default = "first_suite")]
    suite_floor: u16,
    #[serde(default)]
    keys: Vec<String>,
}

fn first_suite() -> u16 {
    Suite::ONE.number()
}

/// A checked trust file.
#[derive(Clone, Debug)]
pub struct Trust {
    /// The court that batches must name.
    pub court: Option<Id>,
    /// The channel that batches must name.
    pub channel: Option<Id>,
    /// The direction that batches must have.
    pub direction: Option<Direction>,
    /// How many distinct reviewers must have approved.
    pub approvals_needed: usize,
    /// The lowest suite that is taken. On a channel it only rises (attack: downgrade).
    pub suite_floor: u16,
    /// Trusted keys of all roles.
    pub keys: Vec<PublicKey>,
}

impl Default for Trust {
    fn default() -> Self {
        Self {
            court: None,
            channel: None,
            direction: None,
            approvals_needed: 0,
            suite_floor: first_suite(),
            keys: Vec::new(),
        }
    }
}

impl Trust {
    /// Reads the text of a trust file.
    ///
    /// # Errors
    /// [`FormatError::Input`] for unknown keys, bad ids, bad public keys, or a key named twice.
    pub fn from_toml(text: &str) -> Result<Self> {
        let file: TrustFile =
            toml::from_str(text).map_err(|e| FormatError::input("trust file", e.message().to_owned()))?;
        let id = |text: Option<String>| text.map(|t| Id::new(&t)).transpose();
        let trust = Self {
            court: id(file.court)?,
            channel: id(file.channel)?,
            direction: file.direction,
            approvals_needed: file.approvals_needed,
            suite_floor: file.suite_floor,
            keys: file.keys.iter().map(|k| PublicKey::from_text(k)).collect::<Result<_>>()?,
        };
        trust.check()?;
        Ok(trust)
    }

    /// The text of a trust file.
    pub fn to_toml(&self) -> Result<String> {
        self.check()?;
        let file = TrustFile {
            court: self.court.as_ref().map(|i| i.as_str().to_owned()),
            channel: self.channel.as_ref().map(|i| i.as_str().to_owned()),
            direction: self.direction,
            approvals_needed: self.approvals_needed,
            suite_floor: self.suite_floor,
            keys: self.keys.iter().map(|k| k.to_text().trim_end().to_owned()).collect(),
        };
        toml::to_string(&file).map_err(|e| FormatError::input("trust file", e.to_string()))
    }

    fn check(&self) -> Result<()> {
        let halves = self.keys.iter().flat_map(|k| [k.verifying, k.sealing]).flatten();
        let mut seen = BTreeSet::new();
        if !halves.into_iter().all(|h| seen.insert(h)) {
            return Err(FormatError::input("trust file", "it names one key twice"));
        }
        if self.with_role(Role::Sender).next().is_none() {
            return Err(FormatError::input("trust file", "it names no sender"));
        }
        if self.approvals_needed > self.with_role(Role::Reviewer).count() {
            return Err(FormatError::input("trust file", "it asks for more approvals than it names reviewers"));
        }
        Ok(())
    }

    fn with_role(&self, role: Role) -> impl Iterator<Item = &PublicKey> {
        self.keys.iter().filter(move |k| k.role == role)
    }

    /// Checks a sender's signature over a series statement.
    pub fn check_sender(&self, signer: &[u8; 32], statement: &[u8], signature: &[u8; 64]) -> Result<()> {
        self.known(Role::Sender, signer)?;
        verify_signature("sender's", signer, statement, signature)
    }

    /// Checks approvals over `content` and counts distinct public keys.
    ///
    /// An approval by a key that is no trusted reviewer refuses the batch: nobody adds strangers.
    pub fn check_approvals(&self, content: &ContentStatement, approvals: &[Approval]) -> Result<usize> {
        let message = content.encode();
        let mut reviewers = BTreeSet::new();
        for approval in approvals {
            self.known(Role::Reviewer, &approval.reviewer)?;
            verify_signature("reviewer's", &approval.reviewer, &message, &approval.signature)?;
            reviewers.insert(approval.reviewer);
        }
        Ok(reviewers.len())
    }

    /// Refuses a batch with fewer approvals than the threshold.
    pub fn need_approvals(&self, found: usize) -> Result<()> {
        if found < self.approvals_needed {
            return Err(FormatError::Approvals { found, needed: self.approvals_needed });
        }
        Ok(())
    }

    /// Refuses a suite below the floor.
    pub fn check_suite(&self, suite: Suite) -> Result<()> {
        if suite.number() < self.suite_floor {
            return Err(FormatError::SuiteFloor { found: suite.number(), floor: self.suite_floor });
        }
        Ok(())
    }

    fn known(&self, role: Role, key: &[u8; 32]) -> Result<()> {
        if self.with_role(role).any(|k| k.verifying == Some(*key)) {
            return Ok(());
        }
        Err(FormatError::UnknownSigner { role: role.as_str(), fingerprint: KeyId::of(key).to_string() })
    }

    /// Refuses a header that contradicts what this file binds.
    pub fn check_destination(&self, header: &Header) -> Result<()> {
        let differs = |what, found: String, expected: String| Err(FormatError::Destination { what, found, expected });
        for (what, bound, found) in [("court", &self.court, &header.court), ("channel", &self.channel, &header.channel)]
        {
            if let Some(expected) = bound
                && expected != found
            {
                return differs(what, found.to_string(), expected.to_string());
            }
        }
        if let Some(expected) = self.direction
            && expected != header.direction
        {
            return differs("direction", header.direction.as_str().into(), expected.as_str().into());
        }
        let named: BTreeSet<KeyId> =
            self.with_role(Role::Recipient).filter_map(|k| k.sealing).map(|k| KeyId::of(&k)).collect();
        let readers: BTreeSet<KeyId> =
            self.with_role(Role::Reviewer).filter_map(|k| k.sealing).map(|k| KeyId::of(&k)).collect();
        if named.is_empty() {
            return Ok(());
        }
        for id in &header.recipients {
            if !named.contains(id) && !readers.contains(id) {
                return differs("recipient", id.to_string(), "a recipient of the trust file".into());
            }
        }
        if !header.recipients.iter().any(|id| named.contains(id)) {
            return differs("reviewers only", "no recipient".into(), "a recipient of the trust file".into());
        }
        Ok(())
    }
}
