//! One small generator for each class of faults. Every generator gives vectors in which exactly one thing is wrong.

use super::{Vector, vector};
use crate::forge::*;
use crate::*;
use ferry_format::crypto::hash::sha256;
use ferry_format::frame::header::BatchType;
use ferry_format::frame::manifest::Codec;
use ferry_format::frame::statement::VolumeRange;
use ferry_format::keys::KeyId;
use ferry_format::limits::{CHUNK_BYTES, NUMBER_MAX, SEGMENT_BYTES};

const MALFORMED: &str = "FERRY-E0104";
const OVER_LIMIT: &str = "FERRY-E0105";
const SIGNATURE: &str = "FERRY-E0201";
const UNKNOWN_SIGNER: &str = "FERRY-E0202";
const APPROVALS: &str = "FERRY-E0203";
const SEGMENT: &str = "FERRY-E0204";
const DIGEST: &str = "FERRY-E0205";
const DECRYPT: &str = "FERRY-E0206";
const RESIGNED: &str = "FERRY-E0207";
const DESTINATION: &str = "FERRY-E0301";

/// Two documents and a block of records: every layer has something in it.
pub fn parts() -> Vec<Part> {
    vec![document("执行通知书.pdf", b"notice"), document("a/b.txt", b""), block(&records(3), Codec::Raw)]
}

pub fn records(count: u64) -> Vec<Vec<u8>> {
    (0..count).map(|n| record(n).encode().unwrap()).collect()
}

fn record(n: u64) -> Record {
    let mut record = Record::new("measure", &format!("m{n}"), n + 1);
    record.case_id = "AJ000001".into();
    record.fields.insert("amount".into(), Value::Integer(-12_345_678));
    record.fields.insert("target".into(), Value::Text("位于东昌区的房产一套".into()));
    record
}

struct Class<'a> {
    stage: &'a Stage,
    name: &'static str,
    found: Vec<Vector>,
}

impl Class<'_> {
    fn add(&mut self, what: &str, code: &'static str, change: Change) {
        self.add_parts(what, code, parts(), change);
    }

    fn add_parts(&mut self, what: &str, code: &'static str, parts: Vec<Part>, change: Change) {
        let bytes = forge(self.stage, parts, &change);
        self.found.push(vector(self.name, what, code, bytes));
    }

    /// One fault in the only part, a block of records.
    fn add_block(&mut self, what: &str, code: &'static str, part: Part) {
        self.add_parts(what, code, vec![part], Change::None);
    }
}

fn flip(at: usize) -> Change {
    Change::File(Box::new(move |file| file[at] ^= 1))
}

fn cut(at: usize) -> Change {
    Change::File(Box::new(move |file| file.truncate(at)))
}

/// All vectors with a fault.
pub fn all(stage: &Stage) -> Vec<Vector> {
    type Generator = fn(&mut Class<'_>);
    let classes: [(&'static str, Generator); 16] = [
        ("file", file),
        ("prelude", prelude),
        ("cut", cuts),
        ("header", header_faults),
        ("stanza", stanzas),
        ("chunk", chunks),
        ("segment", segments),
        ("block", blocks),
        ("entry", entries),
        ("name", names),
        ("record", record_faults),
        ("record", frame_faults),
        ("record", zstd_faults),
        ("content", content),
        ("series", series_faults),
        ("signature", signatures),
    ];
    let mut found = Vec::new();
    for (name, generator) in classes {
        let mut class = Class { stage, name, found: Vec::new() };
        generator(&mut class);
        found.extend(class.found);
    }
    found.extend(destinations(stage));
    found.extend(approvals(stage));
    found
}

fn file(c: &mut Class<'_>) {
    c.add("empty", "FERRY-E0101", cut(0));
    c.add("one-byte", "FERRY-E0101", cut(1));
    c.add("shorter-than-a-prelude", "FERRY-E0101", cut(31));
    c.add("only-a-prelude", "FERRY-E0103", cut(32));
    for at in 0..8 {
        c.add(&format!("magic-byte-{at}"), "FERRY-E0101", flip(at));
    }
    for more in [1, 64, 65_536] {
        let longer = Change::File(Box::new(move |f| f.resize(f.len() + more, 0)));
        c.add(&format!("{more}-bytes-more"), "FERRY-E0103", longer);
    }
    c.add("twice", "FERRY-E0103", Change::File(Box::new(|f| f.extend_from_within(..))));
    c.add(
        "line-ends-changed",
        "FERRY-E0101",
        Change::File(Box::new(|f| {
            f.remove(6);
        })),
    );
    c.add("moved-by-one", "FERRY-E0101", Change::File(Box::new(|f| f.insert(0, 0))));
}

fn prelude(c: &mut Class<'_>) {
    let set16 = |at: usize, n: u16| Change::Prelude(Box::new(move |p| p[at..at + 2].copy_from_slice(&n.to_be_bytes())));
    let set32 = |at: usize, n: u32| Change::Prelude(Box::new(move |p| p[at..at + 4].copy_from_slice(&n.to_be_bytes())));
    let set64 = |at: usize, n: u64| Change::Prelude(Box::new(move |p| p[at..at + 8].copy_from_slice(&n.to_be_bytes())));
    let add = |at: usize, n: i64| {
        Change::Prelude(Box::new(move |p| {
            let old = u64::from_be_bytes(p[at..at + 8].try_into().unwrap());
            p[at..at + 8].copy_from_slice(&old.wrapping_add_signed(n).to_be_bytes());
        }))
    };
    for version in [0, 2, 0xFFFF] {
        c.add(&format!("version-{version}"), "FERRY-E0102", set16(8, version));
    }
    for suite in [0, 2, 3, 0x0100, 0xFFFF] {
        c.add(&format!("suite-{suite}"), "FERRY-E0102", set16(10, suite));
    }
    for bytes in [2049, 65_536, u32::MAX] {
        c.add(&format!("header-of-{bytes}"), OVER_LIMIT, set32(12, bytes));
    }
    c.add("header-of-none", MALFORMED, set32(12, 0));
    for (what, by) in [("shorter", -1_i64), ("longer", 1)] {
        let change = Change::Prelude(Box::new(move |p| p[15] = p[15].wrapping_add_signed(by as i8)));
        c.add(&format!("header-{what}"), MALFORMED, change);
    }
    c.add("content-at-zero", OVER_LIMIT, set64(16, 0));
    c.add("content-one-earlier", OVER_LIMIT, add(16, -1));
    c.add("content-one-later", OVER_LIMIT, add(16, 1));
    c.add("content-beyond-the-end", MALFORMED, set64(16, 1 << 39));
    c.add("content-at-the-highest-number", MALFORMED, set64(16, u64::MAX));
    c.add("length-one-less", "FERRY-E0103", add(24, -1));
    c.add("length-one-more", "FERRY-E0103", add(24, 1));
    c.add("length-over-the-limit", OVER_LIMIT, set64(24, (1 << 40) + 1));
    c.add("length-of-the-highest-number", OVER_LIMIT, set64(24, u64::MAX));
}

fn cuts(c: &mut Class<'_>) {
    let (_, at) = forge_with_layout(c.stage, &[&c.stage.recipient], parts(), &Change::None);
    let places = [
        ("in-the-header", at.header + 5),
        ("after-the-header", at.stanzas),
        ("after-the-stanzas", at.body),
        ("in-the-body", at.body + 10),
        ("after-the-body", at.manifest),
        ("after-the-manifest", at.digests),
        ("after-the-digests", at.content),
        ("after-the-content-statement", at.series),
        ("after-the-series-statement", at.signature),
        ("before-the-last-byte", at.end - 1),
    ];
    for (what, at) in places {
        c.add(what, "FERRY-E0103", cut(at));
        // The length is corrected, so that only the missing part is wrong.
        let corrected = Change::File(Box::new(move |f| {
            f.truncate(at);
            f[24..32].copy_from_slice(&(at as u64).to_be_bytes());
        }));
        let code = if what == "after-the-content-statement" { "FERRY-E0401" } else { MALFORMED };
        c.add(&format!("{what}-with-its-length"), code, corrected);
    }
    let end = at.end;
    let follows = Change::File(Box::new(move |f| {
        f.push(0);
        f[24..32].copy_from_slice(&(end as u64 + 1).to_be_bytes());
    }));
    c.add("a-byte-follows-the-signature", MALFORMED, follows);
}

fn header_faults(c: &mut Class<'_>) {
    let bytes = |hook: fn(&mut Vec<u8>)| Change::HeaderBytes(Box::new(hook));
    // Bound into the stanzas and signed: only the header itself is wrong. Offsets: court `court-1`, channel `up`.
    c.add("court-in-capitals", MALFORMED, bytes(|h| h[1] = b'C'));
    c.add("court-with-nul", MALFORMED, bytes(|h| h[1] = 0));
    c.add("court-not-utf8", MALFORMED, bytes(|h| h[1] = 0xFF));
    c.add("court-with-slash", MALFORMED, bytes(|h| h[1] = b'/'));
    c.add("channel-with-space", MALFORMED, bytes(|h| h[9] = b' '));
    c.add("court-of-65", MALFORMED, bytes(|h| drop(h.splice(0..8, [vec![65], vec![b'a'; 65]].concat()))));
    c.add("court-of-255", MALFORMED, bytes(|h| drop(h.splice(0..8, [vec![255], vec![b'a'; 255]].concat()))));
    c.add("direction-0", MALFORMED, bytes(|h| h[11] = 0));
    c.add("direction-3", MALFORMED, bytes(|h| h[11] = 3));
    c.add("type-0", MALFORMED, bytes(|h| h[12] = 0));
    c.add("type-4", MALFORMED, bytes(|h| h[12] = 4));
    c.add("no-recipients", MALFORMED, Change::Header(Box::new(|h| h.recipients.clear())));
    c.add("recipient-twice", MALFORMED, Change::Header(Box::new(|h| h.recipients.push(h.recipients[0]))));
    let add = |id: u8| Change::Header(Box::new(move |h| h.recipients.push(KeyId([id; 32]))));
    c.add("recipient-out-of-order", MALFORMED, add(0));
    c.add("recipient-without-stanza", MALFORMED, add(0xFF));
    let many = Change::Header(Box::new(|h| h.recipients = (0..17).map(|n| KeyId([n; 32])).collect()));
    c.add("17-recipients", MALFORMED, many);
    c.add("one-byte-more", MALFORMED, bytes(|h| h.push(0)));
    c.add(
        "one-byte-less",
        MALFORMED,
        bytes(|h| {
            h.pop();
        }),
    );
    // Changed after it was bound: the statement that was signed names another digest.
    let (_, at) = forge_with_layout(c.stage, &[&c.stage.recipient], parts(), &Change::None);
    for (what, offset) in [
        ("court", 7),
        ("channel", 10),
        ("catalogue", 13),
        ("policy", 45),
        ("sender", 77),
        ("salt", 142),
        ("commitment", 174),
    ] {
        let swap = Change::File(Box::new(move |f| {
            let byte = &mut f[at.header + offset];
            *byte = if *byte == b'x' { b'y' } else { b'x' };
        }));
        c.add(&format!("{what}-changed-afterwards"), DIGEST, swap);
    }
    let turned = |offset: usize| Change::File(Box::new(move |f| f[at.header + offset] = 2));
    c.add("direction-changed-afterwards", DIGEST, turned(11));
    c.add("type-changed-afterwards", DIGEST, turned(12));
}

fn stanzas(c: &mut Class<'_>) {
    let (_, at) = forge_with_layout(c.stage, &[&c.stage.recipient], parts(), &Change::None);
    c.add("key-id-changed-afterwards", MALFORMED, flip(at.stanzas));
    c.add("encapsulated-key-changed-afterwards", DIGEST, flip(at.stanzas + 32));
    c.add("wrapped-key-changed-afterwards", DIGEST, flip(at.stanzas + 64));
    let set =
        |at: usize, bytes: Vec<u8>| Change::Stanzas(Box::new(move |s| s[at..at + bytes.len()].copy_from_slice(&bytes)));
    c.add("key-id-of-another", MALFORMED, set(0, vec![7; 32]));
    c.add("encapsulated-key-of-another", DECRYPT, set(32, vec![9; 32]));
    c.add("wrapped-key-changed", DECRYPT, set(64, vec![1]));
    c.add("wrapped-tag-changed", DECRYPT, set(111, vec![1]));
    // Points of small order give a shared secret that is publicly known (RFC 7748 section 6.1).
    let low = [
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
        "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    ];
    for (n, point) in low.into_iter().enumerate() {
        c.add(
            &format!("point-of-small-order-{n}"),
            DECRYPT,
            set(32, ferry_format::encoding::hex::from_hex(point).unwrap()),
        );
    }
    c.add("none", MALFORMED, Change::Stanzas(Box::new(Vec::clear)));
    c.add("one-too-many", DIGEST, Change::Stanzas(Box::new(|s| s.extend_from_within(..))));
    c.add(
        "one-byte-short",
        DIGEST,
        Change::Stanzas(Box::new(|s| {
            s.pop();
        })),
    );
    let both = [&c.stage.recipient, &c.stage.reviewers[0]];
    let two = |change: &Change| forge_with_layout(c.stage, &both, parts(), change).0;
    let swapped = two(&Change::Stanzas(Box::new(|s| s.rotate_left(112))));
    let dropped = two(&Change::Stanzas(Box::new(|s| s.truncate(112))));
    let doubled = two(&Change::Stanzas(Box::new(|s| s.copy_within(..112, 112))));
    c.found.push(vector(c.name, "two-in-the-wrong-order", MALFORMED, swapped));
    c.found.push(vector(c.name, "one-of-two-taken-away", MALFORMED, dropped));
    c.found.push(vector(c.name, "one-of-two-doubled", MALFORMED, doubled));
    // The wrapped key opens a batch of another salt: its commitment differs.
    c.add("commitment-of-another-key", DIGEST, Change::Header(Box::new(|h| h.commitment = [3; 32])));
    c.add("salt-of-another-key", DIGEST, Change::Header(Box::new(|h| h.salt = [3; 32])));
}

/// A document of two chunks and one of one.
fn long() -> Vec<Part> {
    let bytes: Vec<u8> = (0..CHUNK_BYTES + 10).map(|n| (n % 251) as u8).collect();
    vec![document("long.bin", &bytes), document("short.bin", b"short")]
}

fn chunks(c: &mut Class<'_>) {
    let change = |hook: fn(&mut Vec<Chunk>)| Change::Chunks(Box::new(hook));
    let mut add = |what, code, hook| c.add_parts(what, code, long(), change(hook));
    add("not-marked-as-last", DECRYPT, |k| k[1].last = false);
    add("marked-as-last-too-early", DECRYPT, |k| k[0].last = true);
    add("two-swapped", DECRYPT, |k| k.swap(0, 1));
    add("two-renumbered", DECRYPT, |k| (k[0].number, k[1].number) = (1, 0));
    add("of-another-entry", DECRYPT, |k| k[2].entry = 0);
    add("of-the-manifest", DECRYPT, |k| k[2].entry = u32::MAX);
    add("last-one-dropped", MALFORMED, |k| {
        k.remove(2);
    });
    add("first-one-dropped", MALFORMED, |k| {
        k.remove(0);
    });
    add("one-doubled", DECRYPT, |k| k.insert(1, k[0].clone()));
    add("one-too-many", MALFORMED, |k| k.push(k[2].clone()));
    add("other-bytes", DIGEST, |k| k[2].plain[0] ^= 1);
    add("one-byte-short", MALFORMED, |k| {
        k[2].plain.pop();
    });
    add("one-byte-long", DECRYPT, |k| k[2].plain.push(0));
    let body = |hook: fn(&mut Vec<u8>)| Change::Body(Box::new(hook));
    c.add_parts("ciphertext-changed", DECRYPT, long(), body(|b| b[100] ^= 1));
    c.add_parts("tag-changed", DECRYPT, long(), body(|b| *b.last_mut().unwrap() ^= 1));
    c.add_parts("body-gone", MALFORMED, long(), body(Vec::clear));
    c.add_parts("empty-entry-without-chunk", MALFORMED, vec![document("e", b"")], change(Vec::clear));
}

fn segments(c: &mut Class<'_>) {
    let (_, at) = forge_with_layout(c.stage, &[&c.stage.recipient], parts(), &Change::None);
    c.add("first-body-byte", SEGMENT, flip(at.body));
    c.add("last-body-byte", SEGMENT, flip(at.manifest - 1));
    c.add("first-manifest-byte", SEGMENT, flip(at.manifest));
    c.add("last-manifest-byte", SEGMENT, flip(at.digests - 1));
    c.add("digest-changed-afterwards", DIGEST, flip(at.digests));
    let digests = |hook: fn(&mut Vec<u8>)| Change::Digests(Box::new(hook));
    c.add("digest-of-something-else", SEGMENT, digests(|d| d[0] ^= 1));
    c.add("one-digest-too-many", MALFORMED, digests(|d| d.extend([0; 32])));
    c.add("no-digest", MALFORMED, digests(Vec::clear));
    // Two equal segments at different places: content decides, not position.
    let zero = vec![document("zero.bin", &vec![0; SEGMENT_BYTES + 1000])];
    let swap = Change::Digests(Box::new(|d| d.rotate_left(32)));
    c.add_parts("two-digests-swapped", SEGMENT, zero, swap);
}

fn blocks(c: &mut Class<'_>) {
    let many = || (0..300).map(|n: u32| document(&format!("{n}"), b"")).collect::<Vec<_>>();
    let change = |hook: fn(&mut Vec<Block>)| Change::Blocks(Box::new(hook));
    c.add("not-marked-as-last", DECRYPT, change(|b| b[0].last = false));
    c.add("renumbered", DECRYPT, change(|b| b[0].number = 1));
    c.add_parts("two-swapped", DECRYPT, many(), change(|b| b.swap(0, 1)));
    c.add_parts(
        "last-one-dropped",
        DECRYPT,
        many(),
        change(|b| {
            b.pop();
        }),
    );
    c.add_parts(
        "first-one-dropped",
        DECRYPT,
        many(),
        change(|b| {
            b.remove(0);
        }),
    );
    c.add_parts("one-doubled", DECRYPT, many(), change(|b| b.insert(0, b[0].clone())));
    c.add_parts(
        "257-entries",
        MALFORMED,
        (0..257).map(|_| document("x", b"")).collect(),
        change(|b| {
            let second = b.pop().unwrap().plain;
            // A sequence of 257 entries: its count takes three bytes here, as it did for 256.
            b[0].plain.splice(0..3, [0xFB, 1, 1]);
            b[0].plain.extend(&second[1..]);
            b[0].last = true;
        }),
    );
    c.add("an-entry-follows-the-count", MALFORMED, change(|b| b[0].plain.push(0)));
    c.add(
        "cut-short",
        MALFORMED,
        change(|b| {
            b[0].plain.pop();
        }),
    );
    c.add("nothing-in-it", MALFORMED, change(|b| b[0].plain.clear()));
    c.add("count-written-too-long", MALFORMED, change(|b| drop(b[0].plain.splice(0..1, [0xFB, 3, 0]))));
    c.add(
        "count-of-the-highest-number",
        MALFORMED,
        change(|b| {
            drop(b[0].plain.splice(0..1, [0xFD, 255, 255, 255, 255, 255, 255, 255, 255]));
        }),
    );
    let manifest = |hook: fn(&mut Vec<u8>)| Change::Manifest(Box::new(hook));
    c.add(
        "length-one-less",
        DECRYPT,
        manifest(|m| {
            m[3] -= 1;
            m.pop();
        }),
    );
    c.add("length-beyond-the-manifest", MALFORMED, manifest(|m| m[3] = m[3].wrapping_add(1)));
    c.add("length-of-the-highest-number", OVER_LIMIT, manifest(|m| m[..4].fill(255)));
    c.add("length-of-none", DECRYPT, manifest(|m| *m = vec![0; 4]));
    c.add("bytes-after-the-last", DECRYPT, manifest(|m| m.extend([0; 4])));
    c.add("half-a-length-after-the-last", DECRYPT, manifest(|m| m.extend([0; 2])));
    c.add("no-manifest", MALFORMED, manifest(Vec::clear));
}

fn entries(c: &mut Class<'_>) {
    let change = |hook: fn(&mut Entry)| Change::Parts(Box::new(move |p| hook(&mut p[0].entry)));
    let last = |hook: fn(&mut Entry)| Change::Parts(Box::new(move |p| hook(&mut p[2].entry)));
    c.add("number-does-not-start-at-0", MALFORMED, change(|e| e.number = 1));
    c.add("number-twice", MALFORMED, last(|e| e.number = 1));
    c.add("number-of-the-manifest", MALFORMED, last(|e| e.number = u32::MAX));
    c.add("offset-leaves-a-gap", MALFORMED, last(|e| e.offset += 1));
    c.add("offset-overlaps", MALFORMED, last(|e| e.offset -= 1));
    c.add("offset-of-another", MALFORMED, last(|e| e.offset = 0));
    c.add("stored-one-less", MALFORMED, change(|e| e.stored_bytes -= 1));
    c.add("stored-and-raw-one-less", DECRYPT, change(|e| (e.stored_bytes, e.raw_bytes) = (5, 5)));
    c.add("stored-beyond-the-body", MALFORMED, change(|e| (e.stored_bytes, e.raw_bytes) = (1 << 30, 1 << 30)));
    c.add("stored-beyond-a-batch", MALFORMED, change(|e| (e.stored_bytes, e.raw_bytes) = (1 << 41, 1 << 41)));
    c.add(
        "stored-of-the-highest-number",
        MALFORMED,
        change(|e| {
            (e.stored_bytes, e.raw_bytes) = (u64::MAX, u64::MAX);
        }),
    );
    c.add("raw-one-more", MALFORMED, change(|e| e.raw_bytes += 1));
    c.add("a-document-is-compressed", MALFORMED, change(|e| e.codec = Codec::Zstd));
    c.add("digest-of-something-else", DIGEST, change(|e| e.sha256[0] ^= 1));
    c.add("digest-of-other-records", DIGEST, last(|e| e.sha256[0] ^= 1));
    c.add("kind-empty", MALFORMED, change(|e| e.kind.clear()));
    c.add("kind-of-65", MALFORMED, change(|e| e.kind = "k".repeat(65)));
    c.add("media-type-of-129", MALFORMED, change(|e| e.media_type = "m".repeat(129)));
    c.add("records-one-less", MALFORMED, last(|e| e.records -= 1));
    c.add("records-one-more", MALFORMED, last(|e| e.records += 1));
    c.add("a-block-as-a-document", MALFORMED, last(|e| e.records = 0));
    c.add("a-document-as-a-block", MALFORMED, change(|e| e.records = 1));
    c.add(
        "dropped",
        MALFORMED,
        Change::Parts(Box::new(|p| {
            p.pop();
        })),
    );
    c.add("doubled", MALFORMED, Change::Parts(Box::new(|p| p.push(p[2].clone()))));
    c.add("two-swapped", MALFORMED, Change::Parts(Box::new(|p| p.swap(0, 1))));
    let bytes = |hook: fn(&mut Vec<u8>)| Change::Blocks(Box::new(move |b| hook(&mut b[0].plain)));
    let one = || vec![document("x", b"x")];
    // A block of one entry: 1 count, 1 number, 5 kind, 2 name, 1 version, 1 offset, 1 stored, 1 raw, 1 codec …
    c.add_parts("codec-2", MALFORMED, one(), bytes(|b| b[13] = 2));
    c.add_parts("reason-longer-than-its-block", MALFORMED, one(), bytes(|b| *b.last_mut().unwrap() = 2));
    c.add_parts("kind-not-utf8", MALFORMED, one(), bytes(|b| b[3] = 0xFF));
    c.add_parts("number-written-too-long", MALFORMED, one(), bytes(|b| drop(b.splice(1..2, [0xFB, 0, 0]))));
    c.add_parts("kind-longer-than-the-block", MALFORMED, one(), bytes(|b| b[2] = 250));
    c.add_parts(
        "kind-of-the-highest-length",
        MALFORMED,
        one(),
        bytes(|b| {
            drop(b.splice(2..3, [0xFD, 255, 255, 255, 255, 255, 255, 255, 255]));
        }),
    );
}

fn names(c: &mut Class<'_>) {
    let bad = [
        ("empty", ""),
        ("root", "/etc/passwd"),
        ("up", "../a"),
        ("up-in-the-middle", "a/../../b"),
        ("up-at-the-end", "a/.."),
        ("here", "./a"),
        ("two-slashes", "a//b"),
        ("slash-at-the-end", "a/"),
        ("backslash", "a\\..\\b"),
        ("nul", "a\0.pdf"),
        ("line-feed", "a\n.pdf"),
        ("escape", "a\u{1B}[2J"),
        ("delete", "a\u{7F}"),
        ("c1-control", "a\u{85}"),
        ("right-to-left-override", "裁定书\u{202E}fdp.exe"),
        ("left-to-right-isolate", "a\u{2066}b"),
        ("zero-width-space", "a\u{200B}b"),
        ("zero-width-joiner", "a\u{200D}b"),
        ("word-joiner", "a\u{2060}b"),
        ("byte-order-mark", "\u{FEFF}a"),
        ("line-separator", "a\u{2028}b"),
    ];
    for (what, name) in bad {
        let change = Change::Parts(Box::new(move |p| p[0].entry.name = name.into()));
        c.add(what, MALFORMED, change);
    }
    c.add("of-1025", MALFORMED, Change::Parts(Box::new(|p| p[0].entry.name = "a/".repeat(512) + "b")));
    c.add("a-part-of-256", MALFORMED, Change::Parts(Box::new(|p| p[0].entry.name = "a".repeat(256))));
}

fn record_faults(c: &mut Class<'_>) {
    let good = record(0).encode().unwrap();
    let changed = |hook: fn(&mut Vec<u8>)| {
        let mut bytes = good.clone();
        hook(&mut bytes);
        block(&[bytes], Codec::Raw)
    };
    // Schema 1, kind of 7, id of 2, version, case of 8, person of 0, retracted, count of 2, first key of 6, tag 1.
    let mut add = |what, hook| c.add_block(what, MALFORMED, changed(hook));
    add("schema-2", |r| r[0] = 2);
    add("one-byte-more", |r| r.push(0));
    add("one-byte-less", |r| {
        r.pop();
    });
    add("empty", Vec::clear);
    add("version-written-too-long", |r| drop(r.splice(12..13, [0xFB, 1, 0])));
    add("retracted-2", |r| r[23] = 2);
    add("kind-not-utf8", |r| r[2] = 0xFF);
    add("value-tag-9", |r| r[32] = 9);
    add("one-field-fewer-than-counted", |r| r[24] = 3);
    add("one-field-more-than-counted", |r| r[24] = 1);
    // `target` before `amount`, and `amount` twice: a reader that keeps the last would hide the first.
    add("fields-out-of-order", |r| r[25..].rotate_left(13));
    add("a-field-twice", |r| {
        let field = r[25..38].to_vec();
        r.splice(38..38, field);
        r[24] = 3;
    });
}

/// Faults of the length before a record.
fn frame_faults(c: &mut Class<'_>) {
    let good = record(0).encode().unwrap();
    let framed = |hook: fn(&mut Vec<u8>)| {
        let mut raw = (good.len() as u32).to_be_bytes().to_vec();
        raw.extend(&good);
        hook(&mut raw);
        raw_block(raw, 1, vec![sha256(&good)], Codec::Raw)
    };
    c.add_block("frame-one-byte-more", MALFORMED, framed(|raw| raw.push(0)));
    c.add_block(
        "frame-one-byte-less",
        MALFORMED,
        framed(|raw| {
            raw.pop();
        }),
    );
    c.add_block("frame-of-the-highest-length", MALFORMED, framed(|raw| raw[..4].fill(255)));
    let long = vec![0; 128 * 1024 + 1];
    c.add_block("longer-than-a-record-may-be", MALFORMED, block(&[long], Codec::Raw));
    c.add_block("leaf-of-another", DIGEST, raw_block(framed(|_| ()).stored, 1, vec![[7; 32]], Codec::Raw));
}

/// Faults of a compressed block.
fn zstd_faults(c: &mut Class<'_>) {
    let packed = |hook: fn(&mut Vec<u8>)| {
        let mut part = block(&records(50), Codec::Zstd);
        hook(&mut part.stored);
        part
    };
    c.add_block("zstd-magic-changed", MALFORMED, packed(|z| z[0] ^= 1));
    c.add_block(
        "zstd-cut",
        MALFORMED,
        packed(|z| {
            z.pop();
        }),
    );
    c.add_block("zstd-empty", MALFORMED, packed(Vec::clear));
    c.add_block("zstd-two-frames", MALFORMED, packed(|z| z.extend(zstd::bulk::compress(b"", 1).unwrap())));
    c.add_block("zstd-bytes-after-the-frame", MALFORMED, packed(|z| z.push(0)));
    let mut longer = packed(|_| ());
    longer.entry.raw_bytes += 1;
    c.add_block("zstd-shorter-than-declared", DIGEST, longer);
    let mut shorter = packed(|_| ());
    shorter.entry.raw_bytes -= 1;
    c.add_block("zstd-longer-than-declared", MALFORMED, shorter);
    let bomb = vec![0; 1024 * 1024];
    let mut part = raw_block(bomb, 1, vec![[0; 32]], Codec::Zstd);
    c.add_block("zstd-bomb", MALFORMED, part.clone());
    part.entry.raw_bytes = 4000;
    c.add_block("zstd-bomb-that-declares-less", MALFORMED, part);
    let mut over = block(&vec![vec![1; 100_000]; 11], Codec::Raw);
    over.entry.kind = "measure".into();
    c.add_block("block-over-its-limit", OVER_LIMIT, over);
}

fn content(c: &mut Class<'_>) {
    let change = |hook: fn(&mut ContentStatement)| Change::Content(Box::new(hook));
    c.add("front-of-another", DIGEST, change(|s| s.front_digest[0] ^= 1));
    c.add("stanzas-of-another", DIGEST, change(|s| s.stanzas_digest[0] ^= 1));
    c.add("body-one-less", MALFORMED, change(|s| s.body_bytes -= 1));
    c.add("body-one-more", MALFORMED, change(|s| s.body_bytes += 1));
    c.add("body-of-the-highest-number", MALFORMED, change(|s| s.body_bytes = u64::MAX));
    c.add("manifest-one-less", MALFORMED, change(|s| s.manifest_bytes -= 1));
    c.add("manifest-of-the-highest-number", MALFORMED, change(|s| s.manifest_bytes = u64::MAX));
    c.add(
        "boundary-moved",
        OVER_LIMIT,
        change(|s| {
            s.body_bytes -= 1;
            s.manifest_bytes += 1;
        }),
    );
    c.add("segments-0", MALFORMED, change(|s| s.segments = 0));
    c.add("segments-2", MALFORMED, change(|s| s.segments = 2));
    c.add("segments-of-the-highest-number", MALFORMED, change(|s| s.segments = u64::MAX));
    c.add("segment-root-of-another", DIGEST, change(|s| s.segment_root[0] ^= 1));
    c.add("commitment-of-another", DIGEST, change(|s| s.manifest_commitment[0] ^= 1));
    c.add("entries-one-less", MALFORMED, change(|s| s.entries -= 1));
    c.add("entries-one-more", MALFORMED, change(|s| s.entries += 1));
    c.add("entries-over-the-limit", OVER_LIMIT, change(|s| s.entries = 16_000_001));
    c.add("items-one-more", MALFORMED, change(|s| s.items += 1));
    c.add("raw-bytes-one-more", MALFORMED, change(|s| s.raw_bytes += 1));
    c.add("flagged-one-more", "FERRY-E0203", change(|s| s.flagged += 1));
    let bytes = |hook: fn(&mut Vec<u8>)| Change::ContentBytes(Box::new(hook));
    c.add("domain-of-another", MALFORMED, bytes(|s| s[0] ^= 1));
    c.add("one-byte-more", MALFORMED, bytes(|s| s.push(0)));
    c.add(
        "one-byte-less",
        MALFORMED,
        bytes(|s| {
            s.pop();
        }),
    );
    c.add("empty", MALFORMED, bytes(Vec::clear));
    c.add("over-the-limit", OVER_LIMIT, bytes(|s| s.resize(4097, 0)));
}

fn series_faults(c: &mut Class<'_>) {
    let change = |hook: fn(&mut SeriesStatement)| Change::Series(Box::new(hook));
    c.add("content-of-another", DIGEST, change(|s| s.content[0] ^= 1));
    c.add("number-0", MALFORMED, change(|s| s.sequence = 0));
    c.add("number-2-63", MALFORMED, change(|s| s.sequence = NUMBER_MAX + 1));
    c.add("epoch-2-63", MALFORMED, change(|s| s.epoch = NUMBER_MAX + 1));
    c.add("acknowledged-2-63", MALFORMED, change(|s| s.acknowledged.sequence = NUMBER_MAX + 1));
    c.add("33-earlier-digests", MALFORMED, change(|s| s.previous = vec![[1; 32]; 33]));
    c.add("65-gap-requests", MALFORMED, change(|s| s.gap_requests = (1..66).map(|n| (2 * n, 2 * n)).collect()));
    c.add("gap-request-of-0", MALFORMED, change(|s| s.gap_requests = vec![(0, 1)]));
    c.add("gap-request-backwards", MALFORMED, change(|s| s.gap_requests = vec![(5, 4)]));
    c.add("gap-requests-overlap", MALFORMED, change(|s| s.gap_requests = vec![(1, 5), (5, 6)]));
    c.add("gap-requests-out-of-order", MALFORMED, change(|s| s.gap_requests = vec![(7, 8), (1, 2)]));
    let volumes = |ranges: &[(u64, u32, u32)]| {
        let ranges: Vec<_> = ranges
            .iter()
            .map(|(sequence, from, to)| VolumeRange { sequence: *sequence, from: *from, to: *to })
            .collect();
        Change::Series(Box::new(move |s| s.volume_requests = ranges.clone()))
    };
    c.add("65-volume-requests", MALFORMED, volumes(&(1..66).map(|n| (n, 0, 0)).collect::<Vec<_>>()));
    c.add("volume-request-of-0", MALFORMED, volumes(&[(0, 1, 1)]));
    c.add("volume-request-backwards", MALFORMED, volumes(&[(1, 2, 1)]));
    c.add("volume-requests-overlap", MALFORMED, volumes(&[(1, 1, 4), (1, 4, 5)]));
    c.add("volume-requests-out-of-order", MALFORMED, volumes(&[(2, 0, 0), (1, 0, 0)]));
    let approval = |key: u8| Approval { reviewer: [key; 32], signature: [0; 64] };
    let approvals = move |keys: Vec<u8>| {
        Change::Series(Box::new(move |s| s.approvals = keys.iter().map(|k| approval(*k)).collect()))
    };
    c.add("9-approvals", MALFORMED, approvals((1..10).collect()));
    c.add("an-approval-twice", MALFORMED, approvals(vec![1, 1]));
    c.add("approvals-out-of-order", MALFORMED, approvals(vec![2, 1]));
    let bytes = |hook: fn(&mut Vec<u8>)| Change::SeriesBytes(Box::new(hook));
    c.add("domain-of-another", MALFORMED, bytes(|s| s[0] ^= 1));
    c.add("one-byte-more", MALFORMED, bytes(|s| s.push(0)));
    c.add(
        "one-byte-less",
        MALFORMED,
        bytes(|s| {
            s.pop();
        }),
    );
    c.add("empty", MALFORMED, bytes(Vec::clear));
    c.add("over-the-limit", OVER_LIMIT, bytes(|s| s.resize(4097, 0)));
}

fn signatures(c: &mut Class<'_>) {
    let (file, at) = forge_with_layout(c.stage, &[&c.stage.recipient], parts(), &Change::None);
    let change = |hook: fn(&mut Vec<u8>)| Change::Signature(Box::new(hook));
    c.add("first-byte", SIGNATURE, change(|s| s[0] ^= 1));
    c.add("last-byte", SIGNATURE, change(|s| s[63] ^= 1));
    c.add("zero", SIGNATURE, change(|s| s.fill(0)));
    c.add(
        "of-another-statement",
        SIGNATURE,
        Change::Signature(Box::new({
            let other = c.stage.sender.signer().unwrap().sign(b"something else").unwrap();
            move |s| *s = other.to_vec()
        })),
    );
    // The group order is added to S: the same signature in other bytes (RFC 8032 section 5.1.7).
    c.add(
        "malleated",
        SIGNATURE,
        change(|s| {
            let order = ferry_format::encoding::hex::from_hex(
                "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010",
            );
            let mut carry = 0;
            for (byte, add) in s[32..].iter_mut().zip(order.unwrap()) {
                let sum = u16::from(*byte) + u16::from(add) + carry;
                (*byte, carry) = (sum as u8, sum >> 8);
            }
        }),
    );
    c.add(
        "one-byte-less",
        MALFORMED,
        change(|s| {
            s.pop();
        }),
    );
    for (what, at) in [("content-statement", at.content + 20), ("series-statement", at.series + 50)] {
        let code = if what == "series-statement" { SIGNATURE } else { DIGEST };
        c.add(&format!("{what}-changed-afterwards"), code, flip(at));
    }
    let stranger = SecretKey::generate(Role::Sender, &mut Counting(78)).unwrap();
    let signed_by = |key: &SecretKey, header_too: bool| {
        let signer = key.signer().unwrap();
        let public = signer.public_key();
        if header_too {
            let header = forge(c.stage, parts(), &Change::Header(Box::new(move |h| h.sender = public)));
            return resign(&header, &at, &signer);
        }
        resign(&file, &at, &signer)
    };
    let vectors = [
        vector(c.name, "by-a-stranger", UNKNOWN_SIGNER, signed_by(&stranger, true)),
        vector(c.name, "stripped-and-signed-by-a-stranger", RESIGNED, signed_by(&stranger, false)),
        vector(c.name, "stripped-and-signed-by-another-sender", RESIGNED, signed_by(&c.stage.second_sender, false)),
        vector(c.name, "by-a-reviewer", UNKNOWN_SIGNER, signed_by(&c.stage.reviewers[0], true)),
    ];
    c.found.extend(vectors);
}

/// Replaces statement and signature by those of another key.
pub fn resign(file: &[u8], at: &Layout, signer: &dyn Signer) -> Vec<u8> {
    let statement = SeriesStatement::decode(&file[at.series + 2..at.signature]).unwrap();
    let bytes = SeriesStatement { sender: signer.public_key(), ..statement }.encode();
    let mut out = file[..at.series + 2].to_vec();
    out.extend(&bytes);
    out.extend(signer.sign(&bytes).unwrap());
    out
}

fn destinations(stage: &Stage) -> Vec<Vector> {
    type Hook = fn(&mut ferry_format::frame::header::Header);
    let headers: [(&str, Hook); 4] = [
        ("another-court", |h| h.court = Id::new("court-2").unwrap()),
        ("no-court", |h| h.court = Id::default()),
        ("another-channel", |h| h.channel = Id::new("down").unwrap()),
        ("another-direction", |h| h.direction = Direction::Return),
    ];
    let mut found: Vec<Vector> = headers
        .into_iter()
        .map(|(what, hook)| {
            vector("destination", what, DESTINATION, forge(stage, parts(), &Change::Header(Box::new(hook))))
        })
        .collect();
    let other = SecretKey::generate(Role::Recipient, &mut Counting(77)).unwrap();
    let sealed_to = |keys: &[&SecretKey]| forge_with_layout(stage, keys, parts(), &Change::None).0;
    for (what, keys) in [
        ("another-recipient", vec![&other]),
        ("one-recipient-too-many", vec![&stage.recipient, &other]),
        ("reviewers-only", vec![&stage.reviewers[0]]),
    ] {
        found.push(vector("destination", what, DESTINATION, sealed_to(&keys)));
    }
    let (draft, _) = draft(stage, &address(), &[b"x".to_vec()]);
    found.push(vector("stage", "a-draft", "FERRY-E0401", draft.into_inner()));
    found
}

fn approvals(stage: &Stage) -> Vec<Vector> {
    let (file, at) = forge_with_layout(stage, &[&stage.recipient], parts(), &Change::None);
    let content = ContentStatement::decode(&file[at.content + 2..at.series]).unwrap();
    let approve = |key: &SecretKey, content: &ContentStatement| {
        ApprovalFile::sign(content, &key.signer().unwrap()).unwrap().approval
    };
    let with = |mut approvals: Vec<Approval>| {
        approvals.sort_by_key(|a| a.reviewer);
        forge(stage, parts(), &Change::Series(Box::new(move |s| s.approvals = approvals.clone())))
    };
    let stranger = SecretKey::generate(Role::Reviewer, &mut Counting(79)).unwrap();
    let elsewhere = ContentStatement { entries: 9, ..content.clone() };
    let [first, second] = [0, 1].map(|n| approve(&stage.reviewers[n], &content));
    let wrong = Approval { signature: first.signature, ..second.clone() };
    let two = |what: &str, code, approvals| Vector {
        trust: "trust-two-approvals.toml",
        ..vector("approvals", what, code, with(approvals))
    };
    vec![
        two("both", "ok", vec![first.clone(), second.clone()]),
        two("stripped", APPROVALS, vec![]),
        two("one-of-two", APPROVALS, vec![first.clone()]),
        two("one-signature-under-two-keys", SIGNATURE, vec![first.clone(), wrong]),
        two("a-stranger-besides", UNKNOWN_SIGNER, vec![first.clone(), second.clone(), approve(&stranger, &content)]),
        two("a-stranger-instead", UNKNOWN_SIGNER, vec![first.clone(), approve(&stranger, &content)]),
        two("over-other-content", SIGNATURE, vec![first.clone(), approve(&stage.reviewers[1], &elsewhere)]),
        two("by-the-sender", UNKNOWN_SIGNER, vec![first, approve(&stage.sender, &content)]),
    ]
}

/// Valid batches in every form that a reader must accept.
pub fn good(stage: &Stage) -> Vec<Vector> {
    let sealed = |parts| forge(stage, parts, &Change::None);
    let header =
        |hook: fn(&mut ferry_format::frame::header::Header)| forge(stage, parts(), &Change::Header(Box::new(hook)));
    let full = Change::Series(Box::new(|s| {
        s.epoch = NUMBER_MAX;
        s.sequence = NUMBER_MAX;
        s.previous = vec![[1; 32]; 32];
        s.created_s = i64::MIN;
        s.gap_requests = (1..65).map(|n| (2 * n, 2 * n)).collect();
        s.volume_requests = (1..65).map(|n| VolumeRange { sequence: n, from: 0, to: u32::MAX }).collect();
    }));
    vec![
        vector("good", "heartbeat", "ok", sealed(vec![])),
        vector("good", "documents-and-records", "ok", sealed(parts())),
        vector("good", "compressed-records", "ok", sealed(vec![block(&records(50), Codec::Zstd)])),
        vector("good", "two-chunks", "ok", sealed(long())),
        vector("good", "two-segments", "ok", sealed(vec![document("x", &vec![7; SEGMENT_BYTES])])),
        vector(
            "good",
            "two-manifest-blocks",
            "ok",
            sealed((0..300).map(|n: u32| document(&format!("{n}"), b"")).collect()),
        ),
        vector(
            "good",
            "rare-characters-in-a-name",
            "ok",
            sealed(vec![document("卷宗/阿依古丽·买买提（𠮷𡘙）.pdf", b"")]),
        ),
        vector("good", "baseline", "ok", header(|h| h.batch_type = BatchType::Baseline)),
        vector("good", "full-statement", "ok", forge(stage, parts(), &full)),
        vector(
            "good",
            "two-recipients",
            "ok",
            forge_with_layout(stage, &[&stage.recipient, &stage.reviewers[0]], parts(), &Change::None).0,
        ),
        vector("good", "sealed-by-the-sealer", "ok", crate::sealed(stage, &["执行通知书".as_bytes().to_vec()])),
    ]
}
