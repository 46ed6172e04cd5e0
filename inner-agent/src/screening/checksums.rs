//! Which number a string of digits and letters is, by its length, its parts and its check character.

use crate::identity_number::{is_credit_code, is_day, is_region};
use crate::screening::findings::Finding;

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
