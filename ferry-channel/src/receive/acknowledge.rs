//! What an arriving batch says of our own batches, applied by one function in one order.
//!
//! The order, and why:
//! 1. delivery reports: they name single batches, and outrank what an acknowledgement says of all up to a number;
//! 2. state loss: it compares with the newest batch that was recorded before this one, and with what was confirmed before
//!    it, so neither is recorded yet;
//! 3. gaps that the other side gives up: such a batch lies below the acknowledged number, and once it is confirmed its
//!    content would never be collected again;
//! 4. the acknowledgement itself;
//! 5. what is asked to be sent again, by the newest batch of the series alone: a resent one tells of the past;
//! 6. the record of this batch: from here on it is the newest.

use crate::ledger::gaps;
use crate::ledger::sent::{self, DeliveryReport};
use crate::receive::record::record_published;
use crate::recovery::rollback::{self, StateLoss};
use crate::send::dispatch::ResendRequest;
use crate::types::{BatchNumber, ChannelId, UnixSeconds};
use ferry_format::frame::sequence::SequencePosition;
use ferry_format::frame::statement::SeriesStatement;
use ferry_io::error::Result;
use rusqlite::Connection;

/// A batch that is applied, with what is to be recorded of it.
pub struct AppliedBatch<'a> {
    /// The channel that it came on.
    pub received_on: &'a ChannelId,
    /// The channel of the batches that it speaks of: ours.
    pub speaks_of: &'a ChannelId,
    /// What its sender signed of it.
    pub series: &'a SeriesStatement,
    /// Its place in the series.
    pub place: &'a SequencePosition,
    /// What its records report of our single batches.
    pub reports: &'a [DeliveryReport],
    /// Records and documents that it carried.
    pub counts: (u64, u64),
}

/// What follows for the agent, in the same transaction.
#[derive(Debug, Default)]
pub struct Consequences {
    /// Our batches that the other side refused, with the reason code: their content is collected again.
    pub refused: Vec<(BatchNumber, String)>,
    /// Our batches whose gap the other side accepted: their content is collected again.
    pub given_up: Vec<BatchNumber>,
    /// Which side lost state.
    pub state_loss: StateLoss,
    /// What it asks to be sent again; none unless it is the newest of its series.
    pub resend: Option<ResendRequest>,
}

/// Records an applied batch and applies what it says of our own, in the transaction that applies it.
pub fn record_applied(conn: &Connection, batch: &AppliedBatch<'_>, now: UnixSeconds) -> Result<Consequences> {
    let AppliedBatch { received_on, speaks_of, series, place, reports, counts } = *batch;
    let is_newest = matches!(place, SequencePosition::Next | SequencePosition::AfterGap(..));
    let mut consequences = Consequences::default();
    for report in reports {
        if sent::apply_report(conn, speaks_of, report, now)? {
            consequences.refused.push((report.number, report.reason.clone()));
        }
    }
    if is_newest {
        consequences.state_loss = rollback::detect(conn, speaks_of, received_on, series, now)?;
    }
    consequences.given_up = gaps::apply_give_ups(conn, speaks_of, series, now)?;
    sent::confirm(conn, speaks_of, series, now)?;
    if is_newest {
        gaps::replace_resend_requests(conn, speaks_of, series)?;
        consequences.resend = Some(ResendRequest::of(series));
    }
    record_published(conn, received_on, series, place, counts, now)?;
    Ok(consequences)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::migrations;
    use crate::ledger::sent::ReleasedBatch;
    use crate::types::{BatchState, DeliveryVerdict, Digest};
    use ferry_format::frame::statement::{Acknowledged, VolumeRange};

    fn channel(id: &str) -> ChannelId {
        ChannelId::new(id).unwrap()
    }

    /// A ledger that sent batches 1 to 3 on `up` and received batch 1/4 on `down`.
    fn ledger() -> Connection {
        let conn = migrations::in_memory();
        let up = channel("up");
        for sequence in 1..=3 {
            let batch = ReleasedBatch {
                channel: &up,
                number: BatchNumber::new(1, sequence),
                digest: Digest([sequence as u8; 32]),
                file: "kept.ferry",
                bytes: 1,
                records: 1,
                documents: 0,
                state_root: Digest([0; 32]),
            };
            sent::record_released(&conn, &batch, UnixSeconds(10)).unwrap();
            sent::mark_dispatched(&conn, &up, batch.number).unwrap();
        }
        apply(&conn, &said(1, 4), &[]);
        conn
    }

    fn said(epoch: u64, sequence: u64) -> SeriesStatement {
        SeriesStatement { epoch, sequence, ..SeriesStatement::default() }
    }

    fn acknowledging(sequence: u64) -> Acknowledged {
        Acknowledged { epoch: 1, sequence, digest: [sequence as u8; 32] }
    }

    fn apply(conn: &Connection, series: &SeriesStatement, reports: &[DeliveryReport]) -> Consequences {
        let (up, down) = (channel("up"), channel("down"));
        let batch = AppliedBatch {
            received_on: &down,
            speaks_of: &up,
            series,
            place: &SequencePosition::Next,
            reports,
            counts: (0, 0),
        };
        record_applied(conn, &batch, UnixSeconds(100)).unwrap()
    }

    fn state(conn: &Connection, sequence: u64) -> (BatchState, Option<String>) {
        let found = sent::in_range(conn, &channel("up"), (sequence, sequence)).unwrap();
        (found[0].state, found[0].reason.clone())
    }

    #[test]
    fn a_batch_that_is_given_up_below_the_acknowledged_number_is_collected_again_and_not_confirmed() {
        let conn = ledger();
        let series = SeriesStatement {
            acknowledged: acknowledging(3),
            volume_requests: vec![VolumeRange::given_up(2)],
            ..said(1, 5)
        };
        assert_eq!(apply(&conn, &series, &[]).given_up, [BatchNumber::new(1, 2)]);
        assert_eq!(state(&conn, 2).0, BatchState::Refused);
        assert_eq!((state(&conn, 1).0, state(&conn, 3).0), (BatchState::Confirmed, BatchState::Confirmed));
    }

    #[test]
    fn a_refusal_that_is_reported_outranks_the_acknowledgement_of_the_same_batch() {
        let conn = ledger();
        let report = DeliveryReport {
            number: BatchNumber::new(1, 2),
            verdict: DeliveryVerdict::Refused,
            reason: "FERRY-E0403".into(),
        };
        let series = SeriesStatement { acknowledged: acknowledging(3), ..said(1, 5) };
        let consequences = apply(&conn, &series, std::slice::from_ref(&report));
        assert_eq!(consequences.refused, [(report.number, report.reason)]);
        assert_eq!(state(&conn, 2), (BatchState::Refused, Some("FERRY-E0403".into())));
    }

    #[test]
    fn state_loss_is_seen_in_the_first_batch_of_a_new_epoch_although_that_batch_is_then_the_newest() {
        let conn = ledger();
        let confirmed = SeriesStatement { acknowledged: acknowledging(3), ..said(1, 5) };
        apply(&conn, &confirmed, &[]);
        let restored = SeriesStatement { acknowledged: acknowledging(1), ..said(50, 1) };
        let loss = apply(&conn, &restored, &[]).state_loss;
        assert!(loss.peer_lost_state, "had the batch been recorded first, its epoch would not be new");
        assert_eq!(state(&conn, 3), (BatchState::Released, Some(sent::AGAIN.to_owned())));
    }

    #[test]
    fn only_the_newest_batch_of_a_series_asks_for_a_resend() {
        let conn = ledger();
        let series = SeriesStatement { gap_requests: vec![(2, 2)], ..said(1, 5) };
        assert!(apply(&conn, &series, &[]).resend.is_some_and(|request| !request.is_empty()));
        let (up, down) = (channel("up"), channel("down"));
        let earlier = AppliedBatch {
            received_on: &down,
            speaks_of: &up,
            series: &said(1, 3),
            place: &SequencePosition::Earlier,
            reports: &[],
            counts: (0, 0),
        };
        assert!(record_applied(&conn, &earlier, UnixSeconds(100)).unwrap().resend.is_none());
        assert!(sent::in_range(&conn, &up, (2, 2)).unwrap()[0].is_requested, "what the newest asked for stands");
    }
}
