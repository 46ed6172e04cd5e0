//! What is dispatched, sent again and deleted, as functions of the rows of the ledger: no database, no file, no clock.

use crate::ledger::sent::{AGAIN, EPOCH_OVER, KeptBatch};
use crate::limits::RESENDS_PER_DAY;
use crate::types::{BatchState, UnixSeconds};

/// Why a batch is written into the folder that the diode reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dispatch {
    /// For the first time.
    First,
    /// Once more: as a new file, so that a diode that remembers what it carried carries it again.
    Again,
}

impl Dispatch {
    /// The act in the audit.
    pub fn act(self) -> &'static str {
        match self {
            Self::First => "dispatch",
            Self::Again => "resend",
        }
    }
}

/// Whether a released batch goes out for the first time or again.
pub fn dispatch(batch: &KeptBatch) -> Option<Dispatch> {
    let is_again = batch.reason.as_deref() == Some(AGAIN);
    (batch.state == BatchState::Released).then_some(if is_again { Dispatch::Again } else { Dispatch::First })
}

/// Whether the other side gets a batch of that length once more today, after `spent` bytes of it in the last day.
pub fn may_be_resent(batch_bytes: u64, spent: u64, cost: u64) -> bool {
    spent.saturating_add(cost) <= batch_bytes.saturating_mul(RESENDS_PER_DAY)
}

/// Of batches that the other side asks for, those that are still kept. Confirmed ones are sent too: a receiver that was
/// restored from a backup misses them.
pub fn resend(requested: &[KeptBatch]) -> impl Iterator<Item = &KeptBatch> {
    requested.iter().filter(|batch| batch.is_kept())
}

/// Whether a kept batch may be deleted: settled, or its epoch ended, longer ago than `before_s`, and nobody asks for it.
pub fn may_be_deleted(batch: &KeptBatch, before_s: UnixSeconds) -> bool {
    let is_settled = match batch.state {
        BatchState::Confirmed | BatchState::Refused => true,
        BatchState::Missing => batch.reason.as_deref() == Some(EPOCH_OVER),
        BatchState::Released | BatchState::Dispatched => false,
    };
    is_settled && batch.settled_s.is_some_and(|at_s| at_s < before_s) && !batch.is_requested
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::BatchNumber;

    fn batch(state: BatchState, reason: Option<&str>) -> KeptBatch {
        KeptBatch {
            number: BatchNumber::new(1, 1),
            state,
            file: "kept.ferry".into(),
            reason: reason.map(str::to_owned),
            settled_s: Some(UnixSeconds(100)),
            is_requested: false,
        }
    }

    #[test]
    fn only_a_released_batch_is_dispatched_and_one_that_was_lost_goes_out_as_a_new_file() {
        assert_eq!(dispatch(&batch(BatchState::Released, None)), Some(Dispatch::First));
        assert_eq!(dispatch(&batch(BatchState::Released, Some(AGAIN))), Some(Dispatch::Again));
        for state in BatchState::ALL.into_iter().filter(|state| *state != BatchState::Released) {
            assert_eq!(dispatch(&batch(state, None)), None);
        }
    }

    #[test]
    fn the_audit_tells_a_first_dispatch_from_another_one() {
        assert_eq!((Dispatch::First.act(), Dispatch::Again.act()), ("dispatch", "resend"));
    }

    #[test]
    fn what_is_no_longer_kept_is_not_sent_again() {
        let gone = KeptBatch { file: String::new(), ..batch(BatchState::Confirmed, None) };
        let kept = batch(BatchState::Confirmed, None);
        assert_eq!(resend(&[gone, kept.clone()]).collect::<Vec<_>>(), [&kept]);
    }

    #[test]
    fn a_batch_is_sent_again_twice_a_day_as_a_whole_or_in_as_many_bytes_of_volumes() {
        assert!(may_be_resent(100, 0, 100) && may_be_resent(100, 100, 100));
        assert!(!may_be_resent(100, 200, 100) && !may_be_resent(100, 101, 100));
        assert!(may_be_resent(100, 170, 30) && !may_be_resent(100, 171, 30));
    }

    #[test]
    fn a_batch_is_deleted_after_its_days_and_never_before_the_other_side_has_it_or_while_it_asks_for_it() {
        assert!(may_be_deleted(&batch(BatchState::Confirmed, None), UnixSeconds(101)));
        assert!(may_be_deleted(&batch(BatchState::Refused, None), UnixSeconds(101)));
        assert!(may_be_deleted(&batch(BatchState::Missing, Some(EPOCH_OVER)), UnixSeconds(101)));
        assert!(!may_be_deleted(&batch(BatchState::Confirmed, None), UnixSeconds(100)), "its days are not over");
        for state in [BatchState::Released, BatchState::Dispatched, BatchState::Missing] {
            assert!(!may_be_deleted(&batch(state, None), UnixSeconds(101)), "{state:?}");
        }
        let requested = KeptBatch { is_requested: true, ..batch(BatchState::Confirmed, None) };
        assert!(!may_be_deleted(&requested, UnixSeconds(101)));
    }
}
