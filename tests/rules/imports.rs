//! Which file of a crate imports from which: the `use` lines, and paths in the code that begin with `crate`, `self`, `super` or
//! a module of the same file.

use ferry_testkit::source::Source;
use std::collections::{BTreeMap, BTreeSet};

/// A module as its path from the crate's root: `["trust", "list"]`.
pub type Module = Vec<String>;

/// From which modules each module of a crate imports. The crate's root is no module here: it only lists.
pub struct Imports {
    pub edges: BTreeMap<Module, BTreeSet<Module>>,
}

impl Imports {
    /// Of the files of one crate.
    pub fn of(files: &[Source]) -> Self {
        let modules: BTreeMap<Module, &Source> =
            files.iter().filter_map(|f| Some((module_of(&f.path)?, f))).filter(|(m, _)| !m.is_empty()).collect();
        let edges = modules.iter().map(|(module, source)| {
            let code = source.product_code();
            let named = paths(&code).into_iter().filter_map(|path| absolute(path, module, &modules));
            let target =
                |path: Module| (1..=path.len()).rev().map(|n| path[..n].to_vec()).find(|p| modules.contains_key(p));
            let targets = named.filter_map(target).filter(|target| target != module).collect();
            (module.clone(), targets)
        });
        Self { edges: edges.collect() }
    }

    /// Groups of modules each of which imports from every other, directly or not; without those of a single module.
    pub fn circles(&self) -> Vec<BTreeSet<Module>> {
        let reachable: BTreeMap<&Module, BTreeSet<&Module>> =
            self.edges.keys().map(|m| (m, self.reachable(m))).collect();
        let mut circles = BTreeSet::new();
        for (module, far) in &reachable {
            let circle: BTreeSet<Module> =
                far.iter().filter(|other| reachable[**other].contains(module)).map(|m| (*m).clone()).collect();
            if circle.len() > 1 {
                circles.insert(circle);
            }
        }
        circles.into_iter().collect()
    }

    fn reachable<'a>(&'a self, from: &'a Module) -> BTreeSet<&'a Module> {
        let (mut found, mut open) = (BTreeSet::new(), vec![from]);
        while let Some(module) = open.pop() {
            open.extend(self.edges[module].iter().filter(|next| found.insert(*next)));
        }
        found
    }
}

/// The module that a file is; nothing for files that are programs of their own.
pub fn module_of(path: &str) -> Option<Module> {
    let (_, inside) = path.split_once("/src/")?;
    if inside.starts_with("bin/") {
        return None;
    }
    let mut parts: Module = inside.strip_suffix(".rs")?.split('/').map(str::to_owned).collect();
    if parts.last().is_some_and(|last| ["mod", "lib", "main"].contains(&last.as_str())) {
        parts.pop();
    }
    Some(parts)
}

/// Every path in a file's code, with the trees of its `use` lines written out.
fn paths(code: &str) -> Vec<Vec<&str>> {
    let (mut found, mut rest) = (Vec::new(), code);
    while let Some(at) = rest.find("use ") {
        let (before, after) = rest.split_at(at);
        let starts = before.trim_end_matches([' ', '\t']).is_empty()
            || before.trim_end().ends_with([';', '{', '}', ')', ']'])
            || before.trim_end().ends_with("pub");
        let Some(end) = after.find(';').filter(|_| starts) else {
            found.extend(plain_paths(&rest[..at + 4]));
            rest = &rest[at + 4..];
            continue;
        };
        found.extend(plain_paths(before));
        tree(&after[4..end], &[], &mut found);
        rest = &after[end..];
    }
    found.extend(plain_paths(rest));
    found
}

/// Writes out `a::{b, c::{self, d}}`.
fn tree<'a>(text: &'a str, before: &[&'a str], found: &mut Vec<Vec<&'a str>>) {
    let Some((head, list)) = text.split_once('{') else {
        let text = text.split(" as ").next().unwrap_or(text);
        let own = text.split("::").map(str::trim).filter(|part| !["", "*"].contains(part));
        found.push(before.iter().copied().chain(own).collect());
        return;
    };
    let head: Vec<&str> =
        before.iter().copied().chain(head.split("::").map(str::trim).filter(|p| !p.is_empty())).collect();
    let list = list.rsplit_once('}').map_or(list, |(inside, _)| inside);
    let (mut depth, mut start) = (0_i32, 0);
    for (at, c) in list.char_indices().chain([(list.len(), ',')]) {
        depth += i32::from(c == '{') - i32::from(c == '}');
        if c == ',' && depth == 0 && at > start {
            tree(&list[start..at], &head, found);
            start = at + 1;
        }
    }
}

/// Paths of two parts and more outside `use` lines.
fn plain_paths(code: &str) -> Vec<Vec<&str>> {
    let words = code.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':'));
    words.filter(|word| word.contains("::")).map(|word| word.split("::").collect()).collect()
}

/// A path from the crate's root; nothing where it does not lead into this crate.
fn absolute(path: Vec<&str>, from: &Module, modules: &BTreeMap<Module, &Source>) -> Option<Module> {
    let owned = |parts: &[&str]| parts.iter().map(|p| (*p).to_owned()).collect::<Vec<String>>();
    match path.first()? {
        &"crate" => Some(owned(&path[1..])),
        &"self" => Some([from.clone(), owned(&path[1..])].concat()),
        &"super" => {
            let up = path.iter().take_while(|part| **part == "super").count();
            Some([from[..from.len().checked_sub(up)?].to_vec(), owned(&path[up..])].concat())
        }
        first => {
            let child = [from.clone(), vec![(*first).to_owned()]].concat();
            modules.contains_key(&child).then(|| [from.clone(), owned(&path)].concat())
        }
    }
}

#[test]
fn imports_are_read_from_use_lines_and_from_paths_and_circles_are_found() {
    let file = |path: &str, text: &str| Source::new(format!("x/src/{path}.rs"), text.into());
    let files = [
        file("lib", "mod a; mod b; mod c; mod d;"),
        file(
            "a/mod",
            "mod leaf;\nuse crate::{b::B, c::{self, d as e}};\nfn f() { leaf::g() }\n#[cfg(test)]\nmod tests {\n    use crate::d;\n}\n",
        ),
        file("a/leaf", "fn g() {}"),
        file("b", "pub use super::c::C; // crate::d\n"),
        file("c", "fn f(_: crate::a::A) -> String { format!(\"crate::d::D\") }"),
        file("d", "use std::fmt;"),
    ];
    let imports = Imports::of(&files);
    let module = |name: &str| name.split('/').map(str::to_owned).collect::<Module>();
    let set = |names: &[&str]| names.iter().map(|n| module(n)).collect::<BTreeSet<_>>();
    assert_eq!(imports.edges[&module("a")], set(&["a/leaf", "b", "c"]));
    assert_eq!(imports.edges[&module("b")], set(&["c"]));
    assert_eq!(imports.edges[&module("c")], set(&["a"]));
    assert_eq!(imports.edges[&module("d")], set(&[]));
    assert_eq!(imports.circles(), [set(&["a", "b", "c"])]);
}
