//! The trust list: which keys may do what on every channel of a court, numbered and signed by root keys (SPEC.md, "Trust list").
//!
//! A file is its body, a line `---`, and one line for each signature. The body is TOML that people read; signatures are over its
//! exact bytes.

use crate::error::list_fault::ListFault;
use crate::text::Text;
use crate::texts;

use crate::crypto::hash::sha256;
use crate::encoding::hex::{from_hex, to_hex};
use crate::error::Result;
use crate::frame::header::Direction;
use crate::keys::{PublicKey, Role, Signer, verify_signature};
use crate::limits::{ROOTS_MAX, TRUST_LIST_BYTES_MAX};
use crate::names::Id;
use crate::trust::rules::Class;
use crate::trust::trust_file::{KeyConstraints, Trust, TrustFile};
use crate::{FormatError, keys::KeyId};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

const DOMAIN: &[u8; 16] = b"ferry/trustls/1\n";
const SEPARATOR: &str = "---\n";

/// A body in TOML.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Body {
    court: String,
    number: u64,
    previous: String,
    created_s: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    valid_until_s: Option<i64>,
    root_threshold: usize,
    roots: Vec<String>,
    channel: Vec<TrustFile>,
}

/// A checked body.
#[derive(Clone, Debug)]
pub struct TrustList {
    /// The court.
    pub court: Id,
    /// Number, from 1.
    pub number: u64,
    /// SHA-256 of the body of the previous list; zero for the first.
    pub previous: [u8; 32],
    /// When it was made, seconds since 1970 UTC.
    pub created_s: i64,
    /// After this it can no longer be installed, and raises an alarm where it is in force.
    pub valid_until_s: Option<i64>,
    /// How many root keys must sign the next list.
    pub root_threshold: usize,
    /// The root keys.
    pub roots: Vec<PublicKey>,
    /// What may happen on each channel; every one names channel, direction and the court.
    pub channels: Vec<Trust>,
}

/// A body and its signatures, as in a file. They are verified by `Chain` or by [`SignedList::check_alone`].
#[derive(Clone, Debug)]
pub struct SignedList {
    /// What the body says.
    pub list: TrustList,
    body: String,
    signatures: BTreeMap<[u8; 32], [u8; 64]>,
}

fn form(why: impl Into<Text>) -> FormatError {
    ListFault::form(why).into()
}

impl TrustList {
    /// Reads a body.
    ///
    /// # Errors
    /// [`ListFault::Form`] for everything that no list may say.
    pub fn from_toml(text: &str) -> Result<Self> {
        if text.len() > TRUST_LIST_BYTES_MAX {
            return Err(form(texts::trust::list_too_long()));
        }
        let body: Body = toml::from_str(text)
            .map_err(|e| form(texts::parser::at_byte(text, e.span().map(|s| s.start), e.message())))?;
        let court = Id::new(&body.court).map_err(|e| form(e.message()))?;
        let previous = from_hex(&body.previous).and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
        let root = |line: &String| PublicKey::from_text(line).map_err(|e| form(e.message()));
        let list = Self {
            number: body.number,
            previous: previous.ok_or_else(|| form(texts::trust::previous_form()))?,
            created_s: body.created_s,
            valid_until_s: body.valid_until_s,
            root_threshold: body.root_threshold,
            roots: body.roots.iter().map(root).collect::<Result<_>>()?,
            channels: body.channel.into_iter().map(|file| channel(file, &court)).collect::<Result<_>>()?,
            court,
        };
        list.check()?;
        Ok(list)
    }

    /// The text of a body, to be edited and signed.
    pub fn to_toml(&self) -> Result<String> {
        self.check()?;
        let file = |trust: &Trust| Trust { court: None, ..trust.clone() }.file().map_err(|e| form(e.message()));
        let body = Body {
            court: self.court.as_str().to_owned(),
            number: self.number,
            previous: to_hex(&self.previous),
            created_s: self.created_s,
            valid_until_s: self.valid_until_s,
            root_threshold: self.root_threshold,
            roots: self.roots.iter().map(|k| k.to_text().trim_end().to_owned()).collect(),
            channel: self.channels.iter().map(file).collect::<Result<_>>()?,
        };
        toml::to_string(&body).map_err(|e| form(Text::verbatim(e.to_string())))
    }

    fn check(&self) -> Result<()> {
        if self.number == 0 || i64::try_from(self.number).is_err() {
            return Err(form(texts::trust::number_from_one()));
        }
        if (self.number == 1) != (self.previous == [0; 32]) {
            return Err(form(texts::trust::previous_zero()));
        }
        if self.valid_until_s.is_some_and(|until| until <= self.created_s) {
            return Err(form(texts::trust::ends_before_begin()));
        }
        if self.roots.len() > ROOTS_MAX {
            return Err(form(texts::trust::too_many_roots()));
        }
        if self.root_threshold == 0 || self.root_threshold > self.roots.len() {
            return Err(form(texts::trust::root_threshold()));
        }
        if self.roots.iter().any(|k| k.role != Role::Root) {
            return Err(form(texts::trust::not_a_root_key()));
        }
        let roots = halves(&self.roots);
        if roots.len() != self.roots.len() {
            return Err(form(texts::trust::root_twice()));
        }
        if self.channels.is_empty() {
            return Err(form(texts::trust::no_channel()));
        }
        let names: BTreeSet<_> = self.channels.iter().filter_map(name).collect();
        if names.len() != self.channels.len() {
            return Err(form(texts::trust::channel_twice()));
        }
        let keys = self.channels.iter().flat_map(|c| &c.keys);
        if keys.clone().any(|k| k.role == Role::Root) {
            return Err(form(texts::trust::root_among_channel_keys()));
        }
        if keys.flat_map(|k| [k.verifying, k.sealing]).flatten().any(|half| roots.contains(&half)) {
            return Err(form(texts::trust::root_on_channel()));
        }
        Ok(())
    }

    /// The trust of one channel.
    ///
    /// # Errors
    /// [`ListFault::Channel`] where it does not name it.
    pub fn trust(&self, channel: &Id, direction: Direction) -> Result<Trust> {
        let found =
            self.channels.iter().find(|t| t.channel.as_ref() == Some(channel) && t.direction == Some(direction));
        let missing = || ListFault::Channel { channel: channel.to_string(), direction: direction.text() };
        Ok(found.ok_or_else(missing)?.clone())
    }

    /// Its content as lines that people compare: no line depends on another.
    pub fn lines(&self) -> Vec<Text> {
        let until = self.valid_until_s.map_or("-".to_owned(), |s| s.to_string());
        let mut lines = vec![
            texts::trust::line_list(&self.court, self.number, self.created_s, until),
            texts::trust::line_next_list(self.root_threshold, self.roots.len()),
        ];
        lines.extend(self.roots.iter().map(key_line));
        self.channels.iter().for_each(|trust| lines.extend(channel_lines(trust)));
        lines
    }

    /// Rejects an expired list.
    ///
    /// # Errors
    /// [`ListFault::Expired`].
    pub fn check_current(&self, now_s: i64) -> Result<()> {
        match self.valid_until_s {
            Some(until) if now_s > until => Err(ListFault::Expired(until).into()),
            _ => Ok(()),
        }
    }
}

fn key_line(key: &PublicKey) -> Text {
    texts::trust::line_key(key.role.text(), key.fingerprint(), key.digest_words())
}

fn channel_lines(trust: &Trust) -> Vec<Text> {
    let of = name(trust)
        .map_or_else(Text::default, |(channel, direction)| texts::trust::line_channel(channel, direction.text()));
    let mut lines = vec![texts::trust::line_approvals(&of, trust.approvals_needed, trust.suite_floor)];
    lines.extend(Class::ALL.into_iter().map(|class| {
        let need = trust.release.of(class);
        match need.offices.is_empty() {
            true => texts::trust::line_class(&of, class.text(), need.approvals),
            false => {
                let offices = texts::list::items(&need.offices);
                texts::trust::line_class_offices(&of, class.text(), need.approvals, offices)
            }
        }
    }));
    lines.push(texts::trust::line_review_hours(&of, trust.release.review_hours));
    lines.extend(trust.keys.iter().map(|key| {
        let constraints = trust.constraints.get(&key.fingerprint()).map(KeyConstraints::text).unwrap_or_default();
        texts::trust::line_of(&of, Text::join([&key_line(key), &constraints], "", ""))
    }));
    lines.extend(trust.catalogues.iter().map(|digest| texts::trust::line_catalogue(&of, to_hex(digest))));
    lines.extend(trust.policies.iter().map(|digest| texts::trust::line_policy(&of, to_hex(digest))));
    lines
}

/// A channel of a body. It must name channel and direction; the court is that of the list.
fn channel(file: TrustFile, court: &Id) -> Result<Trust> {
    let trust = Trust::of(file).map_err(|e| form(e.message()))?;
    if trust.court.is_some() {
        return Err(form(texts::trust::channel_names_court()));
    }
    if trust.channel.is_none() || trust.direction.is_none() {
        return Err(form(texts::trust::channel_without_name()));
    }
    Ok(Trust { court: Some(court.clone()), ..trust })
}

/// Channel and direction of a channel's trust.
pub(crate) fn name(trust: &Trust) -> Option<(String, Direction)> {
    Some((trust.channel.as_ref()?.to_string(), trust.direction?))
}

/// The public halves of keys: they identify a key independent of its role.
pub(crate) fn halves(keys: &[PublicKey]) -> BTreeSet<[u8; 32]> {
    keys.iter().flat_map(|k| [k.verifying, k.sealing]).flatten().collect()
}

impl SignedList {
    /// A body without signatures.
    pub fn unsigned(body: &str) -> Result<Self> {
        if !body.ends_with('\n') || body.lines().any(|line| line == SEPARATOR.trim_end()) {
            return Err(form(texts::trust::body_form()));
        }
        Ok(Self { list: TrustList::from_toml(body)?, body: body.to_owned(), signatures: BTreeMap::new() })
    }

    /// Whether a text is a list with signatures, not a trust file or a body.
    pub fn is_one(text: &str) -> bool {
        text.lines().any(|line| line == SEPARATOR.trim_end())
    }

    /// Reads the text of a signed list. There is one text for each body and set of signatures.
    ///
    /// # Errors
    /// [`ListFault::Form`].
    pub fn from_text(text: &str) -> Result<Self> {
        if text.len() > TRUST_LIST_BYTES_MAX {
            return Err(form(texts::trust::list_too_long()));
        }
        let inside = format!("\n{SEPARATOR}");
        let at = text.find(&inside).ok_or_else(|| form(texts::trust::no_separator()))? + 1;
        let mut signed = Self::unsigned(&text[..at])?;
        for line in text[at + SEPARATOR.len()..].split_terminator('\n') {
            let (key, signature) = signature_line(line).ok_or_else(|| form(texts::trust::not_a_signature_line()))?;
            signed.signatures.insert(key, signature);
        }
        if signed.signatures.is_empty() {
            return Err(form(texts::trust::no_signature()));
        }
        if signed.to_text() != text {
            return Err(form(texts::trust::signatures_unordered()));
        }
        Ok(signed)
    }

    /// The text of the file.
    pub fn to_text(&self) -> String {
        let mut text = format!("{}{SEPARATOR}", self.body);
        for (key, signature) in &self.signatures {
            text.push_str(&format!("signature {} {}\n", STANDARD.encode(key), STANDARD.encode(signature)));
        }
        text
    }

    /// The signed bytes.
    pub fn body(&self) -> &str {
        &self.body
    }

    /// SHA-256 of the body: what the next list names as `previous`.
    pub fn digest(&self) -> [u8; 32] {
        sha256(self.body.as_bytes())
    }

    /// Public keys that signed, ascending.
    pub fn signers(&self) -> impl Iterator<Item = &[u8; 32]> {
        self.signatures.keys()
    }

    fn message(&self) -> Vec<u8> {
        [DOMAIN.as_slice(), &self.digest()].concat()
    }

    /// Adds a root's signature.
    pub fn sign(&mut self, root: &dyn Signer) -> Result<()> {
        self.signatures.insert(root.public_key(), root.sign(&self.message())?);
        Ok(())
    }

    /// Checks every signature. One by an unknown key, or one that does not verify, rejects the whole list.
    pub(crate) fn check_signatures(&self, known: &BTreeSet<[u8; 32]>) -> Result<()> {
        let message = self.message();
        for (key, signature) in &self.signatures {
            if !known.contains(key) {
                let fingerprint = KeyId::of(key).to_string();
                return Err(FormatError::UnknownSigner { role: Role::Root.text(), fingerprint });
            }
            verify_signature(texts::parts::root_signature(), key, &message, signature)?;
        }
        Ok(())
    }

    pub(crate) fn require(&self, roots: &BTreeSet<[u8; 32]>, needed: usize, of: Text) -> Result<()> {
        let found = self.signatures.keys().filter(|key| roots.contains(*key)).count();
        if found < needed { Err(ListFault::Signatures { found, needed, of }.into()) } else { Ok(()) }
    }

    /// Checks a list without its predecessors, for a reader without state: as many of the given root keys must have signed
    /// as its threshold says. It cannot detect that the list is not the newest.
    ///
    /// # Errors
    /// As `Chain::follow`.
    pub fn check_alone(&self, given: &[PublicKey]) -> Result<()> {
        let (own, given) = (halves(&self.list.roots), halves(given));
        self.check_signatures(&own.union(&given).copied().collect())?;
        let both = own.intersection(&given).copied().collect();
        self.require(&both, self.list.root_threshold, texts::trust::the_given_keys())
    }
}

fn signature_line(line: &str) -> Option<([u8; 32], [u8; 64])> {
    let mut fields = line.strip_prefix("signature ")?.split(' ');
    let key = STANDARD.decode(fields.next()?).ok()?.try_into().ok()?;
    let signature = STANDARD.decode(fields.next()?).ok()?.try_into().ok()?;
    fields.next().is_none().then_some((key, signature))
}
