//! The certificate on A4, as PDF/A with the characters that it needs of the font.

use crate::config::Config;
use crate::import::certificate::typeface::{Set, Typeface};
use crate::import::certificate::{Certificate, NOTE_EN, NOTE_ZH, SUPERSEDED_EN, SUPERSEDED_ZH};
use ferry_io::error::{Error, Result};
use ferry_io::exit_code::IO;
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
/// First and last line of the form.
const TOP: f32 = 48.0;
const BOTTOM: f32 = 784.0;
/// Where the values begin, and how wide they may be.
const VALUES: f32 = 202.0;
const VALUE_WIDTH: f32 = PAGE.0 - MARGIN - VALUES;
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

/// Prints certificates.
pub struct Press {
    typeface: Typeface,
}

/// What stands on a page.
enum Mark {
    /// A line of text: where it begins, its baseline, font size and colour.
    Text(f32, f32, f32, (u8, u8, u8), Set),
    /// A rule across the form.
    Rule(f32),
}

impl Press {
    /// With the font that the configuration names.
    ///
    /// # Errors
    /// A configuration failure for a font that cannot be used.
    pub fn open(config: &Config) -> Result<Self> {
        Ok(Self::with(Typeface::open(&config.settle.certificate_font)?))
    }

    /// With a font that was read.
    pub fn with(typeface: Typeface) -> Self {
        Self { typeface }
    }

    /// The certificate as a PDF.
    ///
    /// # Errors
    /// An input or output failure where the PDF cannot be made.
    pub fn pdf(&self, certificate: &Certificate, zone: &TimeZone) -> Result<Vec<u8>> {
        let failed = |why: String| {
            let hint = "the receipt is settled; check the font and run the import again";
            Error::new(IO, "FERRY-E0632", format!("certificate {}: {why}", certificate.name), hint)
        };
        let settings = SerializeSettings {
            configuration: archival().ok_or_else(|| failed("PDF/A".into()))?,
            ..SerializeSettings::default()
        };
        let mut document = Document::new_with(settings);
        document.set_metadata(metadata(certificate, zone));
        let pages = self.laid_out(certificate);
        let count = pages.len();
        for (n, marks) in pages.into_iter().enumerate() {
            let settings = PageSettings::from_wh(PAGE.0, PAGE.1).ok_or_else(|| failed("page size".into()))?;
            let mut page = document.start_page_with(settings);
            let mut surface = page.surface();
            let foot = format!("{}  ·  {}/{count}", certificate.name, n + 1);
            let foot = self.typeface.lines(&foot, SMALL, PAGE.0 - 2.0 * MARGIN);
            for mark in marks.into_iter().chain(foot.into_iter().map(|s| centred(SMALL, SOFT, PAGE.1 - 36.0, s))) {
                self.draw(&mut surface, mark);
            }
            surface.finish();
            page.finish();
        }
        document.finish().map_err(|e| failed(format!("{e:?}")))
    }

    /// The pages and what stands on them.
    fn laid_out(&self, certificate: &Certificate) -> Vec<Vec<Mark>> {
        let mut form = Form { pages: vec![Vec::new()], y: TOP };
        let whole = PAGE.0 - 2.0 * MARGIN;
        let heading = [
            (certificate.court.as_str(), COURT, INK, 24.0),
            ("送达回证", TITLE, INK, 30.0),
            ("Certificate of electronic service", SMALL + 1.0, SOFT, 18.0),
        ];
        for (text, size, colour, height) in heading {
            for set in self.typeface.lines(text, size, whole) {
                form.y += height;
                form.put(centred(size, colour, form.y, set));
            }
        }
        if certificate.superseded {
            for set in self.typeface.lines(&format!("{SUPERSEDED_ZH} {SUPERSEDED_EN}"), SMALL + 1.0, whole) {
                form.y += 18.0;
                form.put(centred(SMALL + 1.0, WARNING, form.y, set));
            }
        }
        form.y += 16.0;
        for line in &certificate.lines {
            let values = self.typeface.lines(&line.value, TEXT, VALUE_WIDTH);
            let height = values.len() as f32 * LEADING + 2.0 * PADDING;
            form.make_room(height);
            form.put(Mark::Rule(form.y));
            let first = form.y + PADDING + TEXT;
            let mut x = MARGIN;
            for (text, size, colour) in [(line.zh, TEXT, INK), (line.en, SMALL, SOFT)] {
                for set in self.typeface.lines(text, size, VALUES - MARGIN) {
                    let width = set.width * size;
                    form.put(Mark::Text(x, first, size, colour, set));
                    x += width + 5.0;
                }
            }
            for (n, set) in values.into_iter().enumerate() {
                form.put(Mark::Text(VALUES, first + n as f32 * LEADING, TEXT, INK, set));
            }
            form.y += height;
        }
        form.put(Mark::Rule(form.y));
        let notes = [NOTE_ZH, NOTE_EN].map(|note| self.typeface.lines(note, SMALL, whole));
        form.make_room(notes.iter().map(Vec::len).sum::<usize>() as f32 * 11.0 + 60.0);
        form.y += 6.0;
        for set in notes.into_iter().flatten() {
            form.y += 11.0;
            form.put(Mark::Text(MARGIN, form.y, SMALL, SOFT, set));
        }
        form.y += 40.0;
        for (x, label) in [(MARGIN, "归卷人 Filed by"), (MARGIN + whole / 2.0, "日期 Date")] {
            for set in self.typeface.lines(label, TEXT, whole / 2.0) {
                form.put(Mark::Text(x, form.y, TEXT, INK, set));
            }
        }
        form.pages
    }

    fn draw(&self, surface: &mut Surface<'_>, mark: Mark) {
        match mark {
            Mark::Text(x, y, size, colour, set) => {
                surface.set_fill(Some(fill(colour)));
                surface.draw_glyphs(Point::from_xy(x, y), &set.glyphs, self.typeface.font(), &set.text, size, false);
            }
            Mark::Rule(y) => {
                let mut rule = PathBuilder::new();
                if let Some(rect) = Rect::from_xywh(MARGIN, y, PAGE.0 - 2.0 * MARGIN, 0.5) {
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

/// Where the next line of the form goes.
struct Form {
    pages: Vec<Vec<Mark>>,
    y: f32,
}

impl Form {
    fn put(&mut self, mark: Mark) {
        if let Some(page) = self.pages.last_mut() {
            page.push(mark);
        }
    }

    /// Begins another page where so much does not fit on this one.
    fn make_room(&mut self, height: f32) {
        if self.y + height > BOTTOM {
            self.put(Mark::Rule(self.y));
            self.pages.push(Vec::new());
            self.y = TOP;
        }
    }
}

fn centred(size: f32, colour: (u8, u8, u8), y: f32, set: Set) -> Mark {
    Mark::Text((PAGE.0 - set.width * size) / 2.0, y, size, colour, set)
}

fn fill((red, green, blue): (u8, u8, u8)) -> Fill {
    Fill { paint: rgb::Color::new(red, green, blue).into(), ..Fill::default() }
}

/// PDF/A-2u: for keeping, with text that can be searched.
fn archival() -> Option<Configuration> {
    ConfigurationBuilder::new().with_archival_validator(Archival::A2_U).finish().ok()
}

/// What the file says of itself. Its date is the receipt's, so that printing it again gives the same bytes.
fn metadata(certificate: &Certificate, zone: &TimeZone) -> Metadata {
    let title = format!("送达回证 {} {}", certificate.case_no, certificate.name);
    let metadata = Metadata::new()
        .title(title)
        .authors(vec![certificate.court.clone()])
        .creator("inner-agent".into())
        .language("zh-CN".into())
        .document_id(certificate.name.clone());
    let Ok(at) = Timestamp::from_second(certificate.newest_s) else { return metadata };
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
