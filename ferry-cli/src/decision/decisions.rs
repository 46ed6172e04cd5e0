//! What reviewers decided about one content: approval and refusal files, each checked beside those before it.

use ferry_format::frame::statement::{Approval, ContentStatement};
use ferry_format::keys::Role;
use ferry_format::trust::approval::{ApprovalFile, RefusalFile};
use ferry_format::trust::release;
use ferry_format::trust::release::Decision;
use ferry_format::trust::rules::Class;
use ferry_format::trust::trust_file::{Moment, Trust};
use ferry_io::fs::read;
use ferry_io::{Error, Result as Outcome};
use std::io::Read;
use std::path::{Path, PathBuf};

/// Longest approval or refusal file, in bytes: a refusal of all the records that one may name.
const FILE_BYTES_MAX: u64 = 128 * 1024;

/// Decisions about one content.
#[derive(Default)]
pub struct Decisions {
    /// Approvals inside a released batch; they were checked when it was released.
    pub embedded: Vec<Approval>,
    /// Approvals that count.
    pub approvals: Vec<ApprovalFile>,
    /// Refusals that count.
    pub refusals: Vec<RefusalFile>,
    /// Files that do not count, with the reason.
    pub rejected: Vec<(PathBuf, Error)>,
}

impl Decisions {
    /// Reads approval and refusal files. A file that does not count is kept with the reason.
    pub fn read(paths: &[PathBuf], trust: &Trust, content: &ContentStatement, at: &Moment) -> Self {
        let mut given = Self::default();
        // A refusal ends the review wherever it stands in the list.
        let mut approvals = Vec::new();
        for path in paths {
            match DecisionFile::read(path) {
                Ok(DecisionFile::Refusal(file)) => match file.check(trust, content, at) {
                    Ok(_) => given.refusals.push(file),
                    Err(e) => given.rejected.push((path.clone(), Error::about(path, &e))),
                },
                Ok(DecisionFile::Approval(file)) => approvals.push((path, file)),
                Err(why) => given.rejected.push((path.clone(), why)),
            }
        }
        for (path, file) in approvals {
            match release::check_approval(trust, content, &given.approvals, &[], &file, at) {
                Ok(()) => given.approvals.push(file),
                Err(e) => given.rejected.push((path.clone(), Error::about(path, &e))),
            }
        }
        given
    }

    /// What they come to.
    ///
    /// # Errors
    /// As [`release::decide`].
    pub fn decide(&self, trust: &Trust, class: Class, content: &ContentStatement, at: &Moment) -> Outcome<Decision> {
        Ok(release::decide(trust, class, content, &self.approvals, &self.refusals, at)?)
    }

    /// Names of the persons who approved.
    pub fn approvers(&self, trust: &Trust) -> Vec<String> {
        let name = |key: &[u8; 32]| {
            let found = trust.keys.iter().find(|k| k.role == Role::Reviewer && k.verifying == Some(*key));
            found.map(|k| trust.person(k)).unwrap_or_default()
        };
        let embedded = self.embedded.iter().map(|a| name(&a.reviewer));
        embedded.chain(self.approvals.iter().map(|a| name(&a.approval.reviewer))).collect()
    }
}

enum DecisionFile {
    Approval(ApprovalFile),
    Refusal(RefusalFile),
}

impl DecisionFile {
    fn read(path: &Path) -> Outcome<Self> {
        let mut bytes = Vec::new();
        let file = read::open_regular(path)?;
        file.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(|e| Error::io(path, &e, false))?;
        let approval = ApprovalFile::decode(&bytes);
        match RefusalFile::decode(&bytes) {
            Ok(refusal) => Ok(Self::Refusal(refusal)),
            Err(e) if bytes.starts_with(b"\x89FRYRFS1") => Err(Error::about(path, &e)),
            Err(_) => approval.map(Self::Approval).map_err(|e| Error::about(path, &e)),
        }
    }
}
