//! How a document was read, for a reviewer: what of it nobody could read, page by page, and the places where a long number or a
//! secrecy mark stands, whether a page shows them or not.

use crate::output::values;
use crate::texts::review_page as t;
use ferry_format::text::Text;
use ferry_io::reading::answer::Reading;
use ferry_io::reading::proven::ProvenReader;
use std::collections::BTreeSet;
use std::fs::File;

/// Longest document that is read, MiB: that of the shipped policy.
const DOCUMENT_MIB_MAX: u32 = 64;
/// Digits of a number that may be one of a person: a mobile number has 11.
const DIGITS_MIN: usize = 11;
/// Characters that stand before and after a place.
const AROUND: usize = 16;
/// Places that are shown; the others are counted.
const PLACES_MAX: usize = 50;

/// A place in a document, and what stands around it.
pub struct Place {
    /// Before it.
    pub before: String,
    /// The number or the mark.
    pub found: String,
    /// After it.
    pub after: String,
}

/// What a page says of a document's reading.
pub struct ReadingView {
    /// What was not read, or what it carries.
    pub causes: Vec<Text>,
    /// Places to look at, each text once.
    pub places: Vec<Place>,
    /// Places beyond those.
    pub more: usize,
    /// Whether anything was read, so that finding no place says something.
    pub has_text: bool,
}

impl ReadingView {
    /// Reads a document in the sandbox of its reader.
    ///
    /// # Errors
    /// Those of the file.
    pub fn of(document: &File, media_type: &str) -> std::io::Result<Self> {
        Ok(Self::of_reading(&ProvenReader::default().read(document, media_type, DOCUMENT_MIB_MAX)?))
    }

    fn of_reading(reading: &Reading) -> Self {
        let causes = reading.causes.iter().map(|cause| match cause.page {
            Some(page) => t::cause_of_page(page, cause.reason.text()),
            None => cause.reason.text(),
        });
        let mut known = BTreeSet::new();
        let all = reading.texts.iter().flat_map(|text| places(text));
        // Each reader gives the text once, and so do the fields of a form.
        let mut places: Vec<Place> = all.filter(|place| known.insert(plain(&place.found))).collect();
        let more = places.len().saturating_sub(PLACES_MAX);
        places.truncate(PLACES_MAX);
        Self { causes: causes.take(PLACES_MAX).collect(), places, more, has_text: !reading.texts.is_empty() }
    }
}

/// Full-width digits are digits.
fn digit(c: char) -> Option<char> {
    match c {
        '0'..='9' => Some(c),
        '\u{ff10}'..='\u{ff19}' => char::from_digit(c as u32 - 0xff10, 10),
        _ => None,
    }
}

fn plain(found: &str) -> String {
    found.chars().filter_map(|c| digit(c).or_else(|| (!is_separator(c)).then_some(c))).collect()
}

/// What people write between the digits of a number.
fn is_separator(c: char) -> bool {
    matches!(c, ' ' | '-' | '\u{3000}' | '\u{a0}' | '·' | '\n' | '\r' | '.' | '/' | '_')
}

/// Long numbers, with what separates their digits, and marks that a ★ follows.
fn places(text: &str) -> Vec<Place> {
    let characters: Vec<char> = text.chars().collect();
    let mut found = Vec::new();
    let mut at = 0;
    while at < characters.len() {
        let end = end_of_number(&characters, at).or_else(|| (characters[at] == '★').then_some(at + 1));
        let Some(end) = end else {
            at += 1;
            continue;
        };
        let start = if characters[at] == '★' { at.saturating_sub(2) } else { at };
        // A line's end is a blank here.
        let flat = |c: &char| if matches!(c, '\n' | '\r' | '\t' | '\u{c}') { ' ' } else { *c };
        let piece = |range: &[char]| values::safe(&range.iter().map(flat).collect::<String>());
        found.push(Place {
            before: piece(&characters[start.saturating_sub(AROUND)..start]),
            found: piece(&characters[start..end]),
            after: piece(&characters[end..characters.len().min(end + AROUND)]),
        });
        at = end;
    }
    found
}

/// Where a number that begins here ends, if it is long.
fn end_of_number(characters: &[char], at: usize) -> Option<usize> {
    digit(characters[at])?;
    let (mut digits, mut end) = (0, at);
    for (index, c) in characters.iter().enumerate().skip(at) {
        match c {
            c if digit(*c).is_some() => {
                digits += 1;
                end = index + 1;
            }
            // The last place of an identity number.
            'x' | 'X' | '\u{ff38}' | '\u{ff58}' if digits >= DIGITS_MIN => return Some(index + 1),
            c if is_separator(*c) => {}
            _ => break,
        }
    }
    (digits >= DIGITS_MIN).then_some(end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ferry_format::reason::ReasonCode;
    use ferry_io::reading::answer::Cause;

    #[test]
    fn long_numbers_and_marks_are_shown_with_what_stands_around_them_and_each_once() {
        let text = "被执行人身份证号 110105 19491231 002X，电话１３８００１３８０００；金额 1234567890 元。机密★十年";
        let reading = Reading {
            texts: vec![text.into(), "11010519491231002X 在附注中".into()],
            causes: vec![Cause::of_page(ReasonCode::ImageWithoutText, 2)],
            ..Reading::default()
        };
        let view = ReadingView::of_reading(&reading);
        let found: Vec<&str> = view.places.iter().map(|place| place.found.as_str()).collect();
        assert_eq!(found, ["110105 19491231 002X", "１３８００１３８０００", "机密★"]);
        assert_eq!((view.places[0].before.as_str(), view.more), ("被执行人身份证号 ", 0));
        assert!(view.causes[0].english().starts_with("page 3: "), "{}", view.causes[0].english());
    }

    #[test]
    fn places_beyond_what_a_page_shows_are_counted() {
        let numbers: Vec<String> = (0..80).map(|n| format!("{}，", 11_000_000_000_u64 + n)).collect();
        let view = ReadingView::of_reading(&Reading { texts: vec![numbers.concat()], ..Reading::default() });
        assert_eq!((view.places.len(), view.more), (PLACES_MAX, 30));
    }
}
