//! Filing: each receipt becomes a record in the folder of its case (article 11).

use crate::import::staging::Staging;
use ferry_channel::durable::{make_folder, write_new};
use ferry_channel::failure::{CANNOT_CREATE, Failure, Result};
use ferry_channel::files;
use ferry_channel::schedule::rfc3339;
use ferry_format::hex::to_hex;
use ferry_format::keys::sha256;
use jiff::tz::TimeZone;
use std::path::Path;

/// Receipts read at once.
const PAGE: usize = 500;
/// Folder of receipts in a case file.
const FOLDER: &str = "送达回证";

/// Files everything that is not filed. Writing comes before marking, and writing twice is harmless.
pub fn file_receipts(staging: &Staging, case_files: &Path, zone: &TimeZone) -> Result<u64> {
    let mut filed = 0;
    loop {
        let page = staging.unfiled(PAGE)?;
        if page.is_empty() {
            return Ok(filed);
        }
        for receipt in page {
            let folder = case_files.join(plain(&receipt.case_id)).join(FOLDER);
            make_folder(&folder)?;
            let mut lines = vec![("送达回证编号", receipt.id.clone()), ("案件", receipt.case_id.clone())];
            lines.extend(receipt.lines);
            lines.push(("查阅时间", rfc3339(receipt.opened_s, zone)));
            let text = pretty(&lines);
            let path = folder.join(format!("{}.json", plain(&receipt.id)));
            match write_new(&path, text.as_bytes(), 0o640) {
                Err(f) if f.exit == CANNOT_CREATE && path.exists() => same(&path, &text)?,
                other => other?,
            }
            staging.mark_filed(&receipt.id)?;
            filed += 1;
        }
    }
}

fn same(path: &Path, text: &str) -> Result<()> {
    if files::read_text(path)? == text {
        return Ok(());
    }
    let message = format!("{}: another receipt is filed under this name", path.display());
    Err(Failure::new(CANNOT_CREATE, "FERRY-E0609", message, "move that file away and run the import again"))
}

/// One line for each field, in the order of the printed form; values escaped as JSON.
fn pretty(lines: &[(&str, String)]) -> String {
    let lines: Vec<_> =
        lines.iter().map(|(k, v)| format!("  \"{k}\": {}", serde_json::Value::from(v.as_str()))).collect();
    format!("{{\n{}\n}}\n", lines.join(",\n"))
}

/// A folder or file name made of an id: the id where it is plain, else its digest.
fn plain(id: &str) -> String {
    let is_plain = !id.is_empty() && id.len() <= 100 && id.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_');
    if is_plain { id.to_owned() } else { to_hex(&sha256(id.as_bytes())) }
}
