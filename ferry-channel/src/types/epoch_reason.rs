//! Why a new epoch was begun: the one spelling in the table, the audit and alarms.

use crate::texts;
use ferry_format::text::Text;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};

/// Why this side numbers its batches from 1 again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EpochReason {
    /// A backup was restored here.
    Restored,
    /// The other side holds a batch that this side does not know: this side lost its newest state.
    StateLost,
    /// A baseline carries the whole published state.
    Baseline,
    /// The other side lost batches that are no longer kept here.
    PeerLostBatches,
}

impl EpochReason {
    const ALL: [Self; 4] = [Self::Restored, Self::StateLost, Self::Baseline, Self::PeerLostBatches];

    /// The name in the table and in the audit.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Restored => "restored",
            Self::StateLost => "state-lost",
            Self::Baseline => "baseline",
            Self::PeerLostBatches => "peer-lost-batches",
        }
    }

    /// As people read it.
    pub fn text(self) -> Text {
        match self {
            Self::Restored => texts::status::epoch_restored(),
            Self::StateLost => texts::status::epoch_state_lost(),
            Self::Baseline => texts::status::epoch_baseline(),
            Self::PeerLostBatches => texts::status::epoch_peer_lost_batches(),
        }
    }
}

impl ToSql for EpochReason {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::from(self.as_str()))
    }
}

impl FromSql for EpochReason {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let name = value.as_str()?;
        Self::ALL.into_iter().find(|reason| reason.as_str() == name).ok_or(FromSqlError::InvalidType)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_is_read_as_it_was_stored() {
        for reason in EpochReason::ALL {
            assert_eq!(EpochReason::column_result(ValueRef::Text(reason.as_str().as_bytes())).unwrap(), reason);
        }
        assert!(EpochReason::column_result(ValueRef::Text(b"restored from a backup")).is_err());
    }
}
