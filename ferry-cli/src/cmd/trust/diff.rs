//! `ferry trust diff`

use crate::cmd::trust::list_file::read_unchecked;
use crate::output::values::safe;
use ferry_io::Result as Outcome;
use ferry_io::outln;
use ferry_io::output::language::Show as _;
use std::path::PathBuf;

/// Shows what a list changes.
#[derive(clap::Args)]
pub struct Args {
    /// The list before.
    before: PathBuf,
    /// The list, or a body before it is signed.
    after: PathBuf,
}

impl Args {
    /// Prints the lines that only one of them has.
    pub fn run(self) -> Outcome<()> {
        let (before, after) = (read_unchecked(&self.before)?.lines(), read_unchecked(&self.after)?.lines());
        before.iter().filter(|line| !after.contains(line)).for_each(|line| outln!("- {}", safe(line.show())));
        after.iter().filter(|line| !before.contains(line)).for_each(|line| outln!("+ {}", safe(line.show())));
        Ok(())
    }
}
