//! Every limit of the format, in one place, with the attack it stops.

/// Plain bytes of one encrypted chunk. Fixes the memory of sealing and opening.
pub const CHUNK_BYTES: usize = 64 * 1024;
/// Ciphertext bytes covered by one signed segment digest.
pub const SEGMENT_BYTES: usize = 1024 * 1024;
/// Stops endless data: the longest batch, in bytes (1 TiB).
pub const BATCH_BYTES_MAX: u64 = 1 << 40;
/// Stops a list of stanzas that costs one key agreement each.
pub const RECIPIENTS_MAX: usize = 16;
/// Stops a huge header before anything is verified.
pub const HEADER_BYTES_MAX: usize = 2048;
/// Keeps a statement short enough to be signed by a hardware token in one call.
pub const STATEMENT_BYTES_MAX: usize = 4096;
/// Stops an approval list that costs one signature check each.
pub const APPROVALS_MAX: usize = 8;
/// Largest epoch, batch number and audit length: a ledger's signed column orders them correctly.
pub const NUMBER_MAX: u64 = i64::MAX as u64;
/// How many earlier statement digests a series statement repeats, so that a gap is named exactly.
pub const DIGEST_HISTORY_MAX: usize = 32;
/// How many gap ranges one batch may ask for.
pub const GAP_RANGES_MAX: usize = 64;
/// How many ranges of volumes one batch may ask for.
pub const VOLUME_RANGES_MAX: usize = 64;
/// Stops a sender that cuts a batch into more files than one pass over a folder takes.
pub const VOLUMES_MAX: u64 = 4096;
/// Stops a key file that uses up memory: Argon2id of an encrypted key, KiB (1 GiB).
pub const KEY_MEMORY_KIB_MAX: u32 = 1024 * 1024;
/// Stops a key file that takes days: passes over that memory.
pub const KEY_PASSES_MAX: u32 = 64;
/// Lanes of that memory.
pub const KEY_LANES_MAX: u32 = 16;
/// Stops both together: memory times passes, KiB (4 GiB, some seconds).
pub const KEY_WORK_KIB_MAX: u64 = 4 * 1024 * 1024;
/// Longest court or channel id, in bytes.
pub const ID_BYTES_MAX: usize = 64;
/// Longest entry name, in bytes of UTF-8.
pub const ENTRY_NAME_BYTES_MAX: usize = 1024;
/// Longest part of an entry name between slashes: as file systems allow.
pub const NAME_PART_BYTES_MAX: usize = 255;
/// Longest kind, in bytes.
pub const KIND_BYTES_MAX: usize = 64;
/// Longest media type, in bytes.
pub const MEDIA_TYPE_BYTES_MAX: usize = 128;
/// Longest reason why the scanner flagged an entry, in bytes.
pub const REASON_BYTES_MAX: usize = 256;
/// Longest reason of a refusal, in bytes.
pub const REFUSAL_REASON_BYTES_MAX: usize = 1024;
/// Records that one refusal may name.
pub const REFUSAL_ITEMS_MAX: usize = 200;
/// Longest encoded record, in bytes: a receiver holds one in memory.
pub const RECORD_BYTES_MAX: usize = 128 * 1024;
/// Longest block of records, in raw bytes: a receiver holds one in memory.
pub const RECORD_BLOCK_BYTES_MAX: usize = 1024 * 1024;
/// Longest id of a record, case or person, in bytes.
pub const RECORD_ID_BYTES_MAX: usize = 128;
/// Longest text of a field, in bytes.
pub const TEXT_BYTES_MAX: u32 = 64 * 1024;
/// Longest encoded catalogue, in bytes.
pub const CATALOGUE_BYTES_MAX: usize = 1024 * 1024;
/// Entries per manifest block.
pub const MANIFEST_BLOCK_ENTRIES: usize = 256;
/// Longest manifest block, in plain bytes.
pub const MANIFEST_BLOCK_BYTES_MAX: usize = 1024 * 1024;
/// Stops an endless manifest: entries of one batch.
pub const ENTRIES_MAX: u32 = 16_000_000;
/// Stops a decompression bomb: raw bytes for each stored byte.
pub const RATIO_MAX: u64 = 100;
/// Stops an endless trust list: bytes of the whole file.
pub const TRUST_LIST_BYTES_MAX: usize = 256 * 1024;
/// Stops a trust list that costs one signature check each: root keys of one list.
pub const ROOTS_MAX: usize = 16;

/// Longest head of an evidence bundle, in bytes: a reader holds it in memory.
pub const EVIDENCE_HEAD_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Batches of an evidence bundle.
pub const EVIDENCE_BATCHES_MAX: usize = 32;
/// Evidence items of one batch.
pub const EVIDENCE_ITEMS_MAX: usize = 64;
/// Longest path from a leaf to the root: a tree of 2^64 leaves has height 64.
pub const PATH_MAX: usize = 64;
/// Trust files or lists of an evidence bundle.
pub const EVIDENCE_TRUSTS_MAX: usize = 255;
/// Longest trust file or list in an evidence bundle, in bytes.
pub const EVIDENCE_TRUST_BYTES_MAX: usize = 1024 * 1024;
/// Audit entries of an evidence bundle.
pub const EVIDENCE_AUDIT_MAX: usize = 64;
/// Entries between an audit entry and the head that covers it: 32 bytes each.
pub const EVIDENCE_AUDIT_LATER_MAX: usize = 100_000;
