//! A made-up court: its case platform, document store, keys and configurations. The same seed gives the same court.

mod cases;
mod documents;
mod flag;
mod layout;
pub mod pdf;
mod people;
mod schema;
mod touch;
#[cfg(test)]
mod tests;

use clap::Parser;
use ferry_io::error::{Error, Result};
use ferry_io::exit_code::{CANNOT_CREATE, IO};
use ferry_io::outln;
use std::path::{Path, PathBuf};

pub use crate::court::touch::{Touched, touch};
pub use flag::flag;

/// How large a court and from which seed.
#[derive(Clone, Copy, Debug)]
pub struct MakeOptions {
    /// Number of cases.
    pub cases: u64,
    /// Seed of everything made up.
    pub seed: u64,
    /// Whether there are reviewers: then what the scanner flags needs two, and clean batches are reviewed afterwards.
    pub reviewed: bool,
}

/// What was made.
#[derive(Clone, Debug, Default)]
pub struct Made {
    /// Rows by table.
    pub rows: Vec<(&'static str, u64)>,
    /// Files of the document store.
    pub documents: u64,
    /// Their bytes.
    pub document_bytes: u64,
    /// Rows that do not fit the catalogue or name no file: the agent must hold them.
    pub held: u64,
}

impl Made {
    /// Rows of one table.
    pub fn rows_of(&self, table: &str) -> u64 {
        self.rows.iter().find(|(name, _)| *name == table).map_or(0, |(_, rows)| *rows)
    }
}

/// Makes a court in a folder that is new or empty.
pub fn make(dir: &Path, options: &MakeOptions) -> Result<Made> {
    let occupied = std::fs::read_dir(dir).is_ok_and(|mut entries| entries.next().is_some());
    if occupied {
        let message = format!("{}: the folder is not empty", dir.display());
        return Err(Error::new(CANNOT_CREATE, "FERRY-E0613", message, "name a new or empty folder"));
    }
    layout::make(dir, options)?;
    let mut store = documents::make(dir, options)?;
    let (rows, held) = cases::make(dir, options, &mut store)?;
    Ok(Made { rows, documents: store.files, document_bytes: store.bytes, held })
}

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
    /// Name reviewers, whose keys lie beside: two approvals for what the scanner flags, a review afterwards for the rest.
    #[arg(long)]
    reviewed: bool,
    /// Folder of the court.
    dir: PathBuf,
}

/// Runs the command line.
pub fn command() -> Result<()> {
    let c = Command::parse();
    if let Some(cases) = c.touch {
        let t = touch(&c.dir, cases, c.seed)?;
        outln!(
            "{} new cases, {} advanced, {} corrected, {} withheld, {} retracted",
            t.new,
            t.advanced,
            t.corrected,
            t.withheld,
            t.retracted
        );
        return Ok(());
    }
    if let Some(count) = c.flag {
        flag(&c.dir, count, c.seed)?;
        outln!("{count} announcements with the number of a person");
        return Ok(());
    }
    let options = MakeOptions { cases: c.cases.unwrap_or_default(), seed: c.seed, reviewed: c.reviewed };
    let made = make(&c.dir, &options)?;
    outln!("cases {}, people {}; rows by table:", made.rows_of("AJXX"), made.rows_of("RY"));
    for (table, rows) in &made.rows {
        outln!("{table:<6}{rows:>10}");
    }
    outln!("documents {} files, {} bytes", made.documents, made.document_bytes);
    outln!("rows that must be held: {}", made.held);
    outln!("log-ins: {}", c.dir.join("logins.tsv").display());
    Ok(())
}

/// A failure of a library that only this crate uses.
fn failed(what: &str, error: impl std::fmt::Display) -> Error {
    Error::new(IO, "FERRY-E0614", format!("{what}: {error}"), "look at the message; this is a tool for tests")
}
