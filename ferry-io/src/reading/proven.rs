//! A reader that shows before its first document that it can read: where it cannot, nothing is read.

use crate::error::{Error, Result};
use crate::exit_code;
use crate::reading::answer::Reading;
use crate::reading::client::Reader;
use crate::texts::errors as texts;
use ferry_format::reason::ReasonCode;
use ferry_format::text::Text;
use std::fs::File;
use std::path::Path;

/// Of the package poppler-data: without them poppler reads no Chinese font that is not embedded.
const CHARACTER_MAPS: &str = "/usr/share/poppler/cMap/Adobe-GB1";

/// Word and WPS.
const DOCX: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
/// After so many documents that took all of their time a run reads no more: a thousand of them would keep it for a day.
const SLOW_MAX: u32 = 10;

/// A reader for one run.
#[derive(Default)]
pub struct ProvenReader {
    reader: Reader,
    proof: Option<std::result::Result<(), Text>>,
    /// Documents that took all of their time.
    slow: u32,
}

impl ProvenReader {
    /// Reads the document that is known, once; why it was not read, if it was not.
    pub fn prove(&mut self) -> &std::result::Result<(), Text> {
        let reader = &mut self.reader;
        self.proof.get_or_insert_with(|| reader.prove())
    }

    /// What came of it; nothing where there was no document to read yet.
    pub fn proof(&self) -> Option<&std::result::Result<(), Text>> {
        self.proof.as_ref()
    }

    /// `FERRY-E0504`, to be tried again: nothing can be read here.
    pub fn fault(&self) -> Error {
        let why = self.proof.as_ref().and_then(|proof| proof.as_ref().err().cloned());
        let why = why.unwrap_or_else(|| ReasonCode::PdfReaderUnavailable.text());
        Error { exit: exit_code::TEMPORARY, ..texts::no_pdf_scan(why) }
    }

    /// Reads a document of at most `mib_max` MiB. Types that have no text, such as recordings, are not opened.
    pub fn read(&mut self, document: &File, media_type: &str, mib_max: u32) -> std::io::Result<Reading> {
        if !has_text(media_type) {
            return Ok(Reading::none(ReasonCode::TypeWithoutText));
        }
        if document.metadata()?.len() > u64::from(mib_max) << 20 {
            return Ok(Reading::none(ReasonCode::LongerThanPolicy));
        }
        if self.prove().is_err() {
            return Ok(Reading::none(ReasonCode::PdfReaderUnavailable));
        }
        if self.slow >= SLOW_MAX {
            return Ok(Reading::none(ReasonCode::PdfTooSlow));
        }
        let reading = self.reader.read(document, media_type);
        self.slow += u32::from(reading.not_read() == Some(ReasonCode::PdfTooSlow));
        Ok(reading)
    }
}

/// Checks that documents can be read on this machine, by all of their readers and with the character maps of Chinese fonts.
///
/// # Errors
/// `FERRY-E0504`, naming what is missing.
pub fn check() -> Result<()> {
    if !Path::new(CHARACTER_MAPS).is_dir() {
        return Err(texts::no_pdf_scan(texts::character_maps_missing(CHARACTER_MAPS)));
    }
    ProvenReader::default().prove().clone().map_err(texts::no_pdf_scan)
}

fn has_text(media_type: &str) -> bool {
    ["application/pdf", "application/ofd", DOCX].contains(&media_type) || media_type.starts_with("text/plain")
}
