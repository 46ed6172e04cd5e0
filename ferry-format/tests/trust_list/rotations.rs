//! Rotations that must be accepted, after TUF's conformance suite (root rotation).

use super::*;

/// Follows list 1 with lists that each name roots, a threshold, and who signs.
fn rotate(steps: &[(&[usize], usize, &[usize])]) {
    let court = court();
    let mut chain = court.chain();
    for (roots, root_threshold, signers) in steps {
        let next = TrustList { roots: court.publics(roots), root_threshold: *root_threshold, ..after(&chain) };
        let step = chain.follow(court.signed(&next, signers));
        assert_eq!(step.unwrap(), Step::Next, "{roots:?} {root_threshold} {signers:?}");
    }
    assert_eq!(chain.newest().list.number, 1 + steps.len() as u64);
}

#[test]
fn roots_change_with_the_signatures_of_the_old_and_the_new_threshold() {
    rotate(&[(&[0, 1, 2], 2, &[0, 1])]);
    rotate(&[(&[0, 1, 2], 2, &[0, 1, 2])]);
    rotate(&[(&[0, 1, 3], 2, &[0, 1])]);
    rotate(&[(&[2, 3, 4], 2, &[0, 2, 3])]);
    rotate(&[(&[3, 4, 5], 2, &[0, 1, 3, 4])]);
    rotate(&[(&[0, 1, 2], 1, &[0, 1])]);
    rotate(&[(&[0, 1, 2], 3, &[0, 1, 2])]);
    rotate(&[(&[5], 1, &[1, 2, 5])]);
    rotate(&[(&[3], 1, &[0, 1, 3]), (&[4], 1, &[3, 4]), (&[0, 1, 2], 2, &[4, 0, 1])]);
    rotate(&[(&[0, 1, 2, 3, 4, 5], 4, &[0, 1, 2, 3]), (&[3, 4, 5], 3, &[0, 3, 4, 5])]);
}

#[test]
fn a_list_in_force_may_arrive_again_and_an_expired_one_may_be_followed() {
    let court = court();
    let mut chain = court.chain_of_two();
    let same = chain.newest().clone();
    assert_eq!(chain.follow(same).unwrap(), Step::Same);
    let expired = TrustList { valid_until_s: Some(1002 + 1), ..after(&chain) };
    assert_eq!(chain.follow(court.signed(&expired, &[0, 1])).unwrap(), Step::Next);
    assert_eq!(code(chain.newest().list.check_current(5000)), "FERRY-E0227");
    let third = TrustList { valid_until_s: Some(9000), ..after(&chain) };
    assert_eq!(chain.follow(court.signed(&third, &[0, 1])).unwrap(), Step::Next);
    assert!(chain.newest().list.check_current(9000).is_ok());
    let open = TrustList { valid_until_s: None, ..after(&chain) };
    assert_eq!(chain.follow(court.signed(&open, &[0, 1])).unwrap(), Step::Next);
    assert!(chain.newest().list.check_current(i64::MAX).is_ok());
}

#[test]
fn a_list_may_be_made_in_the_same_second_as_the_one_before() {
    let court = court();
    let mut chain = court.chain();
    let same = TrustList { created_s: chain.newest().list.created_s, ..after(&chain) };
    assert_eq!(chain.follow(court.signed(&same, &[0, 1])).unwrap(), Step::Next);
}

#[test]
fn channels_may_change_forward() {
    let court = court();
    let mut chain = court.chain_of_two();
    // The revoked key may be dropped, a revocation moved to an earlier batch, a floor rise, a channel added or removed.
    let mut earlier = after(&chain);
    court.revoke(&mut earlier, (1, 5));
    earlier.channels[0].suite_floor = 3;
    assert!(chain.follow(court.signed(&earlier, &[0, 1])).is_ok());
    let mut dropped = after(&chain);
    dropped.channels[0].constraints.clear();
    dropped.channels[0].keys.retain(|k| *k != court.old_sender);
    dropped.channels[1].keys.push(court.new_sender.clone());
    assert!(chain.follow(court.signed(&dropped, &[1, 2])).is_ok());
    let one = TrustList { channels: vec![chain.newest().list.channels[0].clone()], ..after(&chain) };
    assert!(chain.follow(court.signed(&one, &[0, 2])).is_ok());
    let two = TrustList { channels: dropped.channels.clone(), ..after(&chain) };
    assert!(chain.follow(court.signed(&two, &[0, 2])).is_ok());
    assert_eq!(chain.newest().list.number, 6);
}
