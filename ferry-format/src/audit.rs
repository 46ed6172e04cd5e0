//! An agent's audit: a chain of entries, each of which covers those before it (SPEC.md, "Audit").
//!
//! The link has two levels: an entry is linked by the digest of its bytes. So one entry can be shown with a path to a head
//! that its agent signed, without showing its neighbours.

use crate::crypto::hash::sha256;
use crate::encoding::reader_writer::{Reader, Writer};
use crate::error::{FormatError, Result};
use crate::frame::statement::AuditHead;
use crate::text::Text;
use crate::texts;
use std::collections::{BTreeMap, BTreeSet};

const ENTRY_DOMAIN: &[u8; 16] = b"ferry/audit/002\n";
/// Entries of release 0.1.0, which have no salt.
const UNSALTED_DOMAIN: &[u8; 16] = b"ferry/audit/001\n";
const LINK_DOMAIN: &[u8; 16] = b"ferry/auditlink\n";

/// Who did what, when, to what.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// Random bytes of this entry alone. Its digest stands in evidence of other entries, and without them it could be found
    /// by guessing names. Entries of release 0.1.0 have none.
    pub salt: Option<[u8; 32]>,
    /// Its number in the chain, from 1.
    pub number: u64,
    /// When, seconds since 1970 UTC by the agent's clock.
    pub at_s: i64,
    /// Who: a person's name, a system user (`uid:1000 name`), or `agent` for automatic actions.
    pub actor: String,
    /// What was done, one short word.
    pub act: String,
    /// To what: a batch (`channel/epoch/sequence`), a record (`kind/key`), a file.
    pub subject: String,
    /// Reason, counts.
    pub detail: String,
    /// SHA-256 of the bytes that the act was about, if any.
    pub what: Option<[u8; 32]>,
}

impl Entry {
    /// The canonical bytes.
    pub fn encode(&self) -> Vec<u8> {
        let mut w = Writer::new();
        match &self.salt {
            Some(salt) => w.bytes(ENTRY_DOMAIN).bytes(salt),
            None => w.bytes(UNSALTED_DOMAIN),
        };
        w.u64(self.number).i64(self.at_s);
        for text in [&self.actor, &self.act, &self.subject, &self.detail] {
            w.u32(u32::try_from(text.len()).unwrap_or(u32::MAX)).bytes(text.as_bytes());
        }
        w.u8(u8::from(self.what.is_some())).bytes(self.what.as_ref().map_or(&[], |d| d.as_slice()));
        w.finish()
    }

    /// Reads the canonical bytes.
    ///
    /// # Errors
    /// [`FormatError::Malformed`] for anything but the canonical encoding of an entry.
    pub fn decode(bytes: &[u8]) -> Result<Self> {
        let mut r = Reader::new(texts::parts::audit_entry(), bytes);
        let domain: [u8; 16] = r.array()?;
        let salt = match &domain {
            ENTRY_DOMAIN => Some(r.array()?),
            UNSALTED_DOMAIN => None,
            _ => return Err(r.error(texts::wire::wrong_domain())),
        };
        let (number, at_s) = (r.u64()?, r.i64()?);
        let mut texts = [const { String::new() }; 4];
        for text in &mut texts {
            let length = r.u32()? as usize;
            let bytes = r.take(length)?;
            *text = std::str::from_utf8(bytes).map_err(|_| r.error(texts::wire::string_not_utf8()))?.to_owned();
        }
        let what = match r.u8()? {
            0 => None,
            1 => Some(r.array()?),
            _ => return Err(r.error(texts::evidence::digest_flag())),
        };
        r.end()?;
        let [actor, act, subject, detail] = texts;
        Ok(Self { salt, number, at_s, actor, act, subject, detail, what })
    }

    /// SHA-256 of the canonical bytes: what the link covers of an entry.
    pub fn inner_digest(&self) -> [u8; 32] {
        sha256(&self.encode())
    }
}

/// An entry's digest, from that of the entry before it (zero before the first) and its own inner digest.
pub fn link(previous: &[u8; 32], inner: &[u8; 32]) -> [u8; 32] {
    let mut bytes = [0; 80];
    bytes[..16].copy_from_slice(LINK_DOMAIN);
    bytes[16..48].copy_from_slice(previous);
    bytes[48..].copy_from_slice(inner);
    sha256(&bytes)
}

/// One entry, and how a head follows from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    /// The entry.
    pub entry: Entry,
    /// Digest of the entry before it; zero before the first.
    pub previous: [u8; 32],
    /// Inner digests of the entries after it, up to the head's.
    pub later: Vec<[u8; 32]>,
}

impl Path {
    /// The head that follows from this path.
    pub fn head(&self) -> AuditHead {
        let first = link(&self.previous, &self.entry.inner_digest());
        let digest = self.later.iter().fold(first, |digest, inner| link(&digest, inner));
        AuditHead { entries: self.entry.number.saturating_add(self.later.len() as u64), digest }
    }

    /// Checks that the entry is in the audit whose head was signed.
    ///
    /// # Errors
    /// [`FormatError::Malformed`] where another head follows: entry, number or head was changed.
    pub fn check(&self, head: &AuditHead) -> Result<()> {
        let is_first = self.entry.number == 1;
        let is_there = self.entry.number.checked_add(self.later.len() as u64) == Some(head.entries);
        if self.entry.number == 0 || is_first != (self.previous == [0; 32]) || !is_there || self.head() != *head {
            return Err(FormatError::malformed(texts::parts::audit_entry(), texts::evidence::not_under_head()));
        }
        Ok(())
    }
}

/// A head that an agent signed in a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedHead {
    /// Channel of the batch.
    pub channel: String,
    /// Its epoch.
    pub epoch: u64,
    /// Its number.
    pub sequence: u64,
    /// The head.
    pub head: AuditHead,
}

/// Act of the entry with which a sender begins a new epoch; its subject is channel, `/`, epoch.
pub const EPOCH_ACT: &str = "epoch";

/// Verifies a chain from its beginning and compares it with signed heads.
///
/// A side that was restored from a backup continues from an earlier entry, with an entry that begins a new epoch. Heads of
/// earlier epochs that reach beyond that entry are then no contradiction, but what they covered can no longer be shown. The
/// entry alone proves nothing, because an attacker who rewrites the audit can write it too: a head of the new epoch is
/// required.
pub struct ChainCheck {
    at: AuditHead,
    signed_head: BTreeMap<u64, Vec<SignedHead>>,
    epochs: Vec<(u64, String)>,
    /// Channels and epochs of the given heads.
    signed: BTreeSet<(String, u64)>,
    found: Findings,
    differing: Vec<SignedHead>,
}

/// Result of a chain check.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    /// Where the chain ends.
    pub head: AuditHead,
    /// Signed heads that it agrees with.
    pub agreeing: u64,
    /// Signed heads before the first entry of a partial chain.
    pub before: u64,
    /// Signed heads of epochs that ended with a restore: what they covered afterwards is lost.
    pub restored: Vec<SignedHead>,
    /// Signed heads that it contradicts: entries were changed, removed or added after the agent signed.
    pub contradicted: Vec<SignedHead>,
}

/// Where a chain breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChainBreak {
    /// Number of the wrong entry.
    pub number: u64,
    /// Why.
    pub why: Text,
}

impl ChainCheck {
    /// A check that begins after `from` (the default for a complete chain).
    pub fn new(from: AuditHead, signed_head: impl IntoIterator<Item = SignedHead>) -> Self {
        let mut check = Self {
            at: from,
            signed_head: BTreeMap::new(),
            epochs: Vec::new(),
            signed: BTreeSet::new(),
            found: Findings::default(),
            differing: Vec::new(),
        };
        for one in signed_head {
            check.signed.insert((one.channel.clone(), one.epoch));
            match one.head.entries {
                n if n < from.entries => check.found.before += 1,
                n => check.signed_head.entry(n).or_default().push(one),
            }
        }
        check.compare();
        check
    }

    /// Checks the next entry and its stored digest.
    ///
    /// # Errors
    /// [`ChainBreak`] where it does not continue the chain: changed, removed before it, added or moved.
    pub fn follow(&mut self, entry: &Entry, digest: &[u8; 32]) -> std::result::Result<(), ChainBreak> {
        let number = self.at.entries + 1;
        if entry.number != number {
            return Err(ChainBreak { number, why: texts::evidence::entry_missing() });
        }
        if link(&self.at.digest, &entry.inner_digest()) != *digest {
            return Err(ChainBreak { number, why: texts::evidence::chain_broken() });
        }
        self.at = AuditHead { entries: number, digest: *digest };
        if entry.act == EPOCH_ACT {
            self.epochs.push((number, entry.subject.clone()));
        }
        self.compare();
        Ok(())
    }

    fn compare(&mut self) {
        for one in self.signed_head.remove(&self.at.entries).unwrap_or_default() {
            if one.head.digest == self.at.digest {
                self.found.agreeing += 1;
            } else {
                self.differing.push(one);
            }
        }
    }

    /// The head so far.
    pub fn at(&self) -> AuditHead {
        self.at
    }

    /// Ends the check. Heads beyond the last entry are contradicted too.
    pub fn finish(mut self) -> Findings {
        self.differing.extend(self.signed_head.into_values().flatten());
        for one in self.differing {
            let ended = self.epochs.iter().any(|(number, subject)| {
                let epoch =
                    subject.rsplit_once('/').and_then(|(channel, epoch)| Some((channel, epoch.parse::<u64>().ok()?)));
                epoch.is_some_and(|(channel, epoch)| {
                    let begun = channel == one.channel && epoch > one.epoch && *number <= one.head.entries;
                    begun && self.signed.contains(&(channel.to_owned(), epoch))
                })
            });
            if ended { &mut self.found.restored } else { &mut self.found.contradicted }.push(one);
        }
        self.found.head = self.at;
        self.found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(number: u64) -> Entry {
        Entry {
            salt: (number != 1).then_some([0x5a; 32]),
            number,
            at_s: 1_764_000_000 + number as i64,
            actor: "agent".into(),
            act: "release".into(),
            subject: format!("up/1/{number}"),
            detail: "3 records".into(),
            what: number.is_multiple_of(2).then_some([number as u8; 32]),
        }
    }

    /// Entries 1 to `n`, each with its digest.
    fn chain(n: u64) -> Vec<(Entry, [u8; 32])> {
        let mut digest = [0; 32];
        let next = |number| {
            let entry = entry(number);
            digest = link(&digest, &entry.inner_digest());
            (entry, digest)
        };
        (1..=n).map(next).collect()
    }

    fn signed_head(epoch: u64, chain: &[(Entry, [u8; 32])], n: usize) -> SignedHead {
        let head = AuditHead { entries: n as u64, digest: chain[n - 1].1 };
        SignedHead { channel: "up".into(), epoch, sequence: n as u64, head }
    }

    fn walk(chain: &[(Entry, [u8; 32])], signed_head: Vec<SignedHead>) -> std::result::Result<Findings, ChainBreak> {
        let mut check = ChainCheck::new(AuditHead::default(), signed_head);
        chain.iter().try_for_each(|(entry, digest)| check.follow(entry, digest))?;
        Ok(check.finish())
    }

    /// The chain over other entries: what an attacker does who can write the whole database.
    fn rechained(entries: impl IntoIterator<Item = Entry>) -> Vec<(Entry, [u8; 32])> {
        let mut digest = [0; 32];
        let again = |(n, mut entry): (usize, Entry)| {
            entry.number = n as u64 + 1;
            digest = link(&digest, &entry.inner_digest());
            (entry, digest)
        };
        entries.into_iter().enumerate().map(again).collect()
    }

    #[test]
    fn an_entry_has_one_encoding_and_every_changed_byte_is_detected() {
        for entry in [entry(1), entry(2), Entry::default()] {
            let bytes = entry.encode();
            assert_eq!(Entry::decode(&bytes).unwrap(), entry);
            for n in 0..bytes.len() {
                let mut changed = bytes.clone();
                changed[n] ^= 1;
                // What still decodes is another entry with another digest.
                if let Ok(other) = Entry::decode(&changed) {
                    assert_ne!(other.inner_digest(), entry.inner_digest(), "byte {n}");
                    assert_eq!(other.encode(), changed, "byte {n}");
                }
                assert!(Entry::decode(&bytes[..n]).is_err(), "cut at {n}");
            }
            assert!(Entry::decode(&[bytes, vec![0]].concat()).is_err(), "one byte more");
        }
    }

    #[test]
    fn text_that_moves_from_one_field_to_the_next_is_another_entry() {
        let moved = Entry { act: "releaseu".into(), subject: "p/1/1".into(), ..entry(1) };
        assert_ne!(moved.inner_digest(), entry(1).inner_digest());
        let text = Entry { detail: "3 records".to_owned() + &"\u{2}".repeat(32), what: None, ..entry(2) };
        assert_ne!(text.inner_digest(), entry(2).inner_digest());
    }

    #[test]
    fn every_changed_removed_moved_or_added_entry_breaks_the_chain() {
        let whole = chain(6);
        assert_eq!(walk(&whole, vec![]).unwrap().head.entries, 6);
        for n in 0..6 {
            let changes: [fn(&mut Entry); 7] = [
                |e| e.at_s += 1,
                |e| e.number += 1,
                |e| e.actor.push('x'),
                |e| e.act.push('x'),
                |e| e.subject.push('x'),
                |e| e.detail.push('x'),
                |e| e.what = e.what.is_none().then_some([9; 32]),
            ];
            for change in changes {
                let mut changed = whole.clone();
                change(&mut changed[n].0);
                assert_eq!(walk(&changed, vec![]).unwrap_err().number, n as u64 + 1);
            }
            let mut digest = whole.clone();
            digest[n].1[31] ^= 1;
            assert_eq!(walk(&digest, vec![]).unwrap_err().number, n as u64 + 1);
            if n < 5 {
                let mut removed = whole.clone();
                removed.remove(n);
                assert_eq!(walk(&removed, vec![]).unwrap_err().number, n as u64 + 1);
                let mut swapped = whole.clone();
                swapped.swap(n, n + 1);
                assert_eq!(walk(&swapped, vec![]).unwrap_err().number, n as u64 + 1);
            }
            let mut added = whole.clone();
            added.insert(n, whole[n].clone());
            assert!(walk(&added, vec![]).is_err());
        }
    }

    #[test]
    fn a_chain_rewritten_after_a_change_contradicts_the_signed_heads() {
        let whole = chain(6);
        let heads = || vec![signed_head(1, &whole, 2), signed_head(1, &whole, 4), signed_head(1, &whole, 6)];
        assert_eq!(walk(&whole, heads()).unwrap().agreeing, 3);
        let entries: Vec<Entry> = whole.iter().map(|(e, _)| e.clone()).collect();
        let numbers = |chain: &[(Entry, [u8; 32])]| -> Vec<u64> {
            let found = walk(chain, heads()).unwrap();
            assert!(found.restored.is_empty());
            found.contradicted.iter().map(|s| s.sequence).collect()
        };
        let mut changed = entries.clone();
        changed[4].actor = "someone".into();
        assert_eq!(numbers(&rechained(changed)), [6]);
        assert_eq!(numbers(&rechained(entries[1..].to_vec())), [2, 4, 6], "the first is gone");
        assert_eq!(numbers(&whole[..5]), [6], "cut at its end");
        assert_eq!(numbers(&[]), [2, 4, 6], "emptied");
        let mut added = entries.clone();
        added.insert(3, entry(9));
        assert_eq!(numbers(&rechained(added)), [4, 6]);
    }

    #[test]
    fn a_restore_ends_the_heads_of_its_epoch_and_keeps_those_of_the_new_epoch() {
        let whole = chain(6);
        let begins = Entry { act: EPOCH_ACT.into(), subject: "up/50".into(), ..entry(4) };
        let restored = rechained(whole[..3].iter().map(|(e, _)| e.clone()).chain([begins, entry(9), entry(10)]));
        let heads = vec![signed_head(1, &whole, 2), signed_head(1, &whole, 5), signed_head(50, &restored, 5)];
        let found = walk(&restored, heads.clone()).unwrap();
        assert_eq!((found.agreeing, found.contradicted.len()), (2, 0));
        assert_eq!(found.restored, [signed_head(1, &whole, 5)]);
        let cut = walk(&restored[..4], heads).unwrap();
        assert_eq!(cut.contradicted, [signed_head(50, &restored, 5)], "the new epoch ends nothing of itself");
        let alone = walk(&restored, vec![signed_head(1, &whole, 2), signed_head(1, &whole, 5)]).unwrap();
        assert_eq!(alone.contradicted.len(), 1, "an epoch that no batch is of ends nothing");
        let other = Entry { act: EPOCH_ACT.into(), subject: "down/50".into(), ..entry(4) };
        let other = rechained(whole[..3].iter().map(|(e, _)| e.clone()).chain([other]));
        assert_eq!(
            walk(&other, vec![signed_head(1, &whole, 5)]).unwrap().contradicted.len(),
            1,
            "an epoch of another channel"
        );
    }

    #[test]
    fn one_entry_is_proven_under_a_signed_head_by_digests_of_the_others() {
        let whole = chain(6);
        for (first, last) in [(1, 1), (1, 6), (3, 6), (6, 6)] {
            let previous = if first == 1 { [0; 32] } else { whole[first - 2].1 };
            let later = whole[first..last].iter().map(|(e, _)| e.inner_digest()).collect();
            let path = Path { entry: whole[first - 1].0.clone(), previous, later };
            let head = signed_head(1, &whole, last).head;
            path.check(&head).unwrap();
            let wrong: [fn(&mut Path); 7] = [
                |p| p.entry.detail.push('x'),
                |p| p.entry.what = Some([7; 32]),
                |p| p.entry.number += 1,
                |p| p.entry.number = 0,
                |p| p.previous[0] ^= 1,
                |p| p.later.push([0; 32]),
                |p| p.previous = p.later.pop().unwrap_or_default(),
            ];
            for (n, change) in wrong.into_iter().enumerate() {
                let mut other = path.clone();
                change(&mut other);
                assert!(other == path || other.check(&head).is_err(), "{first} to {last}, change {n}");
            }
            assert!(path.check(&AuditHead { entries: head.entries + 1, ..head }).is_err());
            assert!(path.check(&AuditHead { digest: [1; 32], ..head }).is_err());
        }
    }

    #[test]
    fn the_bytes_of_entry_and_link_are_those_of_the_specification() {
        let entry = Entry { salt: Some([0x5a; 32]), number: 2, what: Some([0xab; 32]), ..entry(1) };
        let hex = "66657272792f61756469742f3030320a";
        assert!(crate::encoding::hex::to_hex(&entry.encode()).starts_with(hex));
        assert_eq!(entry.encode().len(), 16 + 32 + 8 + 8 + 4 * 4 + 5 + 7 + 6 + 9 + 1 + 32);
        let spec = include_str!("../SPEC.md");
        let digest = link(&[0x11; 32], &entry.inner_digest());
        assert!(spec.contains(&crate::encoding::hex::to_hex(&digest)), "{}", crate::encoding::hex::to_hex(&digest));
    }
}
