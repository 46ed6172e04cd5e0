//! Exit codes that scripts rely on (sysexits.h).

/// Wrong usage of the command line, as clap has it.
pub const USAGE: u8 = 2;
/// Bad data: a file is rejected.
pub const BAD_DATA: u8 = 65;
/// No input.
pub const NO_INPUT: u8 = 66;
/// A service that is needed cannot be reached.
pub const UNAVAILABLE: u8 = 69;
/// fsync failed (`EX_OSERR`): the process ends, and nothing is acknowledged.
pub const SYNC_FAILED: u8 = 71;
/// A target cannot be created.
pub const CANNOT_CREATE: u8 = 73;
/// Input or output failed.
pub const IO: u8 = 74;
/// Busy or waiting: try again.
pub const TEMPORARY: u8 = 75;
/// Not permitted.
pub const NOT_PERMITTED: u8 = 77;
/// Configuration.
pub const CONFIGURATION: u8 = 78;
