//! The catalogue as a page: who sees what. It words what `ferry-format` decides, and decides nothing itself.

use askama::Template;
use ferry_format::encoding::hex::to_hex;
use ferry_format::record::catalogue::{Audience, CORRECTION, Catalogue, Field, FieldType, Kind, Requirement, Way};
use ferry_format::record::policy::{Mask, Policy, Unscannable};
use ferry_io::Result as Outcome;
use std::collections::{BTreeMap, BTreeSet};

/// Everything on the page.
pub struct Page {
    name: String,
    digest: String,
    kinds: usize,
    fields: usize,
    groups: Vec<Group>,
    /// The fields that say who approved a correction: explained once, not under every kind that has them.
    correction: Vec<FieldLine>,
    correctable: usize,
    policy: Option<PolicyLines>,
}

/// The kinds that go to the same people.
struct Group {
    of: For,
    zh: &'static str,
    en: &'static str,
    kinds: Vec<KindLine>,
}

/// For whom a kind is, as the page sorts them: who everyone can read stands first.
#[derive(Clone, Copy, PartialEq, Eq)]
enum For {
    Public,
    Parties,
    Role,
    Person,
    System,
    Back,
}

/// One kind.
struct KindLine {
    id: String,
    zh: String,
    en: String,
    article: String,
    department: String,
    of: For,
    audience: String,
    served: bool,
    in_case: bool,
    of_person: bool,
    sign_off: bool,
    main_volume: bool,
    consent: bool,
    correction: bool,
    document: bool,
    expected_at: String,
    timely: Option<(String, u16)>,
    /// Parts that it plays for the program.
    parts: String,
    fields: Vec<FieldLine>,
}

/// One field.
struct FieldLine {
    id: String,
    zh: String,
    en: String,
    shape: String,
    codes: Vec<(String, String)>,
    optional: bool,
    required_at: String,
    never_hidden: bool,
    mask: Option<&'static str>,
}

/// The policy.
struct PolicyLines {
    name: String,
    digest: String,
    holds_unscannable: bool,
    document_mib_max: u32,
    marks: Vec<String>,
    masked: usize,
}

#[derive(Template)]
#[template(path = "catalogue.md")]
struct MarkdownPage<'a> {
    page: &'a Page,
}

#[derive(Template)]
#[template(path = "catalogue.html")]
struct HtmlPage<'a> {
    page: &'a Page,
}

impl Page {
    /// The page of a checked catalogue.
    pub fn new(catalogue: &Catalogue, policy: Option<&Policy>) -> Outcome<Self> {
        let wording = Wording::new(catalogue, policy);
        let mut groups = Group::all();
        let mut kinds: Vec<(&String, &Kind)> = catalogue.kinds.iter().collect();
        kinds.sort_by_key(|(_, kind)| numbers(&kind.article));
        for (id, kind) in kinds {
            let line = wording.kind(id, kind);
            if let Some(group) = groups.iter_mut().find(|g| g.of == line.of) {
                group.kinds.push(line);
            }
        }
        let common = wording.common.iter();
        Ok(Self {
            name: catalogue.name.clone(),
            digest: to_hex(&catalogue.digest()?),
            kinds: catalogue.kinds.len(),
            fields: catalogue.kinds.values().map(|k| k.fields.len()).sum(),
            groups,
            correction: common.map(|(id, field)| wording.field("", id, field)).collect(),
            correctable: catalogue
                .kinds
                .values()
                .filter(|k| CORRECTION.iter().all(|c| k.fields.contains_key(*c)))
                .count(),
            policy: policy.map(PolicyLines::new).transpose()?,
        })
    }

    /// As Markdown.
    pub fn markdown(&self) -> Outcome<String> {
        rendered(MarkdownPage { page: self }.render())
    }

    /// As one HTML file.
    pub fn html(&self) -> Outcome<String> {
        rendered(HtmlPage { page: self }.render())
    }

    fn all(&self) -> impl Iterator<Item = &KindLine> {
        self.groups.iter().flat_map(|g| &g.kinds)
    }

    /// Names of the kinds of which something holds.
    fn names(&self, holds: impl Fn(&KindLine) -> bool) -> String {
        self.all().filter(|k| holds(k)).map(|k| k.zh.as_str()).collect::<Vec<_>>().join("、")
    }

    /// How many carry a file, and cannot be served electronically.
    fn documents_not_served(&self) -> String {
        self.names(|k| k.document && !k.served && k.in_case)
    }
}

fn rendered(text: askama::Result<String>) -> Outcome<String> {
    // Writing into a String fails only where memory ends.
    Ok(text.map_err(|e| ferry_format::FormatError::Io(std::io::Error::other(e)))?)
}

impl Group {
    fn all() -> Vec<Self> {
        let group = |of, zh, en| Self { of, zh, en, kinds: Vec::new() };
        vec![
            group(For::Public, "向社会公开", "To everyone"),
            group(For::Parties, "向本案全体当事人及其代理人", "To all parties of the case and their agents"),
            group(For::Role, "向某一诉讼地位的当事人及其代理人", "To the parties in one role and their agents"),
            group(For::Person, "向特定个人及其代理人", "To one person and his agents"),
            group(For::System, "仅供系统使用，任何人不可见", "For the program alone: nobody sees it"),
            group(For::Back, "回传内网", "The way back: from the internet to the intranet"),
        ]
    }

    fn is_public(&self) -> bool {
        self.of == For::Public
    }

    fn is_back(&self) -> bool {
        self.of == For::Back
    }
}

impl KindLine {
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

    fn has_requirements(&self) -> bool {
        self.sign_off || self.main_volume || self.consent || self.correction
    }
}

impl For {
    /// One word for the matrix.
    fn zh(self) -> &'static str {
        match self {
            Self::Public => "公众",
            Self::Parties => "当事人",
            Self::Role => "诉讼地位",
            Self::Person => "个人",
            Self::System => "系统",
            Self::Back => "回传",
        }
    }

    /// Class of the page's style sheet.
    fn class(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Parties => "parties",
            Self::Role => "role",
            Self::Person => "person",
            Self::System => "system",
            Self::Back => "back",
        }
    }
}

impl PolicyLines {
    fn new(policy: &Policy) -> Outcome<Self> {
        Ok(Self {
            name: policy.name.clone(),
            digest: to_hex(&policy.digest()?),
            holds_unscannable: policy.scan.unscannable == Unscannable::Hold,
            document_mib_max: policy.scan.document_mib_max,
            marks: policy.scan.marks.clone(),
            masked: policy.mask.values().map(BTreeMap::len).sum(),
        })
    }
}

/// What words need beside the kind they are about.
struct Wording<'a> {
    catalogue: &'a Catalogue,
    policy: Option<&'a Policy>,
    steps: BTreeMap<String, String>,
    parts: BTreeMap<String, String>,
    common: BTreeMap<String, Field>,
}

impl<'a> Wording<'a> {
    fn new(catalogue: &'a Catalogue, policy: Option<&'a Policy>) -> Self {
        let of = |kind: &Kind| CORRECTION.map(|c| Some((c.to_owned(), kind.fields.get(c)?.clone())));
        let common = catalogue.kinds.values().map(of).find(|found| found.iter().all(Option::is_some));
        let parts = serde_json::to_value(&catalogue.roles).and_then(serde_json::from_value).unwrap_or_default();
        let common = common.into_iter().flatten().flatten().collect();
        Self { catalogue, policy, steps: catalogue.steps(), parts, common }
    }

    fn kind(&self, id: &str, kind: &Kind) -> KindLine {
        let requires = |r| kind.requires.contains(&r);
        let fields = kind.fields_in_order().into_iter().filter(|(id, f)| self.common.get(*id) != Some(*f));
        let timely = kind.timely.as_ref();
        let (of, audience) = self.audience(kind);
        let parts: Vec<&str> = self.parts.iter().filter(|(_, k)| *k == id).map(|(part, _)| part.as_str()).collect();
        KindLine {
            id: id.to_owned(),
            zh: kind.zh.clone(),
            en: kind.en.clone(),
            article: kind.article.clone(),
            department: kind.department.clone(),
            of,
            audience,
            served: kind.served,
            in_case: kind.in_case,
            of_person: kind.names_person(),
            sign_off: requires(Requirement::SignOff),
            main_volume: requires(Requirement::MainVolume),
            consent: requires(Requirement::Consent),
            correction: requires(Requirement::CorrectionApproval),
            document: kind.fields.values().any(|f| f.kind == FieldType::Document),
            expected_at: self.steps(&kind.expected_at),
            timely: timely.map(|t| (kind.fields.get(&t.since).map_or_else(String::new, |f| f.zh.clone()), t.days)),
            parts: parts.join(", "),
            fields: fields.map(|(field_id, field)| self.field(id, field_id, field)).collect(),
        }
    }

    fn audience(&self, kind: &Kind) -> (For, String) {
        let (of, words) = match &kind.audience {
            Audience::Public => (For::Public, "公众 everyone".to_owned()),
            Audience::Parties => (For::Parties, "本案当事人及其代理人 parties of the case and their agents".to_owned()),
            Audience::Role(role) => {
                let table = self.catalogue.kinds.get(&self.catalogue.roles.member).and_then(|k| k.fields.get("role"));
                let zh = match table.map(|f| &f.kind) {
                    Some(FieldType::Code(codes)) => codes.get(role).map_or("", String::as_str),
                    _ => "",
                };
                (For::Role, format!("{zh}及其代理人 parties in the role {role} and their agents"))
            }
            Audience::Person => (For::Person, "所指个人及其代理人 the one person and his agents".to_owned()),
            Audience::System => (For::System, "任何人不可见 nobody".to_owned()),
        };
        if kind.way == Way::Down { (For::Back, words) } else { (of, words) }
    }

    fn field(&self, kind: &str, id: &str, field: &Field) -> FieldLine {
        let masks = self.policy.and_then(|p| p.mask.get(kind));
        FieldLine {
            id: id.to_owned(),
            zh: field.zh.clone(),
            en: field.en.clone(),
            shape: shape(&field.kind),
            codes: match &field.kind {
                FieldType::Code(table) => table.iter().map(|(code, text)| (code.clone(), text.clone())).collect(),
                _ => Vec::new(),
            },
            optional: field.optional,
            required_at: self.steps(&field.required_at),
            never_hidden: field.never_hidden,
            mask: masks.and_then(|m| m.get(id)).map(|m| mask(*m)),
        }
    }

    fn steps(&self, steps: &BTreeSet<String>) -> String {
        let words = steps.iter().map(|s| self.steps.get(s).map_or(s.as_str(), String::as_str));
        words.collect::<Vec<_>>().join("、")
    }
}

/// Type and bound.
fn shape(kind: &FieldType) -> String {
    match kind {
        FieldType::Text(max) => format!("文本，至多 {max} 字节 text, {max} bytes at most"),
        FieldType::Integer(min, max) => format!("整数，{min} 至 {max} whole number, {min} to {max}"),
        FieldType::AmountFen => "金额，单位分，非负 money in fen, not negative".into(),
        FieldType::Date => "日期 day".into(),
        FieldType::Time => "时间 point in time".into(),
        FieldType::Code(table) => format!("代码，{} 项之一 one of {} codes", table.len(), table.len()),
        FieldType::Document => "文件 document".into(),
        FieldType::Digest => "散列值，64 位十六进制 digest, 64 hexadecimal digits".into(),
        FieldType::CaseNumber => "规范案号 case number in its one form".into(),
        FieldType::Person => "人员编号，不含证件号码 opaque person id".into(),
    }
}

/// A cell of the matrix.
fn dot(holds: &bool) -> &'static str {
    if *holds { "●" } else { "" }
}

/// How a field is masked.
fn mask(mask: Mask) -> &'static str {
    match mask {
        Mask::Name => "姓名只留姓（张某）name: surname only",
        Mask::Number => "号码只留首尾四位 number: first and last four",
        Mask::Account => "全部隐去 hidden whole",
        Mask::Address => "地址只到区县 address: down to the county",
    }
}

/// The numbers of an article, so that 3(2) stands before 3(10).
fn numbers(article: &str) -> Vec<u32> {
    article.split(|c: char| !c.is_ascii_digit()).filter_map(|n| n.parse().ok()).collect()
}
