//! A key file of any form.

use crate::error::Result;
use crate::keys::encrypted::EncryptedKey;
use crate::keys::pkcs11::TokenKey;
use crate::keys::public_key::PublicKey;
use crate::keys::secret_key::SecretKey;

/// A key file of any of the three forms.
pub enum KeyFile {
    /// The plain seeds.
    Plain(SecretKey),
    /// The seeds under a passphrase.
    Encrypted(EncryptedKey),
    /// Where the signing half is in a token.
    Token(TokenKey),
}

impl KeyFile {
    /// Reads the text of a `.key` file; its first word says which form it has.
    ///
    /// # Errors
    /// [`FormatError::Input`]; the message never shows the text.
    pub fn from_text(text: &str) -> Result<Self> {
        match text.split(' ').next() {
            Some("ferry-protected-key-1") => EncryptedKey::from_text(text).map(Self::Encrypted),
            Some("ferry-token-key-1") => TokenKey::from_text(text).map(Self::Token),
            _ => SecretKey::from_text(text).map(Self::Plain),
        }
    }

    /// The public half. For an encrypted key it is what the file claims.
    pub fn public(&self) -> Result<PublicKey> {
        match self {
            Self::Plain(key) => key.public(),
            Self::Encrypted(key) => Ok(key.public().clone()),
            Self::Token(key) => Ok(key.public()),
        }
    }
}
