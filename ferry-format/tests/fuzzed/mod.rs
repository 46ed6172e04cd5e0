//! The stored corpus of every fuzz target is replayed. `FERRY_WRITE_VECTORS=1` writes the seeds again.

use super::*;
use crate::forge::{Change, block, document, forge_with_layout};
use crate::targets;
use crate::vectors::faults::{parts, records};
use ferry_format::batch::volume::{VolumeLayout, write_head, write_volume};
use ferry_format::crypto::hash::sha256;
use ferry_format::frame::manifest::{Codec, encode_block};
use std::path::PathBuf;

const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/vectors/good-documents-and-records.ferry");

fn corpus(target: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/fuzz/corpus")).join(target)
}

#[test]
fn every_fuzz_target_accepts_its_corpus() {
    let mut replayed = 0;
    for (name, target) in targets::ALL {
        let before = replayed;
        for entry in std::fs::read_dir(corpus(name)).unwrap_or_else(|e| panic!("{name}: {e}")) {
            target(&std::fs::read(entry.unwrap().path()).unwrap());
            replayed += 1;
        }
        assert!(replayed > before, "{name} has no corpus");
    }
    let folders = std::fs::read_dir(corpus("")).unwrap().count();
    assert_eq!(folders, targets::ALL.len(), "a folder of the corpus has no target");
    assert!(targets::ALL.len() >= 8);
}

/// Seeds that the code makes for every target.
#[test]
fn the_seeds_are_those_that_the_code_makes() {
    if std::env::var_os("FERRY_WRITE_VECTORS").is_none() {
        return;
    }
    let stage = stage();
    let (file, at) = forge_with_layout(&stage, &[&stage.recipient, &stage.reviewers[0]], parts(), &Change::None);
    let (small, _) = forge_with_layout(&stage, &[&stage.recipient], vec![], &Change::None);
    let content = ContentStatement::decode(&file[at.content + 2..at.series]).unwrap();
    let approval = ApprovalFile::sign(&content, &stage.reviewers[0].signer().unwrap()).unwrap();
    let packed = block(&records(3), Codec::Raw);
    let entries = [document("a/b.pdf", b"text").entry, packed.entry.clone()];
    let series = file[at.series + 2..at.signature].to_vec();
    let mut batch = UnverifiedBatch::read(Cursor::new(std::fs::read(GOLDEN).unwrap())).unwrap();
    let cut = VolumeLayout::new(1, batch.claimed_content().segments).unwrap();
    let (mut head, mut volume) = (Vec::new(), Vec::new());
    write_head(&mut batch, &mut head).unwrap();
    write_volume(&mut batch, cut, 1, &mut volume).unwrap();
    let seeds: [(&str, Vec<u8>); 17] = [
        ("approval", approval.encode()),
        ("catalogue", include_bytes!("../../../config/catalogue.toml").to_vec()),
        ("content-statement", content.encode()),
        ("file", small),
        ("header", file[at.header..at.stanzas].to_vec()),
        ("key-line", stage.reviewers[0].public().unwrap().to_text().into_bytes()),
        ("manifest-block", encode_block(&entries).unwrap()),
        ("name", "卷宗/裁定书.pdf".into()),
        ("place", [vec![0; 48], series.clone()].concat()),
        ("prelude", file[..32].to_vec()),
        ("record", records(1).remove(0)),
        ("record-block", [3_u32.to_be_bytes().to_vec(), packed.stored].concat()),
        ("series-statement", series),
        ("stanzas", file[at.stanzas..at.body].to_vec()),
        ("head", head),
        ("volume", volume),
        ("trust-file", stage.trust.to_toml().unwrap().into_bytes()),
    ];
    for (target, bytes) in seeds {
        std::fs::create_dir_all(corpus(target)).unwrap();
        let name = ferry_format::encoding::hex::to_hex(&sha256(&bytes)[..8]);
        std::fs::write(corpus(target).join(name), bytes).unwrap();
    }
}
