//! The texts of a part, and what it draws that is no text. A DTD is not read: a part that has one is of no document.

use crate::package::Kind;
use encoding_rs::{Encoding, UTF_8};
use ferry_format::reason::ReasonCode;
use quick_xml::Reader;
use quick_xml::escape::unescape;
use quick_xml::events::{BytesStart, Event};
use std::collections::BTreeSet;

/// Elements within elements.
const DEPTH_MAX: usize = 256;
/// Text of all parts, bytes.
const TEXT_BYTES_MAX: usize = 16 << 20;
/// Elements at whose end a line ends; the texts within are one, in however many pieces.
const LINES: [&str; 10] =
    ["p", "tr", "TextObject", "row", "si", "comment", "Annot", "Title", "OutlineElem", "Relationship"];
/// An image of OFD that is no larger has no room for a number, millimetres.
const DOT_MM: f64 = 10.0;
/// Small images of one OFD: more may be one picture in pieces.
const IMAGES_MAX: u32 = 4;
/// A seal of OFD, millimetres.
const SEAL_MM: f64 = 62.0;
/// Fields of Word that load something or start a program.
const FIELDS_THAT_LOAD: [&str; 4] = ["DDE", "INCLUDEPICTURE", "INCLUDETEXT", "IMPORT"];
/// Attributes of OFD that are places.
const COURSES: [&str; 5] = ["DeltaX", "DeltaY", "Boundary", "CTM", "PhysicalBox"];
/// Shortest number of a person.
const NUMBER_CHARACTERS: usize = 11;
/// A shape of OFD that may be a letter, millimetres.
const LETTER_MM: f64 = 28.0;
/// Shapes of the size of letters that are no text.
const SHAPES_MAX: u32 = 5;

/// What the parts say.
#[derive(Default)]
pub struct Markup {
    /// Texts, those of one line joined.
    pub joined: String,
    /// The same without what is deleted or an instruction.
    pub shown: String,
    /// Each text in a line of its own.
    pub apart: String,
    /// Attributes, each in a line of its own.
    pub attributes: String,
    /// What was not read.
    pub causes: BTreeSet<ReasonCode>,
    shapes: u32,
    /// Whether the path that is read is no larger than a letter.
    is_letter_sized: bool,
    /// Whether what comes is the course of a path.
    is_in_path: bool,
    /// Whether what comes is deleted text, or an instruction to a program.
    is_not_shown: bool,
    images: u32,
}

impl Markup {
    /// Reads a part.
    ///
    /// # Errors
    /// A part that is no XML, has a DTD, or is beyond the bounds.
    pub fn read(&mut self, bytes: &[u8], kind: Kind) -> Result<(), ReasonCode> {
        let text = decode(bytes).ok_or(ReasonCode::CharsetUnknown)?;
        let mut reader = Reader::from_str(&text);
        let mut depth = 0;
        loop {
            match reader.read_event().map_err(|_| ReasonCode::Damaged)? {
                Event::Start(element) => {
                    depth += 1;
                    if depth > DEPTH_MAX {
                        return Err(ReasonCode::Damaged);
                    }
                    self.element(&element, kind)?;
                }
                Event::Empty(element) => {
                    self.element(&element, kind)?;
                    self.end(element.local_name().as_ref());
                }
                Event::End(element) => {
                    depth -= 1;
                    self.end(element.local_name().as_ref());
                }
                Event::Text(text) => self.text(&unescape(&text.into_inner()).map_err(|_| ReasonCode::Damaged)?),
                Event::CData(text) => self.text(&text.into_inner()),
                Event::Comment(text) => self.aside(&text.into_inner()),
                Event::PI(text) => self.aside(&text.into_inner()),
                Event::GeneralRef(reference) => {
                    let c = reference.resolve_char_ref().map_err(|_| ReasonCode::Damaged)?;
                    let named = match &*reference.into_inner() {
                        "lt" => Some('<'),
                        "gt" => Some('>'),
                        "amp" => Some('&'),
                        "apos" => Some('\''),
                        "quot" => Some('"'),
                        _ => None,
                    };
                    let c = c.or(named).ok_or(ReasonCode::Damaged)?;
                    self.joined.push(c);
                    self.shown.push(c);
                    self.apart.push(c);
                }
                Event::DocType(_) => return Err(ReasonCode::Damaged),
                Event::Decl(_) => {}
                Event::Eof => break,
            }
            if self.joined.len() + self.attributes.len() > TEXT_BYTES_MAX {
                return Err(ReasonCode::TooMuchText);
            }
        }
        self.joined.push('\n');
        if self.shapes > SHAPES_MAX {
            self.causes.insert(ReasonCode::OutlinesForText);
        }
        Ok(())
    }

    fn text(&mut self, text: &str) {
        if self.is_not_shown && FIELDS_THAT_LOAD.iter().any(|word| text.to_uppercase().contains(word)) {
            self.causes.insert(ReasonCode::ActiveContent);
        }
        if self.is_in_path {
            if text.split_whitespace().any(|word| word.len() >= NUMBER_CHARACTERS) {
                self.aside(text);
            }
            // A rule or a border has straight lines only.
            let parts = text.chars().filter(|c| matches!(c, 'M' | 'S')).count() as u32;
            let is_bent = text.contains(['B', 'Q', 'A']) || text.matches('L').count() >= 3 * parts.max(1) as usize;
            self.shapes += if is_bent && (self.is_letter_sized || parts > SHAPES_MAX) { parts } else { 0 };
            return;
        }
        self.joined.push_str(text);
        if !self.is_not_shown {
            self.shown.push_str(text);
        }
        self.apart.push_str(text);
        self.apart.push('\n');
    }

    fn aside(&mut self, text: &str) {
        self.attributes.push_str(text);
        self.attributes.push('\n');
    }

    fn end(&mut self, name: &str) {
        (self.is_in_path, self.is_not_shown) = (false, false);
        if LINES.contains(&name) {
            self.joined.push('\n');
            self.shown.push('\n');
        }
    }

    fn element(&mut self, element: &BytesStart<'_>, kind: Kind) -> Result<(), ReasonCode> {
        let name = element.local_name();
        let name: &str = name.as_ref();
        let (mut boundary, mut has_target) = (None, false);
        for attribute in element.attributes() {
            let attribute = attribute.map_err(|_| ReasonCode::Damaged)?;
            let value = unescape(&attribute.value).map_err(|_| ReasonCode::Damaged)?.into_owned();
            let key = attribute.key.local_name();
            let key: &str = key.as_ref();
            if kind == Kind::Ofd && key == "Boundary" {
                boundary = size(&value);
            }
            if key == "TargetMode" && value == "External" && is_loaded(element) {
                self.causes.insert(ReasonCode::ActiveContent);
            }
            if kind == Kind::Docx && name == "sym" && key == "char" {
                let code = u32::from_str_radix(&value, 16).ok().map(|code| code & 0xfff);
                self.text(&code.and_then(char::from_u32).map(String::from).unwrap_or_default());
            }
            if kind == Kind::Docx
                && key == "instr"
                && FIELDS_THAT_LOAD.iter().any(|word| value.to_uppercase().contains(word))
            {
                self.causes.insert(ReasonCode::ActiveContent);
            }
            has_target |= key == "id";
            // Namespaces are addresses, and coordinates are numbers of nobody.
            let is_course = kind == Kind::Ofd
                && COURSES.contains(&key)
                && value.bytes().all(|b| b.is_ascii_digit() || b" .g-".contains(&b));
            if !is_course && key != "xmlns" && attribute.key.as_namespace_binding().is_none() {
                self.aside(&value);
            }
        }
        match (kind, name) {
            (Kind::Ofd, "AbbreviatedData") => self.is_in_path = true,
            (Kind::Ofd, "PathObject") => self.is_letter_sized = boundary.is_none_or(|(w, h)| w.max(h) <= LETTER_MM),
            (Kind::Ofd, "ImageObject") => {
                self.images += 1;
                if self.images > IMAGES_MAX || boundary.is_none_or(|(w, h)| w.max(h) > DOT_MM) {
                    self.causes.insert(ReasonCode::ImageWithoutText);
                }
            }
            // What it draws is scaled, and a stamp draws a picture of its own.
            (Kind::Ofd, "CompositeObject") => drop(self.causes.insert(ReasonCode::ImageWithoutText)),
            (Kind::Ofd, "StampAnnot") if boundary.is_none_or(|(w, h)| w.max(h) > SEAL_MM) => {
                self.causes.insert(ReasonCode::ImageWithoutText);
            }
            (Kind::Ofd, "Attachment") => drop(self.causes.insert(ReasonCode::AttachmentInside)),
            (Kind::Ofd, "Movie" | "Sound") => {
                self.causes.insert(ReasonCode::ActiveContent);
            }
            (Kind::Docx, "blip" | "imagedata") => drop(self.causes.insert(ReasonCode::ImageWithoutText)),
            (Kind::Docx, "fill") if has_target => drop(self.causes.insert(ReasonCode::ImageWithoutText)),
            (Kind::Docx, "custGeom") => drop(self.causes.insert(ReasonCode::OutlinesForText)),
            (Kind::Docx, "delText" | "instrText" | "delInstrText") => self.is_not_shown = true,
            (Kind::Docx, "object" | "OLEObject" | "altChunk" | "control") => {
                self.causes.insert(ReasonCode::AttachmentInside);
            }
            _ => {}
        }
        Ok(())
    }
}

/// Whether a relation loads what it names by itself: a link waits for a reader.
fn is_loaded(element: &BytesStart<'_>) -> bool {
    let kind = element.attributes().flatten().find(|attribute| attribute.key.local_name().as_ref() == "Type");
    kind.is_some_and(|kind| !kind.value.ends_with("/hyperlink"))
}

/// Width and height of `x y width height`.
fn size(boundary: &str) -> Option<(f64, f64)> {
    let mut numbers = boundary.split_whitespace().skip(2).map(str::parse::<f64>);
    let (width, height) = (numbers.next()?.ok()?, numbers.next()?.ok()?);
    (width.is_finite() && height.is_finite()).then_some((width, height))
}

/// The text of a part by its mark or declaration: UTF-8, UTF-16, GB18030.
fn decode(bytes: &[u8]) -> Option<String> {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        return encoding
            .decode_without_bom_handling_and_without_replacement(&bytes[mark..])
            .map(|text| text.into_owned());
    }
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(200)]).into_owned();
    let declared =
        head.split_once("encoding=").and_then(|(_, rest)| rest.get(1..)?.split(['"', '\'']).next().map(str::to_owned));
    let encoding = declared.and_then(|label| Encoding::for_label(label.as_bytes())).unwrap_or(UTF_8);
    encoding.decode_without_bom_handling_and_without_replacement(bytes).map(|text| text.into_owned())
}
