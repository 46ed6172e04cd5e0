//! A document that every run reads first: where its number is not found by both readers, nothing that they say of another
//! document can be believed.

use crate::reading::answer::{Fault, Reading};
use crate::texts::errors as texts;
use ferry_format::text::Text;
use ferry_format::texts::list;
use std::fmt::Write as _;
use std::fs::File;
use std::io::{Result, Seek, Write};

/// A number that nobody has: the example of GB 11643.
const NUMBER: &str = "11010519491231002X";
/// How many readers must find it.
const READERS: usize = 2;

/// The document, as an open file without a name.
pub fn document() -> Result<File> {
    let mut file = tempfile::tempfile()?;
    file.write_all(pdf().as_bytes())?;
    file.rewind()?;
    Ok(file)
}

fn pdf() -> String {
    let content = format!("BT /F1 12 Tf 72 720 Td (canary {NUMBER}) Tj ET");
    let objects = [
        "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
        "<</Type/Pages/Kids[3 0 R]/Count 1>>".to_owned(),
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>".to_owned(),
        format!("<</Length {}>>stream\n{content}\nendstream", content.len()),
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>".to_owned(),
    ];
    let mut pdf = String::from("%PDF-1.4\n");
    let mut table = format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    // Strings take everything.
    for (n, object) in objects.iter().enumerate() {
        let _ = writeln!(table, "{:010} 00000 n ", pdf.len());
        let _ = writeln!(pdf, "{} 0 obj\n{object}\nendobj", n + 1);
    }
    let at = pdf.len();
    let _ = write!(pdf, "{table}trailer\n<</Size {}/Root 1 0 R>>\nstartxref\n{at}\n%%EOF\n", objects.len() + 1);
    pdf
}

/// Whether it was read as it is.
pub fn verdict(reading: &Reading) -> std::result::Result<(), Text> {
    let found = reading.texts.iter().filter(|text| text.contains(NUMBER)).count();
    if reading.causes.is_empty() && found >= READERS {
        return Ok(());
    }
    let causes = reading.causes.iter().map(|cause| cause.reason.text());
    let fault = reading.fault.as_ref().map(Fault::text);
    Err(texts::canary_not_read(found, READERS, list::items(causes.chain(fault))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reading::answer::Cause;
    use ferry_format::reason::ReasonCode;

    #[test]
    fn the_canary_is_read_only_where_both_readers_found_its_number_and_missed_nothing() {
        let read = |times: usize, causes: Vec<Cause>| Reading {
            texts: vec![format!("canary {NUMBER}"); times],
            causes,
            ..Reading::default()
        };
        assert_eq!(verdict(&read(2, vec![])), Ok(()));
        assert!(verdict(&read(1, vec![])).is_err());
        let why = verdict(&read(2, vec![Cause::of_document(ReasonCode::PdfReaderUnavailable)])).unwrap_err();
        assert!(why.english().contains("the PDF reader is not available"), "{}", why.english());
    }
}
