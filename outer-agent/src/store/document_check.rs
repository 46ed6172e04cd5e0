//! The rolling check of published documents: presence and length of each within the hour, its bytes within a week. Each pass of
//! the ingest looks at as many as belong to the time since the one before it.

use crate::store::documents::DocumentStore;
use crate::store::visible;
use ferry_channel::audit;
use ferry_channel::ledger::state_root;
use ferry_channel::types::{ChannelId, UnixSeconds};
use ferry_format::record::Record;
use ferry_io::error::Result;
use ring::digest::{Context, SHA256};
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};
use serde::Serialize;
use std::collections::BTreeSet;
use std::io::Read;
use std::time::{Duration, Instant};

/// Longest look of one pass: a batch that arrives waits for it.
const PASS_MAX: Duration = Duration::from_secs(10);
/// Damaged documents that every pass looks at again: what arrived may have taken their place.
const DAMAGED_MAX: u64 = 256;

/// What is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Check {
    /// That the file is there and as long as its record says.
    Presence,
    /// Its digest.
    Bytes,
}

impl Check {
    fn as_str(self) -> &'static str {
        match self {
            Self::Presence => "presence",
            Self::Bytes => "bytes",
        }
    }

    /// Seconds within which all documents are looked at.
    fn round_s(self) -> u64 {
        match self {
            Self::Presence => 3600,
            Self::Bytes => 7 * 86_400,
        }
    }

    /// Documents of every pass, however short the time since the one before: small stores are looked at as a whole.
    fn least(self) -> u64 {
        match self {
            Self::Presence => 64,
            Self::Bytes => 1,
        }
    }
}

/// What the checks found, for `status`.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Checked {
    /// Documents that are missing or damaged.
    pub lost: u64,
    /// When presence and length of all were last looked at.
    pub presence_s: Option<UnixSeconds>,
    /// When the bytes of all were.
    pub bytes_s: Option<UnixSeconds>,
}

/// Looks at the next documents of both rounds, and again at damaged ones. Records whose documents are lost leave the sums of
/// the state root, and come back with their documents: the root differs from the sender's meanwhile, so that they are asked
/// for like any other record that this side lacks.
pub fn look(conn: &Connection, store: &DocumentStore, up: &ChannelId, now: UnixSeconds) -> Result<()> {
    look_for(conn, store, up, Check::Presence, now)?;
    look_for(conn, store, up, Check::Bytes, now)?;
    let damaged =
        listed(conn, "d.sha256 IN (SELECT sha256 FROM lost_document WHERE fault = 'bytes')", &[], DAMAGED_MAX)?;
    let looked = look_at(store, Check::Bytes, &damaged);
    record_all(conn, up, Check::Bytes, &looked, now, |_| Ok(()))
}

fn lost(conn: &Connection) -> Result<BTreeSet<Vec<u8>>> {
    let mut statement = conn.prepare_cached("SELECT sha256 FROM lost_document")?;
    Ok(statement.query_map([], |r| r.get(0))?.collect::<rusqlite::Result<_>>()?)
}

/// A document, and what is wrong with it.
type Looked = ([u8; 32], Option<&'static str>);

/// Before anything is written: a writer of the portal must not wait for a disk that is read.
fn look_at(store: &DocumentStore, check: Check, documents: &[([u8; 32], u64)]) -> Vec<Looked> {
    let began = Instant::now();
    let mut looked = Vec::new();
    for (sha256, bytes) in documents {
        if began.elapsed() > PASS_MAX {
            break;
        }
        looked.push((*sha256, fault(store, check, sha256, *bytes)));
        ferry_io::heartbeat::tick();
    }
    looked
}

/// Records what was found, what else belongs to it, and the sums of the state root where other documents are lost than before:
/// all or nothing.
fn record_all(
    conn: &Connection,
    up: &ChannelId,
    check: Check,
    looked: &[Looked],
    now: UnixSeconds,
    and: impl FnOnce(&Connection) -> Result<()>,
) -> Result<()> {
    let tx = Transaction::new_unchecked(conn, TransactionBehavior::Immediate)?;
    let before = lost(&tx)?;
    for (sha256, fault) in looked {
        record(&tx, check, sha256, *fault, now)?;
    }
    and(&tx)?;
    let after = lost(&tx)?;
    if before != after {
        state_root::replace(&tx, up, &visible::root(&tx)?)?;
        let detail = format!("{} before, {} now", before.len(), after.len());
        audit::record(&tx, now, "agent", "documents-lost", up.as_str(), &detail)?;
    }
    Ok(tx.commit()?)
}

fn look_for(conn: &Connection, store: &DocumentStore, up: &ChannelId, check: Check, now: UnixSeconds) -> Result<()> {
    let (_, documents) = visible::totals(conn)?;
    let sql = "SELECT after, last_s FROM document_check WHERE what = ?1";
    let before = conn.query_row(sql, [check.as_str()], |r| Ok((r.get::<_, Vec<u8>>(0)?, r.get(1)?))).optional()?;
    let (after, last_s) = before.unwrap_or_else(|| (Vec::new(), now));
    // A fifth more than the time asks for, so that a round ends in time.
    let due = documents.saturating_mul(now.seconds_since(last_s)).saturating_mul(6) / (check.round_s() * 5);
    let wanted = due.clamp(check.least(), documents.max(check.least()));
    let listed = listed(conn, "d.sha256 > ?1", &after, wanted)?;
    let looked = look_at(store, check, &listed);
    let is_end = looked.len() == listed.len() && (listed.len() as u64) < wanted;
    // What there was no time for is due in the next pass.
    let share = |seconds: u64| seconds * looked.len() as u64 / listed.len().max(1) as u64;
    let at_s = last_s + share(now.seconds_since(last_s)) as i64;
    let at = if is_end { Vec::new() } else { looked.last().map_or(after, |(sha256, _)| sha256.to_vec()) };
    record_all(conn, up, check, &looked, now, |tx| {
        let sql = "INSERT INTO document_check VALUES (?1, ?2, ?3, ?4)
                   ON CONFLICT DO UPDATE SET after = excluded.after, last_s = excluded.last_s,
                     finished_s = coalesce(excluded.finished_s, finished_s)";
        tx.execute(sql, params![check.as_str(), at, if is_end { now } else { at_s }, is_end.then_some(now)])?;
        if is_end {
            // What no record refers to any longer is not lost.
            tx.execute("DELETE FROM lost_document WHERE sha256 NOT IN (SELECT sha256 FROM document)", [])?;
        }
        Ok(())
    })
}

/// Visible documents, in the order of their digests, each with the length that its record says.
fn listed(conn: &Connection, which: &str, after: &[u8], count: u64) -> Result<Vec<([u8; 32], u64)>> {
    let sql = format!(
        "SELECT d.sha256, r.body FROM document d
           JOIN record r ON r.kind = d.kind AND r.id = d.id AND r.version = d.version
         WHERE ?1 = ?1 AND {which} AND d.generation <= (SELECT generation FROM visible)
         GROUP BY d.sha256 ORDER BY d.sha256 LIMIT ?2"
    );
    let mut statement = conn.prepare_cached(&sql)?;
    let mut rows = statement.query(params![after, count])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let (sha256, body): ([u8; 32], Vec<u8>) = (row.get(0)?, row.get(1)?);
        let record = Record::decode(&body).ok();
        let bytes = record.iter().flat_map(Record::documents).find(|d| d.sha256 == sha256).map(|d| d.bytes);
        found.push((sha256, bytes.unwrap_or_default()));
    }
    Ok(found)
}

/// What is wrong with a document. One that cannot be read is as lost to a visitor as one that is missing.
fn fault(store: &DocumentStore, check: Check, sha256: &[u8; 32], bytes: u64) -> Option<&'static str> {
    let Ok(mut file) = store.open_published(sha256) else { return Some("missing") };
    if file.metadata().map_or(0, |meta| meta.len()) != bytes {
        return Some("length");
    }
    if check == Check::Presence {
        return None;
    }
    let (mut digest, mut buffer) = (Context::new(&SHA256), vec![0; 1 << 17]);
    loop {
        match file.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => digest.update(&buffer[..read]),
            Err(_) => return Some("bytes"),
        }
        ferry_io::heartbeat::tick();
    }
    (digest.finish().as_ref() != sha256).then_some("bytes")
}

/// Records what was found. Bytes that differ are found by their own check only, and presence does not take that back.
fn record(
    conn: &Connection,
    check: Check,
    sha256: &[u8; 32],
    fault: Option<&'static str>,
    now: UnixSeconds,
) -> Result<()> {
    match fault {
        Some(fault) => {
            let sql = "INSERT INTO lost_document VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET fault = excluded.fault";
            conn.prepare_cached(sql)?.execute(params![sha256.as_slice(), fault, now])?;
        }
        None => {
            let sql = "DELETE FROM lost_document WHERE sha256 = ?1 AND (?2 OR fault <> 'bytes')";
            conn.prepare_cached(sql)?.execute(params![sha256.as_slice(), check == Check::Bytes])?;
        }
    }
    Ok(())
}

/// What the checks found, and when.
pub fn checked(conn: &Connection) -> Result<Checked> {
    let finished = |check: Check| {
        let sql = "SELECT finished_s FROM document_check WHERE what = ?1";
        conn.query_row(sql, [check.as_str()], |r| r.get::<_, Option<UnixSeconds>>(0)).optional().map(Option::flatten)
    };
    Ok(Checked {
        lost: conn.query_row("SELECT count(*) FROM lost_document", [], |r| r.get(0))?,
        presence_s: finished(Check::Presence)?,
        bytes_s: finished(Check::Bytes)?,
    })
}
