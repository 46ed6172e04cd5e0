//! `make-draft COUNT DIR`: a reviewer's keys, a trust file and a draft of so many records, in an empty folder.
#![allow(clippy::disallowed_methods, clippy::disallowed_macros, reason = "tests set the stage themselves")]

use ferry_testkit::drafts::{Office, many};
use std::path::PathBuf;

fn main() {
    let mut given = std::env::args().skip(1);
    let count = given.next().and_then(|n| n.parse().ok()).expect("usage: make-draft COUNT DIR");
    let folder = given.next().map(PathBuf::from).expect("usage: make-draft COUNT DIR");
    let draft = Office::at(&folder).draft("draft.ferry", many(count));
    println!("{}", draft.display());
}
