//! Keys in PKCS#11 tokens: one session for each key, kept as long as the process runs.
//!
//! **Architecture invariant:** a PIN is given to a token once for each session, and never again after it was refused: three
//! wrong ones lock most tokens.

mod token_error;
mod session;
mod generate;

pub use generate::{KeyPairRequest, generate};
pub use session::{TokenSigner, check_without_pin, signer};
