//! What a program did to the files of one folder, read from what `strace` saw of it.

use crate::power::disk::{Disk, Effect, Id, is_index};
use ferry_testkit::stage::in_english;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;

/// Calls that change files or say which file is meant. A program that changes files by other calls is not understood.
const CALLS: &str = "trace=open,openat,creat,dup,dup2,dup3,fcntl,lseek,\
write,pwrite64,writev,pwritev,pwritev2,copy_file_range,sendfile,splice,mmap,ftruncate,truncate,fallocate,\
fsync,fdatasync,syncfs,sync,rename,renameat,renameat2,unlink,unlinkat,rmdir,mkdir,mkdirat,link,linkat";

/// Runs a program under `strace`, and gives what it changed below `folder`, which stood as `start` before.
///
/// # Panics
/// Where `strace` is missing, or the program did what is not understood here.
pub fn record(command: &Command, folder: &Path, start: &Disk) -> (Output, Vec<Effect>) {
    let log = tempfile::NamedTempFile::new().unwrap();
    let mut strace = Command::new("strace");
    strace.args(["-f", "-y", "-xx", "-s", "16777216", "-e", CALLS, "-o"]).arg(log.path());
    in_english(&mut strace);
    let out = strace.arg(command.get_program()).args(command.get_args()).output().expect("strace is needed");
    let text = std::fs::read_to_string(log.path()).unwrap();
    let mut reader = Reader { folder: folder.canonicalize().unwrap(), live: start.clone(), ..Reader::default() };
    let mut unfinished: BTreeMap<&str, String> = BTreeMap::new();
    for line in text.lines() {
        let (process, rest) = line.split_once(' ').unwrap();
        let rest = rest.trim_start();
        if let Some(begun) = rest.strip_suffix(" <unfinished ...>") {
            unfinished.insert(process, begun.to_owned());
        } else if let Some((_, end)) = rest.strip_prefix("<... ").and_then(|r| r.split_once(" resumed>")) {
            let whole = unfinished.remove(process).unwrap_or_default() + end;
            reader.call(&whole);
        } else if !rest.starts_with(['+', '-']) {
            reader.call(rest);
        }
    }
    let mut found = Disk::read(folder);
    found.forget(is_index);
    reader.live.forget(is_index);
    for path in found.files().union(&reader.live.files()) {
        let content = |disk: &Disk| disk.find(path).and_then(|id| disk.content(id).map(<[u8]>::to_vec));
        assert!(content(&found) == content(&reader.live), "the trace does not explain {}", path.display());
    }
    (out, reader.effects)
}

#[derive(Default)]
struct Reader {
    folder: PathBuf,
    live: Disk,
    effects: Vec<Effect>,
    /// Files that are open for writing, by descriptor: which one, and the offset of the next bytes. Only the agent
    /// itself writes, and its threads share their descriptors.
    open: BTreeMap<i64, Open>,
}

#[derive(Clone, Copy)]
struct Open {
    node: Id,
    offset: usize,
}

/// The call's name, its arguments and what it gave.
struct Call<'a> {
    name: &'a str,
    arguments: Vec<&'a str>,
    result: &'a str,
}

impl<'a> Call<'a> {
    fn parse(line: &'a str) -> Self {
        let (front, result) = line.rsplit_once(" = ").unwrap_or((line, "?"));
        let (name, arguments) = front.trim_end().split_once('(').unwrap_or((front, ""));
        let arguments = arguments.strip_suffix(')').unwrap_or(arguments);
        Self { name, arguments: arguments.split(", ").collect(), result }
    }

    fn number(&self) -> i64 {
        leading_number(self.result)
    }
}

fn leading_number(text: &str) -> i64 {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '-').unwrap_or(text.len());
    text[..end].parse().unwrap_or(-1)
}

/// Bytes that `-xx` prints as `\x2f\x74…`.
fn unhex(text: &str) -> Vec<u8> {
    text.split("\\x").skip(1).map(|h| u8::from_str_radix(&h[..2], 16).unwrap()).collect()
}

/// The bytes of all strings in some arguments.
fn strings(arguments: &[&str]) -> Vec<u8> {
    arguments
        .iter()
        .filter_map(|a| a.split_once('"'))
        .flat_map(|(_, rest)| unhex(rest.split('"').next().unwrap()))
        .collect()
}

fn path_of(bytes: Vec<u8>) -> PathBuf {
    OsString::from_vec(bytes).into()
}

impl Reader {
    fn call(&mut self, line: &str) {
        let call = Call::parse(line);
        if call.number() < 0 {
            return;
        }
        let node = self.ours(&call.arguments[..1]).and_then(|path| self.live.find(&path));
        match (call.name, node) {
            ("open" | "openat" | "creat", _) => self.opened(&call),
            ("dup" | "dup2" | "dup3" | "fcntl", Some(_)) => self.duplicated(&call),
            ("lseek", Some(node)) => {
                let offset = call.number() as usize;
                self.open.insert(leading_number(call.arguments[0]), Open { node, offset });
            }
            ("write" | "writev" | "pwrite64" | "pwritev" | "pwritev2", Some(node)) => self.written(&call, node),
            ("ftruncate", Some(file)) => {
                self.effect(Effect::Resize { file, bytes: call.arguments[1].parse().unwrap() })
            }
            ("fsync" | "fdatasync", Some(node)) => self.effect(Effect::Sync(node)),
            ("syncfs", Some(_)) | ("sync", _) => self.effect(Effect::SyncAll),
            ("rename" | "renameat" | "renameat2" | "link" | "linkat", _) => self.renamed(&call),
            ("unlink" | "unlinkat" | "rmdir" | "mkdir" | "mkdirat", _) => self.named(&call),
            ("mmap", _) if line.contains("MAP_SHARED") && line.contains("PROT_WRITE") => {
                let path = self.ours(&call.arguments);
                assert!(path.as_deref().is_none_or(is_index), "a mapped file is written: {path:?}");
            }
            ("copy_file_range" | "sendfile" | "splice" | "truncate" | "fallocate", _) => {
                assert!(self.ours(&call.arguments).is_none(), "{} is not understood", call.name);
            }
            _ => {}
        }
    }

    fn effect(&mut self, effect: Effect) {
        self.live.apply(&effect);
        self.effects.push(effect);
    }

    /// The first path below the folder that some arguments name, relative to it.
    fn ours(&self, arguments: &[&str]) -> Option<PathBuf> {
        let quoted = |a: &&str| {
            let (_, rest) = a.split_once(['"', '<'])?;
            let path = path_of(unhex(rest.split(['"', '>']).next()?));
            path.strip_prefix(&self.folder).ok().map(Path::to_owned)
        };
        arguments.iter().filter(|a| !a.contains("(deleted)")).find_map(quoted)
    }

    fn place(&self, path: &Path) -> (Id, OsString) {
        let folder = self.live.find(path.parent().unwrap()).unwrap();
        (folder, path.file_name().unwrap().to_owned())
    }

    fn opened(&mut self, call: &Call<'_>) {
        let flags = call.arguments.iter().find(|a| a.starts_with("O_")).copied().unwrap_or("O_CREAT|O_WRONLY|O_TRUNC");
        let has = |flag: &str| flags.split('|').any(|f| f == flag);
        let is_written = has("O_WRONLY") || has("O_RDWR");
        let Some(path) = self.ours(&[call.result]).filter(|_| is_written && !has("O_TMPFILE")) else { return };
        let node = match self.live.find(&path) {
            Some(file) => {
                if has("O_TRUNC") && self.live.content(file).is_some_and(|c| !c.is_empty()) {
                    self.effect(Effect::Resize { file, bytes: 0 });
                }
                file
            }
            None => {
                assert!(has("O_CREAT"), "{} was never made", path.display());
                let ((folder, name), node) = (self.place(&path), self.live.free_id());
                self.effect(Effect::Make { folder, name, node, is_folder: false });
                node
            }
        };
        assert!(!has("O_APPEND"), "appending is not understood");
        self.open.insert(call.number(), Open { node, offset: 0 });
    }

    fn duplicated(&mut self, call: &Call<'_>) {
        let is_copy = call.name != "fcntl" || call.arguments[1].starts_with("F_DUPFD");
        if let Some(open) = self.open.get(&leading_number(call.arguments[0])).filter(|_| is_copy) {
            self.open.insert(call.number(), *open);
        }
    }

    fn written(&mut self, call: &Call<'_>, file: Id) {
        let mut bytes = strings(&call.arguments[1..]);
        bytes.truncate(call.number() as usize);
        let offset = if call.name.starts_with('p') {
            call.arguments[3].parse().unwrap()
        } else {
            let open = self.open.get_mut(&leading_number(call.arguments[0])).filter(|open| open.node == file);
            let open = open.expect("a descriptor of a child is not understood");
            open.offset += bytes.len();
            open.offset - bytes.len()
        };
        if !bytes.is_empty() {
            self.effect(Effect::Write { file, offset, bytes: Arc::from(bytes) });
        }
    }

    /// Both paths of a call; neither or both are ours.
    fn renamed(&mut self, call: &Call<'_>) {
        let paths: Vec<&str> = call.arguments.iter().filter(|a| a.starts_with('"')).copied().collect();
        let (Some(from), Some(to)) = (self.ours(&paths[..1]), self.ours(&paths[1..])) else {
            assert!(self.ours(&paths).is_none(), "a file came from elsewhere or went there: {paths:?}");
            return;
        };
        let node = self.live.find(&from).unwrap();
        let (from, to) = (self.place(&from), self.place(&to));
        let is_link = call.name.starts_with("link");
        let (folder, name) = to.clone();
        self.effect(if is_link { Effect::Link { folder, name, node } } else { Effect::Rename { from, to, node } });
    }

    fn named(&mut self, call: &Call<'_>) {
        let paths: Vec<&str> = call.arguments.iter().filter(|a| a.starts_with('"')).copied().collect();
        let Some(path) = self.ours(&paths) else { return };
        let (folder, name) = self.place(&path);
        let node = self.live.free_id();
        self.effect(if call.name.starts_with("mkdir") {
            Effect::Make { folder, name, node, is_folder: true }
        } else {
            Effect::Remove { folder, name }
        });
    }
}
