//! What the scanner finds in a text.

use std::collections::BTreeMap;

/// What the scanner finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Finding {
    /// Identity number of 18 characters (GB 11643, ISO 7064 MOD 11-2).
    Identity18,
    /// Identity number of 15 digits, issued until 1999: a region and a day.
    Identity15,
    /// Unified social credit code (GB 32100, modulo 31).
    CreditCode,
    /// Bank card (ISO/IEC 7812, Luhn).
    BankCard,
    /// Mobile telephone number.
    Mobile,
    /// Passport or travel permit, behind its name.
    TravelDocument,
    /// A secrecy mark.
    SecrecyMark,
}

/// How often each was found.
pub type FindingCounts = BTreeMap<Finding, u64>;

/// Adds the findings in another reading of the same text: what stands in both was found once.
pub fn add_same(all: &mut FindingCounts, more: &FindingCounts) {
    for (finding, n) in more {
        let known = all.entry(*finding).or_default();
        *known = (*known).max(*n);
    }
}

/// Adds the findings of another text.
pub fn add(all: &mut FindingCounts, more: &FindingCounts) {
    for (finding, n) in more {
        *all.entry(*finding).or_default() += n;
    }
}
