//! Which number a string of digits and letters is, by its length, its parts and its check character.

use crate::screening::findings::Finding;

/// The first two digits of every region code.
const REGIONS: [&str; 34] = [
    "11", "12", "13", "14", "15", "21", "22", "23", "31", "32", "33", "34", "35", "36", "37", "41", "42", "43", "44",
    "45", "46", "50", "51", "52", "53", "54", "61", "62", "63", "64", "65", "71", "81", "82",
];

/// Which number a string of digits is.
pub fn identify(text: &str) -> Option<Finding> {
    let b = text.as_bytes();
    let is_mobile = |b: &[u8]| b[0] == b'1' && b[1] >= b'3';
    match b.len() {
        18 if is_credit_code(b) => Some(Finding::CreditCode),
        15 if is_region(text) && b[0] < b'7' && is_day(&format!("19{}", &text[6..12])) => Some(Finding::Identity15),
        15..=19 if is_card(b) => Some(Finding::BankCard),
        11 if is_mobile(b) => Some(Finding::Mobile),
        // With a trunk or country prefix.
        12 if b[0] == b'0' && is_mobile(&b[1..]) => Some(Finding::Mobile),
        13 if text.starts_with("86") && is_mobile(&b[2..]) => Some(Finding::Mobile),
        15 if text.starts_with("0086") && is_mobile(&b[4..]) => Some(Finding::Mobile),
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

/// Identity number of 18 characters (GB 11643, ISO 7064 MOD 11-2).
pub fn is_identity18(b: &[u8]) -> bool {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let Ok(text) = std::str::from_utf8(b) else { return false };
    if !b[..17].iter().all(u8::is_ascii_digit) || !is_region(text) || !is_day(&text[6..14]) {
        return false;
    }
    let sum: u32 = b.iter().zip(WEIGHTS).map(|(d, w)| u32::from(d - b'0') * w).sum();
    b[17] == b"10X98765432"[sum as usize % 11]
}

/// Unified social credit code (GB 32100, modulo 31).
pub fn is_credit_code(b: &[u8]) -> bool {
    const ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
    // Registering authority, kind and six digits of the region come before the organisation's own number.
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
    let issued = match b.len() {
        16 if b[0] == b'4' || (b[0] == b'5' && (b'1'..=b'5').contains(&b[1])) => true,
        16 if b.starts_with(b"35") => true,
        15 if b.starts_with(b"34") || b.starts_with(b"37") => true,
        16..=19 => [&b"60"[..], b"62", b"9558", b"9559"].iter().any(|issuer| b.starts_with(issuer)),
        _ => false,
    };
    let doubled = |d: u8| if d < 5 { d * 2 } else { d * 2 - 9 };
    let digit = |(i, c): (usize, &u8)| u32::from(if i % 2 == 1 { doubled(c - b'0') } else { c - b'0' });
    issued && b.iter().rev().enumerate().map(digit).sum::<u32>().is_multiple_of(10)
}
