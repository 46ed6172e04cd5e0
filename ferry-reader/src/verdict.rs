//! How far a PDF was read, by what both readers found: a function of facts.

use crate::failure::Failure;
use crate::pdf::{Drawn, PageFacts, PdfFacts};
use crate::poppler::PageText;
use ferry_format::reason::ReasonCode;
use ferry_io::reading::answer::{Cause, Reading};
use std::collections::BTreeSet;

/// A seal or a signature is at most so wide and high, points: six centimetres, and the edge of its picture.
const SEAL_PT: f64 = 6.2 * PT_PER_CM;
/// All seals of one page together, square points: four of the largest.
const SEALS_PT2: f64 = 4.0 * SEAL_PT * SEAL_PT;
/// A picture of a number is far wider than high; a seal or a signature is not.
const SEAL_RATIO: f64 = 2.0;
/// A seal stands over text: so many glyphs at least.
const SEAL_GLYPHS: u32 = 3;
/// What is no larger has no room for a number that people can read, points.
const DOT_PT: f64 = 0.5 * PT_PER_CM;
/// Dots of one page: more may be letters.
const DOTS: usize = 4;
/// A line of an image is no higher, points: people read nothing in it.
const LINE_PT: f64 = 1.0;
/// A scan with its text behind it has so many glyphs for each square centimetre at least, and over half of its height.
const GLYPHS_PER_CM2: f64 = 0.3;
/// And so many in all: a few words on a picture do not say what it shows.
const GLYPHS_OF_SCAN: u32 = 60;
/// Letters drawn as lines on one page that are no text: a check mark, an arrow.
const OUTLINES: u32 = 5;
const PT_PER_CM: f64 = 72.0 / 2.54;
/// By so many glyphs, and so many in a hundred, two readers of one page may differ: ligatures, hyphens at the end of a line.
const GLYPHS_APART: (u32, u32) = (8, 10);

/// What was read of a PDF, by the reader in Rust and by poppler.
pub fn of_pdf(facts: PdfFacts, poppler: Result<Vec<PageText>, Failure>) -> Reading {
    let seals = seals(&facts);
    let mut causes = facts.causes;
    for (n, page) in facts.pages.iter().enumerate() {
        causes.extend(of_page(page, &seals).into_iter().map(|reason| Cause::of_page(reason, n)));
    }
    let is_earlier_unread = facts.earlier_pages.iter().any(|page| !of_page(page, &seals).is_empty());
    causes.extend(is_earlier_unread.then(|| Cause::of_document(ReasonCode::EarlierRevision)));
    if facts.pages.iter().all(|page| page.glyphs == 0) {
        causes.push(Cause::of_document(ReasonCode::NoText));
    }
    let mut texts: Vec<String> = facts.pages.iter().chain(&facts.earlier_pages).map(|page| page.text.clone()).collect();
    texts = vec![texts.join("\n"), facts.elsewhere];
    let mut fault = None;
    match poppler {
        Err(Failure::Unavailable(what)) => {
            causes.push(Cause::of_document(ReasonCode::PdfReaderUnavailable));
            fault = Some((&what).into());
        }
        Err(Failure::Document(reason)) => causes.push(Cause::of_document(reason)),
        Ok(pages) => {
            causes.extend(disagreement(&facts.pages, &pages));
            texts.push(pages.into_iter().map(|page| page.text).collect::<Vec<_>>().join("\n"));
        }
    }
    texts.retain(|text| !text.trim().is_empty());
    Reading { pages: facts.pages.len() as u32, causes, texts, fault, charset: None }
}

/// Objects that are seals somewhere in the document: one at the end of a page may show its other half on the next.
fn seals(facts: &PdfFacts) -> BTreeSet<u32> {
    let images = facts.pages.iter().chain(&facts.earlier_pages).flat_map(|page| &page.images);
    images.filter(|image| is_seal(image)).filter_map(|image| image.object).collect()
}

/// What of a page was not read.
fn of_page(page: &PageFacts, seals: &BTreeSet<u32>) -> Vec<ReasonCode> {
    let mut reasons = Vec::new();
    if page.unknown > 0 || page.has_unread_font {
        reasons.push(ReasonCode::GlyphsWithoutUnicode);
    }
    if !images_are_read(page, seals) {
        reasons.push(ReasonCode::ImageWithoutText);
    }
    if page.outlines > OUTLINES && !page.outlined.as_ref().is_some_and(is_seal) {
        reasons.push(ReasonCode::OutlinesForText);
    }
    reasons
}

fn images_are_read(page: &PageFacts, seals: &BTreeSet<u32>) -> bool {
    let (mut sealed, mut dots) = (0.0, 0);
    for image in &page.images {
        let (width, height) = (image.area.width(), image.area.height());
        if is_covered(image) {
            continue;
        }
        let is_known = image.object.is_some_and(|object| seals.contains(&object)) && has_form_of_seal(image);
        if is_known || is_seal(image) {
            sealed += width * height;
        } else if width.max(height) <= DOT_PT || width.min(height) <= LINE_PT {
            dots += 1;
        } else {
            return false;
        }
    }
    sealed <= SEALS_PT2 && dots <= DOTS
}

/// Whether it is of the size and shape of a seal, over text that was read.
fn is_seal(drawn: &Drawn) -> bool {
    has_form_of_seal(drawn) && drawn.glyphs >= SEAL_GLYPHS
}

fn has_form_of_seal(drawn: &Drawn) -> bool {
    let (width, height) = (drawn.area.width(), drawn.area.height());
    let (short, long) = (width.min(height), width.max(height));
    long <= SEAL_PT && long <= short * SEAL_RATIO
}

/// Whether text covers what an image shows: a scan with its text behind it.
fn is_covered(image: &Drawn) -> bool {
    let (width, height) = (image.area.width() / PT_PER_CM, image.area.height());
    let cm2 = width * height / PT_PER_CM;
    let is_large = image.area.width().max(height) > SEAL_PT;
    is_large
        && image.glyphs >= GLYPHS_OF_SCAN
        && f64::from(image.glyphs) >= cm2 * GLYPHS_PER_CM2
        && image.glyphs_height * 2.0 >= height
}

/// Where two readers do not agree: pages by number, digits as a multiset, glyphs by count. Blanks and order are not compared, and
/// so no runs of digits: what is one run depends on the blanks that a reader sees.
fn disagreement(ours: &[PageFacts], theirs: &[PageText]) -> Vec<Cause> {
    if ours.len() != theirs.len() {
        return vec![Cause::of_document(ReasonCode::ReadersDisagree)];
    }
    let differ = |(n, (ours, theirs)): (usize, (&PageFacts, &PageText))| {
        let reason = if theirs.glyphs == 0 && ours.glyphs > GLYPHS_APART.0 {
            ReasonCode::OneReaderOnly
        } else if ours.digits != theirs.digits || are_apart(ours.glyphs, theirs.glyphs) {
            ReasonCode::ReadersDisagree
        } else {
            return None;
        };
        Some(Cause::of_page(reason, n))
    };
    ours.iter().zip(theirs).enumerate().filter_map(differ).collect()
}

fn are_apart(ours: u32, theirs: u32) -> bool {
    let apart = ours.abs_diff(theirs);
    apart > GLYPHS_APART.0 && apart * 100 > ours.max(theirs) * GLYPHS_APART.1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pdf::Area;

    fn page() -> PageFacts {
        let bounds = Area::new(0.0, 0.0, 595.0, 842.0);
        PageFacts { bounds, text: "text".into(), glyphs: 500, ..PageFacts::default() }
    }

    fn image(width: f64, height: f64, glyphs: u32, glyphs_height: f64) -> Drawn {
        Drawn { area: Area::new(100.0, 100.0, 100.0 + width, 100.0 + height), object: None, glyphs, glyphs_height }
    }

    fn reasons(change: impl FnOnce(&mut PageFacts)) -> Vec<ReasonCode> {
        let mut page = page();
        change(&mut page);
        of_page(&page, &BTreeSet::new())
    }

    #[test]
    fn a_page_of_text_is_read_and_one_glyph_without_a_character_or_a_lost_font_is_not() {
        assert_eq!(reasons(|_| ()), []);
        assert_eq!(reasons(|page| page.unknown = 1), [ReasonCode::GlyphsWithoutUnicode]);
        assert_eq!(reasons(|page| page.has_unread_font = true), [ReasonCode::GlyphsWithoutUnicode]);
    }

    #[test]
    fn a_seal_over_text_is_no_picture_and_one_beside_text_or_a_strip_or_a_large_one_is() {
        let with = |image: Drawn| reasons(|page| page.images.push(image));
        assert_eq!(with(image(120.0, 120.0, 14, 40.0)), [], "over the name of the court and the date");
        for unread in [
            image(120.0, 120.0, 0, 0.0),
            image(170.0, 20.0, 12, 0.0),
            image(200.0, 200.0, 20, 100.0),
            image(595.0, 842.0, 9, 0.0),
        ] {
            assert_eq!(with(unread), [ReasonCode::ImageWithoutText], "{unread:?}");
        }
        assert_eq!(
            reasons(|page| page.images = vec![image(120.0, 120.0, 14, 40.0); 9]),
            [ReasonCode::ImageWithoutText]
        );
    }

    #[test]
    fn a_seal_across_two_pages_is_one_on_both() {
        let half = |glyphs| Drawn { object: Some(9), ..image(120.0, 120.0, glyphs, 30.0) };
        let pages = [12, 0].map(|glyphs| PageFacts { images: vec![half(glyphs)], ..page() });
        let seals = seals(&PdfFacts { pages: pages.to_vec(), ..PdfFacts::default() });
        assert_eq!(pages.map(|page| of_page(&page, &seals)), [vec![], vec![]]);
    }

    #[test]
    fn a_scan_with_its_text_behind_it_is_read_and_one_with_a_header_line_is_not() {
        assert_eq!(reasons(|page| page.images.push(image(595.0, 842.0, 600, 700.0))), []);
        assert_eq!(
            reasons(|page| page.images.push(image(595.0, 842.0, 300, 20.0))),
            [ReasonCode::ImageWithoutText],
            "many glyphs, all of them at its head"
        );
    }

    #[test]
    fn rules_and_bullets_are_nothing_to_read_and_many_dots_are() {
        let dots = |count| reasons(|page| page.images = vec![image(10.0, 10.0, 0, 0.0); count]);
        assert_eq!((dots(4), dots(5)), (vec![], vec![ReasonCode::ImageWithoutText]));
        assert_eq!(reasons(|page| page.images.push(image(500.0, 1.0, 0, 0.0))), []);
    }

    #[test]
    fn letters_drawn_as_lines_are_not_read_except_those_of_a_seal() {
        let outlined = |count, drawn: Drawn| {
            reasons(|page| {
                page.outlines = count;
                page.outlined = Some(drawn);
            })
        };
        assert_eq!(outlined(18, image(200.0, 12.0, 0, 0.0)), [ReasonCode::OutlinesForText]);
        assert_eq!(outlined(18, image(120.0, 120.0, 8, 30.0)), []);
        assert_eq!(outlined(5, image(200.0, 12.0, 0, 0.0)), []);
    }

    #[test]
    fn readers_agree_by_their_digits_and_their_number_of_glyphs() {
        let theirs = |glyphs, digits| vec![PageText { text: String::new(), glyphs, digits }];
        let of = |theirs: &[PageText]| disagreement(&[page()], theirs).first().map(|cause| cause.reason);
        assert_eq!(of(&theirs(500, [0; 10])), None);
        assert_eq!(of(&theirs(490, [0; 10])), None);
        assert_eq!(of(&theirs(400, [0; 10])), Some(ReasonCode::ReadersDisagree));
        assert_eq!(of(&theirs(500, [0, 1, 0, 0, 0, 0, 0, 0, 0, 0])), Some(ReasonCode::ReadersDisagree));
        assert_eq!(of(&theirs(0, [0; 10])), Some(ReasonCode::OneReaderOnly));
        assert_eq!(of(&[]), Some(ReasonCode::ReadersDisagree));
    }

    #[test]
    fn what_one_of_them_cannot_read_at_all_is_said() {
        let facts = || PdfFacts { pages: vec![page()], ..PdfFacts::default() };
        assert_eq!(
            of_pdf(facts(), Err(Failure::Document(ReasonCode::PdfTooSlow))).not_read(),
            Some(ReasonCode::PdfTooSlow)
        );
        let earlier = PdfFacts { earlier_pages: vec![PageFacts { unknown: 4, ..page() }], ..facts() };
        let same = vec![PageText { glyphs: 500, ..PageText::default() }];
        assert_eq!(of_pdf(earlier, Ok(same)).not_read(), Some(ReasonCode::EarlierRevision));
    }
}
