//! What several commands do with the file of a list.

use ferry_format::trust::list::{SignedList, TrustList};
use ferry_io::fs::read;
use ferry_io::{Error, Result as Outcome};
use std::path::Path;

/// The list in a file, signed or not. No signature is checked.
///
/// # Errors
/// `FERRY-E0220` where the file is no trust list.
pub fn read_unchecked(path: &Path) -> Outcome<TrustList> {
    let text = read::text(path)?;
    let list = if SignedList::is_one(&text) {
        SignedList::from_text(&text).map(|signed| signed.list)
    } else {
        TrustList::from_toml(&text)
    };
    list.map_err(|e| Error::about(path, &e))
}

/// The end of a list's validity, in seconds since 1970.
pub fn valid_until(days: Option<u32>, created_s: i64) -> Option<i64> {
    days.map(|days| created_s + i64::from(days) * 86_400)
}
