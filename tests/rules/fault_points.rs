//! Where faults are made: at the calls to the kernel, in the programs as they are shipped. Every call by which the sources may
//! change a disk is one that the programme of faults makes fail, and no program can be told to fail by itself.

use ferry_testkit::source::{PRODUCT, product, root};
use ferry_torture::faults::CALLS;
use std::collections::{BTreeMap, BTreeSet};

/// Functions that change a disk (`clippy.toml` allows them in `ferry_io::fs` alone), and the calls to the kernel behind them.
const DISK_FUNCTIONS: &[(&str, &[&str])] = &[
    ("std::fs::copy", &["openat", "copy_file_range", "sendfile", "fchmod"]),
    ("std::fs::create_dir", &["mkdir"]),
    ("std::fs::create_dir_all", &["mkdir"]),
    ("std::fs::hard_link", &["link"]),
    ("std::fs::remove_dir", &["rmdir"]),
    ("std::fs::remove_dir_all", &["unlinkat"]),
    ("std::fs::remove_file", &["unlink"]),
    ("std::fs::rename", &["rename"]),
    ("std::fs::set_permissions", &["chmod"]),
    ("std::fs::write", &["openat", "write"]),
    ("std::fs::File::create", &["openat"]),
    ("std::fs::File::create_new", &["openat"]),
    ("std::fs::File::options", &["openat", "write", "pwrite64", "writev", "pwritev"]),
    ("std::fs::File::set_len", &["ftruncate"]),
    ("std::fs::File::set_permissions", &["fchmod"]),
    ("std::fs::File::sync_all", &["fsync"]),
    ("std::fs::File::sync_data", &["fdatasync"]),
    ("std::fs::OpenOptions::new", &["openat"]),
    ("tempfile::NamedTempFile::new", &["openat"]),
    ("tempfile::NamedTempFile::new_in", &["openat"]),
    ("tempfile::NamedTempFile::with_prefix", &["openat"]),
    ("tempfile::NamedTempFile::with_prefix_in", &["openat"]),
    ("tempfile::NamedTempFile::persist", &["rename"]),
    ("tempfile::NamedTempFile::persist_noclobber", &["renameat2", "link"]),
    ("rustix::fs::renameat", &["renameat"]),
    ("rustix::fs::renameat_with", &["renameat2"]),
    ("rustix::fs::syncfs", &["syncfs"]),
    ("rustix::fs::fsync", &["fsync"]),
];

/// Files that read a variable of the environment, and which. None of them makes anything fail.
const ENVIRONMENT: &[(&str, &[&str])] = &[
    // FERRY is the prefix of the journal's fields.
    ("ferry-channel/src/runtime/log.rs", &["FERRY", "JOURNAL_STREAM"]),
    ("ferry-channel/src/runtime/user.rs", &["SUDO_USER"]),
    ("ferry-cli/src/review/server.rs", &["XDG_RUNTIME_DIR"]),
    ("ferry-io/src/keys/passphrase.rs", &["CREDENTIALS_DIRECTORY"]),
    ("ferry-io/src/output/language.rs", &["LC_ALL", "LC_MESSAGES", "LANG"]),
];

#[test]
fn every_function_that_changes_a_disk_is_behind_a_call_that_is_made_to_fail() {
    let clippy = std::fs::read_to_string(root().join("clippy.toml")).unwrap();
    let banned: BTreeSet<&str> = clippy
        .lines()
        .filter(|line| line.contains("use ferry_io::fs::"))
        .filter_map(|line| line.split_once("path = \"")?.1.split('"').next())
        .collect();
    let listed: BTreeSet<&str> = DISK_FUNCTIONS.iter().map(|(function, _)| *function).collect();
    assert_eq!(banned, listed, "left is what clippy.toml keeps to ferry_io::fs, right is what is listed here");
    let failed: BTreeSet<&str> = CALLS.split(',').collect();
    for (function, calls) in DISK_FUNCTIONS {
        for call in *calls {
            assert!(failed.contains(call), "{function} calls {call}, which no programme makes fail");
        }
    }
}

#[test]
fn no_program_has_a_switch_that_makes_it_fail() {
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for source in PRODUCT.iter().flat_map(|name| product(name)) {
        let code = source.product_code();
        assert!(!code.contains("fail_point"), "{}: a fault point", source.path);
        if !code.contains("env::var") {
            continue;
        }
        let is_name = |text: &String| text.len() > 2 && text.bytes().all(|b| b.is_ascii_uppercase() || b == b'_');
        let named =
            source.literals.iter().filter(|(line, _)| *line < source.tests_from()).map(|(_, text)| text.clone());
        found.insert(source.path.clone(), named.filter(is_name).collect());
    }
    let listed: BTreeMap<String, Vec<String>> = ENVIRONMENT
        .iter()
        .map(|(path, names)| ((*path).to_owned(), names.iter().map(|&name| name.to_owned()).collect()))
        .collect();
    assert_eq!(found, listed, "left is what the sources read, right is what is listed here");
}
