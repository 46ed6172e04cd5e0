//! The roles that kinds of a catalogue have in the program, and the fields that each role requires.

use crate::record::direction::Direction;
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

impl Roles {
    pub(crate) fn requirements(&self) -> [RoleRequirement<'_>; 16] {
        use FieldShape::*;
        let part = |name, kind, direction, in_case, has_person, fields| RoleRequirement {
            name,
            kind,
            direction,
            in_case,
            has_person,
            fields,
        };
        let receipt: &[_] = &[
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
        let login: &[_] = &[("name", Text), ("code-hash", Text), ("password-hash", Text), ("phone-hmac", Digest)];
        let written: &[_] = &[("author", Text), ("text", Text), ("written", Time), ("address", Text), ("via", Text)];
        let asked: &[_] =
            &[("author", Text), ("subject", Code), ("text", Text), ("written", Time), ("address", Text), ("via", Text)];
        let hidden: &[_] = &[("kind", Text), ("item", Text), ("item-version", Integer), ("rule", Text)];
        let bucket: &[_] = &[("kind", Text), ("bucket", Integer)];
        let digest: &[_] = &[("kind", Text), ("bucket", Integer), ("digest", Digest)];
        let listing: &[_] = &[("kind", Text), ("bucket", Integer), ("items", Integer)];
        let item: &[_] = &[
            ("kind", Text),
            ("bucket", Integer),
            ("item", Text),
            ("item-version", Integer),
            ("content", Digest),
            ("case", Text),
            ("person", Text),
        ];
        let report: &[_] =
            &[("verdict", Code), ("reason", Text), ("records", Integer), ("documents", Integer), ("at", Time)];
        [
            part("case", &self.case, Direction::Up, true, false, &[("step", Code)]),
            part("login", &self.login, Direction::Up, false, true, login),
            part("member", &self.member, Direction::Up, true, true, &[("name", Text), ("role", Code)]),
            part(
                "agent",
                &self.agent,
                Direction::Up,
                true,
                true,
                &[("principal", Person), ("from", Date), ("until", Date)],
            ),
            part("consent", &self.consent, Direction::Up, true, true, &[("signed-on", Date), ("until", Date)]),
            part("withheld", &self.withheld, Direction::Up, false, false, &[("class", Text), ("reason", Code)]),
            part("receipt", &self.receipt, Direction::Down, true, true, receipt),
            part("message", &self.message, Direction::Down, true, true, written),
            part(
                "reply",
                &self.reply,
                Direction::Up,
                true,
                true,
                &[("message", Text), ("text", Text), ("by", Text), ("at", Time)],
            ),
            part("access-request", &self.access_request, Direction::Down, true, true, asked),
            part("report", &self.report, Direction::Down, false, false, report),
            part("held-outside", &self.held_outside, Direction::Down, false, false, hidden),
            part("bucket-digest", &self.bucket_digest, Direction::Down, false, false, digest),
            part("bucket-request", &self.bucket_request, Direction::Up, false, false, bucket),
            part("bucket-listing", &self.bucket_listing, Direction::Down, false, false, listing),
            part("bucket-item", &self.bucket_item, Direction::Down, false, false, item),
        ]
    }
}
