//! The vectors of `testdata/vectors`: golden bytes, and one fault each. `index.tsv` has the
//! expected result. `FERRY_WRITE_VECTORS=1` writes them again; a changed byte then shows in the diff.

use super::*;
use crate::vectors::{all, folder};

#[test]
fn the_bytes_of_every_vector_are_unchanged() {
    let stage = stage();
    let write = std::env::var_os("FERRY_WRITE_VECTORS").is_some();
    let check = |name: &str, bytes: &[u8]| {
        let path = folder().join(name);
        if write {
            std::fs::write(&path, bytes).unwrap();
        }
        assert!(std::fs::read(&path).unwrap() == bytes, "{name}: other bytes than the golden file");
    };
    if write {
        let _ = std::fs::remove_dir_all(folder());
        std::fs::create_dir_all(folder()).unwrap();
    }
    let mut index = String::from("file\ttrust\texpected\n");
    let vectors = all(&stage);
    for v in &vectors {
        index.push_str(&format!("{}\t{}\t{}\n", v.name, v.trust, v.code));
        check(&v.name, &v.bytes);
    }
    check("index.tsv", index.as_bytes());
    check("trust.toml", stage.trust.to_toml().unwrap().as_bytes());
    let two = Trust { approvals_needed: 2, ..stage.trust.clone() };
    check("trust-two-approvals.toml", two.to_toml().unwrap().as_bytes());
    check("recipient.key", stage.recipient.to_text().as_bytes());
    assert_eq!(std::fs::read_dir(folder()).unwrap().count(), vectors.len() + 4, "a file is not in the index");
}

#[test]
fn every_vector_gives_the_verdict_of_the_index_and_there_are_two_hundred() {
    let stage = stage();
    let key = stage.recipient.unwrapper().unwrap();
    let index = std::fs::read_to_string(folder().join("index.tsv")).unwrap();
    let (mut bad, mut wrong) = (0, Vec::new());
    for line in index.lines().skip(1) {
        let [file, trust, expected] = line.split('\t').collect::<Vec<_>>()[..] else { panic!("{line}") };
        let bytes = std::fs::read(folder().join(file)).unwrap();
        let trust = Trust::from_toml(&std::fs::read_to_string(folder().join(trust)).unwrap()).unwrap();
        match open(&bytes, &trust, &key) {
            Ok(_) if expected == "ok" => {}
            Ok(_) => wrong.push(format!("{file}: accepted, expected {expected}")),
            Err(e) if e.code() == expected => bad += 1,
            Err(e) => wrong.push(format!("{file}: {} {e}, expected {expected}", e.code())),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(bad >= 200, "{bad}");
}
