//! Hexadecimal digits, as digests are shown to people.

/// Lower-case digits.
pub fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// Reads digits; `None` for anything else.
pub fn from_hex(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) {
        return None;
    }
    text.as_bytes()
        .chunks_exact(2)
        .map(|pair| {
            let digit = |b: u8| char::from(b).to_digit(16);
            Some((digit(pair[0])? * 16 + digit(pair[1])?) as u8)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_of_digits_are_read_in_both_cases_and_nothing_else_is() {
        assert_eq!(from_hex("00fFa9").unwrap(), [0, 255, 169]);
        assert_eq!(from_hex(&to_hex(&[1, 35, 171])).unwrap(), [1, 35, 171]);
        for other in ["0", "abc", "0g", "g0", "é", "0é", " 0", "+1", "１２"] {
            assert_eq!(from_hex(other), None, "{other}");
        }
    }
}
