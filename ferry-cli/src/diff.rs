//! `ferry diff`

use crate::changes::{Changes, Key};
use crate::passes::Held;
use crate::secret;
use crate::show;
use crate::trusting::Trusting;
use ferry_io::Result as Outcome;
use ferry_io::keys::load;
use ferry_io::outln;
use serde_json::json;
use std::path::PathBuf;

/// Shows what changed between two batches or drafts, record by record.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  ferry diff -k reviewer.key --trust trust.toml up-1-00000016.ferry up-1-00000017.ferry
  ferry diff -k reviewer.key --trust trust.toml yesterday.ferry draft.ferry --json")]
pub struct Args {
    /// Secret key of a recipient or reviewer of both.
    #[arg(short)]
    key: PathBuf,
    #[command(flatten)]
    passphrase: secret::Given,
    #[command(flatten)]
    trust: Trusting,
    /// One JSON object on stdout.
    #[arg(long)]
    json: bool,
    /// The earlier batch.
    before: PathBuf,
    /// The later batch.
    after: PathBuf,
}

impl Args {
    /// Both are verified whole; only what differs is kept.
    pub fn run(self) -> Outcome<()> {
        let key = load::identity(&self.key, &self.passphrase.source())?;
        let before = Held::read(&self.before, &key, &self.trust)?;
        let after = Held::read(&self.after, &key, &self.trust)?;
        let changes = Changes::between(&before, &after)?;
        let Changes { added, gone, changed, same } = &changes;
        let fields_of = |key: &Key| changes.fields(key);
        if self.json {
            let names =
                |keys: &[Key]| keys.iter().map(|(kind, id)| json!({ "kind": kind, "id": id })).collect::<Vec<_>>();
            let changes = changed.keys().map(|key| {
                let fields: Vec<_> = fields_of(key)
                    .into_iter()
                    .map(|(name, before, after)| json!({ "field": name, "before": before, "after": after }))
                    .collect();
                json!({ "kind": key.0, "id": key.1, "fields": fields })
            });
            let object = json!({ "added": names(added), "gone": names(gone), "changed": changes.collect::<Vec<_>>(), "same": same });
            outln!("{object}");
            return Ok(());
        }
        outln!("{} → {}", before.place(), after.place());
        let line = |sign: &str, key: &Key| outln!("{sign} {} {}", show::safe(&key.0), show::safe(&key.1));
        added.iter().for_each(|key| line("+", key));
        gone.iter().for_each(|key| line("-", key));
        for key in changed.keys() {
            line("~", key);
            let fields = fields_of(key);
            let columns = fields.iter().map(|(name, ..)| show::width(name)).max().unwrap_or(0);
            for (name, before, after) in fields {
                let text = |v: Option<String>| v.unwrap_or_else(|| "∅".to_owned());
                outln!("    {}  {} → {}", show::left(&show::safe(&name), columns), text(before), text(after));
            }
        }
        outln!("{} added, {} gone, {} changed, {same} the same", added.len(), gone.len(), changed.len());
        Ok(())
    }
}
