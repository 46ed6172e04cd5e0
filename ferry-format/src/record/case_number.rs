//! Case numbers (案号): parsed from every common way of writing, kept in one canonical form.
//!
//! Since 2016-01-01 a number is `（收案年度）法院代字 类型代字 案件编号 号`; the amendment in force since
//! 2018-12-07 puts a one-character 专门审判代字 between court and type. Before 2016 courts signed with a
//! character or two of their own: `（2014）执字第123号`, `（2012）东执字第253号`.

use crate::reason::ReasonCode;
use std::fmt;

/// Digits of the running number at most.
const NUMBER_DIGITS_MAX: usize = 8;
/// Characters of a type code at most (since 2016).
const TYPE_CHARACTERS_MAX: usize = 3;
/// Characters of court sign and type together at most (before 2016).
const OLD_SIGN_CHARACTERS_MAX: usize = 8;
/// The year from which the new style is in force.
const NEW_STYLE_YEAR: u16 = 2016;
/// The first year of the people's courts.
const YEAR_MIN: u16 = 1949;

/// Signs of provinces, and of the Xinjiang corps (兵) and the army (军).
const PROVINCES: &str = "京津冀晋内辽吉黑沪苏浙皖闽赣鲁豫鄂湘粤桂琼川贵云渝藏陕甘青宁新兵军";
/// The court without province and digits.
const SUPREME: &str = "最高法";
/// Special jurisdiction: intellectual property.
const SPECIAL: char = '知';
/// Type codes that are known; the list changes, so others pass with a warning.
const TYPES: &[&str] = &[
    "执",
    "执保",
    "执恢",
    "执异",
    "执复",
    "执监",
    "执协",
    "执他",
    "执请",
    "司惩",
    "司惩复",
    "司救执",
    "民初",
    "民终",
    "民申",
    "民再",
    "民监",
    "民辖",
    "民辖终",
    "民特",
    "民催",
    "民督",
    "民破",
    "民算",
    "破",
    "破申",
    "破终",
    "强清",
    "商初",
    "商终",
    "刑初",
    "刑终",
    "刑再",
    "刑申",
    "刑监",
    "刑核",
    "刑更",
    "刑医",
    "刑没",
    "行初",
    "行终",
    "行再",
    "行申",
    "行监",
    "行审",
    "行审复",
    "赔初",
    "行赔初",
    "行赔终",
    "委赔",
    "法赔",
    "财保",
    "行保",
    "诉前调",
    "民诉前调",
    "民他",
    "刑他",
    "行他",
];

/// How the number is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Before 2016: `（2014）东执字第123号`.
    Old,
    /// Since 2016: `（2016）鲁1502执123号`.
    Since2016,
}

/// A case number in parts. `Display` gives its canonical form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseNumber {
    /// Year in which the case was filed.
    pub year: u16,
    /// How it is written.
    pub style: Style,
    /// Code of the court, such as `鲁1502`; before 2016 its sign, which may be empty.
    pub court: String,
    /// 专门审判代字, since 2018-12-07.
    pub special: Option<char>,
    /// Code of the type of case, such as `执恢`.
    pub case_type: String,
    /// Running number.
    pub number: u32,
    /// Number of the document within the case (`之一` is 1).
    pub part: Option<u8>,
}

impl CaseNumber {
    /// Reads a number, with half- or full-width digits and brackets of any kind, and spaces anywhere.
    ///
    /// # Errors
    /// The rule that it breaks.
    pub fn parse(raw: &str) -> Result<Self, ReasonCode> {
        if raw.len() > 256 {
            return Err(ReasonCode::CaseNumberTooLong);
        }
        // Two numbers with a space between them would become one of both.
        let mut digits_before_space = false;
        for (at, c) in raw.char_indices() {
            let is_digit = half_width(c).is_ascii_digit();
            if is_digit && digits_before_space && raw[..at].ends_with(char::is_whitespace) {
                return Err(ReasonCode::CaseNumberSeveral);
            }
            digits_before_space = is_digit || (digits_before_space && c.is_whitespace());
        }
        let plain: Vec<char> = raw.chars().filter(|c| !c.is_whitespace()).map(half_width).collect();
        let rest = plain.strip_prefix(&['(']).ok_or(ReasonCode::CaseNumberNoYear)?;
        let end = rest.iter().position(|c| *c == ')').ok_or(ReasonCode::CaseNumberYearOpen)?;
        let (year, rest) = (&rest[..end], &rest[end + 1..]);
        let year: u16 = match year.len() {
            4 => digits(year).and_then(|y| u16::try_from(y).ok()).ok_or(ReasonCode::CaseNumberYearDigits)?,
            _ => return Err(ReasonCode::CaseNumberYearDigits),
        };
        if !(YEAR_MIN..=2999).contains(&year) {
            return Err(ReasonCode::CaseNumberYearBounds);
        }
        // `12、13号`, `12号、13号`, `12~14号`, `12至14号`, and a second number after the first.
        let separators = ['、', ',', ';', '~', '至', '/', '&'];
        if rest.iter().any(|c| separators.contains(c)) || rest.iter().filter(|c| **c == '号').count() > 1 {
            return Err(ReasonCode::CaseNumberSeveral);
        }
        let (rest, part) = split_part(rest)?;
        let rest = rest.strip_suffix(&['号']).ok_or(ReasonCode::CaseNumberEnd)?;
        let at = rest.iter().rposition(|c| !c.is_ascii_digit()).map_or(0, |at| at + 1);
        let (signs, number) = rest.split_at(at);
        if number.is_empty() || number.len() > NUMBER_DIGITS_MAX {
            return Err(ReasonCode::CaseNumberRunning);
        }
        let number = digits(number).filter(|n| *n > 0).ok_or(ReasonCode::CaseNumberZero)?;
        match signs.strip_suffix(&['字', '第']).or_else(|| signs.strip_suffix(&['字'])) {
            Some(sign) if year < NEW_STYLE_YEAR => Self::old(year, sign, number, part),
            Some(_) => Err(ReasonCode::CaseNumberOldStyle),
            None if year >= NEW_STYLE_YEAR => Self::since_2016(year, signs, number, part),
            None => Err(ReasonCode::CaseNumberNewStyle),
        }
    }

    fn old(year: u16, sign: &[char], number: u32, part: Option<u8>) -> Result<Self, ReasonCode> {
        if sign.is_empty() || sign.len() > OLD_SIGN_CHARACTERS_MAX || !sign.iter().all(|c| is_han(*c)) {
            return Err(ReasonCode::CaseNumberSign);
        }
        // The longest known type that the sign ends with; a court's sign stands before it.
        let text: String = sign.iter().collect();
        let known = TYPES.iter().filter(|t| text.ends_with(**t)).max_by_key(|t| t.len());
        let case_type = known.map_or_else(|| sign[sign.len() - 1].to_string(), |t| (*t).to_owned());
        let court = text[..text.len() - case_type.len()].to_owned();
        Ok(Self { year, style: Style::Old, court, special: None, case_type, number, part })
    }

    fn since_2016(year: u16, signs: &[char], number: u32, part: Option<u8>) -> Result<Self, ReasonCode> {
        let text: String = signs.iter().collect();
        let (court, after) = if let Some(after) = text.strip_prefix(SUPREME) {
            (SUPREME.to_owned(), after.to_owned())
        } else {
            let province = signs.first().filter(|c| PROVINCES.contains(**c)).ok_or(ReasonCode::CaseNumberCourt)?;
            let code: String = signs[1..].iter().take_while(|c| c.is_ascii_digit()).collect();
            if !matches!(code.len(), 0 | 2 | 4) {
                return Err(ReasonCode::CaseNumberCourtDigits);
            }
            (format!("{province}{code}"), signs[1 + code.len()..].iter().collect())
        };
        let mut kind: Vec<char> = after.chars().collect();
        let special = (kind.len() > 1 && kind[0] == SPECIAL).then(|| kind.remove(0));
        if special.is_some() && year < 2018 {
            return Err(ReasonCode::CaseNumberSpecial);
        }
        if kind.is_empty() || kind.len() > TYPE_CHARACTERS_MAX + 1 || !kind.iter().all(|c| is_han(*c)) {
            return Err(ReasonCode::CaseNumberType);
        }
        let case_type: String = kind.into_iter().collect();
        if case_type.chars().count() > TYPE_CHARACTERS_MAX && !TYPES.contains(&case_type.as_str()) {
            return Err(ReasonCode::CaseNumberTypeLength);
        }
        Ok(Self { year, style: Style::Since2016, court, special, case_type, number, part })
    }

    /// A warning about a well-formed number, for a person to check.
    pub fn warning(&self) -> Option<ReasonCode> {
        (!TYPES.contains(&self.case_type.as_str())).then_some(ReasonCode::CaseNumberTypeUnknown)
    }
}

impl fmt::Display for CaseNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { year, court, case_type, number, .. } = self;
        match self.style {
            Style::Old => write!(f, "（{year}）{court}{case_type}字第{number}号")?,
            Style::Since2016 => {
                write!(f, "（{year}）{court}")?;
                self.special.map_or(Ok(()), |s| write!(f, "{s}"))?;
                write!(f, "{case_type}{number}号")?;
            }
        }
        self.part.map_or(Ok(()), |n| write!(f, "之{}", chinese(n)))
    }
}

/// `之一`, `之12` or `-1` before 号 name a document within the case.
fn split_part(rest: &[char]) -> Result<(Vec<char>, Option<u8>), ReasonCode> {
    const WRONG: ReasonCode = ReasonCode::CaseNumberPart;
    if let Some(at) = rest.iter().rposition(|c| *c == '之') {
        let tail: String = rest[at + 1..].iter().collect();
        let part = tail.parse().ok().or_else(|| (1..=99).find(|n| chinese(*n) == tail));
        return Ok((rest[..at].to_vec(), Some(part.filter(|n| (1..=99).contains(n)).ok_or(WRONG)?)));
    }
    if let (Some(at), Some('号')) = (rest.iter().rposition(|c| *c == '-'), rest.last()) {
        let after = digits(&rest[at + 1..rest.len() - 1]);
        // `23-1号` is the first document of case 23; `23-25号` are the cases 23 to 25, and so are `1234-35号`.
        let length = rest.len() - 2 - at;
        let is_range = |first: u32, last: u32| {
            let tens = 10_u32.saturating_pow(u32::try_from(length).unwrap_or(u32::MAX));
            last > first || (length >= 2 && first / tens * tens + last > first && first >= tens)
        };
        if after.zip(running_number(&rest[..at])).is_some_and(|(last, first)| is_range(first, last)) {
            return Err(ReasonCode::CaseNumberSeveral);
        }
        let part = after.and_then(|n| u8::try_from(n).ok());
        let mut before = rest[..at].to_vec();
        before.push('号');
        return Ok((before, Some(part.filter(|n| (1..=99).contains(n)).ok_or(WRONG)?)));
    }
    Ok((rest.to_vec(), None))
}

/// The digits at the end.
fn running_number(text: &[char]) -> Option<u32> {
    let at = text.iter().rposition(|c| !c.is_ascii_digit()).map_or(0, |at| at + 1);
    digits(&text[at..])
}

/// 1 to 99 in Chinese.
fn chinese(n: u8) -> String {
    const DIGITS: [&str; 10] = ["", "一", "二", "三", "四", "五", "六", "七", "八", "九"];
    let (tens, ones) = (usize::from(n / 10), usize::from(n % 10));
    let tens = match tens {
        0 => String::new(),
        1 => "十".to_owned(),
        t => format!("{}十", DIGITS[t % 10]),
    };
    format!("{tens}{}", DIGITS[ones])
}

fn half_width(c: char) -> char {
    let plain = match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
        _ => c,
    };
    match plain {
        '〔' | '【' | '[' | '{' => '(',
        '〕' | '】' | ']' | '}' => ')',
        '—' | '–' | '‐' | '−' => '-',
        '〜' | '∼' => '~',
        _ => plain,
    }
}

fn digits(text: &[char]) -> Option<u32> {
    let text: String = text.iter().collect();
    text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{20000}'..='\u{3134f}')
}
