//! What an acknowledgement confirms, requests and gives up.

use crate::{batch, channel, ledger, state};
use ferry_channel::ledger::acknowledgement::build_acknowledgement;
use ferry_channel::ledger::received::{self, ReceivedBatch};
use ferry_channel::ledger::sent::{self, DeliveryReport};
use ferry_channel::types::{BatchNumber, ChannelId, DeliveryVerdict, Digest, UnixSeconds};
use ferry_format::frame::statement::{Acknowledged, SeriesStatement, VolumeRange};
use rusqlite::Connection;

/// Releases and dispatches batch `1/sequence` on `up`.
fn dispatch(conn: &Connection, sequence: u64) {
    let up = channel("up");
    sent::record_released(conn, &batch(&up, sequence, "kept.ferry"), UnixSeconds(0)).unwrap();
    sent::mark_dispatched(conn, &up, BatchNumber::new(1, sequence)).unwrap();
}

/// Records batch `1/sequence` of a channel as received, with a digest that repeats its number.
fn receive(conn: &Connection, channel: &ChannelId, sequence: u64, verdict: DeliveryVerdict) {
    let digest = (verdict != DeliveryVerdict::Missing).then_some(Digest([sequence as u8; 32]));
    let number = BatchNumber::new(1, sequence);
    let batch = ReceivedBatch { channel, number, digest, verdict, reason: None, records: 0, documents: 0 };
    received::record(conn, &batch, UnixSeconds(0)).unwrap();
}

#[test]
fn an_acknowledgement_confirms_what_arrived_and_not_what_is_requested_again() {
    let (_dir, conn) = ledger();
    let up = channel("up");
    (1..=4).for_each(|n| dispatch(&conn, n));
    let said = |sequence: u64, digest: u8, gap_requests: &[(u64, u64)], volumes: &[u64]| SeriesStatement {
        acknowledged: Acknowledged { epoch: 1, sequence, digest: [digest; 32] },
        gap_requests: gap_requests.to_vec(),
        volume_requests: volumes.iter().map(|n| VolumeRange { sequence: *n, from: 1, to: 2 }).collect(),
        ..SeriesStatement::default()
    };
    sent::confirm(&conn, &up, &said(3, 9, &[], &[]), UnixSeconds(5)).unwrap();
    assert_eq!(state(&conn, 1), "dispatched", "a digest that is not ours confirms nothing");
    sent::confirm(&conn, &up, &said(3, 3, &[(2, 2)], &[1]), UnixSeconds(5)).unwrap();
    let states = || (1..=4).map(|n| state(&conn, n)).collect::<Vec<_>>();
    assert_eq!(states(), ["dispatched", "dispatched", "confirmed", "dispatched"]);
    sent::confirm(&conn, &up, &said(3, 3, &[(2, 2)], &[]), UnixSeconds(5)).unwrap();
    assert_eq!(states(), ["confirmed", "dispatched", "confirmed", "dispatched"]);
}

#[test]
fn gaps_are_ranges_and_closed_by_arriving_batches() {
    let (_dir, conn) = ledger();
    let up = channel("up");
    receive(&conn, &up, 1, DeliveryVerdict::Published);
    for n in [2, 3, 5] {
        receive(&conn, &up, n, DeliveryVerdict::Missing);
    }
    receive(&conn, &up, 6, DeliveryVerdict::Published);
    assert_eq!(received::missing_ranges(&conn, &up, 64).unwrap(), [(2, 3), (5, 5)]);
    receive(&conn, &up, 3, DeliveryVerdict::Published);
    assert_eq!(received::missing_ranges(&conn, &up, 64).unwrap(), [(2, 2), (5, 5)]);
    receive(&conn, &up, 6, DeliveryVerdict::Missing);
    assert_eq!(received::newest(&conn, &up).unwrap().unwrap().sequence, 6, "what arrived stays");
}

#[test]
fn an_acknowledgement_requests_refused_content_and_never_passes_a_gap_that_it_cannot_name() {
    let (_dir, conn) = ledger();
    let down = channel("down");
    receive(&conn, &down, 1, DeliveryVerdict::Published);
    receive(&conn, &down, 2, DeliveryVerdict::Refused);
    receive(&conn, &down, 3, DeliveryVerdict::Published);
    let build = |include_refused| build_acknowledgement(&conn, &down, include_refused, UnixSeconds(0)).unwrap();
    assert_eq!((build(true).acknowledged.sequence, build(true).gap_requests), (3, vec![(2, 2)]));
    assert_eq!(build(false).gap_requests, []);
    // Every second number from 4 on is missing: more ranges than one batch may name.
    for n in 4..=200 {
        let verdict = if n % 2 == 0 { DeliveryVerdict::Missing } else { DeliveryVerdict::Published };
        receive(&conn, &down, n, verdict);
    }
    let built = build(false);
    assert_eq!(built.gap_requests.len(), 64);
    assert_eq!(built.gap_requests.last(), Some(&(130, 130)));
    assert_eq!(built.acknowledged, Acknowledged { epoch: 1, sequence: 131, digest: [131; 32] });
}

#[test]
fn an_accepted_gap_is_announced_until_the_announcing_batch_was_accepted() {
    let (_dir, conn) = ledger();
    let (up, down) = (channel("up"), channel("down"));
    dispatch(&conn, 5);
    receive(&conn, &down, 1, DeliveryVerdict::Published);
    conn.execute_batch(
        "INSERT INTO ferry_received VALUES ('down', 1, 2, NULL, 'refused', NULL, 0, 0, 1, 0);
         INSERT INTO ferry_gap_accepted VALUES ('down', 1, 2, '王芳', '介质损坏', 1, 'up', 1, 5);",
    )
    .unwrap();
    // Whether the other side reports on each batch.
    let is_announced = |is_reported| {
        let built = build_acknowledgement(&conn, &down, is_reported, UnixSeconds(0)).unwrap();
        built.volume_requests == [VolumeRange::given_up(2)]
    };
    assert!(is_announced(false) && is_announced(true));
    let acknowledged = Acknowledged { epoch: 1, sequence: 5, digest: [5; 32] };
    sent::confirm(&conn, &up, &SeriesStatement { acknowledged, ..SeriesStatement::default() }, UnixSeconds(5)).unwrap();
    assert!(!is_announced(false) && is_announced(true), "it may be acknowledged and refused");
    let number = BatchNumber::new(1, 5);
    let report = DeliveryReport { number, verdict: DeliveryVerdict::Published, reason: String::new() };
    sent::apply_report(&conn, &up, &report, UnixSeconds(6)).unwrap();
    assert!(!is_announced(true));
}

#[test]
fn a_refusal_counts_after_an_acknowledgement_and_not_after_the_batch_was_reported_as_published() {
    let (_dir, conn) = ledger();
    let up = channel("up");
    dispatch(&conn, 4);
    conn.execute("UPDATE ferry_sent SET state = 'confirmed'", []).unwrap();
    let report = |verdict| {
        let report = DeliveryReport { number: BatchNumber::new(1, 4), verdict, reason: String::new() };
        let is_refused = sent::apply_report(&conn, &up, &report, UnixSeconds(1)).unwrap();
        (state(&conn, 4), is_refused)
    };
    assert_eq!(report(DeliveryVerdict::Missing), ("confirmed".into(), false));
    assert_eq!(report(DeliveryVerdict::Refused), ("refused".into(), true), "it was only acknowledged so far");
    assert_eq!(report(DeliveryVerdict::Refused), ("refused".into(), false), "its content is collected again once");
    assert_eq!(report(DeliveryVerdict::Published), ("confirmed".into(), false), "it was accepted in the end");
    assert_eq!(report(DeliveryVerdict::Refused), ("confirmed".into(), false), "an older report, sent again");
}
