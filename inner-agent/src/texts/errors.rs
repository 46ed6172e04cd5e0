//! Errors of the configuration, the source and the export.
