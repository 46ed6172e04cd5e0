//! A loaded key, wherever its halves are.

use crate::error::Result;
use crate::keys::pkcs11;
use ferry_format::keys::{PublicKey, Role, SecretKey, Signer, SoftUnwrapper, TokenKey};
use std::sync::Arc;

/// A signer, wherever its key is.
pub type BoxedSigner = Box<dyn Signer + Send + Sync>;

/// A key from a file, decrypted where it was under a passphrase. A token is used only to sign.
pub enum LoadedKey {
    /// Both halves are in memory.
    Soft(Arc<SecretKey>),
    /// The signing half is in a token.
    Token(Box<TokenKey>),
}

impl LoadedKey {
    /// What the key may be used for.
    pub fn role(&self) -> Role {
        match self {
            Self::Soft(key) => key.role(),
            Self::Token(key) => key.role(),
        }
    }

    /// The public half.
    pub fn public(&self) -> Result<PublicKey> {
        match self {
            Self::Soft(key) => Ok(key.public()?),
            Self::Token(key) => Ok(key.public()),
        }
    }

    /// The signing half.
    ///
    /// # Errors
    /// An input error when the role does not sign; what [`pkcs11::signer`] says of a token.
    pub fn signer(&self) -> Result<BoxedSigner> {
        match self {
            Self::Soft(key) => Ok(Box::new(key.signer()?)),
            Self::Token(key) => Ok(Box::new(pkcs11::signer(key)?)),
        }
    }

    /// The decryption half: always in memory.
    ///
    /// # Errors
    /// An input error when the role does not open.
    pub fn unwrapper(&self) -> Result<SoftUnwrapper> {
        match self {
            Self::Soft(key) => Ok(key.unwrapper()?),
            Self::Token(key) => Ok(key.unwrapper()?),
        }
    }
}
