//! The reader of PDFs in Rust: every page of every revision, and every object that no page shows.

pub mod objects;
mod page;
pub mod revisions;

pub use page::{Area, Drawn, PageFacts, digit};

use crate::pdf::objects::Objects;
use ferry_format::reason::ReasonCode;
use ferry_io::reading::answer::{Cause, PAGES_MAX};
use hayro_interpret::kurbo::{Affine, Rect};
use hayro_interpret::{Context, InterpreterCache, InterpreterSettings, InterpreterWarning, interpret_page};
use hayro_syntax::page::Page;
use hayro_syntax::{DecryptionError, LoadPdfError, Pdf};
use page::PageReader;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// What was found in a PDF.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PdfFacts {
    /// The pages of the newest revision.
    pub pages: Vec<PageFacts>,
    /// The pages of earlier revisions.
    pub earlier_pages: Vec<PageFacts>,
    /// Texts that no page shows: notes, bookmarks, form values, metadata, names, scripts.
    pub elsewhere: String,
    /// What the file carries, and what could not be read of it.
    pub causes: Vec<Cause>,
}

/// Reads a PDF.
///
/// # Errors
/// Why nothing of it can be read.
pub fn read(bytes: &[u8]) -> Result<PdfFacts, ReasonCode> {
    let mut facts = PdfFacts::default();
    let mut causes = BTreeSet::new();
    if revisions::has_foreign_bytes(bytes) {
        causes.insert(ReasonCode::ForeignBytes);
    }
    let pdf = open(bytes)?;
    if pdf.pages().len() > PAGES_MAX {
        return Err(ReasonCode::TooManyPages);
    }
    facts.pages = pages_of(&pdf);
    let mut objects = Objects::default();
    objects.read(&pdf);
    let earlier = revisions::earlier(bytes);
    if earlier.len() > revisions::READ_MAX {
        causes.insert(ReasonCode::TooManyRevisions);
    }
    let is_linearized = revisions::is_linearized(bytes);
    for (n, end) in earlier.into_iter().take(revisions::READ_MAX).enumerate() {
        match open(&bytes[..end]) {
            // Its first page alone is no document, and all of it is read with the rest.
            Err(_) if n == 0 && is_linearized => {}
            Ok(revision) if revision.pages().len() <= PAGES_MAX => {
                facts.earlier_pages.extend(pages_of(&revision));
                objects.read(&revision);
            }
            _ => drop(causes.insert(ReasonCode::EarlierRevision)),
        }
    }
    causes.append(&mut objects.causes);
    facts.elsewhere = objects.text;
    facts.causes = causes.into_iter().map(Cause::of_document).collect();
    Ok(facts)
}

fn open(bytes: &[u8]) -> Result<Pdf, ReasonCode> {
    Pdf::new(bytes.to_vec()).map_err(|e| match e {
        LoadPdfError::Decryption(DecryptionError::PasswordProtected) => ReasonCode::PasswordNeeded,
        LoadPdfError::Decryption(_) | LoadPdfError::Invalid => ReasonCode::PdfUnreadable,
    })
}

fn pages_of(pdf: &Pdf) -> Vec<PageFacts> {
    let cache = InterpreterCache::new();
    pdf.pages().iter().map(|page| facts_of(pdf, page, &cache)).collect()
}

fn facts_of<'a>(pdf: &'a Pdf, page: &Page<'a>, cache: &InterpreterCache<'a>) -> PageFacts {
    let bounds = page.intersected_crop_box();
    let mut reader = PageReader::new(Area::new(bounds.x0, bounds.y0, bounds.x1, bounds.y1));
    let unread_font = Arc::new(AtomicBool::new(false));
    let noted = Arc::clone(&unread_font);
    let warning_sink = Arc::new(move |warning| {
        noted.fetch_or(matches!(warning, InterpreterWarning::UnsupportedFont), Ordering::Relaxed);
    });
    let settings = InterpreterSettings { warning_sink, ..InterpreterSettings::default() };
    let shown = Rect::new(bounds.x0, bounds.y0, bounds.x1, bounds.y1);
    let mut context = Context::new(Affine::IDENTITY, shown, cache, pdf.xref(), settings);
    interpret_page(page, &mut context, &mut reader);
    reader.facts(unread_font.load(Ordering::Relaxed))
}
