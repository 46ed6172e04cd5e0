//! `drill list`, `drill NAME [--check] [DIR]`: a fault to practise on.
#![allow(clippy::disallowed_methods, clippy::disallowed_macros, reason = "tests set the stage themselves")]

use clap::Parser;
use ferry_format::text::Language;
use ferry_io::output::exit::{print_error, report};
use ferry_io::output::help;
use ferry_io::output::language::{self, Show};
use ferry_torture::drills::DRILLS;
use ferry_torture::texts;
use std::path::PathBuf;
use std::process::ExitCode;

/// Sets a fault up on a made-up court and leads an operator through it.
#[derive(Parser)]
#[command(name = "drill")]
struct Cli {
    /// A drill's name, or `list`.
    name: String,
    /// Where the court is made; by default a new folder in the system's temporary one.
    folder: Option<PathBuf>,
    /// Type the remedy too, and check that all is well after it.
    #[arg(long)]
    check: bool,
    /// Language of what is printed: zh or en. Without it the locale decides, then Chinese.
    #[arg(long, value_name = "zh|en")]
    lang: Option<Language>,
}

fn main() -> ExitCode {
    let cli: Cli = help::parse(texts::DRILL_HELP);
    language::set_option(cli.lang);
    if cli.name == "list" {
        DRILLS.iter().for_each(|drill| println!("{:<14} {}", drill.name, drill.what_happened.show()));
        return ExitCode::SUCCESS;
    }
    let Some(drill) = DRILLS.iter().find(|d| d.name == cli.name) else {
        return report(Err(texts::unknown_drill(cli.name)));
    };
    let default = || std::env::temp_dir().join(format!("ferry-drill-{}-{}", drill.name, std::process::id()));
    let folder = cli.folder.unwrap_or_else(default);
    if folder.exists() {
        return report(Err(texts::folder_exists(folder.display())));
    }
    let played = drill.play(&folder, cli.check, language::current());
    if let Err(why) = &played {
        print_error(&texts::drill_failed(why));
    }
    println!("{}", texts::court_left_in(folder.display()).show());
    if played.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn every_argument_has_a_chinese_text() {
        assert_eq!(help::missing(Cli::command(), texts::DRILL_HELP), Vec::<String>::new());
        assert_eq!(help::unused(Cli::command(), texts::DRILL_HELP), Vec::<&str>::new());
    }
}
