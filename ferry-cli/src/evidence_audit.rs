//! Audit entries for a pack, out of an exported audit (JSON lines: a front, signed heads, entries in the order of their numbers).

use ferry_format::audit::{Entry, link};
use ferry_format::batch::open::Signed;
use ferry_format::crypto::hash::sha256;
use ferry_format::encoding::hex::from_hex;
use ferry_format::evidence::bundle::{Audit, Pack, Shown};
use ferry_format::frame::statement::SeriesStatement;
use ferry_format::limits::{EVIDENCE_AUDIT_LATER_MAX, EVIDENCE_AUDIT_MAX};
use ferry_io::exit_code::BAD_DATA;
use ferry_io::fs::read;
use ferry_io::{Error, Result as Outcome};
use serde::Deserialize;
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::path::Path;

/// An entry of an export.
#[derive(Deserialize)]
struct EntryLine {
    number: u64,
    at_s: i64,
    actor: String,
    act: String,
    subject: String,
    detail: String,
    what: Option<String>,
    digest: String,
}

impl EntryLine {
    /// The entry and its digest, as they stand here.
    fn read(self) -> Option<(Entry, [u8; 32])> {
        let what = match &self.what {
            Some(hex) => Some(digest(hex)?),
            None => None,
        };
        let Self { number, at_s, actor, act, subject, detail, .. } = self;
        Some((Entry { number, at_s, actor, act, subject, detail, what }, digest(&self.digest)?))
    }
}

/// A head that the side signed, with what was signed.
struct Head {
    entries: u64,
    signed: Signed,
}

/// An entry that is wanted, until a head covers it.
struct Open {
    number: u64,
    audit: Audit,
}

/// Adds the entries whose subject is one of `words` to a pack, each under the nearest signed head that covers it. The batches
/// of those heads join the pack without items; what no head covers yet is left out.
///
/// # Errors
/// `FERRY-E0753`, bad data, where the file is no export.
pub fn gather(path: &Path, pack: &mut Pack, words: &[String]) -> Outcome<()> {
    let bad = |line: usize| {
        let message = format!("{}: line {}: this is no whole export of an audit", path.display(), line + 1);
        Error::new(BAD_DATA, "FERRY-E0753", message, "take the file again: `audit export -o FILE`")
    };
    let file = BufReader::new(read::open_regular(path)?);
    let (mut heads, mut open, mut previous) = (Vec::<Head>::new(), Vec::<Open>::new(), [0; 32]);
    for (n, line) in file.lines().enumerate() {
        let line = line.map_err(|e| Error::io(path, &e, false))?;
        let value: Value = serde_json::from_str(&line).map_err(|_| bad(n))?;
        if n == 0 {
            previous = value["previous"].as_str().and_then(digest).ok_or_else(|| bad(n))?;
        } else if !value["head"].is_null() {
            if value["head"] == "sent" {
                heads.push(head(&value).ok_or_else(|| bad(n))?);
            }
        } else {
            let line: EntryLine = serde_json::from_value(value).map_err(|_| bad(n))?;
            let (entry, digest) = line.read().ok_or_else(|| bad(n))?;
            let inner = entry.inner_digest();
            open.iter_mut().for_each(|o| o.audit.later.push(inner));
            if words.contains(&entry.subject) && open.len() < EVIDENCE_AUDIT_MAX {
                let audit = Audit { batch: 0, previous, entry: entry.encode(), later: Vec::new() };
                open.push(Open { number: entry.number, audit });
            }
            previous = digest;
            if let Some(head) = heads.iter().find(|head| head.entries == entry.number) {
                open.drain(..).for_each(|o| settle(pack, head, o));
            }
            open.retain(|o| o.audit.later.len() < EVIDENCE_AUDIT_LATER_MAX);
        }
    }
    Ok(())
}

/// Puts an entry under a head. Its batch is named by its place until the batches are in order.
fn settle(pack: &mut Pack, head: &Head, open: Open) {
    if pack.audits.len() >= EVIDENCE_AUDIT_MAX || open.number > head.entries {
        return;
    }
    let at = pack.batches.iter().position(|b| b.signed == head.signed).unwrap_or_else(|| {
        pack.batches.push(Shown { suite: 1, signed: head.signed.clone(), items: Vec::new() });
        pack.batches.len() - 1
    });
    pack.audits.push(Audit { batch: u8::try_from(at).unwrap_or(u8::MAX), ..open.audit });
}

/// Names the batch of each entry anew, after the batches were put in order: the one whose head follows from it.
pub fn place(pack: &mut Pack) {
    let heads: Vec<_> = pack.batches.iter().map(|b| SeriesStatement::decode(&b.signed.series).ok()).collect();
    for audit in &mut pack.audits {
        let first = link(&audit.previous, &sha256(&audit.entry));
        let digest = audit.later.iter().fold(first, |digest, inner| link(&digest, inner));
        let at = heads.iter().position(|s| s.as_ref().is_some_and(|s| s.audit.digest == digest));
        audit.batch = at.and_then(|at| u8::try_from(at).ok()).unwrap_or(u8::MAX);
    }
    pack.audits.sort_by(|a, b| (a.batch, &a.entry).cmp(&(b.batch, &b.entry)));
    pack.audits.dedup();
}

fn head(value: &Value) -> Option<Head> {
    let part = |name: &str| value[name].as_str().and_then(from_hex);
    let (header, content, series) = (part("header")?, part("content")?, part("series")?);
    let entries = SeriesStatement::decode(&series).ok()?.audit.entries;
    let signature = part("signature")?.try_into().ok()?;
    Some(Head { entries, signed: Signed { header, content, series, signature } })
}

fn digest(hex: &str) -> Option<[u8; 32]> {
    from_hex(hex)?.try_into().ok()
}
