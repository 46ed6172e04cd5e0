//! Which items of a batch are shown.

use crate::output::values;
use ferry_format::frame::manifest::Entry;
use ferry_format::record::Record;

/// Options that choose items; without any all are shown.
#[derive(clap::Args)]
pub struct Filter {
    /// Only this kind; may be given more than once.
    #[arg(long)]
    kind: Vec<String>,
    /// Only this case.
    #[arg(long)]
    case: Option<String>,
    /// Only this record or document, by its id or name.
    #[arg(long)]
    id: Option<String>,
    /// Only what has this text in its id, name or a field.
    #[arg(long)]
    contains: Option<String>,
    /// Only retractions.
    #[arg(long)]
    retracted: bool,
    /// Only what the sender's scanner flagged.
    #[arg(long)]
    pub flagged: bool,
}

impl Filter {
    /// Whether a record is shown, apart from `flagged`, which is its block's.
    pub fn admits_record(&self, r: &Record) -> bool {
        let texts = || [&r.id, &r.case_id].into_iter().cloned().chain(r.fields.values().map(values::value));
        self.admits_kind(&r.kind)
            && self.case.as_ref().is_none_or(|c| *c == r.case_id)
            && self.id.as_ref().is_none_or(|id| *id == r.id)
            && (!self.retracted || r.retracted)
            && self.contains.as_ref().is_none_or(|t| texts().any(|text| text.contains(t)))
    }

    /// Whether a document is shown, apart from `flagged`.
    pub fn admits_document(&self, e: &Entry) -> bool {
        self.admits_kind(&e.kind)
            && self.case.is_none()
            && !self.retracted
            && self.id.as_ref().is_none_or(|id| *id == e.name)
            && self.contains.as_ref().is_none_or(|t| e.name.contains(t))
    }

    fn admits_kind(&self, kind: &str) -> bool {
        self.kind.is_empty() || self.kind.iter().any(|k| k == kind)
    }
}
