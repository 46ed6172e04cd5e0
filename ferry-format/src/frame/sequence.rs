//! The position of a batch in its series: what follows from its number for a receiver that has accepted batches before.

use crate::error::FormatError;
use crate::frame::statement::SeriesStatement;
use crate::limits::DIGEST_HISTORY_MAX;
use crate::text::Text;
use crate::texts;

/// The newest batch that a receiver has accepted on a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HighWater {
    /// Epoch.
    pub epoch: u64,
    /// Its number.
    pub sequence: u64,
    /// Its digest.
    pub digest: [u8; 32],
}

/// What follows from a batch's number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SequencePosition {
    /// The next one, chained to the newest.
    Next,
    /// Newer, with these numbers missing in between (inclusive).
    AfterGap(u64, u64),
    /// An older number: a resend that may close a gap, or a copy.
    Earlier,
    /// The newest one again.
    Again,
}

/// Why the sequence rules reject a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SequenceFault {
    /// Its epoch is over.
    EpochOver,
    /// Another batch has this number: a fork. The channel must stop and keep both as evidence.
    NumberTaken,
    /// It names another predecessor than the accepted one.
    NotContinuing,
}

impl SequenceFault {
    /// What people read.
    pub fn text(self) -> Text {
        match self {
            Self::EpochOver => texts::wire::epoch_over(),
            Self::NumberTaken => texts::wire::number_taken(),
            Self::NotContinuing => texts::wire::not_continuing(),
        }
    }

    /// The error about the batch with this number.
    pub fn error(self, sequence: u64) -> FormatError {
        FormatError::Order { sequence, why: self.text() }
    }
}

/// Locates `batch` in the series after `newest`, the newest accepted batch.
///
/// # Errors
/// [`SequenceFault`] when the epoch goes back, or when two batches claim one position.
pub fn locate(newest: Option<&HighWater>, batch: &SeriesStatement) -> Result<SequencePosition, SequenceFault> {
    let newest = match newest {
        Some(newest) if batch.epoch < newest.epoch => return Err(SequenceFault::EpochOver),
        Some(newest) if batch.epoch == newest.epoch => newest,
        Some(_) | None if batch.sequence == 1 => return Ok(SequencePosition::Next),
        Some(_) | None => return Ok(SequencePosition::AfterGap(1, batch.sequence - 1)),
    };
    if batch.sequence == newest.sequence {
        let is_same = batch.digest() == newest.digest;
        return if is_same { Ok(SequencePosition::Again) } else { Err(SequenceFault::NumberTaken) };
    }
    if batch.sequence < newest.sequence {
        return Ok(SequencePosition::Earlier);
    }
    let back = batch.sequence - newest.sequence - 1;
    if let Some(named) = usize::try_from(back).ok().and_then(|i| batch.previous.get(i))
        && *named != newest.digest
    {
        return Err(SequenceFault::NotContinuing);
    }
    let gap = (newest.sequence + 1, batch.sequence - 1);
    Ok(if back == 0 { SequencePosition::Next } else { SequencePosition::AfterGap(gap.0, gap.1) })
}

/// Whether a batch names the newest accepted one at its place in the history that it carries, where that reaches so far back: a
/// sender that does not know what was accepted does not continue it.
pub fn names_newest(newest: &HighWater, batch: &SeriesStatement) -> bool {
    let back = batch.sequence.saturating_sub(newest.sequence).saturating_sub(1);
    match usize::try_from(back) {
        Ok(back) if batch.epoch == newest.epoch && batch.sequence > newest.sequence && back < DIGEST_HISTORY_MAX => {
            batch.previous.get(back) == Some(&newest.digest)
        }
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch(sequence: u64, previous: &[[u8; 32]]) -> SeriesStatement {
        SeriesStatement { epoch: 1, sequence, previous: previous.to_vec(), ..SeriesStatement::default() }
    }

    #[test]
    fn a_batch_names_what_was_accepted_as_far_back_as_its_history_may_reach() {
        let newest = HighWater { epoch: 1, sequence: 5, digest: [5; 32] };
        assert!(names_newest(&newest, &batch(6, &[[5; 32]])));
        assert!(names_newest(&newest, &batch(8, &[[7; 32], [6; 32], [5; 32]])));
        for wrong in [batch(6, &[]), batch(6, &[[0; 32]]), batch(8, &[[7; 32], [6; 32]]), batch(8, &[])] {
            assert!(!names_newest(&newest, &wrong), "{wrong:?}");
        }
        assert!(names_newest(&newest, &batch(3, &[])), "an older one is named by later ones");
        assert!(names_newest(&newest, &batch(38, &[])), "33 back is beyond every history");
        assert!(!names_newest(&newest, &batch(37, &[])));
        assert!(
            names_newest(&newest, &SeriesStatement { epoch: 2, ..batch(6, &[]) }),
            "a new epoch has a history of its own"
        );
    }

    #[test]
    fn a_gap_is_named_exactly_and_a_fork_is_rejected() {
        let newest = HighWater { epoch: 1, sequence: 5, digest: [5; 32] };
        assert_eq!(locate(None, &batch(1, &[])).unwrap(), SequencePosition::Next);
        assert_eq!(locate(None, &batch(3, &[])).unwrap(), SequencePosition::AfterGap(1, 2));
        assert_eq!(locate(Some(&newest), &batch(6, &[[5; 32]])).unwrap(), SequencePosition::Next);
        assert_eq!(
            locate(Some(&newest), &batch(9, &[[8; 32], [7; 32], [6; 32], [5; 32]])).unwrap(),
            SequencePosition::AfterGap(6, 8)
        );
        assert_eq!(locate(Some(&newest), &batch(2, &[])).unwrap(), SequencePosition::Earlier);
        assert!(locate(Some(&newest), &batch(6, &[[9; 32]])).is_err());
        assert!(locate(Some(&newest), &batch(5, &[])).is_err());
        let same = batch(5, &[]);
        let again = HighWater { digest: same.digest(), ..newest };
        assert_eq!(locate(Some(&again), &same).unwrap(), SequencePosition::Again);
    }
}
