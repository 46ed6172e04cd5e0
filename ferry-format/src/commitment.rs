//! The manifest commitment: a Merkle root (shape of RFC 6962, section 2.1) over salted leaves.
//!
//! Leaves come in order and are folded at once, so that the root of a million needs no list.

use ring::digest::{Context, SHA256};

/// Folds leaves into a root in logarithmic memory.
#[derive(Default)]
pub struct Commitment {
    /// Roots of perfect subtrees, largest first, each with its height.
    peaks: Vec<(u32, [u8; 32])>,
    leaves: u64,
}

impl Commitment {
    /// Adds the leaf of one record or document.
    pub fn add(&mut self, salt: &[u8; 32], item_digest: &[u8; 32]) {
        self.leaves += 1;
        let mut node = hash(&[&[0], salt, item_digest]);
        let mut height = 0;
        while let Some((h, left)) = self.peaks.last().copied() {
            if h != height {
                break;
            }
            self.peaks.pop();
            node = hash(&[&[1], &left, &node]);
            height += 1;
        }
        self.peaks.push((height, node));
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
    fn folds_to_the_root_that_the_definition_gives() {
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
}
