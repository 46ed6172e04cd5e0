//! The public half of a key: its file, and the fingerprint that people compare.

use crate::crypto::hash::{digest_words, sha256};
use crate::error::Result;
use crate::keys::line::{half_text, parse_half, parse_key_line};
use crate::keys::role::{KeyId, Role};
use crate::text::Text;
use crate::texts;

/// The public half of a key file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey {
    /// What the key may be used for.
    pub role: Role,
    /// Ed25519 public key; `None` for a recipient.
    pub verifying: Option<[u8; 32]>,
    /// X25519 public key; `None` for root and sender.
    pub sealing: Option<[u8; 32]>,
}

impl PublicKey {
    /// The id that people compare: over role and both public keys.
    pub fn fingerprint(&self) -> KeyId {
        let mut bytes = self.role.as_str().as_bytes().to_vec();
        for half in [self.verifying, self.sealing] {
            bytes.push(u8::from(half.is_some()));
            bytes.extend_from_slice(&half.unwrap_or_default());
        }
        KeyId(sha256(&bytes))
    }

    /// Eight groups of four digits of the fingerprint, to be read out on the telephone (106 bits).
    pub fn digest_words(&self) -> String {
        digest_words(&self.fingerprint().0)
    }

    /// The text of a `.pub` file.
    pub fn to_text(&self) -> String {
        let (verifying, sealing) = (half_text(self.verifying), half_text(self.sealing));
        format!("ferry-public-key-1 {} {verifying} {sealing}\n", self.role.as_str())
    }

    /// Reads the text of a `.pub` file.
    ///
    /// # Errors
    /// [`FormatError::Input`] for anything but one complete public key of a known role.
    pub fn from_text(text: &str) -> Result<Self> {
        let (role, first, second) = parse_key_line(text, "ferry-public-key-1", &texts::parts::public_key())?;
        Ok(Self { role, verifying: first.map(|k| *k), sealing: second.map(|k| *k) })
    }
}

/// The public key of a role from its two fields.
pub(super) fn public_halves(role: Role, verifying: &str, sealing: &str, what: &Text) -> Result<PublicKey> {
    let half = |field: &str, wanted: bool| -> Result<_> { Ok(parse_half(field, wanted, what)?.map(|bytes| *bytes)) };
    Ok(PublicKey { role, verifying: half(verifying, role.signs())?, sealing: half(sealing, role.opens())? })
}
