//! What the documents name is there: links, headings, files, modules and types.

use ferry_testkit::source::{Source, all, root};
use ferry_testkit::stage::walk;
use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

/// A document: its path from the root, and its text.
struct Page {
    path: String,
    text: String,
}

fn pages() -> Vec<Page> {
    let mut found = Vec::new();
    let folders = ["docs", "ops", "ferry-format", "tests", ".github"].map(|f| root().join(f));
    let top = std::fs::read_dir(root()).unwrap().flatten().map(|e| e.path()).filter(|p| p.is_file());
    for path in folders.iter().flat_map(|f| walk(f)).chain(top) {
        let name = path.strip_prefix(root()).unwrap().to_str().unwrap_or_default().to_owned();
        let is_ours = name.ends_with(".md") && !name.contains("/target/") && !name.contains("node_modules/");
        if is_ours {
            found.push(Page { path: name, text: std::fs::read_to_string(&path).unwrap() });
        }
    }
    assert!(found.len() > 50, "{}", found.len());
    found
}

/// The text without its fenced blocks.
fn prose(text: &str) -> String {
    let mut inside = false;
    let keep = |line: &&str| {
        let is_fence = line.trim_start().starts_with("```");
        inside ^= is_fence;
        !is_fence && !inside
    };
    text.lines().filter(keep).collect::<Vec<_>>().join("\n")
}

/// What stands in backticks.
fn quoted(text: &str) -> Vec<String> {
    prose(text)
        .lines()
        .flat_map(|line| line.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>())
        .collect()
}

/// Where the links of a page lead.
fn links(text: &str) -> Vec<String> {
    let prose = prose(text);
    let targets = prose.split("](").skip(1).filter_map(|rest| rest.split_once(')'));
    targets.map(|(target, _)| target.to_owned()).filter(|t| !t.contains("://") && !t.starts_with("mailto:")).collect()
}

/// The name that a heading has in an address, as GitHub and mdBook make it.
fn anchor(heading: &str) -> String {
    let kept = heading.trim().to_lowercase();
    let kept = kept.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}

fn anchors(text: &str) -> BTreeSet<String> {
    let prose = prose(text);
    prose.lines().filter(|l| l.starts_with('#')).map(|l| anchor(l.trim_start_matches('#'))).collect()
}

/// A path without `.` and `..`.
fn plain(path: &Path) -> PathBuf {
    let mut parts = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => assert!(parts.pop(), "{} leads out", path.display()),
            Component::CurDir => {}
            part => parts.push(part),
        }
    }
    parts
}

#[test]
fn every_link_of_a_document_leads_to_a_file_and_a_heading_that_exist() {
    let mut dead = Vec::new();
    for page in pages() {
        for link in links(&page.text) {
            let (file, heading) = link.split_once('#').unwrap_or((&link, ""));
            let folder = Path::new(&page.path).parent().unwrap();
            let target = if file.is_empty() { PathBuf::from(&page.path) } else { plain(&folder.join(file)) };
            let path = root().join(&target);
            if !path.exists() {
                dead.push(format!("{}: {link}", page.path));
            } else if !heading.is_empty() && !anchors(&std::fs::read_to_string(&path).unwrap()).contains(heading) {
                dead.push(format!("{}: {link}: no such heading", page.path));
            }
        }
    }
    assert!(dead.is_empty(), "links that lead nowhere:\n{}", dead.join("\n"));
}

/// Whether a text is a path from the root: letters, digits and `._-` between slashes, beginning with something of the root.
fn is_path(text: &str) -> bool {
    let is_part = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c));
    let parts: Vec<&str> = text.trim_end_matches('/').split('/').collect();
    parts.len() > 1
        && parts.iter().all(|part| is_part(part))
        && root().join(parts[0]).exists()
        && !["target", "court"].contains(&parts[0])
        // A place to be filled in.
        && !text.contains("NAME")
}

#[test]
fn every_path_that_a_document_names_exists() {
    let mut dead = Vec::new();
    for page in pages() {
        let paths =
            quoted(&page.text).into_iter().map(|t| t.trim_start_matches("./").to_owned()).filter(|t| is_path(t));
        dead.extend(paths.filter(|p| !root().join(p).exists()).map(|p| format!("{}: {p}", page.path)));
    }
    // Comments of the sources name documents.
    for source in all() {
        for rest in source.text.split("docs/").skip(1) {
            let name: String = rest.chars().take_while(|c| c.is_ascii_alphanumeric() || "._/-".contains(*c)).collect();
            if name.ends_with(".md") && !name.contains("NAME") && !root().join("docs").join(&name).exists() {
                dead.push(format!("{}: docs/{name}", source.path));
            }
        }
    }
    assert!(dead.is_empty(), "paths that do not exist:\n{}", dead.join("\n"));
}

/// Whether `ferry_io::fs::durable` or the like names a module or something in one.
fn is_there(path: &str) -> bool {
    if let Some(name) = path.strip_suffix('!') {
        let name = name.rsplit("::").next().unwrap();
        return all().iter().any(|source| source.code.contains(&format!("macro_rules! {name} ")));
    }
    let mut parts = path.split("::");
    let mut folder = root().join(parts.next().unwrap().replace('_', "-")).join("src");
    let mut text = std::fs::read_to_string(folder.join("lib.rs")).unwrap();
    for part in parts {
        let (file, inside) = (folder.join(format!("{part}.rs")), folder.join(part));
        if let Ok(module) = std::fs::read_to_string(&file).or_else(|_| std::fs::read_to_string(inside.join("mod.rs"))) {
            (text, folder) = (module, inside);
        } else {
            return text.split(|c: char| !(c.is_alphanumeric() || c == '_')).any(|word| word == part);
        }
    }
    true
}

#[test]
fn every_module_and_type_that_the_documents_of_the_code_name_exists() {
    let sources = all();
    let defines = |name: &str| {
        let is_definition = |source: &Source| {
            ["struct ", "enum ", "trait ", "type "].iter().any(|word| {
                source.code.match_indices(&format!("{word}{name}")).any(|(at, found)| {
                    !source.code[at + found.len()..].starts_with(|c: char| c.is_alphanumeric() || c == '_')
                })
            })
        };
        sources.iter().any(is_definition)
    };
    let is_type = |text: &str| {
        let name = text.split("::").next().unwrap();
        text.chars().all(|c| c.is_ascii_alphanumeric() || c == ':')
            && name.starts_with(|c: char| c.is_ascii_uppercase())
            && name.contains(|c: char| c.is_ascii_lowercase())
            && name.len() > 2
    };
    let mut dead = Vec::new();
    for page in pages() {
        let is_of_code = page.path.starts_with("docs/dev/glossary") || page.path == "ARCHITECTURE.md";
        for text in quoted(&page.text) {
            if text.starts_with("ferry_") && text.contains("::") {
                let path = text.split(['(', '<', ' ']).next().unwrap();
                if !is_there(path) {
                    dead.push(format!("{}: {text}", page.path));
                }
            } else if is_of_code && is_type(&text) && !defines(text.split("::").next().unwrap()) {
                dead.push(format!("{}: {text}", page.path));
            }
        }
    }
    assert!(dead.is_empty(), "modules and types that do not exist:\n{}", dead.join("\n"));
}

#[test]
fn the_summary_of_the_book_lists_every_document_once() {
    let summary = std::fs::read_to_string(root().join("docs/SUMMARY.md")).unwrap();
    let mut listed = links(&summary);
    let count = listed.len();
    listed.sort();
    listed.dedup();
    assert_eq!(count, listed.len(), "a document is listed twice");
    let mut there: Vec<String> =
        pages().into_iter().filter_map(|p| Some(p.path.strip_prefix("docs/")?.to_owned())).collect();
    there.retain(|path| path != "SUMMARY.md");
    there.sort();
    assert_eq!(there, listed, "left is what is in docs/, right is what docs/SUMMARY.md lists");
}

#[test]
fn links_headings_and_paths_are_read_as_markdown_writes_them() {
    let text = "[a](b.md#c) and `x/y.rs`\n```\n[no](z.md)\n```\n## A “heading”: here";
    assert_eq!(links(text), ["b.md#c"]);
    assert_eq!(quoted(text), ["x/y.rs"]);
    assert_eq!(anchors(text), ["a-heading-here".to_owned()].into());
    assert!(is_path("docs/bench.md") && !is_path("docs") && !is_path("text/html") && !is_path("docs/NAME.md"));
    assert_eq!(plain(Path::new("docs/dev/../api.md")), Path::new("docs/api.md"));
}
