//! The recipes of `docs/dev/recipes` are followed: their blocks work as they stand, and what they name is there.

use ferry_testkit::source::{Source, root};
use ferry_testkit::stage::Court;
use rusqlite::params;
use std::collections::BTreeSet;

fn recipe(name: &str) -> String {
    std::fs::read_to_string(root().join("docs/dev/recipes").join(name)).unwrap()
}

/// The fenced block of a recipe that begins with this comment: what is to be added to the file that the comment names.
fn block(recipe: &str, comment: &str) -> String {
    let blocks = recipe.split("```").skip(1).step_by(2);
    let mut found = blocks.filter_map(|block| block.split_once('\n')).filter(|(_, body)| body.starts_with(comment));
    let (_, body) = found.next().unwrap_or_else(|| panic!("no block begins with `{comment}`"));
    assert!(found.next().is_none(), "two blocks begin with `{comment}`");
    body.to_owned()
}

/// Rows of the tables whose first column is a file and whose second is an item of it: file, item, members.
fn items(recipe: &str) -> Vec<(String, String, BTreeSet<String>)> {
    let quoted = |cell: &str| cell.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>();
    let rows = recipe.lines().filter(|line| line.starts_with("| `"));
    let cells = rows.map(|row| row.trim_matches('|').split('|').map(quoted).collect::<Vec<_>>());
    let of_items = cells.filter(|cells| {
        cells.len() == 3
            && cells[1].len() == 1
            && ["trait ", "enum ", "struct "].iter().any(|word| cells[1][0].starts_with(word))
    });
    of_items.map(|cells| (cells[0][0].clone(), cells[1][0].clone(), cells[2].iter().cloned().collect())).collect()
}

/// The names that stand directly in the braces of an item: methods of a trait, variants of an enum, fields of a struct.
fn members(file: &str, item: &str) -> BTreeSet<String> {
    let source = Source::new(file.to_owned(), std::fs::read_to_string(root().join(file)).unwrap());
    let is_end = |rest: &str| rest.starts_with([' ', '<', ':', '{']);
    let starts = source.code.match_indices(item).filter(|(at, _)| is_end(&source.code[at + item.len()..]));
    let (start, _) = starts.last().unwrap_or_else(|| panic!("{file} has no {item}"));
    let (_, inside) = source.code[start..].split_once('{').unwrap();
    let (mut depth, mut here, mut found) = (0_usize, String::new(), Vec::new());
    // Arrows are no brackets.
    for c in inside.replace("->", "").replace("=>", "").chars() {
        match c {
            '{' | '(' | '[' | '<' => depth += 1,
            '}' if depth == 0 => break,
            '}' | ')' | ']' | '>' => {
                depth -= 1;
                // What follows an attribute or a body begins the next member.
                if c == '}' || here.trim_start().starts_with('#') {
                    found.push(std::mem::take(&mut here));
                }
            }
            ',' | ';' if depth == 0 => found.push(std::mem::take(&mut here)),
            c if depth == 0 => here.push(c),
            _ => {}
        }
    }
    found.push(here);
    let name = |text: &String| {
        let text = text.trim().trim_start_matches("pub ").trim_start_matches("fn ");
        let name: String = text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        Some(name).filter(|name| !name.is_empty())
    };
    found.iter().filter_map(name).collect()
}

fn check_items(name: &str, least: usize) {
    let recipe = recipe(name);
    let items = items(&recipe);
    assert!(items.len() >= least, "{name} names {} items", items.len());
    for (file, item, listed) in items {
        let there = members(&file, &item);
        assert_eq!(there, listed, "{name}: {file}: {item}: left is what is there, right is what the recipe lists");
    }
}

/// Follows "Add a record kind" in a made court.
fn follow(court: &Court) {
    let recipe = recipe("add-a-record-kind.md");
    for (file, name) in [
        ("config/catalogue.toml", "catalogue.toml"),
        ("config/english.toml", "english.toml"),
        ("config/inner.toml", "inner.toml"),
    ] {
        let text = std::fs::read_to_string(court.path(name)).unwrap();
        let added = block(&recipe, &format!("# {file}"));
        std::fs::write(court.path(name), format!("{text}\n{added}")).unwrap();
    }
    court.platform().execute_batch(&block(&recipe, "-- ")).unwrap();
}

#[test]
fn a_record_kind_that_is_added_by_the_recipe_is_planned_exported_published_and_shown() {
    let court = Court::new(20);
    let login = court.logins().remove(0);
    follow(&court);
    let insert = "INSERT INTO YJAP VALUES ('YJ1', ?1, '2', '第三调解室', '2026-12-01', '2026-11-28 09:00:00')";
    court.platform().execute(insert, params![login.case_id]).unwrap();
    court.ferry_ok(&["catalogue", "check", "catalogue.toml", "--policy", "policy.toml"]);
    let page = court.ferry(&["catalogue", "show", "catalogue.toml", "--policy", "policy.toml", "--lang", "zh"]);
    assert!(String::from_utf8_lossy(&page.stdout).contains("约见安排"), "{page:?}");
    for side in ["inner", "outer"] {
        let out = court.try_agent(side, &["check-config"]);
        assert!(out.status.success(), "{side}: {}", String::from_utf8_lossy(&out.stderr));
    }
    let plan = court.agent("inner", "plan");
    assert!(plan.to_string().contains("appointment"), "{plan}");
    let (_, ingested) = court.up();
    assert_eq!(ingested["batches"], 1, "{ingested}");
    let (inner, outer) = court.roots();
    assert_eq!(inner, outer);
    let portal = court.portal();
    let browser = portal.browser();
    browser.log_in(&login);
    let page = browser.get(&format!("/cases/{}", login.case_id)).text();
    for text in ["约见安排", "视频", "第三调解室"] {
        assert!(page.contains(text), "{text} is missing in {page}");
    }
    browser.post("/preferences", &[("language", "en"), ("back", "/")]);
    let page = browser.get(&format!("/cases/{}", login.case_id)).text();
    for text in ["Appointment", "Video"] {
        assert!(page.contains(text), "{text} is missing in {page}");
    }
}

#[test]
fn the_recipe_for_a_source_database_lists_what_a_database_must_give() {
    check_items("add-a-source-database.md", 4);
}

#[test]
fn the_recipe_for_a_command_lists_the_commands_that_there_are() {
    check_items("add-a-command.md", 3);
}

#[test]
fn members_are_read_from_traits_enums_and_structs() {
    let path = "tests/journeys/ops/recipes.rs";
    assert_eq!(members(path, "enum Sample"), ["First", "Second", "Third"].map(str::to_owned).into());
    assert_eq!(members(path, "trait Shape"), ["area", "name", "try_name"].map(str::to_owned).into());
    assert_eq!(members(path, "struct Pair"), ["left", "right"].map(str::to_owned).into());
}

/// What [`members`] is tried on.
#[allow(dead_code, reason = "it is read as text")]
mod samples {
    enum Sample {
        First,
        #[allow(unused, reason = "an attribute is no member")]
        Second(u8),
        Third {
            inner: u8,
            other: u8,
        },
    }

    trait Shape {
        fn area(&self) -> u64;

        fn name(&self) -> String {
            String::new()
        }

        fn try_name(&self) -> Result<Result<Vec<String>, String>, u8>;
    }

    struct Pair {
        pub left: Vec<(u8, u8)>,
        right: [u8; 4],
    }
}
