//! The limits of bundles at one less, exactly, and one more.

use super::*;
use ferry_format::limits::*;

fn at(limit: usize, what: &str, bundle: impl Fn(usize) -> Bundle) {
    assert!(bundle(limit - 1).encode().is_ok(), "{what}: one less than the limit");
    assert!(bundle(limit).encode().is_ok(), "{what}: the limit");
    assert!(bundle(limit + 1).encode().is_err(), "{what}: one more than the limit");
    let over = Bundle::read(&mut bundle(limit + 1).encode_unchecked().as_slice());
    assert!(over.is_err(), "{what}: a reader that is handed one more");
}

fn item(leaf: usize, path: usize) -> Item {
    let body = Body::Record(Vec::new());
    Item { role: Part::Subject, leaf: leaf as u64, salt: [0; 32], path: vec![[0; 32]; path], body }
}

fn shown(n: usize, items: Vec<Item>) -> BatchEvidence {
    let signed = ferry_format::batch::open::Signed {
        header: Vec::new(),
        content: Vec::new(),
        series: n.to_be_bytes().to_vec(),
        signature: [0; 64],
    };
    BatchEvidence { suite: 1, signed, items }
}

fn audit(n: usize, later: usize) -> Audit {
    Audit { batch: 0, previous: [0; 32], entry: n.to_be_bytes().to_vec(), later: vec![[0; 32]; later] }
}

#[test]
fn bundles_have_their_exact_limits() {
    let of = |items| Bundle { batches: vec![shown(0, items)], ..Bundle::default() };
    at(EVIDENCE_BATCHES_MAX, "batches", |n| {
        let batches = in_order((0..n).map(|n| shown(n, Vec::new())).collect());
        Bundle { batches, ..Bundle::default() }
    });
    at(EVIDENCE_ITEMS_MAX, "items", |n| of((0..n).map(|n| item(n, 0)).collect()));
    at(PATH_MAX, "path", |n| of(vec![item(0, n)]));
    at(EVIDENCE_TRUSTS_MAX, "trust texts", |n| Bundle { trusts: vec![String::new(); n], ..Bundle::default() });
    at(EVIDENCE_TRUST_BYTES_MAX, "trust text", |n| Bundle { trusts: vec!["x".repeat(n)], ..Bundle::default() });
    at(EVIDENCE_AUDIT_MAX, "audit entries", |n| Bundle {
        audits: (0..n).map(|n| audit(n, 0)).collect(),
        ..Bundle::default()
    });
    at(EVIDENCE_AUDIT_LATER_MAX, "audit path", |n| Bundle { audits: vec![audit(0, n)], ..Bundle::default() });
    at(EVIDENCE_HEAD_BYTES_MAX, "head", |n| {
        // Four bytes of counts, and four for the length of each text.
        let (mut left, mut trusts) = (n - 4, Vec::new());
        while left > 0 {
            let now = (left - 4).min(EVIDENCE_TRUST_BYTES_MAX - 4);
            trusts.push("x".repeat(now));
            left -= now + 4;
        }
        Bundle { trusts, ..Bundle::default() }
    });
}
