//! The verdict on a file, as a function of facts: no database, no file, no clock.
//!
//! [`crate::receive::pass`] collects the facts, asks, and carries the verdict out.

use crate::config::{OnGap, RuleDigests};
use crate::limits::GAP_MAX;
use crate::texts::receive as texts;
use crate::types::{Digest, UnixSeconds};
use ferry_format::FormatError;
use ferry_format::frame::header::BatchType;
use ferry_format::frame::sequence::{HighWater, SequenceFault, SequencePosition, locate, names_newest};
use ferry_format::frame::statement::SeriesStatement;

/// What a verified file says of itself.
#[derive(Clone, Debug)]
pub struct FileFacts {
    /// What its sender signed of its place.
    pub series: SeriesStatement,
    /// Its batch digest.
    pub digest: Digest,
    /// What it carries.
    pub batch_type: BatchType,
    /// Catalogue and policy that it was made under.
    pub rules: RuleDigests,
    /// Whether it has every approval that the release rules ask for.
    pub is_approved: bool,
    /// Whether the trust in force revokes its sender's key from some number on.
    pub is_sender_revoked: bool,
    /// Whether its sender's key has expired by this side's clock, whatever time the batch names.
    pub is_key_expired: bool,
    /// Whether another verified batch in the folder names it as its predecessor: then its age says nothing.
    pub is_named_by_another: bool,
    /// Whether it is recorded as waiting for a gap: it came in time.
    pub has_waited_for_gap: bool,
}

/// What this side knows of the channel.
#[derive(Clone, Debug, Default)]
pub struct ChannelFacts {
    /// Digest of the batch that was accepted or refused under the file's number.
    pub known_under_number: Option<Digest>,
    /// Digest that accepted later batches name for that number.
    pub named_under_number: Option<Digest>,
    /// Whether this side asked for that number to be sent again.
    pub was_requested: bool,
    /// The newest accepted batch.
    pub newest: Option<HighWater>,
    /// Numbers of the file's epoch that are missing below the first number that it would add to them.
    pub missing_below: u64,
    /// Whether a person accepted the whole gap before it.
    pub is_gap_accepted: bool,
    /// What becomes of batches after a gap.
    pub on_gap: OnGap,
    /// Catalogue and policy that are installed here.
    pub rules: RuleDigests,
    /// Whether the trust list in force allows those.
    pub are_rules_allowed: bool,
    /// Now, seconds.
    pub now: UnixSeconds,
}

/// For what a file waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wait {
    /// The missing numbers before it (inclusive), on a channel that keeps the order.
    Gap(u64, u64),
    /// Catalogue or policy of its sender, or a trust list that names them.
    Rules(RulesDiffer),
    /// It is past its time, or its sender's key is: a later one must name it, or its time of grace ends.
    Successor,
}

/// Which rules a batch was made under that are not in force here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RulesDiffer {
    /// Another catalogue.
    Catalogue,
    /// Another policy.
    Policy,
    /// The trust list names others than these.
    TrustList,
}

/// Why a file is refused by its place alone. Its number is not used up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Another batch has this number, and the key that signed this one was revoked.
    SecondOfRevokedKey,
    /// Batches that were accepted after it name another one here.
    NotTheNamedOne,
    /// The sequence rules refuse it: epoch over, or it does not continue the series.
    Sequence(SequenceFault),
    /// It jumps further ahead than any gap may be.
    GapTooLarge,
}

/// What becomes of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is opened and applied at this position.
    Apply(SequencePosition),
    /// The same batch was accepted or refused before.
    AlreadyApplied,
    /// It goes to quarantine; its number stays free.
    Reject(Refusal),
    /// It goes to quarantine for what is in it, and its number is used up.
    RejectContent(SequencePosition),
    /// It stays where it is.
    WaitFor(Wait),
    /// Another batch has its number: the channel stops, and both are kept.
    Fork,
}

impl Refusal {
    /// As the error that quarantine keeps.
    pub fn error(self, sequence: u64) -> FormatError {
        let why = match self {
            Self::SecondOfRevokedKey => texts::second_of_revoked_key(),
            Self::NotTheNamedOne => texts::not_the_named_one(),
            Self::Sequence(fault) => return fault.error(sequence),
            Self::GapTooLarge => texts::gap_too_large(),
        };
        FormatError::Order { sequence, why }
    }
}

impl Wait {
    /// As the reason that `status` shows.
    pub fn error(&self, sequence: u64) -> FormatError {
        let why = match self {
            Self::Gap(..) => texts::waits_for_gap(),
            Self::Rules(RulesDiffer::Catalogue) => texts::waits_for_catalogue(),
            Self::Rules(RulesDiffer::Policy) => texts::waits_for_policy(),
            Self::Rules(RulesDiffer::TrustList) => texts::waits_for_trust_list(),
            Self::Successor => texts::waits_for_successor(),
        };
        FormatError::Order { sequence, why }
    }
}

/// The verdict by number alone, for a whole batch and for the head of one: `None` where nothing is known under it.
pub fn decide_known(known: Option<Digest>, digest: Digest, is_sender_revoked: bool) -> Option<Verdict> {
    Some(match known? {
        known if known == digest => Verdict::AlreadyApplied,
        _ if is_sender_revoked => Verdict::Reject(Refusal::SecondOfRevokedKey),
        _ => Verdict::Fork,
    })
}

/// The verdict on a file whose sender and destination hold.
pub fn decide(file: &FileFacts, channel: &ChannelFacts) -> Verdict {
    if let Some(verdict) = decide_known(channel.known_under_number, file.digest, file.is_sender_revoked) {
        return verdict;
    }
    if channel.named_under_number.is_some_and(|named| named != file.digest) {
        return Verdict::Reject(Refusal::NotTheNamedOne);
    }
    let place = match locate(channel.newest.as_ref(), &file.series) {
        Ok(place) => place,
        Err(fault) => return Verdict::Reject(Refusal::Sequence(fault)),
    };
    if channel.newest.is_some_and(|newest| !names_newest(&newest, &file.series)) {
        return Verdict::Reject(Refusal::Sequence(SequenceFault::NotContinuing));
    }
    if let SequencePosition::AfterGap(from, to) = place {
        if to - from >= GAP_MAX.saturating_sub(channel.missing_below) {
            return Verdict::Reject(Refusal::GapTooLarge);
        }
        if channel.on_gap == OnGap::Wait && !channel.is_gap_accepted {
            return Verdict::WaitFor(Wait::Gap(from, to));
        }
    }
    if is_too_old(file, channel, &place) {
        return Verdict::WaitFor(Wait::Successor);
    }
    if let Some(differ) = rules_differ(file, channel) {
        return Verdict::WaitFor(Wait::Rules(differ));
    }
    if file.is_approved { Verdict::Apply(place) } else { Verdict::RejectContent(place) }
}

/// Whether the age of a file speaks against it: a thief dates a batch as he likes, and holds back what he likes. What a
/// later batch names, or what this side asked for, may be of any age.
fn is_too_old(file: &FileFacts, channel: &ChannelFacts, place: &SequencePosition) -> bool {
    let is_vouched_for =
        file.is_named_by_another || channel.named_under_number == Some(file.digest) || channel.was_requested;
    let is_newest = matches!(place, SequencePosition::Next | SequencePosition::AfterGap(..));
    let is_late = is_newest && file.series.not_after_s < channel.now.get() && !file.has_waited_for_gap;
    !is_vouched_for && (is_late || file.is_key_expired)
}

/// A trust list is judged by its own rule alone: it may be what names the catalogue of its sender.
fn rules_differ(file: &FileFacts, channel: &ChannelFacts) -> Option<RulesDiffer> {
    if file.batch_type == BatchType::Trust {
        None
    } else if file.rules.catalogue != channel.rules.catalogue {
        Some(RulesDiffer::Catalogue)
    } else if file.rules.policy != channel.rules.policy {
        Some(RulesDiffer::Policy)
    } else {
        (!channel.are_rules_allowed).then_some(RulesDiffer::TrustList)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ferry_format::limits::DIGEST_HISTORY_MAX;

    const DIGEST: Digest = Digest([7; 32]);
    const OTHER: Digest = Digest([8; 32]);

    fn file(sequence: u64) -> FileFacts {
        let previous = vec![[1; 32]; usize::try_from(sequence - 1).unwrap().min(DIGEST_HISTORY_MAX)];
        let series = SeriesStatement { epoch: 1, sequence, previous, not_after_s: 1_000, ..SeriesStatement::default() };
        FileFacts {
            series,
            digest: DIGEST,
            batch_type: BatchType::Data,
            rules: RuleDigests::default(),
            is_approved: true,
            is_sender_revoked: false,
            is_key_expired: false,
            is_named_by_another: false,
            has_waited_for_gap: false,
        }
    }

    fn channel(newest: u64) -> ChannelFacts {
        let newest = (newest > 0).then_some(HighWater { epoch: 1, sequence: newest, digest: [1; 32] });
        ChannelFacts { newest, are_rules_allowed: true, now: UnixSeconds(500), ..ChannelFacts::default() }
    }

    #[test]
    fn the_next_batch_is_applied_and_a_later_one_after_its_gap() {
        assert_eq!(decide(&file(1), &channel(0)), Verdict::Apply(SequencePosition::Next));
        assert_eq!(decide(&file(5), &channel(2)), Verdict::Apply(SequencePosition::AfterGap(3, 4)));
        assert_eq!(decide(&file(2), &channel(5)), Verdict::Apply(SequencePosition::Earlier));
    }

    #[test]
    fn a_number_that_is_taken_is_a_duplicate_a_fork_or_the_work_of_a_revoked_key() {
        let known = |digest| ChannelFacts { known_under_number: Some(digest), ..channel(5) };
        assert_eq!(decide(&file(5), &known(DIGEST)), Verdict::AlreadyApplied);
        assert_eq!(decide(&file(5), &known(OTHER)), Verdict::Fork);
        let stolen = FileFacts { is_sender_revoked: true, ..file(5) };
        assert_eq!(decide(&stolen, &known(OTHER)), Verdict::Reject(Refusal::SecondOfRevokedKey));
        assert_eq!(decide(&stolen, &known(DIGEST)), Verdict::AlreadyApplied, "what was accepted stays known");
    }

    #[test]
    fn a_batch_that_its_successors_do_not_name_is_rejected() {
        let named = ChannelFacts { named_under_number: Some(OTHER), ..channel(5) };
        assert_eq!(decide(&file(3), &named), Verdict::Reject(Refusal::NotTheNamedOne));
        let named = ChannelFacts { named_under_number: Some(DIGEST), ..channel(5) };
        assert_eq!(decide(&file(3), &named), Verdict::Apply(SequencePosition::Earlier));
    }

    #[test]
    fn a_batch_that_does_not_name_the_newest_accepted_one_is_rejected() {
        let without = |sequence| {
            let mut file = file(sequence);
            file.series.previous.clear();
            file
        };
        let fault = Verdict::Reject(Refusal::Sequence(SequenceFault::NotContinuing));
        for sequence in [3, 4, 9] {
            assert_eq!(decide(&without(sequence), &channel(2)), fault, "{sequence}");
        }
        assert_eq!(decide(&without(1), &channel(2)), Verdict::Apply(SequencePosition::Earlier));
        assert_eq!(decide(&without(2), &channel(0)), Verdict::Apply(SequencePosition::AfterGap(1, 1)));
    }

    #[test]
    fn no_gap_grows_beyond_its_bound_also_with_what_is_missing_already() {
        assert_eq!(decide(&file(GAP_MAX + 1), &channel(0)), Verdict::Apply(SequencePosition::AfterGap(1, GAP_MAX)));
        assert_eq!(decide(&file(GAP_MAX + 2), &channel(0)), Verdict::Reject(Refusal::GapTooLarge));
        let more = ChannelFacts { missing_below: 1, ..channel(0) };
        assert_eq!(decide(&file(GAP_MAX + 1), &more), Verdict::Reject(Refusal::GapTooLarge));
    }

    #[test]
    fn a_channel_that_keeps_the_order_waits_for_a_gap_until_it_is_accepted() {
        let waiting = ChannelFacts { on_gap: OnGap::Wait, ..channel(1) };
        assert_eq!(decide(&file(3), &waiting), Verdict::WaitFor(Wait::Gap(2, 2)));
        let accepted = ChannelFacts { is_gap_accepted: true, ..waiting };
        assert_eq!(decide(&file(3), &accepted), Verdict::Apply(SequencePosition::AfterGap(2, 2)));
    }

    #[test]
    fn the_newest_batch_past_its_time_waits_unless_another_names_it_or_it_waited_for_a_gap() {
        let last_second = ChannelFacts { now: UnixSeconds(1_000), ..channel(4) };
        assert_eq!(decide(&file(5), &last_second), Verdict::Apply(SequencePosition::Next));
        let late = ChannelFacts { now: UnixSeconds(1_001), ..channel(4) };
        assert_eq!(decide(&file(5), &late), Verdict::WaitFor(Wait::Successor));
        assert_eq!(decide(&file(3), &late), Verdict::Apply(SequencePosition::Earlier), "a resend may be old");
        let named = FileFacts { is_named_by_another: true, ..file(5) };
        assert_eq!(decide(&named, &late), Verdict::Apply(SequencePosition::Next));
        let waited = FileFacts { has_waited_for_gap: true, ..file(5) };
        assert_eq!(decide(&waited, &late), Verdict::Apply(SequencePosition::Next));
    }

    #[test]
    fn a_batch_of_an_expired_key_waits_unless_a_later_one_names_it_or_this_side_asked_for_it() {
        let expired = |sequence| FileFacts { is_key_expired: true, ..file(sequence) };
        for sequence in [3, 5, 9] {
            assert_eq!(decide(&expired(sequence), &channel(4)), Verdict::WaitFor(Wait::Successor), "{sequence}");
        }
        let named = FileFacts { is_named_by_another: true, ..expired(5) };
        assert_eq!(decide(&named, &channel(4)), Verdict::Apply(SequencePosition::Next));
        let named = ChannelFacts { named_under_number: Some(DIGEST), ..channel(4) };
        assert_eq!(decide(&expired(3), &named), Verdict::Apply(SequencePosition::Earlier));
        let requested = ChannelFacts { was_requested: true, ..channel(4) };
        assert_eq!(decide(&expired(3), &requested), Verdict::Apply(SequencePosition::Earlier));
        let waited = FileFacts { has_waited_for_gap: true, ..expired(5) };
        assert_eq!(decide(&waited, &channel(4)), Verdict::WaitFor(Wait::Successor), "a thief can wait too");
    }

    #[test]
    fn a_batch_under_other_rules_waits_and_a_trust_list_does_not() {
        let other = RuleDigests { catalogue: [9; 32], policy: [0; 32] };
        let under = |rules, batch_type| FileFacts { rules, batch_type, ..file(1) };
        let wait = |differ| Verdict::WaitFor(Wait::Rules(differ));
        assert_eq!(decide(&under(other, BatchType::Data), &channel(0)), wait(RulesDiffer::Catalogue));
        let policy = RuleDigests { catalogue: [0; 32], policy: [9; 32] };
        assert_eq!(decide(&under(policy, BatchType::Data), &channel(0)), wait(RulesDiffer::Policy));
        let unlisted = ChannelFacts { are_rules_allowed: false, ..channel(0) };
        assert_eq!(decide(&file(1), &unlisted), wait(RulesDiffer::TrustList));
        assert_eq!(decide(&under(other, BatchType::Trust), &unlisted), Verdict::Apply(SequencePosition::Next));
    }

    #[test]
    fn a_batch_that_lacks_approvals_uses_up_its_number() {
        let unapproved = FileFacts { is_approved: false, ..file(1) };
        assert_eq!(decide(&unapproved, &channel(0)), Verdict::RejectContent(SequencePosition::Next));
    }
}
