//! `review list|add|refuse` and `release`.

use crate::agent::{Agent, LOCK};
use crate::cli::{Output, print};
use crate::review::{folder, list, release, take};
use crate::status;
use clap::{Args, Subcommand};
use ferry_channel::runtime::lock;
use ferry_io::clock;
use ferry_io::error::{Error, Result};
use ferry_io::exit_code::NOT_PERMITTED;
use ferry_io::outln;
use std::path::{Path, PathBuf};

/// What reviewers do, as far as this machine takes part in it.
#[derive(Subcommand)]
pub enum Command {
    /// Drafts that wait: what each needs, who approved it, when it is due; and batches that left, to be reviewed afterwards.
    List(Output),
    /// Takes in approvals and refusals that reviewers signed on machines of their own.
    Add(Files),
    /// Takes in a signed refusal. The key of a reviewer never comes to this machine.
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
    /// Runs it.
    pub fn run(self, agent: &Agent) -> Result<()> {
        match self {
            Self::List(output) => {
                let list = list::list(agent, clock::now_s())?;
                print(output, &list, || list.print());
                Ok(())
            }
            Self::Add(files) => files.add(agent),
            Self::Refuse(files) => {
                if let Some(draft) = files.files.iter().find(|path| is_batch(path)) {
                    let message =
                        format!("{}: a refusal is signed by the reviewer, not by this agent", draft.display());
                    let hint = "the reviewer runs `ferry refuse -i reviewer.key --trust trust.toml DRAFT --reason … -o FILE` on his \
                                own machine; then `review refuse FILE`";
                    return Err(Error::new(NOT_PERMITTED, "FERRY-E0738", message, hint));
                }
                files.add(agent)
            }
        }
    }
}

/// Whether a file begins as batches and drafts do.
fn is_batch(path: &Path) -> bool {
    take::read(path).is_ok_and(|bytes| bytes.starts_with(&ferry_format::frame::header::MAGIC))
}

impl Files {
    fn add(self, agent: &Agent) -> Result<()> {
        let _lock = lock::take(&agent.config.state, LOCK)?;
        let taken = take::add(agent, &self.files, clock::now_s())?;
        print(self.output, &taken, || {
            for t in &taken {
                outln!("{} {}: {} ({})", t.act, t.about, t.person.escape_debug(), t.file.display());
            }
        });
        Ok(())
    }
}

/// `release`.
pub fn release_now(agent: &Agent, output: Output) -> Result<()> {
    {
        let _lock = lock::take(&agent.config.state, LOCK)?;
        folder::visit(agent, clock::now_s())?;
    }
    let done = release::release(agent);
    status::publish(agent);
    let done = done?;
    print(output, &done, || done.print());
    Ok(())
}
