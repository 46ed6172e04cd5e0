//! The manifest commitment: a Merkle root (shape of RFC 6962, section 2.1) over salted leaves.
//!
//! Leaves come in order and are folded at once, so that the root of a million needs no list. The path of a leaf that is
//! traced from its arrival on is kept while later leaves arrive.

use crate::error::Result;
use crate::error::evidence_fault::EvidenceFault;
use ring::digest::{Context, SHA256};

/// Folds leaves into a root in logarithmic memory.
#[derive(Default)]
pub struct Commitment {
    /// Roots of perfect subtrees, largest first, each with its height.
    peaks: Vec<(u32, [u8; 32])>,
    leaves: u64,
    trails: Vec<Trail>,
}

/// What is known so far of the path from one leaf to the root.
struct Trail {
    leaf: u64,
    path: Vec<[u8; 32]>,
}

impl Commitment {
    /// Adds the leaf of one record or document.
    pub fn add(&mut self, salt: &[u8; 32], item_digest: &[u8; 32]) {
        self.leaves += 1;
        let mut node = leaf_digest(salt, item_digest);
        let mut height = 0;
        while let Some((h, left)) = self.peaks.last().copied() {
            if h != height {
                break;
            }
            self.peaks.pop();
            // `left` and `node` are the two halves of the last 2^(height + 1) leaves.
            let (middle, begin) = (self.leaves - (1 << height), self.leaves - (2 << height));
            for trail in self.trails.iter_mut().filter(|t| t.leaf >= begin) {
                trail.path.push(if trail.leaf < middle { node } else { left });
            }
            node = hash(&[&[1], &left, &node]);
            height += 1;
        }
        self.peaks.push((height, node));
    }

    /// Traces the next leaf. Gives the number for [`Self::path`].
    pub fn trace_next(&mut self) -> usize {
        self.trails.push(Trail { leaf: self.leaves, path: Vec::new() });
        self.trails.len() - 1
    }

    /// Number of a traced leaf, from 0, and its path to the root over all leaves so far: RFC 6962, section 2.1.1.
    pub fn path(&self, trace: usize) -> Option<(u64, Vec<[u8; 32]>)> {
        let trail = self.trails.get(trace).filter(|t| t.leaf < self.leaves)?;
        let mut path = trail.path.clone();
        // From the smallest peak on the right to the largest on the left; `right` is the root of those passed.
        let (mut begin, mut right): (u64, Option<[u8; 32]>) = (self.leaves, None);
        for (height, peak) in self.peaks.iter().rev() {
            let end = begin;
            begin -= 1 << height;
            if trail.leaf >= end {
                path.push(*peak);
            } else if trail.leaf >= begin {
                path.extend(right);
            }
            right = Some(right.map_or(*peak, |right| hash(&[&[1], peak, &right])));
        }
        Some((trail.leaf, path))
    }

    /// Number of leaves so far.
    pub fn leaves(&self) -> u64 {
        self.leaves
    }

    /// The root; of no leaves, the digest of nothing.
    pub fn root(&self) -> [u8; 32] {
        let mut peaks = self.peaks.iter().rev().map(|(_, root)| *root);
        let Some(first) = peaks.next() else {
            return hash(&[]);
        };
        peaks.fold(first, |right, left| hash(&[&[1], &left, &right]))
    }
}

/// The leaf of one item.
pub fn leaf_digest(salt: &[u8; 32], item_digest: &[u8; 32]) -> [u8; 32] {
    hash(&[&[0], salt, item_digest])
}

/// The root that follows from a leaf, its number (from 0) among `leaves`, and its path: RFC 9162, section 2.1.3.2.
///
/// # Errors
/// [`EvidenceFault::Path`] for a number out of range, and for a path of the wrong length.
pub fn verify_path(leaf: [u8; 32], index: u64, leaves: u64, path: &[[u8; 32]]) -> Result<[u8; 32]> {
    if index >= leaves {
        return Err(EvidenceFault::Path.into());
    }
    let (mut at, mut last, mut node) = (index, leaves - 1, leaf);
    for sibling in path {
        if last == 0 {
            return Err(EvidenceFault::Path.into());
        }
        if at & 1 == 1 || at == last {
            node = hash(&[&[1], sibling, &node]);
            while at & 1 == 0 && at != 0 {
                (at, last) = (at >> 1, last >> 1);
            }
        } else {
            node = hash(&[&[1], &node, sibling]);
        }
        (at, last) = (at >> 1, last >> 1);
    }
    if last == 0 { Ok(node) } else { Err(EvidenceFault::Path.into()) }
}

fn hash(parts: &[&[u8]]) -> [u8; 32] {
    let mut context = Context::new(&SHA256);
    for part in parts {
        context.update(part);
    }
    let mut out = [0; 32];
    out.copy_from_slice(context.finish().as_ref());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The recursive definition of RFC 6962, section 2.1.
    fn by_definition(leaves: &[[u8; 32]]) -> [u8; 32] {
        match leaves {
            [] => hash(&[]),
            [one] => *one,
            many => {
                let split = many.len().next_power_of_two() / 2;
                hash(&[&[1], &by_definition(&many[..split]), &by_definition(&many[split..])])
            }
        }
    }

    #[test]
    fn the_folded_root_is_that_of_the_definition() {
        for n in 0..70_u8 {
            let mut folded = Commitment::default();
            let mut leaves = Vec::new();
            for i in 0..n {
                folded.add(&[i; 32], &[7; 32]);
                leaves.push(hash(&[&[0], &[i; 32], &[7; 32]]));
            }
            assert_eq!(folded.root(), by_definition(&leaves), "{n} leaves");
        }
    }

    fn path_by_definition(index: usize, leaves: &[[u8; 32]]) -> Vec<[u8; 32]> {
        if leaves.len() == 1 {
            return Vec::new();
        }
        let split = leaves.len().next_power_of_two() / 2;
        let (near, index, far) = match index < split {
            true => (&leaves[..split], index, &leaves[split..]),
            false => (&leaves[split..], index - split, &leaves[..split]),
        };
        let mut path = path_by_definition(index, near);
        path.push(by_definition(far));
        path
    }

    fn numbered(n: u64) -> ([u8; 32], [u8; 32]) {
        let mut salt = [3; 32];
        salt[..8].copy_from_slice(&n.to_be_bytes());
        (salt, [7; 32])
    }

    #[test]
    fn the_path_of_every_leaf_is_that_of_the_definition_and_leads_to_the_root() {
        for n in 1..200_u64 {
            let mut folded = Commitment::default();
            let mut leaves = Vec::new();
            for i in 0..n {
                let (salt, item) = numbered(i);
                assert_eq!(folded.trace_next() as u64, i);
                assert!(folded.path(i as usize).is_none(), "it has not come yet");
                folded.add(&salt, &item);
                leaves.push(leaf_digest(&salt, &item));
            }
            for i in 0..n as usize {
                let (index, path) = folded.path(i).unwrap();
                assert_eq!((index, &path), (i as u64, &path_by_definition(i, &leaves)), "{i} of {n}");
                assert_eq!(verify_path(leaves[i], index, n, &path).unwrap(), folded.root(), "{i} of {n}");
            }
        }
    }

    #[test]
    fn a_changed_path_never_leads_to_the_root() {
        for n in (1..200_u64).step_by(7).chain([64, 128, 199]) {
            let mut folded = Commitment::default();
            for i in 0..n {
                folded.trace_next();
                let (salt, item) = numbered(i);
                folded.add(&salt, &item);
            }
            for i in 0..n {
                let (salt, item) = numbered(i);
                let (leaf, (_, path)) = (leaf_digest(&salt, &item), folded.path(i as usize).unwrap());
                let refused = |leaf, index, leaves, path: &[[u8; 32]]| {
                    verify_path(leaf, index, leaves, path).map_or(true, |root| root != folded.root())
                };
                assert!(refused([9; 32], i, n, &path), "another leaf");
                assert!(refused(leaf, n, n, &path) && refused(leaf, i + n, n, &path), "a number that is not there");
                assert!((0..n).all(|other| other == i || refused(leaf, other, n, &path)), "another number");
                assert!(refused(leaf, i, n, &[path.as_slice(), &[[0; 32]]].concat()), "one more");
                for at in 0..path.len() {
                    let mut changed = path.clone();
                    changed[at][31] ^= 1;
                    assert!(refused(leaf, i, n, &changed), "changed");
                    let mut lost = path.clone();
                    lost.remove(at);
                    assert!(refused(leaf, i, n, &lost), "lost");
                    let mut doubled = path.clone();
                    doubled.insert(at, path[at]);
                    assert!(refused(leaf, i, n, &doubled), "doubled");
                    if at > 0 {
                        let mut moved = path.clone();
                        moved.swap(at, at - 1);
                        assert!(refused(leaf, i, n, &moved), "moved");
                    }
                }
            }
        }
    }
}
