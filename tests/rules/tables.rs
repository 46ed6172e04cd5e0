//! The door of each table: the ledger's tables are those named `ferry_…`, and each is changed by one file.

use ferry_testkit::source::{PRODUCT, Source, product};
use std::collections::{BTreeMap, BTreeSet};

/// What changes rows of the table that is named next.
const CHANGES: [&str; 5] =
    ["INSERT INTO ", "INSERT OR REPLACE INTO ", "INSERT OR IGNORE INTO ", "UPDATE ", "DELETE FROM "];
/// What reads rows of the table that is named next.
const READS: [&str; 2] = ["FROM ", "JOIN "];
/// The table that agents join with their own: which batch a record is in, and what became of it.
const JOINED: &str = "ferry_sent";

/// The ledger's tables that a file's literals name after one of these words, before its tests.
fn named(source: &Source, words: &[&str]) -> BTreeSet<String> {
    let before_tests = source.literals.iter().filter(|(line, _)| *line < source.tests_from());
    let mut tables = BTreeSet::new();
    for (_, literal) in before_tests {
        // A statement may be broken anywhere between its words.
        let literal = literal.split_whitespace().collect::<Vec<_>>().join(" ");
        for word in words {
            for (at, _) in literal.match_indices(word) {
                let name = &literal[at + word.len()..];
                let name: String = name.chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect();
                if name.starts_with("ferry_") {
                    tables.insert(name);
                }
            }
        }
    }
    tables
}

#[test]
fn each_table_of_the_ledger_is_changed_by_one_file_of_ferry_channel() {
    let mut doors: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for source in PRODUCT.iter().flat_map(|name| product(name)) {
        for table in named(&source, &CHANGES) {
            doors.entry(table).or_default().push(source.path.clone());
        }
    }
    assert!(doors.len() > 15, "hardly any table was found: {doors:?}");
    doors.retain(|_, files| files.len() > 1 || !files[0].starts_with("ferry-channel/"));
    assert!(doors.is_empty(), "changed elsewhere too: {doors:#?}");
}

#[test]
fn agents_read_of_the_ledger_only_what_became_of_a_batch_with_a_record() {
    let agents = ["inner-agent", "outer-agent"].into_iter().flat_map(product);
    let mut read: Vec<(String, String)> = Vec::new();
    for source in agents {
        let tables = named(&source, &READS).into_iter().filter(|table| table != JOINED && table != "ferry_rows");
        read.extend(tables.map(|table| (source.path.clone(), table)));
    }
    assert!(read.is_empty(), "read past the functions of the ledger: {read:#?}");
}

#[test]
fn a_table_is_found_where_a_statement_is_broken() {
    let text =
        "fn a() { let sql = \"INSERT\n INTO ferry_x VALUES (1)\"; }\n#[cfg(test)]\nmod tests {\n \"UPDATE ferry_y\" }";
    assert_eq!(named(&Source::new("x.rs".into(), text.into()), &CHANGES), BTreeSet::from(["ferry_x".to_owned()]));
}
