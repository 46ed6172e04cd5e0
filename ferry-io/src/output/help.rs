//! Help of a command line in Chinese. The definitions themselves (`clap`, derived) are English; a table of the program holds
//! the Chinese text of each command and argument.
//!
//! A key is the path of a command and one of its arguments: `seal`, `seal --draft`, `seal -o`, `seal PATHS`; the empty key is
//! the program itself. `seal after_help` is what follows the options, and `notify --over=send` the meaning of one value. An
//! argument without a text under its own command takes that of a command above it, so that `--json` stands for all of them.
//! The first paragraph of a text is what `-h` shows; `--help` shows all of it, where the English text has more than one too.

use crate::output::language;
use crate::output::usage_error;
use crate::texts::help as texts;
use clap::builder::{PossibleValue, Resettable, StyledStr};
use clap::{Arg, ArgAction, Command, Parser};
use ferry_format::text::Language;
use ferry_format::texts::list;
use std::collections::BTreeSet;
use std::ffi::OsString;

/// Chinese texts by key.
pub type Table<'a> = &'a [(&'a str, &'a str)];

/// Parses the command line of this process and chooses its language: from `--lang`, else from the locale. Help and usage
/// errors are printed in that language and end the process.
pub fn parse<P: Parser>(chinese: Table) -> P {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    language::set_option(language_option(&arguments));
    let mut command = command::<P>(chinese);
    let matches = command.try_get_matches_from_mut(arguments);
    let parsed =
        matches.and_then(|mut matches| P::from_arg_matches_mut(&mut matches).map_err(|e| e.format(&mut command)));
    parsed.unwrap_or_else(|error| usage_error::exit(&error))
}

/// The definition of a command line, with its texts in the language of this process.
pub fn command<P: Parser>(chinese: Table) -> Command {
    match language::current() {
        Language::Chinese => localize(P::command(), chinese),
        Language::English => P::command(),
    }
}

/// What `--lang` says, before anything else of the command line is looked at.
fn language_option(arguments: &[OsString]) -> Option<Language> {
    let mut arguments = arguments.iter().skip(1).map_while(|a| a.to_str().filter(|a| *a != "--"));
    let mut found = None;
    while let Some(argument) = arguments.next() {
        let value = if argument == "--lang" { arguments.next() } else { argument.strip_prefix("--lang=") };
        found = value.and_then(|value| value.parse().ok()).or(found);
    }
    found
}

/// The same definition with Chinese texts.
pub fn localize(mut command: Command, table: Table) -> Command {
    // Building adds `--help`, `--version`, `help` and the global options, whose texts are replaced too.
    command.build();
    localize_level(command, "", table)
}

fn localize_level(command: Command, path: &str, table: Table) -> Command {
    let mut command = command;
    if let Some(text) = text_of(table, path) {
        let (short, long) = short_and_long(text);
        command = command.about(short);
        if let Some(long) = long {
            command = command.long_about(long);
        }
    }
    if let Some(text) = text_of(table, &key(path, "after_help")) {
        command = command.after_help(text.to_owned());
    }
    let usage = usage_error::without_title(&command.render_usage().ansi().to_string(), Language::Chinese);
    let template = template(&command);
    command = command.mut_args(|arg| localize_argument(arg, path, table)).override_usage(usage).help_template(template);
    command.mut_subcommands(|sub| match (sub.get_name(), is_help(&sub)) {
        (_, true) => sub.about(texts::help_command().get(Language::Chinese).to_owned()),
        (name, false) => {
            let path = key(path, name);
            localize_level(sub, &path, table)
        }
    })
}

/// The `help` command that clap adds.
fn is_help(command: &Command) -> bool {
    command.get_name() == "help"
}

/// Sections in the order of clap's own template, with Chinese headings.
fn template(command: &Command) -> StyledStr {
    let style = command.get_styles().get_header();
    let heading = |text: ferry_format::text::Text| format!("{style}{}{style:#}", text.get(Language::Chinese));
    let mut template = format!("{{before-help}}{{about-with-newline}}\n{}{{usage}}", heading(texts::usage()));
    let has_options = command.get_opts().next().is_some() || command.get_arguments().any(|a| !a.is_positional());
    let sections = [
        (command.has_subcommands(), texts::commands(), "{subcommands}"),
        (command.get_positionals().next().is_some(), texts::arguments(), "{positionals}"),
        (has_options, texts::options(), "{options}"),
    ];
    for (_, title, body) in sections.into_iter().filter(|(is_there, ..)| *is_there) {
        template.push_str(&format!("\n\n{}\n{body}", heading(title)));
    }
    template.push_str("{after-help}");
    template.into()
}

fn localize_argument(arg: Arg, path: &str, table: Table) -> Arg {
    let chinese = |text: ferry_format::text::Text| text.get(Language::Chinese).to_owned();
    match arg.get_action() {
        ArgAction::Help => {
            let (short, long) = (chinese(texts::show_help()), chinese(texts::show_short_help()));
            return if arg.get_long_help().is_some() {
                arg.help(chinese(texts::show_help_and_more())).long_help(long)
            } else {
                arg.help(short)
            };
        }
        ArgAction::Version => return arg.help(chinese(texts::show_version())),
        _ => {}
    }
    let Some(text) = inherited(table, path, &name_of(&arg)) else { return arg };
    let (short, long) = short_and_long(text);
    let mut notes = String::new();
    let defaults: Vec<_> = arg.get_default_values().iter().map(|v| v.to_string_lossy().into_owned()).collect();
    if !defaults.is_empty() && !arg.is_hide_default_value_set() && takes_value(&arg) {
        notes.push_str(&chinese(texts::default_value(defaults.join(" "))));
    }
    let values = values_of(&arg);
    let explained: Vec<_> = values
        .iter()
        .filter_map(|v| Some((v.get_name(), inherited(table, path, &value_key(&arg, v))?)))
        .map(|(name, meaning)| format!("\n  {name}：{meaning}"))
        .collect();
    if !values.is_empty() && explained.is_empty() {
        let names: Vec<_> = values.iter().map(PossibleValue::get_name).collect();
        notes.push_str(&chinese(texts::possible_values(list::items(names))));
    }
    let arg = arg.hide_default_value(true).hide_possible_values(true);
    let long = match (long, explained.is_empty()) {
        (long, false) => Some(format!("{}{}", long.unwrap_or_else(|| format!("{short}{notes}")), explained.concat())),
        (long, true) => long.map(|long| format!("{long}{notes}")),
    };
    // A long text that the definition has in English is removed where there is no Chinese one.
    let arg = match long {
        Some(long) => arg.long_help(long),
        None => arg.long_help(Resettable::Reset),
    };
    arg.help(format!("{short}{notes}"))
}

/// How a key names an argument.
fn name_of(arg: &Arg) -> String {
    match (arg.get_long(), arg.get_short()) {
        (Some(long), _) => format!("--{long}"),
        (None, Some(short)) => format!("-{short}"),
        (None, None) => {
            let name = arg.get_value_names().and_then(|names| names.first());
            name.map_or_else(|| arg.get_id().as_str().to_uppercase(), ToString::to_string)
        }
    }
}

fn takes_value(arg: &Arg) -> bool {
    arg.get_action().takes_values()
}

/// The values that an argument lists, if it takes one of a list.
fn values_of(arg: &Arg) -> Vec<PossibleValue> {
    let shown = takes_value(arg) && !arg.is_hide_possible_values_set();
    let values = if shown { arg.get_possible_values() } else { Vec::new() };
    values.into_iter().filter(|v| !v.is_hide_set()).collect()
}

fn value_key(arg: &Arg, value: &PossibleValue) -> String {
    format!("{}={}", name_of(arg), value.get_name())
}

fn key(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path} {name}") }
}

fn text_of<'a>(table: Table<'a>, key: &str) -> Option<&'a str> {
    table.iter().find(|(known, _)| *known == key).map(|(_, text)| *text)
}

/// The text of an argument under this command or the nearest one above it.
fn inherited<'a>(table: Table<'a>, path: &str, name: &str) -> Option<&'a str> {
    let above = |path: &str| path.rsplit_once(' ').map_or("", |(above, _)| above).to_owned();
    let mut path = path.to_owned();
    loop {
        let found = text_of(table, &key(&path, name));
        if found.is_some() || path.is_empty() {
            return found;
        }
        path = above(&path);
    }
}

/// The first paragraph without its full stop, and the whole where there is more.
fn short_and_long(text: &str) -> (String, Option<String>) {
    let (first, more) = text.split_once("\n\n").map_or((text, false), |(first, _)| (first, true));
    (first.trim_end_matches('。').to_owned(), more.then(|| text.to_owned()))
}

/// Keys that a table lacks, for a test of the program: every command, argument, example and explained value has a text.
pub fn missing(command: Command, table: Table) -> Vec<String> {
    let has = |key: &str| text_of(table, key).is_some();
    let mut lacking = Vec::new();
    each(command, &mut |path, command| {
        if !has(path) {
            lacking.push(path.to_owned());
        }
        let after = key(path, "after_help");
        if command.get_after_help().is_some() && !has(&after) {
            lacking.push(after);
        }
        for name in names(command) {
            if inherited(table, path, &name).is_none() {
                lacking.push(key(path, &name));
            }
        }
    });
    lacking
}

/// Keys of a table that name nothing, for a test of the program.
pub fn unused<'a>(command: Command, table: Table<'a>) -> Vec<&'a str> {
    let mut used = BTreeSet::new();
    each(command, &mut |path, command| {
        used.insert(path.to_owned());
        used.insert(key(path, "after_help"));
        for name in names(command) {
            let mut at = path;
            while !table.iter().any(|(known, _)| *known == key(at, &name)) && !at.is_empty() {
                at = at.rsplit_once(' ').map_or("", |(above, _)| above);
            }
            used.insert(key(at, &name));
        }
    });
    table.iter().map(|(key, _)| *key).filter(|key| !used.contains(*key)).collect()
}

/// Calls `visit` with every command and its path.
fn each(mut command: Command, visit: &mut impl FnMut(&str, &Command)) {
    fn walk(command: &Command, path: &str, visit: &mut impl FnMut(&str, &Command)) {
        visit(path, command);
        for sub in command.get_subcommands().filter(|sub| !is_help(sub)) {
            walk(sub, &key(path, sub.get_name()), visit);
        }
    }
    command.build();
    walk(&command, "", visit);
}

/// What must have a text in a command: its arguments, and their values where these are explained.
fn names(command: &Command) -> Vec<String> {
    let is_ours = |arg: &&Arg| !matches!(arg.get_action(), ArgAction::Help | ArgAction::Version) && !arg.is_hide_set();
    let mut names = Vec::new();
    for arg in command.get_arguments().filter(is_ours) {
        names.push(name_of(arg));
        names.extend(values_of(arg).iter().filter(|v| v.get_help().is_some()).map(|v| value_key(arg, v)));
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    fn program() -> Command {
        Command::new("ferry")
            .arg(Arg::new("lang").long("lang").global(true).help("Language"))
            .subcommand_required(true)
            .subcommand(
                Command::new("split")
                    .about("Cuts a batch")
                    .long_about("Cuts a batch.\n\nNothing signed changes.")
                    .after_help("Example:\n  ferry split a")
                    .arg(Arg::new("batch").required(true).help("The batch"))
                    .arg(Arg::new("size").long("size").default_value("4").help("Length")),
            )
    }

    const TABLE: Table = &[
        ("", "数据摆渡"),
        ("--lang", "显示语言"),
        ("split", "将批次分卷。\n\n分卷不改变签名内容。"),
        ("split after_help", "示例：\n  ferry split a"),
        ("split BATCH", "批次文件"),
        ("split --size", "每卷长度"),
    ];

    #[test]
    fn help_in_chinese_has_no_english_word_of_the_definition() {
        let mut command = localize(program(), TABLE);
        let help = command.find_subcommand_mut("split").unwrap().render_long_help().to_string();
        let expected = "将批次分卷。\n\n分卷不改变签名内容。\n\n用法：ferry split [选项] <batch>\n\n参数：\n  <batch>\n          批次文件\n\n选项：\n      --lang <lang>\n          显示语言\n\n      --size <size>\n          每卷长度 [默认：4]\n\n  -h, --help\n          显示帮助（用 -h 查看简要帮助）\n\n示例：\n  ferry split a";
        assert_eq!(help.trim_end(), expected, "{help}");
        let top = command.render_help().to_string();
        assert!(top.contains("命令：\n  split  将批次分卷\n"), "{top}");
    }

    #[test]
    fn a_table_that_lacks_a_text_or_names_nothing_is_found() {
        assert_eq!(missing(program(), TABLE), Vec::<String>::new());
        assert_eq!(unused(program(), TABLE), Vec::<&str>::new());
        assert_eq!(missing(program(), &TABLE[..4]), ["split BATCH", "split --size"]);
        assert_eq!(unused(program(), &[TABLE, &[("split --siez", "")]].concat()), ["split --siez"]);
    }

    #[test]
    fn the_last_language_named_before_two_dashes_is_chosen() {
        let chosen = |line: &str| language_option(&line.split(' ').map(OsString::from).collect::<Vec<_>>());
        assert_eq!(chosen("ferry seal --lang en"), Some(Language::English));
        assert_eq!(chosen("ferry --lang=en seal --lang zh"), Some(Language::Chinese));
        assert_eq!(chosen("ferry seal -- --lang en"), None);
        assert_eq!(chosen("ferry --lang"), None);
    }
}
