//! Where the revisions of a PDF end: a program that changes a file may append the change, and what stood there before is still
//! in it. And what does not belong to it at all: bytes before its head or after its end, by which it is a file of two types.

/// Earlier revisions that are read; a signature is one.
pub const READ_MAX: usize = 16;
/// How far from the beginning a head may stand (ISO 32000-1, implementation note 13).
const HEAD_MAX: usize = 1024;
const END: &[u8] = b"%%EOF";

/// Lengths of the earlier revisions, oldest first.
pub fn earlier(bytes: &[u8]) -> Vec<usize> {
    let mut ends: Vec<usize> = find_all(bytes, END).filter(|at| ends_revision(&bytes[..*at])).collect();
    ends.pop();
    ends.into_iter().map(|at| at + END.len()).collect()
}

/// Whether the first end may be that of the first page of a linearised file (ISO 32000-1, annex F), which is no revision.
pub fn is_linearized(bytes: &[u8]) -> bool {
    find_all(&bytes[..bytes.len().min(HEAD_MAX)], b"/Linearized").next().is_some()
}

/// Whether `startxref` and a number stand before the end: others are within a stream.
fn ends_revision(before: &[u8]) -> bool {
    let text = before.trim_ascii_end();
    let digits = text.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    digits > 0 && text[..text.len() - digits].trim_ascii_end().ends_with(b"startxref")
}

/// Whether there is more than blanks before the head or after the end.
pub fn has_foreign_bytes(bytes: &[u8]) -> bool {
    let is_blank = |bytes: &[u8]| bytes.iter().all(|byte| byte.is_ascii_whitespace() || *byte == 0);
    let head = find_all(&bytes[..bytes.len().min(HEAD_MAX)], b"%PDF-").next();
    let before = bytes[..head.unwrap_or(0)].strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes[..head.unwrap_or(0)]);
    let after = find_all(bytes, END).last().map_or(&b""[..], |at| &bytes[at + END.len()..]);
    !is_blank(before) || !is_blank(after)
}

fn find_all<'a>(bytes: &'a [u8], what: &'a [u8]) -> impl Iterator<Item = usize> + 'a {
    let first = what[0];
    (0..bytes.len().saturating_sub(what.len() - 1))
        .filter(move |at| bytes[*at] == first && bytes[*at..].starts_with(what))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_end_but_the_last_is_one_of_an_earlier_revision() {
        let one = b"%PDF-1.7 .. startxref\n120\n%%EOF\n".to_vec();
        assert_eq!(earlier(&one), [0; 0]);
        let two = [one.as_slice(), b".. startxref 300 %%EOF"].concat();
        assert_eq!(earlier(&two), [one.len() - 1]);
        let in_stream = [b"%PDF-1.7 stream %%EOF endstream ", one.as_slice()].concat();
        assert_eq!(earlier(&in_stream), [0; 0]);
        let linearized = [b"%PDF-1.7 /Linearized 1 ", two.as_slice()].concat();
        assert!(is_linearized(&linearized) && !is_linearized(&two) && earlier(&linearized).len() == 1);
    }

    #[test]
    fn blanks_and_a_byte_order_mark_are_no_foreign_bytes() {
        for (bytes, is_foreign) in [
            (&b"%PDF-1.7\n%%EOF"[..], false),
            (b"\xef\xbb\xbf\r\n%PDF-1.7\n%%EOF\r\n\0\0", false),
            (b"MZ%PDF-1.7\n%%EOF", true),
            (b"%PDF-1.7\n%%EOF\nPK\x03\x04", true),
        ] {
            assert_eq!(has_foreign_bytes(bytes), is_foreign, "{bytes:?}");
        }
    }
}
