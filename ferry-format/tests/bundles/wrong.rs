//! Wrong bundles, one fault each, with the code that every reader gives.

use super::*;

/// A fault in a valid bundle.
pub enum Fault {
    /// In its head.
    Bundle(fn(&mut Bundle)),
    /// In its bytes, documents included.
    Bytes(fn(&mut Vec<u8>)),
    /// In the trust of the verifier.
    Trust(fn(&mut [Trust; 2])),
}
use Fault::{Bundle as In, Bytes, Trust as By};

pub fn batch(bundle: &mut Bundle, role: Part) -> &mut BatchEvidence {
    bundle.batches.iter_mut().find(|b| b.items.iter().any(|i| i.role == role)).unwrap()
}

pub fn item(bundle: &mut Bundle, role: Part) -> &mut Item {
    batch(bundle, role).items.iter_mut().find(|i| i.role == role).unwrap()
}

/// Sorts the batches after one was replaced, so that the order is not the fault.
pub fn sorted(bundle: &mut Bundle) {
    let exported = |b: &BatchEvidence| sha256(&b.signed.series);
    let heads: Vec<_> = bundle.audits.iter().map(|a| exported(&bundle.batches[usize::from(a.batch)])).collect();
    bundle.batches = in_order(std::mem::take(&mut bundle.batches));
    for (audit, head) in bundle.audits.iter_mut().zip(heads) {
        audit.batch = bundle.batches.iter().position(|b| exported(b) == head).unwrap() as u8;
    }
}

/// Replaces the return batch by another signed one.
pub fn back(bundle: &mut Bundle, sending: Sending<'_>, trust: Trust, wanted: &[(&str, &str, Part)]) {
    let stage = stage();
    let (other, _) = picked(&stage, &sending.seal(&stage), &trust, wanted, &[]);
    *batch(bundle, Part::Report) = other;
    sorted(bundle);
}

pub const REPORT: (&str, &str, Part) = ("batch-report", "1/17", Part::Report);
pub const RECEIPT: (&str, &str, Part) = ("service-receipt", "R1", Part::Receipt);

/// A changed receipt.
pub fn with_receipt(bundle: &mut Bundle, change: fn(&mut Record)) {
    let mut other = receipt(&served("S", RULING, "李四"));
    change(&mut other);
    let kind = other.kind.clone();
    let records = [report("1/17"), other];
    let wanted = [REPORT, (kind.as_str(), "R1", Part::Receipt)];
    back(bundle, Sending::down(&records), return_trust(&stage()), &wanted);
}

pub fn say(record: &mut Record, field: &str, text: &str) {
    record.fields.insert(field.into(), Value::Text(text.into()));
}

pub fn constraints(trust: &mut Trust, role: Role, revoked_from: (u64, u64)) {
    let key = trust.keys.iter().find(|k| k.role == role).unwrap().fingerprint();
    let constraints =
        ferry_format::trust::trust_file::KeyConstraints { revoked_from: Some(revoked_from), ..Default::default() };
    trust.constraints.insert(key, constraints);
}

pub const WRONG: &[(&str, &str, Fault)] = &[
    (
        "another record",
        "E0230",
        In(|p| {
            item(p, Part::Subject).body = Body::Record(served("S", RULING, "王五").encode().unwrap());
        }),
    ),
    (
        "another document",
        "E0230",
        In(|p| {
            item(p, Part::Document).body = Body::Document { sha256: sha256(b"x"), bytes: RULING.len() as u64 };
        }),
    ),
    ("another salt", "E0230", In(|p| item(p, Part::Subject).salt[0] ^= 1)),
    ("a path that is shorter", "E0230", In(|p| item(p, Part::Subject).path.truncate(2))),
    ("a path that is longer", "E0230", In(|p| item(p, Part::Subject).path.push([0; 32]))),
    ("a path in another order", "E0230", In(|p| item(p, Part::Subject).path.reverse())),
    ("a path that begins with its second element", "E0230", In(|p| item(p, Part::Subject).path.rotate_left(1))),
    ("a path of one changed element", "E0230", In(|p| item(p, Part::Subject).path[1][5] ^= 1)),
    ("a path that is too long for any tree", "E0104", In(|p| item(p, Part::Subject).path = vec![[0; 32]; 65])),
    ("the number of a neighbour", "E0230", In(|p| item(p, Part::Subject).leaf -= 1)),
    ("a number beyond the last", "E0230", In(|p| item(p, Part::Subject).leaf += 4096)),
    (
        "a report in the place of the receipt",
        "E0231",
        In(|p| {
            item(p, Part::Receipt).role = Part::Report;
            item(p, Part::Report).role = Part::Receipt;
        }),
    ),
    ("the receipt as a second report", "E0231", In(|p| item(p, Part::Receipt).role = Part::Report)),
    ("the receipt as a second subject", "E0235", In(|p| item(p, Part::Receipt).role = Part::Subject)),
    ("no subject and no document", "E0235", In(|p| batch(p, Part::Subject).items.clear())),
    ("a batch that shows nothing", "E0235", In(|p| batch(p, Part::Report).items.clear())),
    (
        "the content statement of another batch",
        "E0205",
        In(|p| {
            let other = batch(p, Part::Report).signed.content.clone();
            batch(p, Part::Subject).signed.content = other;
        }),
    ),
    (
        "the header of another batch",
        "E0205",
        In(|p| {
            let other = batch(p, Part::Report).signed.header.clone();
            batch(p, Part::Subject).signed.header = other;
        }),
    ),
    (
        "the series statement of another batch",
        "E0205",
        In(|p| {
            let (exported, back) = (batch(p, Part::Subject).signed.clone(), batch(p, Part::Report).signed.clone());
            batch(p, Part::Subject).signed.series = back.series;
            batch(p, Part::Report).signed.series = exported.series;
            p.batches.sort_by_key(|b| sha256(&b.signed.series));
        }),
    ),
    (
        "the signature of another batch",
        "E0201",
        In(|p| {
            let other = batch(p, Part::Report).signed.signature;
            batch(p, Part::Subject).signed.signature = other;
        }),
    ),
    ("a signature of zeros", "E0201", In(|p| batch(p, Part::Subject).signed.signature = [0; 64])),
    (
        "approvals stripped, signed again by the sender",
        "E0203",
        In(|p| {
            let stage = stage();
            let subject = served("S", RULING, "李四");
            let mut records = neighbours();
            records.insert(4, subject);
            let documents: [&[u8]; 3] = [b"another document", RULING, b"a third one"];
            let sending = Sending { approved: false, ..Sending::up(&documents, &records) };
            let wanted = [("service", "S", Part::Subject)];
            let (other, _) = picked(&stage, &sending.seal(&stage), &stage.trust, &wanted, &[RULING]);
            *batch(p, Part::Subject) = other;
            sorted(p);
        }),
    ),
    (
        "one approval stripped, and not signed again",
        "E0201",
        In(|p| {
            let shown = batch(p, Part::Subject);
            let mut series = SeriesStatement::decode(&shown.signed.series).unwrap();
            series.approvals.pop();
            shown.signed.series = series.encode();
            sorted(p);
        }),
    ),
    (
        "another epoch, and not signed again",
        "E0201",
        In(|p| {
            let shown = batch(p, Part::Subject);
            let mut series = SeriesStatement::decode(&shown.signed.series).unwrap();
            series.epoch += 1;
            shown.signed.series = series.encode();
            sorted(p);
        }),
    ),
    (
        "a report about another batch",
        "E0231",
        In(|p| {
            let records = [report("1/16"), receipt(&served("S", RULING, "李四"))];
            let wanted = [("batch-report", "1/16", Part::Report), RECEIPT];
            back(p, Sending::down(&records), return_trust(&stage()), &wanted);
        }),
    ),
    (
        "a report that was taken back",
        "E0231",
        In(|p| {
            let records = [Record { retracted: true, ..report("1/17") }, receipt(&served("S", RULING, "李四"))];
            back(p, Sending::down(&records), return_trust(&stage()), &[REPORT, RECEIPT]);
        }),
    ),
    (
        "a report that the exporting side made itself",
        "E0231",
        In(|p| {
            let records = [report("1/17"), receipt(&served("S", RULING, "李四"))];
            let sending = Sending { place: (1, 18), ..Sending::up(&[], &records) };
            back(p, sending, stage().trust, &[REPORT, RECEIPT]);
        }),
    ),
    (
        "a report of another court",
        "E0237",
        In(|p| {
            let records = [report("1/17"), receipt(&served("S", RULING, "李四"))];
            let mut sending = Sending::down(&records);
            sending.address.court = Id::new("court-2").unwrap();
            let trust = Trust { court: None, ..return_trust(&stage()) };
            back(p, sending, trust, &[REPORT, RECEIPT]);
        }),
    ),
    (
        "a receipt of another channel",
        "E0237",
        In(|p| {
            let records = [report("1/17"), receipt(&served("S", RULING, "李四"))];
            let mut sending = Sending::down(&records);
            sending.address.channel = Id::new("down-2").unwrap();
            let trust = Trust { channel: None, ..return_trust(&stage()) };
            back(p, sending, trust, &[REPORT, RECEIPT]);
        }),
    ),
    ("a receipt for another record", "E0232", In(|p| with_receipt(p, |r| say(r, "item", "S1")))),
    ("a receipt for another document", "E0232", In(|p| with_receipt(p, |r| say(r, "sha256", &to_hex(&sha256(b"x")))))),
    (
        "a receipt for another version",
        "E0232",
        In(|p| {
            with_receipt(p, |r| {
                r.fields.insert("item-version".into(), Value::Integer(2));
            })
        }),
    ),
    ("a receipt for another person", "E0232", In(|p| with_receipt(p, |r| say(r, "addressee", "王五")))),
    ("a receipt in another case", "E0232", In(|p| with_receipt(p, |r| r.case_id = "AJ000002".into()))),
    ("a receipt of another kind of record", "E0232", In(|p| with_receipt(p, |r| r.kind = "message".into()))),
    (
        "an audit entry that was changed",
        "E0234",
        In(|p| {
            let at = p.audits[0].entry.len() - 2;
            p.audits[0].entry[at] ^= 1;
        }),
    ),
    ("an audit entry that does not read", "E0104", In(|p| p.audits[0].entry.push(0))),
    ("an audit path to another head", "E0234", In(|p| p.audits[0].later.truncate(1))),
    ("an audit path from another beginning", "E0234", In(|p| p.audits[0].previous[0] ^= 1)),
    ("an audit path in another order", "E0234", In(|p| p.audits[0].later.reverse())),
    ("an audit entry under the head of another batch", "E0234", In(|p| p.audits[0].batch ^= 1)),
    ("an audit entry under a batch that is not there", "E0234", In(|p| p.audits[0].batch = 9)),
    ("an audit entry twice", "E0104", In(|p| p.audits.push(p.audits[0].clone()))),
    ("a receipt cut out", "E0236", In(|p| batch(p, Part::Receipt).items.retain(|i| i.role != Part::Receipt))),
    ("a report cut out", "E0236", In(|p| batch(p, Part::Report).items.retain(|i| i.role != Part::Report))),
    ("the audit cut out", "E0236", In(|p| p.audits.clear())),
    ("what is there said to be absent", "E0236", In(|p| p.absent = MissingPart::Receipt as u8)),
    ("what no bundle has said to be absent", "E0104", In(|p| p.absent = 16)),
    ("a batch twice", "E0104", In(|p| p.batches.insert(1, p.batches[0].clone()))),
    ("batches in another order", "E0104", In(|p| p.batches.reverse())),
    (
        "an item twice",
        "E0104",
        In(|p| {
            let twice = item(p, Part::Subject).clone();
            batch(p, Part::Subject).items.push(twice);
        }),
    ),
    ("an unknown suite", "E0102", In(|p| p.batches[0].suite = 2)),
    ("a header that is too long", "E0105", In(|p| p.batches[0].signed.header.resize(2049, 0))),
    ("a statement that is too long", "E0105", In(|p| p.batches[1].signed.series.resize(4097, 0))),
    ("a record that is too long", "E0105", In(|p| item(p, Part::Subject).body = Body::Record(vec![0; 131_073]))),
    (
        "a record cut short",
        "E0230",
        In(|p| {
            if let Body::Record(bytes) = &mut item(p, Part::Subject).body {
                bytes.pop();
            }
        }),
    ),
    (
        "the length of a document",
        "E0233",
        In(|p| {
            if let Body::Document { bytes, .. } = &mut item(p, Part::Document).body {
                *bytes += 1;
            }
        }),
    ),
    ("another magic", "E0104", Bytes(|b| b[1] ^= 1)),
    ("another version", "E0102", Bytes(|b| b[9] ^= 3)),
    ("a head of four gigabytes", "E0105", Bytes(|b| b[10..14].fill(0xff))),
    ("a head that says less than it is", "E0104", Bytes(|b| b[13] = b[13].wrapping_sub(1))),
    ("a byte after the document", "E0104", Bytes(|b| b.push(0))),
    ("a document cut short", "E0104", Bytes(|b| b.truncate(b.len() - 1))),
    ("a document with another byte", "E0205", Bytes(|b| *b.last_mut().unwrap() ^= 1)),
    ("nothing", "E0104", Bytes(Vec::clear)),
    ("trust of another court", "E0237", By(|t| t.iter_mut().for_each(|t| t.court = Some(Id::new("court-2").unwrap())))),
    ("trust of one direction alone", "E0237", By(|t| t[1].direction = Some(Direction::Export))),
    (
        "trust in other senders",
        "E0202",
        By(|t| {
            let other = SecretKey::generate(Role::Sender, &mut Counting(7)).unwrap().public().unwrap();
            t.iter_mut().for_each(|t| {
                t.keys.retain(|k| k.role != Role::Sender);
                t.keys.push(other.clone());
            });
        }),
    ),
    (
        "a sender revoked before that batch",
        "E0209",
        By(|t| t.iter_mut().for_each(|t| constraints(t, Role::Sender, (1, 3)))),
    ),
    ("a reviewer revoked before that batch", "E0209", By(|t| constraints(&mut t[0], Role::Reviewer, (1, 17)))),
    (
        "trust that asks for more approvals",
        "E0203",
        By(|t| {
            t[0].approvals_needed = 3;
            let more = SecretKey::generate(Role::Reviewer, &mut Counting(8)).unwrap().public().unwrap();
            t[0].keys.push(more);
        }),
    ),
    (
        "trust in other recipients",
        "E0301",
        By(|t| {
            let other = SecretKey::generate(Role::Recipient, &mut Counting(9)).unwrap().public().unwrap();
            t.iter_mut().for_each(|t| {
                t.keys.retain(|k| k.role != Role::Recipient);
                t.keys.push(other.clone());
            });
        }),
    ),
];

/// A wrong bundle as a reader gets it.
pub struct WrongBundle {
    pub name: &'static str,
    pub code: String,
    pub bytes: Vec<u8>,
    /// The trust of the verifier for exports and returns.
    pub trusts: [Trust; 2],
}

pub fn all() -> Vec<WrongBundle> {
    let whole = whole();
    let made = WRONG.iter().map(|(name, code, fault)| {
        let (mut bundle, mut trusts) = (whole.bundle.clone(), trusts(&whole.stage));
        if let In(change) = fault {
            change(&mut bundle);
        }
        let mut bytes = [bundle.encode_unchecked(), whole.documents.clone()].concat();
        match fault {
            In(_) => {}
            Bytes(change) => change(&mut bytes),
            By(change) => change(&mut trusts),
        }
        WrongBundle { name, code: format!("FERRY-{code}"), bytes, trusts }
    });
    made.collect()
}
