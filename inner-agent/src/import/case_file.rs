//! Filing: each version of a receipt becomes a record and a printable certificate in the folder of its case (article 11).

use crate::config::Config;
use crate::import::certificate::{Certificate, Press};
use crate::import::staging::Staging;
use ferry_channel::durable::{make_folder, write_new};
use ferry_channel::failure::{CANNOT_CREATE, Failure, Result};
use ferry_format::hex::to_hex;
use ferry_format::keys::sha256;
use jiff::tz::TimeZone;
use std::path::Path;

/// Receipts read, filed and marked at once.
const PAGE: usize = 500;
/// Folder of receipts in a case file.
const FOLDER: &str = "送达回证";

/// Files everything that is not filed. Writing comes before marking, and writing twice is harmless.
///
/// # Errors
/// Configuration for a font that cannot be used; cannot create where something else has the name of a certificate.
pub fn file_receipts(staging: &Staging, config: &Config, zone: &TimeZone) -> Result<u64> {
    let mut filed = 0;
    let mut press = None;
    loop {
        let page = staging.unfiled(PAGE)?;
        if page.is_empty() {
            return Ok(filed);
        }
        let press = match &mut press {
            Some(press) => press,
            none => none.insert(Press::open(config)?),
        };
        for settled in &page {
            let certificate = Certificate::of(settled, &config.court_name, zone);
            let r = &settled.receipt;
            let folder = config.settle.case_files.join(plain(&r.case_id)).join(FOLDER);
            make_folder(&folder)?;
            let name = format!("{}-v{}", plain(&r.id), r.version);
            let file = |end: &str, bytes: &[u8]| write(&folder.join(format!("{name}.{end}")), bytes);
            file("json", certificate.json().as_bytes())?;
            file("html", certificate.html()?.as_bytes())?;
            file("pdf", &press.pdf(&certificate, zone)?)?;
            filed += 1;
        }
        staging.mark_filed(&page)?;
    }
}

/// Writes a file; one that has these bytes already is written.
fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    match write_new(path, bytes, 0o640) {
        Err(f) if f.exit == CANNOT_CREATE && path.exists() => {
            if std::fs::read(path).map_err(|e| Failure::io(path, &e, false))? == bytes {
                return Ok(());
            }
            let message = format!("{}: another receipt is filed under this name", path.display());
            Err(Failure::new(CANNOT_CREATE, "FERRY-E0609", message, "move that file away and run the import again"))
        }
        other => other,
    }
}

/// A folder or file name made of an id: the id where it is plain, else its digest.
fn plain(id: &str) -> String {
    let is_plain = !id.is_empty() && id.len() <= 100 && id.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_');
    if is_plain { id.to_owned() } else { to_hex(&sha256(id.as_bytes())) }
}
