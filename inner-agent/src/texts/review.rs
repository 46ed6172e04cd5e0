//! The review of drafts before release.
