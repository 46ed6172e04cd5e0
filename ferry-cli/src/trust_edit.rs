//! `ferry trust first|next|sign`: a list's body, and its signatures.

use ferry_format::keys::{PublicKey, Role};
use ferry_format::trust::list::{SignedList, TrustList};
use ferry_format::trust::trust_file::{Terms, Trust};
use ferry_io::clock::now_s;
use ferry_io::exit_code::{CONFIGURATION, NOT_PERMITTED};
use ferry_io::fs::durable::write_new;
use ferry_io::fs::read;
use ferry_io::keys::load;
use ferry_io::keys::load::public_key;
use ferry_io::outln;
use ferry_io::{Error, Result as Outcome};
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// Writes the body of list 1 from the trust files of a court's channels.
#[derive(clap::Args)]
pub struct First {
    /// Public key of a root.
    #[arg(long, required = true)]
    root: Vec<PathBuf>,
    /// How many root keys must sign the next list.
    #[arg(long)]
    threshold: usize,
    /// How many days it is valid.
    #[arg(long)]
    days: Option<u32>,
    /// Trust files that name court, channel and direction.
    #[arg(required = true)]
    channels: Vec<PathBuf>,
    /// Where to write.
    #[arg(short)]
    output: PathBuf,
}

/// Writes the body of the next list, with these changes; anything else is edited in the file before it is signed.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  ferry trust next list-1.toml --add up=new-sender.pub -o body-2.toml
  ferry trust next list-2.toml --revoke up=old-sender.pub@1/418 -o body-3.toml
  ferry trust sign body-3.toml -i root-a.key -o half.toml && ferry trust sign half.toml -i root-b.key -o list-3.toml")]
pub struct Next {
    /// The newest list.
    list: PathBuf,
    /// Adds a key to a channel.
    #[arg(long, value_name = "CHANNEL=PUB")]
    add: Vec<KeyOf>,
    /// Takes a key off a channel.
    #[arg(long, value_name = "CHANNEL=PUB")]
    drop: Vec<KeyOf>,
    /// Revokes a key from the batch of that epoch and number.
    #[arg(long, value_name = "CHANNEL=PUB@EPOCH/NUMBER")]
    revoke: Vec<Revoked>,
    /// How many days it is valid; without it, for ever.
    #[arg(long)]
    days: Option<u32>,
    /// Where to write.
    #[arg(short)]
    output: PathBuf,
}

/// Signs a body, or adds a signature to a list.
#[derive(clap::Args)]
pub struct Sign {
    /// Body, or list that others have signed.
    list: PathBuf,
    /// A root's secret key.
    #[arg(short)]
    identity: PathBuf,
    /// Where to write.
    #[arg(short)]
    output: PathBuf,
}

/// A key of a channel.
#[derive(Clone, Debug)]
struct KeyOf {
    channel: String,
    key: PathBuf,
}

impl FromStr for KeyOf {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (channel, key) = text.split_once('=').ok_or("write CHANNEL=KEY.pub")?;
        Ok(Self { channel: channel.to_owned(), key: key.into() })
    }
}

/// A key and the first batch for which it stands no more.
#[derive(Clone, Debug)]
struct Revoked {
    of: KeyOf,
    from: (u64, u64),
}

impl FromStr for Revoked {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const HOW: &str = "write CHANNEL=KEY.pub@EPOCH/NUMBER";
        let (of, place) = text.rsplit_once('@').ok_or(HOW)?;
        let (epoch, number) = place.split_once('/').ok_or(HOW)?;
        let from = (epoch.parse().map_err(|_| HOW)?, number.parse().map_err(|_| HOW)?);
        Ok(Self { of: of.parse()?, from })
    }
}

fn until(days: Option<u32>, created_s: i64) -> Option<i64> {
    days.map(|days| created_s + i64::from(days) * 86_400)
}

impl First {
    /// Writes the body.
    pub fn run(self) -> Outcome<()> {
        let channels = self.channels.iter().map(|p| load::trust(p)).collect::<Outcome<Vec<_>>>()?;
        let court = channels.first().and_then(|t| t.court.clone());
        let (Some(court), true) = (court.clone(), channels.iter().all(|t| t.court == court)) else {
            let (path, why) = (&self.channels[0], "all trust files of a list name one court");
            return Err(Error::configuration(path, "court", why));
        };
        let created_s = now_s();
        let list = TrustList {
            court,
            number: 1,
            previous: [0; 32],
            created_s,
            valid_until_s: until(self.days, created_s),
            root_threshold: self.threshold,
            roots: self.root.iter().map(|p| public_key(p)).collect::<Outcome<_>>()?,
            channels,
        };
        write_new(&self.output, list.to_toml()?.as_bytes(), 0o644)
    }
}

impl Next {
    /// Writes the body.
    pub fn run(self) -> Outcome<()> {
        let newest = load::signed_list(&self.list)?;
        let created_s = now_s().max(newest.list.created_s);
        let mut list = TrustList {
            number: newest.list.number + 1,
            previous: newest.digest(),
            created_s,
            valid_until_s: until(self.days, created_s),
            ..newest.list
        };
        for KeyOf { channel, key } in &self.add {
            of(&mut list, &self.list, channel)?.keys.push(public_key(key)?);
        }
        for KeyOf { channel, key } in &self.drop {
            let (trust, key) = named(&mut list, &self.list, channel, key)?;
            trust.keys.retain(|k| *k != key);
            trust.terms.remove(&key.fingerprint());
        }
        for Revoked { of: KeyOf { channel, key }, from } in &self.revoke {
            let (trust, key) = named(&mut list, &self.list, channel, key)?;
            let terms = trust.terms.remove(&key.fingerprint()).unwrap_or_default();
            trust.terms.insert(key.fingerprint(), Terms { revoked_from: Some(*from), ..terms });
        }
        write_new(&self.output, list.to_toml()?.as_bytes(), 0o644)
    }
}

/// A channel of the list, by its name.
fn of<'a>(list: &'a mut TrustList, file: &Path, channel: &str) -> Outcome<&'a mut Trust> {
    let found = list.channels.iter_mut().find(|t| t.channel.as_ref().is_some_and(|c| c.as_str() == channel));
    found.ok_or_else(|| Error::configuration(file, "channel", format!("it names no channel {channel}")))
}

/// A channel, and a key that it names.
fn named<'a>(list: &'a mut TrustList, file: &Path, channel: &str, key: &Path) -> Outcome<(&'a mut Trust, PublicKey)> {
    let key = public_key(key)?;
    let trust = of(list, file, channel)?;
    if trust.keys.contains(&key) {
        return Ok((trust, key));
    }
    let message = format!("{}: channel {channel} does not name this key", file.display());
    Err(Error::new(CONFIGURATION, "FERRY-E0503", message, "`ferry trust show` names the keys of each channel"))
}

impl Sign {
    /// Reads the body, shows what is signed, signs.
    pub fn run(self) -> Outcome<()> {
        let key = load::secret_key(&self.identity)?;
        if key.role() != Role::Root {
            let message = format!("{}: only a root key signs trust lists", self.identity.display());
            return Err(Error::new(NOT_PERMITTED, "FERRY-E0702", message, "use a root's key"));
        }
        let text = read::text(&self.list)?;
        let read = if SignedList::is_one(&text) { SignedList::from_text(&text) } else { SignedList::unsigned(&text) };
        let mut list = read.map_err(|e| Error::about(&self.list, &e))?;
        list.sign(&key.signer()?)?;
        write_new(&self.output, list.to_text().as_bytes(), 0o644)?;
        outln!(
            "list {} of {}, {}",
            list.list.number,
            list.list.court,
            ferry_format::encoding::hex::to_hex(&list.digest())
        );
        outln!("{} signed, {} must sign the next", list.signers().count(), list.list.root_threshold);
        Ok(())
    }
}
