//! Bytes on the wire: a cursor over hostile bytes with its mirror, and the compact encoding of records and manifests.

pub mod reader_writer;
pub mod compact;
pub mod hex;
