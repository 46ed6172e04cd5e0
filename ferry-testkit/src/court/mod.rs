//! A made-up court: its case platform, document store, keys and configurations. The same seed gives the same court.

mod options;
mod layout;
mod people;
pub mod schema;
pub mod pdf;
mod documents;
mod cases;
pub mod legacy;
mod touch;
mod flag;
mod command;

use crate::texts;
use ferry_io::error::Result;
use std::path::Path;

pub use command::command;
pub use flag::flag;
pub use options::{Made, MakeOptions};
pub use touch::{Touched, touch};

/// Makes a court in a folder that is new or empty.
///
/// # Errors
/// A folder that is not empty, or what cannot be written.
pub fn make(dir: &Path, options: &MakeOptions) -> Result<Made> {
    let occupied = std::fs::read_dir(dir).is_ok_and(|mut entries| entries.next().is_some());
    if occupied {
        return Err(texts::folder_not_empty(dir.display()));
    }
    layout::make(dir, options)?;
    let mut store = documents::make(dir, options)?;
    let (rows, held) = cases::make(dir, options, &mut store)?;
    Ok(Made { rows, documents: store.files, document_bytes: store.bytes, held })
}
