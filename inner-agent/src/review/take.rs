//! Taking in what a reviewer signed. What does not count is refused with its reason, and nothing of it is kept.

use crate::agent::Agent;
use crate::export::drafts::{self, Kept};
use crate::export::held::Class as Holding;
use crate::review::{Given, refusal_of};
use ferry_channel::audit;
use ferry_format::FormatError;
use ferry_format::crypto::hash::digest_words;
use ferry_format::frame::statement::ContentStatement;
use ferry_format::keys::KeyId;
use ferry_format::trust::approval::{ApprovalFile, RefusalFile};
use ferry_format::trust::release;
use ferry_format::trust::trust_file::{Moment, Trust};
use ferry_io::error::{Error, Result};
use ferry_io::exit_code::{BAD_DATA, NOT_PERMITTED};
use ferry_io::fs::read;
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};
use serde::Serialize;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Longest file that a reviewer hands in, in bytes: a refusal that names every record that one may.
pub const FILE_BYTES_MAX: u64 = 1024 * 1024;

/// What was taken in.
#[derive(Debug, Serialize)]
pub struct Taken {
    /// The file.
    pub file: PathBuf,
    /// `approval` or `refusal`.
    pub act: &'static str,
    /// What it is about: a draft's name, or a batch that left.
    pub about: String,
    /// Who signed it.
    pub person: String,
}

/// A file of a reviewer.
enum Signed {
    Approval(ApprovalFile),
    Refusal(RefusalFile),
}

impl Signed {
    fn decode(bytes: &[u8]) -> ferry_format::Result<Self> {
        // Each form begins with its own eight bytes; what is neither is told as the approval that it was taken for.
        match RefusalFile::decode(bytes) {
            Ok(refusal) => Ok(Self::Refusal(refusal)),
            Err(refused) if bytes.starts_with(b"\x89FRYRFS") => Err(refused),
            Err(_) => ApprovalFile::decode(bytes).map(Self::Approval),
        }
    }

    fn content(&self) -> &[u8; 32] {
        match self {
            Self::Approval(file) => &file.content,
            Self::Refusal(file) => &file.content,
        }
    }

    fn reviewer(&self) -> &[u8; 32] {
        match self {
            Self::Approval(file) => &file.approval.reviewer,
            Self::Refusal(file) => &file.reviewer,
        }
    }

    fn act(&self) -> &'static str {
        if matches!(self, Self::Approval(_)) { "approval" } else { "refusal" }
    }

    fn encode(&self) -> Vec<u8> {
        match self {
            Self::Approval(file) => file.encode(),
            Self::Refusal(file) => file.encode(),
        }
    }
}

/// Takes files in: all of them or none. The caller holds the lock.
///
/// # Errors
/// The first that does not count, with the reason.
pub fn add(agent: &Agent, paths: &[PathBuf], now_s: i64) -> Result<Vec<Taken>> {
    let trust = super::trust(agent)?;
    let tx = Transaction::new_unchecked(&agent.conn, TransactionBehavior::Immediate)?;
    let taken = paths.iter().map(|path| {
        take(&tx, &trust, &read(path)?, now_s)
            .map(|(act, about, person)| Taken { file: path.clone(), act, about, person })
            .map_err(|error| error.of_file(path))
    });
    let taken = taken.collect::<Result<Vec<_>>>()?;
    tx.commit()?;
    Ok(taken)
}

/// Reads a file of a reviewer: a regular one, and no longer than it may be.
pub fn read(path: &Path) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let file = read::open_regular(path)?;
    file.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(|e| Error::io(path, &e, false))?;
    Ok(bytes)
}

fn take(conn: &Connection, trust: &Trust, bytes: &[u8], now_s: i64) -> Result<(&'static str, String, String)> {
    let signed = Signed::decode(bytes).map_err(|e| refusal_of(&e))?;
    let at = Moment::now(now_s);
    if let Some(kept) = drafts::of_content(conn, signed.content())? {
        let person = of_draft(conn, trust, &kept, &signed, &at)?;
        return Ok((signed.act(), kept.name, person));
    }
    let sql = "SELECT statement, epoch, sequence, state FROM review_after WHERE content = ?1";
    let row = |r: &rusqlite::Row<'_>| {
        Ok((r.get::<_, Vec<u8>>(0)?, r.get::<_, i64>(1)?, r.get::<_, i64>(2)?, r.get::<_, String>(3)?))
    };
    let found = conn.query_row(sql, [signed.content().as_slice()], row).optional()?;
    let Some((statement, epoch, sequence, state)) = found else {
        let words = digest_words(signed.content());
        let message = format!("nothing here has the content that it is over: {words}");
        let hint =
            "`review list` shows the digest words of every draft; the draft was exchanged, or is of another court";
        return Err(Error::new(BAD_DATA, "FERRY-E0731", message, hint));
    };
    let place = format!("{epoch}/{sequence}");
    let content = ContentStatement::decode(&statement)?;
    let person = check(conn, trust, &content, &signed, &at)?;
    keep(conn, &signed, &person, &place, now_s)?;
    // One refusal stays, whoever approves afterwards.
    let state = match signed {
        Signed::Refusal(_) => "refused",
        Signed::Approval(_) if state == "refused" => "refused",
        Signed::Approval(_) => "reviewed",
    };
    let sql = "UPDATE review_after SET state = ?2, settled_s = ?3 WHERE content = ?1";
    conn.execute(sql, params![signed.content().as_slice(), state, now_s])?;
    audit::note(conn, now_s, &person, "review-afterwards", &place, state)?;
    Ok((signed.act(), format!("batch {place}"), person))
}

/// Checks a file beside those that were given before. Gives who signed it.
fn check(conn: &Connection, trust: &Trust, content: &ContentStatement, signed: &Signed, at: &Moment) -> Result<String> {
    let given = Given::to(conn, content)?;
    let (good, _) = given.that_count(trust, content, at);
    let refusals: Vec<RefusalFile> = given.refusals.into_iter().map(|(_, file)| file).collect();
    let checked = match signed {
        Signed::Approval(file) => release::take(trust, content, &good, &refusals, file, at).and_then(|()| {
            Ok(trust.person(trust.stands(ferry_format::keys::Role::Reviewer, signed.reviewer(), at)?))
        }),
        Signed::Refusal(file) if refusals.iter().any(|f| f.reviewer == file.reviewer) => Err(FormatError::Doubled),
        Signed::Refusal(file) => file.check(trust, content, at),
    };
    checked.map_err(|e| refusal_of(&e))
}

fn keep(conn: &Connection, signed: &Signed, person: &str, about: &str, now_s: i64) -> Result<()> {
    let sql = "INSERT OR REPLACE INTO review_file VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    let (content, reviewer) = (signed.content().as_slice(), signed.reviewer().as_slice());
    conn.execute(sql, params![content, reviewer, signed.act(), person, signed.encode(), now_s])?;
    let (act, detail) = match signed {
        Signed::Approval(_) => ("approve", String::new()),
        Signed::Refusal(file) => ("refuse", format!(": {}", file.reason)),
    };
    let detail = format!("{} by key {}{detail}", digest_words(signed.content()), KeyId::of(signed.reviewer()));
    audit::note(conn, now_s, person, act, about, &detail)
}

fn of_draft(conn: &Connection, trust: &Trust, kept: &Kept, signed: &Signed, at: &Moment) -> Result<String> {
    let why = kept.why.clone().unwrap_or_default();
    match kept.state.as_str() {
        "waiting" => {}
        "refused" => return Err(refusal_of(&FormatError::Refused { reason: why })),
        "released" => {
            let (epoch, sequence) = kept.number.unwrap_or_default();
            let message = format!("{} was released already, as batch {epoch}/{sequence}", kept.name);
            let hint =
                "what is wrong in it is corrected or deleted in the case platform: the next export takes it back";
            return Err(Error::new(NOT_PERMITTED, "FERRY-E0733", message, hint));
        }
        _ => {
            let message = format!("{} is superseded: {why}", kept.name);
            let hint = "the next export drafts anew what is still to be reviewed; review that draft";
            return Err(Error::new(NOT_PERMITTED, "FERRY-E0732", message, hint));
        }
    }
    let person = check(conn, trust, &kept.content, signed, at)?;
    let Signed::Refusal(refusal) = signed else {
        keep(conn, signed, &person, &kept.name, at.at_s)?;
        return Ok(person);
    };
    let keys = named(conn, kept, refusal)?;
    keep(conn, signed, &person, &kept.name, at.at_s)?;
    let why = format!("审核退回 {person}: {}", refusal.reason);
    for (kind, key) in &keys {
        let sql = "INSERT OR REPLACE INTO refused_item
                   SELECT kind, key, fingerprint, ?3 FROM draft_item WHERE kind = ?1 AND key = ?2";
        conn.execute(sql, params![kind, key, why])?;
        let sql = "UPDATE held SET class = ?3, rule = 0, reason = ?4 WHERE kind = ?1 AND key = ?2";
        conn.execute(sql, params![kind, key, Holding::RefusedByReviewer.as_str(), why])?;
    }
    drafts::settle(conn, &kept.name, "refused", &why, at.at_s)?;
    Ok(person)
}

/// The items that a refusal is about, by kind and key: all where it names none. A document stands for its record.
fn named(conn: &Connection, kept: &Kept, refusal: &RefusalFile) -> Result<Vec<(String, String)>> {
    let sql = "SELECT kind, key, id FROM draft_item WHERE draft = ?1 ORDER BY kind, key";
    let mut statement = conn.prepare(sql)?;
    let row = |r: &rusqlite::Row<'_>| Ok((r.get(0)?, r.get(1)?, r.get(2)?));
    let items: Vec<(String, String, String)> =
        statement.query_map([&kept.name], row)?.collect::<rusqlite::Result<_>>()?;
    let is_of = |id: &str, name: &str| {
        name == id || name.split_once('/').is_some_and(|(folder, _)| folder == crate::export::carry::folder(id))
    };
    if let Some((kind, name)) =
        refusal.items.iter().find(|(k, name)| !items.iter().any(|(kind, _, id)| kind == k && is_of(id, name)))
    {
        let message = format!("it names {kind} {}, which {} does not hold", name.escape_debug(), kept.name);
        let hint = "refuse the whole draft, or name records as `ferry inspect` shows them";
        return Err(Error::new(BAD_DATA, "FERRY-E0734", message, hint));
    }
    let wanted = |kind: &str, id: &str| {
        refusal.items.is_empty() || refusal.items.iter().any(|(k, name)| k == kind && is_of(id, name))
    };
    Ok(items.into_iter().filter(|(kind, _, id)| wanted(kind, id)).map(|(kind, key, _)| (kind, key)).collect())
}
