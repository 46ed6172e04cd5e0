//! Bytes on the wire: one cursor over hostile bytes, one use of bincode.

pub mod reader_writer;
pub mod bincode;
pub mod hex;
