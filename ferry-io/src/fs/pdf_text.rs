//! The text of a document. A PDF is read by `pdftotext` in the sandbox: a parser of hostile files is not run in this
//! process.

use crate::errln;
use crate::error::{Error, Result};
use crate::exit_code::CONFIGURATION;
use crate::fs::sandbox::{Bounds, Ended, Sandbox, input};
use ferry_format::record::policy::{Policy, Unscannable};
use std::fs::File;
use std::io::{Read, Seek};
use std::time::Duration;

/// Longest text that is looked at, bytes; a document with more is unscannable.
const TEXT_BYTES_MAX: u64 = 32 << 20;
/// What the reader of one PDF may use.
const BOUNDS: Bounds = Bounds { memory: 1 << 30, cpu_s: 30, wall: Duration::from_secs(60), output: TEXT_BYTES_MAX };
/// The reader of PDFs.
const PDFTOTEXT: &str = "/usr/bin/pdftotext";

/// The text of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Text {
    /// Its text.
    Text(String),
    /// Why there is none.
    None(String),
}

impl Text {
    fn none(why: &str) -> Self {
        Self::None(why.to_owned())
    }
}

/// Takes the text of a document that starts at the file's beginning, and leaves the file there. A document that the
/// policy calls too long has none.
///
/// # Errors
/// The file itself cannot be read.
pub fn text(file: &mut File, media_type: &str, policy: &Policy) -> std::io::Result<Text> {
    if file.metadata()?.len() > u64::from(policy.scan.document_mib_max) << 20 {
        return Ok(Text::none("it is longer than the policy has scanned"));
    }
    file.rewind()?;
    let taken = match media_type {
        "application/pdf" => pdf(file, &Sandbox::default())?,
        t if t.starts_with("text/plain") => {
            let mut bytes = Vec::new();
            file.take(TEXT_BYTES_MAX + 1).read_to_end(&mut bytes)?;
            match bytes.len() as u64 > TEXT_BYTES_MAX {
                true => Text::none("it is longer than the scanner reads"),
                false => Text::Text(String::from_utf8_lossy(&bytes).into_owned()),
            }
        }
        _ => Text::none("it is of a type without text"),
    };
    file.rewind()?;
    Ok(taken)
}

/// Whether the text of PDFs can be taken here: warns where it cannot.
///
/// # Errors
/// It cannot, and the policy holds every document for the public that cannot be scanned.
pub fn check(policy: &Policy) -> Result<()> {
    let Some(missing) = missing(&Sandbox::default()) else { return Ok(()) };
    let hint = "install bubblewrap, poppler-utils and util-linux, and allow user namespaces to this account";
    let message = format!("no PDF can be scanned here: {missing}");
    if policy.scan.unscannable == Unscannable::Hold {
        return Err(Error::new(CONFIGURATION, "FERRY-E0504", message, hint));
    }
    errln!("warning: {message} [FERRY-E0504]\nhint: {hint}");
    Ok(())
}

fn missing(sandbox: &Sandbox) -> Option<String> {
    sandbox.missing(&[PDFTOTEXT, "-v"], &BOUNDS)
}

fn pdf(file: &File, sandbox: &Sandbox) -> std::io::Result<Text> {
    let command = [PDFTOTEXT, "-q", "-enc", "UTF-8", "-nopgbrk", "-", "-"];
    let bytes = match sandbox.run(&command, input(file)?, &BOUNDS)? {
        Ended::Well(bytes) => bytes,
        Ended::TooLong => return Ok(Text::none("it has more text than the scanner reads")),
        Ended::TooSlow => return Ok(Text::none("pdftotext takes too long")),
        // What it gave before it failed is only a part, and what was not read cannot pass for clean.
        Ended::Failed(_) => return Ok(Text::None(missing(sandbox).unwrap_or("pdftotext cannot read it".into()))),
    };
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let has_text = text.chars().any(|c| !c.is_whitespace() && c != '\u{c}');
    Ok(if has_text { Text::Text(text) } else { Text::none("it has no text") })
}

#[cfg(test)]
mod tests {
    use super::*;
    use ferry_format::record::catalogue::Catalogue;
    use std::io::Write;

    fn text_of(bytes: &[u8], media_type: &str) -> Text {
        let catalogue = Catalogue::from_toml(include_str!("../../../config/catalogue.toml")).unwrap();
        let policy = Policy::from_toml(include_str!("../../../config/policy.toml"), &catalogue).unwrap();
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        text(&mut file, media_type, &policy).unwrap()
    }

    #[test]
    fn what_cannot_be_read_whole_has_no_text() {
        assert_eq!(text_of(b"%PDF-1.7\nno document", "application/pdf"), Text::none("pdftotext cannot read it"));
        assert!(matches!(text_of(&[0; 64], "video/mp4"), Text::None(_)));
        assert_eq!(text_of("机密★".as_bytes(), "text/plain; charset=utf-8"), Text::Text("机密★".into()));
        assert!(matches!(text_of(&vec![b' '; 65 << 20], "text/plain"), Text::None(_)), "the policy says 64 MiB");
    }

    #[test]
    fn without_its_walls_no_pdf_is_read() {
        let nowhere = Sandbox::at("/usr/bin/no-bwrap");
        let file = tempfile::tempfile().unwrap();
        assert!(matches!(pdf(&file, &nowhere).unwrap(), Text::None(why) if why.contains("bubblewrap")));
    }
}
