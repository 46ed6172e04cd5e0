//! THREAT_MODEL.md names tests that exist.

use ferry_testkit::source::root;
use std::collections::BTreeSet;
use std::path::Path;

/// Every test of a folder, as `module::name`, where the module is the file or the folder that the test stands in.
fn tests_in(folder: &Path, into: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            tests_in(&path, into);
        } else if path.extension().is_some_and(|e| e == "rs") {
            let stem = path.file_stem().unwrap().to_string_lossy().into_owned();
            let folder = path.parent().unwrap().file_name().unwrap().to_string_lossy().into_owned();
            let module = if stem == "mod" { folder } else { stem };
            let text = std::fs::read_to_string(&path).unwrap();
            let after = text.split("#[test]").skip(1);
            let names = after.filter_map(|t| t.split_once("fn ")?.1.split_once('(').map(|(name, _)| name.to_owned()));
            into.extend(names.map(|name| format!("{module}::{name}")));
        }
    }
}

#[test]
fn every_test_that_the_threat_model_names_exists_and_every_attempt_names_one() {
    let mut tests = BTreeSet::new();
    for folder in ["tests/journeys", "ferry-format/tests", "ferry-channel/tests"] {
        tests_in(&root().join(folder), &mut tests);
    }
    let text = std::fs::read_to_string(root().join("THREAT_MODEL.md")).unwrap();
    let attempts: Vec<&str> = text.lines().filter(|l| l.starts_with("| T") || l.starts_with("| any")).collect();
    let attempts: Vec<&&str> = attempts.iter().filter(|l| l.matches('|').count() == 6).collect();
    assert!(attempts.len() >= 25, "{}", attempts.len());
    for line in attempts {
        let named: Vec<&str> = line.split('`').skip(1).step_by(2).filter(|t| t.contains("::")).collect();
        assert!(!named.is_empty(), "no test shows: {line}");
        for name in named {
            assert!(tests.contains(name), "THREAT_MODEL.md names {name}, which is no test");
        }
    }
}
