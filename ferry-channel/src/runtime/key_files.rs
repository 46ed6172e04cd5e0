//! Key files that a side cannot begin without, and who brings each.

use crate::texts::errors;
use ferry_io::error::{Error, Result};
use std::path::Path;

/// Whether a file is missing. One whose metadata cannot be read is not: opening it gives the error.
fn is_missing(path: &Path) -> bool {
    matches!(std::fs::symlink_metadata(path), Err(e) if e.kind() == std::io::ErrorKind::NotFound)
}

fn check(path: &Path, missing: impl FnOnce(std::path::Display<'_>) -> Error) -> Result<()> {
    if is_missing(path) { Err(missing(path.display())) } else { Ok(()) }
}

/// A file that `init` makes.
///
/// # Errors
/// `FERRY-E0638`, configuration: no retry heals it.
pub fn check_made(path: &Path) -> Result<()> {
    check(path, |path| errors::key_not_made(path))
}

/// A file that `pair` writes.
///
/// # Errors
/// As [`check_made`].
pub fn check_paired(path: &Path) -> Result<()> {
    check(path, |path| errors::not_paired(path))
}

/// The login key on the outer side: the inner side makes it.
///
/// # Errors
/// As [`check_made`].
pub fn check_login_key(path: &Path) -> Result<()> {
    check(path, |path| errors::login_key_not_brought(path))
}

/// A certificate, or the key of one.
///
/// # Errors
/// As [`check_made`].
pub fn check_certificate(path: &Path) -> Result<()> {
    check(path, |path| errors::certificate_not_brought(path))
}
