//! Keys: roles, ids, fingerprints, and the text files they are kept in.

mod role;
mod line;
mod public_key;
mod signing;
mod secret_key;
mod encrypted;
mod pkcs11;
mod key_file;

pub use encrypted::{Cost, EncryptedKey};
pub use key_file::KeyFile;
pub use pkcs11::{PinSource, TokenKey, TokenLocation};
pub use public_key::PublicKey;
pub use role::{KeyId, Role};
pub use secret_key::SecretKey;
pub use signing::{Signer, SoftSigner, SoftUnwrapper, Unwrapper, verify_signature};
