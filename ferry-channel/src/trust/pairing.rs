//! Making an agent's keys, and trusting the other side's: once, by hand, with words to compare.

use crate::config::{Receiving, Sending};
use crate::texts;
use crate::types::UnixSeconds;
use ferry_format::frame::header::Direction;
use ferry_format::keys::{PublicKey, Role, SecretKey};
use ferry_format::names::Id;
use ferry_format::trust::trust_file::{KeyConstraints, Trust};
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

/// What is trusted of another side.
pub struct PeerKeys<'a> {
    /// Public key of its sender.
    pub sender: &'a Path,
    /// Public key of its recipient.
    pub recipient: &'a Path,
}

/// What may happen to a pairing that is there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replacing {
    /// Nothing: other keys are refused.
    No,
    /// The difference is shown, and nothing is written.
    Show,
    /// The difference is shown, then written.
    Write,
}

/// Trusts the other side: its sender for what comes in, its recipient for what goes out. Reviewers, other recipients and
/// rules of a trust file that is there stay as they are.
///
/// # Errors
/// `FERRY-E0703`, cannot create: the files name other keys, and are not to be replaced.
pub fn pair(
    court: &str,
    incoming: Direction,
    (sending, receiving): (&Sending, &Receiving),
    peer: &PeerKeys<'_>,
    replacing: Replacing,
    now: UnixSeconds,
) -> Result<()> {
    let sender = public_of(peer.sender, Role::Sender)?;
    let recipient = public_of(peer.recipient, Role::Recipient)?;
    let own = load::public_half(&receiving.recipient_key)?;
    let target = sending
        .recipients
        .first()
        .ok_or_else(|| Error::configuration(&receiving.trust, "recipients", texts::errors::no_recipient_file()))?;
    let before = receiving.trust.exists().then(|| load::trust(&receiving.trust)).transpose()?;
    let trusted = Trusted {
        court: Id::new(court)?,
        channel: receiving.channel.id().clone(),
        incoming,
        sender: sender.clone(),
        own,
    };
    let written_before = target.exists().then(|| read::text(target)).transpose()?;
    let is_recipient_new = written_before.as_ref().is_some_and(|text| *text != recipient.to_text());
    let is_trust_new = before.as_ref().is_some_and(|trust| !trusted.holds_in(trust, now));
    if (is_recipient_new || is_trust_new) && replacing == Replacing::No {
        return Err(texts::errors::pairs_other_keys(if is_trust_new { &receiving.trust } else { target }.display()));
    }
    let trust = trusted.put_into(before.clone().unwrap_or_default(), now);
    if let Some(before) = &before {
        show_difference(before, &trust);
    }
    if is_recipient_new {
        outln!("{}", texts::commands::pair_recipient_replaced(recipient.fingerprint()).show());
    }
    if replacing == Replacing::Show {
        outln!("{}", texts::commands::pair_nothing_written().show());
        return Ok(());
    }
    if before.is_none() || is_trust_new {
        write(&receiving.trust, &trust.to_toml()?)?;
    }
    if written_before.is_none() || is_recipient_new {
        write(target, &recipient.to_text())?;
    }
    for (what, key) in [("sender", &sender), ("recipient", &recipient)] {
        outln!("{what}\t{}\t{}", key.fingerprint(), key.digest_words());
    }
    outln!("{}", texts::commands::compare_words().show());
    Ok(())
}

/// What a pairing puts into a trust file.
struct Trusted {
    court: Id,
    channel: Id,
    incoming: Direction,
    sender: PublicKey,
    own: PublicKey,
}

impl Trusted {
    fn holds_in(&self, trust: &Trust, now: UnixSeconds) -> bool {
        let senders = trust.keys.iter().filter(|key| key.role == Role::Sender);
        let is_current = |key: &&PublicKey| {
            let ends_s = trust.constraints.get(&key.fingerprint()).and_then(|terms| terms.not_after_s);
            ends_s.is_none_or(|at_s| at_s >= now.get())
        };
        trust.court.as_ref() == Some(&self.court)
            && trust.channel.as_ref() == Some(&self.channel)
            && trust.direction == Some(self.incoming)
            && senders.filter(is_current).eq([&self.sender])
            && trust.keys.contains(&self.own)
    }

    /// A sender that is replaced stays for batches that a later one names or that were asked for: what it signed before is
    /// not lost. Whoever replaces a stolen key also revokes it.
    fn put_into(self, mut trust: Trust, now: UnixSeconds) -> Trust {
        (trust.court, trust.channel, trust.direction) = (Some(self.court), Some(self.channel), Some(self.incoming));
        for old in trust.keys.iter().filter(|key| key.role == Role::Sender && **key != self.sender) {
            let ends_s = &mut trust.constraints.entry(old.fingerprint()).or_default().not_after_s;
            *ends_s = Some(ends_s.unwrap_or(i64::MAX).min(now.get()));
        }
        for key in [self.own, self.sender] {
            // A planned end stays; one that is past would trust the key for nothing.
            let is_over = |terms: &KeyConstraints| terms.not_after_s.is_some_and(|at_s| at_s < now.get());
            trust.constraints.entry(key.fingerprint()).and_modify(|terms| {
                if is_over(terms) {
                    terms.not_after_s = None;
                }
            });
            if !trust.keys.contains(&key) {
                trust.keys.insert(0, key);
            }
        }
        trust
    }
}

fn show_difference(before: &Trust, after: &Trust) {
    let ends = |trust: &Trust, key: &PublicKey| trust.constraints.get(&key.fingerprint()).and_then(|t| t.not_after_s);
    for key in &after.keys {
        if !before.keys.contains(key) {
            outln!("{}", texts::commands::pair_added(key.role.as_str(), key.fingerprint()).show());
        } else if ends(before, key) != ends(after, key) {
            outln!("{}", texts::commands::pair_ended(key.role.as_str(), key.fingerprint()).show());
        } else {
            outln!("{}", texts::commands::pair_kept(key.role.as_str(), key.fingerprint()).show());
        }
    }
}

fn public_of(path: &Path, role: Role) -> Result<PublicKey> {
    let key = load::public_key(path)?;
    if key.role == role {
        return Ok(key);
    }
    Err(texts::errors::wrong_key_role(path.display(), key.role.as_str(), role.as_str()))
}

fn write(path: &Path, text: &str) -> Result<()> {
    if path.exists() {
        return durable::replace(path, text.as_bytes());
    }
    durable::make_folder(&durable::folder_of(path))?;
    write_new(path, text.as_bytes(), 0o644)
}
