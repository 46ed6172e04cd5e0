//! What the outer side may cause inside, for the platform: every bound in one place, with the attack that it stops and what
//! happens beyond it. Those of the channel are in `ferry_channel::limits`.
//!
//! Bounds for one account come first, so that a forged flood in one name keeps nobody else's items waiting. Beyond a bound
//! an item waits in the ledger (`FERRY-E0636`) until a day has room for it; acknowledgements, reports and receipts of
//! documents that were sent are behind none.

/// Items of one batch. Stops a batch that uses up memory. Beyond: the batch is refused.
pub const ITEMS_PER_BATCH_MAX: u64 = 200_000;
/// Messages and requests of one case on one day. Beyond: the clerk's review queue.
pub const WRITTEN_PER_CASE_MAX: u64 = 200;
/// Messages, requests and other records of one day that the platform takes, and their bytes as written. Stops a stolen
/// outer machine that fills the platform's disk in the name of every party. Beyond: they wait.
pub const WRITTEN_PER_DAY: Bound = Bound { items: 20_000, bytes: 256 << 20 };
/// Rejected items of one account and day that are put before the clerk. People whom the ledger does not know are one
/// account together. Beyond: they wait.
pub const REJECTED_PER_ACCOUNT: Bound = Bound { items: 50, bytes: 1 << 20 };
/// The same of all accounts.
pub const REJECTED_PER_DAY: Bound = Bound { items: 2_000, bytes: 16 << 20 };
/// What may wait. Beyond: a batch that would add to it is refused and kept in quarantine, its sender collects its content
/// again, and a person decides about what waits (`inner-agent waiting`).
pub const WAITING: Bound = Bound { items: 100_000, bytes: 64 << 20 };

/// Items, and their bytes as they are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bound {
    /// Items.
    pub items: u64,
    /// Bytes.
    pub bytes: u64,
}

impl Bound {
    /// Whether one item of so many bytes still fits, after what was spent.
    pub fn has_room(self, spent: Self, bytes: u64) -> bool {
        spent.items < self.items && spent.bytes.saturating_add(bytes) <= self.bytes
    }

    /// One item more.
    pub fn add(&mut self, bytes: u64) {
        *self = Self { items: self.items + 1, bytes: self.bytes.saturating_add(bytes) };
    }
}
