//! What needs a person's attention as of now: records that the platform has no more, kinds without a mapping, and remarks.

use crate::report::data::{AbsentRecords, Remark, UnmappedRecords};
use crate::report::gather::{Gather, NAMED_MAX};
use crate::source::unmapped;
use crate::store::held_retractions::{self, State};
use crate::store::remarks;
use ferry_io::error::Result;
use std::collections::BTreeSet;

impl Gather<'_> {
    pub(super) fn absent(&self) -> Result<Vec<AbsentRecords>> {
        let waiting = held_retractions::counts(self.conn, State::Waiting)?;
        let kept = held_retractions::counts(self.conn, State::Kept)?;
        let kinds: BTreeSet<&String> = waiting.keys().chain(kept.keys()).collect();
        let of = |counts: &std::collections::BTreeMap<String, u64>, kind: &str| counts.get(kind).copied().unwrap_or(0);
        let records = kinds.into_iter().map(|kind| AbsentRecords {
            kind: kind.clone(),
            waiting: of(&waiting, kind),
            kept: of(&kept, kind),
        });
        Ok(records.collect())
    }

    pub(super) fn unmapped(&self) -> Result<Vec<UnmappedRecords>> {
        let kinds = unmapped::kinds(self.conn, &self.context.config, &self.context.catalogue)?;
        Ok(kinds.into_iter().map(|u| UnmappedRecords { kind: u.kind, records: u.published }).collect())
    }

    pub(super) fn remarks(&self) -> Result<Vec<Remark>> {
        let remarks = remarks::list(self.conn, NAMED_MAX as i64)?;
        Ok(remarks.into_iter().map(|r| Remark { kind: r.kind, key: r.key, what: r.reason.text() }).collect())
    }
}
