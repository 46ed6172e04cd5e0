//! The text of a document. A PDF is read by `pdftotext` in the sandbox: a parser of hostile files is not run in this
//! process.

use crate::errln;
use crate::error::Result;
use crate::fs::sandbox::{ChildResult, Limits, Sandbox, input};
use crate::output::language::Show;
use crate::texts::errors as texts;
use ferry_format::reason::ReasonCode;
use ferry_format::record::policy::{Policy, Unscannable};
use ferry_format::text::Text;
use std::fs::File;
use std::io::{Read, Seek};
use std::time::Duration;

/// Longest text that is scanned, in bytes; a document with more is unscannable.
const TEXT_BYTES_MAX: u64 = 32 << 20;
/// What reading one PDF may use.
const LIMITS: Limits = Limits { memory: 1 << 30, cpu_s: 30, wall: Duration::from_secs(60), output: TEXT_BYTES_MAX };
/// The program that reads PDFs.
const PDFTOTEXT: &str = "/usr/bin/pdftotext";

/// The text of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Extracted {
    /// Its text.
    Text(String),
    /// Why there is none.
    None(ReasonCode),
}

/// Extracts the text of a document and rewinds the file. A document that is too long for the policy has none.
///
/// # Errors
/// The file itself cannot be read.
pub fn extract(file: &mut File, media_type: &str, policy: &Policy) -> std::io::Result<Extracted> {
    if file.metadata()?.len() > u64::from(policy.scan.document_mib_max) << 20 {
        return Ok(Extracted::None(ReasonCode::LongerThanPolicy));
    }
    file.rewind()?;
    let extracted = match media_type {
        "application/pdf" => pdf(file, &Sandbox::default())?,
        t if t.starts_with("text/plain") => {
            let mut bytes = Vec::new();
            file.take(TEXT_BYTES_MAX + 1).read_to_end(&mut bytes)?;
            match bytes.len() as u64 > TEXT_BYTES_MAX {
                true => Extracted::None(ReasonCode::LongerThanScanner),
                false => Extracted::Text(String::from_utf8_lossy(&bytes).into_owned()),
            }
        }
        _ => Extracted::None(ReasonCode::TypeWithoutText),
    };
    file.rewind()?;
    Ok(extracted)
}

/// Checks that the text of PDFs can be extracted on this machine, and warns if not.
///
/// # Errors
/// `FERRY-E0504` where it cannot and the policy holds public documents that cannot be scanned.
pub fn check(policy: &Policy) -> Result<()> {
    let Some(why) = unavailable(&Sandbox::default()) else { return Ok(()) };
    let error = texts::no_pdf_scan(why);
    if policy.scan.unscannable == Unscannable::Hold {
        return Err(error);
    }
    errln!("warning: {} [{}]\nhint: {}", error.message.show(), error.code, error.hint.show());
    Ok(())
}

fn unavailable(sandbox: &Sandbox) -> Option<Text> {
    sandbox.unavailable(&[PDFTOTEXT, "-v"], &LIMITS)
}

fn pdf(file: &File, sandbox: &Sandbox) -> std::io::Result<Extracted> {
    let command = [PDFTOTEXT, "-q", "-enc", "UTF-8", "-nopgbrk", "-", "-"];
    let bytes = match sandbox.run(&command, input(file)?, &LIMITS)? {
        ChildResult::Output(bytes) => bytes,
        ChildResult::TooMuchOutput => return Ok(Extracted::None(ReasonCode::TooMuchText)),
        ChildResult::TimedOut => return Ok(Extracted::None(ReasonCode::PdfTooSlow)),
        // What it gave before it failed is only a part, and what was not read cannot pass for clean.
        ChildResult::Failed(_) => {
            return Ok(Extracted::None(match unavailable(sandbox) {
                Some(_) => ReasonCode::PdfReaderUnavailable,
                None => ReasonCode::PdfUnreadable,
            }));
        }
    };
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let has_text = text.chars().any(|c| !c.is_whitespace() && c != '\u{c}');
    Ok(if has_text { Extracted::Text(text) } else { Extracted::None(ReasonCode::NoText) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_pdf_is_read_without_the_sandbox() {
        let nowhere = Sandbox::at("/usr/bin/no-bwrap");
        let file = tempfile::tempfile().unwrap();
        assert!(matches!(pdf(&file, &nowhere).unwrap(), Extracted::None(ReasonCode::PdfReaderUnavailable)));
    }
}
