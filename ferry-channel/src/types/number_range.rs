//! Batch numbers as people write them.

use std::fmt;
use std::str::FromStr;

/// Batch numbers: `7`, or `7-9` inclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NumberRange {
    /// First number, from 1.
    pub from: u64,
    /// Last number, inclusive.
    pub to: u64,
}

impl FromStr for NumberRange {
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

impl fmt::Display for NumberRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.from == self.to { write!(f, "{}", self.from) } else { write!(f, "{}-{}", self.from, self.to) }
    }
}

/// NumberRange in ascending order as people write them: `3, 5-7`.
pub fn format_numbers(numbers: &[u64]) -> String {
    let mut ranges: Vec<NumberRange> = Vec::new();
    for n in numbers {
        match ranges.last_mut() {
            Some(last) if last.to + 1 == *n => last.to = *n,
            _ => ranges.push(NumberRange { from: *n, to: *n }),
        }
    }
    ranges.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_one_or_a_range_and_nothing_else() {
        assert_eq!("7".parse(), Ok(NumberRange { from: 7, to: 7 }));
        assert_eq!("7-9".parse(), Ok(NumberRange { from: 7, to: 9 }));
        for wrong in ["", "0", "0-3", "9-7", "-7", "7-", "7-8-9", "x", "+7 ", "18446744073709551615"] {
            assert!(wrong.parse::<NumberRange>().is_err(), "{wrong:?}");
        }
        assert_eq!(format_numbers(&[3, 5, 6, 7, 9]), "3, 5-7, 9");
    }
}
