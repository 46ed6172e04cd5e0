//! The suite: the file key and what is derived from it, and the chunk cipher.

use crate::crypto::entropy::Entropy;
use crate::error::{FormatError, Result};
use crate::limits::CHUNK_BYTES;
use crate::texts;
use hpke::aead::AesGcm256 as Aead;
use hpke::kdf::HkdfSha256 as Kdf;
use hpke::kem::X25519HkdfSha256 as Kem;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use ring::hmac;
use zeroize::Zeroizing;

/// Which algorithms a batch uses, all of them at once (SPEC.md, "Suites").
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Suite(u16);

impl Suite {
    /// Ed25519, X25519-HKDF-SHA256, AES-256-GCM, SHA-256, BLAKE3.
    pub const ONE: Self = Self(1);

    /// A suite that this program knows.
    ///
    /// # Errors
    /// [`FormatError::Unsupported`] for every other number.
    pub fn known(number: u16) -> Result<Self> {
        match number {
            1 => Ok(Self::ONE),
            _ => Err(FormatError::Unsupported { what: texts::parts::suite(), found: number.into() }),
        }
    }

    /// Its number on the wire.
    pub fn number(self) -> u16 {
        self.0
    }
}

/// Length of an AES-256-GCM tag, in bytes.
pub const TAG_BYTES: usize = 16;
/// The entry number under which manifest blocks are encrypted. No body entry may have it.
pub const MANIFEST_ENTRY: u32 = u32::MAX;

/// Encrypts and decrypts chunks: nonce = u32 entry ‖ u56 chunk ‖ u8 last (SPEC.md, "Chunks").
pub struct ChunkCipher(LessSafeKey);

impl ChunkCipher {
    /// A cipher under `key`.
    pub fn new(key: &[u8; 32]) -> Result<Self> {
        let key = UnboundKey::new(&AES_256_GCM, key).map_err(|_| FormatError::Decrypt(texts::parts::the_body()))?;
        Ok(Self(LessSafeKey::new(key)))
    }

    /// Encrypts `buffer` in place and appends the tag.
    pub fn seal(&self, entry: u32, chunk: u64, last: bool, buffer: &mut Vec<u8>) -> Result<()> {
        self.0
            .seal_in_place_append_tag(nonce(entry, chunk, last)?, Aad::empty(), buffer)
            .map_err(|_| FormatError::input(texts::parts::chunk(), texts::wire::too_long_to_encrypt()))
    }

    /// Encrypts `plain` in place and gives the tag.
    pub fn seal_apart(&self, entry: u32, chunk: u64, last: bool, plain: &mut [u8]) -> Result<[u8; TAG_BYTES]> {
        let sealed = self.0.seal_in_place_separate_tag(nonce(entry, chunk, last)?, Aad::empty(), plain);
        let tag = sealed.map_err(|_| FormatError::input(texts::parts::chunk(), texts::wire::too_long_to_encrypt()))?;
        let mut out = [0; TAG_BYTES];
        out.copy_from_slice(tag.as_ref());
        Ok(out)
    }

    /// Decrypts `buffer` (with its tag) in place and gives the plain part.
    pub fn open<'b>(&self, entry: u32, chunk: u64, last: bool, buffer: &'b mut [u8]) -> Result<&'b mut [u8]> {
        self.open_at(nonce(entry, chunk, last)?, buffer)
    }

    /// Decrypts under a complete nonce.
    pub fn open_at<'b>(&self, nonce: Nonce, buffer: &'b mut [u8]) -> Result<&'b mut [u8]> {
        self.0.open_in_place(nonce, Aad::empty(), buffer).map_err(|_| FormatError::Decrypt(texts::parts::a_chunk()))
    }
}

fn nonce(entry: u32, chunk: u64, last: bool) -> Result<Nonce> {
    if chunk >> 56 != 0 {
        return Err(FormatError::input(texts::parts::entry(), texts::wire::too_many_chunks()));
    }
    let mut bytes = [0; 12];
    bytes[..4].copy_from_slice(&entry.to_be_bytes());
    bytes[4..11].copy_from_slice(&chunk.to_be_bytes()[1..]);
    bytes[11] = u8::from(last);
    Ok(Nonce::assume_unique_for_key(bytes))
}

/// Number of chunks of an entry that stores `plain_bytes`; an empty entry has one empty chunk.
pub fn chunk_count(plain_bytes: u64) -> u64 {
    plain_bytes.div_ceil(CHUNK_BYTES as u64).max(1)
}

/// Ciphertext length of an entry that stores `plain_bytes`.
pub fn sealed_length(plain_bytes: u64) -> u64 {
    plain_bytes + chunk_count(plain_bytes) * TAG_BYTES as u64
}

/// Everything derived from one single-use file key and the batch's salt (HKDF-SHA256, RFC 5869).
pub struct FileKeys {
    /// For body entries.
    pub body: ChunkCipher,
    /// For manifest blocks.
    pub manifest: ChunkCipher,
    /// Commitment to the file key in the header, so that two recipients cannot be shown two texts.
    pub commitment: [u8; 32],
    leaf: hmac::Key,
}

impl FileKeys {
    /// Derives all keys.
    pub fn derive(file_key: &[u8; 32], salt: &[u8; 32]) -> Result<Self> {
        Ok(Self {
            body: ChunkCipher::new(&*expand(file_key, salt, b"body")?)?,
            manifest: ChunkCipher::new(&*expand(file_key, salt, b"manifest")?)?,
            commitment: *expand(file_key, salt, b"commit")?,
            leaf: hmac::Key::new(hmac::HMAC_SHA256, &*expand(file_key, salt, b"leaf")?),
        })
    }

    /// The salt of one leaf of the manifest commitment. Showing it reveals nothing of its neighbours.
    pub fn leaf_salt(&self, entry: u32, item: u32) -> [u8; 32] {
        let mut message = [0; 8];
        message[..4].copy_from_slice(&entry.to_be_bytes());
        message[4..].copy_from_slice(&item.to_be_bytes());
        let mut out = [0; 32];
        out.copy_from_slice(hmac::sign(&self.leaf, &message).as_ref());
        out
    }
}

struct Len32;

impl ring::hkdf::KeyType for Len32 {
    fn len(&self) -> usize {
        32
    }
}

fn expand(file_key: &[u8; 32], salt: &[u8; 32], label: &[u8]) -> Result<Zeroizing<[u8; 32]>> {
    hkdf(file_key, salt, &[b"ferry/1/", label])
}

/// HKDF-SHA256 (RFC 5869), 32 bytes of output.
pub fn hkdf(ikm: &[u8], salt: &[u8], info: &[&[u8]]) -> Result<Zeroizing<[u8; 32]>> {
    let failed = |_| FormatError::Decrypt(texts::parts::the_file_key());
    let prk = ring::hkdf::Salt::new(ring::hkdf::HKDF_SHA256, salt).extract(ikm);
    let mut out = Zeroizing::new([0; 32]);
    prk.expand(info, Len32).map_err(failed)?.fill(out.as_mut()).map_err(failed)?;
    Ok(out)
}

/// Wraps `file_key` for one recipient (RFC 9180 base mode). Returns encapsulated and wrapped key.
pub fn wrap_file_key(
    recipient: &[u8; 32],
    info: &[u8],
    file_key: &[u8; 32],
    entropy: &mut dyn Entropy,
) -> Result<([u8; 32], [u8; 48])> {
    let (encapsulated, wrapped) = hpke_seal(recipient, info, b"", file_key, entropy)?;
    let wrapped = wrapped
        .as_slice()
        .try_into()
        .map_err(|_| FormatError::input(texts::parts::file_key(), texts::wire::wrapped_length()))?;
    Ok((encapsulated, wrapped))
}

/// Single-shot HPKE, mode base, 0x0020/0x0001/0x0002. Returns encapsulated key and ciphertext.
///
/// # Errors
/// [`FormatError::Input`] for a public key that gives an all-zero secret (RFC 7748 section 6.1).
pub fn hpke_seal(
    recipient: &[u8; 32],
    info: &[u8],
    aad: &[u8],
    plain: &[u8],
    entropy: &mut dyn Entropy,
) -> Result<([u8; 32], Vec<u8>)> {
    use hpke::{Deserializable, Serializable};
    let unusable = |_| FormatError::input(texts::parts::recipient(), texts::wire::public_key_unusable());
    let public = <Kem as hpke::Kem>::PublicKey::from_bytes(recipient).map_err(unusable)?;
    let mut seed = Zeroizing::new([0; 64]);
    entropy.fill(seed.as_mut())?;
    let mut rng = SeededOnce { seed, used: 0 };
    let mode = hpke::OpModeS::Base;
    let sealed = hpke::single_shot_seal_with_rng::<Aead, Kdf, Kem>(&mode, &public, info, plain, aad, &mut rng);
    let (enc, cipher) = sealed.map_err(unusable)?;
    Ok((enc.to_bytes().into(), cipher))
}

/// Opens what [`hpke_seal`] made, if the tag verifies.
pub fn hpke_open(
    private: &<Kem as hpke::Kem>::PrivateKey,
    info: &[u8],
    aad: &[u8],
    encapsulated: &[u8],
    cipher: &[u8],
) -> Result<Zeroizing<Vec<u8>>> {
    use hpke::Deserializable;
    let refused = |_| FormatError::Decrypt(texts::parts::the_stanza());
    let enc = <Kem as hpke::Kem>::EncappedKey::from_bytes(encapsulated).map_err(refused)?;
    let opened = hpke::single_shot_open::<Aead, Kdf, Kem>(&hpke::OpModeR::Base, private, &enc, info, cipher, aad);
    opened.map(Zeroizing::new).map_err(refused)
}

/// Gives `hpke` bytes that were drawn before. Running out would repeat bytes, so it panics:
/// one encapsulation draws 32 of the 64.
struct SeededOnce {
    seed: Zeroizing<[u8; 64]>,
    used: usize,
}

impl hpke::rand_core::TryRng for SeededOnce {
    type Error = std::convert::Infallible;

    fn try_next_u32(&mut self) -> std::result::Result<u32, Self::Error> {
        let mut b = [0; 4];
        self.try_fill_bytes(&mut b)?;
        Ok(u32::from_le_bytes(b))
    }

    fn try_next_u64(&mut self) -> std::result::Result<u64, Self::Error> {
        let mut b = [0; 8];
        self.try_fill_bytes(&mut b)?;
        Ok(u64::from_le_bytes(b))
    }

    fn try_fill_bytes(&mut self, dst: &mut [u8]) -> std::result::Result<(), Self::Error> {
        let end = self.used + dst.len();
        dst.copy_from_slice(&self.seed[self.used..end]);
        self.used = end;
        Ok(())
    }
}

impl hpke::rand_core::TryCryptoRng for SeededOnce {}
