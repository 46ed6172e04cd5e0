//! The compact encoding beside bincode 1.3.3: the same bytes, the same values, and every refusal that only the format makes
//! with its reason.

use super::*;
use crate::oracle::{
    self, Comparison, Strictness, compare_block, compare_record, compare_written_block, compare_written_record,
};
use ferry_format::crypto::hash::sha256;
use ferry_format::limits::{CATALOGUE_BYTES_MAX, MANIFEST_BLOCK_ENTRIES, RECORD_BYTES_MAX};
use ferry_format::record::catalogue::{Audience, Catalogue, FieldType};
use ferry_format::record::policy::{Policy, Unscannable};

/// Numbers at which the width changes, and beside them.
fn number() -> impl Strategy<Value = u64> {
    prop_oneof![
        any::<u64>(),
        (prop_oneof![Just(250_u64), Just(0xffff), Just(0xffff_ffff), Just(i64::MAX as u64)], 0..3_u64)
            .prop_map(|(edge, more)| edge - 1 + more),
    ]
}

prop_compose! {
    fn wide_record()(record in record(), version in number(), integer in number(), long in "[ -~]{240,260}") -> Record {
        let mut record = Record { version, ..record };
        record.fields.insert("integer".into(), Value::Integer(integer as i64));
        record.fields.insert("long".into(), Value::Text(long));
        record
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_record_has_the_same_bytes(record in wide_record(), schema in any::<u16>()) {
        compare_written_record(&record);
        compare_written_record(&Record { schema, ..record });
    }

    #[test]
    fn a_block_has_the_same_bytes(entries in vec(entry(), 0..5), numbers in uniform4(number()), n in any::<usize>()) {
        let mut entries = entries;
        for entry in &mut entries {
            [entry.version, entry.offset, entry.stored_bytes, entry.raw_bytes] = numbers;
            entry.records = n as u32;
        }
        compare_written_block(&entries);
    }

    #[test]
    fn changed_bytes_of_a_record_are_the_same_value_or_refused(record in wide_record(), edits in edits()) {
        compare_record(&edited(record.encode().unwrap(), &edits));
    }

    #[test]
    fn changed_bytes_of_a_block_are_the_same_value_or_refused(entries in vec(entry(), 0..5), edits in edits()) {
        compare_block(&edited(encode_block(&entries).unwrap(), &edits));
    }

    #[test]
    fn any_bytes_are_the_same_value_or_refused(bytes in vec(any::<u8>(), 0..200), small in vec(0..3_u8, 0..80)) {
        for bytes in [&bytes, &small] {
            compare_record(bytes);
            compare_block(bytes);
        }
    }
}

/// A record of kind `k` with the fields `f` and `g`, and where parts of it begin.
fn plain() -> Vec<u8> {
    let mut record = Record::new("k", "i", 7);
    record.fields.insert("f".into(), Value::Text("x".into()));
    record.fields.insert("g".into(), Value::Integer(-1));
    record.encode().unwrap()
}

const PLAIN: &[u8] = b"\x01\x01k\x01i\x07\x00\x00\x00\x02\x01f\x00\x01x\x01g\x01\x01";

/// What is wrong, the changed bytes, what both make of them, and what the error says.
type Refusal = (Vec<u8>, Comparison, &'static str);

fn refusals() -> Vec<Refusal> {
    let changed = |at: usize, old: &[u8], new: &[u8]| {
        assert_eq!(&PLAIN[at..at + old.len()], old);
        [&PLAIN[..at], new, &PLAIN[at + old.len()..]].concat()
    };
    let other = || Comparison::Stricter(Strictness::OtherForm);
    let refused = || Comparison::Refused;
    vec![
        (changed(5, b"\x07", b"\xfb\x07\x00"), other(), "at byte 5: a number is longer than it needs to be"),
        (changed(5, b"\x07", b"\xfc\x07\x00\x00\x00"), other(), "at byte 5: a number is longer than it needs to be"),
        (changed(5, b"\x07", b"\xfd\x07\0\0\0\0\0\0\0"), other(), "at byte 5: a number is longer than it needs to be"),
        (changed(5, b"\x07", b"\xfe"), refused(), "at byte 5: a number has an unknown width"),
        (changed(5, b"\x07", b"\xff"), refused(), "at byte 5: a number has an unknown width"),
        (changed(0, b"\x01", b"\xfc\0\0\x01\0"), refused(), "at byte 0: a number is out of range"),
        (changed(8, b"\x00", b"\x02"), refused(), "at byte 8: a flag is neither 0 nor 1"),
        (changed(1, b"\x01k", b"\x01\xff"), refused(), "at byte 1: a string is not UTF-8"),
        (changed(1, b"\x01", b"\xfd\xff\xff\xff\xff\xff\xff\xff\xff"), refused(), "at byte 1: ends too early"),
        (changed(9, b"\x02", b"\xfa"), refused(), "at byte 9: ends too early"),
        (changed(9, b"\x02", b"\xfd\xff\xff\xff\xff\xff\xff\xff\xff"), refused(), "at byte 9: ends too early"),
        (changed(12, b"\x00", b"\x03"), refused(), "at byte 12: an enum has the unknown number 3"),
        (changed(16, b"g", b"f"), other(), "at byte 15: keys are repeated or out of order"),
        (changed(16, b"g", b"e"), other(), "at byte 15: keys are repeated or out of order"),
        (changed(18, b"\x01", b"\x01\x00"), refused(), "at byte 19: bytes are left over"),
        (PLAIN[..18].to_vec(), refused(), "at byte 18: ends too early"),
        (vec![], refused(), "at byte 0: ends too early"),
        (changed(0, b"\x01", b"\x02"), Comparison::Stricter(Strictness::Schema), "record: its schema is unknown"),
    ]
}

#[test]
fn each_wrong_form_of_a_record_is_refused_at_its_byte() {
    assert_eq!(plain(), PLAIN);
    assert_eq!(compare_record(PLAIN), Comparison::Same);
    for (bytes, comparison, message) in refusals() {
        assert_eq!(compare_record(&bytes), comparison, "{message}");
        let error = Record::decode(&bytes).unwrap_err().to_string();
        assert!(error.ends_with(message), "{error}, not {message}");
    }
}

#[test]
fn each_beginning_of_a_record_is_refused() {
    for end in 0..PLAIN.len() {
        assert_eq!(compare_record(&PLAIN[..end]), Comparison::Refused, "{end} bytes");
    }
}

#[test]
fn the_rules_about_entries_are_stricter_than_the_bytes() {
    let entry = forge::document("x", b"0123456789").entry;
    let block = |entries: &[Entry]| encode_block(entries).unwrap();
    assert_eq!(compare_block(&block(std::slice::from_ref(&entry))), Comparison::Same);
    let too_many = block(&vec![entry.clone(); MANIFEST_BLOCK_ENTRIES + 1]);
    assert_eq!(compare_block(&too_many), Comparison::Stricter(Strictness::TooManyEntries));
    let unsafe_name = block(&[Entry { name: "../x".into(), ..entry.clone() }]);
    assert_eq!(compare_block(&unsafe_name), Comparison::Stricter(Strictness::EntryRules));
    let mut third_codec = block(std::slice::from_ref(&entry));
    let at = third_codec.windows(3).position(|w| w == [10, 10, 0]).unwrap() + 2;
    third_codec[at] = 2;
    assert_eq!(compare_block(&third_codec), Comparison::Refused);
}

#[test]
fn both_have_the_same_limit() {
    let record = |n: usize| {
        let mut record = Record::new("k", "i", 1);
        record.fields.insert("f".into(), Value::Text("x".repeat(n)));
        record
    };
    let fixed = record(0x1_0000).encode().unwrap().len() - 0x1_0000;
    let longest = record(RECORD_BYTES_MAX - fixed);
    compare_written_record(&longest);
    let mut bytes = longest.encode().unwrap();
    assert_eq!((bytes.len(), compare_record(&bytes)), (RECORD_BYTES_MAX, Comparison::Same));
    compare_written_record(&record(RECORD_BYTES_MAX - fixed + 1));
    bytes.push(0);
    assert_eq!(compare_record(&bytes), Comparison::Refused);
}

/// Both are hashed and never read, so the bytes alone are compared, for every variant.
#[test]
fn catalogue_and_policy_have_the_same_digest() {
    let text = include_str!("../../../config/catalogue.toml");
    let mut catalogue = Catalogue::from_toml(text).unwrap();
    let is_same = |catalogue: &Catalogue| {
        let theirs = oracle::encode(catalogue, CATALOGUE_BYTES_MAX).unwrap();
        assert_eq!(catalogue.digest().unwrap(), sha256(&theirs));
    };
    is_same(&catalogue);
    let mut policy = Policy::from_toml(include_str!("../../../config/policy.toml"), &catalogue).unwrap();
    for unscannable in [Unscannable::Hold, Unscannable::Pass] {
        policy.scan.unscannable = unscannable;
        assert_eq!(policy.digest().unwrap(), sha256(&oracle::encode(&policy, CATALOGUE_BYTES_MAX).unwrap()));
    }
    let table = [("a".to_owned(), "甲".to_owned())].into();
    let audience =
        [Audience::Public, Audience::Parties, Audience::Role("a".into()), Audience::Person, Audience::System];
    let types = [
        FieldType::Text(300),
        FieldType::Integer(i64::MIN, i64::MAX),
        FieldType::AmountFen,
        FieldType::Date,
        FieldType::Time,
        FieldType::Code(table),
        FieldType::Document,
        FieldType::Digest,
        FieldType::CaseNumber,
        FieldType::Person,
    ];
    let mut audience = audience.into_iter().cycle();
    for kind in types {
        let mut first = catalogue.kinds.first_entry().unwrap();
        first.get_mut().audience = audience.next().unwrap();
        first.get_mut().fields.first_entry().unwrap().get_mut().kind = kind;
        is_same(&catalogue);
    }
}
