//! Builds a batch by hand, layer by layer, so that one layer can be wrong while the others are right: digests cover the
//! changed bytes, and the real sender signs.

use super::*;
use ferry_format::crypto::hash::sha256;
use ferry_format::crypto::merkle::Commitment;
use ferry_format::crypto::suite::Suite;
use ferry_format::crypto::suite::{FileKeys, MANIFEST_ENTRY, wrap_file_key};
use ferry_format::frame::header::{Header, Prelude, Stanza};
use ferry_format::frame::manifest::Codec;
use ferry_format::keys::KeyId;
use ferry_format::limits::{CHUNK_BYTES, MANIFEST_BLOCK_ENTRIES, SEGMENT_BYTES};
use ferry_format::text::Text;

pub const FILE_KEY: [u8; 32] = [0x5A; 32];
pub const SALT: [u8; 32] = [0xA5; 32];

/// One entry, and the plain bytes that are stored for it.
#[derive(Clone)]
pub struct Part {
    pub entry: Entry,
    pub stored: Vec<u8>,
    /// Digest of each leaf: the document, or every record.
    pub items: Vec<[u8; 32]>,
}

#[derive(Clone)]
pub struct Chunk {
    pub entry: u32,
    pub number: u64,
    pub last: bool,
    pub plain: Vec<u8>,
}

#[derive(Clone)]
pub struct Block {
    pub number: u64,
    pub last: bool,
    pub plain: Vec<u8>,
}

type Hook<T> = Box<dyn Fn(&mut T)>;

/// The changed layer.
pub enum Change {
    None,
    Header(Hook<Header>),
    HeaderBytes(Hook<Vec<u8>>),
    Stanzas(Hook<Vec<u8>>),
    Parts(Hook<Vec<Part>>),
    Chunks(Hook<Vec<Chunk>>),
    Body(Hook<Vec<u8>>),
    Blocks(Hook<Vec<Block>>),
    Manifest(Hook<Vec<u8>>),
    Digests(Hook<Vec<u8>>),
    Content(Hook<ContentStatement>),
    ContentBytes(Hook<Vec<u8>>),
    Series(Hook<SeriesStatement>),
    SeriesBytes(Hook<Vec<u8>>),
    Signature(Hook<Vec<u8>>),
    Prelude(Hook<Vec<u8>>),
    File(Hook<Vec<u8>>),
}

macro_rules! changed {
    ($change:expr, $layer:ident, $value:expr) => {
        if let Change::$layer(hook) = $change {
            hook($value);
        }
    };
}

/// Where the parts of a forged file begin.
#[derive(Clone, Copy, Debug)]
pub struct Layout {
    pub header: usize,
    pub stanzas: usize,
    pub body: usize,
    pub manifest: usize,
    pub digests: usize,
    pub content: usize,
    pub series: usize,
    pub signature: usize,
    pub end: usize,
}

pub fn document(name: &str, bytes: &[u8]) -> Part {
    let entry = Entry {
        number: 0,
        kind: "file".into(),
        name: name.into(),
        version: 1,
        offset: 0,
        stored_bytes: bytes.len() as u64,
        raw_bytes: bytes.len() as u64,
        codec: Codec::Raw,
        records: 0,
        sha256: sha256(bytes),
        media_type: "application/pdf".into(),
        reason: String::new(),
    };
    Part { items: vec![entry.sha256], entry, stored: bytes.to_vec() }
}

/// A block whose raw bytes hold `records`, already encoded.
pub fn block(records: &[Vec<u8>], codec: Codec) -> Part {
    let mut raw = Vec::new();
    for record in records {
        raw.extend((record.len() as u32).to_be_bytes());
        raw.extend(record);
    }
    let items = records.iter().map(|r| sha256(r)).collect();
    raw_block(raw, records.len() as u32, items, codec)
}

pub fn raw_block(raw: Vec<u8>, records: u32, items: Vec<[u8; 32]>, codec: Codec) -> Part {
    let stored = match codec {
        Codec::Raw => raw.clone(),
        Codec::Zstd => zstd::bulk::compress(&raw, 1).unwrap(),
    };
    let mut part = document("", &stored);
    part.entry.kind = "measure".into();
    part.entry.media_type = String::new();
    part.entry.version = 0;
    part.entry.codec = codec;
    part.entry.raw_bytes = raw.len() as u64;
    part.entry.records = records;
    part.entry.sha256 = sha256(&raw);
    part.items = items;
    part
}

pub fn header(stage: &Stage) -> Header {
    let address = address();
    Header {
        court: address.court,
        channel: address.channel,
        direction: address.direction,
        batch_type: address.batch_type,
        catalogue: address.catalogue,
        policy: address.policy,
        sender: address.sender,
        recipients: vec![KeyId::of(&stage.recipient.public().unwrap().sealing.unwrap())],
        salt: SALT,
        commitment: FileKeys::derive(&FILE_KEY, &SALT).unwrap().commitment,
    }
}

/// A batch of `parts`, numbered 1 and signed by the sender, with one layer changed.
pub fn forge(stage: &Stage, parts: Vec<Part>, change: &Change) -> Vec<u8> {
    forge_with_layout(stage, &[&stage.recipient], parts, change).0
}

pub fn forge_with_layout(
    stage: &Stage,
    recipients: &[&SecretKey],
    mut parts: Vec<Part>,
    change: &Change,
) -> (Vec<u8>, Layout) {
    let keys = FileKeys::derive(&FILE_KEY, &SALT).unwrap();
    let mut sealing: Vec<_> = recipients.iter().map(|r| r.public().unwrap().sealing.unwrap()).collect();
    sealing.sort_by_key(KeyId::of);
    let mut header = Header { recipients: sealing.iter().map(KeyId::of).collect(), ..header(stage) };
    changed!(change, Header, &mut header);
    let mut header_bytes = header.encode();
    changed!(change, HeaderBytes, &mut header_bytes);
    let header_length = header_bytes.len() as u32;
    let prelude = Prelude { suite: Suite::ONE, header_bytes: header_length, content_offset: 0, total_bytes: 0 };
    let front_digest = prelude.front_digest(&header_bytes);
    let mut stanzas = wrapped_keys(&sealing, &front_digest);
    changed!(change, Stanzas, &mut stanzas);
    let commitment = number(&mut parts, &keys);
    let body = sealed_body(&parts, &keys, change);
    changed!(change, Parts, &mut parts);
    let entries: Vec<Entry> = parts.iter().map(|p| p.entry.clone()).collect();
    let manifest = sealed_manifest(&entries, &keys, change);
    let region = [body.as_slice(), &manifest].concat();
    let mut digests: Vec<u8> = region.chunks(SEGMENT_BYTES).flat_map(|s| *blake3::hash(s).as_bytes()).collect();
    changed!(change, Digests, &mut digests);
    let mut content = ContentStatement {
        front_digest,
        stanzas_digest: sha256(&stanzas),
        body_bytes: body.len() as u64,
        manifest_bytes: manifest.len() as u64,
        segments: (digests.len() / 32) as u64,
        segment_root: *blake3::hash(&digests).as_bytes(),
        manifest_commitment: commitment.root(),
        entries: entries.len() as u32,
        items: commitment.leaves(),
        raw_bytes: entries.iter().fold(0, |sum, e| sum.wrapping_add(e.raw_bytes)),
        flagged: entries.iter().filter(|e| e.is_flagged()).count() as u32,
    };
    changed!(change, Content, &mut content);
    let [content, series, signature] = signed(stage, &content, change);
    assemble(prelude, [vec![0; 32], header_bytes, stanzas, body, manifest, digests, content, series, signature], change)
}

/// One stanza for each key.
fn wrapped_keys(sealing: &[[u8; 32]], front_digest: &[u8; 32]) -> Vec<u8> {
    let mut entropy = Counting(500);
    let mut stanzas = Vec::new();
    for key in sealing {
        let (encapsulated, wrapped) = wrap_file_key(key, front_digest, &FILE_KEY, &mut entropy).unwrap();
        stanzas.extend(Stanza { key_id: KeyId::of(key), encapsulated, wrapped }.encode());
    }
    stanzas
}

/// Gives the parts their numbers, offsets and leaves.
fn number(parts: &mut [Part], keys: &FileKeys) -> Commitment {
    let mut offset = 0;
    let mut commitment = Commitment::default();
    for (number, part) in parts.iter_mut().enumerate() {
        part.entry.number = number as u32;
        part.entry.offset = offset;
        part.entry.stored_bytes = part.stored.len() as u64;
        offset += part.entry.sealed_bytes();
        for (item, digest) in part.items.iter().enumerate() {
            commitment.add(&keys.leaf_salt(number as u32, item as u32), digest);
        }
    }
    commitment
}

fn sealed_body(parts: &[Part], keys: &FileKeys, change: &Change) -> Vec<u8> {
    let mut chunks: Vec<Chunk> = parts.iter().flat_map(chunks_of).collect();
    changed!(change, Chunks, &mut chunks);
    let mut body = Vec::new();
    for chunk in chunks {
        let mut bytes = chunk.plain;
        keys.body.seal(chunk.entry, chunk.number, chunk.last, &mut bytes).unwrap();
        body.extend(bytes);
    }
    changed!(change, Body, &mut body);
    body
}

fn sealed_manifest(entries: &[Entry], keys: &FileKeys, change: &Change) -> Vec<u8> {
    let mut groups: Vec<&[Entry]> = entries.chunks(MANIFEST_BLOCK_ENTRIES).collect();
    if groups.is_empty() {
        groups.push(&[]);
    }
    let count = groups.len();
    let plain =
        |entries: &[Entry]| ferry_format::encoding::compact::encode(Text::verbatim("block"), entries, 1 << 21).unwrap();
    let mut blocks: Vec<Block> = groups
        .iter()
        .enumerate()
        .map(|(n, g)| Block { number: n as u64, last: n + 1 == count, plain: plain(g) })
        .collect();
    changed!(change, Blocks, &mut blocks);
    let mut manifest = Vec::new();
    for block in blocks {
        let mut bytes = block.plain;
        keys.manifest.seal(MANIFEST_ENTRY, block.number, block.last, &mut bytes).unwrap();
        manifest.extend((bytes.len() as u32).to_be_bytes());
        manifest.extend(bytes);
    }
    changed!(change, Manifest, &mut manifest);
    manifest
}

/// Both statements with their lengths, and the signature.
fn signed(stage: &Stage, content: &ContentStatement, change: &Change) -> [Vec<u8>; 3] {
    let mut content_bytes = content.encode();
    changed!(change, ContentBytes, &mut content_bytes);
    let signer = stage.sender.signer().unwrap();
    let mut series = series(&signer, sha256(&content_bytes));
    changed!(change, Series, &mut series);
    let mut series_bytes = series.encode();
    changed!(change, SeriesBytes, &mut series_bytes);
    let mut signature = signer.sign(&series_bytes).unwrap().to_vec();
    changed!(change, Signature, &mut signature);
    let with_length = |bytes: &[u8]| [&(bytes.len() as u16).to_be_bytes(), bytes].concat();
    [with_length(&content_bytes), with_length(&series_bytes), signature]
}

/// The file, and where its parts begin.
fn assemble(mut prelude: Prelude, parts: [Vec<u8>; 9], change: &Change) -> (Vec<u8>, Layout) {
    let mut starts = Vec::new();
    let mut file = Vec::new();
    for part in parts {
        starts.push(file.len());
        file.extend(part);
    }
    prelude.content_offset = starts[6] as u64;
    prelude.total_bytes = file.len() as u64;
    let mut encoded = prelude.encode();
    changed!(change, Prelude, &mut encoded);
    file[..encoded.len()].copy_from_slice(&encoded);
    let end = file.len();
    changed!(change, File, &mut file);
    let [_, header, stanzas, body, manifest, digests, content, series, signature] = starts[..] else { panic!() };
    (file, Layout { header, stanzas, body, manifest, digests, content, series, signature, end })
}

pub fn series(signer: &dyn Signer, content: [u8; 32]) -> SeriesStatement {
    SeriesStatement {
        content,
        epoch: 1,
        sequence: 1,
        created_s: 1_700_000_000,
        not_after_s: 1_700_604_800,
        sender: signer.public_key(),
        ..SeriesStatement::default()
    }
}

fn chunks_of(part: &Part) -> Vec<Chunk> {
    let entry = part.entry.number;
    let mut pieces: Vec<&[u8]> = part.stored.chunks(CHUNK_BYTES).collect();
    if pieces.is_empty() {
        pieces.push(&[]);
    }
    let count = pieces.len();
    let chunk =
        |(n, plain): (usize, &&[u8])| Chunk { entry, number: n as u64, last: n + 1 == count, plain: plain.to_vec() };
    pieces.iter().enumerate().map(chunk).collect()
}
