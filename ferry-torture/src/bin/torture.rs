//! The long programmes of faults, by name: `torture PROGRAMME [--count N | --every N] [--seed S] [--keep FILE --run TEXT]`.
#![allow(clippy::disallowed_methods, clippy::disallowed_macros, reason = "tests set the stage themselves")]

use clap::{Parser, ValueEnum};
use ferry_format::text::Language;
use ferry_io::output::exit::report;
use ferry_io::output::{help, language};
use ferry_torture::channel;
use ferry_torture::channel::Days;
use ferry_torture::texts;
use ferry_torture::{Line, Outcome, Selection, daemons, faults, keep, kills, local, model, portal, power};
use std::path::PathBuf;
use std::process::ExitCode;

/// What can be tried.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Programme {
    /// Power cuts after every step of every job.
    Power,
    /// Every call that changes the disk fails.
    Faults,
    /// Folders, files and keys are away, replaced or not to be used, and come back.
    Local,
    /// The agents are killed.
    Kills,
    /// Both daemons are killed.
    Daemons,
    /// The portal is killed.
    Portal,
    /// Every order of six batches.
    Orders,
    /// Every subset of ten batches lost.
    Subsets,
    /// Days of five courts under random faults of the channel.
    Days,
    /// Every state of both ledgers that is near.
    Model,
}

impl Programme {
    fn what(self) -> &'static str {
        match self {
            Self::Power => {
                "power cuts: every step of every job, each with what was not synced lost, kept or torn in eight ways"
            }
            Self::Faults => {
                "each disk call of the four jobs fails (EIO, ENOSPC, EROFS, EDQUOT; once, permanently), small disks"
            }
            Self::Local => {
                "each folder, file and key of a side taken away, emptied, replaced, made read-only or unreadable before each job and in the middle of it, then given back"
            }
            Self::Kills => "kill -9 of the four jobs, at random moments and at named calls",
            Self::Daemons => "kill -9 of both daemons while a diode carries and a gateway sends SMS, at random moments",
            Self::Portal => {
                "kill -9 of the portal while parties log in, write, open, sign and ask, and while it starts"
            }
            Self::Orders => "orders of six batches, each carried alone",
            Self::Subsets => "subsets of ten batches lost, then brought",
            Self::Days => "seeds: thirty days of five courts under random faults of both channels",
            Self::Model => {
                "states of both ledgers: every order of runs, arrivals, losses, doubles, crashes, restorations, refusals, forgeries and decisions to a depth"
            }
        }
    }

    /// Whether its points can be counted beforehand, so that every N-th of them can be tried.
    fn has_points(self) -> bool {
        matches!(self, Self::Power | Self::Faults | Self::Local)
    }

    fn run(self, selection: Selection, seed: u64) -> Outcome {
        let count = if let Selection::Sample(count) = selection { Some(count) } else { None };
        match self {
            Self::Power => power::try_cuts(selection, seed),
            Self::Faults => faults::run(selection, seed),
            Self::Local => local::run(selection, seed),
            Self::Kills => kills::run(count, seed),
            Self::Daemons => daemons::run(count, seed),
            Self::Portal => portal::run(count, seed),
            Self::Orders => channel::orders(count, seed),
            Self::Subsets => channel::subsets(count, seed),
            Self::Days => channel::days(Days::MONTH, count.unwrap_or(1000), seed),
            Self::Model => model::run(count),
        }
    }
}

/// Tries many faults over the real programs and counts violations.
#[derive(Parser)]
#[command(name = "torture")]
struct Cli {
    /// What to try.
    programme: Programme,
    /// Points, kills or seeds; by default all, or as many as the programme says.
    #[arg(long)]
    count: Option<u64>,
    /// Every N-th point, evenly; of `power`, `faults` and `local`.
    #[arg(long, value_name = "N", conflicts_with = "count", value_parser = clap::value_parser!(u64).range(1..))]
    every: Option<u64>,
    /// Random numbers are made from it; with `--every`, the seeds S to S+N-1 try every point once.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Table that keeps the result.
    #[arg(long, requires = "run")]
    keep: Option<PathBuf>,
    /// Date and machine, for the table.
    #[arg(long)]
    run: Option<String>,
    /// Language of what is printed: zh or en. Without it the locale decides, then Chinese.
    #[arg(long, value_name = "zh|en")]
    lang: Option<Language>,
}

fn main() -> ExitCode {
    let cli: Cli = help::parse(texts::TORTURE_HELP);
    language::set_option(cli.lang);
    let mut name = cli.programme.to_possible_value().map_or_else(String::new, |v| v.get_name().to_owned());
    if cli.every.is_some() && !cli.programme.has_points() {
        return report(Err(texts::no_points(name)));
    }
    let selection = match (cli.count, cli.every) {
        (Some(count), _) => Selection::Sample(count),
        (_, Some(step)) => Selection::Every(step),
        _ => Selection::All,
    };
    let outcome = cli.programme.run(selection, cli.seed);
    if let Some(step) = cli.every {
        name = format!("{name} --every {step}");
    }
    let of_all = outcome.total.map_or_else(String::new, |total| format!(" of {total} points"));
    outcome.violations.iter().for_each(|v| println!("violation: {v}"));
    println!("{name}: {}{of_all} tried, {} violations, seed {}", outcome.tried, outcome.violations.len(), cli.seed);
    if let (Some(docs), Some(run)) = (&cli.keep, &cli.run) {
        let what = cli.programme.what();
        keep(docs, &Line { programme: &name, what, seed: cli.seed, outcome: &outcome, run });
    }
    ExitCode::from(u8::from(!outcome.violations.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn every_argument_has_a_chinese_text() {
        assert_eq!(help::missing(Cli::command(), texts::TORTURE_HELP), Vec::<String>::new());
        assert_eq!(help::unused(Cli::command(), texts::TORTURE_HELP), Vec::<&str>::new());
    }
}
