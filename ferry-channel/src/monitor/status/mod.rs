//! What both agents' `status` says: of channels in [`channel`], of the machine and its repairs in [`machine`], of what a person
//! has to do in [`todo`], when and how all of it was looked at in [`looked_at`], and all of it on one screen in [`screen`].

pub mod channel;
pub mod check;
pub mod looked_at;
pub mod machine;
pub mod todo;
pub mod screen;

use ferry_format::encoding::hex::to_hex;
use serde::Serialize;

/// What is published, as both sides count it.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Published {
    /// Records that are visible.
    pub records: u64,
    /// Documents that they name.
    pub documents: u64,
    /// Withheld entries.
    pub withheld: u64,
}

/// A root as people compare it.
pub fn root_text(root: &[u8; 32]) -> String {
    to_hex(root)
}
