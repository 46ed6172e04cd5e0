//! The key with which a reviewer reads and decides. The one place where approvals and refusals are signed.

use crate::decision::decisions::Decisions;
use crate::options::passphrase::PassphraseOption;
use crate::texts::errors;
use ferry_format::FormatError;
use ferry_format::frame::statement::ContentStatement;
use ferry_format::keys::{PublicKey, Role, SoftUnwrapper};
use ferry_format::trust::approval::{ApprovalFile, RefusalFile};
use ferry_format::trust::release;
use ferry_format::trust::trust_file::{Moment, Trust};
use ferry_io::exit_code::NOT_PERMITTED;
use ferry_io::keys::load;
use ferry_io::keys::signing_key::LoadedKey;
use ferry_io::{Error, Result as Outcome};
use std::path::{Path, PathBuf};

/// A reviewer's key.
pub struct Reviewer {
    identity: LoadedKey,
    /// Its public half.
    pub public: PublicKey,
    path: PathBuf,
}

impl Reviewer {
    /// Reads the key.
    ///
    /// # Errors
    /// As [`load::key`].
    pub fn read(path: &Path, passphrase: &PassphraseOption) -> Outcome<Self> {
        let identity = load::key(path, &passphrase.source())?;
        Ok(Self { public: identity.public()?, identity, path: path.to_owned() })
    }

    /// The key itself, to read other files.
    pub fn identity(&self) -> &LoadedKey {
        &self.identity
    }

    /// What opens a draft.
    ///
    /// # Errors
    /// `FERRY-E0702` where the key cannot open anything.
    pub fn unwrapper(&self) -> Outcome<SoftUnwrapper> {
        if self.public.sealing.is_none() {
            return Err(self.not_a_reviewer());
        }
        self.identity.unwrapper()
    }

    /// Checks that this key may decide at `at`, and gives the person's name.
    ///
    /// # Errors
    /// `FERRY-E0702` where the trust file names no reviewer with this key, and what [`Trust::stands`] says of its terms.
    pub fn check_may_decide(&self, trust: &Trust, at: &Moment) -> Outcome<String> {
        let is_named = self.public.role == Role::Reviewer && trust.keys.contains(&self.public);
        let Some(key) = self.public.verifying.filter(|_| is_named) else { return Err(self.not_a_reviewer()) };
        match trust.valid_key(Role::Reviewer, &key, at) {
            Ok(key) => Ok(trust.person(key)),
            Err(e) => Err(Error { exit: NOT_PERMITTED, ..Error::about(&self.path, &e) }),
        }
    }

    fn not_a_reviewer(&self) -> Error {
        errors::not_a_reviewer(self.path.display())
    }

    /// Approves, if this key may and if its approval counts beside those that were given.
    ///
    /// # Errors
    /// As [`Self::check_may_decide`] and [`release::check_approval`].
    pub fn approve(
        &self,
        trust: &Trust,
        content: &ContentStatement,
        given: &Decisions,
        at: &Moment,
    ) -> Outcome<ApprovalFile> {
        self.check_may_decide(trust, at)?;
        let approval = ApprovalFile::sign(content, self.identity.signer()?.as_ref())?;
        if given.embedded.iter().any(|a| a.reviewer == approval.approval.reviewer) {
            return Err(FormatError::AlreadyApproved.into());
        }
        release::check_approval(trust, content, &given.approvals, &given.refusals, &approval, at)?;
        Ok(approval)
    }

    /// Refuses, with a reason and the records that it is about.
    ///
    /// # Errors
    /// As [`Self::check_may_decide`]; `FERRY-E0741` where the reason is empty or too long.
    pub fn refuse(
        &self,
        trust: &Trust,
        content: &ContentStatement,
        reason: &str,
        mut items: Vec<(String, String)>,
        at: &Moment,
    ) -> Outcome<RefusalFile> {
        self.check_may_decide(trust, at)?;
        items.sort();
        items.dedup();
        RefusalFile::sign(content, at.at_s, reason.trim(), items, self.identity.signer()?.as_ref())
            .map_err(|e| errors::refusal_reason(Error::from(&e).message))
    }
}
