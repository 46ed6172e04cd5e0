//! `ferry trust`

mod init;
mod first;
mod next;
mod sign;
mod show;
mod diff;
mod check;
mod list_file;

use ferry_io::Result as Outcome;

/// Makes trust files, and the signed lists that root keys number.
#[derive(clap::Subcommand)]
pub enum Command {
    Init(init::Args),
    First(first::Args),
    Next(next::Args),
    Sign(sign::Args),
    Show(show::Args),
    Diff(diff::Args),
    Check(check::Args),
}

impl Command {
    /// Does what was named.
    pub fn run(self) -> Outcome<()> {
        match self {
            Self::Init(args) => args.run(),
            Self::First(args) => args.run(),
            Self::Next(args) => args.run(),
            Self::Sign(args) => args.run(),
            Self::Show(args) => args.run(),
            Self::Diff(args) => args.run(),
            Self::Check(args) => args.run(),
        }
    }
}
