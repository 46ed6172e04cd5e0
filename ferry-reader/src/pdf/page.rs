//! What one page shows: its text by the reader's own eyes, and whatever on it is no text.

use hayro_interpret::font::{Glyph, GlyphRun, Type3Glyph};
use hayro_interpret::hayro_cmap::BfString;
use hayro_interpret::hayro_syntax::object::{Dict, String as PdfString};
use hayro_interpret::kurbo::{Affine, BezPath, PathEl, Point, Rect, Shape};
use hayro_interpret::pattern::Pattern;
use hayro_interpret::{BlendMode, ClipPath, Device, DrawMode, DrawProps, Image, ImageDrawProps, Paint, SoftMask};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;

/// Longest text of one page that is kept, bytes.
const TEXT_BYTES_MAX: usize = 4 << 20;
/// Areas of images that are kept for one page: more are one.
const AREAS_MAX: usize = 4096;
/// Patterns and masks within patterns and masks.
const DEPTH_MAX: u32 = 4;
/// Turns of a line that may be several letters.
const WORD_BENDS: u32 = 24;
/// Smaller text is not seen, points.
const VISIBLE_PT: f64 = 2.0;
/// What a glyph's outline may measure, points: text of people is neither smaller nor larger.
const GLYPH_PT: std::ops::Range<f64> = 3.0..80.0;

/// A rectangle on a page, in points.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Area {
    /// Left.
    pub x0: f64,
    /// Bottom.
    pub y0: f64,
    /// Right.
    pub x1: f64,
    /// Top.
    pub y1: f64,
}

impl Area {
    /// From its corners.
    pub fn new(x0: f64, y0: f64, x1: f64, y1: f64) -> Self {
        Self { x0: x0.min(x1), y0: y0.min(y1), x1: x0.max(x1), y1: y0.max(y1) }
    }

    /// Width.
    pub fn width(&self) -> f64 {
        self.x1 - self.x0
    }

    /// Height.
    pub fn height(&self) -> f64 {
        self.y1 - self.y0
    }

    /// Whether a point lies in it.
    pub fn contains(&self, (x, y): (f64, f64)) -> bool {
        (self.x0..=self.x1).contains(&x) && (self.y0..=self.y1).contains(&y)
    }

    /// The smallest that holds both.
    pub fn union(&self, other: &Self) -> Self {
        Self {
            x0: self.x0.min(other.x0),
            y0: self.y0.min(other.y0),
            x1: self.x1.max(other.x1),
            y1: self.y1.max(other.y1),
        }
    }
}

impl From<Rect> for Area {
    fn from(rect: Rect) -> Self {
        Self::new(rect.x0, rect.y0, rect.x1, rect.y1)
    }
}

/// An image, or what is drawn as lines and curves of the size of letters.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Drawn {
    /// Where.
    pub area: Area,
    /// The object that it is, where it is one: the same picture may be drawn in several places.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object: Option<u32>,
    /// Glyphs that lie in it.
    pub glyphs: u32,
    /// From the lowest to the highest of them, points.
    pub glyphs_height: f64,
}

/// What a page shows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PageFacts {
    /// Its box.
    pub bounds: Area,
    /// Its text, first as it is drawn, then line by line from the top.
    pub text: String,
    /// Glyphs that stand for a character, blanks apart; drawn twice at one place, or outside the page, they are not counted.
    pub glyphs: u32,
    /// How often each digit is among them.
    pub digits: [u32; 10],
    /// Glyphs that stand for no known character.
    pub unknown: u32,
    /// Whether a font could not be read: its text is not there at all.
    pub has_unread_font: bool,
    /// Images.
    pub images: Vec<Drawn>,
    /// Lines and curves of the size of letters: how many.
    pub outlines: u32,
    /// Where they are.
    pub outlined: Option<Drawn>,
}

/// One glyph.
struct Placed {
    x: f64,
    y: f64,
    /// Height of the font there, points.
    em: f64,
    /// Whether people see it.
    is_visible: bool,
    text: String,
}

/// Reads a page while it is interpreted.
pub struct PageReader {
    bounds: Area,
    placed: Vec<Placed>,
    text: String,
    unknown: u32,
    images: Vec<(Area, Option<u32>)>,
    outlines: u32,
    outlined: Option<Area>,
    depth: u32,
}

impl PageReader {
    /// A page with this box.
    pub fn new(bounds: Area) -> Self {
        Self {
            bounds,
            placed: Vec::new(),
            text: String::new(),
            unknown: 0,
            images: Vec::new(),
            outlines: 0,
            outlined: None,
            depth: 0,
        }
    }

    /// What was read; whether a font could not be.
    pub fn facts(self, has_unread_font: bool) -> PageFacts {
        let mut facts =
            PageFacts { bounds: self.bounds, unknown: self.unknown, has_unread_font, ..PageFacts::default() };
        let counted = self.count(&mut facts);
        let drawn = |area: &Area, object: Option<u32>| {
            let within: Vec<f64> = counted.iter().filter(|at| area.contains(**at)).map(|at| at.1).collect();
            let lowest = within.iter().copied().fold(f64::MAX, f64::min);
            let highest = within.iter().copied().fold(f64::MIN, f64::max);
            Drawn { area: *area, object, glyphs: within.len() as u32, glyphs_height: (highest - lowest).max(0.0) }
        };
        facts.images = self.images.iter().map(|(area, object)| drawn(area, *object)).collect();
        facts.outlined = self.outlined.as_ref().map(|area| drawn(area, None));
        facts.outlines = self.outlines;
        let all = lines(&mut self.placed.iter().collect::<Vec<_>>());
        let mut seen: Vec<&Placed> = self.placed.iter().filter(|glyph| glyph.is_visible).collect();
        // What nobody sees may stand between what people read.
        let visible = if seen.len() == self.placed.len() { String::new() } else { lines(&mut seen) };
        facts.text = [self.text.as_str(), &all, &visible].join("\n");
        facts
    }

    /// Counts glyphs, and gives where those are that were counted.
    fn count(&self, facts: &mut PageFacts) -> Vec<(f64, f64)> {
        let (mut seen, mut counted) = (HashSet::new(), Vec::new());
        for glyph in &self.placed {
            // A bold font that is missing is drawn as the same glyph twice, a little apart.
            let step = (glyph.em * 0.1).max(0.3);
            let place = ((glyph.x / step).round() as i64, (glyph.y / step).round() as i64);
            let is_within = self.bounds.contains((glyph.x, glyph.y));
            // Its copy may lie in the next cell.
            let around = (-1..=1).flat_map(|dx| (-1..=1).map(move |dy| (place.0 + dx, place.1 + dy)));
            let is_again = around.into_iter().any(|cell| seen.contains(&(cell, glyph.text.as_str())));
            if glyph.text.trim().is_empty() || !is_within || is_again {
                continue;
            }
            seen.insert((place, glyph.text.as_str()));
            counted.push((glyph.x, glyph.y));
            facts.glyphs += 1;
            for c in glyph.text.chars() {
                if let Some(digit) = digit(c) {
                    facts.digits[digit] += 1;
                }
            }
        }
        counted
    }

    fn add_text(&mut self, text: &str) {
        if self.text.len() + text.len() <= TEXT_BYTES_MAX {
            self.text.push_str(text);
        } else {
            self.unknown += 1;
        }
    }

    /// What is painted with a pattern or through a mask may be text too.
    fn look_behind<'a>(&mut self, paint: Option<(&Paint<'a>, Affine)>, mask: Option<&SoftMask<'a>>) {
        let is_deep = self.depth >= DEPTH_MAX;
        if is_deep {
            let has_more = mask.is_some() || matches!(paint, Some((Paint::Pattern(_), _)));
            self.unknown += u32::from(has_more);
            return;
        }
        self.depth += 1;
        if let Some((Paint::Pattern(pattern), transform)) = paint
            && let Pattern::Tiling(tiling) = pattern.as_ref()
        {
            let _ = tiling.interpret(self, transform * tiling.matrix, false);
        }
        if let Some(mask) = mask {
            mask.interpret(self);
        }
        self.depth -= 1;
    }

    /// What the drawing of a glyph shows beside the character that it stands for: text of another font, or a picture.
    fn look_at_drawing<'a>(&mut self, glyph: &Type3Glyph<'a>, at: (Affine, Affine), paint: &Paint<'a>) {
        if self.depth >= DEPTH_MAX {
            self.unknown += 1;
            return;
        }
        let mut inside = PageReader { depth: self.depth + 1, ..PageReader::new(self.bounds) };
        glyph.interpret(&mut inside, at.0, at.1, paint);
        self.unknown += inside.unknown + inside.placed.len() as u32;
        let is_large = |area: &Area| area.width().max(area.height()) > GLYPH_PT.end;
        self.images.extend(inside.images.into_iter().filter(|(area, _)| is_large(area)));
    }

    fn add_outline(&mut self, path: &BezPath, transform: Affine) {
        let shapes = letter_shapes(path, transform);
        for shape in shapes {
            self.outlines += 1;
            self.outlined = Some(self.outlined.map_or(shape, |known| known.union(&shape)));
        }
    }
}

/// The digit that a character is in Western writing; readers agree on these.
pub fn digit(c: char) -> Option<usize> {
    match c {
        '0'..='9' => Some(c as usize - '0' as usize),
        '０'..='９' => Some(c as usize - '０' as usize),
        _ => None,
    }
}

/// The parts of a path that may be letters: of the size of letters, with a curve or a slanted line. A rule or a border has only
/// upright and level lines.
fn letter_shapes(path: &BezPath, transform: Affine) -> Vec<Area> {
    let mut shapes = Vec::new();
    let mut part: Vec<Point> = Vec::new();
    let (mut bends, mut from) = (0, Point::ZERO);
    let mut close = |part: &mut Vec<Point>, bends: &mut u32| {
        let area = part.iter().map(|p| Area::new(p.x, p.y, p.x, p.y)).reduce(|a, b| a.union(&b));
        let is_letter = |area: &Area| *bends > 0 && GLYPH_PT.contains(&area.width().max(area.height()));
        // Several letters may be one line: low, and with many turns.
        let is_word = |area: &Area| *bends >= WORD_BENDS && area.height() <= GLYPH_PT.end;
        match area {
            Some(area) if is_letter(&area) => shapes.push(area),
            Some(area) if is_word(&area) => shapes.extend(vec![area; (*bends / 4) as usize]),
            _ => {}
        }
        part.clear();
        *bends = 0;
    };
    for element in path.elements() {
        match transform * *element {
            PathEl::MoveTo(p) => {
                close(&mut part, &mut bends);
                part.push(p);
                from = p;
            }
            PathEl::LineTo(p) => {
                let (dx, dy) = ((p.x - from.x).abs(), (p.y - from.y).abs());
                bends += u32::from(dx > 0.3 && dy > 0.3);
                part.push(p);
                from = p;
            }
            PathEl::QuadTo(a, p) => {
                bends += 1;
                part.extend([a, p]);
                from = p;
            }
            PathEl::CurveTo(a, b, p) => {
                bends += 1;
                part.extend([a, b, p]);
                from = p;
            }
            PathEl::ClosePath => {}
        }
    }
    close(&mut part, &mut bends);
    shapes
}

impl<'a> Device<'a> for PageReader {
    fn draw_path(&mut self, path: &BezPath, props: DrawProps<'a>, _: &DrawMode) {
        self.add_outline(path, props.transform);
        self.look_behind(Some((&props.paint, props.transform)), props.soft_mask.as_ref());
    }

    fn push_clip_path(&mut self, clip: &ClipPath) {
        // A picture of text may be cut out of a filled page.
        self.add_outline(&clip.path, Affine::IDENTITY);
    }

    fn push_clip_rect(&mut self, _: &Rect) {}

    fn push_transparency_group(&mut self, _: f32, mask: Option<SoftMask<'a>>, _: BlendMode) {
        self.look_behind(None, mask.as_ref());
    }

    fn draw_glyph_run(&mut self, run: &GlyphRun<'_, 'a>, props: DrawProps<'a>, mode: &DrawMode) {
        for glyph in run.glyphs() {
            if let Glyph::Type3(drawing) = &**glyph {
                self.look_at_drawing(drawing, (props.transform, glyph.transform()), &props.paint);
            }
            let text = match glyph.as_unicode() {
                Some(BfString::Char(c)) => c.to_string(),
                Some(BfString::String(text)) => text,
                None => {
                    self.unknown += 1;
                    continue;
                }
            };
            if text.chars().any(is_no_character) {
                self.unknown += 1;
            }
            self.add_text(&text);
            let transform = props.transform * glyph.transform();
            let (at, above) = (transform * Point::ZERO, transform * Point::new(0.0, 1000.0));
            let em = (above - at).hypot();
            let is_visible = em >= VISIBLE_PT && !matches!(mode, DrawMode::Invisible);
            self.placed.push(Placed { x: at.x, y: at.y, em, is_visible, text });
        }
        self.add_text("\n");
        self.look_behind(Some((&props.paint, props.transform)), props.soft_mask.as_ref());
    }

    fn draw_image(&mut self, image: Image<'a, '_>, props: ImageDrawProps<'a>) {
        let unit = Rect::new(0.0, 0.0, f64::from(image.width()), f64::from(image.height()));
        let area = Area::from((props.transform * unit.to_path(0.1)).bounding_box());
        if self.images.len() < AREAS_MAX {
            let object = match &image {
                Image::Raster(raster) => raster.stream().obj_id(),
                Image::Stencil(stencil) => stencil.stream().obj_id(),
            };
            self.images.push((area, Some(object.obj_number).filter(|number| *number > 0)));
        } else if let Some((last, _)) = self.images.last_mut() {
            *last = last.union(&area);
        }
        self.look_behind(None, props.soft_mask.as_ref());
    }

    fn pop_clip(&mut self) {}

    fn pop_transparency_group(&mut self) {}

    fn draw_rect(&mut self, _: &Rect, props: DrawProps<'a>, _: &DrawMode) {
        self.look_behind(Some((&props.paint, props.transform)), props.soft_mask.as_ref());
    }

    fn begin_marked_content(&mut self, _: &[u8], properties: Option<&Dict<'_>>) {
        // What a program reads aloud or copies in place of what is shown.
        for key in ["ActualText", "Alt", "E"] {
            if let Some(text) = properties.and_then(|p| p.get::<PdfString<'_>>(key)) {
                self.add_text(&crate::pdf::objects::decode(text.as_bytes()));
                self.add_text("\n");
            }
        }
    }
}

/// Whether a glyph stands for no character that people could name: only the court's own fonts show private-use ones.
fn is_no_character(c: char) -> bool {
    matches!(c, '\u{fffd}' | '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..='\u{10ffff}' | '\u{200b}'..='\u{200f}')
        || c.is_control() && !c.is_whitespace()
}

/// The glyphs line by line from the top of the page, with a blank where there is room for one. A line is as high as less than half
/// of its font.
fn lines(placed: &mut [&Placed]) -> String {
    placed.sort_by(|a, b| b.y.total_cmp(&a.y));
    let mut text = String::new();
    let mut from = 0;
    while from < placed.len() {
        let (top, height) = (placed[from].y, (placed[from].em * 0.4).max(1.0));
        let to = from + placed[from..].iter().take_while(|glyph| top - glyph.y <= height).count();
        let line = &mut placed[from..to];
        line.sort_by(|a, b| a.x.total_cmp(&b.x));
        let mut last: Option<&Placed> = None;
        for glyph in line.iter() {
            if last.is_some_and(|before| glyph.x - before.x > before.em * 1.4) {
                text.push(' ');
            }
            text.push_str(&glyph.text);
            last = Some(glyph);
        }
        text.push('\n');
        from = to;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn glyphs_that_are_drawn_one_by_one_are_one_line() {
        let placed = |x: f64, y: f64, text: &str| Placed { x, y, em: 10.0, is_visible: true, text: text.into() };
        let of = |glyphs: &[Placed]| lines(&mut glyphs.iter().collect::<Vec<_>>());
        let glyphs =
            [placed(30.0, 100.0, "3"), placed(10.0, 103.0, "1"), placed(20.0, 99.9, "2"), placed(10.0, 80.0, "下")];
        assert_eq!(of(&glyphs), "123\n下\n");
        assert_eq!(of(&[placed(10.0, 100.0, "a"), placed(40.0, 100.0, "b")]), "a b\n");
    }

    #[test]
    fn a_curve_of_the_size_of_a_letter_may_be_one_and_a_rule_or_a_large_ornament_is_none() {
        let path = |svg: &str| BezPath::from_svg(svg).unwrap();
        let count = |svg: &str| letter_shapes(&path(svg), Affine::IDENTITY).len();
        assert_eq!(count("M0 0 C5 0 10 5 10 10 Z"), 1);
        assert_eq!(count("M0 0 L6 10 L0 10 Z M20 0 L26 10 L20 10 Z"), 2);
        assert_eq!(count("M0 0 L500 0 L500 1 L0 1 Z"), 0);
        assert_eq!(count("M0 0 C200 0 300 100 300 300 Z"), 0);
    }
}
