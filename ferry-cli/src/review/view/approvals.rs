//! Which approvals a draft has, and what is missing.

use crate::decision::decisions::Decisions;
use crate::output::values;
use crate::review::draft::Draft;
use crate::texts::review_page as t;
use ferry_format::text::Text;
use ferry_format::texts::list;
use ferry_format::trust::release::Decision;
use ferry_format::trust::rules::Class;
use ferry_format::trust::trust_file::{Moment, Trust};
use ferry_io::Error;
use std::collections::BTreeSet;

/// The state of the approvals.
pub struct ApprovalState {
    /// Persons who approved.
    pub persons: Vec<String>,
    /// What they come to.
    pub text: Text,
    /// `ok`, `wait` or `bad`: a class of the style sheet.
    pub mark: &'static str,
    /// Files that do not count: name, reason, code.
    pub rejected: Vec<(String, Text, &'static str)>,
}

impl ApprovalState {
    /// Decided by the one function that the agents use too.
    pub fn of(draft: &Draft, trust: &Trust, given: &Decisions, at: &Moment) -> Self {
        let (header, content) = (draft.opened().header(), draft.opened().content());
        let class = Class::of(header, content);
        let is_released = draft.opened().series().is_some();
        let (mark, text) = match given.decide(trust, class, content, at) {
            Ok(Decision::Refused { person, reason }) => {
                ("bad", t::refused_by(values::safe(&person), values::safe(&reason)))
            }
            _ if is_released => ("ok", t::released_already()),
            Ok(Decision::Ready(_)) => ("ok", t::complete()),
            Ok(Decision::Waiting { found, needed, offices }) => ("wait", waiting(found, needed, &offices)),
            Err(e) => ("bad", values::safe_text(&e.message)),
        };
        let persons = given.approvers(trust).iter().map(|p| values::safe(p)).collect();
        let rejected = given.rejected.iter().map(|(path, e): &(_, Error)| {
            (values::safe(&path.display().to_string()), values::safe_text(&e.message), e.code)
        });
        Self { persons, text, mark, rejected: rejected.collect() }
    }
}

fn waiting(found: usize, needed: usize, offices: &BTreeSet<String>) -> Text {
    let text = t::waiting(needed, found, needed.saturating_sub(found));
    if offices.is_empty() {
        return text;
    }
    t::office_missing(text, list::items(offices.iter().map(|o| values::safe(o))))
}
