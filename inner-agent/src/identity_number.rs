//! Identity and organisation numbers with a check digit.

/// The first two digits of every region code; 81 to 83 are those of residence permits of Hong Kong, Macao and Taiwan.
const REGIONS: [&str; 35] = [
    "11", "12", "13", "14", "15", "21", "22", "23", "31", "32", "33", "34", "35", "36", "37", "41", "42", "43", "44",
    "45", "46", "50", "51", "52", "53", "54", "61", "62", "63", "64", "65", "71", "81", "82", "83",
];

/// Identity number of 18 characters (GB 11643, ISO 7064 MOD 11-2), of residents and of foreigners: that of a permanent residence
/// card of 2023 begins with 9, two digits of the region, and three of the country (ISO 3166).
pub fn is_identity18(b: &[u8]) -> bool {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let Ok(text) = std::str::from_utf8(b) else { return false };
    if !b[..17].iter().all(u8::is_ascii_digit)
        || !(is_region(text) || b[0] == b'9' && is_region(&text[1..]))
        || !is_day(&text[6..14])
    {
        return false;
    }
    let sum: u32 = b.iter().zip(WEIGHTS).map(|(d, w)| u32::from(d - b'0') * w).sum();
    b[17] == b"10X98765432"[sum as usize % 11]
}

/// Number of a foreigner's permanent residence card until 2023, alone: three letters of the country, four digits of the region, a
/// day of birth in six, and two more.
pub fn is_foreigner15(b: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(b) else { return false };
    b.len() == 15
        && b[..3].iter().all(u8::is_ascii_uppercase)
        && b[3..].iter().all(u8::is_ascii_digit)
        && is_region(&text[3..])
        && ["19", "20"].iter().any(|century| is_day(&format!("{century}{}", &text[7..13])))
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

/// Whether a number begins with the code of a region.
pub fn is_region(text: &str) -> bool {
    REGIONS.contains(&&text[..2])
}

/// Whether eight digits are a day on which somebody who lives may have been born.
pub fn is_day(yyyymmdd: &str) -> bool {
    let year: i16 = yyyymmdd[..4].parse().unwrap_or(0);
    let (month, day) = (yyyymmdd[4..6].parse().unwrap_or(0), yyyymmdd[6..].parse().unwrap_or(0));
    (1850..2100).contains(&year) && jiff::civil::Date::new(year, month, day).is_ok()
}
