//! `report`.

use crate::context::Context;
use crate::report::period::{self, Period};
use crate::report::{gather, html, text};
use crate::texts::report::not_rendered;
use ferry_channel::types::UnixSeconds;
use ferry_io::error::Result;
use ferry_io::fs::durable::write_new;
use ferry_io::outln;
use jiff::civil::Date;
use std::path::PathBuf;

/// What was exported, late, incomplete, withheld, held or overdue, by kind and department.
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
    /// Runs the command.
    pub fn run(&self, context: &Context, now: UnixSeconds) -> Result<()> {
        let period = match (self.day, self.month) {
            (Some(day), _) => Period::day(day),
            (_, first) => Period::month(first.unwrap_or_default()),
        };
        let report = gather::report(context, period, now)?;
        if let Some(path) = self.output.as_ref().filter(|_| self.html) {
            return write_new(path, html::html(&report)?.as_bytes(), 0o640);
        }
        if self.json {
            outln!("{}", serde_json::to_string(&report).map_err(not_rendered)?);
            return Ok(());
        }
        text::print(&report)
    }
}
