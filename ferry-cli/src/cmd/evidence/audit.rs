//! Audit entries for a bundle, out of an exported audit (JSON lines: a header, signed heads, entries in the order of their
//! numbers).

use crate::texts::errors;
use ferry_format::audit::link;
use ferry_format::batch::open::Signed;
use ferry_format::crypto::hash::sha256;
use ferry_format::encoding::hex::from_hex;
use ferry_format::evidence::bundle::{Audit, BatchEvidence, Bundle};
use ferry_format::frame::statement::SeriesStatement;
use ferry_format::limits::{EVIDENCE_AUDIT_LATER_MAX, EVIDENCE_AUDIT_MAX};
use ferry_io::audit_export::EntryLine;
use ferry_io::fs::read;
use ferry_io::{Error, Result as Outcome};
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::path::Path;

/// A head that the side signed, with what was signed.
struct Head {
    entries: u64,
    signed: Signed,
}

/// An entry that is wanted, until a head covers it.
struct PendingEntry {
    number: u64,
    audit: Audit,
}

/// Adds the entries whose subject is one of `subjects` to a bundle, each under the nearest signed head that covers it. The
/// batches of those heads join the bundle without items; entries that no head covers yet are left out.
///
/// # Errors
/// `FERRY-E0753`, bad data, where the file is no complete export.
pub fn gather(path: &Path, bundle: &mut Bundle, subjects: &[String]) -> Outcome<()> {
    let bad = |line: usize| errors::not_an_audit_export(path.display(), line + 1);
    let file = BufReader::new(read::open_regular(path)?);
    let (mut heads, mut pending, mut previous) = (Vec::<Head>::new(), Vec::<PendingEntry>::new(), [0; 32]);
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
            let (entry, digest) = line.into_entry().ok_or_else(|| bad(n))?;
            let inner = entry.inner_digest();
            pending.iter_mut().for_each(|o| o.audit.later.push(inner));
            if subjects.contains(&entry.subject) && pending.len() < EVIDENCE_AUDIT_MAX {
                let audit = Audit { batch: 0, previous, entry: entry.encode(), later: Vec::new() };
                pending.push(PendingEntry { number: entry.number, audit });
            }
            previous = digest;
            if let Some(head) = heads.iter().find(|head| head.entries == entry.number) {
                pending.drain(..).for_each(|o| add_under(bundle, head, o));
            }
            pending.retain(|o| o.audit.later.len() < EVIDENCE_AUDIT_LATER_MAX);
        }
    }
    Ok(())
}

/// Puts an entry under a head. Its batch number is provisional until the batches are in order.
fn add_under(bundle: &mut Bundle, head: &Head, pending: PendingEntry) {
    if bundle.audits.len() >= EVIDENCE_AUDIT_MAX || pending.number > head.entries {
        return;
    }
    let at = bundle.batches.iter().position(|b| b.signed == head.signed).unwrap_or_else(|| {
        bundle.batches.push(BatchEvidence { suite: 1, signed: head.signed.clone(), items: Vec::new() });
        bundle.batches.len() - 1
    });
    bundle.audits.push(Audit { batch: u8::try_from(at).unwrap_or(u8::MAX), ..pending.audit });
}

/// Sets the batch of each entry, after the batches were put in order: the one whose signed head follows from the entry.
pub fn assign_batches(bundle: &mut Bundle) {
    let heads: Vec<_> = bundle.batches.iter().map(|b| SeriesStatement::decode(&b.signed.series).ok()).collect();
    for audit in &mut bundle.audits {
        let first = link(&audit.previous, &sha256(&audit.entry));
        let digest = audit.later.iter().fold(first, |digest, inner| link(&digest, inner));
        let at = heads.iter().position(|s| s.as_ref().is_some_and(|s| s.audit.digest == digest));
        audit.batch = at.and_then(|at| u8::try_from(at).ok()).unwrap_or(u8::MAX);
    }
    bundle.audits.sort_by(|a, b| (a.batch, &a.entry).cmp(&(b.batch, &b.entry)));
    bundle.audits.dedup();
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
