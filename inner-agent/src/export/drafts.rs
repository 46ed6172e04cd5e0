//! The drafts that a run composes: what the scanner flagged in one, and in another clean records, where the release rules require
//! approvals for them. A draft never delays the rest.

use crate::export::destination::Destination;
use crate::store::drafts::{self, NewDraft};
use ferry_channel::send::compose::{Composer, Draft, Outgoing};
use ferry_channel::types::{BatchNumber, UnixSeconds};
use ferry_format::batch::seal::Document;
use ferry_format::trust::rules::Class;
use ferry_io::error::{Error, Result};
use ferry_io::fs::durable;
use rusqlite::Connection;
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::path::{Path, PathBuf};

/// The folder of drafts in the state folder.
pub fn folder(state: &Path) -> PathBuf {
    state.join("drafts")
}

/// The name of a draft while it is composed; no file has it.
pub fn name_while_composed(destination: Destination) -> &'static str {
    if destination == Destination::Clean { ".clean" } else { ".flagged" }
}

/// The name of the draft of a trust list.
pub fn trust_name(channel: &str, list: u64) -> String {
    format!("{channel}-trust-{list:08}.draft")
}

/// Stores the draft of a trust list, in the caller's transaction. It replaces one that was proposed under the same number.
pub fn store_trust(conn: &Connection, draft: Draft, target: &Path, name: &str, now: UnixSeconds) -> Result<()> {
    durable::remove(target)?;
    drafts::delete(conn, name)?;
    store(conn, draft, target, name, Class::Trust, now)
}

fn store(conn: &Connection, draft: Draft, target: &Path, name: &str, class: Class, now: UnixSeconds) -> Result<()> {
    let (records, documents, content) = (draft.records, draft.documents, draft.content().clone());
    draft.persist(target)?;
    drafts::insert(conn, &NewDraft { name, content: &content, class, records, documents }, now)
}

/// The drafts of one run; each begins with its first record.
pub struct DraftSet<'a> {
    outgoing: &'a Outgoing,
    folder: PathBuf,
    composers: BTreeMap<Destination, Composer>,
}

impl<'a> DraftSet<'a> {
    /// Opens the folder, and removes drafts that no longer wait and what an interrupted run left.
    pub fn open(conn: &Connection, outgoing: &'a Outgoing, state: &Path, now: UnixSeconds) -> Result<Self> {
        let folder = folder(state);
        durable::make_folder_below(state, &folder)?;
        durable::remove_unfinished(&folder)?;
        let waiting: BTreeSet<String> = drafts::waiting(conn)?.into_iter().map(|draft| draft.name).collect();
        for entry in std::fs::read_dir(&folder).map_err(|e| Error::io(&folder, &e, false))?.flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.ends_with(".draft") && !waiting.contains(&name) {
                durable::remove(&entry.path())?;
            }
        }
        drafts::delete_old(conn, now)?;
        Ok(Self { outgoing, folder, composers: BTreeMap::new() })
    }

    fn composer(&mut self, destination: Destination) -> Result<&mut Composer> {
        match self.composers.entry(destination) {
            Entry::Occupied(begun) => Ok(begun.into_mut()),
            Entry::Vacant(place) => Ok(place.insert(Composer::begin_in(self.outgoing, &self.folder)?)),
        }
    }

    /// Adds a document, before the record that names it.
    pub fn document(&mut self, destination: Destination, document: Document, input: &mut dyn Read) -> Result<[u8; 32]> {
        self.composer(destination)?.document(document, input)
    }

    /// Adds a record.
    pub fn record(&mut self, destination: Destination, kind: &str, reason: &str, encoded: &[u8]) -> Result<()> {
        self.composer(destination)?.flagged(kind, reason, encoded)
    }

    /// Stores the drafts of the run that makes this batch, in the caller's transaction. Their files are durable before.
    pub fn store(self, conn: &Connection, number: BatchNumber, now: UnixSeconds) -> Result<()> {
        let BatchNumber { epoch, sequence } = number;
        for (destination, composer) in self.composers {
            let (kind, class) = match destination {
                Destination::Clean => ("-clean", Class::Clean),
                Destination::Batch | Destination::Flagged => ("", Class::Flagged),
            };
            let name = format!("{}-{epoch}-{sequence:08}{kind}.draft", self.outgoing.paths.channel);
            store(conn, composer.finish()?, &self.folder.join(&name), &name, class, now)?;
            drafts::rename_items(conn, name_while_composed(destination), &name)?;
        }
        Ok(())
    }
}
