//! The style sheet of pages that people print and sign. It loads nothing.

/// Style sheet of a page, for screens, phones and A4.
pub const STYLE: &str = include_str!("print.css");
