//! SHA-256, and how people compare a digest.

use ring::digest::{SHA256, digest};

/// SHA-256 of `bytes`.
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    out.copy_from_slice(digest(&SHA256, bytes).as_ref());
    out
}

/// Eight groups of four digits of a digest, to be read out on the telephone (106 bits).
pub fn digest_words(digest: &[u8; 32]) -> String {
    let group = |pair: &[u8]| format!("{:04}", u16::from_be_bytes([pair[0], pair[1]]) % 10_000);
    digest.chunks_exact(2).take(8).map(group).collect::<Vec<_>>().join(" ")
}
