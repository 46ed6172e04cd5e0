//! PDFs with Chinese text, and scans of any size.

use crate::random::Random;
use crate::texts::{self, failed};
use ferry_format::crypto::hash::sha256;
use ferry_io::error::{Error, Result};
use krilla::Document;
use krilla::geom::{Point, Size};
use krilla::image::Image;
use krilla::page::PageSettings;
use krilla::text::{Font, TextDirection};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// Collections of fonts with Chinese characters, and the index of the simplified Chinese face.
const FONTS: [(&str, u32); 2] = [
    ("/usr/share/fonts/opentype/noto/NotoSerifCJK-Regular.ttc", 2),
    ("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc", 2),
];
/// The court on letterhead and seal line.
pub const COURT_NAME: &str = "东昌区人民法院";
/// Characters on one line.
const LINE_CHARACTERS: usize = 32;
/// Lines on one page.
const PAGE_LINES: usize = 36;
/// Pixels of one scanned page.
const SCAN: (u32, u32) = (1240, 1754);

/// Read once: it is twenty megabytes, and a programme of many days prints on each of them.
static FONT: OnceLock<Font> = OnceLock::new();

/// What was printed, by the digest of its text: courts of the same seed have the same documents, and a programme of many
/// days prints each of them over and over.
static PRINTED: Mutex<BTreeMap<[u8; 32], Arc<[u8]>>> = Mutex::new(BTreeMap::new());
/// Documents that are kept so; a large court's are printed once each.
const PRINTED_MAX: usize = 4096;

/// Prints documents with one font.
pub struct Printer(Font);

impl Printer {
    /// Finds a font.
    pub fn new() -> Result<Self> {
        if let Some(font) = FONT.get() {
            return Ok(Self(font.clone()));
        }
        let found = FONTS.iter().find(|(path, _)| Path::new(path).exists()).ok_or_else(texts::no_font)?;
        let data = std::fs::read(found.0).map_err(|e| Error::io(Path::new(found.0), &e, false))?;
        let font = Font::new(data.into(), found.1).ok_or_else(|| failed("font", found.0))?;
        Ok(Self(FONT.get_or_init(|| font).clone()))
    }

    /// A document: title, then text, over as many pages as it takes.
    pub fn document(&self, title: &str, text: &str) -> Result<Arc<[u8]>> {
        let kept = || PRINTED.lock().unwrap_or_else(PoisonError::into_inner);
        let key = sha256(format!("{title}\n{text}").as_bytes());
        if let Some(printed) = kept().get(&key) {
            return Ok(printed.clone());
        }
        let printed: Arc<[u8]> = self.print(title, text)?.into();
        let mut kept = kept();
        if kept.len() < PRINTED_MAX {
            kept.insert(key, printed.clone());
        }
        Ok(printed)
    }

    fn print(&self, title: &str, text: &str) -> Result<Vec<u8>> {
        let mut lines = Vec::new();
        for paragraph in text.lines() {
            let characters: Vec<char> = paragraph.chars().collect();
            lines.extend(characters.chunks(LINE_CHARACTERS).map(|c| c.iter().collect::<String>()));
            lines.push(String::new());
        }
        let mut document = Document::new();
        for (n, page_lines) in lines.chunks(PAGE_LINES).enumerate() {
            let settings = PageSettings::from_wh(595.0, 842.0).ok_or_else(|| failed("page", "size"))?;
            let mut page = document.start_page_with(settings);
            let mut surface = page.surface();
            let mut put = |x: f32, y: f32, size: f32, text: &str| {
                surface.draw_text(Point::from_xy(x, y), self.0.clone(), size, text, false, TextDirection::Auto);
            };
            if n == 0 {
                put(70.0, 34.0, 12.0, COURT_NAME);
                put(150.0, 60.0, 20.0, title);
            }
            for (at, line) in page_lines.iter().enumerate().filter(|(_, l)| !l.is_empty()) {
                put(70.0, 100.0 + 19.0 * at as f32, 14.0, line);
            }
            surface.finish();
            page.finish();
        }
        document.finish().map_err(|e| failed("PDF", format!("{e:?}")))
    }

    /// A scan of so many pages: noise, which no compression makes smaller (6.5 MB a page).
    pub fn scan(&self, title: &str, pages: u64, random: &mut Random) -> Result<Vec<u8>> {
        let mut document = Document::new();
        for _ in 0..pages {
            let mut pixels = vec![0; (SCAN.0 * SCAN.1 * 4) as usize];
            random.bytes(&mut pixels);
            pixels.iter_mut().skip(3).step_by(4).for_each(|alpha| *alpha = 255);
            let settings = PageSettings::from_wh(595.0, 842.0).ok_or_else(|| failed("page", "size"))?;
            let mut page = document.start_page_with(settings);
            let mut surface = page.surface();
            let size = Size::from_wh(595.0, 842.0).ok_or_else(|| failed("page", "size"))?;
            surface.draw_image(Image::from_rgba8(pixels, SCAN.0, SCAN.1), size);
            surface.draw_text(Point::from_xy(60.0, 40.0), self.0.clone(), 14.0, title, false, TextDirection::Auto);
            surface.finish();
            page.finish();
        }
        document.finish().map_err(|e| failed("PDF", format!("{e:?}")))
    }
}
