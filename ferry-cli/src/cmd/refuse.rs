//! `ferry refuse`

use crate::batch::verified_file::Visitor;
use crate::decision::signing::{SigningContext, SigningOptions};
use crate::texts::errors;
use ferry_format::frame::manifest::Entry;
use ferry_format::record::Record;
use ferry_io::output::table::safe;
use ferry_io::{Error, Result as Outcome};
use std::collections::BTreeSet;

/// Writes a signed refusal of a draft, with the reason and, if it is about some records only, with these.
#[derive(clap::Args)]
#[command(after_help = "Example:
  ferry refuse -i reviewer.key --trust trust.toml draft.ferry --reason 'identity number not masked' --item announcement/GG000017 -o li.refusal")]
pub struct Args {
    #[command(flatten)]
    signing: SigningOptions,
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
        let SigningContext { reviewer, trust, now, draft } = self.signing.begin()?;
        let items: Vec<_> = self.items.iter().map(|item| parse(item)).collect::<Outcome<_>>()?;
        if !items.is_empty() {
            let mut missing = MissingItems(items.iter().cloned().collect());
            draft.visit(&mut missing)?;
            if let Some((kind, id)) = missing.0.first() {
                return Err(not_in_draft(&format!("{kind}/{id}")));
            }
        }
        let refusal = reviewer.refuse(&trust, &draft.content, &self.reason, items, &now)?;
        self.signing.write(&refusal.content, &refusal.encode())
    }
}

fn parse(item: &str) -> Outcome<(String, String)> {
    let (kind, id) = item.split_once('/').ok_or_else(|| not_in_draft(item))?;
    Ok((kind.to_owned(), id.to_owned()))
}

fn not_in_draft(item: &str) -> Error {
    errors::item_not_in_draft(safe(item))
}

/// Items that a refusal names and that the draft has not shown yet.
struct MissingItems(BTreeSet<(String, String)>);

impl Visitor for MissingItems {
    fn document(&mut self, entry: &Entry) -> ferry_format::Result<()> {
        self.0.remove(&(entry.kind.clone(), entry.name.clone()));
        Ok(())
    }

    fn record(&mut self, _: &Entry, record: Record) -> ferry_format::Result<()> {
        self.0.remove(&(record.kind, record.id));
        Ok(())
    }
}
