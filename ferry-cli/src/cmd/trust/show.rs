//! `ferry trust show`

use crate::cmd::trust::list_file::read_unchecked;
use crate::output::values::safe;
use crate::texts::trust as texts;
use ferry_io::Result as Outcome;
use ferry_io::outln;
use ferry_io::output::language::Show as _;
use std::path::PathBuf;

/// Shows a list: people, offices, keys with the words that two people compare, and rules. It checks no signature.
#[derive(clap::Args)]
pub struct Args {
    /// The list, or a body before it is signed.
    list: PathBuf,
}

impl Args {
    /// Prints it.
    pub fn run(self) -> Outcome<()> {
        read_unchecked(&self.list)?.lines().iter().for_each(|line| outln!("{}", safe(line.show())));
        outln!("{}", texts::signatures_not_checked().show());
        Ok(())
    }
}
