//! Tables `correction` and `late_entry`: corrections, retractions and late entries with who approved them, for the supervision
//! report (articles 12 and 16).

use crate::store::approval_forms::ApprovalForm;
use crate::store::exported::BatchStamp;
use ferry_channel::audit;
use ferry_channel::types::{ChannelId, UnixSeconds};
use ferry_format::reason::{Key, Reason, ReasonCode};
use ferry_format::record::{Record, Value};
use ferry_io::error::Result;
use rusqlite::{Connection, params};

/// Why a published record changes or is retracted.
pub struct ChangeReason {
    /// Who approved it; empty where the row disappeared and nobody is named.
    pub approved_by: String,
    /// What the approver wrote, or an encoded [`Reason`].
    pub reason: String,
    /// The fields that say so outside: who approved it, when and why (article 16).
    pub fields: Vec<(String, Value)>,
}

impl ChangeReason {
    /// A reason that follows from the platform, or from a rule.
    pub fn of(reason: &Reason) -> Self {
        Self { approved_by: String::new(), reason: reason.encode(), fields: Vec::new() }
    }

    /// An approval form. It does not cross: the entry of a withheld item says nothing of it (articles 13 and 15).
    pub fn of_form(form: &ApprovalForm) -> Self {
        let reason = Reason::new(ReasonCode::WithheldByForm).with(Key::Form, &form.form).with(Key::Class, &form.reason);
        Self { approved_by: form.approved_by.clone(), ..Self::of(&reason) }
    }

    /// The approval in the deletion log of a row that no longer exists; `otherwise` where the log has none.
    pub fn of_deletion(approval: Vec<(String, Value)>, otherwise: ReasonCode) -> Self {
        let text = |wanted: &str| match approval.iter().find(|(field, _)| field == wanted) {
            Some((_, Value::Text(text))) => text.clone(),
            _ => String::new(),
        };
        let (approved_by, reason) = (text("correction-approved-by"), text("correction-why"));
        match approved_by.is_empty() {
            true => Self::of(&otherwise.into()),
            false => Self { approved_by, reason, fields: approval },
        }
    }
}

/// Records a correction of a published record, with its approval (article 16).
pub fn insert_correction(conn: &Connection, batch: BatchStamp, key: &str, record: &Record) -> Result<()> {
    let (by, why) = (record.text("correction-approved-by"), record.text("correction-why"));
    insert(conn, batch, "corrected", (&record.kind, key), (by, why))?;
    let detail = format!("approved by {by} on {}: {why}", record.text("correction-approved-on"));
    audit::record(conn, batch.now, "agent", "correct", &format!("{}/{key}", record.kind), &detail)
}

/// Records a retraction of a published record, and its reason.
pub fn insert_retraction(
    conn: &Connection,
    batch: BatchStamp,
    (kind, key): (&str, &str),
    reason: &ChangeReason,
) -> Result<()> {
    insert(conn, batch, "retracted", (kind, key), (&reason.approved_by, &reason.reason))?;
    let detail = match reason.approved_by.as_str() {
        "" => reason.reason.clone(),
        by => format!("approved by {by}: {}", reason.reason),
    };
    audit::record(conn, batch.now, "agent", "retract", &format!("{kind}/{key}"), &detail)
}

fn insert(
    conn: &Connection,
    batch: BatchStamp,
    act: &str,
    (kind, key): (&str, &str),
    (approved_by, reason): (&str, &str),
) -> Result<()> {
    let sql = "INSERT INTO correction(at_s, epoch, sequence, act, kind, key, approved_by, reason)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    let (epoch, sequence) = (batch.number.epoch, batch.number.sequence);
    conn.prepare_cached(sql)?.execute(params![batch.now, epoch, sequence, act, kind, key, approved_by, reason])?;
    Ok(())
}

/// How many corrections and retractions there were since a second.
pub fn count_since(conn: &Connection, since_s: UnixSeconds) -> Result<u64> {
    let sql = "SELECT count(*) FROM correction WHERE at_s >= ?1";
    Ok(conn.query_row(sql, [since_s], |r| r.get(0))?)
}

/// Reasons of retractions that nobody has to let go.
const UNGOVERNED: [ReasonCode; 8] = [
    ReasonCode::WithheldByForm,
    ReasonCode::SecrecyMark,
    ReasonCode::PersonalNumbers,
    ReasonCode::Gone,
    ReasonCode::ActiveContent,
    ReasonCode::AttachmentInside,
    ReasonCode::ForeignBytes,
    ReasonCode::Malware,
];

/// How many retractions of the newest batch nobody had to let go: by a form or the scanner, or because a consent or an authority
/// is gone. What only follows its case is not counted.
pub fn ungoverned_retractions_of_newest(conn: &Connection, channel: &ChannelId) -> Result<u64> {
    let sql = "SELECT reason FROM correction WHERE act = 'retracted'
                 AND (epoch, sequence) = (SELECT epoch, sequence FROM ferry_sent WHERE channel = ?1
                                          ORDER BY epoch DESC, sequence DESC LIMIT 1)";
    let mut statement = conn.prepare_cached(sql)?;
    let mut rows = statement.query([channel])?;
    let mut count = 0;
    while let Some(row) = rows.next()? {
        let reason: String = row.get(0)?;
        count += u64::from(UNGOVERNED.iter().any(|code| reason.starts_with(code.as_str())));
    }
    Ok(count)
}

/// Records a late entry, and who approved it; nobody where that is empty.
pub fn insert_late_entry(
    conn: &Connection,
    batch: BatchStamp,
    key: &str,
    record: &Record,
    approver: &str,
) -> Result<()> {
    let sql = "INSERT OR REPLACE INTO late_entry VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    let (epoch, sequence) = (batch.number.epoch, batch.number.sequence);
    let row = params![epoch, sequence, record.kind, key, record.case_id, approver, batch.now];
    conn.prepare_cached(sql)?.execute(row)?;
    Ok(())
}
