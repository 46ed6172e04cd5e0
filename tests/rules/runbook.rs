//! The two runbooks have an entry for each code that a program can print, and for no other.

use ferry_testkit::source::{PRODUCT, root};
use ferry_testkit::stage::walk;
use std::collections::{BTreeMap, BTreeSet};

const RUNBOOKS: [(&str, [&str; 4]); 2] = [
    ("ops/runbook.md", ["- **Means**: ", "- **Check**: ", "- **Do**: ", "- **Do not**: "]),
    ("ops/runbook.zh-CN.md", ["- **含义**：", "- **检查**：", "- **处理**：", "- **禁止**："]),
];

/// Every `FERRY-E` with four digits in a text.
pub fn codes(text: &str) -> impl Iterator<Item = String> + '_ {
    text.match_indices("FERRY-E").filter_map(|(at, name)| {
        let digits = text.get(at + name.len()..at + name.len() + 4)?;
        digits.bytes().all(|b| b.is_ascii_digit()).then(|| format!("{name}{digits}"))
    })
}

fn printed() -> BTreeSet<String> {
    let sources = PRODUCT.iter().flat_map(|krate| walk(&root().join(krate).join("src")));
    let rust = sources.filter(|path| path.extension().is_some_and(|e| e == "rs"));
    rust.flat_map(|path| codes(&std::fs::read_to_string(path).unwrap()).collect::<Vec<_>>()).collect()
}

/// Headings of codes, each with what stands below it.
fn entries(runbook: &str) -> BTreeMap<String, String> {
    let text = std::fs::read_to_string(root().join(runbook)).unwrap();
    let mut entries = BTreeMap::new();
    for part in text.split("\n### ").skip(1) {
        let (heading, below) = part.split_once('\n').unwrap();
        let below = below.split("\n## ").next().unwrap();
        for code in codes(heading) {
            assert!(heading.len() > code.len() + 3, "{runbook}: {code} has no name");
            assert!(entries.insert(code.clone(), below.to_owned()).is_none(), "{runbook}: {code} has two entries");
        }
    }
    entries
}

#[test]
fn each_code_has_a_complete_entry_in_both_runbooks() {
    let printed = printed();
    assert!(printed.len() > 50 && printed.contains("FERRY-E0101") && printed.contains("FERRY-E0634"), "{printed:?}");
    let mut wrong = Vec::new();
    for (runbook, parts) in RUNBOOKS {
        let entries = entries(runbook);
        wrong.extend(printed.iter().filter(|c| !entries.contains_key(*c)).map(|c| format!("{runbook} lacks {c}")));
        for (code, below) in &entries {
            if !printed.contains(code) {
                wrong.push(format!("{runbook} has an entry for {code}, which no source has"));
            }
            for part in parts {
                let said = below.lines().find_map(|line| line.strip_prefix(part)).unwrap_or_default();
                if said.trim().is_empty() {
                    wrong.push(format!("{runbook}: {code} lacks its line `{part}`"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn both_runbooks_start_with_a_morning_without_a_batch() {
    let second_headings = RUNBOOKS.map(|(runbook, _)| {
        let text = std::fs::read_to_string(root().join(runbook)).unwrap();
        text.lines().find_map(|line| line.strip_prefix("## ").map(str::to_owned)).unwrap()
    });
    assert_eq!(second_headings, ["Morning check: the batch did not arrive", "晨检：批次未到达"]);
}
