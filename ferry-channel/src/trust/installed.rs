//! The trust list in force. Where the configuration names root keys, both channels take their trust from it, and every list
//! that was ever in force is kept: the chain is followed again from the roots whenever it is asked, so that a changed database
//! makes nobody trusted.

use crate::audit;
use crate::config::{Receiving, RuleDigests};
use crate::ledger::numbering;
use crate::runtime::schedule::rfc3339;
use crate::texts;
use crate::trust::revoke;
use crate::types::alarm::Alarm;
use crate::types::apply_error::ApplyError;
use crate::types::{ChannelId, Digest, UnixSeconds};
use ferry_format::FormatError;
use ferry_format::batch::open::Sink;
use ferry_format::error::list_fault::ListFault;
use ferry_format::frame::header::Direction;
use ferry_format::frame::manifest::Entry;
use ferry_format::keys::{PublicKey, Role};
use ferry_format::limits::TRUST_LIST_BYTES_MAX;
use ferry_format::names::Id;
use ferry_format::trust::chain::{Chain, Step};
use ferry_format::trust::list::{SignedList, TrustList};
use ferry_format::trust::trust_file::{Moment, Trust};
use ferry_io::error::{Error, Result};
use ferry_io::keys::load;
use jiff::tz::TimeZone;
use rusqlite::{Connection, OptionalExtension, params};

/// Kind of the one document of a trust batch.
pub const KIND: &str = "trust-list";

/// What a configuration holds a court's lists to.
#[derive(Clone, Debug)]
pub struct Anchor {
    court: Id,
    /// The channel that this side receives.
    channel: ChannelId,
    direction: Direction,
    roots: Vec<PublicKey>,
}

/// Who put a list in force, and why.
pub struct Origin<'a> {
    /// A name, or the batch that carried it.
    pub by: &'a str,
    /// Why.
    pub reason: &'a str,
}

impl Anchor {
    /// Reads the root keys that a receiving section names; none where it names none, and the trust file decides.
    pub fn read(receiving: &Receiving, court: &str, direction: Direction) -> Result<Option<Self>> {
        if receiving.roots.is_empty() {
            return Ok(None);
        }
        let roots = receiving.roots.iter().map(|p| load::public_key(p)).collect::<Result<Vec<_>>>()?;
        if roots.iter().any(|key| key.role != Role::Root) {
            return Err(Error::configuration(&receiving.roots[0], "roots", texts::errors::no_root_key()));
        }
        Ok(Some(Self { court: Id::new(court)?, channel: receiving.channel.clone(), direction, roots }))
    }

    /// Follows the lists that were installed.
    ///
    /// # Errors
    /// Where one of them does not hold: the database was changed by somebody else.
    fn chain(&self, conn: &Connection) -> Result<Option<Chain>> {
        let mut statement = conn.prepare("SELECT text FROM ferry_trust_list ORDER BY number")?;
        let texts = statement.query_map([], |r| r.get::<_, String>(0))?.collect::<rusqlite::Result<Vec<_>>>()?;
        let mut chain: Option<Chain> = None;
        for text in texts {
            let list = SignedList::from_text(&text)?;
            match &mut chain {
                None => chain = Some(Chain::begin(list, &self.roots)?),
                Some(chain) => drop(chain.follow(list)?),
            }
        }
        Ok(chain)
    }

    /// The list in force.
    ///
    /// # Errors
    /// `FERRY-E0720` before the first one is installed.
    pub fn list(&self, conn: &Connection) -> Result<TrustList> {
        let chain = self.chain(conn)?.ok_or_else(texts::errors::no_trust_list)?;
        Ok(chain.newest().list.clone())
    }

    /// What the list in force says of the channel that this side receives.
    pub fn trust(&self, conn: &Connection) -> Result<Trust> {
        Ok(self.list(conn)?.trust(self.channel.id(), self.direction)?)
    }

    /// Puts a list in force, in the caller's transaction, and revokes what a key signed from the number on that it names. One that was
    /// in force already changes nothing.
    pub fn install(
        &self,
        conn: &Connection,
        list: &SignedList,
        origin: &Origin<'_>,
        now: UnixSeconds,
    ) -> std::result::Result<Step, ApplyError> {
        if list.list.court != self.court {
            let (found, expected) = (list.list.court.to_string(), self.court.to_string());
            return Err(FormatError::from(ListFault::Court { found, expected }).into());
        }
        if is_installed(conn, list)? {
            return Ok(Step::Same);
        }
        let trust = self.follow(conn, list)?;
        let (number, digest) = (list.list.number, list.digest());
        let row = params![number, digest.as_slice(), list.to_text(), now, origin.by, origin.reason];
        conn.execute("INSERT INTO ferry_trust_list VALUES (?1, ?2, ?3, ?4, ?5, ?6)", row)?;
        audit::record(conn, now, origin.by, "trust-list", &number.to_string(), origin.reason)?;
        for key in trust.keys.iter().filter(|k| k.role == Role::Sender) {
            let from = trust.constraints.get(&key.fingerprint()).and_then(|t| t.revoked_from);
            if let (Some(sender), Some(from)) = (&key.verifying, from) {
                revoke::revoke_batches(conn, &self.channel, sender, from.into(), number, now)?;
            }
        }
        Ok(Step::Next)
    }

    /// What the next list says of the channel that this side receives, if it follows.
    fn follow(&self, conn: &Connection, list: &SignedList) -> std::result::Result<Trust, ApplyError> {
        match self.chain(conn)? {
            None => drop(Chain::begin(list.clone(), &self.roots)?),
            Some(mut chain) => drop(chain.follow(list.clone())?),
        }
        Ok(list.list.trust(self.channel.id(), self.direction)?)
    }

    /// Whether a list could be put in force here, or was.
    ///
    /// # Errors
    /// As [`Self::install`].
    pub fn would_follow(&self, conn: &Connection, list: &SignedList) -> std::result::Result<(), ApplyError> {
        if is_installed(conn, list)? { Ok(()) } else { self.follow(conn, list).map(drop) }
    }

    /// Why a list cannot be followed yet: the one before it has not come.
    pub(crate) fn must_wait(&self, conn: &Connection, list: &SignedList) -> Result<Option<FormatError>> {
        let expected = self.chain(conn)?.map_or(1, |chain| chain.newest().list.number + 1);
        let found = list.list.number;
        Ok((found > expected).then(|| ListFault::Skipped { found, expected }.into()))
    }

    /// Whether this side may send with that key and by those rules.
    ///
    /// # Errors
    /// `FERRY-E0721` for a catalogue or policy that the list does not name, `FERRY-E0725` for a key that it does not name or
    /// that is no longer in force. Both wait: nothing is lost, the next run asks again.
    pub fn check_sending(
        &self,
        conn: &Connection,
        channel: &ChannelId,
        sender: &[u8; 32],
        rules: &RuleDigests,
        at: &Moment,
    ) -> Result<()> {
        let direction = match self.direction {
            Direction::Export => Direction::Return,
            Direction::Return => Direction::Export,
        };
        let trust = self.list(conn)?.trust(channel.id(), direction)?;
        if let Err(why) = trust.valid_key(Role::Sender, sender, at) {
            return Err(texts::errors::sender_key_not_listed(why.message()));
        }
        if trust.allows(&rules.catalogue, &rules.policy) {
            return Ok(());
        }
        Err(texts::errors::rules_not_listed())
    }
}

/// Whether these bytes were installed under their number before.
fn is_installed(conn: &Connection, list: &SignedList) -> Result<bool> {
    let sql = "SELECT digest FROM ferry_trust_list WHERE number = ?1";
    let known: Option<Digest> = conn.query_row(sql, [list.list.number], |r| r.get(0)).optional()?;
    Ok(known == Some(Digest(list.digest())))
}

/// Takes the one document of a trust batch.
#[derive(Default)]
pub(crate) struct ListDocument {
    bytes: Vec<u8>,
    documents: u64,
}

impl ListDocument {
    /// The list.
    pub(crate) fn list(self) -> ferry_format::Result<SignedList> {
        let form = |why| FormatError::from(ListFault::Form(why));
        if self.documents != 1 {
            return Err(form(texts::receive::one_list_only()));
        }
        let text = String::from_utf8(self.bytes).map_err(|_| form(texts::receive::list_is_no_text()))?;
        SignedList::from_text(&text)
    }
}

impl Sink for ListDocument {
    fn begin(&mut self, entry: &Entry) -> ferry_format::Result<()> {
        self.documents += 1;
        if entry.kind != KIND || entry.raw_bytes > TRUST_LIST_BYTES_MAX as u64 || self.documents > 1 {
            return Err(ListFault::Form(texts::receive::one_list_only()).into());
        }
        Ok(())
    }

    fn bytes(&mut self, bytes: &[u8]) -> ferry_format::Result<()> {
        self.bytes.extend_from_slice(bytes);
        Ok(())
    }

    fn end(&mut self, _: &Entry) -> ferry_format::Result<()> {
        Ok(())
    }

    fn record(&mut self, _: &Entry, _: &[u8]) -> ferry_format::Result<()> {
        Err(ListFault::Form(texts::receive::list_with_records()).into())
    }
}

/// The moment of the next batch of a channel.
pub fn next_moment(conn: &Connection, channel: &ChannelId, now: UnixSeconds) -> Result<Moment> {
    let next = numbering::next_number(conn, channel)?;
    Ok(Moment { at_s: now.get(), batch: Some((next.epoch, next.sequence)) })
}

/// The list in force as it was installed, when and by whom: unchecked, for `status` and `trust show`.
pub fn installed(conn: &Connection) -> Result<Option<(SignedList, UnixSeconds, String)>> {
    let sql = "SELECT text, at_s, installed_by FROM ferry_trust_list ORDER BY number DESC LIMIT 1";
    let row = |r: &rusqlite::Row<'_>| Ok((r.get::<_, String>(0)?, r.get(1)?, r.get(2)?));
    let Some((text, at_s, by)) = conn.query_row(sql, [], row).optional()? else { return Ok(None) };
    Ok(Some((SignedList::from_text(&text)?, at_s, by)))
}

/// The alarm of a list past its time. It stays in force.
pub fn expiry_alarm(conn: &Connection, zone: &TimeZone, now: UnixSeconds) -> Result<Option<Alarm>> {
    let Some((signed, ..)) = installed(conn)? else { return Ok(None) };
    let until = signed.list.valid_until_s.map(UnixSeconds).filter(|until| now > *until);
    Ok(until.map(|until| texts::alarms::trust_list_expired(signed.list.number, rfc3339(until, zone))))
}
