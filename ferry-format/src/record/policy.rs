//! The policy: how public fields are masked, and what the scanners do. It is data, not code; its digest is in every
//! batch's header under the sender's signature.

use crate::crypto::hash::sha256;
use crate::encoding::compact;
use crate::error::{FormatError, Result};
use crate::limits::CATALOGUE_BYTES_MAX;
use crate::record::catalogue::{Audience, Catalogue, Direction, FieldType, from_toml};
use crate::text::Text;
use crate::texts;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A policy. Check it against its catalogue before use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Policy {
    /// Its name, for people.
    pub name: String,
    /// What the scanners do.
    pub scan: Scan,
    /// How fields of public kinds are masked: by kind and field.
    #[serde(default)]
    pub mask: BTreeMap<String, BTreeMap<String, Mask>>,
}

/// What the scanners do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Scan {
    /// Older form of `public`: `hold` is its `review`, `pass` says nothing any more.
    #[serde(default)]
    pub unscannable: Unscannable,
    /// What only concerns documents for the public.
    #[serde(default, skip_serializing_if = "PublicScan::is_strict")]
    pub public: PublicScan,
    /// Whether every document must pass a malware scanner.
    #[serde(default, skip_serializing_if = "MalwareScan::is_optional")]
    pub malware: MalwareScan,
    /// Longer documents are not read, MiB.
    pub document_mib_max: u32,
    /// Words that mark secrecy when a ★ follows.
    pub marks: Vec<String>,
    /// What happens to a record with private-use characters, which only the court's own fonts show.
    #[serde(default, skip_serializing_if = "PrivateUse::is_pass")]
    pub private_use: PrivateUse,
}

/// What happens to a record with private-use characters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PrivateUse {
    /// It crosses, and is named.
    #[default]
    Pass,
    /// It is held.
    Hold,
}

/// What only concerns documents for the public.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct PublicScan {
    /// What happens to one that was not read as a whole.
    #[serde(default)]
    pub unreadable: Unreadable,
}

/// Whether documents cross that no malware scanner looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct MalwareScan {
    /// Whether none does, for whomever it is.
    #[serde(default)]
    pub required: bool,
}

/// What happens to a document for the public that was not read as a whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unreadable {
    /// It is held.
    #[default]
    Hold,
    /// It waits in a draft for reviewers, who may release it.
    Review,
}

/// Older form of [`Unreadable`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unscannable {
    /// As [`Unreadable::Review`].
    Hold,
    /// Says nothing.
    #[default]
    Pass,
}

/// How a field is masked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mask {
    /// Surname and 某; of names without surname the first character; the same name in one text the same way.
    Name,
    /// First four and last four characters; everything where fewer than twelve are there.
    Number,
    /// Everything is masked.
    Account,
    /// Down to the county.
    Address,
}

impl PublicScan {
    fn is_strict(&self) -> bool {
        self.unreadable == Unreadable::Hold
    }
}

impl MalwareScan {
    fn is_optional(&self) -> bool {
        !self.required
    }
}

impl Scan {
    /// What happens to a document for the public that was not read as a whole.
    pub fn unreadable(&self) -> Unreadable {
        match (self.unscannable, self.public.unreadable) {
            (Unscannable::Pass, Unreadable::Hold) => Unreadable::Hold,
            _ => Unreadable::Review,
        }
    }
}

impl PrivateUse {
    fn is_pass(&self) -> bool {
        *self == Self::Pass
    }
}

impl Policy {
    /// Reads the text of a policy and checks it against a catalogue.
    ///
    /// # Errors
    /// [`FormatError::Input`] naming the broken rule: a mask of a field that is not public, not text, or never hidden.
    pub fn from_toml(text: &str, catalogue: &Catalogue) -> Result<Self> {
        let policy: Self = from_toml(texts::parts::policy(), text)?;
        for (kind_id, fields) in &policy.mask {
            let bad = |why: Text| Err(FormatError::input(texts::parts::policy_mask(kind_id), why));
            let Some(kind) = catalogue.kinds.get(kind_id) else {
                return bad(texts::catalogue::no_such_kind());
            };
            if kind.audience != Audience::Public || kind.direction != Direction::Up {
                return bad(texts::catalogue::only_public_is_masked());
            }
            for field_id in fields.keys() {
                match kind.fields.get(field_id) {
                    Some(f) if f.never_hidden => return bad(texts::catalogue::never_masked()),
                    Some(f) if matches!(f.kind, FieldType::Text(_)) => {}
                    _ => return bad(texts::catalogue::mask_field_unknown()),
                }
            }
        }
        if policy.scan.marks.iter().any(|m| m.trim().is_empty()) {
            return Err(FormatError::input(texts::parts::policy_marks(), texts::catalogue::mark_empty()));
        }
        Ok(policy)
    }

    /// SHA-256 of the canonical encoding: what a batch's header names.
    pub fn digest(&self) -> Result<[u8; 32]> {
        Ok(sha256(&compact::encode(texts::parts::policy(), self, CATALOGUE_BYTES_MAX)?))
    }
}

impl Mask {
    /// The masked text.
    pub fn apply(self, text: &str) -> String {
        match self {
            Self::Name => names(text),
            Self::Number => number(text),
            Self::Account => "*".repeat(text.chars().count().min(8)),
            Self::Address => county(text),
        }
    }
}

/// Surnames of two characters; of everyone else the first character is the surname.
const DOUBLE_SURNAMES: [&str; 20] = [
    "欧阳", "太史", "端木", "上官", "司马", "东方", "独孤", "南宫", "夏侯", "诸葛", "尉迟", "皇甫", "公孙", "慕容",
    "令狐", "司徒", "长孙", "宇文", "轩辕", "百里",
];

/// Masks several names, separated by 、 or commas. The same name becomes the same text, another with the same surname gets
/// a number (法释〔2016〕19号, article 9). Organisations keep their names.
fn names(text: &str) -> String {
    let mut given: Vec<(String, String)> = Vec::new();
    let mask = |name: &str, given: &mut Vec<(String, String)>| {
        let name = name.trim();
        if name.is_empty() || name.chars().count() > 4 && !name.contains('·') {
            return name.to_owned();
        }
        if let Some((_, masked)) = given.iter().find(|(n, _)| n == name) {
            return masked.clone();
        }
        let first = name.chars().next().map(String::from).unwrap_or_default();
        let surname = DOUBLE_SURNAMES.iter().find(|s| name.starts_with(**s)).map_or(first, |s| (*s).to_owned());
        let stem = format!("{surname}某");
        let same = given.iter().filter(|(_, m)| m.starts_with(&stem)).count();
        let masked = if same == 0 { stem } else { format!("{stem}{}", same + 1) };
        given.push((name.to_owned(), masked.clone()));
        masked
    };
    let mut out = String::new();
    let mut word = String::new();
    for c in text.chars().chain(['\0']) {
        if matches!(c, '、' | '，' | ',' | ';' | '；' | '\n' | '\0') {
            out.push_str(&mask(&word, &mut given));
            word.clear();
            if c != '\0' {
                out.push(c);
            }
        } else {
            word.push(c);
        }
    }
    out
}

fn number(text: &str) -> String {
    let characters: Vec<char> = text.chars().collect();
    let n = characters.len();
    let shown = |i: usize| n >= 12 && (i < 4 || i >= n - 4);
    characters.iter().enumerate().map(|(i, c)| if shown(i) { *c } else { '*' }).collect()
}

fn county(text: &str) -> String {
    let end =
        text.char_indices().filter(|(_, c)| matches!(c, '区' | '县' | '旗')).map(|(i, c)| i + c.len_utf8()).next();
    match end {
        Some(end) if end < text.len() => format!("{}****", &text[..end]),
        Some(_) => text.to_owned(),
        None => "****".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_keep_their_surname_and_namesakes_differ() {
        assert_eq!(Mask::Name.apply("张三、李四、张五、张三"), "张某、李某、张某2、张某");
        assert_eq!(Mask::Name.apply("欧阳海"), "欧阳某");
        assert_eq!(Mask::Name.apply("阿依古丽·买买提"), "阿某");
        assert_eq!(Mask::Name.apply("聊城正和建材有限公司"), "聊城正和建材有限公司");
    }

    #[test]
    fn numbers_accounts_and_addresses_lose_the_identifying_part() {
        assert_eq!(Mask::Number.apply("11010119900307123X"), "1101**********123X");
        assert_eq!(Mask::Number.apply("12345"), "*****");
        assert_eq!(Mask::Account.apply("6222021234567890123"), "********");
        assert_eq!(Mask::Address.apply("山东省聊城市东昌区柳园路1号"), "山东省聊城市东昌区****");
        assert_eq!(Mask::Address.apply("柳园路1号"), "****");
    }
}
