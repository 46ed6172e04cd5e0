//! Every change of a small batch and every wrong destination is rejected, and nothing is released.

use super::*;
use crate::forge::{Change, document, forge, forge_with_layout, series as forge_series};
use crate::vectors::faults::{parts, resign};
use ferry_format::limits::SEGMENT_BYTES;

fn accepted(bytes: &[u8], trust: &Trust, key: &dyn Unwrapper) -> bool {
    open(bytes, trust, key).is_ok()
}

#[test]
fn every_changed_byte_is_rejected() {
    let stage = stage();
    let good = forge(&stage, parts(), &Change::None);
    let halves = good.len() / 2;
    let tried: usize = std::thread::scope(|scope| {
        let part = |range: std::ops::Range<usize>| {
            let (mut bytes, key, trust) = (good.clone(), stage.recipient.unwrapper().unwrap(), &stage.trust);
            scope.spawn(move || {
                assert!(accepted(&bytes, trust, &key));
                let mut tried = 0;
                for at in range {
                    for by in 1..=255 {
                        bytes[at] ^= by;
                        assert!(!accepted(&bytes, trust, &key), "offset {at} xor {by} was accepted");
                        bytes[at] ^= by;
                        tried += 1;
                    }
                }
                tried
            })
        };
        [part(0..halves), part(halves..good.len())].map(|t| t.join().unwrap()).iter().sum()
    });
    assert_eq!(tried, good.len() * 255);
}

#[test]
fn every_truncation_and_extension_is_rejected() {
    let stage = stage();
    let key = stage.recipient.unwrapper().unwrap();
    let mut bytes = forge(&stage, parts(), &Change::None);
    for length in 0..bytes.len() {
        assert!(!accepted(&bytes[..length], &stage.trust, &key), "a prefix of {length} bytes was accepted");
    }
    for _ in 0..64 {
        bytes.push(0);
        assert!(!accepted(&bytes, &stage.trust, &key));
    }
}

#[test]
fn every_swapped_dropped_or_repeated_segment_is_rejected() {
    let stage = stage();
    let bytes: Vec<u8> = (0..11 * SEGMENT_BYTES + 5000).map(|n| (n / 4096 % 251) as u8).collect();
    let (good, at) = forge_with_layout(&stage, &[&stage.recipient], vec![document("x", &bytes)], &Change::None);
    assert_eq!((at.digests - at.body).div_ceil(SEGMENT_BYTES), 12);
    verify(&good, &stage.trust).unwrap();
    let segments: Vec<&[u8]> = good[at.body..at.digests].chunks(SEGMENT_BYTES).collect();
    let refused = |segments: &[&[u8]], what: &str| {
        let mut file = [&good[..at.body], &segments.concat(), &good[at.digests..]].concat();
        assert!(verify(&file, &stage.trust).is_err(), "{what} was accepted");
        // Offset and length are corrected, so that only the segments are wrong.
        let moved = file.len() as i64 - good.len() as i64;
        for (range, value) in [(16..24, at.content), (24..32, good.len())] {
            file[range].copy_from_slice(&((value as i64 + moved) as u64).to_be_bytes());
        }
        assert!(verify(&file, &stage.trust).is_err(), "{what} with its length was accepted");
    };
    for first in 0..12 {
        for second in first + 1..12 {
            let mut changed = segments.clone();
            changed.swap(first, second);
            refused(&changed, &format!("a swap of {first} and {second}"));
        }
        let mut dropped = segments.clone();
        dropped.remove(first);
        refused(&dropped, &format!("a drop of {first}"));
        let mut doubled = segments.clone();
        doubled.insert(first, segments[first]);
        refused(&doubled, &format!("a doubling of {first}"));
    }
}

#[test]
fn every_wrong_destination_is_rejected() {
    let stage = stage();
    let keys: Vec<SecretKey> =
        (0..8).map(|n| SecretKey::generate(Role::Recipient, &mut Counting(9000 + n)).unwrap()).collect();
    let directions = [Direction::Export, Direction::Return];
    let id = |n: usize| Id::new(&format!("id-{n}")).unwrap();
    let signer = stage.sender.public().unwrap();
    // Each of court, channel, recipient and direction is varied alone and with all others.
    let places: Vec<_> = (0..8).flat_map(|n| directions.map(|d| (n, d))).collect();
    let trust = |court, channel, reader: usize, direction| Trust {
        court: Some(id(court)),
        channel: Some(id(channel)),
        direction: Some(direction),
        keys: vec![signer.clone(), keys[reader].public().unwrap()],
        ..Trust::default()
    };
    let (mut right, mut wrong) = (0, 0);
    for (made, made_direction) in &places {
        let to = Address { court: id(*made), channel: id(*made), direction: *made_direction, ..address() };
        let (file, content) = draft_for(&[keys[*made].public().unwrap()], &to, &[b"x".to_vec()]);
        let bytes = number(&stage, file, &content, Vec::new());
        for (read, read_direction) in &places {
            let same = (made, made_direction) == (read, read_direction);
            let variants = [
                (trust(*read, *read, *read, *read_direction), *read),
                (trust(*read, *made, *made, *made_direction), *made),
                (trust(*made, *read, *made, *made_direction), *made),
                (trust(*made, *made, *read, *made_direction), *read),
                (trust(*made, *made, *made, *read_direction), *made),
            ];
            for (trust, reader) in variants {
                let agrees = trust.court == Some(to.court.clone())
                    && trust.channel == Some(to.channel.clone())
                    && trust.direction == Some(to.direction)
                    && reader == *made;
                assert!(agrees || !same);
                assert_eq!(accepted(&bytes, &trust, &keys[reader].unwrapper().unwrap()), agrees);
                if agrees { right += 1 } else { wrong += 1 }
            }
        }
    }
    assert!(right >= 80 && wrong >= 120, "{right} {wrong}");
}

#[test]
fn a_batch_signed_again_by_another_trusted_sender_is_rejected() {
    let stage = stage();
    let (good, at) = forge_with_layout(&stage, &[&stage.recipient], parts(), &Change::None);
    let second = stage.second_sender.signer().unwrap();
    let stolen = resign(&good, &at, &second);
    assert!(matches!(verify(&stolen, &stage.trust), Err(FormatError::SenderDiffers)));
    // With the other sender in the header too, the stanzas no longer open: they are bound to the header.
    let mut renamed = good.clone();
    let sender = at.header + 77;
    renamed[sender..sender + 32].copy_from_slice(&second.public_key());
    let content = ContentStatement::decode(&good[at.content + 2..at.series]).unwrap();
    let prelude = ferry_format::frame::header::Prelude::decode(&good[..32].try_into().unwrap()).unwrap();
    let content = ContentStatement { front_digest: prelude.front_digest(&renamed[at.header..at.stanzas]), ..content };
    let series = forge_series(&second, content.digest()).encode();
    renamed.truncate(at.content + 2);
    renamed.extend(content.encode());
    renamed.extend((series.len() as u16).to_be_bytes());
    renamed.extend(&series);
    renamed.extend(second.sign(&series).unwrap());
    verify(&renamed, &stage.trust).unwrap();
    let refusal = open(&renamed, &stage.trust, &stage.recipient.unwrapper().unwrap()).err().unwrap();
    assert!(matches!(refusal, FormatError::Decrypt(_)), "{refusal}");
}

#[test]
fn a_recipient_who_rewrites_the_text_cannot_sign_it() {
    let stage = stage();
    let (good, at) = forge_with_layout(&stage, &[&stage.recipient], parts(), &Change::None);
    // The recipient has the file key and forges everything but the signature, which is kept, dropped or made with the
    // recipient's key.
    let own = SecretKey::generate(Role::Sender, &mut Counting(4000)).unwrap().signer().unwrap();
    for n in 0..1000_u32 {
        let text = n.to_be_bytes();
        let forged = forge(
            &stage,
            vec![document("执行通知书.pdf", &text)],
            &Change::Signature(Box::new({
                let kept = good[at.signature..].to_vec();
                let made = own.sign(&text).unwrap().to_vec();
                move |s| *s = if n % 2 == 0 { kept.clone() } else { made.clone() }
            })),
        );
        assert!(matches!(verify(&forged, &stage.trust), Err(FormatError::Signature(_))));
    }
}

#[test]
fn approvals_are_counted_by_public_key() {
    let mut stage = stage();
    let third = SecretKey::generate(Role::Reviewer, &mut Counting(6000)).unwrap();
    stage.trust.keys.push(third.public().unwrap());
    stage.trust.approvals_needed = 2;
    let (file, content) = draft(&stage, &address(), &[b"x".to_vec()]);
    let reviewers = [&stage.reviewers[0], &stage.reviewers[1], &third];
    let approvals = reviewers.map(|r| ApprovalFile::sign(&content, &r.signer().unwrap()).unwrap().approval);
    let mut accepted = 0;
    for picks in 0..4_usize.pow(4) {
        let picked: Vec<usize> = (0..4).map(|n| picks / 4_usize.pow(n) % 4).filter(|p| *p < 3).collect();
        let mut chosen: Vec<Approval> = picked.iter().map(|p| approvals[*p].clone()).collect();
        chosen.sort_by_key(|a| a.reviewer);
        let distinct: std::collections::BTreeSet<_> = picked.iter().collect();
        let series =
            SeriesStatement { approvals: chosen, ..forge_series(&stage.sender.signer().unwrap(), content.digest()) };
        // The program itself refuses to sign a repeated approval, so the bytes are put together by hand.
        let mut bytes = file.get_ref().clone();
        let statement = series.encode();
        bytes.extend((statement.len() as u16).to_be_bytes());
        bytes.extend(&statement);
        bytes.extend(stage.sender.signer().unwrap().sign(&statement).unwrap());
        let length = (bytes.len() as u64).to_be_bytes();
        bytes[24..32].copy_from_slice(&length);
        let holds = distinct.len() >= 2 && distinct.len() == picked.len();
        assert_eq!(verify(&bytes, &stage.trust).is_ok(), holds, "{picked:?}");
        accepted += usize::from(holds);
    }
    assert!(accepted > 0);
}

#[test]
fn a_suite_below_the_floor_is_rejected_and_cannot_be_edited() {
    let mut stage = stage();
    let good = forge(&stage, parts(), &Change::None);
    for floor in 0..4 {
        stage.trust.suite_floor = floor;
        for suite in 0..4_u16 {
            let mut bytes = good.clone();
            bytes[10..12].copy_from_slice(&suite.to_be_bytes());
            assert_eq!(verify(&bytes, &stage.trust).is_ok(), suite == 1 && floor <= 1, "suite {suite}, floor {floor}");
        }
    }
    assert!(matches!(verify(&good, &stage.trust), Err(FormatError::SuiteFloor { found: 1, floor: 3 })));
}

#[test]
fn a_token_can_sign_and_open_through_the_traits() {
    /// A stand-in for hardware: it shows its public half and answers single calls.
    struct Token<T>(std::sync::Mutex<T>, usize);
    impl<T: Signer> Signer for Token<T> {
        fn public_key(&self) -> [u8; 32] {
            self.0.lock().unwrap().public_key()
        }
        fn sign(&self, message: &[u8]) -> Result<[u8; 64]> {
            assert!(message.len() <= self.1, "a token signs a short message in one call");
            self.0.lock().unwrap().sign(message)
        }
    }
    impl<T: Unwrapper> Unwrapper for Token<T> {
        fn key_id(&self) -> ferry_format::keys::KeyId {
            self.0.lock().unwrap().key_id()
        }
        fn unwrap_file_key(&self, info: &[u8], enc: &[u8], wrapped: &[u8]) -> Result<zeroize::Zeroizing<[u8; 32]>> {
            self.0.lock().unwrap().unwrap_file_key(info, enc, wrapped)
        }
    }
    let stage = stage();
    let signer = Token(stage.sender.signer().unwrap().into(), ferry_format::limits::STATEMENT_BYTES_MAX);
    let opener = Token(stage.recipient.unwrapper().unwrap().into(), 0);
    let (mut file, content) = draft(&stage, &address(), &[b"x".to_vec()]);
    release(&mut file, &content, &forge_series(&signer, content.digest()), &signer).unwrap();
    assert_eq!(open(file.get_ref(), &stage.trust, &opener).unwrap().documents.len(), 1);
}
