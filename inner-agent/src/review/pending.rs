//! What waits for reviewers: for `review list`, `status` and the alarms.

use crate::context::Context;
use crate::export::drafts as draft_files;
use crate::review::rules::{approvals_needed, valid_approvals};
use crate::store::drafts::{self, StoredDraft};
use crate::store::post_release_reviews::{self, PostReleaseBatch};
use crate::store::{exported, review_files};
use crate::texts::review as texts;
use ferry_channel::runtime::schedule::rfc3339;
use ferry_channel::types::alarm::Alarm;
use ferry_channel::types::{BatchNumber, UnixSeconds};
use ferry_format::crypto::hash::digest_words;
use ferry_format::reason::Reason;
use ferry_format::text::Text;
use ferry_format::texts::list;
use ferry_format::trust::approval::RefusalFile;
use ferry_format::trust::trust_file::{Moment, Trust};
use ferry_io::error::Result;
use ferry_io::outln;
use ferry_io::output::language::Show;
use serde::Serialize;
use std::collections::BTreeSet;
use std::path::PathBuf;

/// Ended drafts that are listed.
const ENDED_MAX: i64 = 20;

/// A draft that waits for its reviewers.
#[derive(Clone, Debug, Serialize)]
pub struct PendingDraft {
    /// Its file in the folder of drafts.
    pub file: PathBuf,
    /// `waiting`.
    pub state: String,
    /// Its class, as release rules name it.
    pub class: &'static str,
    /// Records in it.
    pub records: u64,
    /// Documents in it.
    pub documents: u64,
    /// When it was made, seconds.
    pub at_s: UnixSeconds,
    /// When it is to be reviewed.
    pub due: String,
    /// Whether it is past that time.
    pub is_overdue: bool,
    /// Approvals by distinct persons that it needs.
    pub needed: usize,
    /// Offices of which one must be among them, without an approval so far.
    pub offices_missing: Vec<String>,
    /// Reviewers whose approvals are valid now.
    pub approved_by: Vec<String>,
    /// The digest of its content, to compare by telephone.
    pub digest_words: String,
    #[serde(skip)]
    pub class_text: Text,
}

/// A batch that was released without approvals and is reviewed afterwards.
#[derive(Clone, Debug, Serialize)]
pub struct PostReleaseReview {
    /// Epoch.
    pub epoch: u64,
    /// Sequence number.
    pub sequence: u64,
    /// Its kept file; none if it is no longer kept.
    pub file: Option<PathBuf>,
    /// `waiting`, or `refused` while any of its records is published.
    pub state: String,
    /// Records in it.
    pub records: u64,
    /// When it was released, seconds.
    pub at_s: UnixSeconds,
    /// When it is to be reviewed.
    pub due: String,
    /// Whether it is past that time.
    pub is_overdue: bool,
    /// The digest of its content, to compare by telephone.
    pub digest_words: String,
    /// The reviewer who refused it, and why.
    pub refused: Option<String>,
}

/// `review list`.
#[derive(Debug, Serialize)]
pub struct PendingReviews {
    /// Drafts that wait.
    pub drafts: Vec<PendingDraft>,
    /// Released batches that are not reviewed.
    #[serde(rename = "left")]
    pub post_release: Vec<PostReleaseReview>,
    /// The newest drafts that ended without a release: name, state, reason.
    pub ended: Vec<(String, String, String)>,
}

/// Everything that waits for reviewers.
pub fn list(context: &Context, now: UnixSeconds) -> Result<PendingReviews> {
    let trust = context.up_trust()?;
    let reason = |reason: Option<String>| Reason::parse(&reason.unwrap_or_default()).text().show().to_owned();
    let ended = drafts::ended(&context.conn, ENDED_MAX)?.into_iter();
    Ok(PendingReviews {
        drafts: pending_drafts(context, trust.as_ref(), now)?,
        post_release: post_release(context, trust.as_ref(), now)?,
        ended: ended.map(|(name, state, stored)| (name, state, reason(stored))).collect(),
    })
}

/// Seconds within which something is to be reviewed.
fn review_time_s(trust: Option<&Trust>) -> i64 {
    let hours = trust.map_or_else(|| Trust::default().release.review_hours, |trust| trust.release.review_hours);
    i64::from(hours) * 3600
}

/// The drafts that wait, oldest first.
pub fn pending_drafts(context: &Context, trust: Option<&Trust>, now: UnixSeconds) -> Result<Vec<PendingDraft>> {
    let drafts = drafts::waiting(&context.conn)?;
    drafts.into_iter().map(|draft| pending_draft(context, trust, draft, now)).collect()
}

fn pending_draft(
    context: &Context,
    trust: Option<&Trust>,
    draft: StoredDraft,
    now: UnixSeconds,
) -> Result<PendingDraft> {
    let (at, due_s) = (Moment::now(now.get()), draft.at_s + review_time_s(trust));
    let none = Trust::default();
    let trust = trust.unwrap_or(&none);
    let reviews = review_files::of_content(&context.conn, &draft.content.digest())?;
    let (valid, _) = valid_approvals(&reviews, trust, &draft.content, &at);
    let approvals: Vec<_> = valid.iter().map(|file| file.approval.clone()).collect();
    let offices = trust.count_approvals(&draft.content, &approvals, &at).map_or_else(|_| BTreeSet::new(), |(_, o)| o);
    let is_valid = |reviewer: &[u8; 32]| approvals.iter().any(|a| a.reviewer == *reviewer);
    let given = reviews.approvals.into_iter().filter(|(_, file)| is_valid(&file.approval.reviewer));
    Ok(PendingDraft {
        file: draft_files::folder(&context.config.state).join(&draft.name),
        state: draft.state,
        class: draft.class.as_str(),
        class_text: draft.class.text(),
        records: draft.records,
        documents: draft.documents,
        at_s: draft.at_s,
        due: rfc3339(due_s, context.schedule.zone()),
        is_overdue: now > due_s,
        needed: approvals_needed(trust, draft.class),
        offices_missing: trust.release.of(draft.class).offices.difference(&offices).cloned().collect(),
        approved_by: given.map(|(person, _)| person).collect(),
        digest_words: digest_words(&draft.content.digest()),
    })
}

/// Released batches that are not reviewed, or were refused while any of their records is published.
pub fn post_release(context: &Context, trust: Option<&Trust>, now: UnixSeconds) -> Result<Vec<PostReleaseReview>> {
    let outbox = context.outbox_paths()?.outbox;
    let mut found = Vec::new();
    for batch in post_release_reviews::open(&context.conn, &context.config.export.channel)? {
        let PostReleaseBatch { content, number, state, records, at_s, file, refusal } = batch;
        let refusal = match refusal {
            Some((person, file)) => Some((person, RefusalFile::decode(&file)?)),
            None => None,
        };
        if let Some((_, refusal)) = &refusal
            && !is_published(context, number, refusal)?
        {
            continue;
        }
        let due_s = at_s + review_time_s(trust);
        found.push(PostReleaseReview {
            epoch: number.epoch,
            sequence: number.sequence,
            file: file.filter(|name| !name.is_empty()).map(|name| outbox.join(name)),
            state,
            records,
            at_s,
            due: rfc3339(due_s, context.schedule.zone()),
            is_overdue: refusal.is_none() && now > due_s,
            digest_words: digest_words(&content),
            refused: refusal.map(|(person, refusal)| format!("{person}: {}", refusal.reason)),
        });
    }
    Ok(found)
}

/// Whether any record that a refusal is about is still published as that batch contained it.
fn is_published(context: &Context, number: BatchNumber, refusal: &RefusalFile) -> Result<bool> {
    if refusal.items.is_empty() {
        return exported::any_published_of_batch(&context.conn, number);
    }
    for (kind, id) in &refusal.items {
        if exported::is_published_of_batch(&context.conn, number, kind, id)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Alarms about overdue reviews, and about batches that were refused after their release.
pub fn alarms(context: &Context, now: UnixSeconds) -> Result<Vec<Alarm>> {
    let trust = context.up_trust()?;
    let mut alarms = Vec::new();
    let drafts: Vec<PendingDraft> =
        pending_drafts(context, trust.as_ref(), now)?.into_iter().filter(|draft| draft.is_overdue).collect();
    if let Some(first) = drafts.first() {
        let name = first.file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        alarms.push(match trust {
            Some(_) => texts::drafts_overdue(drafts.len(), name, &first.due),
            None => texts::drafts_overdue_without_reviewers(drafts.len(), name, &first.due),
        });
    }
    if trust.is_none() {
        return Ok(alarms);
    }
    let batches = post_release(context, trust.as_ref(), now)?;
    let overdue: Vec<&PostReleaseReview> = batches.iter().filter(|batch| batch.is_overdue).collect();
    if let Some(first) = overdue.first() {
        alarms.push(texts::batches_overdue(overdue.len(), first.number(), &first.due));
    }
    for batch in &batches {
        if let Some(reason) = &batch.refused {
            alarms.push(texts::refused_after_release(batch.number(), reason.escape_debug()));
        }
    }
    Ok(alarms)
}

impl PostReleaseReview {
    fn number(&self) -> BatchNumber {
        BatchNumber::new(self.epoch, self.sequence)
    }

    fn print(&self) {
        let file = self.file.as_ref().map_or_else(texts::file_deleted, |f| Text::verbatim(f.display().to_string()));
        outln!("{}", texts::post_release(self.number(), self.records, file).show());
        match &self.refused {
            Some(reason) => outln!("  {}", texts::refused_by(reason.escape_debug()).show()),
            None => outln!("  {}", due(&self.due, self.is_overdue).show()),
        }
        outln!("  {}", texts::digest_words(&self.digest_words).show());
    }
}

impl PendingDraft {
    fn print(&self) {
        outln!("{}", self.file.display());
        outln!("  {}", texts::draft_size(&self.class_text, self.records, self.documents).show());
        let by = list::items(&self.approved_by);
        outln!("  {}", texts::approvals(self.approved_by.len(), self.needed, by).show().trim_end());
        outln!("  {}", due(&self.due, self.is_overdue).show());
        if !self.offices_missing.is_empty() {
            outln!("  {}", texts::offices_missing(list::items(&self.offices_missing)).show());
        }
        outln!("  {}", texts::digest_words(&self.digest_words).show());
    }
}

fn due(due: &str, is_overdue: bool) -> Text {
    if is_overdue { texts::due_overdue(due) } else { texts::due(due) }
}

impl PendingReviews {
    /// Prints the list.
    pub fn print(&self) {
        self.drafts.iter().for_each(PendingDraft::print);
        self.post_release.iter().for_each(PostReleaseReview::print);
        for (name, state, reason) in &self.ended {
            outln!("{}", texts::ended(texts::end_state(state), name, reason.escape_debug()).show());
        }
        if self.drafts.is_empty() && self.post_release.is_empty() {
            outln!("{}", texts::nothing_pending().show());
        }
    }
}
