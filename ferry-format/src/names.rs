//! Identifiers and names: raw until checked.

use crate::error::{FormatError, Result};
use crate::limits::{ENTRY_NAME_BYTES_MAX, ID_BYTES_MAX, NAME_PART_BYTES_MAX};
use crate::reason::ReasonCode;
use crate::texts;
use std::fmt;

pub use crate::text::is_deceptive;

/// A court or channel id: 0 to 64 of `a-z 0-9 - . _`. Empty means "not bound".
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id(String);

impl Id {
    /// Checks an id.
    ///
    /// # Errors
    /// [`FormatError::Input`] for an id that is too long or has other characters.
    pub fn new(raw: &str) -> Result<Self> {
        let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-._".contains(&b);
        if raw.len() > ID_BYTES_MAX || !raw.bytes().all(allowed) {
            return Err(FormatError::input(texts::parts::id(raw.escape_debug()), texts::wire::id_form()));
        }
        Ok(Self(raw.to_owned()))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether nothing is bound.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_empty() { "-" } else { &self.0 })
    }
}

/// A relative path below which an entry may be written: no `..`, no root, no controls, no
/// direction marks. It says nothing about what already exists at that path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SafeName(String);

impl SafeName {
    /// Checks a raw name (attack rows 12 and 29: path escape, text that reads as something else).
    ///
    /// # Errors
    /// [`FormatError::Malformed`] that says which rule the name breaks.
    pub fn check(raw: &str) -> Result<Self> {
        match Self::broken_rule(raw) {
            Some(rule) => Err(FormatError::malformed(texts::parts::entry_name(), rule.text())),
            None => Ok(Self(raw.to_owned())),
        }
    }

    /// The rule that a raw name breaks, if it does.
    pub fn broken_rule(raw: &str) -> Option<ReasonCode> {
        if raw.is_empty() || raw.len() > ENTRY_NAME_BYTES_MAX {
            return Some(ReasonCode::NameLength);
        }
        if raw.chars().any(is_deceptive) {
            return Some(ReasonCode::NameCharacters);
        }
        if raw.contains('\\') || raw.split('/').any(|part| matches!(part, "" | "." | "..")) {
            return Some(ReasonCode::NameNotRelative);
        }
        let is_too_long = raw.split('/').any(|part| part.len() > NAME_PART_BYTES_MAX);
        is_too_long.then_some(ReasonCode::NamePartTooLong)
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_leave_the_folder_or_deceive_are_refused() {
        for raw in
            ["", "/etc/passwd", "../a", "a/../b", "a//b", "a/", ".", "a\\b", "a\0b", "a\u{202E}fdp.exe", "\u{200B}"]
        {
            assert!(SafeName::check(raw).is_err(), "{raw:?} was accepted");
        }
        assert!(SafeName::check(&"a".repeat(256)).is_err());
    }

    #[test]
    fn rare_characters_in_names_are_allowed() {
        for raw in ["执行裁定书（𠮷𡘙）.pdf", "卷宗/阿依古丽·买买提.pdf"] {
            assert_eq!(SafeName::check(raw).unwrap().as_str(), raw);
        }
    }
}
