//! Text files: UTF-8, UTF-16 with its mark, and GB18030, which is what programs in Chinese courts write.

use encoding_rs::{Encoding, GB18030, UTF_8, UTF_16BE, UTF_16LE};

/// The text and its encoding; nothing where it is none of these, or has control characters that no text has.
pub fn decode(bytes: &[u8]) -> Option<(String, &'static str)> {
    let (encoding, start): (&Encoding, usize) = match bytes {
        [0xef, 0xbb, 0xbf, ..] => (UTF_8, 3),
        [0xff, 0xfe, ..] => (UTF_16LE, 2),
        [0xfe, 0xff, ..] => (UTF_16BE, 2),
        _ if std::str::from_utf8(bytes).is_ok() => (UTF_8, 0),
        _ => (GB18030, 0),
    };
    let text = encoding.decode_without_bom_handling_and_without_replacement(&bytes[start..])?;
    // A mark that turns the direction shows a number that stands there backwards.
    let turns = |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let is_text = |c: char| !turns(c) && (!c.is_control() || matches!(c, '\n' | '\r' | '\t' | '\u{c}'));
    text.chars().all(is_text).then(|| (text.into_owned(), encoding.name()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_read_in_the_encoding_that_it_has() {
        let text = "机密★十年 110105";
        let utf16 = |mark: char, bytes: fn(u16) -> [u8; 2]| -> Vec<u8> {
            std::iter::once(mark).chain(text.chars()).flat_map(|c| bytes(c as u16)).collect()
        };
        for (bytes, charset) in [
            (text.as_bytes().to_vec(), "UTF-8"),
            (["\u{feff}", text].concat().into_bytes(), "UTF-8"),
            (GB18030.encode(text).0.into_owned(), "gb18030"),
            (utf16('\u{feff}', u16::to_le_bytes), "UTF-16LE"),
            (utf16('\u{feff}', u16::to_be_bytes), "UTF-16BE"),
        ] {
            assert_eq!(decode(&bytes), Some((text.to_owned(), charset)));
        }
    }

    #[test]
    fn what_is_no_text_is_not_read_as_one() {
        for bytes in [&b"a\0b"[..], &[0xff, 0xff, 0xff], "a\u{202e}b".as_bytes(), b"\x1b[2J"] {
            assert_eq!(decode(bytes), None, "{bytes:?}");
        }
    }
}
