//! What an operator says on the command line: numbers, and who decides what and why.

pub mod audit;
pub mod commands;
pub mod trust;
pub mod user;

use std::fmt;
use std::str::FromStr;

/// Longest name of a person, in characters.
const NAME_MAX: usize = 64;
/// Longest reason, in characters.
const REASON_MAX: usize = 600;

/// Batch numbers: `7`, or `7-9` inclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Numbers {
    /// First number, from 1.
    pub from: u64,
    /// Last number, inclusive.
    pub to: u64,
}

impl FromStr for Numbers {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (from, to) = text.split_once('-').unwrap_or((text, text));
        let number = |n: &str| n.parse::<u64>().ok().filter(|n| *n > 0 && i64::try_from(*n).is_ok());
        match (number(from), number(to)) {
            (Some(from), Some(to)) if from <= to => Ok(Self { from, to }),
            _ => Err("write one batch number, such as 7, or a range, such as 7-9"),
        }
    }
}

impl fmt::Display for Numbers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.from == self.to { write!(f, "{}", self.from) } else { write!(f, "{}-{}", self.from, self.to) }
    }
}

/// Numbers in ascending order as people write them: `3, 5-7`.
pub fn numbers_text(numbers: &[u64]) -> String {
    let mut ranges: Vec<Numbers> = Vec::new();
    for n in numbers {
        match ranges.last_mut() {
            Some(last) if last.to + 1 == *n => last.to = *n,
            _ => ranges.push(Numbers { from: *n, to: *n }),
        }
    }
    ranges.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

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
    fn numbers_are_one_or_a_range_and_nothing_else() {
        assert_eq!("7".parse(), Ok(Numbers { from: 7, to: 7 }));
        assert_eq!("7-9".parse(), Ok(Numbers { from: 7, to: 9 }));
        for wrong in ["", "0", "0-3", "9-7", "-7", "7-", "7-8-9", "x", "+7 ", "18446744073709551615"] {
            assert!(wrong.parse::<Numbers>().is_err(), "{wrong:?}");
        }
        assert_eq!(numbers_text(&[3, 5, 6, 7, 9]), "3, 5-7, 9");
    }

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
