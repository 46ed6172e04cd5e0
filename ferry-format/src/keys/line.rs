//! The one line of a key file: tag, role, and the two halves in base64.

use crate::error::{FormatError, Result};
use crate::keys::role::Role;
use crate::text::Text;
use crate::texts;
use base64::{Engine, engine::general_purpose::STANDARD};
use zeroize::Zeroizing;

pub(super) type Halves = (Role, Option<Zeroizing<[u8; 32]>>, Option<Zeroizing<[u8; 32]>>);

pub(super) fn parse_key_line(text: &str, tag: &str, what: &Text) -> Result<Halves> {
    let bad = |why: Text| FormatError::input(what.clone(), why);
    let line = text.strip_suffix('\n').unwrap_or(text);
    let fields: Vec<&str> = line.split(' ').collect();
    let [found_tag, role, first, second] = fields[..] else {
        return Err(bad(texts::keys::not_four_fields()));
    };
    if found_tag != tag {
        return Err(bad(texts::keys::wrong_tag(tag)));
    }
    let role = Role::named(role).ok_or_else(|| bad(texts::keys::role_unknown()))?;
    Ok((role, parse_half(first, role.signs(), what)?, parse_half(second, role.opens(), what)?))
}

/// 32 bytes in base64, or `-` where the role does not have this half.
pub(super) fn parse_half(field: &str, wanted: bool, what: &Text) -> Result<Option<Zeroizing<[u8; 32]>>> {
    let bad = |why: Text| FormatError::input(what.clone(), why);
    if field == "-" && !wanted {
        return Ok(None);
    }
    let bytes = Zeroizing::new(STANDARD.decode(field).map_err(|_| bad(texts::keys::field_not_base64()))?);
    let array = <[u8; 32]>::try_from(bytes.as_slice()).map_err(|_| bad(texts::keys::field_not_32_bytes()))?;
    if !wanted {
        return Err(bad(texts::keys::half_not_used()));
    }
    Ok(Some(Zeroizing::new(array)))
}

pub(super) fn half_text(half: Option<[u8; 32]>) -> String {
    half.map_or("-".to_owned(), |bytes| STANDARD.encode(bytes))
}
