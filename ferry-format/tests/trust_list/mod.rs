//! Trust lists: chains that are accepted, and lists with one fault each and their error code.

use crate::Counting;
use ferry_format::frame::header::Direction;
use ferry_format::keys::{PublicKey, Role, SecretKey};
use ferry_format::limits::{ROOTS_MAX, TRUST_LIST_BYTES_MAX};
use ferry_format::names::Id;
use ferry_format::trust::chain::{Chain, Step};
use ferry_format::trust::list::{SignedList, TrustList};
use ferry_format::trust::trust_file::{KeyConstraints, Trust};
use ferry_format::{FormatError, Result};

mod rotations;
mod wrong;

/// Root keys by number, and the keys of two channels.
struct Court {
    roots: Vec<SecretKey>,
    old_sender: PublicKey,
    new_sender: PublicKey,
    recipient: PublicKey,
    reviewers: Vec<PublicKey>,
}

fn court() -> Court {
    let mut entropy = Counting(7000);
    let mut key = |role| SecretKey::generate(role, &mut entropy).unwrap();
    let roots = (0..6).map(|_| key(Role::Root)).collect();
    let mut public = |role| key(role).public().unwrap();
    Court {
        roots,
        old_sender: public(Role::Sender),
        new_sender: public(Role::Sender),
        recipient: public(Role::Recipient),
        reviewers: vec![public(Role::Reviewer), public(Role::Reviewer)],
    }
}

impl Court {
    fn publics(&self, roots: &[usize]) -> Vec<PublicKey> {
        roots.iter().map(|n| self.roots[*n].public().unwrap()).collect()
    }

    fn channel(&self, name: &str, direction: Direction) -> Trust {
        let mut keys = vec![self.old_sender.clone(), self.recipient.clone()];
        keys.extend(self.reviewers.iter().cloned());
        Trust { channel: Some(Id::new(name).unwrap()), direction: Some(direction), keys, ..Trust::default() }
    }

    /// List 1: roots 0 to 2, of which two must sign the next.
    fn first(&self) -> TrustList {
        TrustList {
            court: Id::new("court-1").unwrap(),
            number: 1,
            previous: [0; 32],
            created_s: 1000,
            valid_until_s: Some(9000),
            root_threshold: 2,
            roots: self.publics(&[0, 1, 2]),
            channels: vec![self.channel("up", Direction::Export), self.channel("down", Direction::Return)],
        }
    }

    fn signed(&self, list: &TrustList, roots: &[usize]) -> SignedList {
        self.signed_text(&list.to_toml().unwrap(), roots)
    }

    fn signed_text(&self, body: &str, roots: &[usize]) -> SignedList {
        let mut signed = SignedList::unsigned(body).unwrap();
        roots.iter().for_each(|n| signed.sign(&self.roots[*n].signer().unwrap()).unwrap());
        signed
    }

    /// A chain with list 1 in it.
    fn chain(&self) -> Chain {
        Chain::begin(self.signed(&self.first(), &[0, 1, 2]), &self.publics(&[0, 1, 2])).unwrap()
    }

    /// A chain in which list 2 revoked the old sender from batch 1/8 and raised the floor of `up`.
    fn chain_of_two(&self) -> Chain {
        let mut chain = self.chain();
        let mut second = after(&chain);
        self.revoke(&mut second, (1, 8));
        second.channels[0].suite_floor = 2;
        assert_eq!(chain.follow(self.signed(&second, &[0, 1])).unwrap(), Step::Next);
        chain
    }

    fn revoke(&self, list: &mut TrustList, from: (u64, u64)) {
        let up = &mut list.channels[0];
        if !up.keys.contains(&self.new_sender) {
            up.keys.push(self.new_sender.clone());
        }
        let constraints = KeyConstraints { revoked_from: Some(from), ..KeyConstraints::default() };
        up.constraints.insert(self.old_sender.fingerprint(), constraints);
    }
}

/// The list that comes next, with nothing changed.
fn after(chain: &Chain) -> TrustList {
    let newest = chain.newest();
    TrustList {
        number: newest.list.number + 1,
        previous: newest.digest(),
        created_s: newest.list.created_s + 1,
        ..newest.list.clone()
    }
}

fn code<T>(result: Result<T>) -> &'static str {
    result.err().map_or("accepted", |e: FormatError| e.code())
}

#[test]
fn a_signed_list_survives_a_round_trip() {
    let court = court();
    let mut list = court.first();
    list.channels[0].catalogues.insert([7; 32]);
    let text = court.signed(&list, &[0, 1, 2]).to_text();
    let read = SignedList::from_text(&text).unwrap();
    assert_eq!(read.to_text(), text);
    assert_eq!(read.list.to_toml().unwrap(), read.body());
    let up = read.list.trust(&Id::new("up").unwrap(), Direction::Export).unwrap();
    assert_eq!((up.court.unwrap().as_str(), up.keys.len(), up.catalogues.len()), ("court-1", 4, 1));
    assert_eq!(code(read.list.trust(&Id::new("up").unwrap(), Direction::Return)), "FERRY-E0229");
    assert_eq!(code(read.list.trust(&Id::new("else").unwrap(), Direction::Export)), "FERRY-E0229");
}

#[test]
fn every_changed_byte_of_a_signed_list_is_rejected() {
    let court = court();
    let text = court.signed(&court.first(), &[0, 1, 2]).to_text();
    let pinned = court.publics(&[0, 1, 2]);
    for at in 0..text.len() {
        let mut bytes = text.clone().into_bytes();
        bytes[at] ^= 1;
        let Ok(changed) = String::from_utf8(bytes) else { continue };
        let taken = SignedList::from_text(&changed).and_then(|list| Chain::begin(list, &pinned));
        assert!(taken.is_err(), "byte {at}");
    }
}

#[test]
fn a_list_alone_needs_its_threshold_of_the_given_roots() {
    let court = court();
    let list = court.signed(&court.first(), &[0, 1]);
    assert!(list.check_alone(&court.publics(&[0, 1])).is_ok());
    assert!(list.check_alone(&court.publics(&[0, 1, 2])).is_ok());
    assert_eq!(code(list.check_alone(&court.publics(&[0]))), "FERRY-E0225");
    assert_eq!(code(list.check_alone(&[])), "FERRY-E0225");
    // Given roots that the list does not name do not count.
    let other = TrustList { roots: court.publics(&[3, 4]), ..court.first() };
    let crossed = court.signed(&other, &[0, 1, 3]);
    assert_eq!(code(crossed.check_alone(&court.publics(&[0, 1]))), "FERRY-E0225");
    assert_eq!(code(court.signed(&court.first(), &[0, 1, 5]).check_alone(&court.publics(&[0, 1]))), "FERRY-E0202");
}
