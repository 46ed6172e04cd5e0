//! What is not applied: a file waits, or is refused and kept in quarantine; where its sender signed it, its number is used
//! up.

use crate::audit::statements;
use crate::limits::QUARANTINED_PER_PASS_MAX;
use crate::receive::incoming::Unsigned;
use crate::receive::pending;
use crate::receive::progress::{CopyGrace, PassContext};
use crate::receive::quarantine::{self, QuarantineOutcome};
use crate::receive::record::record_refused;
use crate::receive::scan::IncomingFile;
use crate::receive::skipped::SkipReason;
use crate::runtime::log::{self, About, Level};
use crate::texts;
use crate::types::BatchClaim;
use crate::types::batch_fault::BatchFault;
use crate::types::{BatchNumber, Digest};
use ferry_format::FormatError;
use ferry_format::batch::open::UnapprovedBatch;
use ferry_format::frame::sequence::SequencePosition;
use ferry_format::frame::statement::SeriesStatement;
use ferry_io::error::{Error, Result};
use ferry_io::heartbeat;
use ferry_io::output::language::Show;
use rusqlite::Connection;
use std::fs::File;
use std::io::BufReader;

/// Files of one pass that begin to wait and are named in the log; `status` counts all.
const NAMED_WAITING_MAX: u64 = 20;

/// A verified batch, where its file is and what its number says.
#[derive(Clone, Copy)]
pub(crate) struct PlacedFile<'a> {
    pub(crate) file: &'a IncomingFile,
    pub(crate) series: &'a SeriesStatement,
    pub(crate) digest: Digest,
    pub(crate) place: &'a SequencePosition,
}

impl PassContext<'_> {
    /// Files that may still be written wait; any others are refused. All of them age in one transaction: there may be
    /// thousands.
    pub(crate) fn wait_or_refuse(&mut self, conn: &Connection, files: &[Unsigned]) -> Result<()> {
        let mut due = Vec::new();
        let tx = conn.unchecked_transaction()?;
        for (file, why) in files {
            heartbeat::tick();
            let patience_s = pending::patience_s(why.error(), file, self.endpoint.stalled_copy_timeout_s);
            match patience_s.filter(|_| self.grace == CopyGrace::UntilTimeout) {
                Some(patience_s) if self.waited_s(&tx, file, why.error())? <= patience_s => {
                    self.done.counts.waiting += 1;
                }
                _ => due.push((file, why)),
            }
        }
        tx.commit()?;
        for (file, why) in due {
            if self.done.kept < QUARANTINED_PER_PASS_MAX {
                self.refuse(conn, file, why)?;
            } else {
                self.done.skipped.add(SkipReason::OverLimit, &file.name);
            }
        }
        Ok(())
    }

    /// For how many seconds a file has waited. The first few of a pass are named in the log.
    fn waited_s(&mut self, conn: &Connection, file: &IncomingFile, why: &FormatError) -> Result<i64> {
        let waited = pending::record(conn, &self.endpoint.channel, file, why, self.now)?;
        if waited.is_new && self.done.named_waiting < NAMED_WAITING_MAX {
            self.done.named_waiting += 1;
            let about =
                About { code: Some(why.code()), channel: Some(self.endpoint.channel.as_str()), ..About::default() };
            log::say(Level::Info, &about, texts::receive::waiting(&file.name, why.message()).show());
        }
        Ok(waited.seconds)
    }

    /// Records that a file waits, and refuses it once it has lain unchanged for longer than `patience_s`.
    pub(crate) fn wait(
        &mut self,
        conn: &Connection,
        file: &IncomingFile,
        why: &BatchFault,
        patience_s: i64,
    ) -> Result<()> {
        if self.waited_s(conn, file, why.error())? > patience_s {
            return self.refuse(conn, file, why);
        }
        self.done.counts.waiting += 1;
        Ok(())
    }

    /// Records that a whole batch waits, however long: its number is not missing.
    pub(crate) fn wait_whole(
        &mut self,
        conn: &Connection,
        file: &IncomingFile,
        number: BatchNumber,
        why: &FormatError,
    ) -> Result<()> {
        self.waited_s(conn, file, why)?;
        self.done.waiting_here.insert(number);
        self.done.counts.waiting += 1;
        Ok(())
    }

    /// Refuses a file: quarantine keeps it, with the reason.
    pub(crate) fn refuse(&mut self, conn: &Connection, file: &IncomingFile, why: &BatchFault) -> Result<()> {
        let endpoint = self.endpoint;
        let why = Error::from(why.error());
        match quarantine::put(conn, &endpoint.channel, &endpoint.quarantine, file, &why, self.now)? {
            QuarantineOutcome::Moved => {
                self.done.counts.quarantined += 1;
                self.done.kept += 1;
            }
            QuarantineOutcome::Deleted => {
                self.done.counts.quarantined += 1;
                self.done.deleted.get_or_insert_with(|| (0, file.name.clone())).0 += 1;
            }
            QuarantineOutcome::ReadOnly => {
                self.done.skipped.add(SkipReason::ReadOnly, &file.path.display().to_string());
            }
            QuarantineOutcome::Vanished => {}
        }
        Ok(())
    }

    /// Refuses a batch for what is in it. A damaged body uses up no number; content that its own sender signed does.
    pub(crate) fn refuse_content(
        &mut self,
        conn: &mut Connection,
        placed: PlacedFile<'_>,
        why: &BatchFault,
    ) -> Result<()> {
        let intact = self.endpoint.verify(placed.file).and_then(|mut batch| batch.check_body(|_| heartbeat::tick()));
        match intact.map_err(BatchFault::of) {
            Ok(()) => self.use_up_number(conn, placed, why)?,
            Err(Ok(_damage)) => {}
            Err(Err(local)) => return Err(local),
        }
        self.refuse(conn, placed.file, why)
    }

    /// A batch that lacks approvals is refused, and its number with it: the delivery report says so, and its sender drafts
    /// what it carried again. A damaged one uses up no number.
    pub(crate) fn refuse_unapproved(
        &mut self,
        conn: &mut Connection,
        placed: PlacedFile<'_>,
        mut batch: UnapprovedBatch<BufReader<File>>,
    ) -> Result<()> {
        if let Err(damage) = batch.check_body(|_| heartbeat::tick()) {
            return self.refuse(conn, placed.file, &BatchFault::of(damage)?);
        }
        if let Some(signed) = batch.signed() {
            let claim = BatchClaim { number: BatchNumber::of(placed.series), digest: placed.digest };
            statements::record_received(conn, &self.endpoint.channel, claim, &signed)?;
        }
        let why = BatchFault::of(batch.why)?;
        self.use_up_number(conn, placed, &why)?;
        self.refuse(conn, placed.file, &why)
    }

    /// Records a number as refused.
    pub(crate) fn use_up_number(
        &mut self,
        conn: &mut Connection,
        placed: PlacedFile<'_>,
        why: &BatchFault,
    ) -> Result<()> {
        let signed = (placed.series, placed.digest);
        record_refused(conn, &self.endpoint.channel, signed, placed.place, &Error::from(why.error()), self.now)?;
        self.done.counts.refused += 1;
        Ok(())
    }
}
