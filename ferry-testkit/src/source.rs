//! The Rust sources of the workspace as the other rules read them: code without comments and literals, and the literals.

use std::path::{Path, PathBuf};

/// The crates whose sources are shipped, lowest first.
pub const PRODUCT: [&str; 6] = ["ferry-format", "ferry-io", "ferry-channel", "ferry-cli", "inner-agent", "outer-agent"];
/// What tests, demonstrations and measurements are made of.
const TESTING: [&str; 9] = [
    "ferry-testkit/src",
    "ferry-torture/src",
    "tests/journeys",
    "tests/rules",
    "ferry-format/tests",
    "ferry-format/fuzz",
    "ferry-io/tests",
    "ferry-channel/tests",
    "ferry-cli/tests",
];

/// One file of Rust.
pub struct Source {
    /// From the workspace's root, with `/`.
    pub path: String,
    pub text: String,
    /// The text with every comment and the inside of every literal blank; lines and columns stay.
    pub code: String,
    /// Line (from 1) and text of each string literal, escapes as written.
    pub literals: Vec<(usize, String)>,
}

impl Source {
    pub fn new(path: String, text: String) -> Self {
        let (code, literals) = split(&text);
        Self { path, text, code, literals }
    }

    /// The first line of the tests at the end of the file, or the number of lines where there are none.
    pub fn tests_from(&self) -> usize {
        let lines: Vec<&str> = self.code.lines().collect();
        let is_module = |line: &str| {
            let line = line.strip_prefix("pub").unwrap_or(line).trim_start_matches("(crate)").trim_start();
            line.starts_with("mod ") && line.ends_with('{')
        };
        let is_test_module = |at: &usize| {
            lines[*at].starts_with("#[cfg(test)]") && lines.get(at + 1).is_some_and(|line| is_module(line))
        };
        (0..lines.len()).find(is_test_module).map_or(lines.len() + 1, |at| at + 1)
    }

    /// The code before the tests.
    pub fn product_code(&self) -> String {
        self.code.lines().take(self.tests_from() - 1).collect::<Vec<_>>().join("\n")
    }
}

pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// The sources of a crate that are shipped: no file of tests alone.
pub fn product(name: &str) -> Vec<Source> {
    let mut files = rust_files(&format!("{name}/src"));
    files.retain(|f| !f.path.ends_with("/tests.rs"));
    files
}

/// Every Rust file of the workspace.
pub fn all() -> Vec<Source> {
    let product = PRODUCT.map(|name| format!("{name}/src"));
    product.iter().map(String::as_str).chain(TESTING).flat_map(rust_files).collect()
}

/// The Rust files below a folder, in the order of their paths.
fn rust_files(folder: &str) -> Vec<Source> {
    let mut found = Vec::new();
    for path in crate::stage::walk(&root().join(folder)) {
        let name = path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned();
        if name.ends_with(".rs") && !name.contains("/target/") {
            found.push(Source::new(name, std::fs::read_to_string(&path).unwrap()));
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

/// Takes comments and literals out of a text.
fn split(text: &str) -> (String, Vec<(usize, String)>) {
    let (mut code, mut literals) = (String::with_capacity(text.len()), Vec::new());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let after_word = code.chars().next_back().is_some_and(|c| c.is_alphanumeric() || c == '_');
        let (length, literal) = if rest.starts_with("//") {
            (rest.find('\n').unwrap_or(rest.len()), None)
        } else if rest.starts_with("/*") {
            (block_comment(rest), None)
        } else if let Some((before, inside, whole)) = string(rest).filter(|_| !after_word || first == '"') {
            (whole, Some(&rest[before..before + inside]))
        } else if let Some(length) = character(rest) {
            (length, None)
        } else {
            code.push(first);
            rest = &rest[first.len_utf8()..];
            continue;
        };
        if let Some(literal) = literal {
            literals.push((code.matches('\n').count() + 1, literal.to_owned()));
        }
        code.extend(rest[..length].chars().map(|c| if c == '\n' { '\n' } else { ' ' }));
        rest = &rest[length..];
    }
    (code, literals)
}

/// Bytes of a block comment, with those inside it.
fn block_comment(text: &str) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < text.len() {
        match &text[at..] {
            t if t.starts_with("/*") => (depth, at) = (depth + 1, at + 2),
            t if t.starts_with("*/") => (depth, at) = (depth - 1, at + 2),
            t => at += t.chars().next().map_or(1, char::len_utf8),
        }
        if depth == 0 {
            break;
        }
    }
    at
}

/// Bytes before the inside of a string literal that stands here, those inside, and all.
fn string(text: &str) -> Option<(usize, usize, usize)> {
    let prefix = text.find(|c| !matches!(c, 'b' | 'c' | 'r')).filter(|n| *n <= 2)?;
    let hashes = text[prefix..].find(|c| c != '#')?;
    let start = prefix + hashes + 1;
    if !text[prefix + hashes..].starts_with('"') {
        return None;
    }
    let inside = if text[..prefix].contains('r') {
        text[start..].find(&format!("\"{}", "#".repeat(hashes)))?
    } else if hashes == 0 {
        let mut escaped = false;
        text[start..].find(|c| {
            let ends = c == '"' && !escaped;
            escaped = c == '\\' && !escaped;
            ends
        })?
    } else {
        return None;
    };
    Some((start, inside, start + inside + 1 + hashes))
}

/// Bytes of a character literal that stands here. A lifetime is none.
fn character(text: &str) -> Option<usize> {
    let inside = text.strip_prefix('\'')?;
    if let Some(escape) = inside.strip_prefix('\\') {
        let skipped = escape.chars().next()?.len_utf8();
        return Some(2 + skipped + escape[skipped..].find('\'')? + 1);
    }
    let c = inside.chars().next()?;
    inside[c.len_utf8()..].starts_with('\'').then(|| 1 + c.len_utf8() + 1)
}

#[test]
fn comments_and_literals_are_told_apart_from_code() {
    let text = "let a = \"x // \\\" y\"; // \"no\"\nlet b = r#\"q \" w\"#; let c = '\"'; let d: &'a str = b\"z\"; /* \" /* */ */ e";
    let source = Source::new("a.rs".into(), text.into());
    let literals: Vec<(usize, &str)> = source.literals.iter().map(|(line, text)| (*line, text.as_str())).collect();
    assert_eq!(literals, [(1, "x // \\\" y"), (2, "q \" w"), (2, "z")]);
    let words: Vec<&str> = source.code.split_whitespace().collect();
    assert_eq!(
        words,
        ["let", "a", "=", ";", "let", "b", "=", ";", "let", "c", "=", ";", "let", "d:", "&'a", "str", "=", ";", "e"]
    );
}
