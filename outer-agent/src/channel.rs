//! `outer-agent channel`: the credential of a channel, whose secret is shown once and kept nowhere.

use crate::config::Config;
use crate::config::channels::ChannelName;
use crate::portal;
use ferry_format::crypto::entropy::Entropy;
use ferry_format::crypto::hash::sha256;
use ferry_format::encoding::hex::to_hex;
use ferry_io::entropy::SystemEntropy;
use ferry_io::error::{Error, Result};
use ferry_io::exit_code::CANNOT_CREATE;
use ferry_io::outln;
use std::path::Path;

/// Requests in a minute that the printed lines allow.
const REQUESTS_PER_MINUTE: u32 = 600;

/// Makes a token, or takes a certificate's digest; prints what goes where.
///
/// # Errors
/// The configuration has a channel of this name: changing it takes its present credential away, which is done by hand.
pub fn make(config: &Config, name: &ChannelName, certificate: Option<&Path>) -> Result<()> {
    if config.portal.channels.contains_key(name) {
        let message = format!("{}: there is a channel `{name}`", config.path.display());
        let hint = "take its table out of the configuration first; without it its credential is refused";
        return Err(Error::new(CANNOT_CREATE, "FERRY-E0666", message, hint));
    }
    let digest = match certificate {
        Some(path) => {
            let first = portal::certificates_of(path)?.into_iter().next();
            let der = first.ok_or_else(|| Error::configuration(path, "certificate", "no certificate in it"))?;
            format!("certificate-digest = \"{}\"", to_hex(&sha256(&der)))
        }
        None => {
            let mut token = [0; 32];
            SystemEntropy.fill(&mut token)?;
            let token = to_hex(&token);
            outln!("# 交给该渠道，只显示这一次 For the channel; shown this once:\n{token}\n");
            format!("token-digest = \"{}\"", to_hex(&sha256(token.as_bytes())))
        }
    };
    outln!("# 写入配置，重新启动门户后生效 For {}; in force once the portal is started again:", config.path.display());
    outln!("[portal.channels.\"{name}\"]\n{digest}\nrights = [\"public\", \"party\"]");
    outln!("requests-per-minute = {REQUESTS_PER_MINUTE}");
    Ok(())
}
