//! What `plan` and `check-config` print.
