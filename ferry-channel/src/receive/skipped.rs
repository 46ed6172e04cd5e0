//! Files skipped in the received folder, counted by reason for `status`: few lines however many files there are.

use crate::ledger::skipped::{self, SkippedFiles};
use crate::texts;
use crate::types::ChannelId;
use ferry_format::text::Text;
use ferry_io::errln;
use ferry_io::error::Result;
use ferry_io::output::language::Show;
use rusqlite::Connection;
use std::collections::BTreeMap;

/// Why a file stays in the received folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SkipReason {
    /// A link, folder, pipe, socket or device.
    NoFile,
    /// Its name says that a transfer tool still writes it.
    Unfinished,
    /// It cannot be read.
    Unreadable,
    /// It was refused, and the folder is read-only.
    ReadOnly,
    /// No batch, and too long or one too many to be kept as evidence.
    Foreign,
    /// It says of itself that it crosses the other way: the gate's folders are swapped. It stays for the other side.
    OtherDirection,
    /// Not looked at, because there are too many; the next pass continues.
    OverLimit,
}

impl SkipReason {
    const ALL: [Self; 7] = [
        Self::NoFile,
        Self::Unfinished,
        Self::Unreadable,
        Self::ReadOnly,
        Self::Foreign,
        Self::OtherDirection,
        Self::OverLimit,
    ];

    /// The code in the ledger.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoFile => "no-file",
            Self::Unfinished => "unfinished",
            Self::Unreadable => "unreadable",
            Self::ReadOnly => "read-only",
            Self::Foreign => "foreign",
            Self::OtherDirection => "other-direction",
            Self::OverLimit => "over-limit",
        }
    }

    /// As `status` says it.
    pub fn text(self) -> Text {
        match self {
            Self::NoFile => texts::skipped::no_file(),
            Self::Unfinished => texts::skipped::unfinished(),
            Self::Unreadable => texts::skipped::unreadable(),
            Self::ReadOnly => texts::skipped::read_only(),
            Self::Foreign => texts::skipped::foreign(),
            Self::OtherDirection => texts::skipped::other_direction(),
            Self::OverLimit => texts::skipped::over_limit(),
        }
    }

    /// The text of a code of the ledger; an unknown one is shown as it is.
    pub fn text_of(code: &str) -> Text {
        let known = Self::ALL.into_iter().find(|reason| reason.as_str() == code);
        known.map_or_else(|| Text::verbatim(code.to_owned()), Self::text)
    }
}

/// Counts of one pass.
#[derive(Clone, Debug, Default)]
pub struct SkipCounts(BTreeMap<SkipReason, (u64, String)>);

impl SkipCounts {
    /// One more file.
    pub fn add(&mut self, reason: SkipReason, name: &str) {
        let (files, _) = self.0.entry(reason).or_insert_with(|| (0, name.to_owned()));
        *files += 1;
    }

    /// Adds what another look skipped.
    pub(crate) fn merge(&mut self, other: Self) {
        for (reason, (more, example)) in other.0 {
            self.0.entry(reason).or_insert_with(|| (0, example)).0 += more;
        }
    }

    /// Keeps the counts in place of those of the pass before. A pass that finds the same writes nothing.
    pub fn keep(&self, conn: &Connection, channel: &ChannelId) -> Result<()> {
        let now: Vec<SkippedFiles> = self
            .0
            .iter()
            .map(|(reason, (files, example))| SkippedFiles {
                reason: reason.as_str().to_owned(),
                files: *files,
                example: example.clone(),
            })
            .collect();
        let before = skipped::list(conn, channel)?;
        if before.len() == now.len() && now.iter().all(|one| before.contains(one)) {
            return Ok(());
        }
        skipped::replace(conn, channel, &now)?;
        for (reason, (files, example)) in &self.0 {
            errln!("{}", texts::skipped::line(files, example, reason.text()).show());
        }
        Ok(())
    }
}
