//! The secret half of a key in a plain file.

use crate::crypto::entropy::Entropy;
use crate::error::{FormatError, Result};
use crate::keys::line::parse_key_line;
use crate::keys::public_key::PublicKey;
use crate::keys::role::Role;
use crate::keys::signing::{Signer, SoftSigner, SoftUnwrapper};
use crate::texts;
use base64::{Engine, engine::general_purpose::STANDARD};
use ring::signature::Ed25519KeyPair;
use zeroize::{Zeroize, Zeroizing};

/// The secret half of a key file. It has no `Debug`, and its seeds are wiped when dropped.
pub struct SecretKey {
    pub(super) role: Role,
    pub(super) signing_seed: Option<Zeroizing<[u8; 32]>>,
    pub(super) opening_seed: Option<Zeroizing<[u8; 32]>>,
}

impl SecretKey {
    /// Makes a key for `role`.
    pub fn generate(role: Role, entropy: &mut dyn Entropy) -> Result<Self> {
        let mut seed = |wanted: bool| -> Result<Option<Zeroizing<[u8; 32]>>> {
            if !wanted {
                return Ok(None);
            }
            let mut bytes = Zeroizing::new([0; 32]);
            entropy.fill(bytes.as_mut())?;
            Ok(Some(bytes))
        };
        Ok(Self { role, signing_seed: seed(role.signs())?, opening_seed: seed(role.opens())? })
    }

    /// What the key may be used for.
    pub fn role(&self) -> Role {
        self.role
    }

    /// The public half.
    pub fn public(&self) -> Result<PublicKey> {
        Ok(PublicKey {
            role: self.role,
            verifying: if self.role.signs() { Some(self.signer()?.public_key()) } else { None },
            sealing: if self.role.opens() { Some(self.unwrapper()?.public) } else { None },
        })
    }

    /// The signing half.
    ///
    /// # Errors
    /// [`FormatError::Input`] when the role does not sign.
    pub fn signer(&self) -> Result<SoftSigner> {
        let seed = self.signing_seed.as_ref().ok_or_else(|| self.role.cannot(texts::keys::cannot_sign()))?;
        let pair = Ed25519KeyPair::from_seed_unchecked(seed.as_ref())
            .map_err(|_| FormatError::input(texts::parts::key(), texts::keys::signing_seed_unusable()))?;
        Ok(SoftSigner(pair))
    }

    /// The decryption half.
    ///
    /// # Errors
    /// [`FormatError::Input`] when the role does not decrypt.
    pub fn unwrapper(&self) -> Result<SoftUnwrapper> {
        let seed = self.opening_seed.as_ref().ok_or_else(|| self.role.cannot(texts::keys::cannot_open()))?;
        Ok(SoftUnwrapper::from_seed(seed))
    }

    /// The text of a `.key` file.
    pub fn to_text(&self) -> Zeroizing<String> {
        let half =
            |seed: &Option<Zeroizing<[u8; 32]>>| seed.as_ref().map_or("-".to_owned(), |k| STANDARD.encode(k.as_ref()));
        let (mut a, mut b) = (half(&self.signing_seed), half(&self.opening_seed));
        let text = Zeroizing::new(format!("ferry-secret-key-1 {} {a} {b}\n", self.role.as_str()));
        a.zeroize();
        b.zeroize();
        text
    }

    /// Reads the text of a `.key` file.
    ///
    /// # Errors
    /// [`FormatError::Input`]; the message never shows the text.
    pub fn from_text(text: &str) -> Result<Self> {
        let (role, signing_seed, opening_seed) =
            parse_key_line(text, "ferry-secret-key-1", &texts::parts::secret_key())?;
        Ok(Self { role, signing_seed, opening_seed })
    }
}
