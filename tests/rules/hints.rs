//! What a hint or the runbook tells people to type exists: the command, its parts and its options, by the golden help texts.

use ferry_testkit::source::root;
use ferry_testkit::stage::walk;
use std::collections::{BTreeMap, BTreeSet};

/// Help texts by command: `gaps accept` and so on, of all three programs.
struct Commands(BTreeMap<String, String>);

/// A program, and the folder of its golden files.
const PROGRAMS: [(&str, &str); 3] =
    [("inner-agent", "inner-agent"), ("outer-agent", "outer-agent"), ("ferry", "ferry-cli")];

impl Commands {
    fn read() -> Self {
        let mut found = BTreeMap::new();
        for (program, folder) in PROGRAMS {
            for path in walk(&root().join(folder).join("tests/cmd/en")) {
                let text = std::fs::read_to_string(&path).unwrap();
                let prompt = format!("$ {program} --lang en ");
                for block in text.split("```console\n") {
                    let Some((line, help)) = block.split_once('\n') else { continue };
                    let Some(command) = line.strip_prefix(&prompt).and_then(|l| l.strip_suffix(" --help")) else {
                        continue;
                    };
                    let words: Vec<&str> =
                        command.split(' ').filter(|w| !w.starts_with('-') && !w.contains('.')).collect();
                    found.entry(words.join(" ")).or_insert_with(String::new).push_str(help);
                }
            }
        }
        Self(found)
    }

    /// What is wrong with a command line; nothing where it can be typed, or is no command line.
    fn fault(&self, quoted: &str) -> Option<String> {
        let line = PROGRAMS.iter().find_map(|(name, _)| quoted.strip_prefix(&format!("{name} "))).unwrap_or(quoted);
        let is_ours = line.len() < quoted.len();
        let words: Vec<&str> = line.split_whitespace().collect();
        let first = *words.first()?;
        // A key of a configuration; a program's own option; whichever command.
        if words.get(1) == Some(&"=") || first == "--version" || first == "…" {
            return None;
        }
        if !self.0.contains_key(first) {
            return is_ours.then(|| format!("there is no command `{first}`"));
        }
        let nested = words.get(1).map(|second| format!("{first} {second}"));
        let command = nested.filter(|command| self.0.contains_key(command)).unwrap_or_else(|| first.to_owned());
        let help = &self.0[&command];
        if command == first && help.contains("<COMMAND>") && words.get(1).is_some_and(|w| !w.starts_with('-')) {
            return Some(format!("`{first}` has no `{}`", words[1]));
        }
        let options = words.iter().filter(|word| word.starts_with("--")).map(|word| word.trim_end_matches([',', '.']));
        let known = |option: &str| help.contains(option) || option == "--config" || option == "--lang";
        options.into_iter().find(|option| !known(option)).map(|option| format!("`{command}` has no {option}"))
    }
}

/// What stands in backticks.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.lines().flat_map(|line| line.split('`').skip(1).step_by(2))
}

/// The wordings of hints in the sources: whatever stands between `hint {` and its brace.
fn hints() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for folder in ["ferry-format", "ferry-io", "ferry-channel", "ferry-cli", "inner-agent", "outer-agent"] {
        for path in walk(&root().join(folder).join("src/texts")) {
            let text = std::fs::read_to_string(&path).unwrap();
            let of_hints = text.split("hint").skip(1).filter_map(|rest| rest.split_once('}'));
            found.extend(of_hints.flat_map(|(hint, _)| quoted(hint)).map(str::to_owned));
        }
    }
    found
}

#[test]
fn every_command_that_a_hint_names_can_be_typed() {
    let commands = Commands::read();
    let hints = hints();
    assert!(hints.len() > 60, "only {} quotes in hints", hints.len());
    let faults: Vec<_> = hints.iter().filter_map(|hint| Some((hint, commands.fault(hint)?))).collect();
    assert!(faults.is_empty(), "{faults:#?}");
    let named = hints.iter().filter(|hint| commands.0.contains_key(hint.split(' ').next().unwrap())).count();
    assert!(named > 30, "only {named} commands");
}

#[test]
fn every_command_that_the_runbook_names_can_be_typed() {
    let commands = Commands::read();
    for name in ["ops/runbook.md", "ops/runbook.zh-CN.md"] {
        let text = std::fs::read_to_string(root().join(name)).unwrap();
        let faults: BTreeSet<_> = quoted(&text).filter_map(|line| Some((line, commands.fault(line)?))).collect();
        assert!(faults.is_empty(), "{name}: {faults:#?}");
    }
}

#[test]
fn every_command_of_every_program_has_its_help_as_a_golden_file_in_both_languages() {
    for (program, folder) in PROGRAMS {
        let cmd = root().join(folder).join("tests/cmd");
        let main = std::fs::read_to_string(cmd.join(format!("en/{program}.trycmd"))).unwrap();
        let listed = main.split("Commands:\n").nth(1).unwrap().split("\n\n").next().unwrap();
        let names = listed.lines().filter(|line| line.starts_with("  ") && !line.starts_with("   "));
        let names: Vec<&str> = names.filter_map(|line| line.split_whitespace().next()).collect();
        assert!(names.len() > 10, "{names:?}");
        for name in names.into_iter().filter(|name| *name != "help") {
            for language in ["en", "zh"] {
                assert!(cmd.join(language).join(format!("{name}.trycmd")).exists(), "{program} {language} {name}");
            }
        }
    }
}

#[test]
fn a_command_that_does_not_exist_is_noticed() {
    let commands = Commands::read();
    for (line, is_fault) in [
        ("gaps accept 3 --by NAME --reason TEXT", false),
        ("inner-agent baseline", false),
        ("inner-agent heal", true),
        ("gaps forget 3", true),
        ("resend 3 --quickly", true),
        ("received", false),
    ] {
        assert_eq!(commands.fault(line).is_some(), is_fault, "{line}");
    }
}
