//! Filing: each version of a receipt becomes a record and a printable certificate in the folder of its case (article 11).

use crate::context::{CASE_FILES, Context};
use crate::import::certificate::{Certificate, PdfRenderer};
use crate::import::staging::Staging;
use crate::texts::certificate::FOLDER;
use crate::texts::import::name_taken;
use ferry_format::crypto::hash::sha256;
use ferry_format::encoding::hex::to_hex;
use ferry_io::error::{Error, Result};
use ferry_io::fs::durable::{folder_of, make_folder_below, remove_unfinished, sync_folder, write_new};
use jiff::tz::TimeZone;
use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::path::Path;

/// Receipts that are read, filed and marked together.
const PAGE: usize = 500;

/// Code of [`name_taken`].
const NAME_TAKEN: &str = "FERRY-E0609";

/// Files every receipt that is not filed yet; gives how many. Files are written before receipts are marked, and writing
/// twice changes nothing. A folder that goes meanwhile takes no receipt with it: none is marked unless the folder is still the one
/// that was used before.
///
/// # Errors
/// `FERRY-E0630` for a font that cannot be used; `FERRY-E0609` if another file has the name of a certificate; `FERRY-E0657` where
/// the folder is away or another one.
pub fn file_receipts(staging: &Staging, context: &Context, zone: &TimeZone) -> Result<u64> {
    let config = &context.config;
    let is_ours = || context.guard().check_folders(&[CASE_FILES]);
    let (mut filed, mut renderer, mut name_taken) = (0, None, None);
    let mut folders = BTreeSet::new();
    loop {
        let page = staging.unfiled(PAGE)?;
        let waiting = page.len();
        if waiting == 0 {
            return Ok(filed);
        }
        let renderer = match &mut renderer {
            Some(renderer) => renderer,
            none => none.insert(PdfRenderer::open(config)?),
        };
        let mut done = Vec::with_capacity(waiting);
        for settled in page {
            let certificate = Certificate::of(&settled, &config.court_name, zone);
            let r = &settled.receipt;
            let folder = config.settle.case_files.join(file_name(&r.case_id)).join(FOLDER);
            if folders.insert(folder.clone()) {
                is_ours()?;
                make_folder_below(&config.settle.case_files, &folder)?;
                // Of a filing that was interrupted: its receipt is not filed yet, so this folder is visited again.
                remove_unfinished(&folder)?;
            }
            let name = format!("{}-v{}", file_name(&r.id), r.version);
            let file = |end: &str, bytes: &[u8]| write(&folder.join(format!("{name}.{end}")), bytes);
            let written = file("json", certificate.json().as_bytes())
                .and_then(|()| file("html", certificate.html()?.as_bytes()))
                .and_then(|()| file("pdf", &renderer.pdf(&certificate, zone)?));
            match written {
                Ok(()) => done.push(settled),
                // A name that is taken must not keep other receipts from their case files.
                Err(e) if e.code == NAME_TAKEN => name_taken = Some(e),
                Err(e) => return Err(e),
            }
        }
        is_ours()?;
        filed += done.len() as u64;
        staging.mark_filed(&done)?;
        if done.is_empty() || waiting < PAGE {
            return name_taken.map_or(Ok(filed), Err);
        }
    }
}

/// Writes a file; a file with these bytes is left as it is.
fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    // Read first, so that no temporary file is written beside it that a failing disk could leave there.
    match std::fs::read(path) {
        // The process that wrote it may have been killed before the name was durable.
        Ok(there) if there == bytes => sync_folder(&folder_of(path)),
        Err(e) if e.kind() == ErrorKind::NotFound => write_new(path, bytes, 0o640),
        Err(e) if e.kind() != ErrorKind::IsADirectory => Err(Error::io(path, &e, false)),
        Ok(_) | Err(_) => Err(name_taken(path.display())),
    }
}

/// A folder or file name for an id: the id itself if it is safe as a name, otherwise its digest.
fn file_name(id: &str) -> String {
    let is_safe = !id.is_empty() && id.len() <= 100 && id.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_');
    let is_safe = is_safe && !id.starts_with("sha256_");
    if is_safe { id.to_owned() } else { format!("sha256_{}", to_hex(&sha256(id.as_bytes()))) }
}
