//! `ferry catalogue` over the real binary: the page that a reviewer reads and signs.
#![allow(clippy::disallowed_methods, clippy::disallowed_macros, reason = "tests set the stage themselves")]
#![allow(missing_docs, reason = "a test binary has no readers of its documentation")]
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use ferry_format::encoding::hex::to_hex;
use ferry_format::record::catalogue::{CORRECTION, Catalogue};
use ferry_format::record::policy::Policy;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn config(name: &str) -> PathBuf {
    root().join("config").join(name)
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn catalogue_in(language: &str, arguments: &[&str]) -> Output {
    let mut ferry = Command::new(env!("CARGO_BIN_EXE_ferry"));
    ferry.args(["--lang", language, "catalogue"]).args(arguments).output().unwrap()
}

fn catalogue(arguments: &[&str]) -> Output {
    catalogue_in("en", arguments)
}

fn done(arguments: &[&str]) -> String {
    done_in("en", arguments)
}

fn done_in(language: &str, arguments: &[&str]) -> String {
    let out = catalogue_in(language, arguments);
    assert!(out.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).unwrap()
}

/// The page of the court's catalogue and policy.
fn page(language: &str, more: &[&str]) -> String {
    let (catalogue, policy) = (config("catalogue.toml"), config("policy.toml"));
    let fixed = ["show", catalogue.to_str().unwrap(), "--policy", policy.to_str().unwrap()];
    done_in(language, &[&fixed, more].concat())
}

fn rules() -> (Catalogue, Policy) {
    let catalogue = Catalogue::from_toml(&std::fs::read_to_string(config("catalogue.toml")).unwrap()).unwrap();
    let policy = std::fs::read_to_string(config("policy.toml")).unwrap();
    let policy = Policy::from_toml(&policy, &catalogue).unwrap();
    (catalogue, policy)
}

/// The court's catalogue with one text replaced, and its path.
fn changed(dir: &Path, from: &str, to: &str) -> String {
    let text = std::fs::read_to_string(config("catalogue.toml")).unwrap();
    assert!(text.contains(from), "{from}");
    let path = dir.join("catalogue.toml");
    std::fs::write(&path, text.replacen(from, to, 1)).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn check_names_catalogue_kinds_and_both_digests_in_one_line() {
    let (rules, policy) = rules();
    let (file, policy_file) = (config("catalogue.toml"), config("policy.toml"));
    let line = done(&["check", file.to_str().unwrap(), "--policy", policy_file.to_str().unwrap()]);
    assert_eq!(line.lines().count(), 1);
    for part in [
        rules.name.clone(),
        format!("{} kinds", rules.kinds.len()),
        to_hex(&rules.digest().unwrap()),
        to_hex(&policy.digest().unwrap()),
    ] {
        assert!(line.contains(&part), "{part} in {line}");
    }
}

#[test]
fn check_refuses_with_65_and_names_file_kind_field_and_rule() {
    let dir = tempfile::tempdir().unwrap();
    let claim = "type = \"amount-fen\", order = 5 }";
    let cases: [(&str, &str, &[&str]); 7] = [
        ("audience = { role", "audience = { rule", &["`kinds.planned-measure.audience`", "line ", "rule"]),
        (claim, "type = { text = 0 }, order = 5 }", &["`case.claim`", "1 to 65536"]),
        (claim, "type = { txt = 9 }, order = 5 }", &["`kinds.case.fields.claim.type", "line ", "txt"]),
        ("expected-at = [\"closed\"]", "expected-at = [\"ended\"]", &["`closing`", "a step that no case has"]),
        ("since = \"closed-on\"", "since = \"closed\"", &["`closing`", "not a date or time"]),
        ("served = true", "served = false", &["`service`", "consent"]),
        ("receipt = \"service-receipt\"", "receipt = \"case\"", &["`roles.receipt`", "fits this role"]),
    ];
    for (from, to, named) in cases {
        let path = changed(dir.path(), from, to);
        let out = catalogue(&["check", &path]);
        let text = String::from_utf8(out.stderr).unwrap();
        assert_eq!(out.status.code(), Some(65), "{text}");
        for part in named.iter().chain(&["catalogue.toml", "hint: ", "[FERRY-E0501]"]) {
            assert!(text.contains(part), "{part} in {text}");
        }
    }
    let policy = dir.path().join("policy.toml");
    let text = std::fs::read_to_string(config("policy.toml")).unwrap();
    std::fs::write(&policy, text.replace("[mask.announcement]\nconcerns", "[mask.judgment]\ncase-no")).unwrap();
    let out = catalogue(&["check", config("catalogue.toml").to_str().unwrap(), "--policy", policy.to_str().unwrap()]);
    let text = String::from_utf8(out.stderr).unwrap();
    assert_eq!(out.status.code(), Some(65), "{text}");
    assert!(
        text.contains("policy.toml") && text.contains("`mask.judgment`") && text.contains("never masked"),
        "{text}"
    );
}

#[test]
fn every_kind_and_every_field_is_on_the_page_in_the_language_chosen_and_in_that_alone() {
    let (rules, policy) = rules();
    for (language, is_chinese) in [("zh", true), ("en", false)] {
        let name = |zh: &str, en: &str| if is_chinese { zh.to_owned() } else { en.to_owned() };
        let (never_hidden, surname) =
            if is_chinese { ("不得遮蔽", "姓名只留姓") } else { ("never hidden", "name: surname only") };
        for (text, is_html) in [(page(language, &[]), false), (page(language, &["--html"]), true)] {
            for digest in [rules.digest().unwrap(), policy.digest().unwrap()] {
                assert!(text.contains(&to_hex(&digest)));
            }
            for (id, kind) in &rules.kinds {
                // From the kind's own heading to the next: a field must be under its kind.
                let begin = if is_html { format!("id=\"kind-{id}\"") } else { format!("({id})\n\n") };
                let at = text.find(&begin).unwrap_or_else(|| panic!("{id} has no heading"));
                let end = if is_html { "</section>" } else { "\n##" };
                let part = &text[at..];
                let part = &part[..part[1..].find(end).map_or(part.len(), |n| n + 1)];
                assert!(part.contains(&kind.article) && part.contains(&kind.department), "{id}");
                for (field_id, field) in &kind.fields {
                    let shown = name(&field.zh, &field.en);
                    if CORRECTION.contains(&field_id.as_str()) {
                        assert!(!part.contains(&shown), "{id} repeats {field_id}");
                        assert_eq!(text.matches(&shown).count(), 1, "{field_id} is explained once");
                        continue;
                    }
                    for word in [field_id, &shown] {
                        assert!(part.contains(word.as_str()), "{word} of {id}.{field_id}");
                    }
                    if let ferry_format::record::catalogue::FieldType::Code(codes) = &field.kind {
                        assert!(codes.iter().all(|(c, t)| part.contains(c) && part.contains(t)), "{id}.{field_id}");
                    }
                }
                let fixed = kind.fields.values().filter(|f| f.never_hidden).count();
                assert_eq!(part.matches(never_hidden).count(), fixed, "{id}");
                let masks = policy.mask.get(id).map_or(0, |m| m.len());
                assert_eq!(part.matches(surname).count(), masks, "{id}");
            }
            let other = if is_chinese { "What never crosses" } else { "绝不出网" };
            assert!(!text.contains(other), "{language}");
        }
    }
}

#[test]
fn the_html_is_one_file_without_scripts_and_loads_nothing() {
    let html = page("zh", &["--html"]);
    for word in ["<script", "http:", "https:", "src=", "url(", "@import", "<link", "<img", "javascript"] {
        assert!(!html.contains(word), "{word}");
    }
    assert!(html.contains("default-src 'none'") && html.contains("@media print") && html.contains("size: A4"));
}

#[test]
fn hostile_names_are_text_on_both_pages() {
    let dir = tempfile::tempdir().unwrap();
    let hostile = r"<script>alert(1)</script> | [x](https://evil.example) **b** `c` &lt; # \u202Egnp.exe\n# y";
    let path = changed(dir.path(), "cause = { zh = \"案由\"", &format!("cause = {{ zh = \"{hostile}\""));
    let html = done_in("zh", &["show", &path, "--html"]);
    assert!(!html.contains("<script") && html.contains("script&#62;alert(1)"), "the name is escaped");
    assert!(html.contains("&#38;lt;"));
    let markdown = done_in("zh", &["show", &path]);
    let line = markdown.lines().find(|l| l.contains("alert(1)")).unwrap();
    for raw in ["| <script", "[x]", "https:", "**b**", " `c`"] {
        assert!(!line.contains(raw), "{raw} in {line}");
    }
    assert!(line.contains(r"\<script\>") && line.contains(r" \| ") && line.contains(r"\\n\# y"), "{line}");
    for page in [html, markdown] {
        assert!(page.contains(r"\u{202e}gnp") && !page.contains('\u{202E}'), "a direction mark is shown");
    }
}

#[test]
fn the_page_is_written_to_a_new_file_only() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("page.html");
    let (rules, out) = (config("catalogue.toml"), out.to_str().unwrap());
    let line = ["show", rules.to_str().unwrap(), "--html", "-o", out];
    assert_eq!(done(&line), "");
    assert!(std::fs::read_to_string(out).unwrap().starts_with("<!DOCTYPE html>"));
    assert_eq!(catalogue(&line).status.code(), Some(73), "nothing is overwritten");
}

#[test]
fn the_pages_in_the_repository_are_those_of_the_catalogue_in_the_repository() {
    for (language, file) in [("en", "docs/catalogue.md"), ("zh", "docs/catalogue.zh-CN.md")] {
        let kept = std::fs::read_to_string(root().join(file)).unwrap_or_default();
        let again = format!(
            "cargo run -p ferry-cli -- --lang {language} catalogue show config/catalogue.toml --policy config/policy.toml > {file}"
        );
        assert!(kept == page(language, &[]), "{file} is not up to date; write it again:\n  {again}");
    }
}
