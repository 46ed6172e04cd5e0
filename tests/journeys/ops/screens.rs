//! What operators and reviewers read most, as files in `tests/journeys/ops/screens/`: a changed text shows in the diff.
//! `FERRY_WRITE_SCREENS=1` writes them again.

use ferry_testkit::stage::Court;
use std::path::Path;

/// Times, digests, sizes and folders become letters: what is left is the same in every run.
fn steady(text: &str, court: &Court) -> String {
    let text = text.replace(&court.path("").display().to_string(), "COURT/");
    let mut out = String::new();
    for line in text.lines() {
        let words = line.split(' ').map(|word| {
            let (has_digit, is_number) =
                (word.contains(|c: char| c.is_ascii_digit()), word.chars().all(|c| c.is_ascii_digit()));
            let is_hex = word.len() >= 16 && word.chars().all(|c| c.is_ascii_hexdigit() || c == '…');
            match word {
                _ if is_hex => "H".repeat(8),
                "KiB" | "MiB" | "GiB" | "KiB," | "MiB," | "KiB，预留" => "MiB".to_owned(),
                _ if has_digit && (!is_number || word.len() > 4) && !word.contains('/') => mask(word),
                _ => word.to_owned(),
            }
        });
        out.push_str(words.collect::<Vec<_>>().join(" ").trim_end());
        out.push('\n');
    }
    out
}

/// Each number becomes a 9, whatever its length.
fn mask(word: &str) -> String {
    let mut out = String::new();
    for c in word.chars() {
        match c {
            '0'..='9' if out.ends_with('9') => {}
            '0'..='9' => out.push('9'),
            c => out.push(c),
        }
    }
    out.replace("9.9", "9")
}

#[test]
fn status_plan_and_summaries_read_as_in_the_golden_files_in_both_languages() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("journeys/ops/screens");
    let court = Court::new(12);
    let read = |name: &str, side: &str, line: &[&str]| {
        for language in ["zh", "en"] {
            let out = court.try_agent(side, &[&["--lang", language], line].concat());
            let shown = steady(&String::from_utf8(out.stdout).unwrap(), &court);
            let file = folder.join(format!("{name}.{language}.txt"));
            if std::env::var_os("FERRY_WRITE_SCREENS").is_some() {
                std::fs::create_dir_all(&folder).unwrap();
                std::fs::write(&file, &shown).unwrap();
            }
            assert_eq!(std::fs::read_to_string(&file).unwrap(), shown, "{}", file.display());
        }
    };
    read("inner-status-before-the-first-run", "inner", &["status"]);
    read("plan", "inner", &["plan"]);
    court.up();
    court.down();
    read("inner-status", "inner", &["status"]);
    read("outer-status", "outer", &["status"]);
    read("gaps", "outer", &["gaps", "list"]);
    read("quarantine", "outer", &["quarantine", "list"]);
    read("drafts", "inner", &["review", "list"]);
}
