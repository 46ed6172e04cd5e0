//! Making an agent's keys, and trusting the other side's: once, by hand, with words to compare.

use crate::config::{Receiving, Sending};
use crate::texts;
use ferry_format::frame::header::Direction;
use ferry_format::keys::{PublicKey, Role, SecretKey};
use ferry_format::names::Id;
use ferry_format::trust::trust_file::Trust;
use ferry_io::entropy::SystemEntropy;
use ferry_io::error::{Error, Result};
use ferry_io::fs::durable;
use ferry_io::fs::durable::write_new;
use ferry_io::fs::read;
use ferry_io::keys::load;
use ferry_io::outln;
use ferry_io::output::language::Show;
use std::path::Path;

/// Makes the keys that the configuration names and that do not exist yet; prints what people compare.
pub fn init(sending: &Sending, receiving: &Receiving) -> Result<()> {
    for folder in [&sending.sent, &receiving.received] {
        durable::make_folder(folder)?;
    }
    for (path, role) in [(&sending.sender_key, Role::Sender), (&receiving.recipient_key, Role::Recipient)] {
        if !path.exists() {
            durable::make_folder(&durable::folder_of(path))?;
            let key = SecretKey::generate(role, &mut SystemEntropy)?;
            write_new(path, key.to_text().as_bytes(), 0o600)?;
        }
        let public = load::public_half(path)?;
        let beside = path.with_extension("pub");
        if !beside.exists() {
            write_new(&beside, public.to_text().as_bytes(), 0o644)?;
        }
        outln!("{}\t{}\t{}\t{}", role.as_str(), public.fingerprint(), public.digest_words(), beside.display());
    }
    Ok(())
}

/// Trusts the other side: its sender for what comes in, its recipient for what goes out.
pub fn pair(
    court: &str,
    incoming: Direction,
    sending: &Sending,
    receiving: &Receiving,
    peer_sender: &Path,
    peer_recipient: &Path,
) -> Result<()> {
    let sender = public_of(peer_sender, Role::Sender)?;
    let recipient = public_of(peer_recipient, Role::Recipient)?;
    let trust = Trust {
        court: Some(Id::new(court)?),
        channel: Some(receiving.channel.id().clone()),
        direction: Some(incoming),
        approvals_needed: 0,
        keys: vec![sender.clone(), load::public_half(&receiving.recipient_key)?],
        ..Trust::default()
    };
    let target = sending
        .recipients
        .first()
        .ok_or_else(|| Error::configuration(&receiving.trust, "recipients", texts::errors::no_recipient_file()))?;
    for (path, text) in [(&receiving.trust, trust.to_toml()?), (target, recipient.to_text())] {
        keep_or_write(path, &text)?;
    }
    for (what, key) in [("sender", &sender), ("recipient", &recipient)] {
        outln!("{what}\t{}\t{}", key.fingerprint(), key.digest_words());
    }
    outln!("{}", texts::commands::compare_words().show());
    Ok(())
}

fn public_of(path: &Path, role: Role) -> Result<PublicKey> {
    let key = load::public_key(path)?;
    if key.role == role {
        return Ok(key);
    }
    Err(texts::errors::wrong_key_role(path.display(), key.role.as_str(), role.as_str()))
}

fn keep_or_write(path: &Path, text: &str) -> Result<()> {
    if !path.exists() {
        durable::make_folder(&durable::folder_of(path))?;
        return write_new(path, text.as_bytes(), 0o644);
    }
    if read::text(path)? == text {
        return Ok(());
    }
    Err(texts::errors::pairs_other_keys(path.display()))
}
