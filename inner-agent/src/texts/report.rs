//! The daily and monthly report.
