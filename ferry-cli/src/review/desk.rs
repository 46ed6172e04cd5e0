//! What every page works with: the draft, whose key it is, what was decided. One reviewer, one draft.

use crate::changes::Changes;
use crate::decide::{Given, Reviewer};
use crate::labels::{Labels, Name};
use crate::review::draft::Draft;
use crate::review::guard::Secrets;
use crate::review::view::{Head, Standing};
use crate::show;
use ferry_format::encoding::hex::to_hex;
use ferry_format::trust::trust_file::{Moment, Trust};
use ferry_io::clock;
use ferry_io::fs::durable;
use ferry_io::{Error, Result as Outcome};
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The desk.
pub struct Desk {
    /// Words that only the reviewer's browser knows.
    pub secrets: Secrets,
    /// The trust file.
    pub trust: Trust,
    /// The reviewer's key.
    pub reviewer: Reviewer,
    /// Names.
    pub labels: Labels,
    /// What changed since an earlier batch.
    pub changes: Option<Changes>,
    draft: Mutex<Draft>,
    decided: Mutex<Decided>,
    /// Folder and beginning of the name of what is written.
    output: PathBuf,
}

/// What was decided.
struct Decided {
    given: Given,
    done: Option<Done>,
}

/// What this reviewer decided here.
#[derive(Clone)]
pub struct Done {
    /// Whether it is an approval.
    pub approved: bool,
    /// The file.
    pub file: String,
    /// Why it was refused, or empty.
    pub reason: String,
}

/// Whose key it is, and whether it may decide.
pub struct Who {
    /// Person, or empty.
    pub person: String,
    /// His office, or empty.
    pub office: String,
    /// Fingerprint of the key.
    pub fingerprint: String,
    /// Why it may not: message and code.
    pub why_not: Option<(String, &'static str)>,
}

/// What a panicked thread left is whole: nothing is changed halfway under these locks.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Desk {
    /// A desk with a draft on it.
    pub fn new(
        draft: Draft,
        trust: Trust,
        reviewer: Reviewer,
        labels: Labels,
        changes: Option<Changes>,
        given: Given,
        output: PathBuf,
    ) -> Outcome<Self> {
        let (draft, decided) = (Mutex::new(draft), Mutex::new(Decided { given, done: None }));
        Ok(Self { secrets: Secrets::new()?, trust, reviewer, labels, changes, draft, decided, output })
    }

    /// The draft, as long as its file is the one that was opened.
    pub fn draft(&self) -> Outcome<MutexGuard<'_, Draft>> {
        let draft = locked(&self.draft);
        draft.check_unchanged()?;
        Ok(draft)
    }

    /// Facts of the draft.
    pub fn head(&self, draft: &Draft) -> Head {
        Head::of(draft, &self.labels, &self.trust)
    }

    /// How far the approvals have come.
    pub fn standing(&self, draft: &Draft) -> Standing {
        Standing::of(draft, &self.trust, &locked(&self.decided).given, &now())
    }

    /// Whose key it is.
    pub fn who(&self) -> Who {
        let fingerprint = self.reviewer.public.fingerprint();
        let office = self.trust.terms.get(&fingerprint).and_then(|t| t.office.as_deref()).unwrap_or_default();
        let (person, why_not) = match self.reviewer.may(&self.trust, &now()) {
            Ok(person) => (show::safe(&person), None),
            Err(f) => (String::new(), Some((show::safe(&f.message.english().to_owned()), f.code))),
        };
        Who { person, office: show::safe(office), fingerprint: fingerprint.to_string(), why_not }
    }

    /// What was decided here.
    pub fn done(&self) -> Option<Done> {
        locked(&self.decided).done.clone()
    }

    /// Signs an approval of exactly what was shown, and writes it.
    pub fn approve(&self) -> Outcome<()> {
        let draft = self.draft()?;
        let mut decided = locked(&self.decided);
        let content = draft.front().content();
        let approval = self.reviewer.approve(&self.trust, content, &decided.given, &now())?;
        let file = self.write("approval", &approval.encode())?;
        decided.given.approvals.push(approval);
        decided.done = Some(Done { approved: true, file, reason: String::new() });
        Ok(())
    }

    /// Signs a refusal, and writes it.
    pub fn refuse(&self, reason: &str, items: Vec<(String, String)>) -> Outcome<()> {
        let draft = self.draft()?;
        let mut decided = locked(&self.decided);
        let refusal = self.reviewer.refuse(&self.trust, draft.front().content(), reason, items, &now())?;
        let file = self.write("refusal", &refusal.encode())?;
        let reason = show::safe(&refusal.reason);
        decided.given.refusals.push(refusal);
        decided.done = Some(Done { approved: false, file, reason });
        Ok(())
    }

    /// Named after the draft and the key, so that two reviewers never write one name.
    fn write(&self, ending: &str, bytes: &[u8]) -> Outcome<String> {
        let key = to_hex(&self.reviewer.public.fingerprint().0[..4]);
        let mut name = self.output.clone().into_os_string();
        name.push(format!("-{key}.{ending}"));
        let path = PathBuf::from(name);
        durable::write_new(&path, bytes, 0o644)?;
        Ok(show::safe(&path.display().to_string()))
    }

    /// The address of this page, without the last slash.
    pub fn root(&self) -> String {
        format!("/{}", self.secrets.path)
    }

    /// What the catalogue says of itself: why names are raw.
    pub fn names(&self) -> Option<Name> {
        let (zh, en) = match &self.labels {
            Labels::Of(_) => return None,
            Labels::None => (
                "未给出目录（--catalogue），字段以原名显示。",
                "No catalogue was given; kinds and fields are shown by their ids.",
            ),
            Labels::Other => (
                "给出的目录与草稿所用目录的校验值不同，未采用；字段以原名显示。",
                "The catalogue that was given is not the one that this draft names; it is not used.",
            ),
        };
        Some(Name { zh: zh.into(), en: en.into() })
    }
}

fn now() -> Moment {
    Moment::now(clock::now_s())
}

/// A failure as a page shows it.
pub fn said(failure: &Error) -> (String, &'static str) {
    (show::safe(&failure.message.english().to_owned()), failure.code)
}
