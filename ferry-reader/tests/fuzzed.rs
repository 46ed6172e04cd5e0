//! The stored corpus of every fuzz target is replayed. `FERRY_WRITE_VECTORS=1` writes the seeds again.
#![allow(clippy::disallowed_methods, clippy::disallowed_macros, reason = "tests set the stage themselves")]
#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

#[path = "../fuzz/targets.rs"]
mod targets;

use ferry_format::crypto::hash::sha256;
use ferry_format::encoding::hex::to_hex;
use ferry_testkit::made_package::MadePackage;
use ferry_testkit::made_pdf::MadePdf;
use std::path::PathBuf;

fn corpus(target: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/fuzz/corpus")).join(target)
}

#[test]
fn every_fuzz_target_of_the_reader_accepts_its_corpus() {
    for (name, target) in targets::ALL {
        let entries = std::fs::read_dir(corpus(name)).unwrap_or_else(|e| panic!("{name}: {e}"));
        let inputs: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
        assert!(!inputs.is_empty(), "{name} has no corpus");
        inputs.iter().for_each(|input| target(&std::fs::read(input).unwrap()));
    }
    assert_eq!(std::fs::read_dir(corpus("")).unwrap().count(), targets::ALL.len(), "a folder has no target");
}

/// Seeds that the code makes for every target.
#[test]
fn the_seeds_of_the_reader_are_those_that_the_code_makes() {
    let content = MadePackage::ofd_text("110105 2026");
    let body = MadePackage::paragraph(&["110105", "2026"]);
    let seeds: [(&str, Vec<u8>); 8] = [
        ("ofd", MadePackage::ofd(&content).bytes()),
        ("ofd-part", format!("<ofd:Page xmlns:ofd='x'>{content}</ofd:Page>").into_bytes()),
        ("ofd-part", b"<a>110105</a>".to_vec()),
        ("word", MadePackage::docx(&body).bytes()),
        ("word-part", format!("<w:body xmlns:w='x'>{body}</w:body>").into_bytes()),
        ("plain-text", "被执行人 110105".into()),
        ("plain-text", b"\xff\xfe1\0".to_vec()),
        ("pdf-frame", MadePdf::new().bytes()),
    ];
    for (target, bytes) in seeds {
        let name = to_hex(&sha256(&bytes)[..8]);
        if std::env::var_os("FERRY_WRITE_VECTORS").is_some() {
            std::fs::create_dir_all(corpus(target)).unwrap();
            std::fs::write(corpus(target).join(&name), &bytes).unwrap();
        }
        assert!(corpus(target).join(&name).exists(), "{target}/{name}");
    }
}
