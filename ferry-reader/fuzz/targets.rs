//! What is fuzzed of the reader: packages of XML as files and part by part, text files, and the frame of a PDF. `tests/fuzzed.rs`
//! replays the kept corpus; `ops/fuzz` runs them long.

use ferry_io::reading::answer::Reading;
use ferry_reader::package::markup::Markup;
use ferry_reader::package::{self, Kind};
use ferry_reader::pdf::{objects, revisions};
use ferry_reader::plain_text;

/// A name, and what is done with the bytes.
pub type Target = (&'static str, fn(&[u8]));

/// Every target by name.
pub const ALL: &[Target] = &[
    ("ofd", |bytes| is_bounded(bytes, &package::read(bytes, Kind::Ofd))),
    ("ofd-part", |bytes| part(bytes, Kind::Ofd)),
    ("pdf-frame", pdf_frame),
    ("plain-text", plain_text),
    ("word", |bytes| is_bounded(bytes, &package::read(bytes, Kind::Docx))),
    ("word-part", |bytes| part(bytes, Kind::Docx)),
];

/// Bytes of text that one byte of a package may become: DEFLATE makes up to 1,032 of one.
const RATIO_MAX: usize = 1100;

/// However small a package is, what is read of it stays in proportion.
fn is_bounded(bytes: &[u8], reading: &Reading) {
    let read: usize = reading.texts.iter().map(String::len).sum();
    // Each text is read a second time without what separates its characters.
    assert!(read <= (bytes.len() + 64) * RATIO_MAX * 4, "{read} bytes of text from {}", bytes.len());
}

/// A part that is read as a whole has lost no digit of its text. Looked at where a text is what stands between `>` and `<`: without
/// comments, instructions, CDATA, entities and quotes.
fn part(bytes: &[u8], kind: Kind) {
    let mut markup = Markup::default();
    // What is no XML is a reason, and never a panic.
    let is_read = markup.read(bytes, kind).is_ok();
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if !is_read || ["<!", "<?", "&", "\"", "'"].iter().any(|special| text.contains(special)) {
        return;
    }
    let between = text.split('<').filter_map(|piece| piece.split_once('>')).map(|(_, text)| text);
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).count();
    let shown: usize = between.map(digits).sum();
    assert!(digits(&markup.apart) >= shown, "{} of {shown} digits", digits(&markup.apart));
}

/// A text is what its encoding says: encoded again it gives the same bytes, but for a mark of byte order.
fn plain_text(bytes: &[u8]) {
    let Some((text, charset)) = plain_text::decode(bytes) else { return };
    assert!(!text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t' | '\u{c}')), "a control character");
    match charset {
        "UTF-8" => assert!(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes) == text.as_bytes()),
        "UTF-16LE" => assert!(text.encode_utf16().flat_map(u16::to_le_bytes).eq(bytes[2..].iter().copied())),
        "UTF-16BE" => assert!(text.encode_utf16().flat_map(u16::to_be_bytes).eq(bytes[2..].iter().copied())),
        other => {
            assert_eq!(other, "gb18030");
            // Two spellings of one character exist in it; what is read never changes when it is written and read again.
            let again = encoding_rs::GB18030.encode(&text).0;
            assert_eq!(encoding_rs::GB18030.decode_without_bom_handling(&again).0, text);
        }
    }
}

/// Ends of revisions lie within the file, in order, and every string can be decoded.
fn pdf_frame(bytes: &[u8]) {
    let ends = revisions::earlier(bytes);
    assert!(ends.iter().all(|end| *end <= bytes.len()) && ends.is_sorted());
    let _ = (revisions::is_linearized(bytes), revisions::has_foreign_bytes(bytes), objects::decode(bytes));
}
