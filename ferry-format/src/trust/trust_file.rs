//! The trust file: which keys may do what on which channel. What it does not name is not bound.

use crate::crypto::suite::Suite;
use crate::encoding::hex::{from_hex, to_hex};
use crate::error::{FormatError, Result};
use crate::frame::header::{Direction, Header};
use crate::frame::statement::{Approval, ContentStatement, SeriesStatement};
use crate::keys::{KeyId, PublicKey, Role, verify_signature};
use crate::names::Id;
use crate::text::Text;
use crate::texts;
use crate::trust::rules::{Class, ReleaseRules};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A trust file as it stands in TOML; a trust list has one for each channel.
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

/// A key as it stands in TOML: its line alone, or with constraints.
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

/// Whose a key is, and when it stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct KeyConstraints {
    /// Who holds it. Two keys of one person count once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<String>,
    /// For which office a reviewer reads, as release rules name it (业务审核, 保密审查).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub office: Option<String>,
    /// From when it stands, seconds since 1970 UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_before_s: Option<i64>,
    /// Until when, inclusive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_after_s: Option<i64>,
    /// Epoch and number of the first batch for which it stands no more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked_from: Option<(u64, u64)>,
}

/// When and where a key is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Moment {
    /// Seconds since 1970 UTC; for a released batch, when it says that it was released.
    pub at_s: i64,
    /// Epoch and number of a batch; none for a draft, which a revoked key approves no more.
    pub batch: Option<(u64, u64)>,
}

impl Moment {
    /// Of a batch.
    pub fn of(series: &SeriesStatement) -> Self {
        Self { at_s: series.created_s, batch: Some((series.epoch, series.sequence)) }
    }

    /// Of a draft that is looked at now.
    pub fn now(at_s: i64) -> Self {
        Self { at_s, batch: None }
    }
}

impl KeyConstraints {
    /// What they say, on one line behind a key.
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

    /// Why the key does not stand at that moment, if it does not.
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
    /// How many distinct reviewers must have approved, whatever it is; `release` may ask for more.
    pub approvals_needed: usize,
    /// The lowest suite that is taken. On a channel it only rises (attack: downgrade).
    pub suite_floor: u16,
    /// Trusted keys of all roles.
    pub keys: Vec<PublicKey>,
    /// KeyConstraints of those that have any, by fingerprint.
    pub constraints: BTreeMap<KeyId, KeyConstraints>,
    /// What each class of content needs.
    pub release: ReleaseRules,
    /// Digests of the catalogues that may be used; none: any.
    pub catalogues: BTreeSet<[u8; 32]>,
    /// Digests of the policies that may be used; none: any.
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
    /// The person whose reviewer's key this is, where it may be used at that moment.
    pub(crate) fn reviewer(&self, key: &[u8; 32], at: &Moment) -> Result<String> {
        Ok(self.person(self.valid_key(Role::Reviewer, key, at)?))
    }

    /// Reads the text of a trust file.
    ///
    /// # Errors
    /// [`FormatError::Input`] for unknown keys, bad ids, bad public keys, or a key named twice.
    pub fn from_toml(text: &str) -> Result<Self> {
        Self::of(
            toml::from_str(text)
                .map_err(|e| FormatError::input(texts::parts::trust_file(), Text::verbatim(e.message().to_owned())))?,
        )
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

    /// The one decision whether content has the approvals that it needs: release asks it before a draft gets its number, the
    /// receiver asks it again, and so do the reviewer's page and commands. Gives how many persons approved.
    ///
    /// # Errors
    /// [`FormatError::UnknownSigner`], [`FormatError::KeyNotValid`], [`FormatError::Signature`] or [`FormatError::SamePerson`] for an
    /// approval that does not count, which refuses the whole: nobody adds strangers. [`FormatError::Approvals`] or
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

    /// Checks approvals over `content`, and gives how many persons they are of and for which offices they read.
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

    /// Who holds a key; where the file names nobody, its fingerprint stands for him.
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

    /// Refuses a suite below the floor.
    pub fn check_suite(&self, suite: Suite) -> Result<()> {
        if suite.number() < self.suite_floor {
            return Err(FormatError::SuiteFloor { found: suite.number(), floor: self.suite_floor });
        }
        Ok(())
    }

    /// The key of that role, if the file names it and it stands at that moment.
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

    /// Refuses a header that contradicts what this file binds.
    pub fn check_destination(&self, header: &Header) -> Result<()> {
        let differs = |what, found, expected| Err(FormatError::Destination { what, found, expected });
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
