//! What a person sees: lines, tables, progress bars, printed pages, and how a command ends.

pub mod language;
pub mod stdout;
pub mod exit;
pub mod help;
mod usage_error;
pub mod table;
pub mod progress;
pub mod print_css;
