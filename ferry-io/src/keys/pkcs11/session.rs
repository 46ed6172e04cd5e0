//! Finding a token, logging in, and signing in a session.

use crate::error::{Error, Result};
use crate::exit_code::{NOT_PERMITTED, UNAVAILABLE};
use crate::keys::passphrase;
use crate::keys::pkcs11::token_error;
use crate::keys::pkcs11::token_error::of_token;
use crate::keys::secret_file;
use crate::texts::errors as texts;
use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::{Error as TokenError, RvError};
use cryptoki::mechanism::Mechanism;
use cryptoki::mechanism::eddsa::{EddsaParams, EddsaSignatureScheme};
use cryptoki::object::{Attribute, AttributeType, KeyType, ObjectClass, ObjectHandle};
use cryptoki::session::{Session, UserType};
use cryptoki::slot::{Slot, TokenInfo};
use cryptoki::types::AuthPin;
use ferry_format::keys::{KeyFile, PinSource, Signer, TokenKey, TokenLocation, verify_signature};
use ferry_format::text::{Localized, Text};
use ferry_format::texts::errors::io as io_text;
use ferry_format::texts::parts;
use ferry_format::{FormatError, Result as FormatResult};
use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use zeroize::Zeroizing;

/// Signed to test the key; no statement begins like it.
const PROBE: &[u8] = b"ferry-token-check-1";

/// Modules and sessions of this process. One lock for all: a token makes one signature at a time, and an agent signs one batch at a time.
static TOKENS: Mutex<Tokens> = Mutex::new(Tokens { modules: BTreeMap::new(), sessions: BTreeMap::new() });

pub(super) struct Tokens {
    /// By path: a module may be initialised once in a process.
    modules: BTreeMap<PathBuf, Pkcs11>,
    /// By the location and public key of the key file.
    sessions: BTreeMap<(String, [u8; 32]), Live>,
}

pub(super) fn tokens() -> MutexGuard<'static, Tokens> {
    TOKENS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A logged-in session with its key, which was found and tried.
struct Live {
    session: Session,
    key: ObjectHandle,
    module: PathBuf,
}

impl Live {
    fn sign(&self, location: &TokenLocation, public: &[u8; 32], message: &[u8]) -> Result<[u8; 64]> {
        let mechanism = Mechanism::Eddsa(EddsaParams::new(EddsaSignatureScheme::Pure));
        let signature = self.session.sign(&mechanism, self.key, message).map_err(|e| of_token(location, &e))?;
        let signature = <[u8; 64]>::try_from(signature).ok();
        // A token is not trusted: its signature is verified.
        let holds = signature.filter(|s| verify_signature(parts::signature(), public, message, s).is_ok());
        holds.ok_or_else(|| texts::token_signature(location.text()))
    }
}

/// A signer whose key is in a token.
pub struct TokenSigner {
    location: TokenLocation,
    public: [u8; 32],
}

/// The signing half of `key`. The session is opened and the key tried once per process.
///
/// # Errors
/// `FERRY-E0712` where the token does not answer, `FERRY-E0713` where another key is there, `FERRY-E0714` to `FERRY-E0716` of
/// its PIN, `FERRY-E0717` where it cannot do Ed25519, `FERRY-E0718` where its signature does not verify.
pub fn signer(key: &TokenKey) -> Result<TokenSigner> {
    let signer = TokenSigner { location: key.location.clone(), public: key.verifying() };
    let mut tokens = tokens();
    if !tokens.sessions.contains_key(&signer.name()) {
        let live = tokens.connect(&signer.location, &signer.public)?;
        tokens.sessions.insert(signer.name(), live);
    }
    Ok(signer)
}

impl TokenSigner {
    fn name(&self) -> (String, [u8; 32]) {
        (self.location.to_uri(), self.public)
    }

    /// Signs in the open session. A session that the token lost (removed, suspended) is opened again, once.
    fn signature(&self, message: &[u8]) -> Result<[u8; 64]> {
        let mut tokens = tokens();
        if let Some(open) = tokens.sessions.remove(&self.name()) {
            match open.sign(&self.location, &self.public, message) {
                Ok(signature) => {
                    tokens.sessions.insert(self.name(), open);
                    return Ok(signature);
                }
                Err(error) if error.exit == NOT_PERMITTED => return Err(error),
                // The session is dropped, which closes it.
                Err(_) => {}
            }
        }
        let open = tokens.connect(&self.location, &self.public)?;
        let signature = open.sign(&self.location, &self.public, message)?;
        tokens.sessions.insert(self.name(), open);
        Ok(signature)
    }
}

impl Signer for TokenSigner {
    fn public_key(&self) -> [u8; 32] {
        self.public
    }

    fn sign(&self, message: &[u8]) -> FormatResult<[u8; 64]> {
        self.signature(message).map_err(|error| FormatError::Io(std::io::Error::other(error)))
    }
}

impl Tokens {
    /// Finds the token, logs in, finds the key, compares its public half and tries it.
    fn connect(&mut self, location: &TokenLocation, public: &[u8; 32]) -> Result<Live> {
        let (module, slot, token) = self.slot(location)?;
        let session = module.open_ro_session(slot).map_err(|e| of_token(location, &e))?;
        log_in(&session, &token, location)?;
        let found = |class| find(&session, location, class).map_err(|e| of_token(location, &e));
        let other = |why: Text| texts::wrong_key(location.text(), why);
        let key = match found(ObjectClass::PRIVATE_KEY)?[..] {
            [key] => key,
            [] => return Err(other(texts::no_such_key())),
            _ => return Err(other(texts::several_keys())),
        };
        // Not every token has the public half; the signature below decides.
        for half in found(ObjectClass::PUBLIC_KEY)? {
            if point(&session, half).map_err(|e| of_token(location, &e))?.is_some_and(|found| found != *public) {
                return Err(other(texts::another_public_half()));
            }
        }
        let live = Live { session, key, module: PathBuf::from(&location.module) };
        live.sign(location, public, PROBE)?;
        Ok(live)
    }

    /// The token's slot. Some modules only know tokens that were present when they were initialised: where the token is not
    /// found, the module is initialised again, once.
    pub(super) fn slot(&mut self, location: &TokenLocation) -> Result<(Pkcs11, Slot, TokenInfo)> {
        let path = PathBuf::from(&location.module);
        let was_loaded = self.modules.contains_key(&path);
        let module = self.module(&path)?;
        let found = match find_slot(&module, location) {
            Err(error) if error.exit == UNAVAILABLE && was_loaded => {
                // Their handles are invalid afterwards.
                self.sessions.retain(|_, live| live.module != path);
                module.clone().finalize().and_then(|()| initialise(&module)).map_err(|e| unusable(&path, &e))?;
                find_slot(&module, location)
            }
            found => found,
        };
        found.map(|(slot, token)| (module, slot, token))
    }

    /// The module, loaded and initialised.
    fn module(&mut self, path: &Path) -> Result<Pkcs11> {
        if let Some(loaded) = self.modules.get(path) {
            return Ok(loaded.clone());
        }
        // Its code runs in this process with the key's rights.
        let meta = std::fs::metadata(path).map_err(|e| unusable(path, io_text(&e)))?;
        if !meta.is_file() {
            return Err(unusable(path, texts::not_a_file()));
        }
        if meta.permissions().mode() & 0o022 != 0 {
            return Err(texts::module_writable(path.display()));
        }
        let loaded = Pkcs11::new(path).map_err(|e| unusable(path, &e))?;
        initialise(&loaded).map_err(|e| unusable(path, &e))?;
        self.modules.insert(path.to_owned(), loaded.clone());
        Ok(loaded)
    }
}

fn unusable(path: &Path, why: impl Localized) -> Error {
    texts::module_unusable(texts::module(path.display(), why))
}

fn initialise(module: &Pkcs11) -> cryptoki::error::Result<()> {
    match module.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)) {
        Err(TokenError::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => Ok(()),
        done => done,
    }
}

/// The one slot whose token has this label and serial number.
fn find_slot(module: &Pkcs11, location: &TokenLocation) -> Result<(Slot, TokenInfo)> {
    let slots = module.get_slots_with_token().map_err(|e| of_token(location, &e))?;
    // A slot that gives no token information is skipped.
    let tokens = slots.into_iter().filter_map(|slot| Some((slot, module.get_token_info(slot).ok()?)));
    let is_named = |token: &TokenInfo| {
        location.token.as_ref().is_none_or(|label| label == token.label())
            && location.serial.as_ref().is_none_or(|serial| serial == token.serial_number())
    };
    let mut named = tokens.filter(|(_, token)| token.token_initialized() && is_named(token));
    let found = named.next().ok_or_else(|| texts::no_such_token(location.text()))?;
    if named.next().is_some() {
        return Err(texts::several_tokens(location.text()));
    }
    Ok(found)
}

pub(super) fn log_in(session: &Session, token: &TokenInfo, location: &TokenLocation) -> Result<()> {
    if !token.login_required() {
        return Ok(());
    }
    token_error::check_tries(location, token.user_pin_locked(), token.user_pin_final_try())?;
    match session.login(UserType::User, Some(&pin(location)?)) {
        // Another session of this process is logged in: the login is per token.
        Ok(()) | Err(TokenError::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => Ok(()),
        Err(e) => Err(of_token(location, &e)),
    }
}

fn pin(location: &TokenLocation) -> Result<AuthPin> {
    let none = |why: Text| texts::no_pin(location.text(), why);
    let pin = match &location.pin {
        PinSource::File(path) => {
            let path = Path::new(path);
            if !path.exists() {
                return Err(none(texts::pin_file_missing(path.display())));
            }
            let text = secret_file::read_secret(path)?;
            Zeroizing::new(text.lines().next().unwrap_or_default().to_owned())
        }
        PinSource::Credential(name) => {
            passphrase::credential(name)?.ok_or_else(|| none(texts::pin_credential_missing(name)))?
        }
    };
    if pin.is_empty() {
        return Err(none(texts::pin_empty()));
    }
    Ok(AuthPin::from(pin.as_str()))
}

pub(super) fn find(
    session: &Session,
    location: &TokenLocation,
    class: ObjectClass,
) -> cryptoki::error::Result<Vec<ObjectHandle>> {
    let label = location.object.as_ref().map(|label| Attribute::Label(label.as_bytes().to_vec()));
    let id = location.id.as_ref().map(|id| Attribute::Id(id.clone()));
    let template = [Attribute::Class(class), Attribute::KeyType(KeyType::EC_EDWARDS)];
    session.find_objects(&template.into_iter().chain(label).chain(id).collect::<Vec<_>>())
}

/// The Ed25519 public key of an object: raw, or in an OCTET STRING, or in a BIT STRING, depending on the maker.
pub(super) fn point(session: &Session, half: ObjectHandle) -> cryptoki::error::Result<Option<[u8; 32]>> {
    let attributes = session.get_attributes(half, &[AttributeType::EcPoint])?;
    Ok(attributes.iter().find_map(|attribute| match attribute {
        Attribute::EcPoint(bytes) => unpacked(bytes),
        _ => None,
    }))
}

fn unpacked(point: &[u8]) -> Option<[u8; 32]> {
    let raw = match point {
        [0x04, 0x20, raw @ ..] | [0x03, 0x21, 0x00, raw @ ..] if raw.len() == 32 => raw,
        raw => raw,
    };
    raw.try_into().ok()
}

/// What is wrong with the token of the key in that file. It needs no PIN, so that `status` can check at any time. `None`
/// also where the key is not in a token or its file cannot be read.
pub fn check_without_pin(key: &Path) -> Option<Error> {
    let Ok(KeyFile::Token(key)) = KeyFile::from_text(&secret_file::read_secret(key).ok()?) else { return None };
    let looked = tokens().slot(&key.location).and_then(|(_, _, token)| {
        token_error::check_tries(&key.location, token.user_pin_locked(), token.user_pin_final_try())
    });
    looked.err()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_half_is_read_in_all_three_encodings() {
        let key: [u8; 32] = std::array::from_fn(|n| n as u8 + 1);
        for packed in [key.to_vec(), [&[4, 32][..], &key].concat(), [&[3, 33, 0][..], &key].concat()] {
            assert_eq!(unpacked(&packed), Some(key));
            assert_eq!(unpacked(&packed[..packed.len() - 1]), None);
        }
        let begins_like_a_tag: [u8; 32] = std::array::from_fn(|n| if n == 0 { 4 } else { 32 });
        assert_eq!(unpacked(&begins_like_a_tag), Some(begins_like_a_tag));
    }
}
