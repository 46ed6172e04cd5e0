//! One language at a time: what people read stands in the `texts` of a crate, each wording a literal of its own.

use ferry_testkit::source::{PRODUCT, Source, product, root};

/// Files and folders with Chinese in their code that is data or grammar, not a text for people; each with the reason.
const CHINESE_DATA: &[(&str, &str)] = &[
    ("ferry-format/src/record/case_number.rs", "the grammar of case numbers: provinces and 号"),
    ("ferry-format/src/record/policy.rs", "surnames of two characters, for masking"),
    ("inner-agent/src/screening/digits.rs", "numerals that the scanner reads"),
    ("inner-agent/src/screening/labelled.rs", "names of travel documents that the scanner looks for"),
    ("inner-agent/src/screening/scanner.rs", "names of levels of secrecy that the scanner looks for"),
    ("outer-agent/src/ingest/rescan/scanner.rs", "the same, for the second scanner"),
    ("outer-agent/src/ingest/rescan/travel.rs", "the same, for the second scanner"),
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

/// The comments of a configuration.
fn comments(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter_map(|line| {
        // A `#` within a string has a quotation mark before and after it.
        let at = line.match_indices('#').find(|(at, _)| line[..*at].matches('"').count() % 2 == 0)?.0;
        Some(&line[at..])
    })
}

#[test]
fn an_annotated_configuration_is_in_chinese_and_has_an_english_twin_with_the_same_values() {
    for name in ["inner.toml", "outer.toml", "policy.toml"] {
        let [chinese, english] = ["config", "config/en"].map(|folder| {
            let path = root().join(folder).join(name);
            std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
        });
        let values = |text: &str| toml::from_str::<toml::Table>(text).unwrap();
        assert_eq!(values(&chinese), values(&english), "{name}");
        // Keys that are comments, and SQL, are the same in both.
        let same: Vec<&str> = comments(&chinese).filter(|comment| english.contains(comment)).collect();
        let both = comments(&chinese).filter(|c| !same.contains(c) && !is_chinese(c));
        assert_eq!(both.collect::<Vec<_>>(), Vec::<&str>::new(), "{name}: not in Chinese");
        let prose = comments(&english).filter(|c| !same.contains(c));
        // Examples of what stands in Chinese in a value or on a page.
        let quoted = ["张某", "鲁ICP备", "鲁公网安备"];
        let mixed = prose.filter(|c| is_chinese(c) && !quoted.iter().any(|example| c.contains(example)));
        assert_eq!(mixed.collect::<Vec<_>>(), Vec::<&str>::new(), "{name}: Chinese in the English twin");
        let mixed = comments(&chinese).filter(|c| is_chinese(c) && c.contains(" · "));
        assert_eq!(mixed.collect::<Vec<_>>(), Vec::<&str>::new(), "{name}: two languages in a comment");
    }
}

#[test]
fn two_languages_in_a_literal_are_noticed_and_a_name_or_a_unit_is_not() {
    for (text, both) in
        [("批次 batch was refused", true), ("已发布 {n} 批", false), ("SM2 签名", false), ("共 3 MiB", false)]
    {
        assert_eq!(is_chinese(text) && is_english(text), both, "{text}");
    }
}
