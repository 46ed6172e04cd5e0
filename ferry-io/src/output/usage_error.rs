//! A command line that does not parse: the message in the language of this process.

use crate::output::exit::print_error;
use crate::output::language::{self, Show};
use crate::texts::help as texts;
use clap::error::{ContextKind, ContextValue, Error, ErrorKind};
use ferry_format::text::{Language, Text};
use ferry_format::texts::list;
use std::error::Error as _;

/// Prints the error, or the help that was asked for, and ends the process with clap's exit code (2 for a wrong usage).
pub fn exit(error: &Error) -> ! {
    match text_of(error) {
        Some(text) if error.use_stderr() => {
            print_error(&texts::wrong_usage(text));
            if let Some(ContextValue::StyledStr(usage)) = error.get(ContextKind::Usage) {
                let usage = without_title(&usage.to_string(), language::current());
                crate::errln!("\n{}{usage}", texts::usage().show());
            }
        }
        _ => {
            let _ = error.print();
        }
    }
    std::process::exit(error.exit_code())
}

/// A usage that clap wrote, without its title and with our words where clap has its own.
pub(super) fn without_title(usage: &str, language: Language) -> String {
    let line = usage.split_once("Usage:").map_or(usage, |(_, line)| line).trim_start_matches("\x1b[0m").trim_start();
    let (options, command) = (texts::options_of_usage(), texts::command_of_usage());
    line.replace("[OPTIONS]", options.get(language)).replace("<COMMAND>", command.get(language))
}

/// What is wrong; none for what is no mistake of the user, such as `--help`.
fn text_of(error: &Error) -> Option<Text> {
    let one = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => text.clone(),
        Some(ContextValue::Number(number)) => number.to_string(),
        _ => String::new(),
    };
    let list = |kind| match error.get(kind) {
        Some(ContextValue::Strings(all)) => all.clone(),
        Some(ContextValue::String(text)) => vec![text.clone()],
        _ => Vec::new(),
    };
    let argument = one(ContextKind::InvalidArg);
    let value = one(ContextKind::InvalidValue);
    Some(match error.kind() {
        ErrorKind::UnknownArgument => match one(ContextKind::SuggestedArg) {
            similar if similar.is_empty() => texts::unknown_argument(argument),
            similar => texts::unknown_argument_like(argument, similar),
        },
        ErrorKind::InvalidSubcommand => {
            let name = one(ContextKind::InvalidSubcommand);
            match list(ContextKind::SuggestedSubcommand) {
                similar if similar.is_empty() => texts::unknown_command(name),
                similar => texts::unknown_command_like(name, list::items(similar)),
            }
        }
        ErrorKind::MissingSubcommand => texts::missing_command(list::items(list(ContextKind::ValidSubcommand))),
        ErrorKind::MissingRequiredArgument => texts::missing_arguments(list::items(list(ContextKind::InvalidArg))),
        ErrorKind::InvalidValue if value.is_empty() => texts::missing_value(argument),
        ErrorKind::InvalidValue => match list(ContextKind::ValidValue) {
            valid if valid.is_empty() => texts::invalid_value(value, argument),
            valid => texts::value_not_in_list(value, argument, list::items(valid)),
        },
        ErrorKind::ValueValidation => match error.source() {
            Some(why) => texts::invalid_value_because(value, argument, reason(&why.to_string())),
            None => texts::invalid_value(value, argument),
        },
        ErrorKind::ArgumentConflict => match list(ContextKind::PriorArg) {
            others if others.is_empty() || others == [argument.clone()] => texts::given_twice(argument),
            others => texts::conflicting(argument, list::items(others)),
        },
        ErrorKind::TooManyValues => texts::too_many_values(value, argument),
        ErrorKind::TooFewValues => texts::too_few_values(argument, one(ContextKind::MinValues)),
        ErrorKind::WrongNumberOfValues => texts::too_few_values(argument, one(ContextKind::ExpectedNumValues)),
        ErrorKind::NoEquals => texts::needs_equals_sign(argument),
        ErrorKind::InvalidUtf8 => texts::not_text(),
        _ => return None,
    })
}

/// What the parsers of numbers say; our own parsers speak the language of this process already.
fn reason(why: &str) -> Text {
    match why.split_once(" is not in ") {
        Some((_, range)) => texts::out_of_range(range),
        None if why.starts_with("invalid digit") => texts::not_a_number(),
        None => Text::verbatim(why.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::{Arg, Command};

    fn said(line: &str, language: Language) -> String {
        let number = Arg::new("number").long("number").value_parser(clap::value_parser!(u8));
        let kind = Arg::new("kind").long("kind").value_parser(["up", "down"]).conflicts_with("number");
        let command = Command::new("ferry").arg(number).arg(kind).arg(Arg::new("file").required(true));
        let error = command.try_get_matches_from(line.split(' ')).unwrap_err();
        text_of(&error).map_or_else(String::new, |text| text.get(language).to_owned())
    }

    #[test]
    fn a_wrong_command_line_is_explained_in_chinese() {
        let said = |line| said(line, Language::Chinese);
        assert_eq!(said("ferry a --nmber 1"), "没有参数“--nmber”；是否要用“--number”？");
        assert_eq!(said("ferry"), "缺少必需的参数：<file>");
        assert_eq!(said("ferry a --kind x"), "“--kind <kind>”的值“x”无效，可选值：up、down");
        assert_eq!(said("ferry a --number x"), "“--number <number>”的值“x”无效：不是整数");
        assert_eq!(said("ferry a --number 999"), "“--number <number>”的值“999”无效：须在 0..=255 范围内");
        assert_eq!(said("ferry a --number 1 --kind up"), "“--number <number>”不能与“--kind <kind>”同时使用");
        assert_eq!(said("ferry a --number 1 --number 2"), "“--number <number>”只能给一次");
        assert_eq!(said("ferry --help"), "");
    }

    #[test]
    fn a_wrong_command_line_is_explained_in_english() {
        let said = |line| said(line, Language::English);
        assert_eq!(said("ferry a --nmber 1"), "unexpected argument '--nmber'; did you mean '--number'?");
        assert_eq!(said("ferry"), "required arguments are missing: <file>");
        assert_eq!(said("ferry a --kind x"), "invalid value 'x' for '--kind <kind>'; possible values: up, down");
        assert_eq!(said("ferry a --number 999"), "invalid value '999' for '--number <number>': not in 0..=255");
    }
}
