//! A secret key under a passphrase: Argon2id, then AES-256-GCM (SPEC.md section 19).

use crate::crypto::entropy::Entropy;
use crate::error::{FormatError, Result};
use crate::keys::line::half_text;
use crate::keys::public_key::{PublicKey, public_halves};
use crate::keys::role::Role;
use crate::keys::secret_key::SecretKey;
use crate::limits::{KEY_LANES_MAX, KEY_MEMORY_KIB_MAX, KEY_PASSES_MAX, KEY_WORK_KIB_MAX};
use crate::text::Text;
use crate::texts;
use argon2::{Algorithm, Argon2, Block, Params, Version};
use base64::{Engine, engine::general_purpose::STANDARD};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use zeroize::{Zeroize, Zeroizing};

const TAG: &str = "ferry-protected-key-1";
const SALT_BYTES: usize = 32;
/// An AES-256 key and the one nonce that it is used with.
const DERIVED_BYTES: usize = 32 + 12;

/// The cost of one passphrase guess (RFC 9106).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    /// Memory, KiB.
    pub memory_kib: u32,
    /// Passes over it.
    pub passes: u32,
    /// Lanes.
    pub lanes: u32,
}

impl Cost {
    /// The cost of new files: the three passes and four lanes of RFC 9106's choice for less than 2 GiB (section 4), with four
    /// times its memory.
    pub const USUAL: Self = Self { memory_kib: 256 * 1024, passes: 3, lanes: 4 };

    /// The limits keep a hostile file from using up the machine.
    fn params(self) -> Result<Params> {
        let Self { memory_kib, passes, lanes } = self;
        let work_kib = u64::from(memory_kib) * u64::from(passes);
        if memory_kib > KEY_MEMORY_KIB_MAX || passes > KEY_PASSES_MAX || lanes > KEY_LANES_MAX {
            return Err(FormatError::input(texts::parts::encrypted_key(), texts::keys::cost_too_high()));
        }
        if work_kib > KEY_WORK_KIB_MAX {
            return Err(FormatError::input(texts::parts::encrypted_key(), texts::keys::work_too_high()));
        }
        let unusable = |_| FormatError::input(texts::parts::encrypted_key(), texts::keys::argon2_unusable());
        Params::new(memory_kib, passes, lanes, Some(DERIVED_BYTES)).map_err(unusable)
    }
}

/// A secret key under a passphrase. Its public halves are readable, and trusted once it was opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EncryptedKey {
    public: PublicKey,
    cost: Cost,
    salt: [u8; SALT_BYTES],
    sealed: Vec<u8>,
}

impl EncryptedKey {
    /// The public half that the file claims.
    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    /// Encrypts `key` under `passphrase`.
    ///
    /// # Errors
    /// [`FormatError::Input`] for a cost out of bounds, [`FormatError::Io`] where memory is lacking.
    pub fn seal(key: &SecretKey, passphrase: &str, cost: Cost, entropy: &mut dyn Entropy) -> Result<Self> {
        let mut salt = [0; SALT_BYTES];
        entropy.fill(&mut salt)?;
        let mut protected = Self { public: key.public()?, cost, salt, sealed: Vec::new() };
        // The buffer never grows: moving it would leave a copy of the secret behind.
        let mut secret = Vec::with_capacity(64 + AES_256_GCM.tag_len());
        for half in [&key.signing_seed, &key.opening_seed].into_iter().flatten() {
            secret.extend_from_slice(half.as_ref());
        }
        let (cipher, nonce) = protected.cipher(passphrase)?;
        let aad = Aad::from(protected.front());
        cipher
            .seal_in_place_append_tag(nonce, aad, &mut secret)
            .map_err(|_| FormatError::input(texts::parts::encrypted_key(), texts::keys::cannot_be_encrypted()))?;
        protected.sealed = secret;
        Ok(protected)
    }

    /// Opens it.
    ///
    /// # Errors
    /// [`FormatError::Decrypt`] for a wrong passphrase or an altered file, which cannot be told apart;
    /// [`FormatError::Io`] where memory is lacking.
    pub fn open(&self, passphrase: &str) -> Result<SecretKey> {
        let (cipher, nonce) = self.cipher(passphrase)?;
        let mut sealed = Zeroizing::new(self.sealed.clone());
        let refused = || FormatError::Decrypt(texts::parts::the_encrypted_key());
        let Ok(secret) = cipher.open_in_place(nonce, Aad::from(self.front()), &mut sealed) else {
            return Err(refused());
        };
        let mut halves = secret.chunks_exact(32).filter_map(|half| <[u8; 32]>::try_from(half).ok()).map(Zeroizing::new);
        let role = self.public.role;
        let signing_seed = if role.signs() { halves.next() } else { None };
        let opening_seed = if role.opens() { halves.next() } else { None };
        let key = SecretKey { role, signing_seed, opening_seed };
        if key.public()? != self.public {
            return Err(refused());
        }
        Ok(key)
    }

    /// The text of the file.
    pub fn to_text(&self) -> String {
        format!("{} {}\n", self.front(), STANDARD.encode(&self.sealed))
    }

    /// Reads the text of a file. One key has one text.
    ///
    /// # Errors
    /// [`FormatError::Input`], before anything is computed from its parameters.
    pub fn from_text(text: &str) -> Result<Self> {
        let bad = |why: Text| FormatError::input(texts::parts::encrypted_key(), why);
        let line = text.strip_suffix('\n').ok_or_else(|| bad(texts::keys::line_does_not_end()))?;
        let fields: Vec<&str> = line.split(' ').collect();
        let [TAG, role, verifying, sealing, "argon2id", memory, passes, lanes, salt, sealed] = fields[..] else {
            return Err(bad(texts::keys::not_ten_fields()));
        };
        let number = |field: &str| field.parse().map_err(|_| bad(texts::keys::parameter_not_a_number()));
        let bytes = |field: &str| STANDARD.decode(field).map_err(|_| bad(texts::keys::field_not_base64()));
        let role = Role::named(role).ok_or_else(|| bad(texts::keys::role_unknown()))?;
        let key = Self {
            public: public_halves(role, verifying, sealing, &texts::parts::encrypted_key())?,
            cost: Cost { memory_kib: number(memory)?, passes: number(passes)?, lanes: number(lanes)? },
            salt: bytes(salt)?.try_into().map_err(|_| bad(texts::keys::salt_not_32_bytes()))?,
            sealed: bytes(sealed)?,
        };
        let halves = usize::from(role.signs()) + usize::from(role.opens());
        if key.sealed.len() != 32 * halves + AES_256_GCM.tag_len() {
            return Err(bad(texts::keys::sealed_length()));
        }
        key.cost.params()?;
        if key.to_text() != text {
            return Err(bad(texts::keys::number_not_shortest()));
        }
        Ok(key)
    }

    /// Everything before the encrypted part. It is bound as associated data, so that role, public halves and parameters
    /// cannot be changed.
    fn front(&self) -> String {
        let (public, cost) = (&self.public, self.cost);
        format!(
            "{TAG} {} {} {} argon2id {} {} {} {}",
            public.role.as_str(),
            half_text(public.verifying),
            half_text(public.sealing),
            cost.memory_kib,
            cost.passes,
            cost.lanes,
            STANDARD.encode(self.salt)
        )
    }

    /// The key and the only nonce that it is used with: both are new with every salt.
    fn cipher(&self, passphrase: &str) -> Result<(LessSafeKey, Nonce)> {
        let params = self.cost.params()?;
        let mut memory = Vec::new();
        let blocks = params.block_count();
        memory.try_reserve_exact(blocks).map_err(|_| FormatError::Io(std::io::ErrorKind::OutOfMemory.into()))?;
        memory.resize(blocks, Block::default());
        let mut derived = Zeroizing::new([0; DERIVED_BYTES]);
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let done =
            argon2.hash_password_into_with_memory(passphrase.as_bytes(), &self.salt, derived.as_mut(), &mut memory);
        memory.zeroize();
        done.map_err(|_| FormatError::input(texts::parts::encrypted_key(), texts::keys::argon2_unusable()))?;
        let (key, nonce) = derived.split_at(32);
        let unusable = |_| FormatError::input(texts::parts::encrypted_key(), texts::keys::cipher_unusable());
        let key = UnboundKey::new(&AES_256_GCM, key).map_err(unusable)?;
        Ok((LessSafeKey::new(key), Nonce::try_assume_unique_for_key(nonce).map_err(unusable)?))
    }
}
