//! Which approvals the release rules need for a batch, and which it has.

use crate::batch::verified_file::VerifiedFile;
use crate::decision::decisions::Decisions;
use crate::output::values::{safe, safe_text};
use crate::texts::inspect as t;
use ferry_format::text::Text;
use ferry_format::texts::list;
use ferry_format::trust::release::Decision;
use ferry_format::trust::rules::Class;
use ferry_format::trust::trust_file::Moment;
use ferry_io::Result as Outcome;
use ferry_io::clock;
use ferry_io::output::language::Show;
use serde_json::{Value, json};
use std::io::Write;
use std::path::PathBuf;

/// The state of the release.
pub struct ReleaseState {
    class: Class,
    needed: usize,
    offices: Vec<String>,
    /// What the approvals of a draft come to; none for a batch, which was released.
    decision: Option<Decision>,
    persons: Vec<String>,
    /// Files that do not count: why, and the code.
    rejected: Vec<(Text, &'static str)>,
}

impl ReleaseState {
    /// With approval and refusal files beside the approvals in the batch itself.
    pub fn of(batch: &VerifiedFile, files: &[PathBuf]) -> Outcome<Self> {
        let (trust, now) = (&batch.trust, Moment::now(clock::now_s()));
        let class = Class::of(&batch.header, &batch.content);
        let need = trust.release.of(class);
        let mut given = Decisions::read(files, trust, &batch.content, &now);
        given.embedded = batch.series.as_ref().map(|s| s.approvals.clone()).unwrap_or_default();
        let decision = match batch.series {
            None => Some(given.decide(trust, class, &batch.content, &now)?),
            Some(_) => None,
        };
        let persons = given.approvers(trust).iter().map(|p| safe(p)).collect();
        Ok(Self {
            class,
            needed: need.approvals.max(trust.approvals_needed),
            offices: need.offices.iter().map(|o| safe(o)).collect(),
            decision,
            persons,
            rejected: given.rejected.iter().map(|(_, e)| (safe_text(&e.message), e.code)).collect(),
        })
    }

    /// As lines.
    pub fn write(&self, out: &mut dyn Write) -> std::io::Result<()> {
        let mut needs = t::needs_approvals(t::class(self.class), self.needed);
        if !self.offices.is_empty() {
            needs = t::needs_offices(needs, list::items(&self.offices));
        }
        writeln!(out, "{}", needs.show())?;
        if !self.persons.is_empty() {
            writeln!(out, "{}", t::approved_by(list::items(&self.persons)).show())?;
        }
        for (why, code) in &self.rejected {
            writeln!(out, "{}", t::does_not_count(why, code).show())?;
        }
        match &self.decision {
            Some(Decision::Ready(_)) => writeln!(out, "{}", t::complete().show())?,
            Some(Decision::Waiting { found, needed, offices }) => {
                let mut text = t::waiting(found, needed);
                if !offices.is_empty() {
                    text = t::office_missing(text, list::items(offices.iter().map(|o| safe(o))));
                }
                writeln!(out, "{}", text.show())?;
            }
            Some(Decision::Refused { person, reason }) => {
                writeln!(out, "{}", t::refused_by(safe(person), safe(reason)).show())?;
            }
            None => {}
        }
        writeln!(out)
    }

    /// For scripts: English, whatever the language.
    pub fn json(&self) -> Value {
        let state = match &self.decision {
            Some(Decision::Ready(_)) => "ready",
            Some(Decision::Waiting { .. }) => "waiting",
            Some(Decision::Refused { .. }) => "refused",
            None => "released",
        };
        let rejected = self.rejected.iter().map(|(why, code)| json!({ "why": why.english(), "code": code }));
        json!({ "class": self.class.as_str(), "needed": self.needed, "offices": self.offices, "state": state,
                "approved": self.persons, "wrong": rejected.collect::<Vec<_>>() })
    }
}
