//! Errors and rejections of the import.
