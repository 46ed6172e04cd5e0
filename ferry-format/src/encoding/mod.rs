//! Bytes on the wire: one cursor over hostile bytes, one door to bincode.

pub mod reader_writer;
pub mod bincode;
pub mod hex;
