//! The frame of both agents' command lines: the options that stand before a command, and the commands that are the same.

use crate::config::{Receiving, Sending};
use crate::operator::record;
use crate::trust::pairing::{self, PeerKeys, Replacing};
use crate::types::UnixSeconds;
use clap::Args;
use ferry_format::frame::header::Direction;
use ferry_format::text::Language;
use ferry_io::error::Result;
use std::path::{Path, PathBuf};

/// Options that stand before a command.
#[derive(Args)]
pub struct AgentOptions {
    /// Configuration file.
    #[arg(long, value_name = "FILE")]
    pub config: PathBuf,
    /// Language of texts: zh or en. Without it the configuration decides, then the locale, then Chinese.
    #[arg(long, global = true, value_name = "zh|en")]
    lang: Option<Language>,
}

/// Trusts the keys of the other side.
#[derive(Args)]
pub struct Pair {
    /// Public key of the other side's sender.
    #[arg(long, value_name = "PUB")]
    peer_sender: PathBuf,
    /// Public key of the other side's recipient.
    #[arg(long, value_name = "PUB")]
    peer_recipient: PathBuf,
    /// Show what would change where other keys are trusted already; reviewers and rules stay.
    #[arg(long)]
    replace: bool,
    /// With `--replace`: change it.
    #[arg(long, requires = "replace")]
    yes: bool,
}

/// The agent that trusts another one.
pub struct Pairing<'a> {
    /// The court.
    pub court: &'a str,
    /// Which way what it receives crosses.
    pub incoming: Direction,
    /// What it sends.
    pub sending: &'a Sending,
    /// What it receives.
    pub receiving: &'a Receiving,
    /// Its database.
    pub database: &'a Path,
}

impl Pair {
    /// Writes the trust file and the recipient's key, and records the fingerprints in the audit.
    ///
    /// # Errors
    /// As [`pairing::pair`].
    pub fn run(&self, agent: &Pairing<'_>, now: UnixSeconds) -> Result<()> {
        let Self { peer_sender, peer_recipient, .. } = self;
        let replacing = match (self.replace, self.yes) {
            (false, _) => Replacing::No,
            (true, false) => Replacing::Show,
            (true, true) => Replacing::Write,
        };
        let peer = PeerKeys { sender: peer_sender, recipient: peer_recipient };
        pairing::pair(agent.court, agent.incoming, (agent.sending, agent.receiving), &peer, replacing, now)?;
        if replacing == Replacing::Show {
            return Ok(());
        }
        record::record_command_in(agent.database, "pair", &record::pair_text(peer_sender, peer_recipient), now)
    }
}
