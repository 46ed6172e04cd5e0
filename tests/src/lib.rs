//! Whole journeys over the real binaries live in `journeys/`; the made-up court they run on, and the texts that the
//! scanners are measured on, are here.

pub mod benign;
pub mod court;
pub mod identifiers;
pub mod sms_gateway;
