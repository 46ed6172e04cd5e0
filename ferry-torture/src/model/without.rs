//! The rules with one of them taken out, by which each property is seen to fail.

use crate::model::Fault;
use crate::model::properties::{
    ACCEPTED_WAITS, APPLIED_TWICE, Breach, FORK_APPLIED, GAP_UNNAMED, NOT_AT_REST, NUMBER_TWICE, ORDER_MATTERS,
    REVOKED_STOPS,
};
use crate::model::rules::{PRODUCT, Rules};
use ferry_channel::config::OnGap;
use ferry_channel::receive::decide::{self, ChannelFacts, FileFacts, Refusal, Verdict};
use ferry_format::frame::sequence::SequencePosition;

/// Each rule that is taken out, with the property that fails without it and the fault by which that shows.
pub const WITHOUT: [(Breach, Fault, Rules); 8] = [
    (NUMBER_TWICE, Fault::Restore, Rules { mark_restored: |_, _, _| {}, ..PRODUCT }),
    (APPLIED_TWICE, Fault::Double, Rules { decide: without_memory, ..PRODUCT }),
    (FORK_APPLIED, Fault::Forge, Rules { decide: without_fork, ..PRODUCT }),
    (REVOKED_STOPS, Fault::Forge, Rules { decide: without_revocation, ..PRODUCT }),
    (GAP_UNNAMED, Fault::Lose, Rules { decide: without_gaps, ..PRODUCT }),
    (NOT_AT_REST, Fault::Lose, Rules { resend: |_| Vec::new(), ..PRODUCT }),
    (ORDER_MATTERS, Fault::Lose, Rules { decide: without_earlier, ..PRODUCT }),
    (ACCEPTED_WAITS, Fault::Lose, Rules { decide: without_acceptance, ..PRODUCT }),
];

/// Forgets what came before under a number, if it is the same batch.
fn without_memory(file: &FileFacts, channel: &ChannelFacts) -> Verdict {
    match decide::decide(file, channel) {
        Verdict::AlreadyApplied => Verdict::Apply(SequencePosition::Again),
        verdict => verdict,
    }
}

/// Forgets what came before under a number, if it is another batch.
fn without_fork(file: &FileFacts, channel: &ChannelFacts) -> Verdict {
    match decide::decide(file, channel) {
        Verdict::Fork => Verdict::Apply(SequencePosition::Earlier),
        verdict => verdict,
    }
}

/// Knows of no revoked key.
fn without_revocation(file: &FileFacts, channel: &ChannelFacts) -> Verdict {
    decide::decide(&FileFacts { is_sender_revoked: false, ..file.clone() }, channel)
}

/// Sees no gap.
fn without_gaps(file: &FileFacts, channel: &ChannelFacts) -> Verdict {
    match decide::decide(file, channel) {
        Verdict::Apply(SequencePosition::AfterGap(..)) => Verdict::Apply(SequencePosition::Next),
        verdict => verdict,
    }
}

/// Refuses what comes late.
fn without_earlier(file: &FileFacts, channel: &ChannelFacts) -> Verdict {
    match decide::decide(file, channel) {
        Verdict::Apply(SequencePosition::Earlier) => Verdict::Reject(Refusal::GapTooLarge),
        verdict => verdict,
    }
}

/// Does not know what a person accepted.
fn without_acceptance(file: &FileFacts, channel: &ChannelFacts) -> Verdict {
    let is_waiting = channel.on_gap == OnGap::Wait;
    decide::decide(file, &ChannelFacts { is_gap_accepted: channel.is_gap_accepted && !is_waiting, ..channel.clone() })
}
