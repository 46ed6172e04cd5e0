//! Who decided what, and why: for the audit.

use std::str::FromStr;

/// Longest name of a person, in characters.
const NAME_MAX: usize = 64;
/// Longest reason, in characters.
const REASON_MAX: usize = 600;

/// A short text of a person for the audit: not empty, bounded, one line, nothing that could move a cursor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words<const MAX: usize>(String);

impl<const MAX: usize> Words<MAX> {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<const MAX: usize> FromStr for Words<MAX> {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let hidden = text.chars().any(|c| c.is_control() || ferry_format::names::is_deceptive(c));
        if text.is_empty() || text.chars().count() > MAX || hidden {
            return Err(format!("write 1 to {MAX} characters on one line, none of them invisible"));
        }
        Ok(Self(text.to_owned()))
    }
}

/// The name of who decides.
pub type Name = Words<NAME_MAX>;
/// Why.
pub type Reason = Words<REASON_MAX>;

/// A decision of a person, for the audit.
#[derive(Clone, Debug)]
pub struct Decision {
    /// Who.
    pub by: Name,
    /// Why.
    pub reason: Reason,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decision_has_a_name_and_a_reason_that_can_be_read() {
        assert_eq!("  王芳 ".parse::<Name>().unwrap().as_str(), "王芳");
        let long = "长".repeat(65);
        for wrong in ["", "  ", "a\nb", "a\u{1b}[2J", "a\u{202e}b", long.as_str()] {
            assert!(wrong.parse::<Name>().is_err(), "{wrong:?}");
        }
        assert!(long.parse::<Reason>().is_ok());
    }
}
