//! One font, read once: which glyph a character is, how wide it is, and where lines break.

use ferry_io::error::{Error, Result};
use ferry_io::exit_code::CONFIGURATION;
use krilla::text::{Font, GlyphId, KrillaGlyph};
use std::path::Path;
use std::sync::Arc;
use ttf_parser::{Face, name_id};

/// Longest font file: the largest collections of Chinese faces are below it.
const FONT_BYTES_MAX: u64 = 256 << 20;
/// What every certificate needs, beside what it says: without these a font is not taken.
const NEEDED: &str = "送达回证人民法院受查阅签收（）〔〕，。—年月日 ABCxyz0123456789:/.-+";

/// A font.
pub struct Typeface {
    data: Arc<Vec<u8>>,
    index: u32,
    font: Font,
}

/// A piece of text that is drawn on one line, and its width for a font size of 1.
pub struct Set {
    /// The text.
    pub text: String,
    /// Its glyphs.
    pub glyphs: Vec<KrillaGlyph>,
    /// Their width.
    pub width: f32,
}

impl Typeface {
    /// Reads a font; of a collection, the face for simplified Chinese.
    ///
    /// # Errors
    /// A configuration failure for a file that cannot be read, is no font, or lacks characters that every form needs.
    pub fn open(path: &Path) -> Result<Self> {
        let wrong = |why: String| {
            let hint = "name a font with Chinese characters, as those of the Debian package fonts-noto-cjk";
            let message = format!("{}: `settle.certificate-font`: {why}", path.display());
            Error::new(CONFIGURATION, "FERRY-E0630", message, hint)
        };
        let bytes = std::fs::metadata(path).map_err(|e| wrong(e.to_string()))?.len();
        if bytes > FONT_BYTES_MAX {
            return Err(wrong(format!("it is longer than {FONT_BYTES_MAX} bytes")));
        }
        let data = Arc::new(std::fs::read(path).map_err(|e| wrong(e.to_string()))?);
        let index = simplified(&data);
        let face = Face::parse(&data, index).map_err(|e| wrong(e.to_string()))?;
        if let Some(c) = NEEDED.chars().find(|c| face.glyph_index(*c).is_none()) {
            return Err(wrong(format!("it has no glyph for {c}")));
        }
        let font = Font::new(data.clone().into(), index).ok_or_else(|| wrong("it cannot be embedded".into()))?;
        Ok(Self { data, index, font })
    }

    /// The font, to be drawn with.
    pub fn font(&self) -> Font {
        self.font.clone()
    }

    /// Breaks a text into lines that are at most `width` wide at that font size. A character that the font lacks is
    /// shown as its code point.
    pub fn lines(&self, text: &str, size: f32, width: f32) -> Vec<Set> {
        let Ok(face) = Face::parse(&self.data, self.index) else { return Vec::new() };
        let shown = shown(&face, text);
        let mut lines = Vec::new();
        for paragraph in shown.split('\n') {
            let mut rest = paragraph;
            loop {
                let cut = fitting(&face, rest, width / size);
                let (line, more) = rest.split_at(cut);
                lines.push(set(&face, line.trim_end()));
                rest = more.trim_start_matches(' ');
                if rest.is_empty() {
                    break;
                }
            }
        }
        lines
    }
}

/// The face for simplified Chinese of a collection; the first of any other.
fn simplified(data: &[u8]) -> u32 {
    let count = ttf_parser::fonts_in_collection(data).unwrap_or(1);
    let is_simplified = |index: &u32| {
        let Ok(face) = Face::parse(data, *index) else { return false };
        let names = face.names().into_iter().filter(|n| matches!(n.name_id, name_id::FAMILY | name_id::FULL_NAME));
        names.filter_map(|n| n.to_string()).any(|name| name.split(' ').any(|word| matches!(word, "SC" | "CN")))
    };
    (0..count).find(is_simplified).unwrap_or(0)
}

fn shown(face: &Face<'_>, text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if c == '\n' || face.glyph_index(c).is_some() {
            shown.push(c);
        } else {
            shown.push_str(&format!("〔U+{:04X}〕", u32::from(c)));
        }
    }
    shown
}

fn advance(face: &Face<'_>, c: char) -> f32 {
    let glyph = face.glyph_index(c).unwrap_or_default();
    f32::from(face.glyph_hor_advance(glyph).unwrap_or_default()) / f32::from(face.units_per_em())
}

/// How many bytes of a text fit: to the last space where that leaves most of the line, else to the last character, and
/// at least one.
fn fitting(face: &Face<'_>, text: &str, width: f32) -> usize {
    let (mut used, mut space) = (0.0, 0);
    for (at, c) in text.char_indices() {
        used += advance(face, c);
        if c == ' ' {
            space = at;
        }
        if used > width && at > 0 {
            return if space * 2 > at { space } else { at };
        }
    }
    text.len()
}

fn set(face: &Face<'_>, text: &str) -> Set {
    let glyph = |(at, c): (usize, char)| {
        let id = GlyphId::new(u32::from(face.glyph_index(c).unwrap_or_default().0));
        KrillaGlyph::new(id, advance(face, c), 0.0, 0.0, 0.0, at..at + c.len_utf8(), None)
    };
    let glyphs: Vec<_> = text.char_indices().map(glyph).collect();
    let width = glyphs.iter().map(|g| g.x_advance).sum();
    Set { text: text.to_owned(), glyphs, width }
}
