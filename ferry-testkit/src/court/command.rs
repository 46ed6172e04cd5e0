//! The command line of `make-court`.

use crate::court::flag::flag;
use crate::court::options::MakeOptions;
use crate::court::touch::touch;
use crate::court::{legacy, make};
use crate::texts;
use clap::{Parser, ValueEnum};
use ferry_format::text::Language;
use ferry_io::error::Result;
use ferry_io::outln;
use ferry_io::output::help;
use ferry_io::output::language::{self, Show};
use std::path::PathBuf;

/// Makes a court's data, or changes K cases of it.
#[derive(Parser)]
#[command(name = "make-court")]
struct Command {
    /// Number of cases of a new court.
    #[arg(long, required_unless_present_any = ["touch", "flag"])]
    cases: Option<u64>,
    /// Change so many cases of an existing court.
    #[arg(long, value_name = "K", conflicts_with = "cases")]
    touch: Option<u64>,
    /// Add so many announcements to an existing court that the scanner must flag.
    #[arg(long, value_name = "K", conflicts_with_all = ["cases", "touch"])]
    flag: Option<u64>,
    /// Seed of everything made up.
    #[arg(long)]
    seed: u64,
    /// Name reviewers, whose keys lie beside: two approvals for what the scanner flags, a review after release for the rest.
    #[arg(long)]
    reviewed: bool,
    /// The case platform: `made` in the style of today's, or `legacy`: an old one with a mapping of its own, and what of it is to be
    /// published in `expected.tsv`.
    #[arg(long, value_name = "PLATFORM", default_value = "made", conflicts_with_all = ["touch", "flag"])]
    platform: PlatformStyle,
    /// Language of what is printed: zh or en. Without it the locale decides, then Chinese.
    #[arg(long, value_name = "zh|en")]
    lang: Option<Language>,
    /// Folder of the court.
    dir: PathBuf,
}

/// Which platform is made.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum PlatformStyle {
    /// In the style of today's platforms.
    Made,
    /// An old one.
    Legacy,
}

/// Runs the command line.
///
/// # Errors
/// A folder that is not empty, or no court where one is to be changed.
pub fn command() -> Result<()> {
    let c: Command = help::parse(texts::MAKE_COURT_HELP);
    language::set_option(c.lang);
    if let Some(cases) = c.touch {
        let t = touch(&c.dir, cases, c.seed)?;
        outln!("{}", texts::touched(t.new, t.advanced, t.corrected, t.withheld, t.retracted).show());
        return Ok(());
    }
    if let Some(count) = c.flag {
        flag(&c.dir, count, c.seed)?;
        outln!("{}", texts::flagged(count).show());
        return Ok(());
    }
    let options = MakeOptions { cases: c.cases.unwrap_or_default(), seed: c.seed, reviewed: c.reviewed };
    if c.platform == PlatformStyle::Legacy {
        let made = legacy::make(&c.dir, &options)?;
        outln!("{}", texts::legacy_court(made.rows_of("T_AJ"), made.held).show());
        outln!("{}", texts::documents(made.documents, made.document_bytes).show());
        return Ok(());
    }
    let made = make(&c.dir, &options)?;
    outln!("{}", texts::cases_and_people(made.rows_of("AJXX"), made.rows_of("RY")).show());
    for (table, rows) in &made.rows {
        outln!("{table:<6}{rows:>10}");
    }
    outln!("{}", texts::documents(made.documents, made.document_bytes).show());
    outln!("{}", texts::rows_to_be_held(made.held).show());
    outln!("{}", texts::logins(c.dir.join("logins.tsv").display()).show());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn every_argument_has_a_chinese_text() {
        assert_eq!(help::missing(Command::command(), texts::MAKE_COURT_HELP), Vec::<String>::new());
        assert_eq!(help::unused(Command::command(), texts::MAKE_COURT_HELP), Vec::<&str>::new());
    }
}
