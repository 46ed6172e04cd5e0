//! The supervision report (articles 12 and 19): what crossed in a period, and what somebody has to look at, from the
//! ledger alone. The platform is not read: a report costs it nothing, and says what this program knows.

pub mod period;
mod data;
mod gather;
mod page;
mod text;

pub use data::Correction;
pub use gather::newest_corrections;
pub use period::day_of;

use crate::agent::Agent;
use ferry_io::clock;
use ferry_io::error::{Error, Result};
use ferry_io::exit_code::IO;
use ferry_io::fs::durable::write_new;
use ferry_io::outln;
use jiff::civil::Date;
use period::Period;
use std::path::PathBuf;

/// Single records, cases or forms that a list names; its count says how many there are.
const NAMED_MAX: usize = 50;

/// What crossed, what was late, incomplete, withheld or held, and what is overdue, by kind and department.
#[derive(clap::Args)]
#[command(group(clap::ArgGroup::new("period").required(true)))]
pub struct Args {
    /// One day, YYYY-MM-DD.
    #[arg(long, group = "period")]
    day: Option<Date>,
    /// One month, YYYY-MM.
    #[arg(long, group = "period", value_parser = period::month)]
    month: Option<Date>,
    /// One JSON object on stdout.
    #[arg(long, conflicts_with = "html")]
    json: bool,
    /// One HTML file to read or print.
    #[arg(long, requires = "output")]
    html: bool,
    /// Where to write the HTML file.
    #[arg(short, requires = "html", value_name = "FILE")]
    output: Option<PathBuf>,
}

impl Args {
    /// Gathers and prints.
    pub fn run(&self, agent: &Agent) -> Result<()> {
        let period = match (self.day, self.month) {
            (Some(day), _) => Period::day(day),
            (_, first) => Period::month(first.unwrap_or_default()),
        };
        let report = gather::report(agent, period, clock::now_s())?;
        if let Some(path) = self.output.as_ref().filter(|_| self.html) {
            return write_new(path, page::html(&report)?.as_bytes(), 0o640);
        }
        if self.json {
            let failed = |e: serde_json::Error| Error::new(IO, "FERRY-E0601", e.to_string(), "try again");
            outln!("{}", serde_json::to_string(&report).map_err(failed)?);
            return Ok(());
        }
        text::print(&report)
    }
}
