//! A batch as a file: sealed, opened, cut into volumes.
//!
//! ```text
//!             seal::Sealer                                     open::UnverifiedBatch
//! records --> [block] --+                                +--> check sender, approvals, every digest
//! documents ----------->+--> draft --> seal::release --> file --> open::VerifiedBatch --> records, documents
//!                       (content      (series statement,   |
//!                        statement)    signature)          +--> volume::VolumeLayout --> head + volumes --> volume::Head --> file
//! ```

pub mod seal;
pub mod open;
pub mod random_access;
pub mod volume;
