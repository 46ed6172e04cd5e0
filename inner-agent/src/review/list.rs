//! What waits for reviewers, for `review list`, `status` and the alarms.

use crate::agent::Agent;
use crate::export::drafts::{self, Kept};
use crate::review::{Given, needed};
use ferry_channel::monitor::status::Alarm;
use ferry_channel::runtime::schedule::rfc3339;
use ferry_format::crypto::hash::digest_words;
use ferry_format::trust::approval::RefusalFile;
use ferry_format::trust::trust_file::{Moment, Trust};
use ferry_io::error::Result;
use ferry_io::outln;
use rusqlite::params;
use serde::Serialize;
use std::collections::BTreeSet;
use std::path::PathBuf;

/// A draft that waits for its reviewers.
#[derive(Clone, Debug, Serialize)]
pub struct Waiting {
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
    pub at_s: i64,
    /// When it is to be reviewed.
    pub due: String,
    /// Whether that is over.
    pub is_overdue: bool,
    /// Approvals by distinct persons that it needs.
    pub needed: usize,
    /// Offices of which one must be among them and nobody is yet.
    pub offices_missing: Vec<String>,
    /// Who approved it, of those that count now.
    pub approved_by: Vec<String>,
    /// The digest of its content, to compare by telephone.
    pub digest_words: String,
}

/// A batch that left without approvals and is reviewed afterwards.
#[derive(Clone, Debug, Serialize)]
pub struct Left {
    /// Numbering era.
    pub epoch: u64,
    /// Number.
    pub sequence: u64,
    /// Its kept file; none where it is kept no longer.
    pub file: Option<PathBuf>,
    /// `waiting`, or `refused` while something of it stands outside.
    pub state: String,
    /// Records in it.
    pub records: u64,
    /// When it left, seconds.
    pub at_s: i64,
    /// When it is to be reviewed.
    pub due: String,
    /// Whether that is over.
    pub is_overdue: bool,
    /// The digest of its content, to compare by telephone.
    pub digest_words: String,
    /// Why it was refused, and by whom.
    pub refused: Option<String>,
}

/// `review list`.
#[derive(Debug, Serialize)]
pub struct List {
    /// Drafts that wait.
    pub drafts: Vec<Waiting>,
    /// Batches that left and are not reviewed.
    pub left: Vec<Left>,
    /// Drafts that ended without crossing in the last days: name, state, reason.
    pub ended: Vec<(String, String, String)>,
}

/// Ended drafts that are listed.
const ENDED_MAX: i64 = 20;

/// Everything that waits.
pub fn list(agent: &Agent, now_s: i64) -> Result<List> {
    let trust = agent.up_trust()?;
    let sql = "SELECT name, state, coalesce(why, '') FROM draft WHERE state IN ('refused', 'superseded')
               ORDER BY settled_s DESC, name LIMIT ?1";
    let mut statement = agent.conn.prepare(sql)?;
    let ended = statement.query_map([ENDED_MAX], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)))?;
    let ended = ended.collect::<rusqlite::Result<_>>()?;
    Ok(List { drafts: waiting(agent, trust.as_ref(), now_s)?, left: left(agent, trust.as_ref(), now_s)?, ended })
}

/// Seconds within which something is to be reviewed.
fn patience_s(trust: Option<&Trust>) -> i64 {
    let hours = trust.map_or_else(|| Trust::default().release.review_hours, |trust| trust.release.review_hours);
    i64::from(hours) * 3600
}

/// The drafts that wait, oldest first.
pub fn waiting(agent: &Agent, trust: Option<&Trust>, now_s: i64) -> Result<Vec<Waiting>> {
    let folder = drafts::folder(&agent.config.state);
    let at = Moment::now(now_s);
    let patience_s = patience_s(trust);
    let none = Trust::default();
    drafts::waiting(&agent.conn)?
        .into_iter()
        .map(|kept: Kept| {
            let given = Given::to(&agent.conn, &kept.content)?;
            let rules = trust.unwrap_or(&none);
            let (good, _) = given.that_count(rules, &kept.content, &at);
            let approvals: Vec<_> = good.iter().map(|file| file.approval.clone()).collect();
            let offices = rules.count(&kept.content, &approvals, &at).map_or_else(|_| BTreeSet::new(), |(_, o)| o);
            let counts = |reviewer: &[u8; 32]| approvals.iter().any(|a| a.reviewer == *reviewer);
            Ok(Waiting {
                file: folder.join(&kept.name),
                state: kept.state,
                class: kept.class.as_str(),
                records: kept.records,
                documents: kept.documents,
                at_s: kept.at_s,
                due: rfc3339(kept.at_s + patience_s, agent.schedule.zone()),
                is_overdue: now_s > kept.at_s + patience_s,
                needed: needed(rules, kept.class),
                offices_missing: rules.release.of(kept.class).offices.difference(&offices).cloned().collect(),
                approved_by: given
                    .approvals
                    .into_iter()
                    .filter(|(_, file)| counts(&file.approval.reviewer))
                    .map(|(person, _)| person)
                    .collect(),
                digest_words: digest_words(&kept.content.digest()),
            })
        })
        .collect()
}

/// Batches that left and are not reviewed, or were refused while something of them stands outside.
pub fn left(agent: &Agent, trust: Option<&Trust>, now_s: i64) -> Result<Vec<Left>> {
    let sql = "SELECT a.content, a.epoch, a.sequence, a.state, a.records, a.at_s, o.file,
                 (SELECT f.person FROM review_file f WHERE f.content = a.content AND f.act = 'refusal' LIMIT 1),
                 (SELECT f.file FROM review_file f WHERE f.content = a.content AND f.act = 'refusal' LIMIT 1)
               FROM review_after a LEFT JOIN ferry_sent o ON o.channel = ?1 AND o.epoch = a.epoch AND o.sequence = a.sequence
               WHERE a.state <> 'reviewed' ORDER BY a.epoch, a.sequence";
    let up = &agent.config.export.channel;
    let outbox = agent.outlet()?.outbox;
    let mut statement = agent.conn.prepare(sql)?;
    let mut rows = statement.query([up])?;
    let (mut found, patience_s) = (Vec::new(), patience_s(trust));
    while let Some(r) = rows.next()? {
        let (epoch, sequence, at_s) = (r.get::<_, i64>(1)?, r.get::<_, i64>(2)?, r.get::<_, i64>(5)?);
        let file: Option<String> = r.get(6)?;
        let (person, refusal): (Option<String>, Option<Vec<u8>>) = (r.get(7)?, r.get(8)?);
        let refusal = refusal.map(|bytes| RefusalFile::decode(&bytes)).transpose()?;
        if let Some(refusal) = &refusal
            && !stands(agent, (epoch, sequence), refusal)?
        {
            continue;
        }
        found.push(Left {
            epoch: epoch as u64,
            sequence: sequence as u64,
            file: file.filter(|name| !name.is_empty()).map(|name| outbox.join(name)),
            state: r.get(3)?,
            records: r.get::<_, i64>(4)? as u64,
            at_s,
            due: rfc3339(at_s + patience_s, agent.schedule.zone()),
            is_overdue: refusal.is_none() && now_s > at_s + patience_s,
            digest_words: digest_words(&r.get(0)?),
            refused: refusal.map(|refusal| format!("{}: {}", person.unwrap_or_default(), refusal.reason)),
        });
    }
    Ok(found)
}

/// Whether something that a refusal is about still stands outside as that batch carried it.
fn stands(agent: &Agent, (epoch, sequence): (i64, i64), refusal: &RefusalFile) -> Result<bool> {
    let sql = "SELECT EXISTS(SELECT 1 FROM exported WHERE epoch = ?1 AND sequence = ?2 AND retracted = 0)";
    if refusal.items.is_empty() {
        return Ok(agent.conn.query_row(sql, params![epoch, sequence], |r| r.get(0))?);
    }
    let sql = "SELECT EXISTS(SELECT 1 FROM exported WHERE epoch = ?1 AND sequence = ?2 AND retracted = 0
                 AND kind = ?3 AND id = ?4)";
    let mut statement = agent.conn.prepare_cached(sql)?;
    for (kind, id) in &refusal.items {
        if statement.query_row(params![epoch, sequence, kind, id], |r| r.get(0))? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// What was not reviewed in time, and what left and was refused afterwards.
pub fn alarms(agent: &Agent, now_s: i64) -> Result<Vec<Alarm>> {
    let trust = agent.up_trust()?;
    let mut alarms = Vec::new();
    let drafts: Vec<Waiting> =
        waiting(agent, trust.as_ref(), now_s)?.into_iter().filter(|draft| draft.is_overdue).collect();
    if let Some(first) = drafts.first() {
        let name = first.file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let message = format!(
            "{} 个草稿逾期未审 drafts were not reviewed in time; the oldest is {name}, due {}",
            drafts.len(),
            first.due
        );
        let hint = if trust.is_some() {
            "`review list` says what each lacks; reviewers sign with `ferry approve` or `ferry refuse`, `review add` takes it in"
        } else {
            "no reviewer is known: set `trust` in `[export]`, or correct the records in the platform"
        };
        alarms.push(Alarm { code: "FERRY-E0736", message, hint: hint.into() });
    }
    if trust.is_none() {
        return Ok(alarms);
    }
    let left = left(agent, trust.as_ref(), now_s)?;
    let overdue: Vec<&Left> = left.iter().filter(|left| left.is_overdue).collect();
    if let Some(first) = overdue.first() {
        let message = format!(
            "{} 个批次放行后逾期未复核 batches that left were not reviewed in time; the oldest is {}/{}, due {}",
            overdue.len(),
            first.epoch,
            first.sequence,
            first.due
        );
        let hint = "`review list` names their files; one reviewer's approval over each marks it as reviewed";
        alarms.push(Alarm { code: "FERRY-E0737", message, hint: hint.into() });
    }
    for refused in left.iter().filter(|left| left.refused.is_some()) {
        let why = refused.refused.as_deref().unwrap_or_default().escape_debug();
        let message =
            format!("批次 {}/{} 放行后被退回 was refused after it left: {why}", refused.epoch, refused.sequence);
        let hint = "correct or delete in the case platform what it is about, then `export`: the correction or retraction crosses";
        alarms.push(Alarm { code: "FERRY-E0735", message, hint: hint.into() });
    }
    Ok(alarms)
}

impl List {
    /// For people.
    pub fn print(&self) {
        for d in &self.drafts {
            let (by, overdue) = (d.approved_by.join("、"), if d.is_overdue { " 逾期 overdue" } else { "" });
            outln!("{}\n  {}: {} records, {} documents", d.file.display(), d.class, d.records, d.documents);
            outln!("  已批 approved {}/{} {by}  到期 due {}{overdue}", d.approved_by.len(), d.needed, d.due);
            if !d.offices_missing.is_empty() {
                outln!("  还缺 offices missing: {}", d.offices_missing.join("、"));
            }
            outln!("  校验词 digest words: {}", d.digest_words);
        }
        for l in &self.left {
            let file = l.file.as_ref().map_or_else(|| "kept no longer".into(), |f| f.display().to_string());
            let overdue = if l.is_overdue { " 逾期 overdue" } else { "" };
            outln!(
                "已放行待复核 left, to be reviewed: batch {}/{}, {} records: {file}",
                l.epoch,
                l.sequence,
                l.records
            );
            match &l.refused {
                Some(why) => outln!("  退回 refused by {}", why.escape_debug()),
                None => outln!("  到期 due {}{overdue}", l.due),
            }
            outln!("  校验词 digest words: {}", l.digest_words);
        }
        for (name, state, why) in &self.ended {
            outln!("{state}: {name}: {}", why.escape_debug());
        }
        if self.drafts.is_empty() && self.left.is_empty() {
            outln!("没有待审 nothing waits for a review");
        }
    }
}
