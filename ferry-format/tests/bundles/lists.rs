//! Bundles with the court's trust lists, which are verified with the root keys only.

use super::*;
use ferry_format::evidence::trust::TrustSource;
use ferry_format::trust::list::{SignedList, TrustList};
use ferry_format::trust::trust_file::KeyConstraints;

pub fn root(n: u64) -> SecretKey {
    SecretKey::generate(Role::Root, &mut Counting(5000 + n)).unwrap()
}

pub fn signed(list: &TrustList, by: &[u64]) -> SignedList {
    let mut signed = SignedList::unsigned(&list.to_toml().unwrap()).unwrap();
    by.iter().for_each(|n| signed.sign(&root(*n).signer().unwrap()).unwrap());
    signed
}

pub fn first(stage: &Stage) -> TrustList {
    TrustList {
        court: Id::new("court-1").unwrap(),
        number: 1,
        previous: [0; 32],
        created_s: 1_763_000_000,
        valid_until_s: None,
        root_threshold: 2,
        roots: [1, 2].map(|n| root(n).public().unwrap()).to_vec(),
        channels: trusts(stage).map(|t| Trust { court: Some(Id::new("court-1").unwrap()), ..t }).to_vec(),
    }
}

/// A list made after the batches that revokes their sender's key from that batch on.
pub fn second(stage: &Stage, revoked_from: (u64, u64)) -> TrustList {
    let mut list = first(stage);
    (list.number, list.previous, list.created_s) = (2, signed(&first(stage), &[1, 2]).digest(), 1_765_000_000);
    let key = stage.sender.public().unwrap().fingerprint();
    for channel in &mut list.channels {
        channel
            .constraints
            .insert(key, KeyConstraints { revoked_from: Some(revoked_from), ..KeyConstraints::default() });
    }
    list
}

/// A bundle with these lists, and the result for one who has these root keys.
pub struct ListedBundle {
    pub name: &'static str,
    pub bytes: Vec<u8>,
    pub roots: Vec<PublicKey>,
    pub code: &'static str,
}

pub fn all() -> Vec<ListedBundle> {
    let stage = stage();
    let one = signed(&first(&stage), &[1, 2]).to_text();
    let later = |from| signed(&second(&stage, from), &[1, 2]).to_text();
    let mut elsewhere = first(&stage);
    elsewhere.court = Id::new("court-2").unwrap();
    elsewhere.channels.iter_mut().for_each(|c| c.court = Some(Id::new("court-2").unwrap()));
    let skipped = TrustList { number: 3, ..second(&stage, (9, 9)) };
    let forked = TrustList { previous: [7; 32], ..second(&stage, (9, 9)) };
    let cases: [(&'static str, Vec<String>, &[u64], &'static str); 11] = [
        ("one list", vec![one.clone()], &[1, 2], "ok"),
        ("a later list that revokes the key from a later batch on", vec![one.clone(), later((1, 18))], &[1, 2], "ok"),
        ("a later list that revokes it from that batch on", vec![one.clone(), later((1, 5))], &[1, 2], "FERRY-E0209"),
        ("other roots", vec![one.clone()], &[1, 3], "FERRY-E0226"),
        ("one of two roots", vec![one.clone()], &[1], "FERRY-E0226"),
        ("no list", vec![], &[1, 2], "FERRY-E0237"),
        ("the first list signed by one", vec![signed(&first(&stage), &[1]).to_text()], &[1, 2], "FERRY-E0225"),
        ("a stranger's signature besides", vec![signed(&first(&stage), &[1, 2, 3]).to_text()], &[1, 2], "FERRY-E0202"),
        ("a skipped list", vec![one.clone(), signed(&skipped, &[1, 2]).to_text()], &[1, 2], "FERRY-E0223"),
        ("a list after another", vec![one.clone(), signed(&forked, &[1, 2]).to_text()], &[1, 2], "FERRY-E0224"),
        ("the lists of another court", vec![signed(&elsewhere, &[1, 2]).to_text()], &[1, 2], "FERRY-E0237"),
    ];
    let whole = whole();
    let made = cases.into_iter().map(|(name, trusts, roots, code)| {
        let bundle = Bundle { trusts, ..whole.bundle.clone() };
        let bytes = [bundle.encode().unwrap(), whole.documents.clone()].concat();
        let roots = roots.iter().map(|n| root(*n).public().unwrap()).collect();
        ListedBundle { name, bytes, roots, code }
    });
    made.collect()
}

/// The result of this crate.
pub fn judge_by_lists(listed: &ListedBundle) -> &'static str {
    let judged = Bundle::read(&mut listed.bytes.as_slice()).and_then(|bundle| {
        let believed = TrustSource::lists(&bundle.trusts, &listed.roots)?;
        verify(&bundle, &|header, series| believed.of(header, series), &kinds())
    });
    judged.map_or_else(|e| e.code(), |_| "ok")
}
