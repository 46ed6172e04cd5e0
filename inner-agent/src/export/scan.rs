//! The scanner: numbers of people that pass their checksum, and secrecy marks, in any text that would cross.
//!
//! It looks at groups of letters and digits and joins neighbouring groups, so that a number with spaces or hyphens in it
//! is found while a longer number that only contains one is not.

use std::collections::BTreeMap;

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Hit {
    /// Identity number of 18 characters (GB 11643, ISO 7064 MOD 11-2).
    Identity18,
    /// Identity number of 15 digits, issued until 1999: a region and a day.
    Identity15,
    /// Unified social credit code (GB 32100, modulo 31).
    CreditCode,
    /// Bank card (ISO/IEC 7812, Luhn).
    BankCard,
    /// Mobile telephone number.
    Mobile,
    /// A secrecy mark.
    SecrecyMark,
}

/// Longest number that is looked for, in characters.
const NUMBER_MAX: usize = 19;
/// The first two digits of every region code.
const REGIONS: [&str; 34] = [
    "11", "12", "13", "14", "15", "21", "22", "23", "31", "32", "33", "34", "35", "36", "37", "41", "42", "43", "44",
    "45", "46", "50", "51", "52", "53", "54", "61", "62", "63", "64", "65", "71", "81", "82",
];

/// Counts by what was found.
pub type Counts = BTreeMap<Hit, u64>;

/// Looks through a text.
pub fn scan(text: &str, marks: &[String]) -> Counts {
    let mut counts = Counts::new();
    let mut groups: Vec<String> = Vec::new();
    let mut group = String::new();
    for raw in text.chars().chain(['。']) {
        let c = half_width(raw);
        if c.is_ascii_alphanumeric() {
            group.push(c.to_ascii_uppercase());
            continue;
        }
        if !group.is_empty() {
            groups.push(std::mem::take(&mut group));
        }
        // A line end may stand within a number that a page broke; anything else ends it.
        if !matches!(c, ' ' | '-' | '\u{3000}' | '\u{a0}' | '\n' | '\r' | '_' | '.' | '·') {
            numbers(&groups, &mut counts);
            groups.clear();
        }
    }
    let marked = marks.iter().filter(|m| has_mark(text, m)).count() as u64;
    if marked > 0 {
        counts.insert(Hit::SecrecyMark, marked);
    }
    counts
}

/// Tries every joint of neighbouring groups, longest first, and does not look into what it has found.
fn numbers(groups: &[String], counts: &mut Counts) {
    let mut at = 0;
    while at < groups.len() {
        let mut joined = String::new();
        let mut found = None;
        for (n, group) in groups[at..].iter().enumerate() {
            joined.push_str(group);
            if joined.len() > NUMBER_MAX {
                break;
            }
            if let Some(what) = identify(&joined) {
                found = Some((n, what));
            }
        }
        match found {
            Some((n, what)) => {
                *counts.entry(what).or_default() += 1;
                at += n + 1;
            }
            None => at += 1,
        }
    }
}

fn identify(text: &str) -> Option<Hit> {
    let bytes = text.as_bytes();
    let digits = |b: &[u8]| b.iter().all(u8::is_ascii_digit);
    match bytes.len() {
        18 if is_identity18(bytes) => Some(Hit::Identity18),
        18 if is_credit_code(bytes) => Some(Hit::CreditCode),
        16..=19 if digits(bytes) && is_card(bytes) => Some(Hit::BankCard),
        15 if digits(bytes) && is_region(text) && is_day(&format!("19{}", &text[6..12])) => Some(Hit::Identity15),
        11 if digits(bytes) && bytes[0] == b'1' && bytes[1] >= b'3' => Some(Hit::Mobile),
        13 if digits(bytes) && text.starts_with("861") && bytes[3] >= b'3' => Some(Hit::Mobile),
        _ => None,
    }
}

fn is_region(text: &str) -> bool {
    REGIONS.contains(&&text[..2])
}

fn is_day(yyyymmdd: &str) -> bool {
    let year: i16 = yyyymmdd[..4].parse().unwrap_or(0);
    let (month, day) = (yyyymmdd[4..6].parse().unwrap_or(0), yyyymmdd[6..].parse().unwrap_or(0));
    (1850..2100).contains(&year) && jiff::civil::Date::new(year, month, day).is_ok()
}

fn is_identity18(b: &[u8]) -> bool {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let Ok(text) = std::str::from_utf8(b) else { return false };
    if !b[..17].iter().all(u8::is_ascii_digit) || !is_region(text) || !is_day(&text[6..14]) {
        return false;
    }
    let sum: u32 = b.iter().zip(WEIGHTS).map(|(d, w)| u32::from(d - b'0') * w).sum();
    b[17] == b"10X98765432"[sum as usize % 11]
}

fn is_credit_code(b: &[u8]) -> bool {
    const ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
    // Registering authority, kind, and six digits of the region stand before the organisation's own number.
    if !b"159AN".contains(&b[0]) || !b[2..8].iter().all(u8::is_ascii_digit) {
        return false;
    }
    let (mut sum, mut weight) = (0, 1);
    for c in &b[..17] {
        let Some(value) = ALPHABET.iter().position(|a| a == c) else { return false };
        sum += value * weight;
        weight = weight * 3 % 31;
    }
    b[17] == ALPHABET[(31 - sum % 31) % 31]
}

fn is_card(b: &[u8]) -> bool {
    let issued =
        b.starts_with(b"62") || (b.len() == 16 && (b[0] == b'4' || (b[0] == b'5' && (b'1'..=b'5').contains(&b[1]))));
    let doubled = |d: u8| if d < 5 { d * 2 } else { d * 2 - 9 };
    let digit = |(i, c): (usize, &u8)| u32::from(if i % 2 == 1 { doubled(c - b'0') } else { c - b'0' });
    issued && b.iter().rev().enumerate().map(digit).sum::<u32>().is_multiple_of(10)
}

/// A mark is followed by ★, perhaps after spaces: `机密★10年`.
fn has_mark(text: &str, mark: &str) -> bool {
    let after = |at: usize| text[at + mark.len()..].chars().find(|c| !c.is_whitespace());
    text.match_indices(mark).any(|(at, _)| matches!(after(at), Some('★' | '☆' | '*' | '＊')))
}

fn half_width(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
        '–' | '—' | '‐' | '−' => '-',
        _ => c,
    }
}
