//! `ferry diff`

use crate::batch::comparison::{Comparison, ItemKey};
use crate::batch::verified_file::VerifiedFile;
use crate::options::reader::ReaderOptions;
use crate::output::values;
use crate::texts::commands;
use ferry_io::Result as Outcome;
use ferry_io::outln;
use ferry_io::output::language::Show;
use serde_json::{Value, json};
use std::path::PathBuf;

/// Shows what changed between two batches or drafts, record by record.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  ferry diff -k reviewer.key --trust trust.toml up-1-00000016.ferry up-1-00000017.ferry
  ferry diff -k reviewer.key --trust trust.toml yesterday.ferry draft.ferry --json")]
pub struct Args {
    #[command(flatten)]
    reader: ReaderOptions,
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
        let key = self.reader.load()?;
        let before = VerifiedFile::read(&self.before, &key, &self.reader.trust)?;
        let after = VerifiedFile::read(&self.after, &key, &self.reader.trust)?;
        let comparison = Comparison::between(&before, &after)?;
        if self.json {
            outln!("{}", json_of(&comparison));
            return Ok(());
        }
        outln!("{} → {}", before.label().show(), after.label().show());
        print(&comparison);
        Ok(())
    }
}

fn json_of(comparison: &Comparison) -> Value {
    let names = |keys: &[ItemKey]| keys.iter().map(|(kind, id)| json!({ "kind": kind, "id": id })).collect::<Vec<_>>();
    let changed = comparison.changed.keys().map(|key| {
        let fields: Vec<_> = comparison
            .fields(key)
            .into_iter()
            .map(|(name, before, after)| json!({ "field": name, "before": before, "after": after }))
            .collect();
        json!({ "kind": key.0, "id": key.1, "fields": fields })
    });
    json!({ "added": names(&comparison.added), "gone": names(&comparison.gone), "changed": changed.collect::<Vec<_>>(),
            "same": comparison.same })
}

fn print(comparison: &Comparison) {
    let line = |sign: &str, key: &ItemKey| outln!("{sign} {} {}", values::safe(&key.0), values::safe(&key.1));
    comparison.added.iter().for_each(|key| line("+", key));
    comparison.gone.iter().for_each(|key| line("-", key));
    for key in comparison.changed.keys() {
        line("~", key);
        let fields = comparison.fields(key);
        let columns = fields.iter().map(|(name, ..)| values::width(name)).max().unwrap_or(0);
        for (name, before, after) in fields {
            let text = |v: Option<String>| v.unwrap_or_else(|| "∅".to_owned());
            outln!("    {}  {} → {}", values::left(&values::safe(&name), columns), text(before), text(after));
        }
    }
    let [changed, added, gone, same] = comparison.counts();
    outln!("{}", commands::differences(added, gone, changed, same).show());
}
