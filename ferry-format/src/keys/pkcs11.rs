//! A key whose signing half is in a PKCS#11 token: the file names the place and the expected public key (SPEC.md section
//! 19).

use crate::encoding::hex::to_hex;
use crate::error::{FormatError, Result};
use crate::keys::line::{half_text, parse_half};
use crate::keys::public_key::PublicKey;
use crate::keys::role::Role;
use crate::keys::signing::SoftUnwrapper;
use crate::text::Text;
use crate::texts;
use base64::{Engine, engine::general_purpose::STANDARD};
use zeroize::Zeroizing;

const TAG: &str = "ferry-token-key-1";
/// Longest path, in bytes.
const PATH_BYTES_MAX: usize = 4095;
/// Longest label or id, in bytes. A token's own label has 32, its serial number 16.
const LABEL_BYTES_MAX: usize = 255;

/// Where the PIN is read when the token asks for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PinSource {
    /// First line of the file with this absolute path, mode 0600.
    File(String),
    /// First line of the file with this name in `$CREDENTIALS_DIRECTORY`.
    Credential(String),
}

/// Where a key is: a URI like those of RFC 7512, with attributes in one order, each escaped in one way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenLocation {
    /// Absolute path of the PKCS#11 module.
    pub module: String,
    /// Label of the token.
    pub token: Option<String>,
    /// Its serial number; this or the label must be there.
    pub serial: Option<String>,
    /// Label of the key.
    pub object: Option<String>,
    /// Id of the key; this or its label must be there.
    pub id: Option<Vec<u8>>,
    /// Where its PIN is.
    pub pin: PinSource,
}

impl TokenLocation {
    /// The URI.
    pub fn to_uri(&self) -> String {
        let pin = match &self.pin {
            PinSource::File(path) => format!("file:{}", escaped(path.as_bytes(), "/")),
            PinSource::Credential(name) => format!("credential:{}", escaped(name.as_bytes(), "")),
        };
        let named = [("token", &self.token), ("serial", &self.serial), ("object", &self.object)];
        let mut parts: Vec<String> = named
            .into_iter()
            .filter_map(|(name, value)| value.as_ref().map(|v| format!("{name}={}", escaped(v.as_bytes(), ""))))
            .collect();
        // RFC 7512: an id is escaped throughout.
        parts.extend(self.id.as_ref().map(|id| format!("id={}", id.iter().map(percent).collect::<String>())));
        let module = escaped(self.module.as_bytes(), "/");
        format!("pkcs11:{}?module-path={module}&pin-source={pin}", parts.join(";"))
    }

    /// Token and key, for people. Labels have no control characters.
    pub fn text(&self) -> Text {
        let token = self.token.as_ref().or(self.serial.as_ref()).map_or("", String::as_str);
        match (&self.object, &self.id) {
            (Some(label), _) => texts::keys::place_labelled(token, label),
            (None, id) => texts::keys::place_labelled(token, to_hex(id.as_deref().unwrap_or_default())),
        }
    }

    /// Reads a URI.
    ///
    /// # Errors
    /// [`FormatError::Input`] for anything that [`TokenLocation::to_uri`] would not write.
    pub fn from_uri(uri: &str) -> Result<Self> {
        let bad = |why: Text| FormatError::input(texts::parts::token_key(), why);
        let (path, query) = uri
            .strip_prefix("pkcs11:")
            .and_then(|rest| rest.split_once("?module-path="))
            .ok_or_else(|| bad(texts::keys::no_module_path()))?;
        let (module, pin) = query.split_once("&pin-source=").ok_or_else(|| bad(texts::keys::no_pin_source()))?;
        let pin = match pin.split_once(':') {
            Some(("file", path)) => PinSource::File(text(path)?),
            Some(("credential", name)) => PinSource::Credential(text(name)?),
            _ => return Err(bad(texts::keys::pin_source_unknown())),
        };
        let mut location = Self { module: text(module)?, token: None, serial: None, object: None, id: None, pin };
        for attribute in path.split(';') {
            match attribute.split_once('=') {
                Some(("token", value)) => location.token = Some(text(value)?),
                Some(("serial", value)) => location.serial = Some(text(value)?),
                Some(("object", value)) => location.object = Some(text(value)?),
                Some(("id", value)) => location.id = Some(unescaped(value)?),
                _ => return Err(bad(texts::keys::attribute_unknown())),
            }
        }
        location.check()?;
        if location.to_uri() != uri {
            return Err(bad(texts::keys::attributes_unordered()));
        }
        Ok(location)
    }

    /// Checks that each part is present and usable.
    ///
    /// # Errors
    /// [`FormatError::Input`] names the part.
    pub fn check(&self) -> Result<()> {
        let wrong = |why: Text| Err(FormatError::input(texts::parts::token_key(), why));
        let is_path = |path: &str| path.starts_with('/') && path.len() <= PATH_BYTES_MAX && !path.contains('\0');
        if !is_path(&self.module) {
            return wrong(texts::keys::module_not_absolute());
        }
        match &self.pin {
            PinSource::File(path) if !is_path(path) => return wrong(texts::keys::pin_file_not_absolute()),
            PinSource::Credential(name) if !is_file_name(name) => {
                return wrong(texts::keys::pin_credential_not_a_name());
            }
            _ => {}
        }
        for label in [&self.token, &self.serial, &self.object].into_iter().flatten() {
            if label.is_empty() || label.len() > LABEL_BYTES_MAX || label.chars().any(char::is_control) {
                return wrong(texts::keys::label_unusable());
            }
        }
        if self.id.as_ref().is_some_and(|id| id.is_empty() || id.len() > LABEL_BYTES_MAX) {
            return wrong(texts::keys::key_id_length());
        }
        if self.token.is_none() && self.serial.is_none() {
            return wrong(texts::keys::no_token());
        }
        if self.object.is_none() && self.id.is_none() {
            return wrong(texts::keys::no_key_in_token());
        }
        Ok(())
    }
}

fn is_file_name(name: &str) -> bool {
    !name.is_empty() && name.len() <= LABEL_BYTES_MAX && name != "." && name != ".." && !name.contains(['/', '\0'])
}

/// Letters, digits, `-._~` and what is `kept` stay as they are, every other byte becomes `%` and two digits.
fn escaped(bytes: &[u8], kept: &str) -> String {
    let is_kept = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~".contains(byte) || kept.as_bytes().contains(byte);
    bytes.iter().map(|byte| if is_kept(byte) { char::from(*byte).to_string() } else { percent(byte) }).collect()
}

fn percent(byte: &u8) -> String {
    format!("%{byte:02X}")
}

fn unescaped(text: &str) -> Result<Vec<u8>> {
    let bad = || FormatError::input(texts::parts::token_key(), texts::keys::escape_form());
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        if *first != b'%' {
            bytes.push(*first);
            continue;
        }
        let digits = rest.get(..2).and_then(|d| std::str::from_utf8(d).ok()).ok_or_else(bad)?;
        // `+1` would parse too; comparing the rewritten URI refuses it.
        bytes.push(u8::from_str_radix(digits, 16).map_err(|_| bad())?);
        rest = &rest[2..];
    }
    Ok(bytes)
}

fn text(escaped: &str) -> Result<String> {
    String::from_utf8(unescaped(escaped)?)
        .map_err(|_| FormatError::input(texts::parts::token_key(), texts::keys::part_not_utf8()))
}

/// The file of a key in a token. It has no `Debug`: it holds a reviewer's decryption half.
pub struct TokenKey {
    role: Role,
    verifying: [u8; 32],
    opening_seed: Option<Zeroizing<[u8; 32]>>,
    /// Where the signing half is.
    pub location: TokenLocation,
}

impl TokenKey {
    /// The file of a key at `location`. For a reviewer it has the seed of the decryption half.
    ///
    /// # Errors
    /// [`FormatError::Input`] for a role that does not sign, a missing or superfluous decryption half, and an unusable location.
    pub fn new(
        role: Role,
        verifying: [u8; 32],
        opening_seed: Option<Zeroizing<[u8; 32]>>,
        location: TokenLocation,
    ) -> Result<Self> {
        let bad = |why: Text| Err(FormatError::input(texts::parts::token_key(), why));
        if !role.signs() {
            return bad(texts::keys::role_does_not_sign());
        }
        if role.opens() != opening_seed.is_some() {
            return bad(texts::keys::opening_half_does_not_fit());
        }
        location.check()?;
        Ok(Self { role, verifying, opening_seed, location })
    }

    /// What the key may be used for.
    pub fn role(&self) -> Role {
        self.role
    }

    /// The public key that must be in the token.
    pub fn verifying(&self) -> [u8; 32] {
        self.verifying
    }

    /// The public half.
    pub fn public(&self) -> PublicKey {
        let sealing = self.opening_seed.as_ref().map(|seed| SoftUnwrapper::from_seed(seed).public);
        PublicKey { role: self.role, verifying: Some(self.verifying), sealing }
    }

    /// The decryption half of a reviewer.
    ///
    /// # Errors
    /// [`FormatError::Input`] when the role does not decrypt.
    pub fn unwrapper(&self) -> Result<SoftUnwrapper> {
        let seed = self.opening_seed.as_ref().ok_or_else(|| self.role.cannot(texts::keys::cannot_open()))?;
        Ok(SoftUnwrapper::from_seed(seed))
    }

    /// The text of the file.
    pub fn to_text(&self) -> Zeroizing<String> {
        let opening = Zeroizing::new(half_text(self.opening_seed.as_deref().copied()));
        let (role, verifying) = (self.role.as_str(), STANDARD.encode(self.verifying));
        Zeroizing::new(format!("{TAG} {role} {verifying} {} {}\n", *opening, self.location.to_uri()))
    }

    /// Reads the text of a file. One key has one text.
    ///
    /// # Errors
    /// [`FormatError::Input`]; the message never shows the text.
    pub fn from_text(text: &str) -> Result<Self> {
        let bad = |why: Text| FormatError::input(texts::parts::token_key(), why);
        let line = text.strip_suffix('\n').ok_or_else(|| bad(texts::keys::line_does_not_end()))?;
        let fields: Vec<&str> = line.split(' ').collect();
        let [TAG, role, verifying, opening, uri] = fields[..] else {
            return Err(bad(texts::keys::not_five_fields()));
        };
        let role = Role::named(role).filter(|role| role.signs());
        let role = role.ok_or_else(|| bad(texts::keys::token_role_unknown()))?;
        let verifying = parse_half(verifying, true, &texts::parts::token_key())?
            .ok_or_else(|| bad(texts::keys::no_public_key()))?;
        Self::new(
            role,
            *verifying,
            parse_half(opening, role.opens(), &texts::parts::token_key())?,
            TokenLocation::from_uri(uri)?,
        )
    }
}
