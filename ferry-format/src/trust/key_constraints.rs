//! Constraints of a trusted key: its person and office, and when it is valid.

use crate::frame::statement::SeriesStatement;
use crate::text::Text;
use crate::texts;
use serde::{Deserialize, Serialize};

/// Person and office of a key, and when it is valid.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct KeyConstraints {
    /// Who holds it. Two keys of one person count once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<String>,
    /// The office of a reviewer, as release rules name it (业务审核, 保密审查).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub office: Option<String>,
    /// Valid from, seconds since 1970 UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_before_s: Option<i64>,
    /// Valid until, inclusive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_after_s: Option<i64>,
    /// Epoch and number of the first batch for which it is no longer valid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked_from: Option<(u64, u64)>,
}

/// The moment at which a key is used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Moment {
    /// Seconds since 1970 UTC; for a released batch, its release time.
    pub at_s: i64,
    /// Epoch and number of a batch; none for a draft, for which a revoked key is never valid.
    pub batch: Option<(u64, u64)>,
}

impl Moment {
    /// The moment of a batch.
    pub fn of(series: &SeriesStatement) -> Self {
        Self { at_s: series.created_s, batch: Some((series.epoch, series.sequence)) }
    }

    /// The moment of a draft that is reviewed now.
    pub fn now(at_s: i64) -> Self {
        Self { at_s, batch: None }
    }
}

impl KeyConstraints {
    /// All of them in one line, to follow a key.
    pub(crate) fn text(&self) -> Text {
        let revoked_from = self.revoked_from.map(|(epoch, number)| format!("{epoch}/{number}"));
        let words = [
            self.person.as_ref().map(texts::trust::and_person),
            self.office.as_ref().map(texts::trust::and_office),
            self.not_before_s.map(texts::trust::and_not_before),
            self.not_after_s.map(texts::trust::and_not_after),
            revoked_from.map(texts::trust::and_revoked_from),
        ];
        Text::join(words.iter().flatten(), "", "")
    }

    /// Why the key is not valid at that moment, if it is not.
    pub fn why_invalid(&self, at: &Moment) -> Option<Text> {
        if self.not_before_s.is_some_and(|from| at.at_s < from) {
            return Some(texts::trust::not_valid_yet());
        }
        if self.not_after_s.is_some_and(|until| at.at_s > until) {
            return Some(texts::trust::expired());
        }
        match (self.revoked_from, at.batch) {
            (Some(from), Some(place)) if place >= from => Some(texts::trust::revoked()),
            (Some(_), None) => Some(texts::trust::revoked()),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draft_is_judged_by_its_time_and_has_no_place_in_a_series() {
        let from = KeyConstraints { not_before_s: Some(100), ..KeyConstraints::default() };
        assert!(from.why_invalid(&Moment::now(99)).is_some() && from.why_invalid(&Moment::now(100)).is_none());
        let revoked = KeyConstraints { revoked_from: Some((9, 9)), ..KeyConstraints::default() };
        assert!(revoked.why_invalid(&Moment::now(100)).is_some());
    }

    #[test]
    fn every_constraint_is_named_behind_its_key() {
        let all = KeyConstraints {
            person: Some("王芳".to_owned()),
            office: Some("审判管理".to_owned()),
            not_before_s: Some(11),
            not_after_s: Some(22),
            revoked_from: Some((3, 4)),
        };
        let text = all.text();
        for part in ["王芳", "审判管理", "3/4"] {
            assert!(text.english().contains(part), "{}", text.english());
        }
        assert_eq!(KeyConstraints::default().text().english(), "");
    }
}
