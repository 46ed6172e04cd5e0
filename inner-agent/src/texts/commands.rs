//! What commands print when they are done.
