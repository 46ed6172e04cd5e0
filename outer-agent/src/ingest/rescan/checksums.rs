//! Check characters and forms of numbers for the second scanner, computed in other ways than inside.

fn number(digits: &[u8]) -> u32 {
    digits.iter().fold(0, |n, d| n * 10 + u32::from(d - b'0'))
}

/// Whether the first two digits are those of a province (GB/T 2260).
fn is_province(text: &[u8]) -> bool {
    matches!(number(&text[..2]), 11..=15 | 21..=23 | 31..=37 | 41..=46 | 50..=54 | 61..=65 | 71 | 81..=83)
}

fn is_date(year: u32, month: u32, day: u32) -> bool {
    let leap = year.is_multiple_of(4) && !year.is_multiple_of(100) || year.is_multiple_of(400);
    let days = match month {
        2 => 28 + u32::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    };
    (1..=days).contains(&day)
}

/// Identity number of 18 characters: ISO 7064 MOD 11-2, digit by digit.
pub fn identity(text: &[u8]) -> bool {
    let (body, check) = text.split_at(17);
    // A foreigner's card begins with 9, and with the province after it.
    let has_province = is_province(body) || body[0] == b'9' && is_province(&body[1..]);
    if !body.iter().all(u8::is_ascii_digit) || !has_province {
        return false;
    }
    let year = number(&body[6..10]);
    if !(1850..2100).contains(&year) || !is_date(year, number(&body[10..12]), number(&body[12..14])) {
        return false;
    }
    let sum = body.iter().fold(0, |p, d| (p + u32::from(d - b'0')) * 2 % 11);
    let value = match check[0] {
        b'X' => 10,
        d if d.is_ascii_digit() => u32::from(d - b'0'),
        _ => return false,
    };
    (sum + value) % 11 == 1
}

/// Identity number of 15 digits: a region and a date of the twentieth century.
pub fn old_identity(text: &[u8]) -> bool {
    let year = 1900 + number(&text[6..8]);
    is_province(text) && text[0] < b'7' && is_date(year, number(&text[8..10]), number(&text[10..12]))
}

/// The older number of a foreigner: letters of a country, a province and a city, a date of birth with two digits for its year.
pub fn foreigner(text: &[u8]) -> bool {
    let (letters, digits) = text.split_at(3);
    let in_century =
        |century: u32| is_date(century + number(&digits[4..6]), number(&digits[6..8]), number(&digits[8..10]));
    letters.iter().all(u8::is_ascii_uppercase)
        && digits.iter().all(u8::is_ascii_digit)
        && is_province(digits)
        && (in_century(1900) || in_century(2000))
}

/// Unified social credit code: GB 32100. The weights are powers of three, computed from the right (Horner).
pub fn credit_code(text: &[u8]) -> bool {
    let value = |c: &u8| "0123456789ABCDEFGHJKLMNPQRTUWXY".find(char::from(*c));
    let has_form = matches!(text[0], b'1' | b'5' | b'9' | b'A' | b'N') && text[2..8].iter().all(u8::is_ascii_digit);
    let values: Option<Vec<usize>> = text.iter().map(value).collect();
    let Some(values) = values.filter(|_| has_form) else { return false };
    let sum = values[..17].iter().rev().fold(0, |sum, v| (sum * 3 + v) % 31);
    (sum + values[17]).is_multiple_of(31)
}

/// Bank card: ISO/IEC 7812 by a table of doubled digits.
pub fn bank_card(text: &[u8]) -> bool {
    const DOUBLED: [u32; 10] = [0, 2, 4, 6, 8, 1, 3, 5, 7, 9];
    let issuer = match text.len() {
        16 => {
            matches!(number(&text[..2]), 35 | 40..=49 | 51..=55 | 60 | 62) || matches!(number(&text[..4]), 9558 | 9559)
        }
        17..=19 => matches!(number(&text[..2]), 60 | 62) || matches!(number(&text[..4]), 9558 | 9559),
        _ => false,
    };
    let even = text.len() % 2;
    let sum: u32 = text
        .iter()
        .enumerate()
        .map(|(at, c)| (at % 2, usize::from(c - b'0')))
        .map(|(odd, d)| if odd == even { DOUBLED[d] } else { d as u32 })
        .sum();
    issuer && sum.is_multiple_of(10)
}

/// Mobile telephone number, alone or with a trunk or country prefix.
pub fn mobile(text: &[u8]) -> bool {
    let number_alone = match text.len() {
        11 => text,
        12 if text[0] == b'0' => &text[1..],
        13 if text.starts_with(b"86") => &text[2..],
        15 if text.starts_with(b"0086") => &text[4..],
        _ => return false,
    };
    matches!(number(&number_alone[..2]), 13..=19)
}
