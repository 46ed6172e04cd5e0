//! The direction in which a kind of records crosses.

use serde::{Deserialize, Serialize};

/// The direction in which a kind crosses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// Intranet to internet.
    Up,
    /// Internet to intranet.
    Down,
}
