//! Wrong lists, one fault each, and their error code.

use super::*;
use ferry_format::error::list_fault::ListFault;

/// A fault in how list 2 follows list 1; everything else is right.
type Fault<'a> = (&'a str, &'static str, &'a dyn Fn(&Court, &mut TrustList), &'a [usize]);

#[test]
fn a_list_that_does_not_follow_the_one_in_force_is_rejected() {
    let nothing = |_: &Court, _: &mut TrustList| ();
    let faults: &[Fault<'_>] = &[
        ("nobody of the old roots", "FERRY-E0225", &|c, l| l.roots = c.publics(&[3, 4]), &[3, 4]),
        ("one of two old roots", "FERRY-E0225", &nothing, &[0]),
        ("one of two new roots", "FERRY-E0225", &|c, l| l.roots = c.publics(&[3, 4]), &[0, 1, 3]),
        ("nobody of the new roots", "FERRY-E0225", &|c, l| l.roots = c.publics(&[3, 4]), &[0, 1]),
        ("the new threshold is higher", "FERRY-E0225", &|_, l| l.root_threshold = 3, &[0, 1]),
        ("the new threshold is lower, the old not met", "FERRY-E0225", &|_, l| l.root_threshold = 1, &[0]),
        ("a stranger signed too", "FERRY-E0202", &nothing, &[0, 1, 5]),
        ("a number is skipped", "FERRY-E0223", &|_, l| l.number = 3, &[0, 1]),
        ("many numbers are skipped", "FERRY-E0223", &|_, l| l.number = i64::MAX as u64, &[0, 1]),
        ("it follows another list", "FERRY-E0224", &|_, l| l.previous = [9; 32], &[0, 1]),
        ("another list 1", "FERRY-E0224", &|_, l| (l.number, l.previous) = (1, [0; 32]), &[0, 1, 2]),
        ("another court", "FERRY-E0221", &|_, l| l.court = Id::new("court-2").unwrap(), &[0, 1]),
        ("it was made earlier", "FERRY-E0228", &|_, l| l.created_s = 999, &[0, 1]),
    ];
    for (what, expected, change, signers) in faults {
        let court = court();
        let mut chain = court.chain();
        let mut list = after(&chain);
        change(&court, &mut list);
        assert_eq!(code(chain.follow(court.signed(&list, signers))), *expected, "{what}");
        // The chain is unchanged: the right list is accepted.
        let right = after(&chain);
        assert!(chain.follow(court.signed(&right, &[0, 1])).is_ok(), "{what}");
    }
}

#[test]
fn a_skipped_number_is_named_with_the_one_that_was_expected() {
    let court = court();
    let mut chain = court.chain_of_two();
    let list = TrustList { number: 7, ..after(&chain) };
    let error = chain.follow(court.signed(&list, &[0, 1])).unwrap_err();
    let fault = FormatError::from(ListFault::Skipped { found: 7, expected: 3 });
    assert_eq!(error.message().english(), fault.message().english());
}

#[test]
fn a_list_that_undoes_an_earlier_one_is_rejected() {
    let faults: &[Fault<'_>] = &[
        ("list 1 again", "FERRY-E0222", &|c, l| *l = c.first(), &[0, 1, 2]),
        ("its floor falls", "FERRY-E0228", &|_, l| l.channels[0].suite_floor = 1, &[0, 1]),
        ("a revoked key stands again", "FERRY-E0228", &|_, l| l.channels[0].constraints.clear(), &[0, 1]),
        ("a key is revoked later than before", "FERRY-E0228", &|c, l| c.revoke(l, (1, 9)), &[0, 1]),
        ("a key is revoked in a later epoch", "FERRY-E0228", &|c, l| c.revoke(l, (2, 1)), &[0, 1]),
        ("a revoked key returns under another role", "FERRY-E0228", &as_reviewer, &[0, 1]),
    ];
    for (what, expected, change, signers) in faults {
        let court = court();
        let mut chain = court.chain_of_two();
        let mut list = after(&chain);
        change(&court, &mut list);
        assert_eq!(code(chain.follow(court.signed(&list, signers))), *expected, "{what}");
    }
}

/// The revoked sender's key in a line of another role.
fn as_reviewer(court: &Court, list: &mut TrustList) {
    let up = &mut list.channels[0];
    up.constraints.clear();
    up.keys.retain(|k| *k != court.old_sender);
    up.keys.push(PublicKey { role: Role::Reviewer, sealing: Some([8; 32]), ..court.old_sender.clone() });
}

#[test]
fn a_dropped_channel_keeps_its_revocations_and_its_floor() {
    let court = court();
    let mut chain = court.chain_of_two();
    let mut dropped = after(&chain);
    dropped.channels[0].constraints.clear();
    dropped.channels[0].keys.retain(|k| *k != court.old_sender);
    assert!(chain.follow(court.signed(&dropped, &[0, 1])).is_ok());
    let mut again = after(&chain);
    again.channels[0].keys.push(court.old_sender.clone());
    assert_eq!(code(chain.follow(court.signed(&again, &[0, 1]))), "FERRY-E0228", "the key");
    let without = TrustList { channels: vec![dropped.channels[1].clone()], ..after(&chain) };
    assert!(chain.follow(court.signed(&without, &[0, 1])).is_ok());
    let mut lower = TrustList { channels: dropped.channels.clone(), ..after(&chain) };
    lower.channels[0].suite_floor = 1;
    assert_eq!(code(chain.follow(court.signed(&lower, &[0, 1]))), "FERRY-E0228", "the floor");
}

#[test]
fn a_first_list_without_all_pinned_roots_is_rejected() {
    let court = court();
    let first = court.first();
    let pinned = court.publics(&[0, 1, 2]);
    let second = TrustList { number: 2, previous: [1; 32], ..court.first() };
    let cases: &[(&str, &str, SignedList, Vec<PublicKey>)] = &[
        ("not all roots signed", "FERRY-E0225", court.signed(&first, &[0, 1]), pinned.clone()),
        ("one root signed", "FERRY-E0225", court.signed(&first, &[2]), pinned.clone()),
        ("a stranger signed too", "FERRY-E0202", court.signed(&first, &[0, 1, 2, 3]), pinned.clone()),
        ("fewer are pinned", "FERRY-E0226", court.signed(&first, &[0, 1, 2]), court.publics(&[0, 1])),
        ("more are pinned", "FERRY-E0226", court.signed(&first, &[0, 1, 2]), court.publics(&[0, 1, 2, 3])),
        ("others are pinned", "FERRY-E0226", court.signed(&first, &[0, 1, 2]), court.publics(&[3, 4, 5])),
        ("none is pinned", "FERRY-E0226", court.signed(&first, &[0, 1, 2]), vec![]),
        ("it is list 2", "FERRY-E0223", court.signed(&second, &[0, 1, 2]), pinned.clone()),
    ];
    for (what, expected, list, pinned) in cases {
        assert_eq!(code(Chain::begin(list.clone(), pinned)), *expected, "{what}");
    }
}

#[test]
fn a_body_with_a_fault_is_rejected() {
    type Change<'a> = (&'a str, &'a dyn Fn(&Court, &mut TrustList));
    let faults: &[Change<'_>] = &[
        ("number 0", &|_, l| l.number = 0),
        ("list 1 with a list before it", &|_, l| l.previous = [1; 32]),
        ("list 2 without a list before it", &|_, l| l.number = 2),
        ("it ends before it begins", &|_, l| l.valid_until_s = Some(1000)),
        ("threshold 0", &|_, l| l.root_threshold = 0),
        ("a threshold above its roots", &|_, l| l.root_threshold = 4),
        ("no roots", &|_, l| l.roots.clear()),
        ("one root twice", &|_, l| l.roots.push(l.roots[0].clone())),
        ("a reviewer among the roots", &|c, l| l.roots.push(c.reviewers[0].clone())),
        ("no channel", &|_, l| l.channels.clear()),
        ("one channel twice", &|_, l| l.channels.push(l.channels[0].clone())),
        ("a channel without a name", &|_, l| l.channels[0].channel = None),
        ("a channel without a direction", &|_, l| l.channels[0].direction = None),
        ("a channel without a sender", &|_, l| l.channels[0].keys.retain(|k| k.role != Role::Sender)),
        ("more approvals than reviewers", &|_, l| l.channels[0].approvals_needed = 3),
        ("a root key on a channel", &|_, l| l.channels[0].keys.push(l.roots[0].clone())),
        ("a root's key as a sender", &|_, l| {
            l.channels[0].keys.push(PublicKey { role: Role::Sender, ..l.roots[0].clone() });
        }),
        ("one key of a channel twice", &|c, l| l.channels[0].keys.push(c.old_sender.clone())),
        ("constraints that end before they begin", &|c, l| {
            let constraints =
                KeyConstraints { not_before_s: Some(2), not_after_s: Some(1), ..KeyConstraints::default() };
            l.channels[0].constraints.insert(c.old_sender.fingerprint(), constraints);
        }),
        ("a person without a name", &|c, l| {
            let constraints = KeyConstraints { person: Some(" ".into()), ..KeyConstraints::default() };
            l.channels[0].constraints.insert(c.reviewers[0].fingerprint(), constraints);
        }),
    ];
    for (what, change) in faults {
        let court = court();
        let mut list = court.first();
        change(&court, &mut list);
        let read = list.to_toml().and_then(|text| TrustList::from_toml(&text));
        assert_eq!(code(read), "FERRY-E0220", "{what}");
    }
}

#[test]
fn a_signed_text_with_a_fault_is_rejected() {
    let court = court();
    let good = court.signed(&court.first(), &[0, 1, 2]).to_text();
    let at = good.find("---\n").unwrap();
    let (body, lines) = (&good[..at], &good[at + 4..]);
    let rows: Vec<&str> = lines.lines().collect();
    let join = |rows: &[&str]| format!("{body}---\n{}\n", rows.join("\n"));
    let swap = |from: &str, to: &str| {
        assert!(good.contains(from), "{from}");
        good.replacen(from, to, 1)
    };
    let cases: &[(&str, String)] = &[
        ("no separator", format!("{body}{lines}")),
        ("no signature", format!("{body}---\n")),
        ("a blank line at the end", format!("{good}\n")),
        ("a word at the end", format!("{good}x")),
        ("no line break at the end", good.trim_end().to_owned()),
        ("carriage returns", good.replace('\n', "\r\n")),
        ("a carriage return behind a signature", format!("{}\r\n", good.trim_end())),
        ("signatures out of order", join(&[rows[1], rows[0], rows[2]])),
        ("a signature twice", join(&[rows[0], rows[0], rows[1], rows[2]])),
        ("two spaces in a signature", join(&[&rows[0].replacen(' ', "  ", 1), rows[1], rows[2]])),
        ("a signature with a remark", join(&[&format!("{} x", rows[0]), rows[1], rows[2]])),
        ("a short signature", join(&[&rows[0][..rows[0].len() - 8], rows[1], rows[2]])),
        ("a second separator", format!("{body}---\n{good}")),
        ("a separator with a space", good.replacen("---\n", "--- \n", 1)),
        ("a key that it does not know", swap("root-threshold", "colour = 1\nroot-threshold")),
        ("a key of a channel that it does not know", swap("approvals-needed", "colour = 1\napprovals-needed")),
        ("a channel with a court", swap("channel = \"up\"", "court = \"court-1\"\nchannel = \"up\"")),
        ("a key named twice", swap("number = 1\n", "number = 1\nnumber = 1\n")),
        ("a negative number", swap("number = 1\n", "number = -1\n")),
        ("a broken previous", swap("previous = \"00", "previous = \"0")),
        ("no court", swap("court = \"court-1\"\n", "")),
        ("a court with a slash", swap("court = \"court-1\"", "court = \"court/1\"")),
        ("a broken root", swap("ferry-public-key-1 root", "ferry-public-key-2 root")),
        ("a broken catalogue", swap("approvals-needed = 0\n", "approvals-needed = 0\ncatalogues = [\"00\"]\n")),
        ("an unknown office rule", swap("[[channel]]", "[[channel]]\nrelease = { clean = { people = 2 } }")),
    ];
    for (what, text) in cases {
        assert_eq!(code(SignedList::from_text(text)), "FERRY-E0220", "{what}");
    }
    assert!(SignedList::from_text(&good).is_ok());
}

#[test]
fn one_invalid_signature_rejects_the_whole_list() {
    let court = court();
    let chain = court.chain();
    let second = court.signed(&after(&chain), &[0, 1]).to_text();
    let third_party = court.signed(&court.first(), &[2]).to_text();
    let stranger = third_party.lines().last().unwrap();
    // A third signature, over another list: two good ones do not outvote it.
    let mut lines: Vec<&str> = second.lines().collect();
    let at = lines.iter().position(|l| *l == "---").unwrap() + 1;
    lines.push(stranger);
    lines[at..].sort_unstable_by_key(|l| {
        SignedList::from_text(&format!("{}---\n{l}\n", chain.newest().body())).unwrap().signers().next().copied()
    });
    let mixed = SignedList::from_text(&format!("{}\n", lines.join("\n"))).unwrap();
    assert_eq!(code(court.chain().follow(mixed)), "FERRY-E0201");
}

#[test]
fn limits_of_a_trust_list() {
    let court = court();
    let mut entropy = Counting(1);
    let mut root = || SecretKey::generate(Role::Root, &mut entropy).unwrap().public().unwrap();
    let roots: Vec<_> = (0..=ROOTS_MAX).map(|_| root()).collect();
    let with = |n: usize| TrustList { roots: roots[..n].to_vec(), ..court.first() }.to_toml();
    assert!(with(ROOTS_MAX - 1).is_ok() && with(ROOTS_MAX).is_ok());
    assert_eq!(code(with(ROOTS_MAX + 1)), "FERRY-E0220");
    let body = court.first().to_toml().unwrap();
    let padded = |n: usize| format!("{body}#{}\n", "x".repeat(n - body.len() - 2));
    assert!(TrustList::from_toml(&padded(TRUST_LIST_BYTES_MAX)).is_ok());
    assert_eq!(code(TrustList::from_toml(&padded(TRUST_LIST_BYTES_MAX + 1))), "FERRY-E0220");
}
