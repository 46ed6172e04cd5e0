//! The dependencies: licences, banned crates and sources as `deny.toml` lists them, and a line about each direct one in
//! `docs/dependencies.md`. `ops/release-check` asks cargo-deny the same, and for advisories.

use ferry_testkit::source::root;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    workspace_members: BTreeSet<String>,
}

#[derive(Deserialize)]
struct Package {
    id: String,
    name: String,
    license: Option<String>,
    source: Option<String>,
    dependencies: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
    /// The folder of a crate of the workspace.
    path: Option<String>,
    /// `dev` for tests, `build` for building; nothing for what a program contains.
    kind: Option<String>,
}

#[derive(Deserialize)]
struct Deny {
    advisories: Advisories,
    licenses: Licenses,
    bans: Bans,
    sources: Sources,
}

#[derive(Deserialize)]
struct Advisories {
    ignore: Vec<Ignored>,
}

#[derive(Deserialize)]
struct Ignored {
    id: String,
    reason: String,
}

#[derive(Deserialize)]
struct Licenses {
    allow: BTreeSet<String>,
    exceptions: Vec<Exception>,
}

#[derive(Deserialize)]
struct Exception {
    #[serde(rename = "crate")]
    name: String,
    allow: BTreeSet<String>,
}

#[derive(Deserialize)]
struct Bans {
    deny: Vec<Banned>,
}

#[derive(Deserialize)]
struct Banned {
    #[serde(rename = "crate")]
    name: String,
    reason: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Sources {
    allow_registry: Vec<String>,
    allow_git: Vec<String>,
}

fn read(file: &str) -> String {
    std::fs::read_to_string(root().join(file)).unwrap()
}

fn deny() -> Deny {
    toml::from_str(&read("deny.toml")).unwrap()
}

/// What the programs are built from, on the platform that they run on.
fn metadata() -> Metadata {
    let arguments = ["metadata", "--format-version", "1", "--locked", "--offline", "--all-features"];
    let platform = ["--filter-platform", "x86_64-unknown-linux-gnu"];
    let out = Command::new(env!("CARGO")).args(arguments).args(platform).current_dir(root()).output().unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    serde_json::from_slice(&out.stdout).unwrap()
}

/// Whether an SPDX expression is satisfied by these licences. `/` is the old form of OR.
fn is_allowed(expression: &str, allowed: &BTreeSet<String>) -> bool {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut rest = words.as_slice();
    let is_met = any_of(&mut rest, allowed);
    assert!(rest.is_empty(), "cannot read the licence `{expression}`");
    is_met
}

fn any_of(words: &mut &[&str], allowed: &BTreeSet<String>) -> bool {
    let mut is_met = all_of(words, allowed);
    while words.first() == Some(&"OR") {
        *words = &words[1..];
        is_met |= all_of(words, allowed);
    }
    is_met
}

fn all_of(words: &mut &[&str], allowed: &BTreeSet<String>) -> bool {
    let mut is_met = one(words, allowed);
    while words.first() == Some(&"AND") {
        *words = &words[1..];
        is_met &= one(words, allowed);
    }
    is_met
}

fn one(words: &mut &[&str], allowed: &BTreeSet<String>) -> bool {
    match **words {
        ["(", ref inside @ ..] => {
            *words = inside;
            let is_met = any_of(words, allowed);
            assert_eq!(words.first(), Some(&")"), "a bracket of a licence is not closed");
            *words = &words[1..];
            is_met
        }
        [license, "WITH", exception, ref after @ ..] => {
            *words = after;
            allowed.contains(&format!("{license} WITH {exception}"))
        }
        [license, ref after @ ..] => {
            *words = after;
            allowed.contains(license)
        }
        [] => panic!("a licence ends too early"),
    }
}

#[test]
fn every_dependency_has_an_allowed_licence_and_comes_from_crates_io() {
    let (deny, metadata) = (deny(), metadata());
    assert!(deny.sources.allow_git.is_empty());
    let mut wrong = Vec::new();
    let mut unused: BTreeSet<&str> = deny.licenses.exceptions.iter().map(|e| e.name.as_str()).collect();
    for package in metadata.packages.iter().filter(|p| !metadata.workspace_members.contains(&p.id)) {
        let license = package.license.as_deref().unwrap_or_default();
        let exception = deny.licenses.exceptions.iter().find(|e| e.name == package.name);
        let allowed = match exception {
            Some(exception) => deny.licenses.allow.union(&exception.allow).cloned().collect(),
            None => deny.licenses.allow.clone(),
        };
        if license.is_empty() || !is_allowed(license, &allowed) {
            wrong.push(format!("{}: licence `{license}`", package.name));
        }
        unused.remove(package.name.as_str());
        let source = package.source.as_deref().unwrap_or_default();
        let from_registry = |registry: &String| source == format!("registry+{registry}");
        if !deny.sources.allow_registry.iter().any(from_registry) {
            wrong.push(format!("{}: source `{source}`", package.name));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(unused.is_empty(), "exceptions of deny.toml that nothing needs: {unused:?}");
}

/// The lock file names what other platforms need too.
#[test]
fn no_banned_crate_and_no_foreign_source_is_in_a_lock_file() {
    let deny = deny();
    for file in ["Cargo.lock", "ferry-format/fuzz/Cargo.lock"] {
        let lock = read(file);
        for Banned { name, .. } in &deny.bans.deny {
            assert!(!lock.contains(&format!("name = \"{name}\"")), "{file} names {name}");
        }
        let sources = lock.lines().filter_map(|line| line.strip_prefix("source = \"registry+"));
        let registry = |source: &str| deny.sources.allow_registry.iter().any(|r| source == format!("{r}\""));
        assert!(sources.clone().count() > 10 && sources.clone().all(registry), "{file}");
        assert_eq!(sources.count(), lock.matches("source = ").count(), "{file}: a source that is no registry");
    }
}

#[test]
fn every_exception_of_deny_toml_says_why() {
    let deny = deny();
    for (name, reason) in deny.bans.deny.iter().map(|b| (&b.name, &b.reason)) {
        assert!(reason.len() > 20, "{name}");
    }
    for Ignored { id, reason } in &deny.advisories.ignore {
        assert!(reason.len() > 20, "{id}");
    }
    // cargo-deny has no reason for a licence: it stands as a comment above the line.
    let text = read("deny.toml");
    let lines: Vec<&str> = text.lines().collect();
    for Exception { name, .. } in &deny.licenses.exceptions {
        let at = lines.iter().position(|l| l.contains(&format!("crate = \"{name}\", allow"))).unwrap();
        assert!(lines[at - 1].trim_start().starts_with("# "), "{name}: say why, in a comment above it");
    }
    for name in ["aws-lc-rs", "aws-lc-sys", "openssl-sys", "native-tls"] {
        assert!(deny.bans.deny.iter().any(|b| b.name == name), "{name} is not banned");
    }
}

/// Decision 0041: nothing from outside is read by it.
#[test]
fn bincode_is_in_no_program() {
    let lock: toml::Table = toml::from_str(&read("Cargo.lock")).unwrap();
    let packages = lock["package"].as_array().unwrap().iter();
    let needs = |package: &&toml::Value| {
        let needed = package.get("dependencies").and_then(|d| d.as_array());
        needed.is_some_and(|all| {
            all.iter().any(|name| name.as_str().is_some_and(|n| n.split(' ').next() == Some("bincode")))
        })
    };
    let users: Vec<&str> = packages.filter(needs).map(|package| package["name"].as_str().unwrap()).collect();
    assert_eq!(users, ["ferry-format"]);
    let metadata = metadata();
    let format = metadata.packages.iter().find(|package| package.name == "ferry-format").unwrap();
    let kinds: Vec<_> = format.dependencies.iter().filter(|d| d.name == "bincode").map(|d| d.kind.as_deref()).collect();
    assert_eq!(kinds, [Some("dev")], "for tests alone");
}

#[test]
fn every_direct_dependency_has_a_line_that_says_why_it_is_there() {
    let metadata = metadata();
    let members = metadata.packages.iter().filter(|p| metadata.workspace_members.contains(&p.id));
    let direct: BTreeSet<&str> = members
        .flat_map(|package| &package.dependencies)
        .filter(|dependency| dependency.path.is_none())
        .map(|dependency| dependency.name.as_str())
        .collect();
    let text = read("docs/dependencies.md");
    let mut reasons = BTreeMap::new();
    for line in text.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| crate ")) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [names, job, why] = cells[..] else { panic!("not three columns: {line}") };
        for name in names.split(", ") {
            let name = name.split(' ').next().unwrap();
            assert!(reasons.insert(name, (job, why)).is_none(), "{name} has two lines");
            assert!(!job.is_empty() && why.len() > 5, "{name}: say what it does and why this one");
        }
    }
    let described: BTreeSet<&str> = reasons.keys().copied().collect();
    let lacking: Vec<_> = direct.difference(&described).collect();
    let extra: Vec<_> = described.difference(&direct).collect();
    assert!(lacking.is_empty() && extra.is_empty(), "without a line: {lacking:?}; described and not used: {extra:?}");
}

#[test]
fn licences_are_read_as_spdx_writes_them() {
    let allowed: BTreeSet<String> = ["MIT", "BSD-3-Clause", "Apache-2.0 WITH LLVM-exception"].map(str::to_owned).into();
    for (expression, is_met) in [
        ("MIT", true),
        ("GPL-3.0", false),
        ("GPL-3.0 OR MIT", true),
        ("GPL-3.0/MIT", true),
        ("MIT AND GPL-3.0", false),
        ("(GPL-3.0 OR MIT) AND BSD-3-Clause", true),
        ("MIT AND (GPL-3.0 OR ISC)", false),
        ("Apache-2.0 WITH LLVM-exception", true),
        ("Apache-2.0", false),
    ] {
        assert_eq!(is_allowed(expression, &allowed), is_met, "{expression}");
    }
}
