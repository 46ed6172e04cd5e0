//! What a PDF says beside its pages: every string of every object, so that no place to hide one need be known; and what it
//! carries that is more than a document.

use crate::package::Kind;
use crate::package::markup::Markup;
use encoding_rs::{GB18030, UTF_16BE, UTF_16LE};
use ferry_format::reason::ReasonCode;
use hayro_syntax::Pdf;
use hayro_syntax::object::{Array, Dict, MaybeRef, Name, Object, Stream};
use std::collections::BTreeSet;

/// Longest text that is kept, bytes.
const TEXT_BYTES_MAX: usize = 16 << 20;
/// Objects within objects.
const DEPTH_MAX: u32 = 64;
/// Longest stream that is read as text, bytes.
const STREAM_BYTES_MAX: usize = 8 << 20;
/// A name or an integer of so many digits may be a number of a person.
const NUMBER_DIGITS: usize = 11;

/// Strings that are bytes and no text.
const BINARY_KEYS: [&str; 16] = [
    "ID",
    "Cert",
    "U",
    "O",
    "UE",
    "OE",
    "Perms",
    "CheckSum",
    "CharSet",
    "Panose",
    "Registry",
    "Ordering",
    "Lookup",
    "DocumentID",
    "JBIG2Globals",
    "Digest",
];
/// Actions that run or load something, or send something away.
const ACTIVE_ACTIONS: [&str; 10] = [
    "JavaScript",
    "Launch",
    "SubmitForm",
    "ImportData",
    "Rendition",
    "Movie",
    "Sound",
    "GoToE",
    "RichMediaExecute",
    "Trans3D",
];
/// Annotations that carry a file or play something.
const CARRYING_ANNOTATIONS: [&str; 6] = ["FileAttachment", "RichMedia", "Movie", "Sound", "Screen", "3D"];
/// Flags of an annotation that is not shown: hidden, not viewed.
const HIDDEN: u32 = 1 << 1 | 1 << 5;

/// What the objects of a PDF say.
#[derive(Default)]
pub struct Objects {
    /// Their strings, one in a line.
    pub text: String,
    /// What the file carries, and what was not read.
    pub causes: BTreeSet<ReasonCode>,
}

impl Objects {
    /// Reads every object that the file has, whatever refers to it.
    pub fn read(&mut self, pdf: &Pdf) {
        let mut pages = 0;
        for object in pdf.objects() {
            if let Object::Dict(dict) = &object
                && is(dict, "Type", "Page")
            {
                pages += 1;
            }
            self.object(&object, 0);
        }
        // Its trailer is no object, and may have its information in itself.
        let info = pdf.metadata();
        for text in [&info.title, &info.author, &info.subject, &info.keywords, &info.creator, &info.producer] {
            self.add(&text.as_deref().map(decode).unwrap_or_default());
        }
        // A page that was taken out of the tree is still in the file.
        if pages > pdf.pages().len() {
            self.causes.insert(ReasonCode::HiddenLayer);
        }
    }

    fn object(&mut self, object: &Object<'_>, depth: u32) {
        if depth > DEPTH_MAX {
            self.causes.insert(ReasonCode::TooMuchText);
            return;
        }
        match object {
            Object::String(text) => self.add(&decode(text.as_bytes())),
            Object::Array(array) => self.array(array, depth),
            Object::Dict(dict) => self.dict(dict, depth),
            Object::Stream(stream) => {
                self.dict(stream.dict(), depth);
                self.stream(stream);
            }
            Object::Name(name) => self.add_number(name.as_str()),
            Object::Number(number) => self.add_number(&number.to_string()),
            _ => {}
        }
    }

    /// What is no text may be a number all the same.
    fn add_number(&mut self, text: &str) {
        if text.bytes().filter(u8::is_ascii_digit).count() >= NUMBER_DIGITS {
            self.add(text);
        }
    }

    /// What it refers to is an object of its own.
    fn array(&mut self, array: &Array<'_>, depth: u32) {
        for item in array.raw_iter() {
            if let MaybeRef::NotRef(item) = item {
                self.object(&item, depth + 1);
            }
        }
    }

    fn dict(&mut self, dict: &Dict<'_>, depth: u32) {
        self.classify(dict);
        // A signature and its certificates are bytes.
        let is_signature = dict.contains_key("ByteRange") && dict.contains_key("Filter");
        for (key, value) in dict.entries() {
            let key = key.as_str();
            self.add_number(key);
            let MaybeRef::NotRef(value) = value else { continue };
            let is_binary = BINARY_KEYS.contains(&key) || is_signature && key == "Contents";
            if !(is_binary && is_bytes(&value)) {
                self.object(&value, depth + 1);
            }
        }
    }

    fn classify(&mut self, dict: &Dict<'_>) {
        let name = |key: &str| dict.get::<Name<'_>>(key).map(|name| name.as_str().to_owned()).unwrap_or_default();
        if ACTIVE_ACTIONS.contains(&name("S").as_str()) || dict.contains_key("JS") {
            self.causes.insert(ReasonCode::ActiveContent);
        }
        if CARRYING_ANNOTATIONS.contains(&name("Subtype").as_str()) && dict.contains_key("Rect") {
            self.causes.insert(ReasonCode::AttachmentInside);
        }
        if name("Type") == "EmbeddedFile" || dict.contains_key("EF") {
            self.causes.insert(ReasonCode::AttachmentInside);
        }
        // Members that are shown where others are hidden: neither reader reads what is not shown.
        if name("Type") == "OCMD" && (dict.contains_key("VE") || ["AllOff", "AnyOff"].contains(&name("P").as_str())) {
            self.causes.insert(ReasonCode::HiddenLayer);
        }
        if let Some(layers) = dict.get::<Dict<'_>>("OCProperties") {
            let shown = layers.get::<Dict<'_>>("D");
            let is_off = |shown: &Dict<'_>| {
                is(shown, "BaseState", "OFF")
                    || shown.get::<Array<'_>>("OFF").is_some_and(|a| a.raw_iter().next().is_some())
            };
            if shown.as_ref().is_some_and(is_off) {
                self.causes.insert(ReasonCode::HiddenLayer);
            }
        }
        // What is shown under the pointer only.
        let others = dict.get::<Dict<'_>>("AP").filter(|_| dict.contains_key("Rect"));
        if others.is_some_and(|ap| ["R", "D"].iter().any(|key| draws(ap.get::<Stream<'_>>(key)))) {
            self.causes.insert(ReasonCode::HiddenLayer);
        }
        let is_hidden = dict.contains_key("Rect") && dict.get::<u32>("F").is_some_and(|flags| flags & HIDDEN != 0);
        if is_hidden && name("Subtype") != "Popup" && shows_something(dict) {
            self.causes.insert(ReasonCode::HiddenLayer);
        }
    }

    /// Streams that are text: metadata, forms in XML, scripts.
    fn stream(&mut self, stream: &Stream<'_>) {
        let dict = stream.dict();
        let is_text = is(dict, "Type", "Metadata") || is(dict, "Subtype", "XML");
        let has_no_type = ["Type", "Subtype", "FunctionType", "ShadingType", "PatternType", "N", "Length1", "W"]
            .iter()
            .all(|key| !dict.contains_key(key));
        if !is_text && !has_no_type {
            return;
        }
        let Ok(bytes) = stream.decoded() else {
            self.causes.extend(is_text.then_some(ReasonCode::Damaged));
            return;
        };
        if bytes.len() > STREAM_BYTES_MAX {
            self.causes.insert(ReasonCode::TooMuchText);
            return;
        }
        if is_text || bytes.trim_ascii_start().starts_with(b"<") || is_prose(&bytes) {
            let text = decode(&bytes);
            if text.contains("<script") || text.contains("application/x-javascript") {
                self.causes.insert(ReasonCode::ActiveContent);
            }
            self.add(&text);
        }
    }

    fn add(&mut self, text: &str) {
        if text.is_empty() || is_date(text) {
            return;
        }
        let without_tags = if text.contains('<') { markup_text(text) } else { String::new() };
        if self.text.len() + text.len() + without_tags.len() > TEXT_BYTES_MAX {
            self.causes.insert(ReasonCode::TooMuchText);
            return;
        }
        for text in [text, &without_tags] {
            self.text.push_str(text);
            self.text.push('\n');
        }
    }
}

fn is(dict: &Dict<'_>, key: &str, value: &str) -> bool {
    dict.get::<Name<'_>>(key).is_some_and(|name| name.as_str() == value)
}

/// Whether an annotation's appearance draws text or an image.
fn shows_something(annotation: &Dict<'_>) -> bool {
    draws(annotation.get::<Dict<'_>>("AP").and_then(|ap| ap.get::<Stream<'_>>("N")))
}

fn draws(appearance: Option<Stream<'_>>) -> bool {
    let Some(shown) = appearance else { return false };
    let bytes = shown.decoded().unwrap_or_default();
    [&b"Tj"[..], b"TJ", b"Do", b"BI"].iter().any(|operator| bytes.windows(2).any(|pair| pair == *operator))
}

/// Whether a value is a string of bytes and no text.
fn is_bytes(value: &Object<'_>) -> bool {
    match value {
        Object::String(text) => text.as_bytes().iter().any(|byte| !byte.is_ascii_graphic() && *byte != b' '),
        Object::Array(array) => array.raw_iter().all(|item| matches!(&item, MaybeRef::NotRef(item) if is_bytes(item))),
        _ => false,
    }
}

/// Whether a stream without a type is text of people, such as the value of a field: no operators of a page, no program.
fn is_prose(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else { return bytes.starts_with(b"\xfe\xff") };
    let is_program = [" Tj", " TJ", " re", " cm", " Do", " Tf", " gs", "BT", "begincmap", "%!", "{"];
    !is_program.iter().any(|word| text.contains(word)) && !text.chars().any(|c| c.is_control() && !c.is_whitespace())
}

/// What stands between tags, with the characters that references stand for.
fn markup_text(text: &str) -> String {
    let mut markup = Markup::default();
    // What cannot be read as XML was added as it stands.
    let _ = markup.read(text.as_bytes(), Kind::Docx);
    markup.joined
}

/// A date of PDF (ISO 32000-1, 7.9.4), `D:YYYYMMDDHHmmSS` and its offset: its digits are no number of anybody.
fn is_date(text: &str) -> bool {
    text.strip_prefix("D:").is_some_and(|rest| {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let offset = &rest[digits..];
        digits <= 14 && offset.len() <= 7 && offset.bytes().all(|b| b.is_ascii_digit() || b"+-Z'".contains(&b))
    })
}

/// A text string (ISO 32000-1, 7.9.2.2): UTF-16 or UTF-8 with its mark. Others are PDFDocEncoding by the standard, and GB18030 in
/// many a program of this country.
pub fn decode(bytes: &[u8]) -> String {
    match bytes {
        [0xfe, 0xff, rest @ ..] => UTF_16BE.decode_without_bom_handling(rest).0.into_owned(),
        [0xff, 0xfe, rest @ ..] => UTF_16LE.decode_without_bom_handling(rest).0.into_owned(),
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
        _ => match std::str::from_utf8(bytes) {
            Ok(text) => text.to_owned(),
            Err(_) => GB18030.decode_without_bom_handling(bytes).0.into_owned(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_string_is_read_in_the_encodings_that_programs_write() {
        assert_eq!(decode(b"\xfe\xff\x67\x3a\x5b\xc6"), "机密");
        assert_eq!(decode("机密".as_bytes()), "机密");
        assert_eq!(decode(&GB18030.encode("机密").0), "机密");
        assert_eq!(decode(b"11010519491231002X"), "11010519491231002X");
    }

    #[test]
    fn a_date_is_no_number() {
        assert!(is_date("D:20261130103000+08'00'") && is_date("D:2026"));
        assert!(
            !is_date("D:110105194912310021") && !is_date("D:110105194912310021 ") && !is_date("11010519491231002X")
        );
    }
}
