//! What screening found of a record that crosses: kept with it for reports.

/// What screening found of a record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Quality {
    /// Whether it was entered after its time (articles 12 and 21).
    pub late: bool,
    /// Whether someone approved that.
    pub late_approved: bool,
    /// Whether it lacks a field that is required at this step of its case.
    pub incomplete: bool,
    /// Numbers of people in what only parties see.
    pub identifiers: u64,
    /// Whether it has a document without extractable text.
    pub unscannable: bool,
    /// Whether it has a case number with an unknown type code. It passes, because the list of codes changes.
    pub unknown_case_type: bool,
}

impl Quality {
    /// As the database keeps it: 0 in time, 1 late, 2 late with an approval.
    pub fn lateness(&self) -> i64 {
        i64::from(self.late) + i64::from(self.late_approved)
    }

    /// The opposite of [`Self::lateness`].
    #[must_use]
    pub fn with_lateness(self, lateness: i64) -> Self {
        Self { late: lateness > 0, late_approved: lateness > 1, ..self }
    }
}
