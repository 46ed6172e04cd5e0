//! `ferry diff`

use crate::passes::{Held, Viewer};
use crate::secret;
use crate::show;
use crate::trusting::Trusting;
use ferry_channel::{Result as Outcome, files};
use ferry_format::Result;
use ferry_format::keys::sha256;
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

/// Kind, and id or name.
type Key = (String, String);

/// What is in a batch: for each record and document a digest of its key and one of its content, in ascending order.
/// Thirty-two bytes each, so that batches of millions can be compared.
#[derive(Default)]
struct Contents(Vec<([u8; 16], [u8; 16])>);

impl Contents {
    fn of(held: &Held) -> Outcome<Self> {
        let mut contents = Self::default();
        held.show(&mut contents)?;
        contents.0.sort_unstable();
        Ok(contents)
    }

    /// The content under a key.
    fn get(&self, key: &[u8; 16]) -> Option<&[u8; 16]> {
        self.0.binary_search_by(|(known, _)| known.cmp(key)).ok().map(|at| &self.0[at].1)
    }
}

fn short(digest: [u8; 32]) -> [u8; 16] {
    let mut short = [0; 16];
    short.copy_from_slice(&digest[..16]);
    short
}

fn key_of(kind: &str, id: &str) -> [u8; 16] {
    short(sha256(&[&(kind.len() as u64).to_be_bytes(), kind.as_bytes(), id.as_bytes()].concat()))
}

impl Viewer for Contents {
    fn document(&mut self, e: &Entry) -> Result<()> {
        self.0.push((key_of(&e.kind, &e.name), short(e.sha256)));
        Ok(())
    }

    fn record(&mut self, _: &Entry, r: Record) -> Result<()> {
        self.0.push((key_of(&r.kind, &r.id), short(r.content_digest()?)));
        Ok(())
    }
}

/// What one batch has that the other has not, or has otherwise.
struct Differing<'a> {
    other: &'a Contents,
    alone: Vec<Key>,
    changed: BTreeMap<Key, Option<Record>>,
}

impl<'a> Differing<'a> {
    fn of(held: &Held, other: &'a Contents) -> Outcome<Self> {
        let mut differing = Self { other, alone: Vec::new(), changed: BTreeMap::new() };
        held.show(&mut differing)?;
        differing.alone.sort_unstable();
        Ok(differing)
    }

    fn note(&mut self, kind: String, id: String, content: [u8; 16], record: Option<Record>) {
        match self.other.get(&key_of(&kind, &id)) {
            None => self.alone.push((kind, id)),
            Some(known) if *known != content => drop(self.changed.insert((kind, id), record)),
            Some(_) => {}
        }
    }
}

impl Viewer for Differing<'_> {
    fn document(&mut self, e: &Entry) -> Result<()> {
        self.note(e.kind.clone(), e.name.clone(), short(e.sha256), None);
        Ok(())
    }

    fn record(&mut self, _: &Entry, r: Record) -> Result<()> {
        let content = short(r.content_digest()?);
        self.note(r.kind.clone(), r.id.clone(), content, Some(r));
        Ok(())
    }
}

/// Name of a field, and its value before and after.
type Field = (String, Option<String>, Option<String>);

impl Args {
    /// Both are verified whole; only what differs is kept.
    pub fn run(self) -> Outcome<()> {
        let key = files::identity(&self.key, &self.passphrase.source())?;
        let before = Held::read(&self.before, &key, &self.trust)?;
        let after = Held::read(&self.after, &key, &self.trust)?;
        let (old, new) = (Contents::of(&before)?, Contents::of(&after)?);
        let (is, was) = (Differing::of(&after, &old)?, Differing::of(&before, &new)?);
        let (added, gone, changed) = (&is.alone, &was.alone, &is.changed);
        let same = new.0.len() - added.len() - changed.len();
        let fields_of = |key: &Key| fields(was.changed.get(key), changed.get(key));
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
            println!("{object}");
            return Ok(());
        }
        println!("{} → {}", before.place(), after.place());
        let line = |sign: &str, key: &Key| println!("{sign} {} {}", show::safe(&key.0), show::safe(&key.1));
        added.iter().for_each(|key| line("+", key));
        gone.iter().for_each(|key| line("-", key));
        for key in changed.keys() {
            line("~", key);
            let fields = fields_of(key);
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
fn fields(before: Option<&Option<Record>>, after: Option<&Option<Record>>) -> Vec<Field> {
    let (Some(Some(before)), Some(Some(after))) = (before, after) else { return Vec::new() };
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
