//! `outer-agent pair`: trusts the keys of the inner side.

use crate::config::Config;
use crate::store::DATABASE;
use ferry_channel::operator::record;
use ferry_channel::trust::pairing;
use ferry_channel::types::UnixSeconds;
use ferry_format::frame::header::Direction;
use ferry_io::error::Result;
use std::path::PathBuf;

#[derive(clap::Args)]
pub struct Args {
    /// Public key of the inner sender.
    #[arg(long)]
    peer_sender: PathBuf,
    /// Public key of the inner recipient.
    #[arg(long)]
    peer_recipient: PathBuf,
}

/// Writes the trust file and the recipient's key, and records the fingerprints in the audit log.
pub fn run(config: &Config, args: &Args, now: UnixSeconds) -> Result<()> {
    let Args { peer_sender, peer_recipient } = args;
    pairing::pair(&config.court, Direction::Export, &config.reply, &config.ingest, peer_sender, peer_recipient)?;
    let detail = record::pair_text(peer_sender, peer_recipient);
    record::record_command_in(&config.state.join(DATABASE), "pair", &detail, now)
}
