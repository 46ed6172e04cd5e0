//! Screening: what does not fit the catalogue stays inside, named.

use crate::source::mapping::{Found, Held};
use ferry_format::catalogue::{Catalogue, Way};

/// Lets a record through that fits its kind.
pub fn screen(catalogue: &Catalogue, found: Found) -> Result<Found, Held> {
    match catalogue.check_record(&found.record, Way::Up) {
        Ok(()) => Ok(found),
        Err(e) => Err(e.to_string()),
    }
}
