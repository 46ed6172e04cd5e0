//! Changed, new and gone items since an earlier batch.

use crate::batch::comparison::{Comparison, ItemKey};
use crate::catalogue::names::CatalogueNames;
use crate::output::values;
use crate::review::view::clip::clip;
use ferry_format::text::Text;

/// What happened to an item.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum ChangeKind {
    /// Only the draft has it.
    Added,
    /// Only the earlier batch has it.
    Gone,
    /// Both have it, with different contents.
    Changed,
}

/// A changed, new or gone item.
pub struct Change {
    change: ChangeKind,
    /// Kind.
    pub kind: Text,
    /// Kind as the catalogue names it.
    pub kind_id: String,
    /// Id.
    pub id: String,
    /// Fields: name, before, after.
    pub fields: Vec<(Text, Text, Text)>,
}

impl Change {
    /// Whether only the draft has it.
    pub fn is_added(&self) -> bool {
        self.change == ChangeKind::Added
    }

    /// Whether only the earlier batch has it.
    pub fn is_gone(&self) -> bool {
        self.change == ChangeKind::Gone
    }
}

/// `take` changes after the first `skip`: changed items first, since they need the most reading.
pub fn changes(comparison: &Comparison, names: &CatalogueNames, skip: usize, take: usize) -> Vec<Change> {
    let of = |change: ChangeKind| move |key| (change, key);
    let changed = comparison.changed.keys().map(of(ChangeKind::Changed));
    let added = comparison.added.iter().map(of(ChangeKind::Added));
    let gone = comparison.gone.iter().map(of(ChangeKind::Gone));
    let change = |(change, key): (ChangeKind, &ItemKey)| {
        let text = |v: Option<String>| clip(&Text::verbatim(v.unwrap_or_else(|| "∅".into())), true).0;
        let fields = comparison.fields(key).into_iter();
        let fields = fields.map(|(name, before, after)| (names.field(&key.0, &name), text(before), text(after)));
        Change {
            change,
            kind: names.kind(&key.0),
            kind_id: key.0.clone(),
            id: values::safe(&key.1),
            fields: fields.collect(),
        }
    };
    changed.chain(added).chain(gone).skip(skip).take(take).map(change).collect()
}
