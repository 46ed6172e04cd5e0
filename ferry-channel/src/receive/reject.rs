//! What is not applied: a file waits, or is refused and kept in quarantine; where its sender signed it, its number is used up.

use crate::receive::endpoint::Incoming;
use crate::receive::fork;
use crate::receive::fork::Claim;
use crate::receive::pass::{Front, Grace, Progress};
use crate::receive::pending;
use crate::receive::quarantine;
use crate::receive::quarantine::Kept;
use crate::receive::record;
use crate::receive::scan::Candidate;
use crate::receive::skipped::Reason;
use ferry_format::FormatError;
use ferry_format::batch::open::UnapprovedBatch;
use ferry_format::frame::sequence::Place;
use ferry_io::error::{Error, Result};
use ferry_io::heartbeat;
use rusqlite::Connection;
use std::fs::File;
use std::io::BufReader;

/// A file that may still be written waits; any other is refused.
pub(crate) fn wait_or_refuse(
    conn: &Connection,
    incoming: &Incoming,
    file: &Candidate,
    why: &FormatError,
    grace: Grace,
    now_s: i64,
    done: &mut Progress,
) -> Result<()> {
    match pending::patience_s(why, file, incoming.copy_deadline_s) {
        Some(patience_s) if grace == Grace::UntilDeadline => wait(conn, incoming, file, why, patience_s, now_s, done),
        _ => refuse(conn, incoming, file, why, now_s, done),
    }
}

/// Notes that a file waits, and refuses it once it has lain unchanged for longer than `patience_s`.
pub(crate) fn wait(
    conn: &Connection,
    incoming: &Incoming,
    file: &Candidate,
    why: &FormatError,
    patience_s: i64,
    now_s: i64,
    done: &mut Progress,
) -> Result<()> {
    if pending::note(conn, incoming, file, why, now_s)? > patience_s {
        return refuse(conn, incoming, file, why, now_s, done);
    }
    done.counts.waiting += 1;
    Ok(())
}

/// Refuses a file: quarantine keeps it, with the reason.
pub(crate) fn refuse(
    conn: &Connection,
    incoming: &Incoming,
    file: &Candidate,
    why: &FormatError,
    now_s: i64,
    done: &mut Progress,
) -> Result<()> {
    let channel = incoming.channel.as_str();
    match quarantine::put(conn, channel, &incoming.quarantine, file, &Error::from(why), now_s)? {
        Kept::Moved => done.counts.quarantined += 1,
        Kept::Dropped => {
            done.counts.quarantined += 1;
            done.dropped.get_or_insert_with(|| (0, file.name.clone())).0 += 1;
        }
        Kept::Stays => done.left.add(Reason::Fixed, &file.name),
        Kept::Gone => {}
    }
    Ok(())
}

/// Refuses a batch for what is in it. A damaged body takes no number; content that its own sender signed does.
pub(crate) fn refuse_content(
    conn: &mut Connection,
    incoming: &Incoming,
    front: &Front,
    place: &Place,
    why: &FormatError,
    now_s: i64,
    done: &mut Progress,
) -> Result<()> {
    let intact = incoming.verify(&front.file).and_then(|mut b| b.check_body(|_| heartbeat::tick()));
    if intact.is_ok() {
        record::refused(conn, incoming, &front.series, front.digest, place, &Error::from(why), now_s)?;
        done.counts.refused += 1;
    }
    refuse(conn, incoming, &front.file, why, now_s, done)
}

/// A batch that lacks approvals is refused, and its number with it: the delivery report says so, and its sender drafts what
/// it carried anew. A damaged one takes no number.
pub(crate) fn unapproved(
    conn: &mut Connection,
    incoming: &Incoming,
    front: &Front,
    mut batch: UnapprovedBatch<BufReader<File>>,
    place: &Place,
    now_s: i64,
    done: &mut Progress,
) -> Result<()> {
    let channel = incoming.channel.as_str();
    if let Err(damage) = batch.check_body(|_| heartbeat::tick()) {
        return refuse(conn, incoming, &front.file, &damage, now_s, done);
    }
    if let Some(signed) = batch.signed() {
        let claim = Claim { epoch: front.series.epoch, sequence: front.series.sequence, digest: front.digest };
        fork::keep(conn, channel, &claim, &signed)?;
    }
    record::refused(conn, incoming, &front.series, front.digest, place, &Error::from(&batch.why), now_s)?;
    done.counts.refused += 1;
    refuse(conn, incoming, &front.file, &batch.why, now_s, done)
}
