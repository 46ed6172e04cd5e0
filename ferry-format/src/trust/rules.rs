//! Classes of content, and the approvals that each needs on a channel (SPEC.md, "Release").

use crate::frame::header::{BatchType, Header};
use crate::frame::statement::ContentStatement;
use crate::text::Text;
use crate::texts;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The class of content, for the release rules. Both sides derive it from signed bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// No records or documents.
    Heartbeat,
    /// Records and documents of which the scanner flagged none.
    Clean,
    /// The scanner flagged something.
    Flagged,
    /// A trust list: keys, rules, and the catalogue and policy that may be used.
    Trust,
}

impl Class {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Heartbeat, Self::Clean, Self::Flagged, Self::Trust];

    /// The class of a batch or draft.
    pub fn of(header: &Header, content: &ContentStatement) -> Self {
        match (header.batch_type, content.flagged, content.items) {
            (BatchType::Trust, ..) => Self::Trust,
            (_, 1.., _) => Self::Flagged,
            (_, 0, 0) => Self::Heartbeat,
            (_, 0, _) => Self::Clean,
        }
    }

    /// The name in files and tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Heartbeat => "heartbeat",
            Self::Clean => "clean",
            Self::Flagged => "flagged",
            Self::Trust => "trust",
        }
    }

    /// The name as people read it.
    pub fn text(self) -> Text {
        match self {
            Self::Heartbeat => texts::parts::class_heartbeat(),
            Self::Clean => texts::parts::class_clean(),
            Self::Flagged => texts::parts::class_flagged(),
            Self::Trust => texts::parts::class_trust(),
        }
    }
}

/// What content of one class needs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ApprovalRequirement {
    /// Approvals by distinct persons.
    pub approvals: usize,
    /// Offices of which each must be among them.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub offices: BTreeSet<String>,
}

impl ApprovalRequirement {
    fn of(approvals: usize) -> Self {
        Self { approvals, offices: BTreeSet::new() }
    }
}

/// The release rules of a channel. By default clean records leave on schedule, every day (法发〔2014〕18号), and are reviewed
/// afterwards; flagged records and every change of trust need two approvals.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct ReleaseRules {
    /// For batches with nothing in them.
    pub heartbeat: ApprovalRequirement,
    /// For clean ones.
    pub clean: ApprovalRequirement,
    /// For flagged ones.
    pub flagged: ApprovalRequirement,
    /// For trust lists.
    pub trust: ApprovalRequirement,
    /// Hours within which a draft, or a batch that left without approvals, must be reviewed; later it raises an alarm and stays.
    pub review_hours: u32,
}

impl Default for ReleaseRules {
    fn default() -> Self {
        let (none, two) = (ApprovalRequirement::default(), ApprovalRequirement::of(2));
        Self { heartbeat: none.clone(), clean: none, flagged: two.clone(), trust: two, review_hours: 24 }
    }
}

impl ReleaseRules {
    /// What that class needs.
    pub fn of(&self, class: Class) -> &ApprovalRequirement {
        match class {
            Class::Heartbeat => &self.heartbeat,
            Class::Clean => &self.clean,
            Class::Flagged => &self.flagged,
            Class::Trust => &self.trust,
        }
    }

    /// Whether they are the rules of a trust file that names none.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}
