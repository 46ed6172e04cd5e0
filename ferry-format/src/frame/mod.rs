//! The frame of a batch: prelude and header in the clear, the signed statements, the manifest, and its place in the series.

pub mod header;
pub mod statement;
pub mod manifest;
pub mod sequence;
