//! The state root: a set hash over everything accepted and not retracted (LtHash over BLAKE3,
//! 1,024 lanes of 16 bits), per kind in 256 buckets. Updates cost as much as the change.

use crate::record::Record;
use std::collections::BTreeMap;

/// Bytes of one sum.
pub const SUM_BYTES: usize = 2048;

/// A sum of elements; order does not matter, removing undoes adding.
#[derive(Clone, PartialEq, Eq)]
pub struct SetHash(Box<[u16; 1024]>);

impl Default for SetHash {
    fn default() -> Self {
        Self(Box::new([0; 1024]))
    }
}

impl SetHash {
    /// Adds an element.
    pub fn add(&mut self, element: &[u8]) {
        self.combine(element, u16::wrapping_add);
    }

    /// Removes an element that was added.
    pub fn remove(&mut self, element: &[u8]) {
        self.combine(element, u16::wrapping_sub);
    }

    /// Adds another sum.
    pub fn merge(&mut self, other: &Self) {
        for (lane, more) in self.0.iter_mut().zip(other.0.iter()) {
            *lane = lane.wrapping_add(*more);
        }
    }

    /// BLAKE3 over the lanes: what the two sides compare where their roots differ.
    pub fn digest(&self) -> [u8; 32] {
        *blake3::hash(&self.to_bytes()).as_bytes()
    }

    /// Whether it is empty.
    pub fn is_zero(&self) -> bool {
        self.0.iter().all(|lane| *lane == 0)
    }

    /// The lanes as 2,048 bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.0.iter().flat_map(|lane| lane.to_be_bytes()).collect()
    }

    /// Reads 2,048 bytes; `None` for any other length.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut sum = Self::default();
        if bytes.len() != SUM_BYTES {
            return None;
        }
        for (lane, pair) in sum.0.iter_mut().zip(bytes.chunks_exact(2)) {
            *lane = u16::from_be_bytes([pair[0], pair[1]]);
        }
        Some(sum)
    }

    fn combine(&mut self, element: &[u8], lane_op: fn(u16, u16) -> u16) {
        let mut bytes = [0; SUM_BYTES];
        blake3::Hasher::new().update(element).finalize_xof().fill(&mut bytes);
        for (lane, pair) in self.0.iter_mut().zip(bytes.chunks_exact(2)) {
            *lane = lane_op(*lane, u16::from_be_bytes([pair[0], pair[1]]));
        }
    }
}

/// A bucket: kind and first byte of the hash.
pub type Bucket = (String, u8);

/// What a new version of a record changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    kind: String,
    id: String,
    before: Option<[u8; 32]>,
    after: Option<[u8; 32]>,
}

impl Change {
    /// Replaces `before` (the digest counted so far, if any) by `record`, whose content digest is `content`. What is
    /// retracted is not counted.
    pub fn of(record: &Record, before: Option<&[u8; 32]>, content: &[u8; 32]) -> Self {
        let after = (!record.retracted).then_some(*content);
        Self { kind: record.kind.clone(), id: record.id.clone(), before: before.copied(), after }
    }
}

/// Changes to buckets, or all of them.
#[derive(Clone, Default)]
pub struct Buckets(pub BTreeMap<Bucket, SetHash>);

impl Buckets {
    /// Adds a record.
    pub fn add(&mut self, kind: &str, id: &str, content: &[u8; 32]) {
        let (bucket, element) = locate(kind, id, content);
        self.0.entry(bucket).or_default().add(&element);
    }

    /// Removes a record.
    pub fn remove(&mut self, kind: &str, id: &str, content: &[u8; 32]) {
        let (bucket, element) = locate(kind, id, content);
        self.0.entry(bucket).or_default().remove(&element);
    }

    /// Applies a change.
    pub fn make(&mut self, change: &Change) {
        if let Some(before) = &change.before {
            self.remove(&change.kind, &change.id, before);
        }
        if let Some(after) = &change.after {
            self.add(&change.kind, &change.id, after);
        }
    }

    /// The root over all buckets that are not empty.
    pub fn root(&self) -> [u8; 32] {
        let mut hasher = blake3::Hasher::new();
        for ((kind, bucket), sum) in self.0.iter().filter(|(_, s)| !s.is_zero()) {
            hasher.update(&(kind.len() as u32).to_be_bytes()).update(kind.as_bytes());
            hasher.update(&[*bucket]).update(&sum.to_bytes());
        }
        *hasher.finalize().as_bytes()
    }
}

/// The bucket of a record within its kind.
pub fn bucket(kind: &str, id: &str) -> u8 {
    locate(kind, id, &[0; 32]).0.1
}

fn locate(kind: &str, id: &str, content: &[u8; 32]) -> (Bucket, Vec<u8>) {
    let mut element = Vec::with_capacity(kind.len() + id.len() + 40);
    for text in [kind, id] {
        element.extend((text.len() as u32).to_be_bytes());
        element.extend(text.as_bytes());
    }
    let bucket = blake3::hash(&element).as_bytes()[0];
    element.extend(content);
    ((kind.to_owned(), bucket), element)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_does_not_depend_on_order_and_removing_undoes_adding() {
        let mut one = Buckets::default();
        let mut other = Buckets::default();
        for i in 0..100_u8 {
            one.add("step", &i.to_string(), &[i; 32]);
            other.add("step", &(99 - i).to_string(), &[99 - i; 32]);
        }
        assert_eq!(one.root(), other.root());
        other.add("step", "x", &[7; 32]);
        assert_ne!(one.root(), other.root());
        other.remove("step", "x", &[7; 32]);
        assert_eq!(one.root(), other.root());
    }
}
