//! Keys: roles, ids, fingerprints, and the text files they are kept in.

mod protected;
mod token;

pub use protected::{Cost, ProtectedKey};
pub use token::{PinSource, TokenKey, TokenPlace};

use crate::crypto::{Entropy, hpke_open};
use crate::error::{FormatError, Result};
use crate::header::Suite;
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, STANDARD_NO_PAD},
};
use hpke::{Kem as _, Serializable, kem::X25519HkdfSha256};
use ring::digest::{SHA256, digest};
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use serde::{Deserialize, Serialize};
use std::fmt;
use zeroize::{Zeroize, Zeroizing};

/// What a key may be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Signs trust lists and policies.
    Root,
    /// Signs the place of a batch in its series.
    Sender,
    /// Opens batches.
    Recipient,
    /// Approves content, and opens drafts to see it.
    Reviewer,
}

impl Role {
    /// The role's name in files and messages.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Root => "root",
            Self::Sender => "sender",
            Self::Recipient => "recipient",
            Self::Reviewer => "reviewer",
        }
    }

    /// The role with this name.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Root, Self::Sender, Self::Recipient, Self::Reviewer].into_iter().find(|role| role.as_str() == name)
    }

    /// Whether it has a signing half.
    pub fn signs(self) -> bool {
        self != Self::Recipient
    }

    /// Whether it has an opening half.
    pub fn opens(self) -> bool {
        matches!(self, Self::Recipient | Self::Reviewer)
    }

    fn cannot(self, verb: &str) -> FormatError {
        FormatError::input(format!("{} key", self.as_str()), format!("a key of this role cannot {verb}"))
    }
}

/// 32 bytes that name an opening key: SHA-256 of the public key.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(pub [u8; 32]);

impl KeyId {
    /// The id of a public key.
    pub fn of(public_key: &[u8; 32]) -> Self {
        Self(sha256(public_key))
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SHA256:{}", STANDARD_NO_PAD.encode(self.0))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// SHA-256 of `bytes`.
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    out.copy_from_slice(digest(&SHA256, bytes).as_ref());
    out
}

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

    /// Eight groups of four digits of the fingerprint, to be read out over a telephone (106 bits).
    pub fn digest_words(&self) -> String {
        let id = self.fingerprint().0;
        let group = |pair: &[u8]| format!("{:04}", u16::from_be_bytes([pair[0], pair[1]]) % 10_000);
        id.chunks_exact(2).take(8).map(group).collect::<Vec<_>>().join(" ")
    }

    /// The text of a `.pub` file.
    pub fn to_text(&self) -> String {
        let (verifying, sealing) = (half_text(self.verifying), half_text(self.sealing));
        format!("ferry-public-key-1 {} {verifying} {sealing}\n", self.role.as_str())
    }

    /// Reads the text of a `.pub` file.
    ///
    /// # Errors
    /// [`FormatError::Input`] for anything but one whole public key of a known role.
    pub fn from_text(text: &str) -> Result<Self> {
        let (role, first, second) = parse_key_line(text, "ferry-public-key-1", "public key")?;
        Ok(Self { role, verifying: first.map(|k| *k), sealing: second.map(|k| *k) })
    }
}

/// The secret half of a key file. It has no `Debug`, and its seeds are wiped when dropped.
pub struct SecretKey {
    role: Role,
    signing_seed: Option<Zeroizing<[u8; 32]>>,
    opening_seed: Option<Zeroizing<[u8; 32]>>,
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
        let seed = self.signing_seed.as_ref().ok_or_else(|| self.role.cannot("sign"))?;
        let pair = Ed25519KeyPair::from_seed_unchecked(seed.as_ref())
            .map_err(|_| FormatError::input("key", "its signing seed is unusable"))?;
        Ok(SoftSigner(pair))
    }

    /// The opening half.
    ///
    /// # Errors
    /// [`FormatError::Input`] when the role does not open.
    pub fn unwrapper(&self) -> Result<SoftUnwrapper> {
        let seed = self.opening_seed.as_ref().ok_or_else(|| self.role.cannot("open"))?;
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
        let (role, signing_seed, opening_seed) = parse_key_line(text, "ferry-secret-key-1", "secret key")?;
        Ok(Self { role, signing_seed, opening_seed })
    }
}

/// A key file of any of the three forms.
pub enum KeyFile {
    /// The seeds as they are.
    Plain(SecretKey),
    /// The seeds under a passphrase.
    Protected(ProtectedKey),
    /// Where in a token the signing half lies.
    Token(TokenKey),
}

impl KeyFile {
    /// Reads the text of a `.key` file; its first word says which form it has.
    ///
    /// # Errors
    /// [`FormatError::Input`]; the message never shows the text.
    pub fn from_text(text: &str) -> Result<Self> {
        match text.split(' ').next() {
            Some("ferry-protected-key-1") => ProtectedKey::from_text(text).map(Self::Protected),
            Some("ferry-token-key-1") => TokenKey::from_text(text).map(Self::Token),
            _ => SecretKey::from_text(text).map(Self::Plain),
        }
    }

    /// The public half. That of a protected key is what the file claims.
    pub fn public(&self) -> Result<PublicKey> {
        match self {
            Self::Plain(key) => key.public(),
            Self::Protected(key) => Ok(key.public().clone()),
            Self::Token(key) => Ok(key.public()),
        }
    }
}

type Halves = (Role, Option<Zeroizing<[u8; 32]>>, Option<Zeroizing<[u8; 32]>>);

fn parse_key_line(text: &str, tag: &str, what: &str) -> Result<Halves> {
    let bad = |why: &str| FormatError::input(what, why);
    let line = text.strip_suffix('\n').unwrap_or(text);
    let fields: Vec<&str> = line.split(' ').collect();
    let [found_tag, role, first, second] = fields[..] else {
        return Err(bad("it is not one line of four fields"));
    };
    if found_tag != tag {
        return Err(bad(&format!("it does not start with `{tag}`")));
    }
    let role = Role::named(role).ok_or_else(|| bad("its role is not root, sender, recipient or reviewer"))?;
    Ok((role, parse_half(first, role.signs(), what)?, parse_half(second, role.opens(), what)?))
}

/// 32 bytes in base64, or `-` where the role does not have this half.
fn parse_half(field: &str, wanted: bool, what: &str) -> Result<Option<Zeroizing<[u8; 32]>>> {
    let bad = |why: &str| FormatError::input(what, why);
    if field == "-" && !wanted {
        return Ok(None);
    }
    let bytes = Zeroizing::new(STANDARD.decode(field).map_err(|_| bad("a field is not base64"))?);
    let array = <[u8; 32]>::try_from(bytes.as_slice()).map_err(|_| bad("a field is not 32 bytes"))?;
    if !wanted {
        return Err(bad("it has a half that its role does not use"));
    }
    Ok(Some(Zeroizing::new(array)))
}

fn half_text(half: Option<[u8; 32]>) -> String {
    half.map_or("-".to_owned(), |bytes| STANDARD.encode(bytes))
}

/// The public key of a role from its two fields.
fn public_halves(role: Role, verifying: &str, sealing: &str, what: &str) -> Result<PublicKey> {
    let half = |field: &str, wanted: bool| -> Result<_> { Ok(parse_half(field, wanted, what)?.map(|bytes| *bytes)) };
    Ok(PublicKey { role, verifying: half(verifying, role.signs())?, sealing: half(sealing, role.opens())? })
}

/// What signs: a key file, a token, or a key of a later suite.
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

/// What opens a stanza: a key file, a token, or a key of a later suite.
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

/// A signer whose key lies in a file.
pub struct SoftSigner(Ed25519KeyPair);

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

/// An unwrapper whose key lies in a file.
pub struct SoftUnwrapper {
    private: <X25519HkdfSha256 as hpke::Kem>::PrivateKey,
    public: [u8; 32],
}

impl SoftUnwrapper {
    fn from_seed(seed: &Zeroizing<[u8; 32]>) -> Self {
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
        let refused = |_| FormatError::Decrypt("the stanza of this recipient");
        let key = <[u8; 32]>::try_from(bytes.as_slice()).map_err(refused)?;
        Ok(Zeroizing::new(key))
    }
}

/// Checks an Ed25519 signature; `what` names it in the error.
pub fn verify_signature(what: &'static str, public_key: &[u8; 32], message: &[u8], signature: &[u8; 64]) -> Result<()> {
    UnparsedPublicKey::new(&ED25519, public_key).verify(message, signature).map_err(|_| FormatError::Signature(what))
}
