//! `outer-agent channel`: the credential of a channel. Its secret is shown once and stored nowhere.

use crate::config::Config;
use crate::config::channels::ChannelName;
use crate::portal;
use crate::store::DATABASE;
use crate::texts::{commands, errors};
use ferry_channel::operator::record;
use ferry_channel::types::UnixSeconds;
use ferry_format::crypto::entropy::Entropy;
use ferry_format::crypto::hash::sha256;
use ferry_format::encoding::hex::to_hex;
use ferry_io::entropy::SystemEntropy;
use ferry_io::error::{Error, Result};
use ferry_io::outln;
use ferry_io::output::language::Show;
use std::path::PathBuf;

/// Requests in a minute that the printed lines allow.
const REQUESTS_PER_MINUTE: u32 = 600;

#[derive(clap::Args)]
pub struct Args {
    /// Its name, which is recorded in receipts and messages.
    name: ChannelName,
    /// The channel's client certificate, PEM, instead of a token.
    #[arg(long, value_name = "FILE")]
    certificate: Option<PathBuf>,
}

/// Generates a token, or computes a certificate's digest; prints what goes where.
///
/// # Errors
/// The configuration has a channel of this name: a new credential would revoke its present one, which is done by hand.
pub fn run(config: &Config, args: &Args, now: UnixSeconds) -> Result<()> {
    let name = &args.name;
    record::record_command_in(&config.state.join(DATABASE), "channel", &name.to_string(), now)?;
    if config.portal.channels.contains_key(name) {
        return Err(errors::channel_exists(config.path.display(), name));
    }
    let digest = match &args.certificate {
        Some(path) => {
            let first = portal::certificates_of(path)?.into_iter().next();
            let der = first.ok_or_else(|| Error::configuration(path, "certificate", errors::no_certificate()))?;
            format!("certificate-digest = \"{}\"", to_hex(&sha256(&der)))
        }
        None => {
            let mut token = [0; 32];
            SystemEntropy.fill(&mut token)?;
            let token = to_hex(&token);
            outln!("{}\n{token}\n", commands::channel_token().show());
            format!("token-digest = \"{}\"", to_hex(&sha256(token.as_bytes())))
        }
    };
    outln!("{}", commands::channel_lines(config.path.display()).show());
    outln!("[portal.channels.\"{name}\"]\n{digest}\nrights = [\"public\", \"party\"]");
    outln!("requests-per-minute = {REQUESTS_PER_MINUTE}");
    Ok(())
}
