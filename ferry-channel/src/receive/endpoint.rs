//! The receiving end of a channel: where files arrive, who is believed, and what opens them.

use crate::config::{OnGap, Receiving, RuleDigests};
use crate::receive::scan::IncomingFile;
use crate::runtime::disk_space::SpaceRequirement;
use crate::runtime::key_files;
use crate::texts;
use crate::trust::installed::Anchor;
use crate::trust::installed::Origin;
use crate::types::apply_error::ApplyError;
use crate::types::{BatchNumber, ChannelId, UnixSeconds};
use ferry_format::FormatError;
use ferry_format::batch::open::{Checked, UnverifiedBatch, VerifiedBatch};
use ferry_format::error::list_fault::ListFault;
use ferry_format::frame::header::Direction;
use ferry_format::keys::{PublicKey, Role, SoftUnwrapper};
use ferry_format::names::Id;
use ferry_format::text::TextError;
use ferry_format::trust::key_constraints::KeyConstraints;
use ferry_format::trust::list::SignedList;
use ferry_format::trust::rules::Class;
use ferry_format::trust::trust_file::Trust;
use ferry_io::error::{Error, Result};
use ferry_io::fs::durable;
use ferry_io::fs::read;
use ferry_io::keys::load;
use ferry_io::keys::passphrase::PassphraseSource;
use rusqlite::Connection;
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

/// The receiving end of a channel, ready to work.
pub struct ReceiveEndpoint {
    /// Channel id.
    pub channel: ChannelId,
    /// Folder that the diode writes.
    pub received: PathBuf,
    /// Opens the batches.
    pub key: SoftUnwrapper,
    /// Where volumes are put together.
    pub(crate) assembly: PathBuf,
    pub(crate) trust: Trust,
    pub(crate) trust_file: PathBuf,
    /// The root keys whose lists decide; none where the trust file does.
    pub(crate) anchor: Option<Anchor>,
    pub(crate) quarantine: PathBuf,
    /// Where second batches under a number are kept.
    pub(crate) evidence: PathBuf,
    pub(crate) rules: RuleDigests,
    pub(crate) stalled_copy_timeout_s: i64,
    pub(crate) on_gap: OnGap,
    /// Folders into which the content of a batch is written: each must have room for all of it.
    pub room_in: Vec<PathBuf>,
    /// Bytes that stay free beside that.
    pub reserve_bytes: u64,
}

impl ReceiveEndpoint {
    /// Reads key and trust file and makes the quarantine folder.
    pub fn open(
        config: &Receiving,
        court: &str,
        direction: Direction,
        rules: RuleDigests,
        state: &Path,
    ) -> Result<Self> {
        let quarantine = state.join("quarantine");
        let assembly = state.join("assembly");
        let evidence = state.join("evidence");
        for folder in [&quarantine, &assembly, &evidence] {
            durable::make_folder_below(state, folder)?;
        }
        key_files::check_made(&config.recipient_key)?;
        let anchor = Anchor::read(config, court, direction)?;
        if anchor.is_none() {
            key_files::check_paired(&config.trust)?;
        }
        // With root keys, nothing is trusted before the list in force is read.
        let mut trust = if anchor.is_some() { Trust::default() } else { load::trust(&config.trust)? };
        let (court, channel) = (Id::new(court)?, config.channel.clone());
        let bound = [
            ("court", &trust.court, &court, texts::errors::other_court()),
            ("channel", &trust.channel, channel.id(), texts::errors::other_channel()),
        ];
        for (what, trusted, configured, why) in bound {
            if trusted.as_ref().is_some_and(|t| t != configured) {
                return Err(Error::configuration(&config.trust, what, why));
            }
        }
        trust.court = Some(court);
        trust.channel = Some(channel.id().clone());
        trust.direction = Some(direction);
        Ok(Self {
            channel,
            received: config.received.clone(),
            key: load::unwrapper(&config.recipient_key, PassphraseSource::of_service())?,
            assembly,
            trust,
            trust_file: config.trust.clone(),
            anchor,
            quarantine,
            evidence,
            rules,
            stalled_copy_timeout_s: config.stalled_copy_timeout_s,
            on_gap: config.on_gap,
            room_in: vec![state.to_owned()],
            reserve_bytes: 0,
        })
    }

    /// Where refused files are kept.
    pub fn quarantine(&self) -> &Path {
        &self.quarantine
    }

    /// What a run needs that writes so many bytes into each folder.
    pub fn needs(&self, bytes: u64) -> Vec<SpaceRequirement> {
        self.room_in.iter().map(|folder| SpaceRequirement { folder: folder.clone(), bytes }).collect()
    }

    /// Takes its trust from the list in force.
    pub(crate) fn reload_trust(&mut self, conn: &Connection) -> Result<()> {
        if let Some(anchor) = &self.anchor {
            self.trust = anchor.trust(conn)?;
        }
        Ok(())
    }

    /// Puts the list of a trust batch in force, in the transaction that records the batch and before that record.
    ///
    /// # Errors
    /// The list's fault, which refuses the batch. One past its time is accepted, and alarms: it is newer than what is in
    /// force.
    pub fn install_list(
        &self,
        conn: &Connection,
        list: Option<&SignedList>,
        batch: BatchNumber,
        now: UnixSeconds,
    ) -> std::result::Result<(), ApplyError> {
        let Some(list) = list else { return Ok(()) };
        let Some(anchor) = &self.anchor else {
            return Err(FormatError::from(ListFault::Form(texts::errors::no_lists_followed())).into());
        };
        let reason = format!("{}/{batch}", self.channel);
        anchor.install(conn, list, &Origin { by: "agent", reason: &reason }, now).map(drop)
    }

    /// Why the list of a batch cannot be followed yet: the one before it has not come.
    pub(crate) fn list_must_wait(&self, conn: &Connection, list: &SignedList) -> Result<Option<FormatError>> {
        self.anchor.as_ref().map_or(Ok(None), |anchor| anchor.must_wait(conn, list))
    }

    /// Whether [`Self::install_list`] would accept that list: asked before anything of the batch is written elsewhere.
    pub(crate) fn would_install(
        &self,
        conn: &mut Connection,
        list: &SignedList,
        now: UnixSeconds,
    ) -> std::result::Result<(), ApplyError> {
        let tx = conn.transaction()?;
        self.install_list(&tx, Some(list), BatchNumber::default(), now)?;
        Ok(tx.rollback()?)
    }

    /// Whether the trust in force revokes a sender's key, from whatever place on.
    pub(crate) fn is_revoked(&self, sender: &[u8; 32]) -> bool {
        self.constraints_of(sender).any(|constraints| constraints.revoked_from.is_some())
    }

    /// Whether a sender's key is past its time by this side's clock.
    pub(crate) fn is_expired(&self, sender: &[u8; 32], now: UnixSeconds) -> bool {
        self.constraints_of(sender).any(|constraints| constraints.not_after_s.is_some_and(|at_s| at_s < now.get()))
    }

    /// What the trust in force says of a sender's key.
    fn constraints_of(&self, sender: &[u8; 32]) -> impl Iterator<Item = &KeyConstraints> {
        let of_sender = move |key: &&PublicKey| key.role == Role::Sender && key.verifying.as_ref() == Some(sender);
        self.trust.keys.iter().filter(of_sender).filter_map(|key| self.trust.constraints.get(&key.fingerprint()))
    }

    /// A batch that has everything it needs.
    pub(crate) fn verify(&self, file: &IncomingFile) -> ferry_format::Result<VerifiedBatch<BufReader<File>>> {
        match self.classify(file)? {
            Checked::Verified(batch) => Ok(batch),
            Checked::Unapproved(batch) => Err(batch.why),
        }
    }

    /// A batch of our sender and for us, sorted by its approvals.
    pub(crate) fn classify(&self, file: &IncomingFile) -> ferry_format::Result<Checked<BufReader<File>>> {
        let opened = read::open_regular(&file.path).map_err(|e| std::io::Error::from(TextError(e.message)))?;
        UnverifiedBatch::read(BufReader::new(opened))?.classify(&self.trust)
    }

    /// Whether a file says of itself that it is a batch of this court in the other direction.
    pub(crate) fn crosses_the_other_way(&self, file: &IncomingFile) -> bool {
        read::batch(&file.path).is_ok_and(|batch| {
            let header = batch.claimed_header();
            Some(&header.court) == self.trust.court.as_ref()
                && self.trust.direction.is_some_and(|ours| ours != header.direction)
        })
    }

    /// Whether a batch has the approvals that release rules ask for what a scanner flagged: then reviewers saw what ours finds.
    pub fn is_cleared(&self, batch: &VerifiedBatch<BufReader<File>>) -> bool {
        batch.is_cleared(&self.trust, Class::Flagged)
    }
}
