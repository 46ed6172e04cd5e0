//! How large a court is made, and what was made.

/// How large a court and from which seed.
#[derive(Clone, Copy, Debug)]
pub struct MakeOptions {
    /// Number of cases.
    pub cases: u64,
    /// Seed of everything made up.
    pub seed: u64,
    /// Whether there are reviewers: what the scanner flags then needs two, and clean batches are reviewed after release.
    pub reviewed: bool,
}

/// What was made.
#[derive(Clone, Debug, Default)]
pub struct Made {
    /// Rows by table.
    pub rows: Vec<(&'static str, u64)>,
    /// Files of the document store.
    pub documents: u64,
    /// Their bytes.
    pub document_bytes: u64,
    /// Rows that do not fit the catalogue or name no file: the agent must hold them.
    pub held: u64,
}

impl Made {
    /// Rows of one table.
    pub fn rows_of(&self, table: &str) -> u64 {
        self.rows.iter().find(|(name, _)| *name == table).map_or(0, |(_, rows)| *rows)
    }
}
