//! Making a key pair inside a token: the private half never leaves it.

use crate::error::Result;
use crate::keys::pkcs11::session::{find, log_in, point, signer, tokens};
use crate::keys::pkcs11::token_error::of_token;
use crate::texts::errors as texts;
use cryptoki::error::{Error as TokenError, RvError};
use cryptoki::mechanism::Mechanism;
use cryptoki::object::{Attribute, AttributeType, ObjectClass, ObjectHandle};
use cryptoki::session::Session;
use ferry_format::FormatError;
use ferry_format::crypto::entropy::Entropy;
use ferry_format::keys::{PinSource, Role, TokenKey, TokenLocation};
use zeroize::Zeroizing;

/// The curve as its name (RFC 8410 does without parameters; PKCS#11 3.0 section 2.3.5): PrintableString `edwards25519`.
const CURVE_NAME: [u8; 14] = *b"\x13\x0cedwards25519";
/// The curve as its object identifier, 1.3.101.112: for tokens that do not know the name.
const CURVE_OID: [u8; 5] = [0x06, 0x03, 0x2b, 0x65, 0x70];
const ID_BYTES: usize = 16;

/// A key pair to be made.
pub struct KeyPairRequest {
    /// Role of the key. Recipients do not sign.
    pub role: Role,
    /// Absolute path of the module.
    pub module: String,
    /// Label of the token.
    pub token: Option<String>,
    /// Its serial number.
    pub serial: Option<String>,
    /// Label that both halves get.
    pub object: String,
    /// Where the PIN is, now and later.
    pub pin: PinSource,
}

/// Makes the pair, tries it, and gives its key file. A reviewer's decryption half is made here and kept in the file.
///
/// # Errors
/// `FERRY-E0713` where the label is taken, and those of [`signer`].
pub fn generate(request: KeyPairRequest, entropy: &mut dyn Entropy) -> Result<TokenKey> {
    let KeyPairRequest { role, module: path, token, serial, object, pin } = request;
    let mut location = TokenLocation { module: path, token, serial, object: Some(object), id: None, pin };
    location.check()?;
    if !role.signs() {
        return Err(FormatError::input(role.text(), texts::recipient_not_in_token()).into());
    }
    let (module, slot, info) = tokens().slot(&location)?;
    let session = module.open_rw_session(slot).map_err(|e| of_token(&location, &e))?;
    log_in(&session, &info, &location)?;
    for class in [ObjectClass::PRIVATE_KEY, ObjectClass::PUBLIC_KEY] {
        if !find(&session, &location, class).map_err(|e| of_token(&location, &e))?.is_empty() {
            return Err(texts::label_taken(location.text()));
        }
    }
    let mut id = vec![0; ID_BYTES];
    entropy.fill(&mut id)?;
    location.id = Some(id);
    let (public, private) = pair(&session, &location).map_err(|e| of_token(&location, &e))?;
    let made = tried(&session, public, private, role, &location, entropy);
    if made.is_err() {
        // What does not work is not left behind; what failed is the message.
        let _ = session.destroy_object(private).and_then(|()| session.destroy_object(public));
    }
    made
}

fn pair(session: &Session, location: &TokenLocation) -> cryptoki::error::Result<(ObjectHandle, ObjectHandle)> {
    let label = Attribute::Label(location.object.clone().unwrap_or_default().into_bytes());
    let id = Attribute::Id(location.id.clone().unwrap_or_default());
    let made = |curve: &[u8]| {
        let public = [
            Attribute::Token(true),
            Attribute::Private(false),
            Attribute::Verify(true),
            Attribute::EcParams(curve.to_vec()),
            label.clone(),
            id.clone(),
        ];
        let private = [
            Attribute::Token(true),
            Attribute::Private(true),
            Attribute::Sensitive(true),
            Attribute::Extractable(false),
            Attribute::Sign(true),
            label.clone(),
            id.clone(),
        ];
        session.generate_key_pair(&Mechanism::EccEdwardsKeyPairGen, &public, &private)
    };
    use RvError as R;
    match made(&CURVE_NAME) {
        Err(TokenError::Pkcs11(R::CurveNotSupported | R::DomainParamsInvalid | R::AttributeValueInvalid, _)) => {
            made(&CURVE_OID)
        }
        done => done,
    }
}

/// Checks that the pair has the requested attributes and signs.
fn tried(
    session: &Session,
    public: ObjectHandle,
    private: ObjectHandle,
    role: Role,
    location: &TokenLocation,
    entropy: &mut dyn Entropy,
) -> Result<TokenKey> {
    let asked = [AttributeType::Sensitive, AttributeType::Extractable];
    let kept = session.get_attributes(private, &asked).map_err(|e| of_token(location, &e))?;
    if !(kept.contains(&Attribute::Sensitive(true)) && kept.contains(&Attribute::Extractable(false))) {
        return Err(texts::key_extractable(location.text()));
    }
    let verifying = point(session, public).map_err(|e| of_token(location, &e))?;
    let verifying = verifying.ok_or_else(|| texts::no_public_half(location.text()))?;
    let mut seed = None;
    if role.opens() {
        let mut bytes = Zeroizing::new([0; 32]);
        entropy.fill(bytes.as_mut())?;
        seed = Some(bytes);
    }
    let key = TokenKey::new(role, verifying, seed, location.clone())?;
    signer(&key)?;
    Ok(key)
}
