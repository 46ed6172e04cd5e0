//! `pair`.

use crate::config::Config;
use crate::store::DATABASE;
use ferry_channel::operator::record;
use ferry_channel::trust::pairing;
use ferry_channel::types::UnixSeconds;
use ferry_format::frame::header::Direction;
use ferry_io::error::Result;
use std::path::PathBuf;

/// Trusts the keys of the outer side.
#[derive(clap::Args)]
pub struct Args {
    /// Public key of the outer sender.
    #[arg(long)]
    peer_sender: PathBuf,
    /// Public key of the outer recipient.
    #[arg(long)]
    peer_recipient: PathBuf,
}

impl Args {
    /// Runs the command.
    pub fn run(&self, config: &Config, now: UnixSeconds) -> Result<()> {
        let Self { peer_sender, peer_recipient } = self;
        pairing::pair(&config.court, Direction::Return, &config.export, &config.import, peer_sender, peer_recipient)?;
        let detail = record::pair_text(peer_sender, peer_recipient);
        record::record_command_in(&config.state.join(DATABASE), "pair", &detail, now)
    }
}
