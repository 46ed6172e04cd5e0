//! `init`.

use crate::config::Config;
use ferry_channel::trust::pairing;
use ferry_format::crypto::entropy::Entropy;
use ferry_format::encoding::hex::to_hex;
use ferry_io::entropy::SystemEntropy;
use ferry_io::error::Result;
use ferry_io::fs::durable;
use ferry_io::outln;
use zeroize::Zeroizing;

/// Makes the keys of the channels, and the login key that the outer side needs too.
pub fn run(config: &Config) -> Result<()> {
    pairing::init(&config.export, &config.import)?;
    let path = &config.source.login_key;
    if !path.exists() {
        let mut key = Zeroizing::new([0; 32]);
        SystemEntropy.fill(key.as_mut())?;
        durable::make_folder(&durable::folder_of(path))?;
        let text = Zeroizing::new(format!("{}\n", to_hex(key.as_ref())));
        durable::write_new(path, text.as_bytes(), 0o600)?;
    }
    outln!("login-key\t{}", path.display());
    Ok(())
}
