//! `ferry evidence`: the auditor's bundle.

mod inputs;
mod batches;
mod picks;
mod audit;
mod make;
mod verify;
mod unpack;
mod table;
mod json;

use ferry_io::Result as Outcome;

/// The proof of one record or document, for an auditor: one file, checked offline and by a second program.
#[derive(clap::Subcommand)]
pub enum Command {
    Make(make::Args),
    Verify(verify::Args),
}

impl Command {
    /// Makes or verifies.
    pub fn run(self) -> Outcome<()> {
        match self {
            Self::Make(args) => args.run(),
            Self::Verify(args) => args.run(),
        }
    }
}
