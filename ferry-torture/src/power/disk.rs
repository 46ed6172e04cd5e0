//! A disk that forgets: which bytes and which names are still there after a power cut, by what had been synced before
//! it. A file's bytes last once the file is synced, a name once its folder is, everything once the file system is.
//! Nothing more is promised: not that a synced file has its name, nor that what came first is kept first.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A file or folder, whatever its name.
pub type Id = usize;
/// The folder that everything lies in.
pub const ROOT: Id = 0;

/// What a running program does to the disk.
#[allow(missing_docs, reason = "the fields are what the steps name: files, folders, names, places and bytes")]
#[derive(Clone, Debug)]
pub enum Effect {
    /// A new, empty file or folder under a name, in place of what had that name.
    Make { folder: Id, name: OsString, node: Id, is_folder: bool },
    /// A name is removed.
    Remove { folder: Id, name: OsString },
    /// A name moves, in one step.
    Rename { from: (Id, OsString), to: (Id, OsString), node: Id },
    /// A second name for a file.
    Link { folder: Id, name: OsString, node: Id },
    /// Bytes at an offset.
    Write { file: Id, offset: usize, bytes: Arc<[u8]> },
    /// A file gets this length.
    Resize { file: Id, bytes: usize },
    /// `fsync` or `fdatasync` of a file or folder.
    Sync(Id),
    /// `syncfs` or `sync`.
    SyncAll,
}

/// What becomes of effects that no sync came after.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Variant {
    /// All of them last: the same as a process that is killed.
    Kept,
    /// None of them lasts.
    Lost,
    /// Of the last one on each file half of its bytes, and all the others.
    Torn,
    /// Names last, bytes do not.
    Missing,
    /// Names and lengths last; the new parts of files are zeros.
    Zeroed,
    /// Bytes last, names do not.
    Nameless,
    /// The first, third, fifth, …
    Odd,
    /// The second, fourth, sixth, …
    Even,
}

/// All of them.
pub const VARIANTS: [Variant; 8] = {
    use Variant::*;
    [Kept, Lost, Torn, Missing, Zeroed, Nameless, Odd, Even]
};

#[derive(Clone, Debug)]
enum Node {
    File(Arc<Vec<u8>>),
    Folder(BTreeMap<OsString, Id>),
}

/// Files and folders below one folder. Copies share the bytes.
#[derive(Clone, Debug)]
pub struct Disk {
    nodes: BTreeMap<Id, Node>,
}

impl Default for Disk {
    fn default() -> Self {
        Self { nodes: BTreeMap::from([(ROOT, Node::Folder(BTreeMap::new()))]) }
    }
}

/// How much of an effect lasts.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Share {
    None,
    All,
    Half,
    Zeros,
    /// Of a renaming: the new name stands, and the old one too.
    NewName,
}

impl Disk {
    /// Reads everything below a folder; what is there is durable.
    pub fn read(folder: &Path) -> Self {
        let mut disk = Self::default();
        disk.read_into(ROOT, folder);
        disk
    }

    fn read_into(&mut self, id: Id, folder: &Path) {
        for entry in fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            let child = self.free_id();
            if entry.file_type().unwrap().is_dir() {
                self.nodes.insert(child, Node::Folder(BTreeMap::new()));
                self.read_into(child, &entry.path());
            } else {
                self.nodes.insert(child, Node::File(Arc::new(fs::read(entry.path()).unwrap())));
            }
            self.entries(id).insert(entry.file_name(), child);
        }
    }

    /// An id that nothing has.
    pub fn free_id(&self) -> Id {
        self.nodes.last_key_value().map_or(ROOT, |(id, _)| id + 1)
    }

    fn entries(&mut self, folder: Id) -> &mut BTreeMap<OsString, Id> {
        match self.nodes.get_mut(&folder) {
            Some(Node::Folder(entries)) => entries,
            _ => panic!("{folder} is no folder"),
        }
    }

    fn bytes(&mut self, file: Id) -> &mut Vec<u8> {
        match self.nodes.get_mut(&file) {
            Some(Node::File(bytes)) => Arc::make_mut(bytes),
            _ => panic!("{file} is no file"),
        }
    }

    /// What has a name, as a path from the root.
    pub fn find(&self, path: &Path) -> Option<Id> {
        path.iter().try_fold(ROOT, |id, name| match &self.nodes[&id] {
            Node::Folder(entries) => entries.get(name).copied(),
            Node::File(_) => None,
        })
    }

    /// The bytes of a file; `None` for a folder.
    pub fn content(&self, file: Id) -> Option<&[u8]> {
        match &self.nodes[&file] {
            Node::File(bytes) => Some(bytes),
            Node::Folder(_) => None,
        }
    }

    /// Does what a program did.
    pub fn apply(&mut self, effect: &Effect) {
        self.apply_share(effect, Share::All);
    }

    fn apply_share(&mut self, effect: &Effect, share: Share) {
        match effect {
            // What is made exists whether or not its name lasts.
            Effect::Make { folder, name, node, is_folder } => {
                let made = if *is_folder { Node::Folder(BTreeMap::new()) } else { Node::File(Arc::default()) };
                self.nodes.insert(*node, made);
                if share != Share::None {
                    self.entries(*folder).insert(name.clone(), *node);
                }
            }
            _ if share == Share::None => {}
            Effect::Remove { folder, name } => drop(self.entries(*folder).remove(name)),
            Effect::Link { folder, name, node } => drop(self.entries(*folder).insert(name.clone(), *node)),
            Effect::Rename { from, to, node } => {
                self.entries(to.0).insert(to.1.clone(), *node);
                if share == Share::All && from != to {
                    self.entries(from.0).remove(&from.1);
                }
            }
            Effect::Write { file, offset, bytes } => {
                let bytes = if share == Share::Half { &bytes[..bytes.len() / 2] } else { bytes };
                let (end, content) = (offset + bytes.len(), self.bytes(*file));
                if content.len() < end {
                    content.resize(end, 0);
                }
                if share != Share::Zeros {
                    content[*offset..end].copy_from_slice(bytes);
                }
            }
            Effect::Resize { file, bytes } => {
                if share != Share::Half {
                    self.bytes(*file).resize(*bytes, 0);
                }
            }
            Effect::Sync(_) | Effect::SyncAll => {}
        }
    }

    /// The disk after these effects and a power cut.
    #[must_use]
    pub fn after_cut(&self, effects: &[Effect], variant: Variant) -> Self {
        let mut disk = self.clone();
        for (effect, share) in effects.iter().zip(shares(effects, variant)) {
            disk.apply_share(effect, share);
        }
        disk
    }

    /// Paths and bytes of all files, and paths of all folders.
    fn listing(&self) -> (BTreeMap<PathBuf, Arc<Vec<u8>>>, BTreeSet<PathBuf>) {
        let (mut files, mut folders) = (BTreeMap::new(), BTreeSet::new());
        let mut open = vec![(PathBuf::new(), ROOT)];
        while let Some((path, id)) = open.pop() {
            match &self.nodes[&id] {
                Node::File(bytes) => drop(files.insert(path, bytes.clone())),
                Node::Folder(entries) => {
                    open.extend(entries.iter().map(|(name, child)| (path.join(name), *child)));
                    folders.insert(path);
                }
            }
        }
        (files, folders)
    }

    /// An effect in words, with the names that things have on this disk.
    pub fn describe(&self, effect: &Effect) -> String {
        let mut names = BTreeMap::from([(ROOT, PathBuf::from("."))]);
        let mut open = vec![(PathBuf::new(), ROOT)];
        while let Some((path, id)) = open.pop() {
            if let Node::Folder(entries) = &self.nodes[&id] {
                open.extend(entries.iter().map(|(name, child)| (path.join(name), *child)));
            }
            names.insert(id, path);
        }
        let of = |id: &Id| names.get(id).map_or_else(|| "a removed file".into(), |path| path.display().to_string());
        match effect {
            Effect::Make { folder, name, .. } => format!("making {}/{}", of(folder), name.display()),
            Effect::Remove { folder, name } => format!("removing {}/{}", of(folder), name.display()),
            Effect::Rename { to, .. } => format!("renaming to {}/{}", of(&to.0), to.1.display()),
            Effect::Link { folder, name, .. } => format!("linking {}/{}", of(folder), name.display()),
            Effect::Write { file, .. } => format!("writing {}", of(file)),
            Effect::Resize { file, .. } => format!("resizing {}", of(file)),
            Effect::Sync(id) => format!("syncing {}", of(id)),
            Effect::SyncAll => "syncing everything".into(),
        }
    }

    /// Paths of all files.
    pub fn files(&self) -> BTreeSet<PathBuf> {
        self.listing().0.into_keys().collect()
    }

    /// Makes of a copy of `start` below `folder` what this disk holds.
    pub fn write(&self, start: &Self, folder: &Path) {
        let ((files, folders), (old_files, old_folders)) = (self.listing(), start.listing());
        for path in folders.difference(&old_folders) {
            fs::create_dir_all(folder.join(path)).unwrap();
        }
        for path in old_files.keys().filter(|path| !files.contains_key(*path)) {
            fs::remove_file(folder.join(path)).unwrap();
        }
        for path in old_folders.difference(&folders).collect::<Vec<_>>().into_iter().rev() {
            fs::remove_dir(folder.join(path)).unwrap();
        }
        for (path, bytes) in &files {
            if old_files.get(path).is_some_and(|old| Arc::ptr_eq(old, bytes)) {
                continue;
            }
            let is_new = !old_files.contains_key(path);
            let path = folder.join(path);
            fs::write(&path, bytes.as_slice()).unwrap();
            if is_new {
                // Ledgers and keys must be private; modes are nothing that a power cut changes.
                fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
            }
        }
    }

    /// Removes files for good, by their path.
    pub fn forget(&mut self, unwanted: impl Fn(&Path) -> bool) {
        for path in self.files().into_iter().filter(|path| unwanted(path)) {
            let folder = self.find(path.parent().unwrap()).unwrap();
            self.entries(folder).remove(path.file_name().unwrap());
        }
    }

    /// Puts a file with these bytes there, for good.
    pub fn put(&mut self, path: &Path, bytes: &[u8]) {
        let (folder, node) = (self.find(path.parent().unwrap()).unwrap(), self.free_id());
        self.nodes.insert(node, Node::File(Arc::new(bytes.to_vec())));
        self.entries(folder).insert(path.file_name().unwrap().to_owned(), node);
    }

    /// What tells two disks apart. Bytes that are shared with `start` need no reading.
    pub fn digest(&self, start: &Self) -> [u8; 32] {
        let (files, folders) = self.listing();
        let old = start.listing().0;
        let mut parts: Vec<u8> = Vec::new();
        for folder in folders {
            parts.extend(folder.as_os_str().as_encoded_bytes());
            parts.push(0);
        }
        for (path, bytes) in files {
            parts.extend(path.as_os_str().as_encoded_bytes());
            let changed = old.get(&path).is_none_or(|old| !Arc::ptr_eq(old, &bytes));
            parts.extend(if changed { ferry_format::crypto::hash::sha256(&bytes) } else { [0; 32] });
        }
        ferry_format::crypto::hash::sha256(&parts)
    }
}

/// How much of each effect lasts.
fn shares(effects: &[Effect], variant: Variant) -> Vec<Share> {
    let lasting = lasting(effects);
    let last_of_file: BTreeMap<Id, usize> =
        effects.iter().enumerate().filter_map(|(n, e)| Some((file_of(e)?, n))).collect();
    let mut pending = 0;
    let mut share = |n: usize, effect: &Effect| {
        if lasting[n] == Share::All {
            return Share::All;
        }
        pending += 1;
        let is_data = file_of(effect).is_some();
        match variant {
            Variant::Kept => Share::All,
            Variant::Lost => lasting[n],
            Variant::Torn if is_data && last_of_file.values().any(|last| *last == n) => Share::Half,
            Variant::Torn => Share::All,
            Variant::Missing => {
                if is_data {
                    Share::None
                } else {
                    Share::All
                }
            }
            Variant::Zeroed => {
                if is_data {
                    Share::Zeros
                } else {
                    Share::All
                }
            }
            Variant::Nameless => {
                if is_data {
                    Share::All
                } else {
                    lasting[n]
                }
            }
            Variant::Odd => {
                if pending % 2 == 1 {
                    Share::All
                } else {
                    lasting[n]
                }
            }
            Variant::Even => {
                if pending % 2 == 0 {
                    Share::All
                } else {
                    lasting[n]
                }
            }
        }
    };
    effects.iter().enumerate().map(|(n, effect)| share(n, effect)).collect()
}

/// The file whose bytes an effect changes.
fn file_of(effect: &Effect) -> Option<Id> {
    match effect {
        Effect::Write { file, .. } | Effect::Resize { file, .. } => Some(*file),
        _ => None,
    }
}

/// What the syncs among the effects promise: the share of each that surely lasts.
fn lasting(effects: &[Effect]) -> Vec<Share> {
    let (mut all, mut synced) = (false, BTreeSet::new());
    let mut shares: Vec<Share> = Vec::with_capacity(effects.len());
    for effect in effects.iter().rev() {
        let of = |is: bool| if is { Share::All } else { Share::None };
        let has = |id: &Id| all || synced.contains(id);
        shares.push(match effect {
            Effect::Sync(id) => {
                synced.insert(*id);
                Share::All
            }
            Effect::SyncAll => {
                all = true;
                Share::All
            }
            Effect::Write { file, .. } | Effect::Resize { file, .. } => of(has(file)),
            Effect::Make { folder, .. } | Effect::Remove { folder, .. } | Effect::Link { folder, .. } => {
                of(has(folder))
            }
            // A name is not lost on its way: the old one goes only where the new one stays.
            Effect::Rename { from, to, .. } => match (has(&from.0), has(&to.0)) {
                (true, true) => Share::All,
                (false, true) => Share::NewName,
                (_, false) => Share::None,
            },
        });
    }
    shares.reverse();
    shares
}

/// SQLite's index of its write-ahead log lies in shared memory and is built again by the first program that opens the database.
pub fn is_index(path: &Path) -> bool {
    path.as_os_str().as_encoded_bytes().ends_with(b"-shm")
}
