//! Keys, wherever they lie: in a plain file, under a passphrase, or in a PKCS#11 token.

pub mod secret_file;
pub mod load;
pub mod signing_key;
pub mod passphrase;
pub mod pkcs11;
