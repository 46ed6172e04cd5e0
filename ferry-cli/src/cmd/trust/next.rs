//! `ferry trust next`

use crate::cmd::trust::list_file::valid_until;
use crate::texts::{errors, trust as texts};
use ferry_format::keys::PublicKey;
use ferry_format::trust::list::TrustList;
use ferry_format::trust::trust_file::{KeyConstraints, Trust};
use ferry_io::Result as Outcome;
use ferry_io::clock::now_s;
use ferry_io::fs::durable::write_new;
use ferry_io::keys::load;
use ferry_io::keys::load::public_key;
use ferry_io::output::language::Show;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// Writes the body of the next list, with these changes; anything else is edited in the file before it is signed.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  ferry trust next list-1.toml --add up=new-sender.pub -o body-2.toml
  ferry trust next list-2.toml --revoke up=old-sender.pub@1/418 -o body-3.toml
  ferry trust sign body-3.toml -i root-a.key -o half.toml && ferry trust sign half.toml -i root-b.key -o list-3.toml")]
pub struct Args {
    /// The newest list.
    list: PathBuf,
    /// Adds a key to a channel.
    #[arg(long, value_name = "CHANNEL=PUB")]
    add: Vec<ChannelKey>,
    /// Removes a key from a channel.
    #[arg(long, value_name = "CHANNEL=PUB")]
    drop: Vec<ChannelKey>,
    /// Revokes a key from the batch of that epoch and number on.
    #[arg(long, value_name = "CHANNEL=PUB@EPOCH/NUMBER")]
    revoke: Vec<Revocation>,
    /// How many days it is valid; without it, permanently.
    #[arg(long)]
    days: Option<u32>,
    /// Where to write.
    #[arg(short)]
    output: PathBuf,
}

/// A key of a channel.
#[derive(Clone, Debug)]
struct ChannelKey {
    channel: String,
    key: PathBuf,
}

impl FromStr for ChannelKey {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || texts::write_channel_and_key().show().to_owned();
        let (channel, key) = text.split_once('=').ok_or_else(wrong)?;
        Ok(Self { channel: channel.to_owned(), key: key.into() })
    }
}

/// A key, and epoch and number of the first batch for which it no longer counts.
#[derive(Clone, Debug)]
struct Revocation {
    key: ChannelKey,
    from: (u64, u64),
}

impl FromStr for Revocation {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || texts::write_channel_key_and_number().show().to_owned();
        let (key, place) = text.rsplit_once('@').ok_or_else(wrong)?;
        let (epoch, number) = place.split_once('/').ok_or_else(wrong)?;
        let from = (epoch.parse().map_err(|_| wrong())?, number.parse().map_err(|_| wrong())?);
        Ok(Self { key: key.parse()?, from })
    }
}

impl Args {
    /// Writes the body.
    pub fn run(self) -> Outcome<()> {
        let newest = load::signed_list(&self.list)?;
        let created_s = now_s().max(newest.list.created_s);
        let mut list = TrustList {
            number: newest.list.number + 1,
            previous: newest.digest(),
            created_s,
            valid_until_s: valid_until(self.days, created_s),
            ..newest.list
        };
        for ChannelKey { channel, key } in &self.add {
            channel_of(&mut list, &self.list, channel)?.keys.push(public_key(key)?);
        }
        for key in &self.drop {
            let (trust, key) = key_of(&mut list, &self.list, key)?;
            trust.keys.retain(|k| *k != key);
            trust.constraints.remove(&key.fingerprint());
        }
        for Revocation { key, from } in &self.revoke {
            let (trust, key) = key_of(&mut list, &self.list, key)?;
            let constraints = trust.constraints.remove(&key.fingerprint()).unwrap_or_default();
            trust.constraints.insert(key.fingerprint(), KeyConstraints { revoked_from: Some(*from), ..constraints });
        }
        write_new(&self.output, list.to_toml()?.as_bytes(), 0o644)
    }
}

/// A channel of the list, by its name.
fn channel_of<'a>(list: &'a mut TrustList, file: &Path, channel: &str) -> Outcome<&'a mut Trust> {
    let found = list.channels.iter_mut().find(|t| t.channel.as_ref().is_some_and(|c| c.as_str() == channel));
    found.ok_or_else(|| errors::channel_not_in_list(file.display(), channel))
}

/// A channel, and a key that it names.
fn key_of<'a>(list: &'a mut TrustList, file: &Path, of: &ChannelKey) -> Outcome<(&'a mut Trust, PublicKey)> {
    let key = public_key(&of.key)?;
    let trust = channel_of(list, file, &of.channel)?;
    if trust.keys.contains(&key) {
        return Ok((trust, key));
    }
    Err(errors::key_not_in_channel(file.display(), &of.channel))
}
