//! The second reader of PDFs: `pdftotext` of poppler, a fresh process in the sandbox for each document.

use crate::failure::Failure;
use crate::pdf::digit;
use ferry_format::reason::ReasonCode;
use ferry_io::fs::sandbox::{ChildResult, Limits, Sandbox};
use std::fs::File;
use std::process::Stdio;
use std::time::Duration;

/// Longest text that is read, bytes.
const TEXT_BYTES_MAX: u64 = 32 << 20;
/// What reading one document may use.
pub const LIMITS: Limits = Limits { memory: 1 << 30, cpu_s: 60, wall: Duration::from_secs(30), output: TEXT_BYTES_MAX };
/// The command; pages end with a form feed.
const COMMAND: [&str; 6] = ["/usr/bin/pdftotext", "-q", "-enc", "UTF-8", "-", "-"];

/// The text of one page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PageText {
    /// It.
    pub text: String,
    /// Its characters, blanks apart.
    pub glyphs: u32,
    /// How often each digit is among them.
    pub digits: [u32; 10],
}

/// Reads a document page by page.
///
/// # Errors
/// Why nothing can be read: the document, or this machine.
pub fn read(document: &File) -> Result<Vec<PageText>, Failure> {
    let sandbox = Sandbox::default();
    let failed = |reason| Err(Failure::Document(reason));
    let Ok(input) = document.try_clone() else { return failed(ReasonCode::ReaderFailed) };
    match sandbox.run(&COMMAND, Stdio::from(input), &LIMITS) {
        Ok(ChildResult::Output(bytes)) => Ok(pages(&String::from_utf8_lossy(&bytes))),
        Ok(ChildResult::TooMuchOutput) => failed(ReasonCode::TooMuchText),
        Ok(ChildResult::TimedOut) => failed(ReasonCode::PdfTooSlow),
        // What it gave before it failed is only a part, and what was not read cannot pass for clean.
        Ok(ChildResult::Failed(_)) | Err(_) => Err(match sandbox.unavailable(&["/usr/bin/pdftotext", "-v"], &LIMITS) {
            Some(what) => Failure::Unavailable(what),
            None => Failure::Document(ReasonCode::PdfUnreadable),
        }),
    }
}

fn pages(text: &str) -> Vec<PageText> {
    let mut pages: Vec<&str> = text.split('\u{c}').collect();
    // After the last form feed there is nothing.
    pages.pop();
    let page = |text: &str| {
        let mut page = PageText { text: text.to_owned(), ..PageText::default() };
        for c in text.chars().filter(|c| !c.is_whitespace()) {
            page.glyphs += 1;
            if let Some(digit) = digit(c) {
                page.digits[digit] += 1;
            }
        }
        page
    };
    pages.into_iter().map(page).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_feed_ends_a_page() {
        let read = pages("a １1\n\u{c}\u{c}b\u{c}");
        let glyphs: Vec<u32> = read.iter().map(|page| page.glyphs).collect();
        assert_eq!(glyphs, [3, 0, 1]);
        assert_eq!(read[0].digits[1], 2);
    }
}
