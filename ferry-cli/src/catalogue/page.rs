//! The catalogue as a page that says who sees what, field by field, in one language.

use crate::catalogue::wording::{self, AudienceGroup};
use crate::output::page_language::PageLanguage;
use crate::texts::catalogue_page as t;
use crate::texts::errors;
use askama::Template;
use ferry_format::encoding::hex::to_hex;
use ferry_format::record::catalogue::{CORRECTION, Catalogue, Field, FieldType, Kind, Requirement};
use ferry_format::record::policy::{Policy, Unreadable};
use ferry_format::text::{Language, Text};
use ferry_format::texts::list;
use ferry_io::Result as Outcome;
use std::collections::{BTreeMap, BTreeSet};

/// Everything on the page.
pub struct Page {
    lang: PageLanguage,
    name: String,
    digest: String,
    kinds: usize,
    fields: usize,
    groups: Vec<Group>,
    /// The fields that say who approved a correction: explained once, not under every kind that has them.
    correction: Vec<FieldRow>,
    correctable: usize,
    policy: Option<PolicySummary>,
}

/// The kinds that go to the same people.
struct Group {
    audience: AudienceGroup,
    kinds: Vec<KindSection>,
}

/// One kind.
struct KindSection {
    id: String,
    name: Text,
    article: String,
    department: String,
    group: AudienceGroup,
    audience: Text,
    served: bool,
    in_case: bool,
    of_person: bool,
    sign_off: bool,
    main_volume: bool,
    consent: bool,
    correction: bool,
    requirements: Vec<Text>,
    document: bool,
    expected_at: Option<Text>,
    /// After how many days an entry is late, and in words.
    deadline: Option<(u16, Text)>,
    /// What the program uses it as, by the names of the catalogue's roles.
    used_as: String,
    fields: Vec<FieldRow>,
}

/// One field.
struct FieldRow {
    id: String,
    name: Text,
    shape: Text,
    codes: Vec<(String, String)>,
    optional: bool,
    required_at: Option<Text>,
    never_hidden: bool,
    mask: Option<Text>,
}

/// The policy.
struct PolicySummary {
    name: String,
    digest: String,
    holds_unreadable: bool,
    document_mib_max: u32,
    marks: Vec<String>,
    masked: usize,
}

#[derive(Template)]
#[template(path = "catalogue.md")]
struct MarkdownPage<'a> {
    page: &'a Page,
    lang: PageLanguage,
}

#[derive(Template)]
#[template(path = "catalogue.html")]
struct HtmlPage<'a> {
    page: &'a Page,
    lang: PageLanguage,
}

impl Page {
    /// The page of a checked catalogue.
    ///
    /// # Errors
    /// An input error where the catalogue has no digest because it does not encode.
    pub fn new(catalogue: &Catalogue, policy: Option<&Policy>, language: Language) -> Outcome<Self> {
        let builder = Builder::new(catalogue, policy);
        let mut groups: Vec<Group> =
            AudienceGroup::ALL.into_iter().map(|audience| Group { audience, kinds: Vec::new() }).collect();
        let mut kinds: Vec<(&String, &Kind)> = catalogue.kinds.iter().collect();
        kinds.sort_by_key(|(_, kind)| numbers(&kind.article));
        for (id, kind) in kinds {
            let section = builder.kind(id, kind);
            if let Some(group) = groups.iter_mut().find(|g| g.audience == section.group) {
                group.kinds.push(section);
            }
        }
        let is_correctable = |k: &&Kind| CORRECTION.iter().all(|c| k.fields.contains_key(*c));
        Ok(Self {
            lang: PageLanguage(language),
            name: catalogue.name.clone(),
            digest: to_hex(&catalogue.digest()?),
            kinds: catalogue.kinds.len(),
            fields: catalogue.kinds.values().map(|k| k.fields.len()).sum(),
            groups,
            correction: builder.correction.iter().map(|(id, field)| builder.field("", id, field)).collect(),
            correctable: catalogue.kinds.values().filter(is_correctable).count(),
            policy: policy.map(PolicySummary::new).transpose()?,
        })
    }

    /// As Markdown.
    ///
    /// # Errors
    /// `FERRY-E0744` where memory ends.
    pub fn markdown(&self) -> Outcome<String> {
        MarkdownPage { page: self, lang: self.lang }.render().map_err(errors::cannot_render)
    }

    /// As one HTML file.
    ///
    /// # Errors
    /// As [`Self::markdown`].
    pub fn html(&self) -> Outcome<String> {
        HtmlPage { page: self, lang: self.lang }.render().map_err(errors::cannot_render)
    }

    fn all(&self) -> impl Iterator<Item = &KindSection> {
        self.groups.iter().flat_map(|g| &g.kinds)
    }

    /// Names of the kinds for which something holds.
    fn names(&self, holds: impl Fn(&KindSection) -> bool) -> String {
        self.lang.of(list::items(self.all().filter(|k| holds(k)).map(|k| &k.name)))
    }

    /// Kinds that carry a document and cannot be served electronically.
    fn documents_not_served(&self) -> String {
        self.names(|k| k.document && !k.served && k.in_case)
    }
}

impl Group {
    fn is_public(&self) -> bool {
        self.audience == AudienceGroup::Public
    }

    fn is_back(&self) -> bool {
        self.audience == AudienceGroup::Intranet
    }
}

impl KindSection {
    fn is_main_volume(&self) -> bool {
        self.main_volume
    }

    fn is_sign_off(&self) -> bool {
        self.sign_off
    }

    fn is_consent(&self) -> bool {
        self.consent
    }

    fn is_correction(&self) -> bool {
        self.correction
    }
}

impl PolicySummary {
    fn new(policy: &Policy) -> Outcome<Self> {
        Ok(Self {
            name: policy.name.clone(),
            digest: to_hex(&policy.digest()?),
            holds_unreadable: policy.scan.unreadable() == Unreadable::Hold,
            document_mib_max: policy.scan.document_mib_max,
            marks: policy.scan.marks.clone(),
            masked: policy.mask.values().map(BTreeMap::len).sum(),
        })
    }

    /// The secrecy marks as they are looked for: each is followed by a star.
    fn marks(&self, lang: PageLanguage) -> String {
        lang.of(list::items(self.marks.iter().map(|mark| format!("{mark}★"))))
    }
}

/// What the page takes from the whole catalogue beside the kind that it is about.
struct Builder<'a> {
    catalogue: &'a Catalogue,
    policy: Option<&'a Policy>,
    steps: BTreeMap<String, String>,
    parts: BTreeMap<String, String>,
    correction: BTreeMap<String, Field>,
}

impl<'a> Builder<'a> {
    fn new(catalogue: &'a Catalogue, policy: Option<&'a Policy>) -> Self {
        let of = |kind: &Kind| CORRECTION.map(|c| Some((c.to_owned(), kind.fields.get(c)?.clone())));
        let correction = catalogue.kinds.values().map(of).find(|found| found.iter().all(Option::is_some));
        let correction = correction.into_iter().flatten().flatten().collect();
        let parts = serde_json::to_value(&catalogue.roles).and_then(serde_json::from_value).unwrap_or_default();
        Self { catalogue, policy, steps: catalogue.steps(), parts, correction }
    }

    fn kind(&self, id: &str, kind: &Kind) -> KindSection {
        let requires = |r| kind.requires.contains(&r);
        let fields = kind.fields_in_order().into_iter().filter(|(id, f)| self.correction.get(*id) != Some(*f));
        let (group, audience) = wording::audience(self.catalogue, kind);
        let used_as: Vec<&str> = self.parts.iter().filter(|(_, k)| *k == id).map(|(part, _)| part.as_str()).collect();
        let name_of = |field: &String| kind.fields.get(field).map_or_else(Text::default, |f| name(&f.zh, &f.en));
        KindSection {
            id: id.to_owned(),
            name: name(&kind.zh, &kind.en),
            article: kind.article.clone(),
            department: kind.department.clone(),
            group,
            audience,
            served: kind.served,
            in_case: kind.in_case,
            of_person: kind.names_person(),
            sign_off: requires(Requirement::SignOff),
            main_volume: requires(Requirement::MainVolume),
            consent: requires(Requirement::Consent),
            correction: requires(Requirement::CorrectionApproval),
            requirements: wording::requirements(kind),
            document: kind.fields.values().any(|f| f.kind == FieldType::Document),
            expected_at: self.steps(&kind.expected_at),
            deadline: kind.deadline.as_ref().map(|d| (d.days, t::late_after(name_of(&d.since), d.days))),
            used_as: used_as.join(", "),
            fields: fields.map(|(field_id, field)| self.field(id, field_id, field)).collect(),
        }
    }

    fn field(&self, kind: &str, id: &str, field: &Field) -> FieldRow {
        let masks = self.policy.and_then(|p| p.mask.get(kind));
        FieldRow {
            id: id.to_owned(),
            name: name(&field.zh, &field.en),
            shape: wording::field_type(&field.kind),
            codes: match &field.kind {
                FieldType::Code(table) => table.iter().map(|(code, text)| (code.clone(), text.clone())).collect(),
                _ => Vec::new(),
            },
            optional: field.optional,
            required_at: self.steps(&field.required_at),
            never_hidden: field.never_hidden,
            mask: masks.and_then(|m| m.get(id)).map(|m| wording::mask(*m)),
        }
    }

    /// Steps of a case by their names in the catalogue.
    fn steps(&self, steps: &BTreeSet<String>) -> Option<Text> {
        let words = steps.iter().map(|s| self.steps.get(s).unwrap_or(s));
        (!steps.is_empty()).then(|| list::items(words))
    }
}

fn name(zh: &str, en: &str) -> Text {
    Text::new(zh.to_owned(), en.to_owned())
}

/// A cell of the matrix.
fn dot(holds: &bool) -> &'static str {
    if *holds { "●" } else { "" }
}

/// The numbers of an article, so that 3(2) comes before 3(10).
fn numbers(article: &str) -> Vec<u32> {
    article.split(|c: char| !c.is_ascii_digit()).filter_map(|n| n.parse().ok()).collect()
}
