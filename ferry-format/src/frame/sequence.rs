//! The place of a batch: what a receiver that has accepted up to a number makes of the next one.

use crate::error::{FormatError, Result};
use crate::frame::statement::SeriesStatement;

/// The newest batch that a receiver has accepted on a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HighWater {
    /// Numbering era.
    pub epoch: u64,
    /// Its number.
    pub sequence: u64,
    /// Its digest.
    pub digest: [u8; 32],
}

/// What follows from a batch's number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// The next one, chained to the newest.
    Next,
    /// Newer, with these numbers missing in between (inclusive).
    AfterGap(u64, u64),
    /// An older number: a resend that may close a gap, or a copy.
    Earlier,
    /// The newest one once more.
    Again,
}

/// Decides the place of `batch` after `newest`.
///
/// # Errors
/// [`FormatError::Order`] when the epoch goes back, or when two batches claim one place (a fork:
/// the channel must stop and keep both as evidence).
pub fn place(newest: Option<&HighWater>, batch: &SeriesStatement) -> Result<Place> {
    let refuse = |why| Err(FormatError::Order { sequence: batch.sequence, why });
    let Some(newest) = newest else {
        return Ok(if batch.sequence == 1 { Place::Next } else { Place::AfterGap(1, batch.sequence - 1) });
    };
    if batch.epoch < newest.epoch {
        return refuse("its epoch is over");
    }
    if batch.epoch > newest.epoch {
        return Ok(if batch.sequence == 1 { Place::Next } else { Place::AfterGap(1, batch.sequence - 1) });
    }
    if batch.sequence == newest.sequence {
        return if batch.digest() == newest.digest {
            Ok(Place::Again)
        } else {
            refuse("another batch has this number")
        };
    }
    if batch.sequence < newest.sequence {
        return Ok(Place::Earlier);
    }
    let back = batch.sequence - newest.sequence - 1;
    if let Some(named) = usize::try_from(back).ok().and_then(|i| batch.previous.get(i))
        && *named != newest.digest
    {
        return refuse("it does not continue the series that was accepted");
    }
    Ok(if back == 0 { Place::Next } else { Place::AfterGap(newest.sequence + 1, batch.sequence - 1) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch(sequence: u64, previous: &[[u8; 32]]) -> SeriesStatement {
        SeriesStatement { epoch: 1, sequence, previous: previous.to_vec(), ..SeriesStatement::default() }
    }

    #[test]
    fn names_a_gap_exactly_and_refuses_forks() {
        let newest = HighWater { epoch: 1, sequence: 5, digest: [5; 32] };
        assert_eq!(place(None, &batch(1, &[])).unwrap(), Place::Next);
        assert_eq!(place(None, &batch(3, &[])).unwrap(), Place::AfterGap(1, 2));
        assert_eq!(place(Some(&newest), &batch(6, &[[5; 32]])).unwrap(), Place::Next);
        assert_eq!(
            place(Some(&newest), &batch(9, &[[8; 32], [7; 32], [6; 32], [5; 32]])).unwrap(),
            Place::AfterGap(6, 8)
        );
        assert_eq!(place(Some(&newest), &batch(2, &[])).unwrap(), Place::Earlier);
        assert!(place(Some(&newest), &batch(6, &[[9; 32]])).is_err());
        assert!(place(Some(&newest), &batch(5, &[])).is_err());
        let same = batch(5, &[]);
        let again = HighWater { digest: same.digest(), ..newest };
        assert_eq!(place(Some(&again), &same).unwrap(), Place::Again);
    }
}
