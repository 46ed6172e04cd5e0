//! What a day still has room for, of what return batches write into the platform (`crate::limits`).

use crate::import::staging::Staging;
use crate::limits::{Bound, REJECTED_PER_ACCOUNT, REJECTED_PER_DAY, WRITTEN_PER_DAY};
use crate::store::{case_access, imported_day};
use ferry_channel::types::UnixSeconds;
use ferry_io::error::Result;
use rusqlite::Connection;
use std::collections::HashMap;

/// What was spent of a day.
#[derive(Debug, Default)]
pub struct DayBudget {
    accounts: HashMap<String, Bound>,
    rejected: Bound,
    written: Bound,
    is_lifted: bool,
}

impl DayBudget {
    /// What the platform holds of the day that began at `from_s`, and what was written on it.
    pub fn of(ledger: &Connection, staging: &Staging, day: &str, from_s: UnixSeconds) -> Result<Self> {
        let mut budget = Self { written: imported_day::get(ledger, day)?, ..Self::default() };
        for (person, held) in staging.held_since(from_s)? {
            let account = budget.accounts.entry(account(ledger, person)?).or_default();
            *account = Bound { items: account.items + held.items, bytes: account.bytes + held.bytes };
            budget.rejected =
                Bound { items: budget.rejected.items + held.items, bytes: budget.rejected.bytes + held.bytes };
        }
        Ok(budget)
    }

    /// A person looked at what waits and lets it in at once: it is counted, and no bound keeps it.
    pub fn lift(self) -> Self {
        Self { is_lifted: true, ..self }
    }

    /// Whether the clerk's queue still takes a rejected item of a person; then it is counted.
    pub fn takes_rejected(&mut self, ledger: &Connection, person: &str, bytes: u64) -> Result<bool> {
        let of_account = self.accounts.entry(account(ledger, person.to_owned())?).or_default();
        let has_room =
            REJECTED_PER_ACCOUNT.has_room(*of_account, bytes) && REJECTED_PER_DAY.has_room(self.rejected, bytes);
        let takes = self.is_lifted || has_room;
        if takes {
            of_account.add(bytes);
            self.rejected.add(bytes);
        }
        Ok(takes)
    }

    /// Whether the platform still takes what somebody wrote; then it is counted.
    pub fn takes_written(&mut self, bytes: u64) -> bool {
        let takes = self.is_lifted || WRITTEN_PER_DAY.has_room(self.written, bytes);
        if takes {
            self.written.add(bytes);
        }
        takes
    }

    /// Counts what was written already.
    pub fn count_written(&mut self, bytes: u64) {
        self.written.add(bytes);
    }

    /// Whether the day has no room for anything of a person.
    pub fn is_used_up(&self, ledger: &Connection, person: &str) -> Result<bool> {
        let spent = self.accounts.get(&account(ledger, person.to_owned())?).copied().unwrap_or_default();
        let has_room = REJECTED_PER_ACCOUNT.has_room(spent, 0) && REJECTED_PER_DAY.has_room(self.rejected, 0);
        Ok(!self.is_lifted && !has_room)
    }

    /// What was written on the day so far.
    pub fn written(&self) -> Bound {
        self.written
    }
}

/// A forger invents as many persons as he likes: those whom nothing was ever sent to are one account.
fn account(ledger: &Connection, person: String) -> Result<String> {
    Ok(if case_access::knows(ledger, &person)? { person } else { String::new() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_in_one_name_or_in_made_up_names_leaves_room_for_others() {
        let ledger = crate::store::in_memory();
        ledger
            .execute_batch(
                "INSERT INTO case_access VALUES ('party', 'DS1', 'AJ1', 'P1', 'P1', '', '', '张三'),
                   ('party', 'DS2', 'AJ1', 'P2', 'P2', '', '', '李四')",
            )
            .unwrap();
        let mut budget = DayBudget::default();
        let mut taken = |person: &str, count: u64| {
            (0..count).filter(|_| budget.takes_rejected(&ledger, person, 100).unwrap()).count() as u64
        };
        assert_eq!(taken("P1", 1_000), REJECTED_PER_ACCOUNT.items);
        let made_up: u64 = (0..1_000).map(|n| taken(&format!("made up {n}"), 1)).sum();
        assert_eq!(made_up, REJECTED_PER_ACCOUNT.items);
        assert_eq!(taken("P2", 1), 1);
        assert!(!budget.takes_rejected(&ledger, "P2", REJECTED_PER_ACCOUNT.bytes).unwrap(), "in bytes as well");
        assert!(budget.takes_written(10) && !budget.takes_written(WRITTEN_PER_DAY.bytes));
        assert_eq!(budget.written(), Bound { items: 1, bytes: 10 });
        let mut lifted = budget.lift();
        assert!(!lifted.is_used_up(&ledger, "P1").unwrap());
        assert!(lifted.takes_rejected(&ledger, "P1", REJECTED_PER_ACCOUNT.bytes).unwrap());
        assert!(lifted.takes_written(WRITTEN_PER_DAY.bytes));
        assert_eq!(lifted.written().items, 2, "and is counted");
    }
}
