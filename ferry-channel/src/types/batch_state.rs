//! What became of a batch: the one spelling in tables, JSON and reports.

use crate::texts;
use ferry_format::text::Text;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use serde::{Deserialize, Serialize};

/// The state of a batch that this side sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BatchState {
    /// Signed and numbered; not yet in the folder that the diode reads.
    Released,
    /// In that folder.
    Dispatched,
    /// Acknowledged by the other side.
    Confirmed,
    /// The other side refused its content, or accepted its gap; what it carried is collected again.
    Refused,
    /// The other side never had it.
    Missing,
}

impl BatchState {
    /// All of them, in the order of a batch's life.
    pub const ALL: [Self; 5] = [Self::Released, Self::Dispatched, Self::Confirmed, Self::Refused, Self::Missing];

    /// The name in tables and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Released => "released",
            Self::Dispatched => "dispatched",
            Self::Confirmed => "confirmed",
            Self::Refused => "refused",
            Self::Missing => "missing",
        }
    }
}

/// What the receiver made of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DeliveryVerdict {
    /// Applied.
    Published,
    /// Its signature held, its content was refused; its number is used up.
    Refused,
    /// Known from its neighbours only.
    Missing,
}

impl DeliveryVerdict {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Published, Self::Refused, Self::Missing];

    /// The name in tables, delivery reports and the catalogue's code table.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Published => "published",
            Self::Refused => "refused",
            Self::Missing => "missing",
        }
    }

    /// As people read it.
    pub fn text(self) -> Text {
        match self {
            Self::Published => texts::status::published(),
            Self::Refused => texts::status::refused(),
            Self::Missing => texts::status::missing(),
        }
    }

    /// The verdict with this name; anything else is [`Self::Missing`]: nothing is known of the batch.
    pub fn named(name: &str) -> Self {
        Self::ALL.into_iter().find(|verdict| verdict.as_str() == name).unwrap_or(Self::Missing)
    }
}

macro_rules! as_text_column {
    ($($type:ty),+) => { $(
        impl ToSql for $type {
            fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
                Ok(ToSqlOutput::from(self.as_str()))
            }
        }

        impl FromSql for $type {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                let name = value.as_str()?;
                Self::ALL.into_iter().find(|v| v.as_str() == name).ok_or(FromSqlError::InvalidType)
            }
        }
    )+ };
}

as_text_column!(BatchState, DeliveryVerdict);

#[cfg(test)]
mod tests {
    use super::*;
    use rusqlite::Connection;

    #[test]
    fn a_state_is_spelled_the_same_in_tables_and_in_json() {
        let conn = Connection::open_in_memory().unwrap();
        for state in BatchState::ALL {
            let read: BatchState = conn.query_row("SELECT ?1", [state], |r| r.get(0)).unwrap();
            assert_eq!((read, serde_json::to_value(state).unwrap()), (state, state.as_str().into()));
        }
        for verdict in DeliveryVerdict::ALL {
            let read: DeliveryVerdict = conn.query_row("SELECT ?1", [verdict], |r| r.get(0)).unwrap();
            assert_eq!((read, serde_json::to_value(verdict).unwrap()), (verdict, verdict.as_str().into()));
        }
        assert!(conn.query_row("SELECT 'gone'", [], |r| r.get::<_, BatchState>(0)).is_err());
    }
}
