//! Files that wait: half copied, or made under rules that are not installed yet.
//!
//! How long a file has waited is counted from look to look, each step by a bounded amount: a clock that jumps ahead takes
//! nobody's time away, and one that is set back stops no count for longer than a step.

use crate::ledger::pending::{self, PendingRow};
use crate::receive::scan::IncomingFile;
use crate::types::{ChannelId, UnixSeconds};
use ferry_format::frame::header::PRELUDE_BYTES;
use ferry_format::text::Text;
use ferry_format::{Fault, FormatError};
use ferry_io::error::Result;
use rusqlite::Connection;
use std::os::unix::fs::MetadataExt;

/// Longest time between two looks that counts, seconds. The daemons look at least every twenty.
const STEP_S_MAX: i64 = 60;
/// Files that `status` names.
const NAMED_MAX: u64 = 3;
/// How long a damaged file must lie unchanged before it is refused, seconds: some tools give a file its whole length first
/// and fill it afterwards, and half of such a copy looks like damage.
const UNCHANGED_S: i64 = 60;

/// How long a file that does not parse may go without changing before it is refused, seconds; `None` when no change could
/// help.
pub(crate) fn patience_s(error: &FormatError, file: &IncomingFile, stalled_copy_timeout_s: i64) -> Option<i64> {
    match error {
        FormatError::Length { declared, actual } if declared > actual => Some(stalled_copy_timeout_s),
        FormatError::NotABatch if file.bytes < PRELUDE_BYTES as u64 => Some(stalled_copy_timeout_s),
        FormatError::NotABatch => None,
        e if e.fault() == Fault::Bytes => Some(UNCHANGED_S.min(stalled_copy_timeout_s)),
        _ => None,
    }
}

/// How long a file has waited.
pub(crate) struct Waited {
    /// Seconds, unchanged.
    pub(crate) seconds: i64,
    /// Whether this look is the first that saw it.
    pub(crate) is_new: bool,
}

/// Records that a file waits.
pub(crate) fn record(
    conn: &Connection,
    channel: &ChannelId,
    file: &IncomingFile,
    why: &FormatError,
    now: UnixSeconds,
) -> Result<Waited> {
    let stamp = file_stamp(file);
    let before = pending::find(conn, channel, &file.name)?;
    let is_new = before.is_none();
    let seconds = match before {
        Some(before) if before.stamp == stamp => before.waited_s + (now - before.seen_s).clamp(0, STEP_S_MAX),
        _ => 0,
    };
    let row = PendingRow { stamp, seen_s: now, waited_s: seconds };
    pending::record(conn, channel, &file.name, &row, (&why.to_string(), &why.message()))?;
    Ok(Waited { seconds, is_new })
}

/// Those that have waited longest: name, and for what.
pub(crate) fn longest(conn: &Connection, channel: &ChannelId) -> Result<Vec<(String, Text)>> {
    pending::longest(conn, channel, NAMED_MAX)
}

/// Whether this very file is recorded to wait for that reason.
pub(crate) fn is_for(conn: &Connection, channel: &ChannelId, file: &IncomingFile, why: &FormatError) -> Result<bool> {
    pending::is_for(conn, channel, &file.name, &file_stamp(file), &why.to_string())
}

/// What changes when somebody writes to a file. Compared with itself only, never with a clock.
fn file_stamp(file: &IncomingFile) -> String {
    let Ok(meta) = std::fs::symlink_metadata(&file.path) else { return file.bytes.to_string() };
    format!("{} {}.{} {}.{}", meta.len(), meta.mtime(), meta.mtime_nsec(), meta.ctime(), meta.ctime_nsec())
}
