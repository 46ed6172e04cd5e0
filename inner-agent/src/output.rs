//! How commands print: `--json` and `--strict`.

use crate::texts::errors;
use ferry_io::error::Result;
use ferry_io::outln;
use serde::Serialize;

/// Options of every command that prints what it did.
#[derive(clap::Args, Clone, Copy)]
pub struct Output {
    /// One JSON object on stdout.
    #[arg(long)]
    pub json: bool,
    /// Exit with 75 when single records were held.
    #[arg(long)]
    pub strict: bool,
}

impl Output {
    /// Prints a value as JSON, or as `plain` does.
    pub fn print<T: Serialize>(self, value: &T, plain: impl FnOnce()) {
        match serde_json::to_string(value) {
            Ok(text) if self.json => outln!("{text}"),
            _ => plain(),
        }
    }

    /// With `--strict`, held records are an error.
    pub fn check_held(self, held: u64) -> Result<()> {
        if self.strict && held > 0 { Err(errors::records_held(held)) } else { Ok(()) }
    }
}
