//! The trust file: which keys may do what on which channel. Court, channel and direction that it does not name are not
//! checked.

use crate::crypto::suite::Suite;
use crate::encoding::hex::{from_hex, to_hex};
use crate::error::{FormatError, Result};
use crate::frame::header::{Direction, Header};
use crate::frame::statement::{Approval, ContentStatement, SeriesStatement};
use crate::keys::{KeyId, PublicKey, Role, verify_signature};
use crate::names::Id;
use crate::text::Text;
use crate::texts;
pub use crate::trust::key_constraints::{KeyConstraints, Moment};
use crate::trust::rules::{Class, ReleaseRules};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A trust file in TOML; a trust list has one for each channel.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct TrustFile {
    #[serde(skip_serializing_if = "Option::is_none")]
    court: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    channel: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    direction: Option<Direction>,
    approvals_needed: usize,
    #[serde(default = "first_suite")]
    suite_floor: u16,
    #[serde(default)]
    keys: Vec<KeyText>,
    #[serde(default, skip_serializing_if = "ReleaseRules::is_default")]
    release: ReleaseRules,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    catalogues: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    policies: Vec<String>,
}

/// A key in TOML: its line alone, or with constraints.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum KeyText {
    Line(String),
    Bound(BoundKey),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct BoundKey {
    key: String,
    #[serde(flatten)]
    constraints: KeyConstraints,
}

fn first_suite() -> u16 {
    Suite::ONE.number()
}

fn digests(texts: &[String]) -> Result<BTreeSet<[u8; 32]>> {
    let digest = |text: &String| from_hex(text).and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
    let found: Option<BTreeSet<[u8; 32]>> = texts.iter().map(digest).collect();
    match found {
        Some(found) if found.len() == texts.len() => Ok(found),
        Some(_) => Err(FormatError::input(texts::parts::trust_file(), texts::trust::digest_twice())),
        None => Err(FormatError::input(texts::parts::trust_file(), texts::trust::digest_form())),
    }
}

/// A checked trust file.
#[derive(Clone, Debug)]
pub struct Trust {
    /// The court that batches must name.
    pub court: Option<Id>,
    /// The channel that batches must name.
    pub channel: Option<Id>,
    /// The direction that batches must have.
    pub direction: Option<Direction>,
    /// How many distinct reviewers must approve every batch; `release` may need more.
    pub approvals_needed: usize,
    /// The lowest accepted suite. On a channel it only rises (attack: downgrade).
    pub suite_floor: u16,
    /// Trusted keys of all roles.
    pub keys: Vec<PublicKey>,
    /// Constraints of keys, by fingerprint.
    pub constraints: BTreeMap<KeyId, KeyConstraints>,
    /// What each class of content needs.
    pub release: ReleaseRules,
    /// Digests of the allowed catalogues; empty for any.
    pub catalogues: BTreeSet<[u8; 32]>,
    /// Digests of the allowed policies; empty for any.
    pub policies: BTreeSet<[u8; 32]>,
}

impl Default for Trust {
    fn default() -> Self {
        Self {
            court: None,
            channel: None,
            direction: None,
            approvals_needed: 0,
            suite_floor: first_suite(),
            keys: Vec::new(),
            constraints: BTreeMap::new(),
            release: ReleaseRules::default(),
            catalogues: BTreeSet::new(),
            policies: BTreeSet::new(),
        }
    }
}

impl Trust {
    /// The person of a reviewer's key that is valid at that moment.
    pub(crate) fn reviewer(&self, key: &[u8; 32], at: &Moment) -> Result<String> {
        Ok(self.person(self.valid_key(Role::Reviewer, key, at)?))
    }

    /// Reads the text of a trust file.
    ///
    /// # Errors
    /// [`FormatError::Input`] for unknown keys, bad ids, bad public keys, or a key named twice.
    pub fn from_toml(text: &str) -> Result<Self> {
        let wrong = |e: toml::de::Error| texts::parser::at_byte(text, e.span().map(|s| s.start), e.message());
        Self::of(toml::from_str(text).map_err(|e| FormatError::input(texts::parts::trust_file(), wrong(e)))?)
    }

    pub(crate) fn of(file: TrustFile) -> Result<Self> {
        let id = |text: Option<String>| text.map(|t| Id::new(&t)).transpose();
        let mut keys = Vec::new();
        let mut constraints = BTreeMap::new();
        for text in file.keys {
            let (line, bound) = match text {
                KeyText::Line(line) => (line, None),
                KeyText::Bound(bound) => (bound.key, Some(bound.constraints)),
            };
            let key = PublicKey::from_text(&line)?;
            bound.map(|bound| constraints.insert(key.fingerprint(), bound));
            keys.push(key);
        }
        let trust = Self {
            court: id(file.court)?,
            channel: id(file.channel)?,
            direction: file.direction,
            approvals_needed: file.approvals_needed,
            suite_floor: file.suite_floor,
            keys,
            constraints,
            release: file.release,
            catalogues: digests(&file.catalogues)?,
            policies: digests(&file.policies)?,
        };
        trust.check()?;
        Ok(trust)
    }

    /// The text of a trust file.
    pub fn to_toml(&self) -> Result<String> {
        toml::to_string(&self.file()?)
            .map_err(|e| FormatError::input(texts::parts::trust_file(), Text::verbatim(e.to_string())))
    }

    pub(crate) fn file(&self) -> Result<TrustFile> {
        self.check()?;
        let texts = |digests: &BTreeSet<[u8; 32]>| digests.iter().map(|d| to_hex(d)).collect();
        Ok(TrustFile {
            court: self.court.as_ref().map(|i| i.as_str().to_owned()),
            channel: self.channel.as_ref().map(|i| i.as_str().to_owned()),
            direction: self.direction,
            approvals_needed: self.approvals_needed,
            suite_floor: self.suite_floor,
            keys: self.keys.iter().map(|k| self.text_of(k)).collect(),
            release: self.release.clone(),
            catalogues: texts(&self.catalogues),
            policies: texts(&self.policies),
        })
    }

    fn text_of(&self, key: &PublicKey) -> KeyText {
        let line = key.to_text().trim_end().to_owned();
        match self.constraints.get(&key.fingerprint()) {
            None => KeyText::Line(line),
            Some(constraints) => KeyText::Bound(BoundKey { key: line, constraints: constraints.clone() }),
        }
    }

    fn check(&self) -> Result<()> {
        let halves = self.keys.iter().flat_map(|k| [k.verifying, k.sealing]).flatten();
        let mut seen = BTreeSet::new();
        if !halves.into_iter().all(|h| seen.insert(h)) {
            return Err(FormatError::input(texts::parts::trust_file(), texts::trust::key_twice()));
        }
        if self.with_role(Role::Sender).next().is_none() {
            return Err(FormatError::input(texts::parts::trust_file(), texts::trust::no_sender()));
        }
        if self.approvals_needed > self.with_role(Role::Reviewer).count() {
            return Err(FormatError::input(texts::parts::trust_file(), texts::trust::too_many_approvals()));
        }
        let turned = |t: &KeyConstraints| t.not_before_s.zip(t.not_after_s).is_some_and(|(from, until)| until < from);
        if self.constraints.values().any(turned) {
            return Err(FormatError::input(texts::parts::trust_file(), texts::trust::key_ends_before_begin()));
        }
        let blank = |text: &Option<String>| text.as_ref().is_some_and(|t| t.trim().is_empty());
        if self.constraints.values().any(|t| blank(&t.person) || blank(&t.office)) {
            return Err(FormatError::input(texts::parts::trust_file(), texts::trust::person_or_office_empty()));
        }
        Ok(())
    }

    fn with_role(&self, role: Role) -> impl Iterator<Item = &PublicKey> {
        self.keys.iter().filter(move |k| k.role == role)
    }

    /// Checks a sender's signature over a series statement.
    pub fn check_sender(&self, series: &SeriesStatement, statement: &[u8], signature: &[u8; 64]) -> Result<()> {
        self.valid_key(Role::Sender, &series.sender, &Moment::of(series))?;
        verify_signature(texts::parts::sender_signature(), &series.sender, statement, signature)
    }

    /// Decides whether content has the approvals that it needs. Release calls it before a draft gets its number, and so do
    /// the receiver, the reviewer's page and the commands. Gives how many persons approved.
    ///
    /// # Errors
    /// [`FormatError::UnknownSigner`], [`FormatError::KeyNotValid`], [`FormatError::Signature`] or [`FormatError::SamePerson`] for an
    /// invalid approval, which rejects the whole (attack: strangers added). [`FormatError::Approvals`] or
    /// [`FormatError::Office`] for too few.
    pub fn check_approvals(
        &self,
        class: Class,
        content: &ContentStatement,
        approvals: &[Approval],
        at: &Moment,
    ) -> Result<usize> {
        let (persons, offices) = self.count_approvals(content, approvals, at)?;
        let need = self.release.of(class);
        let needed = need.approvals.max(self.approvals_needed);
        if persons < needed {
            return Err(FormatError::Approvals { found: persons, needed });
        }
        match need.offices.iter().find(|office| !offices.contains(*office)) {
            Some(office) => Err(FormatError::Office { office: office.clone() }),
            None => Ok(persons),
        }
    }

    /// Checks approvals over `content`. Gives the number of persons and their offices.
    pub fn count_approvals(
        &self,
        content: &ContentStatement,
        approvals: &[Approval],
        at: &Moment,
    ) -> Result<(usize, BTreeSet<String>)> {
        let message = content.encode();
        let (mut reviewers, mut persons, mut offices) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        for approval in approvals {
            let key = self.valid_key(Role::Reviewer, &approval.reviewer, at)?;
            verify_signature(texts::parts::reviewer_signature(), &approval.reviewer, &message, &approval.signature)?;
            let fingerprint = key.fingerprint();
            let constraints = self.constraints.get(&fingerprint);
            let person = self.person(key);
            if reviewers.insert(approval.reviewer) && !persons.insert(person.clone()) {
                return Err(FormatError::SamePerson { person });
            }
            offices.extend(constraints.and_then(|t| t.office.clone()));
        }
        Ok((persons.len(), offices))
    }

    /// The person of a key; its fingerprint where the file names none.
    pub fn person(&self, key: &PublicKey) -> String {
        let fingerprint = key.fingerprint();
        let named = self.constraints.get(&fingerprint).and_then(|t| t.person.clone());
        named.unwrap_or_else(|| fingerprint.to_string())
    }

    /// Whether a catalogue and a policy may be used.
    pub fn allows(&self, catalogue: &[u8; 32], policy: &[u8; 32]) -> bool {
        let among = |named: &BTreeSet<[u8; 32]>, digest| named.is_empty() || named.contains(digest);
        among(&self.catalogues, catalogue) && among(&self.policies, policy)
    }

    /// Rejects a suite below the floor.
    pub fn check_suite(&self, suite: Suite) -> Result<()> {
        if suite.number() < self.suite_floor {
            return Err(FormatError::SuiteFloor { found: suite.number(), floor: self.suite_floor });
        }
        Ok(())
    }

    /// The key of that role, if the file names it and it is valid at that moment.
    pub fn valid_key(&self, role: Role, key: &[u8; 32], at: &Moment) -> Result<&PublicKey> {
        let fingerprint = || KeyId::of(key).to_string();
        let found = self.with_role(role).find(|k| k.verifying == Some(*key));
        let found =
            found.ok_or_else(|| FormatError::UnknownSigner { role: role.text(), fingerprint: fingerprint() })?;
        let constraints = self.constraints.get(&found.fingerprint());
        match constraints.and_then(|t| t.why_invalid(at)) {
            Some(why) => Err(FormatError::KeyNotValid { role: role.text(), fingerprint: fingerprint(), why }),
            None => Ok(found),
        }
    }

    /// Rejects a header for another court, channel, direction or recipient.
    pub fn check_destination(&self, header: &Header) -> Result<()> {
        let differs = |what, found, expected| {
            Err(FormatError::Destination { what, found: Box::new(found), expected: Box::new(expected) })
        };
        let court = (texts::parts::court(), &self.court, &header.court);
        let channel = (texts::parts::channel(), &self.channel, &header.channel);
        for (what, bound, found) in [court, channel] {
            if let Some(expected) = bound
                && expected != found
            {
                return differs(what, Text::verbatim(found.to_string()), Text::verbatim(expected.to_string()));
            }
        }
        if let Some(expected) = self.direction
            && expected != header.direction
        {
            return differs(texts::parts::direction(), header.direction.text(), expected.text());
        }
        let named: BTreeSet<KeyId> =
            self.with_role(Role::Recipient).filter_map(|k| k.sealing).map(|k| KeyId::of(&k)).collect();
        let readers: BTreeSet<KeyId> =
            self.with_role(Role::Reviewer).filter_map(|k| k.sealing).map(|k| KeyId::of(&k)).collect();
        if named.is_empty() {
            return Ok(());
        }
        for id in &header.recipients {
            if !named.contains(id) && !readers.contains(id) {
                let found = Text::verbatim(id.to_string());
                return differs(texts::parts::recipient(), found, texts::wire::a_recipient_of_the_trust_file());
            }
        }
        if !header.recipients.iter().any(|id| named.contains(id)) {
            let expected = texts::wire::a_recipient_of_the_trust_file();
            return differs(texts::parts::recipients(), texts::wire::only_reviewers(), expected);
        }
        Ok(())
    }
}
