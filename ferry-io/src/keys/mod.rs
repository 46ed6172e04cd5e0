//! Keys in plain files, in encrypted files, and in PKCS#11 tokens.

pub mod secret_file;
pub mod load;
pub mod signing_key;
pub mod passphrase;
pub mod pkcs11;
