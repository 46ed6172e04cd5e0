//! What every page works with: the draft, the reviewer's key, what was decided. One reviewer, one draft.

use crate::batch::comparison::Comparison;
use crate::catalogue::names::CatalogueNames;
use crate::decision::decisions::Decisions;
use crate::decision::reviewer::Reviewer;
use crate::output::page_language::PageLanguage;
use crate::output::values;
use crate::review::draft::Draft;
use crate::review::secrets::Secrets;
use crate::review::view::approvals::ApprovalState;
use crate::review::view::summary::DraftSummary;
use crate::texts::review_page as t;
use ferry_format::encoding::hex::to_hex;
use ferry_format::text::{Language, Text};
use ferry_format::trust::trust_file::{Moment, Trust};
use ferry_io::Result as Outcome;
use ferry_io::clock;
use ferry_io::fs::durable;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The state of one `ferry review`.
pub struct ReviewState {
    /// What keeps other pages and users out.
    pub secrets: Secrets,
    /// Who may decide.
    pub trust: Trust,
    /// The reviewer's key.
    pub reviewer: Reviewer,
    /// Names of kinds and fields.
    pub names: CatalogueNames,
    /// What changed since an earlier batch.
    pub comparison: Option<Comparison>,
    language: Mutex<Language>,
    draft: Mutex<Draft>,
    decided: Mutex<Decided>,
    /// Folder and beginning of the name of files that are written.
    output: PathBuf,
}

/// What was decided, by anybody and here.
struct Decided {
    given: Decisions,
    here: Option<DecisionHere>,
}

/// What this reviewer decided on this page.
#[derive(Clone)]
pub struct DecisionHere {
    /// Whether it is an approval.
    pub approved: bool,
    /// The file that was written.
    pub file: String,
    /// Why it was refused, or empty.
    pub reason: String,
}

/// The key in use, and whether it may decide.
pub struct ReviewerInfo {
    /// Person, or empty.
    pub person: String,
    /// Office, or empty.
    pub office: String,
    /// Fingerprint of the key.
    pub fingerprint: String,
    /// Why it may not decide: message and code.
    pub why_not: Option<(Text, &'static str)>,
}

/// The parts of a state that are read from files before it starts.
pub struct ReviewInput {
    /// The draft or batch.
    pub draft: Draft,
    /// Who may decide.
    pub trust: Trust,
    /// The reviewer's key.
    pub reviewer: Reviewer,
    /// Names of kinds and fields.
    pub names: CatalogueNames,
    /// What changed since an earlier batch.
    pub comparison: Option<Comparison>,
    /// What others decided.
    pub given: Decisions,
    /// Folder and beginning of the name of files that are written.
    pub output: PathBuf,
}

/// A panicked thread leaves consistent data: nothing is changed halfway under these locks.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl ReviewState {
    /// The state at the start.
    ///
    /// # Errors
    /// As [`Secrets::new`].
    pub fn new(input: ReviewInput, language: Language) -> Outcome<Self> {
        let ReviewInput { draft, trust, reviewer, names, comparison, given, output } = input;
        let (draft, decided) = (Mutex::new(draft), Mutex::new(Decided { given, here: None }));
        let (secrets, language) = (Secrets::new()?, Mutex::new(language));
        Ok(Self { secrets, trust, reviewer, names, comparison, language, draft, decided, output })
    }

    /// The language of all pages.
    pub fn language(&self) -> PageLanguage {
        PageLanguage(*locked(&self.language))
    }

    /// Shows all pages in another language from now on.
    pub fn set_language(&self, language: Language) {
        *locked(&self.language) = language;
    }

    /// The draft, as long as its file is the one that was opened.
    ///
    /// # Errors
    /// `FERRY-E0740`.
    pub fn draft(&self) -> Outcome<MutexGuard<'_, Draft>> {
        let draft = locked(&self.draft);
        draft.check_unchanged()?;
        Ok(draft)
    }

    /// Facts of the draft.
    pub fn summary(&self, draft: &Draft) -> DraftSummary {
        DraftSummary::of(draft, &self.names, &self.trust)
    }

    /// Which approvals there are, and what is missing.
    pub fn approvals(&self, draft: &Draft) -> ApprovalState {
        ApprovalState::of(draft, &self.trust, &locked(&self.decided).given, &now())
    }

    /// The key in use.
    pub fn reviewer_info(&self) -> ReviewerInfo {
        let fingerprint = self.reviewer.public.fingerprint();
        let office = self.trust.constraints.get(&fingerprint).and_then(|t| t.office.as_deref()).unwrap_or_default();
        let (person, why_not) = match self.reviewer.check_may_decide(&self.trust, &now()) {
            Ok(person) => (values::safe(&person), None),
            Err(e) => (String::new(), Some((values::safe_text(&e.message), e.code))),
        };
        ReviewerInfo { person, office: values::safe(office), fingerprint: fingerprint.to_string(), why_not }
    }

    /// What was decided here.
    pub fn decision_here(&self) -> Option<DecisionHere> {
        locked(&self.decided).here.clone()
    }

    /// Signs an approval of exactly what was shown, and writes it.
    ///
    /// # Errors
    /// As [`Reviewer::approve`] and [`durable::write_new`].
    pub fn approve(&self) -> Outcome<()> {
        let draft = self.draft()?;
        let mut decided = locked(&self.decided);
        let content = draft.opened().content();
        let approval = self.reviewer.approve(&self.trust, content, &decided.given, &now())?;
        let file = self.write("approval", &approval.encode())?;
        decided.given.approvals.push(approval);
        decided.here = Some(DecisionHere { approved: true, file, reason: String::new() });
        Ok(())
    }

    /// Signs a refusal, and writes it.
    ///
    /// # Errors
    /// As [`Reviewer::refuse`] and [`durable::write_new`].
    pub fn refuse(&self, reason: &str, items: Vec<(String, String)>) -> Outcome<()> {
        let draft = self.draft()?;
        let mut decided = locked(&self.decided);
        let refusal = self.reviewer.refuse(&self.trust, draft.opened().content(), reason, items, &now())?;
        let file = self.write("refusal", &refusal.encode())?;
        let reason = values::safe(&refusal.reason);
        decided.given.refusals.push(refusal);
        decided.here = Some(DecisionHere { approved: false, file, reason });
        Ok(())
    }

    /// Named after the draft and the key, so that two reviewers never write one name.
    fn write(&self, ending: &str, bytes: &[u8]) -> Outcome<String> {
        let key = to_hex(&self.reviewer.public.fingerprint().0[..4]);
        let mut name = self.output.clone().into_os_string();
        name.push(format!("-{key}.{ending}"));
        let path = PathBuf::from(name);
        durable::write_new(&path, bytes, 0o644)?;
        Ok(values::safe(&path.display().to_string()))
    }

    /// The address of the page, without the last slash.
    pub fn root(&self) -> String {
        format!("/{}", self.secrets.path)
    }

    /// Why ids are shown instead of names.
    pub fn names_notice(&self) -> Option<Text> {
        match &self.names {
            CatalogueNames::Known(_) => None,
            CatalogueNames::NotGiven => Some(t::names_not_given()),
            CatalogueNames::Mismatch => Some(t::names_mismatch()),
        }
    }
}

fn now() -> Moment {
    Moment::now(clock::now_s())
}
