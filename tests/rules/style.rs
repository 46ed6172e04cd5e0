//! How each file is written: it says what it is, and its functions fit on a page.

use ferry_testkit::source::{Source, all};

/// Lines of a function from `fn` to its last brace.
const FUNCTION_LINES_MAX: usize = 70;

/// Functions that are longer, each with the reason.
const LONG: &[(&str, &str, &str)] = &[];

/// The functions of a file: name, first line from 1, and length in lines.
fn functions(source: &Source) -> Vec<(String, usize, usize)> {
    let code = &source.code;
    let mut found = Vec::new();
    for (at, _) in code.match_indices("fn ") {
        let before = code[..at].chars().next_back();
        let name: String = code[at + 3..].chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        if name.is_empty() || before.is_some_and(|c| !c.is_whitespace()) {
            continue;
        }
        let Some(body) = body(&code[at..]) else { continue };
        let (mut depth, mut end) = (0_usize, code.len());
        for (n, c) in code[at + body..].char_indices().filter(|(_, c)| ['{', '}'].contains(c)) {
            if c == '{' {
                depth += 1;
            } else if depth == 1 {
                end = at + body + n;
                break;
            } else {
                depth -= 1;
            }
        }
        let line = code[..at].matches('\n').count() + 1;
        found.push((name, line, code[at..end].matches('\n').count() + 1));
    }
    found
}

/// Where the body of the function that begins here begins; one without a body ends before.
fn body(code: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, c) in code.char_indices() {
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' => depth = depth.checked_sub(1)?,
            '{' if depth == 0 => return Some(at),
            ';' if depth == 0 => return None,
            _ => {}
        }
    }
    None
}

#[test]
fn functions_have_at_most_seventy_lines() {
    let (mut found, mut unused) = (Vec::new(), LONG.to_vec());
    for source in all() {
        for (name, line, lines) in functions(&source).into_iter().filter(|(_, _, lines)| *lines > FUNCTION_LINES_MAX) {
            if LONG.iter().any(|(path, function, _)| *path == source.path && *function == name) {
                unused.retain(|(path, function, _)| *path != source.path || *function != name);
            } else {
                found.push(format!("{}:{line}: {name} has {lines} lines", source.path));
            }
        }
    }
    assert!(found.is_empty(), "functions of more than {FUNCTION_LINES_MAX} lines:\n{}", found.join("\n"));
    assert!(unused.is_empty(), "no longer there, or no longer so long: {unused:?}");
}

#[test]
fn every_file_begins_by_saying_what_it_is() {
    let silent: Vec<String> = all().into_iter().filter(|f| !f.text.starts_with("//! ")).map(|f| f.path).collect();
    assert!(silent.is_empty(), "without a first line `//! …`: {silent:?}");
}

#[test]
fn a_function_is_counted_from_its_name_to_its_last_brace() {
    let text = "trait T {\n    fn a(&self);\n    fn b(&self) -> u8 {\n        if true { 1 } else { 2 }\n    }\n}\nconst fn c(_: [u8; 3]) {}\nlet f: fn (u8);";
    let source = Source::new("x.rs".into(), text.into());
    assert_eq!(functions(&source), [("b".into(), 3, 3), ("c".into(), 7, 1)]);
}
