//! What the page says of types, audiences, masks and requirements. It words what `ferry-format` decides, and decides nothing.

use crate::texts::catalogue_page as t;
use ferry_format::record::catalogue::{Catalogue, FieldType, Kind, Requirement};
use ferry_format::record::policy::Mask;
use ferry_format::text::Text;

/// For whom a kind is, as the page sorts them: what everyone can read comes first.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum AudienceGroup {
    /// Everyone.
    Public,
    /// All parties of a case.
    Parties,
    /// The parties in one role.
    Role,
    /// One person.
    Person,
    /// Nobody.
    System,
    /// The intranet, on the way back.
    Intranet,
}

impl AudienceGroup {
    /// All of them, in the order of the page.
    pub const ALL: [Self; 6] = [Self::Public, Self::Parties, Self::Role, Self::Person, Self::System, Self::Intranet];

    /// Heading of the group.
    pub fn title(self) -> Text {
        match self {
            Self::Public => t::to_everyone(),
            Self::Parties => t::to_parties(),
            Self::Role => t::to_role(),
            Self::Person => t::to_person(),
            Self::System => t::to_system(),
            Self::Intranet => t::to_intranet(),
        }
    }

    /// A word for the matrix.
    pub fn short(self) -> Text {
        match self {
            Self::Public => t::everyone_short(),
            Self::Parties => t::parties_short(),
            Self::Role => t::role_short(),
            Self::Person => t::person_short(),
            Self::System => t::system_short(),
            Self::Intranet => t::intranet_short(),
        }
    }

    /// Class of the page's style sheet.
    pub fn class(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Parties => "parties",
            Self::Role => "role",
            Self::Person => "person",
            Self::System => "system",
            Self::Intranet => "back",
        }
    }
}

/// The group of a kind, and for whom it is in words.
pub fn audience(catalogue: &Catalogue, kind: &Kind) -> (AudienceGroup, Text) {
    use ferry_format::record::catalogue::{Audience, Direction};
    let (group, text) = match &kind.audience {
        Audience::Public => (AudienceGroup::Public, t::everyone()),
        Audience::Parties => (AudienceGroup::Parties, t::parties()),
        Audience::Role(role) => (AudienceGroup::Role, t::parties_in_role(role_name(catalogue, role))),
        Audience::Person => (AudienceGroup::Person, t::one_person()),
        Audience::System => (AudienceGroup::System, t::nobody()),
    };
    if kind.direction == Direction::Down { (AudienceGroup::Intranet, text) } else { (group, text) }
}

/// The role's name in Chinese, from the code table of parties; the code itself in English.
fn role_name(catalogue: &Catalogue, role: &str) -> Text {
    let table = catalogue.kinds.get(&catalogue.roles.member).and_then(|k| k.fields.get("role"));
    let chinese = match table.map(|f| &f.kind) {
        Some(FieldType::Code(codes)) => codes.get(role).map_or(role, String::as_str),
        _ => role,
    };
    Text::new(chinese.to_owned(), role.to_owned())
}

/// What a record of this kind needs before it crosses.
pub fn requirements(kind: &Kind) -> Vec<Text> {
    let all = [
        (Requirement::SignOff, t::needs_sign_off()),
        (Requirement::MainVolume, t::needs_main_volume()),
        (Requirement::Consent, t::needs_consent()),
        (Requirement::CorrectionApproval, t::needs_correction_approval()),
    ];
    all.into_iter().filter(|(requirement, _)| kind.requires.contains(requirement)).map(|(_, text)| text).collect()
}

/// Type and limit of a field.
pub fn field_type(kind: &FieldType) -> Text {
    match kind {
        FieldType::Text(max) => t::of_text(max),
        FieldType::Integer(min, max) => t::of_integer(min, max),
        FieldType::AmountFen => t::of_amount(),
        FieldType::Date => t::of_date(),
        FieldType::Time => t::of_time(),
        FieldType::Code(table) => t::of_code(table.len()),
        FieldType::Document => t::of_document(),
        FieldType::Digest => t::of_digest(),
        FieldType::CaseNumber => t::of_case_number(),
        FieldType::Person => t::of_person(),
    }
}

/// How a field is masked for everyone.
pub fn mask(mask: Mask) -> Text {
    match mask {
        Mask::Name => t::mask_name(),
        Mask::Number => t::mask_number(),
        Mask::Account => t::mask_account(),
        Mask::Address => t::mask_address(),
    }
}
