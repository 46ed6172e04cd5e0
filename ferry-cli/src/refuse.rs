//! `ferry refuse`

use crate::decide::{Decider, Deciding};
use crate::passes::Viewer;
use ferry_format::frame::manifest::Entry;
use ferry_format::record::Record;
use ferry_io::exit_code::NO_INPUT;
use ferry_io::{Error, Result as Outcome};
use std::collections::BTreeSet;

/// Writes a signed refusal of a draft, with the reason and, where it is about some records only, with these.
#[derive(clap::Args)]
#[command(after_help = "Example:
  ferry refuse -i reviewer.key --trust trust.toml draft.ferry --reason 身份证号未隐去 --item announcement/GG000017 -o li.refusal")]
pub struct Args {
    #[command(flatten)]
    deciding: Deciding,
    /// Why: 1 to 1024 bytes.
    #[arg(long)]
    reason: String,
    /// A record or document that it is about; may be given more than once.
    #[arg(long = "item", value_name = "KIND/ID")]
    items: Vec<String>,
}

impl Args {
    /// Opens the whole draft with the reviewer's key before signing anything.
    pub fn run(self) -> Outcome<()> {
        let Decider { reviewer, trust, now, draft } = self.deciding.begin()?;
        let items: Vec<_> = self.items.iter().map(|item| parse(item)).collect::<Outcome<_>>()?;
        if !items.is_empty() {
            let mut missing = Missing(items.iter().cloned().collect());
            draft.show(&mut missing)?;
            if let Some((kind, id)) = missing.0.first() {
                return Err(not_there(&format!("{kind}/{id}")));
            }
        }
        let refusal = reviewer.refuse(&trust, &draft.content, &self.reason, items, &now)?;
        self.deciding.end(&refusal.content, &refusal.encode())
    }
}

fn parse(item: &str) -> Outcome<(String, String)> {
    let (kind, id) = item.split_once('/').ok_or_else(|| not_there(item))?;
    Ok((kind.to_owned(), id.to_owned()))
}

fn not_there(item: &str) -> Error {
    let message = format!("the draft has no record or document {}", ferry_io::output::table::safe(item));
    Error::new(NO_INPUT, "FERRY-E0742", message, "name kind and id as `ferry inspect` shows them, as KIND/ID")
}

/// What a refusal names and the draft has not shown yet.
struct Missing(BTreeSet<(String, String)>);

impl Viewer for Missing {
    fn document(&mut self, entry: &Entry) -> ferry_format::Result<()> {
        self.0.remove(&(entry.kind.clone(), entry.name.clone()));
        Ok(())
    }

    fn record(&mut self, _: &Entry, record: Record) -> ferry_format::Result<()> {
        self.0.remove(&(record.kind, record.id));
        Ok(())
    }
}
