//! Catalogue and policy as bytes, to be hashed (SPEC.md, section 12). They cross as digests, so nothing reads these bytes.

use crate::encoding::compact::{Encode, Writer};
use crate::record::catalogue::{Audience, Catalogue, Deadline, Field, FieldType, Kind, Requirement};
use crate::record::catalogue_roles::Roles;
use crate::record::direction::Direction;
use crate::record::policy::{Mask, Policy, PrivateUse, Scan, Unreadable, Unscannable};

impl Encode for Catalogue {
    fn write(&self, writer: &mut Writer) {
        let Self { name, roles, kinds } = self;
        writer.put(name).put(roles).put(kinds);
    }
}

impl Encode for Roles {
    fn write(&self, writer: &mut Writer) {
        let Self {
            case,
            login,
            member,
            agent,
            consent,
            withheld,
            receipt,
            message,
            reply,
            access_request,
            report,
            held_outside,
            bucket_digest,
            bucket_request,
            bucket_listing,
            bucket_item,
        } = self;
        writer.put(case).put(login).put(member).put(agent).put(consent).put(withheld).put(receipt).put(message);
        writer.put(reply).put(access_request).put(report).put(held_outside);
        writer.put(bucket_digest).put(bucket_request).put(bucket_listing).put(bucket_item);
    }
}

impl Encode for Kind {
    fn write(&self, writer: &mut Writer) {
        let Self {
            zh,
            en,
            article,
            department,
            audience,
            direction,
            served,
            in_case,
            has_person,
            requires,
            expected_at,
            deadline,
            fields,
        } = self;
        writer.put(zh).put(en).put(article).put(department).put(audience).put(direction);
        writer.put(served).put(in_case).put(has_person).put(requires).put(expected_at).put(deadline).put(fields);
    }
}

impl Encode for Audience {
    fn write(&self, writer: &mut Writer) {
        match self {
            Self::Public => writer.variant(0),
            Self::Parties => writer.variant(1),
            Self::Role(role) => writer.variant(2).put(role),
            Self::Person => writer.variant(3),
            Self::System => writer.variant(4),
        };
    }
}

impl Encode for Direction {
    fn write(&self, writer: &mut Writer) {
        writer.variant(match self {
            Self::Up => 0,
            Self::Down => 1,
        });
    }
}

impl Encode for Requirement {
    fn write(&self, writer: &mut Writer) {
        writer.variant(match self {
            Self::SignOff => 0,
            Self::MainVolume => 1,
            Self::Consent => 2,
            Self::CorrectionApproval => 3,
        });
    }
}

impl Encode for Deadline {
    fn write(&self, writer: &mut Writer) {
        let Self { since, days } = self;
        writer.put(since).put(days);
    }
}

impl Encode for Field {
    fn write(&self, writer: &mut Writer) {
        let Self { zh, en, kind, optional, required_at, never_hidden, order } = self;
        writer.put(zh).put(en).put(kind).put(optional).put(required_at).put(never_hidden).put(order);
    }
}

impl Encode for FieldType {
    fn write(&self, writer: &mut Writer) {
        match self {
            Self::Text(max) => writer.variant(0).put(max),
            Self::Integer(min, max) => writer.variant(1).put(min).put(max),
            Self::AmountFen => writer.variant(2),
            Self::Date => writer.variant(3),
            Self::Time => writer.variant(4),
            Self::Code(table) => writer.variant(5).put(table),
            Self::Document => writer.variant(6),
            Self::Digest => writer.variant(7),
            Self::CaseNumber => writer.variant(8),
            Self::Person => writer.variant(9),
        };
    }
}

impl Encode for Policy {
    fn write(&self, writer: &mut Writer) {
        let Self { name, scan, mask } = self;
        writer.put(name).put(scan).put(mask);
    }
}

impl Encode for Scan {
    fn write(&self, writer: &mut Writer) {
        let Self { unscannable, public, malware, document_mib_max, marks, private_use } = self;
        writer.put(unscannable).put(document_mib_max).put(marks.as_slice());
        // A policy that does not use a rule keeps the digest that it had without it.
        if *private_use == PrivateUse::Hold {
            writer.variant(1);
        }
        if public.unreadable == Unreadable::Review {
            writer.variant(2);
        }
        if malware.required {
            writer.variant(3);
        }
    }
}

impl Encode for Unscannable {
    fn write(&self, writer: &mut Writer) {
        writer.variant(match self {
            Self::Hold => 0,
            Self::Pass => 1,
        });
    }
}

impl Encode for Mask {
    fn write(&self, writer: &mut Writer) {
        writer.variant(match self {
            Self::Name => 0,
            Self::Number => 1,
            Self::Account => 2,
            Self::Address => 3,
        });
    }
}
