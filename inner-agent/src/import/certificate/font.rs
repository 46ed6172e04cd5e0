//! One font, read once: glyphs, widths, and line breaks.

use crate::texts::certificate::{REQUIRED_CHARACTERS, missing_character};
use crate::texts::import as texts;
use ferry_format::text::Text;
use ferry_format::texts::errors::io as io_text;
use ferry_io::error::Result;
use krilla::text::{Font as KrillaFont, GlyphId, KrillaGlyph};
use std::path::Path;
use std::sync::Arc;
use ttf_parser::{Face, name_id};

/// Longest font file: the largest collections of Chinese faces are below it.
const FONT_BYTES_MAX: u64 = 256 << 20;

/// A font.
pub struct Font {
    data: Arc<Vec<u8>>,
    index: u32,
    font: KrillaFont,
}

/// Glyphs drawn on one line.
pub struct GlyphRun {
    /// The text.
    pub text: String,
    /// Its glyphs.
    pub glyphs: Vec<KrillaGlyph>,
    /// Width at font size 1.
    pub width: f32,
}

impl Font {
    /// Reads a font; of a collection, the face for simplified Chinese.
    ///
    /// # Errors
    /// `FERRY-E0630` for a file that cannot be read, is not a font, or lacks characters that every form needs.
    pub fn open(path: &Path) -> Result<Self> {
        let unusable = |why: Text| texts::font_unusable(path.display(), why);
        let unreadable = |e: std::io::Error| unusable(io_text(&e));
        let bytes = std::fs::metadata(path).map_err(unreadable)?.len();
        if bytes > FONT_BYTES_MAX {
            return Err(unusable(texts::font_too_long(FONT_BYTES_MAX)));
        }
        let data = Arc::new(std::fs::read(path).map_err(unreadable)?);
        let index = simplified(&data);
        let face = Face::parse(&data, index).map_err(|e| unusable(Text::verbatim(e.to_string())))?;
        if let Some(c) = REQUIRED_CHARACTERS.chars().find(|c| face.glyph_index(*c).is_none()) {
            return Err(unusable(texts::font_lacks(c)));
        }
        let font = KrillaFont::new(data.clone().into(), index).ok_or_else(|| unusable(texts::font_not_embeddable()))?;
        Ok(Self { data, index, font })
    }

    /// The font to draw with.
    pub fn font(&self) -> KrillaFont {
        self.font.clone()
    }

    /// Breaks a text into lines at most `width` wide at font size `size`. A character that the font lacks is shown as its
    /// code point.
    pub fn lines(&self, text: &str, size: f32, width: f32) -> Vec<GlyphRun> {
        let Ok(face) = Face::parse(&self.data, self.index) else { return Vec::new() };
        let drawable = drawable(&face, text);
        let mut lines = Vec::new();
        for paragraph in drawable.split('\n') {
            let mut rest = paragraph;
            loop {
                let cut = fitting(&face, rest, width / size);
                let (line, more) = rest.split_at(cut);
                lines.push(glyph_run(&face, line.trim_end()));
                rest = more.trim_start_matches(' ');
                if rest.is_empty() {
                    break;
                }
            }
        }
        lines
    }
}

/// Index of the face for simplified Chinese in a collection; 0 if none is named so.
fn simplified(data: &[u8]) -> u32 {
    let count = ttf_parser::fonts_in_collection(data).unwrap_or(1);
    let is_simplified = |index: &u32| {
        let Ok(face) = Face::parse(data, *index) else { return false };
        let names = face.names().into_iter().filter(|n| matches!(n.name_id, name_id::FAMILY | name_id::FULL_NAME));
        names.filter_map(|n| n.to_string()).any(|name| name.split(' ').any(|word| matches!(word, "SC" | "CN")))
    };
    (0..count).find(is_simplified).unwrap_or(0)
}

fn drawable(face: &Face<'_>, text: &str) -> String {
    let mut drawable = String::with_capacity(text.len());
    for c in text.chars() {
        if c == '\n' || face.glyph_index(c).is_some() {
            drawable.push(c);
        } else {
            drawable.push_str(&missing_character(c));
        }
    }
    drawable
}

fn advance(face: &Face<'_>, c: char) -> f32 {
    let glyph = face.glyph_index(c).unwrap_or_default();
    f32::from(face.glyph_hor_advance(glyph).unwrap_or_default()) / f32::from(face.units_per_em())
}

/// How many bytes of a text fit on a line: up to its last space if that fills more than half of the line, otherwise up to
/// its last character; at least one character.
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

fn glyph_run(face: &Face<'_>, text: &str) -> GlyphRun {
    let glyph = |(at, c): (usize, char)| {
        let id = GlyphId::new(u32::from(face.glyph_index(c).unwrap_or_default().0));
        KrillaGlyph::new(id, advance(face, c), 0.0, 0.0, 0.0, at..at + c.len_utf8(), None)
    };
    let glyphs: Vec<_> = text.char_indices().map(glyph).collect();
    let width = glyphs.iter().map(|g| g.x_advance).sum();
    GlyphRun { text: text.to_owned(), glyphs, width }
}
