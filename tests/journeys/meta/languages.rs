//! One language at a time: what people read stands in the `texts` of a crate, each wording a literal of its own.

use crate::meta::source::{PRODUCT, Source, product};

/// Files and folders with Chinese in their code that is data or grammar, not a text for people; each with the reason.
const CHINESE_DATA: &[(&str, &str)] = &[
    ("ferry-format/src/record/case_number.rs", "the grammar of case numbers: provinces and 号"),
    ("ferry-format/src/record/policy.rs", "surnames of two characters, for masking"),
    ("outer-agent/src/portal/api/messages.rs", "examples of what callers send and get"),
    ("outer-agent/src/portal/api/public.rs", "examples of what callers send and get"),
    ("outer-agent/src/portal/api/schema.rs", "examples of what callers send and get"),
    ("outer-agent/src/portal/api/sessions.rs", "examples of what callers send and get"),
];

fn is_chinese(text: &str) -> bool {
    text.chars().any(|c| matches!(c, '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{323af}'))
}

/// Two English words: one of three letters or more, then one in small letters.
fn is_english(text: &str) -> bool {
    let words: Vec<&str> = text.split(' ').collect();
    words.windows(2).any(|pair| {
        let first = pair[0].chars().rev().take_while(char::is_ascii_alphabetic).count();
        let second = pair[1].chars().take_while(char::is_ascii_lowercase).count();
        first >= 3 && second >= 2
    })
}

/// A file of texts for people, where both wordings stand side by side.
fn is_texts(path: &str) -> bool {
    let parts: Vec<&str> = path.split('/').collect();
    parts.iter().any(|part| ["texts", "texts.rs", "i18n"].contains(part))
}

/// The literals of a file before its tests.
fn literals(source: &Source) -> impl Iterator<Item = &(usize, String)> {
    let end = source.tests_from();
    source.literals.iter().filter(move |(line, _)| *line < end)
}

#[test]
fn no_literal_holds_two_languages() {
    let mut found = Vec::new();
    for source in PRODUCT.iter().flat_map(|name| product(name)) {
        if is_texts(&source.path) {
            continue;
        }
        let both = literals(&source).filter(|(_, text)| is_chinese(text) && is_english(text));
        found.extend(both.map(|(line, text)| format!("{}:{line}: {text}", source.path)));
    }
    assert!(found.is_empty(), "Chinese and English in one literal:\n{}", found.join("\n"));
}

#[test]
fn chinese_is_only_in_texts() {
    let (mut found, mut unused) = (Vec::new(), CHINESE_DATA.to_vec());
    for source in PRODUCT.iter().flat_map(|name| product(name)).filter(|source| !is_texts(&source.path)) {
        let Some((line, text)) = literals(&source).find(|(_, text)| is_chinese(text)) else { continue };
        if CHINESE_DATA.iter().any(|(path, _)| source.path == *path) {
            unused.retain(|(path, _)| source.path != *path);
        } else {
            found.push(format!("{}:{line}: {text}", source.path));
        }
    }
    assert!(found.is_empty(), "Chinese outside `texts` (the first of each file):\n{}", found.join("\n"));
    assert!(unused.is_empty(), "no Chinese there: {unused:?}");
}

#[test]
fn two_languages_in_a_literal_are_noticed_and_a_name_or_a_unit_is_not() {
    for (text, both) in
        [("批次 batch was refused", true), ("已发布 {n} 批", false), ("SM2 签名", false), ("共 3 MiB", false)]
    {
        assert_eq!(is_chinese(text) && is_english(text), both, "{text}");
    }
}
