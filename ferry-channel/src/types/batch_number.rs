//! The number of a batch on its channel.

use crate::types::digest::Digest;
use ferry_format::frame::sequence::HighWater;
use ferry_format::frame::statement::{Acknowledged, SeriesStatement};
use std::fmt;
use std::str::FromStr;

/// Epoch and sequence number, ordered as they are counted and written `3/124`. Both fit the database's signed column
/// (`ferry_format::limits::NUMBER_MAX`); one that a peer made up and that does not fit is refused by the conversion.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BatchNumber {
    /// Numbering period of the channel, from 1.
    pub epoch: u64,
    /// Number in it, from 1.
    pub sequence: u64,
}

impl BatchNumber {
    /// From its two parts.
    pub const fn new(epoch: u64, sequence: u64) -> Self {
        Self { epoch, sequence }
    }

    /// The number that a series statement claims.
    pub fn of(series: &SeriesStatement) -> Self {
        Self::new(series.epoch, series.sequence)
    }

    /// The number up to which a side acknowledges; sequence 0 for none.
    pub fn acknowledged(acknowledged: &Acknowledged) -> Self {
        Self::new(acknowledged.epoch, acknowledged.sequence)
    }
}

impl From<HighWater> for BatchNumber {
    fn from(newest: HighWater) -> Self {
        Self::new(newest.epoch, newest.sequence)
    }
}

impl From<(u64, u64)> for BatchNumber {
    fn from((epoch, sequence): (u64, u64)) -> Self {
        Self::new(epoch, sequence)
    }
}

impl fmt::Display for BatchNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.epoch, self.sequence)
    }
}

impl FromStr for BatchNumber {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts = text.split_once('/').and_then(|(e, s)| Some((e.parse().ok()?, s.parse().ok()?)));
        parts.map(Self::from).ok_or("epoch and number, such as 3/124")
    }
}

/// Number and digest that a batch claims.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchClaim {
    /// Its number.
    pub number: BatchNumber,
    /// Its digest.
    pub digest: Digest,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batch_numbers_are_ordered_by_epoch_first_and_read_back_as_they_are_written() {
        let number = BatchNumber::new(3, 124);
        assert!(BatchNumber::new(2, 999) < number && number < BatchNumber::new(3, 125));
        assert_eq!(number.to_string().parse(), Ok(number));
        assert_eq!(BatchNumber::from(HighWater { epoch: 3, sequence: 124, digest: [1; 32] }), number);
        for wrong in ["", "3", "3/", "/4", "a/b", "-1/2", "1/2/3"] {
            assert!(wrong.parse::<BatchNumber>().is_err(), "{wrong}");
        }
    }
}
