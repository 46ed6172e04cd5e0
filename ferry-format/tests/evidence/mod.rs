//! An evidence bundle proves one record with everything that belongs to it. Every wrong bundle has one fault.

mod limits;

use super::*;
use crate::bundles::*;

#[test]
fn a_bundle_proves_record_document_report_receipt_and_audit_entry() {
    let whole = whole();
    let bytes = [whole.bundle.encode().unwrap(), whole.documents.clone()].concat();
    let found = judge(&bytes, &trusts(&whole.stage)).unwrap();
    let subject = found.subject.unwrap();
    assert_eq!(subject.record.unwrap().id, "S");
    let of = &found.batches[subject.batch];
    assert_eq!((of.series.sequence, of.approvals.len(), of.header.direction), (17, 2, Direction::Export));
    assert_eq!(found.documents.iter().map(|d| d.sha256).collect::<Vec<_>>(), [sha256(RULING)]);
    assert_eq!(found.reports[0].record.as_ref().unwrap().text("verdict"), "published");
    assert_eq!(found.receipts[0].record.as_ref().unwrap().integer("opened"), Some(1_764_001_000));
    assert_eq!((found.audits[0].number, found.audits[0].texts[1].as_str()), (2, "release"));
    assert!(found.absent.is_empty());
}

#[test]
fn a_bundle_contains_nothing_of_neighbouring_records() {
    let whole = whole();
    let bytes = [whole.bundle.encode().unwrap(), whole.documents.clone()].concat();
    let has = |text: &[u8]| bytes.windows(text.len()).any(|w| w == text);
    assert!(has("李四".as_bytes()) && has(RULING));
    for n in 0..9 {
        assert!(!has(format!("邻人{n}").as_bytes()) && !has(format!("neighbour {n}").as_bytes()), "{n}");
        assert!(!has(&sha256(format!("neighbour {n}").as_bytes())), "the digest of neighbour {n}'s document");
    }
    for record in neighbours() {
        assert!(!has(&sha256(&record.encode().unwrap())), "an unsalted digest can be guessed at");
    }
    assert!(!has(b"another document") && !has(b"1/16") && !has(b"R0"));
}

#[test]
fn a_partial_bundle_says_what_it_lacks() {
    let stage = stage();
    let [up, down] = trusts(&stage);
    let subject = served("S", RULING, "李四");
    let exported = Sending::up(&[RULING], &[subject]).seal(&stage);
    let (alone, documents) = picked(&stage, &exported, &up, &[], &[RULING]);
    let lacks = |parts: &[MissingPart]| parts.iter().fold(0, |bits, part| bits | *part as u8);
    let rest = [MissingPart::Report, MissingPart::Receipt, MissingPart::Audit];
    let bundle = Bundle { absent: lacks(&rest), batches: vec![alone], ..Bundle::default() };
    let bytes = [bundle.encode().unwrap(), documents].concat();
    let found = judge(&bytes, &[up.clone(), down]).unwrap();
    assert_eq!((found.subject.unwrap().sha256, found.absent), (sha256(RULING), rest.to_vec()));
    let (record, _) = picked(&stage, &exported, &up, &[("service", "S", Part::Subject)], &[]);
    let bundle = Bundle { absent: 15, batches: vec![record], ..Bundle::default() };
    assert_eq!(judge(&bundle.encode().unwrap(), &[up]).unwrap().absent, MissingPart::ALL);
}

#[test]
fn every_byte_of_a_bundle_is_bound_except_its_trust_texts() {
    let whole = whole();
    let trusts = trusts(&whole.stage);
    let bundle = Bundle { trusts: Vec::new(), ..whole.bundle.clone() };
    let bytes = [bundle.encode().unwrap(), whole.documents.clone()].concat();
    judge(&bytes, &trusts).unwrap();
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 1;
        assert!(judge(&changed, &trusts).is_err(), "byte {at} of {}", bytes.len());
        assert!(judge(&bytes[..at], &trusts).is_err(), "cut at {at}");
    }
}

#[test]
fn every_wrong_bundle_is_rejected_for_its_fault() {
    let bundles = wrong::all();
    for wrong in &bundles {
        let ours = judge(&wrong.bytes, &wrong.trusts).map_or_else(|e| e.code(), |_| "ok");
        assert_eq!(ours, wrong.code, "{}", wrong.name);
    }
    assert!(bundles.len() >= 60);
}

#[test]
fn root_keys_are_enough_and_every_wrong_list_is_rejected() {
    for listed in lists::all() {
        assert_eq!(lists::judge_by_lists(&listed), listed.code, "{}", listed.name);
    }
}
