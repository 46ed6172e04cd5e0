//! The certificate on A4, as PDF/A with the glyphs of the font that it needs.

use crate::config::Config;
use crate::import::certificate::font::{Font, GlyphRun};
use crate::import::certificate::form::{Certificate, Line};
use crate::texts::certificate as texts;
use crate::texts::import::certificate_failed;
use ferry_io::error::Result;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use krilla::color::rgb;
use krilla::configure::{Archival, Configuration, ConfigurationBuilder};
use krilla::geom::{PathBuilder, Point, Rect};
use krilla::metadata::{DateTime, Metadata};
use krilla::page::PageSettings;
use krilla::paint::Fill;
use krilla::surface::Surface;
use krilla::{Document, SerializeSettings};

/// A4 in points.
const PAGE: (f32, f32) = (595.0, 842.0);
/// Left and right margin.
const MARGIN: f32 = 62.0;
/// Top and bottom of the form.
const TOP: f32 = 48.0;
const BOTTOM: f32 = 784.0;
/// Where the values begin, and how wide they may be.
const VALUES: f32 = 202.0;
const VALUE_WIDTH: f32 = PAGE.0 - MARGIN - VALUES;
/// Width between the margins.
const WHOLE_WIDTH: f32 = PAGE.0 - 2.0 * MARGIN;
/// Font sizes.
const TITLE: f32 = 21.0;
const COURT: f32 = 14.0;
const TEXT: f32 = 10.5;
const SMALL: f32 = 7.5;
/// From one line of text to the next.
const LEADING: f32 = 14.5;
/// Above and below a line of the form.
const PADDING: f32 = 4.5;

const INK: (u8, u8, u8) = (0x1d, 0x25, 0x30);
const SOFT: (u8, u8, u8) = (0x5b, 0x66, 0x75);
const WARNING: (u8, u8, u8) = (0x9b, 0x1c, 0x1c);
const RULE: (u8, u8, u8) = (0xb4, 0xbd, 0xc9);

/// Renders certificates.
pub struct PdfRenderer {
    font: Font,
}

/// What is drawn on a page.
enum Element {
    /// A line of text: left edge, baseline, font size and colour.
    Text(f32, f32, f32, (u8, u8, u8), GlyphRun),
    /// A rule across the form.
    Rule(f32),
}

impl PdfRenderer {
    /// Reads the font that the configuration names.
    ///
    /// # Errors
    /// `FERRY-E0630` for a font that cannot be used.
    pub fn open(config: &Config) -> Result<Self> {
        Ok(Self::with(Font::open(&config.settle.certificate_font)?))
    }

    /// Renders with this font.
    pub fn with(font: Font) -> Self {
        Self { font }
    }

    /// The certificate as PDF.
    ///
    /// # Errors
    /// `FERRY-E0632` if the PDF cannot be made.
    pub fn pdf(&self, certificate: &Certificate, zone: &TimeZone) -> Result<Vec<u8>> {
        let failed = |why: &str| certificate_failed(&certificate.name, why);
        let settings = SerializeSettings {
            configuration: archival().ok_or_else(|| failed("PDF/A"))?,
            ..SerializeSettings::default()
        };
        let mut document = Document::new_with(settings);
        document.set_metadata(metadata(certificate, zone));
        let pages = self.layout(certificate);
        let count = pages.len();
        for (n, elements) in pages.into_iter().enumerate() {
            let settings = PageSettings::from_wh(PAGE.0, PAGE.1).ok_or_else(|| failed("page size"))?;
            let mut page = document.start_page_with(settings);
            let mut surface = page.surface();
            let footer = format!("{}  ·  {}/{count}", certificate.name, n + 1);
            let footer = self.font.lines(&footer, SMALL, WHOLE_WIDTH);
            for element in
                elements.into_iter().chain(footer.into_iter().map(|r| centred(SMALL, SOFT, PAGE.1 - 36.0, r)))
            {
                self.draw(&mut surface, element);
            }
            surface.finish();
            page.finish();
        }
        document.finish().map_err(|e| failed(&format!("{e:?}")))
    }

    /// The pages and what is drawn on them.
    fn layout(&self, certificate: &Certificate) -> Vec<Vec<Element>> {
        let mut layout = Layout { pages: vec![Vec::new()], y: TOP };
        self.heading(&mut layout, certificate);
        for line in &certificate.lines {
            self.line(&mut layout, line);
        }
        layout.put(Element::Rule(layout.y));
        self.footing(&mut layout);
        layout.pages
    }

    fn heading(&self, layout: &mut Layout, certificate: &Certificate) {
        let heading = [(certificate.court.as_str(), COURT, INK, 24.0), (texts::TITLE, TITLE, INK, 30.0)];
        let superseded = certificate.is_superseded.then_some((texts::SUPERSEDED, SMALL + 1.0, WARNING, 22.0));
        for (text, size, colour, height) in heading.into_iter().chain(superseded) {
            for run in self.font.lines(text, size, WHOLE_WIDTH) {
                layout.y += height;
                layout.put(centred(size, colour, layout.y, run));
            }
        }
        layout.y += 24.0;
    }

    /// A line of the form: its label, and its value on as many lines as it needs.
    fn line(&self, layout: &mut Layout, line: &Line) {
        let values = self.font.lines(&line.value, TEXT, VALUE_WIDTH);
        let height = values.len() as f32 * LEADING + 2.0 * PADDING;
        layout.make_room(height);
        layout.put(Element::Rule(layout.y));
        let first = layout.y + PADDING + TEXT;
        for run in self.font.lines(line.label, TEXT, VALUES - MARGIN) {
            layout.put(Element::Text(MARGIN, first, TEXT, INK, run));
        }
        for (n, run) in values.into_iter().enumerate() {
            layout.put(Element::Text(VALUES, first + n as f32 * LEADING, TEXT, INK, run));
        }
        layout.y += height;
    }

    /// The note below the form, and the lines to sign.
    fn footing(&self, layout: &mut Layout) {
        let note = self.font.lines(texts::NOTE, SMALL, WHOLE_WIDTH);
        layout.make_room(note.len() as f32 * 11.0 + 60.0);
        layout.y += 6.0;
        for run in note {
            layout.y += 11.0;
            layout.put(Element::Text(MARGIN, layout.y, SMALL, SOFT, run));
        }
        layout.y += 40.0;
        for (x, label) in [(MARGIN, texts::FILED_BY), (MARGIN + WHOLE_WIDTH / 2.0, texts::DATE)] {
            for run in self.font.lines(label, TEXT, WHOLE_WIDTH / 2.0) {
                layout.put(Element::Text(x, layout.y, TEXT, INK, run));
            }
        }
    }

    fn draw(&self, surface: &mut Surface<'_>, element: Element) {
        match element {
            Element::Text(x, y, size, colour, run) => {
                surface.set_fill(Some(fill(colour)));
                surface.draw_glyphs(Point::from_xy(x, y), &run.glyphs, self.font.font(), &run.text, size, false);
            }
            Element::Rule(y) => {
                let mut rule = PathBuilder::new();
                if let Some(rect) = Rect::from_xywh(MARGIN, y, WHOLE_WIDTH, 0.5) {
                    rule.push_rect(rect);
                }
                if let Some(rule) = rule.finish() {
                    surface.set_fill(Some(fill(RULE)));
                    surface.draw_path(&rule);
                }
            }
        }
    }
}

/// Pages so far, and where the next line goes.
struct Layout {
    pages: Vec<Vec<Element>>,
    y: f32,
}

impl Layout {
    fn put(&mut self, element: Element) {
        if let Some(page) = self.pages.last_mut() {
            page.push(element);
        }
    }

    /// Begins another page if this height does not fit on the current one.
    fn make_room(&mut self, height: f32) {
        if self.y + height > BOTTOM {
            self.put(Element::Rule(self.y));
            self.pages.push(Vec::new());
            self.y = TOP;
        }
    }
}

fn centred(size: f32, colour: (u8, u8, u8), y: f32, run: GlyphRun) -> Element {
    Element::Text((PAGE.0 - run.width * size) / 2.0, y, size, colour, run)
}

fn fill((red, green, blue): (u8, u8, u8)) -> Fill {
    Fill { paint: rgb::Color::new(red, green, blue).into(), ..Fill::default() }
}

/// PDF/A-2u: for archiving, with searchable text.
fn archival() -> Option<Configuration> {
    ConfigurationBuilder::new().with_archival_validator(Archival::A2_U).finish().ok()
}

/// Metadata. The date is the receipt's, so that rendering it again gives the same bytes.
fn metadata(certificate: &Certificate, zone: &TimeZone) -> Metadata {
    let title = format!("{} {} {}", texts::TITLE, certificate.case_no, certificate.name);
    let metadata = Metadata::new()
        .title(title)
        .authors(vec![certificate.court.clone()])
        .creator("inner-agent".into())
        .language("zh-CN".into())
        .document_id(certificate.name.clone());
    let Ok(at) = Timestamp::from_second(certificate.newest_s.get()) else { return metadata };
    let at = at.to_zoned(zone.clone());
    let (hours, minutes) = (at.offset().seconds() / 3600, at.offset().seconds().unsigned_abs() % 3600 / 60);
    let date = DateTime::new(at.year().unsigned_abs())
        .month(at.month().unsigned_abs())
        .day(at.day().unsigned_abs())
        .hour(at.hour().unsigned_abs())
        .minute(at.minute().unsigned_abs())
        .second(at.second().unsigned_abs())
        .utc_offset_hour(hours as i8)
        .utc_offset_minute(minutes as u8);
    metadata.creation_date(date)
}
