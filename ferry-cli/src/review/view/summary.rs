//! The facts of a draft: at the head of the page and on the release form.

use crate::catalogue::names::CatalogueNames;
use crate::output::values;
use crate::review::draft::Draft;
use crate::review::view::card::reason_text;
use crate::texts::inspect;
use crate::texts::review_page as t;
use ferry_format::crypto::hash::digest_words;
use ferry_format::encoding::hex::to_hex;
use ferry_format::frame::header::Direction;
use ferry_format::keys::KeyId;
use ferry_format::text::Text;
use ferry_format::trust::rules::Class;
use ferry_format::trust::trust_file::Trust;

/// A kind in the table of counts.
pub struct KindRow {
    /// Its name.
    pub name: Text,
    /// As the catalogue names it.
    pub id: String,
    /// Records with retractions, retractions, documents, flagged.
    pub numbers: [u64; 4],
    /// Length of its bar, 0 to 100.
    pub bar: u64,
}

impl KindRow {
    /// Whether any of it was flagged.
    pub fn is_flagged(&self) -> bool {
        self.numbers[3] > 0
    }

    /// Records and documents.
    pub fn items(&self) -> u64 {
        self.numbers[0] + self.numbers[2]
    }
}

/// The facts.
pub struct DraftSummary {
    /// Court.
    pub court: String,
    /// Channel.
    pub channel: String,
    /// Which way it crosses.
    pub direction: Text,
    /// A draft, or the batch's number.
    pub label: Text,
    /// Whether it was released.
    pub is_released: bool,
    /// When it was released, or empty.
    pub created: String,
    /// What it is for the release rules.
    pub class: Text,
    /// Content digest.
    pub content: String,
    /// Its words.
    pub words: String,
    /// Catalogue digest.
    pub catalogue: String,
    /// Policy digest, or empty.
    pub policy: String,
    /// The sender's key.
    pub sender: String,
    /// Counts by kind.
    pub kinds: Vec<KindRow>,
    /// The same over all kinds.
    pub total: [u64; 4],
    /// Why something was flagged, and how often.
    pub reasons: Vec<(Text, u64)>,
    /// The kind of withheld entries.
    pub withheld_kind: String,
    /// How many of them there are, with those that end.
    pub withheld: u64,
    /// Approvals by distinct persons that are needed.
    pub needed: usize,
    /// Offices that must be among them.
    pub offices: Vec<String>,
}

impl DraftSummary {
    /// Whether anything was flagged.
    pub fn is_flagged(&self) -> bool {
        self.total[3] > 0
    }

    /// Whether more than `shown` items were.
    pub fn has_more_flagged(&self, shown: usize) -> bool {
        self.total[3] > shown as u64
    }

    /// Of a draft that was opened.
    pub fn of(draft: &Draft, names: &CatalogueNames, trust: &Trust) -> Self {
        let (header, content) = (draft.opened().header(), draft.opened().content());
        let class = Class::of(header, content);
        let need = trust.release.of(class);
        let digest = content.digest();
        let series = draft.opened().series();
        let (kinds, total) = kind_rows(draft, names);
        let withheld_kind = names.withheld().to_owned();
        Self {
            court: header.court.to_string(),
            channel: header.channel.to_string(),
            direction: match header.direction {
                Direction::Export => t::export(),
                Direction::Return => t::return_way(),
            },
            label: series.map_or_else(t::draft, |s| t::released_batch(s.epoch, s.sequence)),
            is_released: series.is_some(),
            created: series.map(|s| values::court_time(s.created_s)).unwrap_or_default(),
            class: inspect::class(class),
            content: to_hex(&digest),
            words: digest_words(&digest),
            catalogue: to_hex(&header.catalogue),
            policy: if header.policy == [0; 32] { String::new() } else { to_hex(&header.policy) },
            sender: KeyId::of(&header.sender).to_string(),
            kinds,
            total,
            reasons: draft.index.reasons.iter().filter_map(|(why, n)| Some((reason_text(why)?, *n))).collect(),
            withheld: draft.index.counts.get(&withheld_kind).map_or(0, |c| c.records),
            withheld_kind,
            needed: need.approvals.max(trust.approvals_needed),
            offices: need.offices.iter().map(|o| values::safe(o)).collect(),
        }
    }
}

/// The table of counts: kinds with flagged items first, then by size.
fn kind_rows(draft: &Draft, names: &CatalogueNames) -> (Vec<KindRow>, [u64; 4]) {
    let counts = &draft.index.counts;
    let most = counts.values().map(|c| c.records + c.documents).max().unwrap_or(0).max(1);
    let mut total = [0; 4];
    let mut kinds = Vec::new();
    for (id, count) in counts {
        let numbers = [count.records, count.retracted, count.documents, count.flagged];
        total.iter_mut().zip(numbers).for_each(|(sum, n)| *sum += n);
        // Rounded up, so that a small kind is seen beside large ones.
        let bar = ((count.records + count.documents) * 100).div_ceil(most);
        kinds.push(KindRow { name: names.kind(id), id: id.clone(), numbers, bar });
    }
    kinds.sort_by_key(|k| std::cmp::Reverse((k.numbers[3], k.items())));
    (kinds, total)
}
