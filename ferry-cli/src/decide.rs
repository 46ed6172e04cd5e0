//! Who may approve or refuse, and what is still missing: asked in the same way by the commands and by the reviewer's page.

use crate::passes::Held;
use crate::secret;
use crate::trusting::Trusting;
use ferry_format::FormatError;
use ferry_format::crypto::hash::digest_words;
use ferry_format::encoding::hex::to_hex;
use ferry_format::frame::statement::{Approval, ContentStatement};
use ferry_format::keys::{PublicKey, Role, SoftUnwrapper};
use ferry_format::trust::approval::{ApprovalFile, RefusalFile};
use ferry_format::trust::release;
use ferry_format::trust::release::Decision;
use ferry_format::trust::rules::Class;
use ferry_format::trust::trust_file::{Moment, Trust};
use ferry_io::clock;
use ferry_io::exit_code::{BAD_DATA, NOT_PERMITTED};
use ferry_io::fs::durable;
use ferry_io::fs::read;
use ferry_io::keys::load;
use ferry_io::keys::signing_key::Identity;
use ferry_io::outln;
use ferry_io::{Error, Result as Outcome};
use std::io::Read;
use std::path::{Path, PathBuf};

/// Longest approval or refusal file, in bytes: a refusal of all the records that one may name.
const FILE_BYTES_MAX: u64 = 128 * 1024;

/// What approving and refusing begin with.
#[derive(clap::Args)]
pub struct Deciding {
    /// The reviewer's secret key.
    #[arg(short)]
    identity: PathBuf,
    #[command(flatten)]
    passphrase: secret::Given,
    #[command(flatten)]
    trust: Trusting,
    /// The draft; `approve --afterwards` takes a batch.
    pub draft: PathBuf,
    /// Where the signed file is written.
    #[arg(short)]
    pub output: PathBuf,
}

/// Who decides about what, and when.
pub struct Decider {
    /// Whose key it is.
    pub reviewer: Reviewer,
    /// Whom he believes.
    pub trust: Trust,
    /// Now.
    pub now: Moment,
    /// What he read, whole.
    pub draft: Held,
}

impl Deciding {
    /// Reads the whole draft with the reviewer's key, before anything is signed.
    ///
    /// # Errors
    /// As [`Reviewer::may`], and whatever does not hold in the draft.
    pub fn begin(&self) -> Outcome<Decider> {
        let reviewer = Reviewer::read(&self.identity, &self.passphrase)?;
        let (trust, now) = (self.trust.about(&self.draft)?, Moment::now(clock::now_s()));
        reviewer.may(&trust, &now)?;
        let draft = Held::read(&self.draft, reviewer.identity(), &self.trust)?;
        Ok(Decider { reviewer, trust, now, draft })
    }

    /// Writes what was signed, and prints the words that two people compare.
    pub fn end(&self, content: &[u8; 32], signed: &[u8]) -> Outcome<()> {
        durable::write_new(&self.output, signed, 0o644)?;
        outln!("content {}\n{}", to_hex(content), digest_words(content));
        Ok(())
    }
}

/// The key with which somebody reads and decides. The one place where it is read.
pub struct Reviewer {
    identity: Identity,
    /// Its public half.
    pub public: PublicKey,
    path: PathBuf,
}

impl Reviewer {
    /// Reads it.
    pub fn read(path: &Path, passphrase: &secret::Given) -> Outcome<Self> {
        let identity = load::identity(path, &passphrase.source())?;
        Ok(Self { public: identity.public()?, identity, path: path.to_owned() })
    }

    /// The key itself, for passes over other files.
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// What opens a draft.
    pub fn unwrapper(&self) -> Outcome<SoftUnwrapper> {
        if self.public.sealing.is_none() {
            return Err(self.no_reviewer());
        }
        self.identity.unwrapper()
    }

    /// Whether it may decide now, and who decides.
    ///
    /// # Errors
    /// `FERRY-E0702` where the trust file names no reviewer with this key, and what [`Trust::stands`] says of its terms.
    pub fn may(&self, trust: &Trust, at: &Moment) -> Outcome<String> {
        let named = self.public.role == Role::Reviewer && trust.keys.contains(&self.public);
        let Some(key) = self.public.verifying.filter(|_| named) else { return Err(self.no_reviewer()) };
        match trust.stands(Role::Reviewer, &key, at) {
            Ok(key) => Ok(trust.person(key)),
            Err(e) => Err(Error { exit: NOT_PERMITTED, ..Error::about(&self.path, &e) }),
        }
    }

    fn no_reviewer(&self) -> Error {
        let message = format!("{}: this key is no reviewer of the trust file", self.path.display());
        Error::new(NOT_PERMITTED, "FERRY-E0702", message, "use the key of a named reviewer")
    }

    /// Approves, where this key may and where its approval counts beside those that are given.
    ///
    /// # Errors
    /// As [`Self::may`] and [`release::take`].
    pub fn approve(
        &self,
        trust: &Trust,
        content: &ContentStatement,
        given: &Given,
        at: &Moment,
    ) -> Outcome<ApprovalFile> {
        self.may(trust, at)?;
        let approval = ApprovalFile::sign(content, self.identity.signer()?.as_ref())?;
        if given.embedded.iter().any(|a| a.reviewer == approval.approval.reviewer) {
            return Err(FormatError::Doubled.into());
        }
        release::take(trust, content, &given.approvals, &given.refusals, &approval, at)?;
        Ok(approval)
    }

    /// Refuses, with a reason and the records that it is about.
    ///
    /// # Errors
    /// As [`Self::may`]; `FERRY-E0741` where the reason is empty or too long.
    pub fn refuse(
        &self,
        trust: &Trust,
        content: &ContentStatement,
        reason: &str,
        mut items: Vec<(String, String)>,
        at: &Moment,
    ) -> Outcome<RefusalFile> {
        self.may(trust, at)?;
        items.sort();
        items.dedup();
        RefusalFile::sign(content, at.at_s, reason.trim(), items, self.identity.signer()?.as_ref()).map_err(|e| {
            let hint = "give a reason of 1 to 1024 bytes (some 340 Chinese characters), and at most 200 records";
            Error::new(BAD_DATA, "FERRY-E0741", e.to_string(), hint)
        })
    }
}

/// What reviewers gave for one content, each checked beside those before it.
#[derive(Default)]
pub struct Given {
    /// Approvals inside a released batch; they held when it was released.
    pub embedded: Vec<Approval>,
    /// Approvals that count.
    pub approvals: Vec<ApprovalFile>,
    /// Refusals that count.
    pub refusals: Vec<RefusalFile>,
    /// Files that do not, with the reason.
    pub wrong: Vec<(PathBuf, Error)>,
}

impl Given {
    /// Reads approval and refusal files; one that does not count is kept with the reason, and counts for nothing.
    pub fn read(paths: &[PathBuf], trust: &Trust, content: &ContentStatement, at: &Moment) -> Self {
        let mut given = Self::default();
        // A refusal ends it wherever it stands in the list.
        let mut approvals = Vec::new();
        for path in paths {
            match decision(path) {
                Ok(Either::Refusal(file)) => match file.check(trust, content, at) {
                    Ok(_) => given.refusals.push(file),
                    Err(e) => given.wrong.push((path.clone(), Error::about(path, &e))),
                },
                Ok(Either::Approval(file)) => approvals.push((path, file)),
                Err(why) => given.wrong.push((path.clone(), why)),
            }
        }
        for (path, file) in approvals {
            match release::take(trust, content, &given.approvals, &[], &file, at) {
                Ok(()) => given.approvals.push(file),
                Err(e) => given.wrong.push((path.clone(), Error::about(path, &e))),
            }
        }
        given
    }

    /// What became of the content.
    pub fn decide(&self, trust: &Trust, class: Class, content: &ContentStatement, at: &Moment) -> Outcome<Decision> {
        Ok(release::decide(trust, class, content, &self.approvals, &self.refusals, at)?)
    }

    /// Who approved, by name.
    pub fn persons(&self, trust: &Trust) -> Vec<String> {
        let name = |key: &[u8; 32]| {
            let found = trust.keys.iter().find(|k| k.role == Role::Reviewer && k.verifying == Some(*key));
            found.map(|k| trust.person(k)).unwrap_or_default()
        };
        let embedded = self.embedded.iter().map(|a| name(&a.reviewer));
        embedded.chain(self.approvals.iter().map(|a| name(&a.approval.reviewer))).collect()
    }
}

enum Either {
    Approval(ApprovalFile),
    Refusal(RefusalFile),
}

fn decision(path: &Path) -> Outcome<Either> {
    let mut bytes = Vec::new();
    let file = read::open_regular(path)?;
    file.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(|e| Error::io(path, &e, false))?;
    let approval = ApprovalFile::decode(&bytes);
    match RefusalFile::decode(&bytes) {
        Ok(refusal) => Ok(Either::Refusal(refusal)),
        Err(e) if bytes.starts_with(b"\x89FRYRFS1") => Err(Error::about(path, &e)),
        Err(_) => approval.map(Either::Approval).map_err(|e| Error::about(path, &e)),
    }
}
