//! `review list|add|refuse`.

use crate::context::{Context, LOCK};
use crate::output::Output;
use crate::review::{intake, pending};
use crate::texts::review as texts;
use clap::{Args, Subcommand};
use ferry_channel::runtime::lock;
use ferry_channel::types::UnixSeconds;
use ferry_format::frame::header::MAGIC;
use ferry_io::error::Result;
use ferry_io::outln;
use ferry_io::output::language::Show;
use std::path::{Path, PathBuf};

/// What reviewers do, as far as this machine is involved.
#[derive(Subcommand)]
pub enum Command {
    /// List drafts that wait for approvals, with what each needs, and released batches that are still to be reviewed.
    List(Output),
    /// Record approvals and refusals that reviewers signed on their own machines.
    Add(Files),
    /// Record a signed refusal. A reviewer's key never comes to this machine.
    Refuse(Files),
}

/// Signed files.
#[derive(Args)]
pub struct Files {
    /// Approval or refusal files.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    #[command(flatten)]
    output: Output,
}

impl Command {
    /// Runs the command.
    pub fn run(self, context: &Context, now: UnixSeconds) -> Result<()> {
        match self {
            Self::List(output) => {
                let list = pending::list(context, now)?;
                output.print(&list, || list.print());
                Ok(())
            }
            Self::Add(files) => files.add(context, now),
            Self::Refuse(files) => match files.files.iter().find(|path| is_batch(path)) {
                Some(draft) => Err(texts::not_signed_here(draft.display())),
                None => files.add(context, now),
            },
        }
    }
}

/// Whether a file begins like a batch or a draft.
fn is_batch(path: &Path) -> bool {
    intake::read(path).is_ok_and(|bytes| bytes.starts_with(&MAGIC))
}

impl Files {
    fn add(self, context: &Context, now: UnixSeconds) -> Result<()> {
        let _lock = lock::take(&context.config.state, LOCK)?;
        let accepted = intake::add(context, &self.files, now)?;
        self.output.print(&accepted, || {
            for a in &accepted {
                let (person, file) = (a.person.escape_debug(), a.file.display());
                outln!("{}", texts::accepted(texts::act(a.act), &a.subject, person, file).show());
            }
        });
        Ok(())
    }
}
