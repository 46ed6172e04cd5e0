//! The roles that kinds of a catalogue have in the program, and the fields that each role requires.

use crate::record::direction::Direction;
use crate::record::direction::Direction::{Down, Up};
use FieldShape::{Code, Date, Digest, Integer, Person, Text, Time};
use serde::{Deserialize, Serialize};

/// Which kind has which role. A court is described by a catalogue, not by code: the program knows no kind by its name.
/// [`Roles::requirements`] lists what the kind of each role must be, and the fields that the program reads in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Roles {
    /// A case; its record id is the case id. Its step decides what is expected of it.
    pub case: String,
    /// Login data; its record id is the HMAC of the identity number (article 9).
    pub login: String,
    /// Who belongs to a case, and in which role.
    pub member: String,
    /// Who acts for a member, and until when (article 3).
    pub agent: String,
    /// A member's consent to electronic service (article 6).
    pub consent: String,
    /// That something is withheld, and why; nothing of what (articles 13 and 15).
    pub withheld: String,
    /// A service receipt (article 11).
    pub receipt: String,
    /// A party's message (article 10).
    pub message: String,
    /// The handler's reply to a message (article 10).
    pub reply: String,
    /// A request for access to recordings or the file (article 4).
    pub access_request: String,
    /// The outer side's verdict on an ↑ batch.
    pub report: String,
    /// What the second scanner hides from the public.
    pub held_outside: String,
    /// Digest of one bucket of the outer side's state root, sent where the roots differ.
    pub bucket_digest: String,
    /// Request for the list of a bucket whose digests differ.
    pub bucket_request: String,
    /// Number of records in the list of a bucket.
    pub bucket_listing: String,
    /// One record of such a list.
    pub bucket_item: String,
}

/// What the kind of a role must be.
pub(crate) struct RoleRequirement<'a> {
    pub(crate) name: &'static str,
    pub(crate) kind: &'a str,
    pub(crate) direction: Direction,
    pub(crate) in_case: bool,
    pub(crate) has_person: bool,
    pub(crate) fields: &'static [(&'static str, FieldShape)],
}

/// The type of a field, without its limit.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum FieldShape {
    Text,
    Integer,
    Date,
    Time,
    Code,
    Digest,
    Person,
}

/// Fields that the kind of a role must have, with their types.
type Fields = &'static [(&'static str, FieldShape)];

const CASE: Fields = &[("step", Code)];
const LOGIN: Fields = &[("name", Text), ("code-hash", Text), ("password-hash", Text), ("phone-hmac", Digest)];
const MEMBER: Fields = &[("name", Text), ("role", Code)];
const AGENT: Fields = &[("principal", Person), ("from", Date), ("until", Date)];
const CONSENT: Fields = &[("signed-on", Date), ("until", Date)];
const WITHHELD: Fields = &[("class", Text), ("reason", Code)];
const RECEIPT: Fields = &[
    ("recipient", Text),
    ("addressee", Person),
    ("addressee-name", Text),
    ("kind", Text),
    ("item", Text),
    ("item-version", Integer),
    ("document", Text),
    ("sha256", Digest),
    ("arrived", Time),
    ("opened", Time),
    ("downloaded", Time),
    ("signed", Time),
    ("address", Text),
    ("agent", Text),
    ("via", Text),
];
const MESSAGE: Fields = &[("author", Text), ("text", Text), ("written", Time), ("address", Text), ("via", Text)];
const REPLY: Fields = &[("message", Text), ("text", Text), ("by", Text), ("at", Time)];
const ACCESS_REQUEST: Fields =
    &[("author", Text), ("subject", Code), ("text", Text), ("written", Time), ("address", Text), ("via", Text)];
const REPORT: Fields =
    &[("verdict", Code), ("reason", Text), ("records", Integer), ("documents", Integer), ("at", Time)];
const HELD_OUTSIDE: Fields = &[("kind", Text), ("item", Text), ("item-version", Integer), ("rule", Text)];
const BUCKET_DIGEST: Fields = &[("kind", Text), ("bucket", Integer), ("digest", Digest)];
const BUCKET_REQUEST: Fields = &[("kind", Text), ("bucket", Integer)];
const BUCKET_LISTING: Fields = &[("kind", Text), ("bucket", Integer), ("items", Integer)];
const BUCKET_ITEM: Fields = &[
    ("kind", Text),
    ("bucket", Integer),
    ("item", Text),
    ("item-version", Integer),
    ("content", Digest),
    ("case", Text),
    ("person", Text),
];

impl Roles {
    /// What the kind of each role must be: direction, whether it has a case, whether it has a person, and its fields.
    pub(crate) fn requirements(&self) -> [RoleRequirement<'_>; 16] {
        let role = |name, kind, direction, (in_case, has_person), fields| RoleRequirement {
            name,
            kind,
            direction,
            in_case,
            has_person,
            fields,
        };
        const NEITHER: (bool, bool) = (false, false);
        const BOTH: (bool, bool) = (true, true);
        [
            role("case", &self.case, Up, (true, false), CASE),
            role("login", &self.login, Up, (false, true), LOGIN),
            role("member", &self.member, Up, BOTH, MEMBER),
            role("agent", &self.agent, Up, BOTH, AGENT),
            role("consent", &self.consent, Up, BOTH, CONSENT),
            role("withheld", &self.withheld, Up, NEITHER, WITHHELD),
            role("receipt", &self.receipt, Down, BOTH, RECEIPT),
            role("message", &self.message, Down, BOTH, MESSAGE),
            role("reply", &self.reply, Up, BOTH, REPLY),
            role("access-request", &self.access_request, Down, BOTH, ACCESS_REQUEST),
            role("report", &self.report, Down, NEITHER, REPORT),
            role("held-outside", &self.held_outside, Down, NEITHER, HELD_OUTSIDE),
            role("bucket-digest", &self.bucket_digest, Down, NEITHER, BUCKET_DIGEST),
            role("bucket-request", &self.bucket_request, Up, NEITHER, BUCKET_REQUEST),
            role("bucket-listing", &self.bucket_listing, Down, NEITHER, BUCKET_LISTING),
            role("bucket-item", &self.bucket_item, Down, NEITHER, BUCKET_ITEM),
        ]
    }
}
