//! Filing: each version of a receipt becomes a record and a printable certificate in the folder of its case (article 11).

use crate::config::Config;
use crate::import::certificate::{Certificate, Press};
use crate::import::staging::Staging;
use ferry_format::crypto::hash::sha256;
use ferry_format::encoding::hex::to_hex;
use ferry_io::error::{Error, Result};
use ferry_io::exit_code::CANNOT_CREATE;
use ferry_io::fs::durable::{folder_of, make_folder, remove_unfinished, sync_folder, write_new};
use jiff::tz::TimeZone;
use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::path::Path;

/// Receipts read, filed and marked at once.
const PAGE: usize = 500;
/// Code of the failure that a certificate's name is taken by something else.
const TAKEN: &str = "FERRY-E0609";
/// Folder of receipts in a case file.
const FOLDER: &str = "送达回证";

/// Files everything that is not filed. Writing comes before marking, and writing twice is harmless.
///
/// # Errors
/// Configuration for a font that cannot be used; cannot create where something else has the name of a certificate.
pub fn file_receipts(staging: &Staging, config: &Config, zone: &TimeZone) -> Result<u64> {
    let (mut filed, mut press, mut failed) = (0, None, None);
    let mut ready = BTreeSet::new();
    loop {
        let page = staging.unfiled(PAGE)?;
        let waiting = page.len();
        if waiting == 0 {
            return Ok(filed);
        }
        let press = match &mut press {
            Some(press) => press,
            none => none.insert(Press::open(config)?),
        };
        let mut done = Vec::with_capacity(waiting);
        for settled in page {
            let certificate = Certificate::of(&settled, &config.court_name, zone);
            let r = &settled.receipt;
            let folder = config.settle.case_files.join(plain(&r.case_id)).join(FOLDER);
            if ready.insert(folder.clone()) {
                make_folder(&folder)?;
                // Of a filing that was cut off: its receipt is still to be filed, so this folder is met again.
                remove_unfinished(&folder)?;
            }
            let name = format!("{}-v{}", plain(&r.id), r.version);
            let file = |end: &str, bytes: &[u8]| write(&folder.join(format!("{name}.{end}")), bytes);
            let written = file("json", certificate.json().as_bytes())
                .and_then(|()| file("html", certificate.html()?.as_bytes()))
                .and_then(|()| file("pdf", &press.pdf(&certificate, zone)?));
            match written {
                Ok(()) => done.push(settled),
                // One whose name is taken keeps no other from its case file.
                Err(f) if f.code == TAKEN => failed = Some(f),
                Err(f) => return Err(f),
            }
        }
        filed += done.len() as u64;
        staging.mark_filed(&done)?;
        if done.is_empty() || waiting < PAGE {
            return failed.map_or(Ok(filed), Err);
        }
    }
}

/// Writes a file; one that has these bytes already is written.
fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    // Looked at first: nothing is laid beside it that a disk in trouble could leave there.
    match std::fs::read(path) {
        // Who wrote it may have been ended before its name was durable.
        Ok(there) if there == bytes => sync_folder(&folder_of(path)),
        Err(e) if e.kind() == ErrorKind::NotFound => write_new(path, bytes, 0o640),
        Err(e) if e.kind() != ErrorKind::IsADirectory => Err(Error::io(path, &e, false)),
        Ok(_) | Err(_) => {
            let message = format!("{}: another receipt is filed under this name", path.display());
            Err(Error::new(CANNOT_CREATE, TAKEN, message, "move that file away and run the import again"))
        }
    }
}

/// A folder or file name made of an id: the id where it is plain, else its digest.
fn plain(id: &str) -> String {
    let is_plain = !id.is_empty() && id.len() <= 100 && id.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_');
    let is_plain = is_plain && !id.starts_with("sha256_");
    if is_plain { id.to_owned() } else { format!("sha256_{}", to_hex(&sha256(id.as_bytes()))) }
}
