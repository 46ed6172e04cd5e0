//! Login data (article 9): identity numbers cross only as HMACs under a per-court key, enough to
//! match what a party types.

use crate::encoding::hex;
use crate::error::{FormatError, Result};
use crate::reason::ReasonCode;
use crate::text::is_deceptive;
use crate::texts;
use ring::hmac;
use zeroize::Zeroizing;

/// Longest identity or organisation number that is accepted, in characters.
const IDENTITY_CHARS_MAX: usize = 64;

/// The login key of one court. Both agents have it; it only computes HMACs.
pub struct LoginKey(hmac::Key);

impl LoginKey {
    /// Reads the text of a login key file: 64 hexadecimal digits and a line end.
    ///
    /// # Errors
    /// [`FormatError::Input`]; the message never shows the text.
    pub fn from_text(text: &str) -> Result<Self> {
        let bad = || FormatError::input(texts::parts::login_key(), texts::keys::login_key_form());
        let bytes = Zeroizing::new(hex::from_hex(text.trim_end()).ok_or_else(bad)?);
        if bytes.len() != 32 {
            return Err(bad());
        }
        Ok(Self(hmac::Key::new(hmac::HMAC_SHA256, &bytes)))
    }

    /// HMAC-SHA256 of the canonical identity number, as 64 hexadecimal digits: the id of a login record.
    ///
    /// # Errors
    /// [`ReasonCode::IdentityNumberLength`].
    pub fn identity_id(&self, identity: &str) -> std::result::Result<String, ReasonCode> {
        let canonical = canonical_identity(identity);
        if canonical.is_empty() || canonical.chars().count() > IDENTITY_CHARS_MAX {
            return Err(ReasonCode::IdentityNumberLength);
        }
        Ok(hex::to_hex(hmac::sign(&self.0, canonical.as_bytes()).as_ref()))
    }

    /// The ids that a number which somebody typed may have been published under: its own, and, for a unified social credit code, that of the organisation
    /// code in it (GB 32100), which older platforms hold alone.
    ///
    /// # Errors
    /// [`ReasonCode::IdentityNumberLength`].
    pub fn identity_ids(&self, identity: &str) -> std::result::Result<Vec<String>, ReasonCode> {
        let typed = typed_identity(identity);
        let mut ids = vec![self.identity_id(&typed)?];
        if let Some(organisation) = organisation_code(&typed) {
            ids.push(self.identity_id(organisation)?);
        }
        Ok(ids)
    }

    /// HMAC-SHA256 of a telephone number, as 64 hexadecimal digits. A domain prefix separates it from identity
    /// numbers. A country code 86 and separators make no difference.
    ///
    /// # Errors
    /// [`ReasonCode::PhoneNumberLength`].
    pub fn phone_id(&self, phone: &str) -> std::result::Result<String, ReasonCode> {
        let canonical = canonical_identity(phone);
        let national = canonical.strip_prefix("+86").or_else(|| canonical.strip_prefix("0086")).unwrap_or(&canonical);
        if !(5..=20).contains(&national.len()) || !national.bytes().all(|b| b.is_ascii_digit()) {
            return Err(ReasonCode::PhoneNumberLength);
        }
        Ok(hex::to_hex(hmac::sign(&self.0, format!("phone\n{national}").as_bytes()).as_ref()))
    }

    /// HMAC-SHA256 of a query code or password of one owner, as 32 bytes: enough to recognise it without storing it. The
    /// owner is included, so that equal codes of two people have different values.
    pub fn secret_id(&self, owner: &[&str], secret: &str) -> [u8; 32] {
        let mut context = hmac::Context::with_key(&self.0);
        context.update(b"secret\n");
        for text in owner.iter().chain([&secret]) {
            context.update(&(text.len() as u64).to_be_bytes());
            context.update(text.as_bytes());
        }
        let mut id = [0; 32];
        id.copy_from_slice(context.sign().as_ref());
        id
    }
}

/// Canonical form of what people type: half-width, no spaces or hyphens, capitals.
pub fn canonical_identity(raw: &str) -> String {
    raw.chars()
        .map(|c| match c {
            '\u{FF01}'..='\u{FF5E}' => char::from_u32(c as u32 - 0xFEE0).unwrap_or(c),
            '\u{3000}' => ' ',
            other => other,
        })
        .filter(|c| !c.is_whitespace() && *c != '-' && !is_deceptive(*c))
        .flat_map(char::to_uppercase)
        .collect()
}

/// What somebody typed: at the end of an identity number an asterisk is the X that a telephone's keys lack.
fn typed_identity(raw: &str) -> String {
    let canonical = canonical_identity(raw);
    match canonical.strip_suffix('*') {
        Some(digits) if digits.len() == 17 && digits.bytes().all(|b| b.is_ascii_digit()) => format!("{digits}X"),
        _ => canonical,
    }
}

/// The organisation code (GB 11714) in a unified social credit code whose check character is right (GB 32100, modulo 31).
fn organisation_code(canonical: &str) -> Option<&str> {
    const ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
    let characters: &[u8; 18] = canonical.as_bytes().try_into().ok()?;
    let (mut sum, mut weight) = (0, 1);
    for c in &characters[..17] {
        sum += ALPHABET.iter().position(|a| a == c)? * weight;
        weight = weight * 3 % 31;
    }
    (characters[17] == ALPHABET[(31 - sum % 31) % 31]).then(|| &canonical[8..17])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn width_spaces_and_case_do_not_change_the_identity() {
        let key = LoginKey::from_text(&"ab".repeat(32)).unwrap();
        let id = key.identity_id("11010119900307123X").unwrap();
        assert_eq!(key.identity_id("１１０１０１ 19900307-123x").unwrap(), id);
        assert_ne!(key.identity_id("110101199003071231").unwrap(), id);
        assert!(key.identity_id("  ").is_err());
        assert!(LoginKey::from_text("ab").is_err());
    }

    #[test]
    fn an_asterisk_at_the_end_of_an_identity_number_is_an_x_and_nowhere_else() {
        let key = LoginKey::from_text(&"ab".repeat(32)).unwrap();
        let id = key.identity_id("11010119900307123X").unwrap();
        for typed in ["11010119900307123*", "１１０１０１１９９００３０７１２３＊"] {
            assert_eq!(key.identity_ids(typed).unwrap(), [id.as_str()], "{typed}");
        }
        assert_ne!(key.identity_id("11010119900307123*").unwrap(), id, "what a platform masks is no X");
        assert_eq!(key.identity_ids("12*").unwrap(), [key.identity_id("12*").unwrap()]);
    }

    #[test]
    fn a_credit_code_is_also_the_organisation_code_in_it() {
        let key = LoginKey::from_text(&"ab".repeat(32)).unwrap();
        // Its check character is right.
        let ids = key.identity_ids("91350100M000100Y43").unwrap();
        assert_eq!(ids, [key.identity_id("91350100M000100Y43").unwrap(), key.identity_id("M000100Y4").unwrap()]);
        assert_eq!(key.identity_ids("91350100M000100Y44").unwrap().len(), 1, "another check character");
        assert_eq!(key.identity_ids("M000100Y-4").unwrap().len(), 1);
    }

    #[test]
    fn equal_codes_of_two_people_have_different_ids() {
        let key = LoginKey::from_text(&"ab".repeat(32)).unwrap();
        assert_eq!(key.secret_id(&["login", "RY1"], "123456"), key.secret_id(&["login", "RY1"], "123456"));
        assert_ne!(key.secret_id(&["login", "RY1"], "123456"), key.secret_id(&["login", "RY2"], "123456"));
        assert_ne!(key.secret_id(&["login", "RY1"], "23456"), key.secret_id(&["login", "RY11"], "2345"));
    }

    #[test]
    fn a_telephone_number_is_not_an_identity_number_and_its_country_code_is_ignored() {
        let key = LoginKey::from_text(&"ab".repeat(32)).unwrap();
        let id = key.phone_id("13800001234").unwrap();
        assert_eq!(key.phone_id("+86 138-0000-1234").unwrap(), id);
        assert_ne!(key.identity_id("13800001234").unwrap(), id);
        assert!(key.phone_id("138x").is_err());
    }
}
