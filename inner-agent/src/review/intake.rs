//! Intake of signed approvals and refusals. A file that is not valid is refused with the reason, and nothing of it is kept.

use crate::context::Context;
use crate::export::destination;
use crate::review::rules;
use crate::store::drafts::{self, StoredDraft};
use crate::store::hold::{Hold, HoldClass};
use crate::store::review_files::{self, ReviewFile};
use crate::store::{held, post_release_reviews};
use crate::texts::review as texts;
use ferry_channel::audit;
use ferry_channel::types::UnixSeconds;
use ferry_format::FormatError;
use ferry_format::crypto::hash::digest_words;
use ferry_format::frame::statement::ContentStatement;
use ferry_format::keys::{KeyId, Role};
use ferry_format::reason::{Key, Reason, ReasonCode};
use ferry_format::text::Text;
use ferry_format::trust::approval::{ApprovalFile, RefusalFile};
use ferry_format::trust::release;
use ferry_format::trust::trust_file::{Moment, Trust};
use ferry_io::error::{Error, Result};
use ferry_io::fs::read;
use ferry_io::output::language::Show;
use rusqlite::{Connection, Transaction, TransactionBehavior};
use serde::{Serialize, Serializer};
use std::io::Read;
use std::path::{Path, PathBuf};

/// Longest signed file, bytes: a refusal that names as many records as it may.
pub const FILE_BYTES_MAX: u64 = 1024 * 1024;

/// A file that was accepted.
#[derive(Debug, Serialize)]
pub struct Accepted {
    /// The file.
    pub file: PathBuf,
    /// `approval` or `refusal`.
    pub act: &'static str,
    /// What it is about: a draft's name, or a released batch.
    #[serde(rename = "about", serialize_with = "shown")]
    pub subject: Text,
    /// The reviewer.
    pub person: String,
}

fn shown<S: Serializer>(text: &Text, serializer: S) -> std::result::Result<S::Ok, S::Error> {
    serializer.serialize_str(text.show())
}

/// A file of a reviewer.
enum SignedFile {
    Approval(ApprovalFile),
    Refusal(RefusalFile),
}

impl SignedFile {
    fn decode(bytes: &[u8]) -> ferry_format::Result<Self> {
        // Each form begins with its own eight bytes; anything else is reported as an approval that is not one.
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

/// Records signed files, all of them or none. The caller holds the lock.
///
/// # Errors
/// The first file that is not valid, with the reason.
pub fn add(context: &Context, paths: &[PathBuf], now: UnixSeconds) -> Result<Vec<Accepted>> {
    let trust = rules::reviewers(context)?;
    let tx = Transaction::new_unchecked(&context.conn, TransactionBehavior::Immediate)?;
    let intake = Intake { conn: &tx, trust: &trust, at: Moment::now(now.get()) };
    let accepted = paths.iter().map(|path| {
        let outcome = intake.accept(&read(path)?);
        outcome
            .map(|(act, subject, person)| Accepted { file: path.clone(), act, subject, person })
            .map_err(|e| e.of_file(path))
    });
    let accepted = accepted.collect::<Result<Vec<_>>>()?;
    tx.commit()?;
    Ok(accepted)
}

/// Reads a signed file: a regular file, up to one byte more than the longest one.
pub fn read(path: &Path) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let file = read::open_regular(path)?;
    file.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(|e| Error::io(path, &e, false))?;
    Ok(bytes)
}

/// Intake in progress, in one transaction.
struct Intake<'a> {
    conn: &'a Connection,
    trust: &'a Trust,
    at: Moment,
}

impl Intake<'_> {
    /// Checks and records a file; gives its act, what it is about, and the reviewer.
    fn accept(&self, bytes: &[u8]) -> Result<(&'static str, Text, String)> {
        let signed = SignedFile::decode(bytes).map_err(|e| rules::file_error(&e))?;
        if let Some(draft) = drafts::of_content(self.conn, signed.content())? {
            let person = self.of_draft(&draft, &signed)?;
            return Ok((signed.act(), Text::verbatim(draft.name), person));
        }
        let found = post_release_reviews::of_content(self.conn, signed.content())?;
        let Some((content, number, state)) = found else {
            return Err(texts::content_unknown(digest_words(signed.content())));
        };
        let subject = number.to_string();
        let person = self.check(&content, &signed)?;
        self.record(&signed, &person, &subject)?;
        // One refusal stays, no matter who approves afterwards.
        let state = match signed {
            SignedFile::Refusal(_) => "refused",
            SignedFile::Approval(_) if state == "refused" => "refused",
            SignedFile::Approval(_) => "reviewed",
        };
        post_release_reviews::settle(self.conn, signed.content(), state, UnixSeconds(self.at.at_s))?;
        audit::record(self.conn, UnixSeconds(self.at.at_s), &person, "review-afterwards", &subject, state)?;
        Ok((signed.act(), texts::about_batch(subject), person))
    }

    /// Checks a file together with those recorded before; gives the reviewer.
    fn check(&self, content: &ContentStatement, signed: &SignedFile) -> Result<String> {
        let (trust, at) = (self.trust, &self.at);
        let reviews = review_files::of_content(self.conn, &content.digest())?;
        let (valid, _) = rules::valid_approvals(&reviews, trust, content, at);
        let refusals: Vec<RefusalFile> = reviews.refusals.into_iter().map(|(_, file)| file).collect();
        let checked = match signed {
            SignedFile::Approval(file) => release::check_approval(trust, content, &valid, &refusals, file, at)
                .and_then(|()| Ok(trust.person(trust.valid_key(Role::Reviewer, signed.reviewer(), at)?))),
            SignedFile::Refusal(file) if refusals.iter().any(|f| f.reviewer == file.reviewer) => {
                Err(FormatError::AlreadyApproved)
            }
            SignedFile::Refusal(file) => file.check(trust, content, at),
        };
        checked.map_err(|e| rules::file_error(&e))
    }

    fn record(&self, signed: &SignedFile, person: &str, subject: &str) -> Result<()> {
        let (content, reviewer, bytes) = (signed.content(), signed.reviewer(), signed.encode());
        let file = ReviewFile { content, reviewer, act: signed.act(), person, file: &bytes };
        review_files::insert(self.conn, &file, UnixSeconds(self.at.at_s))?;
        let (act, detail) = match signed {
            SignedFile::Approval(_) => ("approve", String::new()),
            SignedFile::Refusal(file) => ("refuse", format!(": {}", file.reason)),
        };
        let detail = format!("{} by key {}{detail}", digest_words(content), KeyId::of(reviewer));
        audit::record(self.conn, UnixSeconds(self.at.at_s), person, act, subject, &detail)
    }

    /// A file over a draft; a refusal ends the draft.
    fn of_draft(&self, draft: &StoredDraft, signed: &SignedFile) -> Result<String> {
        check_open(draft)?;
        let person = self.check(&draft.content, signed)?;
        let SignedFile::Refusal(refusal) = signed else {
            self.record(signed, &person, &draft.name)?;
            return Ok(person);
        };
        let items = self.refused_items(draft, refusal)?;
        self.record(signed, &person, &draft.name)?;
        let reason =
            Reason::new(ReasonCode::RefusedByReviewer).with(Key::Person, &person).with(Key::Detail, &refusal.reason);
        let hold = Hold::new(HoldClass::RefusedByReviewer, reason.clone());
        let reason = reason.encode_within(held::REASON_BYTES_MAX);
        for (kind, key) in &items {
            drafts::refuse_item(self.conn, kind, key, &reason)?;
            held::replace_reason(self.conn, (kind, key), &hold)?;
        }
        drafts::end(self.conn, &draft.name, "refused", &reason, UnixSeconds(self.at.at_s))?;
        Ok(person)
    }

    /// Kind and key of the items that a refusal names, all items if it names none. A document stands for its record.
    fn refused_items(&self, draft: &StoredDraft, refusal: &RefusalFile) -> Result<Vec<(String, String)>> {
        let items = drafts::item_ids(self.conn, &draft.name)?;
        let is_of = |id: &str, name: &str| {
            name == id || name.split_once('/').is_some_and(|(folder, _)| folder == destination::folder(id))
        };
        let is_missing =
            |(k, name): &&(String, String)| !items.iter().any(|(kind, _, id)| kind == k && is_of(id, name));
        if let Some((kind, name)) = refusal.items.iter().find(is_missing) {
            return Err(texts::item_not_in_draft(kind, name.escape_debug(), &draft.name));
        }
        let is_refused = |kind: &str, id: &str| {
            refusal.items.is_empty() || refusal.items.iter().any(|(k, name)| k == kind && is_of(id, name))
        };
        Ok(items.into_iter().filter(|(kind, _, id)| is_refused(kind, id)).map(|(kind, key, _)| (kind, key)).collect())
    }
}

/// Only a draft that waits accepts signed files.
fn check_open(draft: &StoredDraft) -> Result<()> {
    let reason = Reason::parse(draft.reason.as_deref().unwrap_or_default()).text();
    match draft.state.as_str() {
        "waiting" => Ok(()),
        "refused" => Err(rules::file_error(&FormatError::Refused { reason: reason.show().to_owned() })),
        "released" => Err(texts::already_released(&draft.name, draft.number.unwrap_or_default())),
        _ => Err(texts::superseded(&draft.name, reason)),
    }
}
