//! The looks of pages that people print and sign: one style sheet, nothing that is loaded.

/// Style sheet of a page, for a screen, a telephone and A4.
pub const STYLE: &str = include_str!("print.css");
