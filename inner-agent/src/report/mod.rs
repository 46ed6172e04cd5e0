//! The supervision report (articles 12 and 19): what was exported in a period, and what has to be corrected. It is made from
//! the ledger alone; the platform is not read.

pub mod commands;
mod data;
mod gather;
mod html;
mod period;
mod text;

pub use data::Correction;
pub use gather::corrections::newest_corrections;
