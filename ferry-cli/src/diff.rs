//! `ferry diff`

use crate::passes::{Held, Viewer};
use crate::show;
use ferry_channel::Result as Outcome;
use ferry_format::Result;
use ferry_format::manifest::Entry;
use ferry_format::record::Record;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
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
    /// Trust file.
    #[arg(long)]
    trust: PathBuf,
    /// One JSON object on stdout.
    #[arg(long)]
    json: bool,
    /// The earlier batch.
    before: PathBuf,
    /// The later batch.
    after: PathBuf,
}

/// Kind, and id or name.
type Key = (String, String);

/// What is in a batch: content digests of records and documents.
#[derive(Default)]
struct Contents(BTreeMap<Key, [u8; 32]>);

impl Viewer for Contents {
    fn document(&mut self, e: &Entry) -> Result<()> {
        self.0.insert((e.kind.clone(), e.name.clone()), e.sha256);
        Ok(())
    }

    fn record(&mut self, _: &Entry, r: Record) -> Result<()> {
        let digest = r.content_digest()?;
        self.0.insert((r.kind, r.id), digest);
        Ok(())
    }
}

/// The records of chosen keys.
struct Chosen<'a> {
    keys: &'a BTreeSet<Key>,
    records: BTreeMap<Key, Record>,
}

impl Viewer for Chosen<'_> {
    fn document(&mut self, _: &Entry) -> Result<()> {
        Ok(())
    }

    fn record(&mut self, _: &Entry, r: Record) -> Result<()> {
        let key = (r.kind.clone(), r.id.clone());
        if self.keys.contains(&key) {
            self.records.insert(key, r);
        }
        Ok(())
    }
}

/// Name of a field, and its value before and after.
type Field = (String, Option<String>, Option<String>);

impl Args {
    /// Both are verified whole; only what differs is kept.
    pub fn run(self) -> Outcome<()> {
        let before = Held::read(&self.before, &self.key, &self.trust)?;
        let after = Held::read(&self.after, &self.key, &self.trust)?;
        let contents = |held: &Held| -> Outcome<BTreeMap<Key, [u8; 32]>> {
            let mut contents = Contents::default();
            held.show(&mut contents)?;
            Ok(contents.0)
        };
        let (old, new) = (contents(&before)?, contents(&after)?);
        let added: Vec<&Key> = new.keys().filter(|k| !old.contains_key(*k)).collect();
        let gone: Vec<&Key> = old.keys().filter(|k| !new.contains_key(*k)).collect();
        let changed: BTreeSet<Key> = new
            .iter()
            .filter(|(k, digest)| old.get(*k).is_some_and(|o| o != *digest))
            .map(|(k, _)| k.clone())
            .collect();
        let records = |held: &Held| -> Outcome<BTreeMap<Key, Record>> {
            let mut chosen = Chosen { keys: &changed, records: BTreeMap::new() };
            held.show(&mut chosen)?;
            Ok(chosen.records)
        };
        let (was, is) = (records(&before)?, records(&after)?);
        let same = new.len() - added.len() - changed.len();
        if self.json {
            let names =
                |keys: &[&Key]| keys.iter().map(|(kind, id)| json!({ "kind": kind, "id": id })).collect::<Vec<_>>();
            let changes = changed.iter().map(|key| {
                let fields: Vec<_> = fields(was.get(key), is.get(key))
                    .into_iter()
                    .map(|(name, before, after)| json!({ "field": name, "before": before, "after": after }))
                    .collect();
                json!({ "kind": key.0, "id": key.1, "fields": fields })
            });
            let object = json!({ "added": names(&added), "gone": names(&gone), "changed": changes.collect::<Vec<_>>(), "same": same });
            println!("{object}");
            return Ok(());
        }
        println!("{} → {}", before.place(), after.place());
        let line = |sign: &str, key: &Key| println!("{sign} {} {}", show::safe(&key.0), show::safe(&key.1));
        added.iter().for_each(|key| line("+", key));
        gone.iter().for_each(|key| line("-", key));
        for key in &changed {
            line("~", key);
            let fields = fields(was.get(key), is.get(key));
            let columns = fields.iter().map(|(name, ..)| show::width(name)).max().unwrap_or(0);
            for (name, before, after) in fields {
                let text = |v: Option<String>| v.unwrap_or_else(|| "∅".to_owned());
                println!("    {}  {} → {}", show::left(&show::safe(&name), columns), text(before), text(after));
            }
        }
        println!("{} added, {} gone, {} changed, {same} the same", added.len(), gone.len(), changed.len());
        Ok(())
    }
}

/// The fields that differ; of a document nothing but its bytes can.
fn fields(before: Option<&Record>, after: Option<&Record>) -> Vec<Field> {
    let (Some(before), Some(after)) = (before, after) else { return Vec::new() };
    let head =
        |r: &Record| [("case", &r.case_id), ("person", &r.person)].map(|(name, v)| (name.to_owned(), show::safe(v)));
    let values = |r: &Record| {
        let mut all: BTreeMap<String, String> = r.fields.iter().map(|(n, v)| (n.clone(), show::value(v))).collect();
        all.extend(head(r).into_iter().filter(|(_, v)| !v.is_empty()));
        all.extend(r.retracted.then(|| ("retracted".to_owned(), "true".to_owned())));
        all
    };
    let (old, new) = (values(before), values(after));
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    names
        .into_iter()
        .filter(|name| old.get(*name) != new.get(*name))
        .map(|name| (name.clone(), old.get(name).cloned(), new.get(name).cloned()))
        .collect()
}
