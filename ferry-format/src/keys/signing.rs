//! Signing and decrypting, independent of where the key is, and verifying a signature.

use crate::crypto::suite::{Suite, hpke_open};
use crate::error::{FormatError, Result};
use crate::keys::role::KeyId;
use crate::text::Text;
use crate::texts;
use hpke::{Kem as _, Serializable, kem::X25519HkdfSha256};
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use zeroize::Zeroizing;

/// A signer: a key file, a token, or a key of a later suite.
pub trait Signer {
    /// The suite whose signature it makes.
    fn suite(&self) -> Suite {
        Suite::ONE
    }
    /// The 32 bytes that name the key in headers and statements: in suite 1 the Ed25519 public key itself, in a
    /// suite with longer keys their digest.
    fn public_key(&self) -> [u8; 32];
    /// A signature over `message` of at most [`crate::limits::STATEMENT_BYTES_MAX`] bytes, in one call.
    fn sign(&self, message: &[u8]) -> Result<[u8; 64]>;
}

/// A decrypter of stanzas: a key file, a token, or a key of a later suite.
pub trait Unwrapper {
    /// The suite whose stanzas it opens.
    fn suite(&self) -> Suite {
        Suite::ONE
    }
    /// The id under which stanzas name this key.
    fn key_id(&self) -> KeyId;
    /// Opens a wrapped file key (suite 1: RFC 9180 base mode) that is bound to `info`. The lengths of
    /// `encapsulated` and `wrapped` are the suite's (suite 1: 32 and 48 bytes).
    fn unwrap_file_key(&self, info: &[u8], encapsulated: &[u8], wrapped: &[u8]) -> Result<Zeroizing<[u8; 32]>>;
}

/// A signer whose key is in a file.
pub struct SoftSigner(pub(super) Ed25519KeyPair);

impl Signer for SoftSigner {
    fn public_key(&self) -> [u8; 32] {
        let mut out = [0; 32];
        out.copy_from_slice(self.0.public_key().as_ref());
        out
    }

    fn sign(&self, message: &[u8]) -> Result<[u8; 64]> {
        let mut out = [0; 64];
        out.copy_from_slice(self.0.sign(message).as_ref());
        Ok(out)
    }
}

/// An unwrapper whose key is in a file.
pub struct SoftUnwrapper {
    private: <X25519HkdfSha256 as hpke::Kem>::PrivateKey,
    pub(super) public: [u8; 32],
}

impl SoftUnwrapper {
    pub(super) fn from_seed(seed: &Zeroizing<[u8; 32]>) -> Self {
        let (private, public) = X25519HkdfSha256::derive_keypair(seed.as_ref());
        Self { private, public: public.to_bytes().into() }
    }
}

impl Unwrapper for SoftUnwrapper {
    fn key_id(&self) -> KeyId {
        KeyId::of(&self.public)
    }

    fn unwrap_file_key(&self, info: &[u8], encapsulated: &[u8], wrapped: &[u8]) -> Result<Zeroizing<[u8; 32]>> {
        let bytes = hpke_open(&self.private, info, b"", encapsulated, wrapped)?;
        let refused = |_| FormatError::Decrypt(texts::parts::the_stanza());
        let key = <[u8; 32]>::try_from(bytes.as_slice()).map_err(refused)?;
        Ok(Zeroizing::new(key))
    }
}

/// Checks an Ed25519 signature; `what` names it in the error.
pub fn verify_signature(what: Text, public_key: &[u8; 32], message: &[u8], signature: &[u8; 64]) -> Result<()> {
    UnparsedPublicKey::new(&ED25519, public_key).verify(message, signature).map_err(|_| FormatError::Signature(what))
}
