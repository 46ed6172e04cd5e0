//! The report of the state root, while it differs from the sender's: the digest of every bucket, and the records of the
//! buckets that the sender asks for.

use crate::store::{root_difference, visible};
use ferry_channel::audit;
use ferry_channel::ledger::state_root;
use ferry_channel::send::compose::Composer;
use ferry_channel::types::{ChannelId, UnixSeconds};
use ferry_format::encoding::hex::to_hex;
use ferry_format::record::catalogue::{Catalogue, Direction};
use ferry_format::record::state_root::bucket;
use ferry_format::record::{Record, Value};
use ferry_io::error::Result;
use rusqlite::Connection;

/// Listed records of one return batch; the next batch takes the rest.
const RECORDS_PER_BATCH: u64 = 20_000;

/// Writes the report of one return batch.
pub struct RootReport<'a> {
    /// The store, in the reply's transaction.
    pub conn: &'a Connection,
    /// The catalogue.
    pub catalogue: &'a Catalogue,
    /// The ↑ channel.
    pub up: &'a ChannelId,
    /// Number of the return batch, which is the version of its records.
    pub sequence: u64,
    /// Now.
    pub now: UnixSeconds,
}

impl RootReport<'_> {
    /// Adds the digests of all buckets where the roots differ, and the lists that the sender asked for.
    pub fn write(&self, composer: &mut Composer) -> Result<()> {
        self.digests(composer)?;
        self.lists(composer)
    }

    fn digests(&self, composer: &mut Composer) -> Result<()> {
        let Some(theirs) = root_difference::unreported(self.conn)? else { return Ok(()) };
        // The ledger's sums may be wrong themselves: they are computed again before anything is asked of the other side.
        let counted = visible::root(self.conn)?;
        if counted.root() != state_root::load(self.conn, self.up)?.root() {
            state_root::replace(self.conn, self.up, &counted)?;
            audit::record(self.conn, self.now, "agent", "root-recounted", self.up.as_str(), &to_hex(&counted.root()))?;
        }
        if counted.root() == theirs {
            return root_difference::set(self.conn, None);
        }
        for ((kind, number), sum) in counted.0.iter().filter(|(_, s)| !s.is_zero()) {
            let mut record = self.record(&self.catalogue.roles.bucket_digest, kind, *number, "");
            record.fields.insert("digest".into(), Value::Text(to_hex(&sum.digest())));
            self.add(composer, &record)?;
        }
        root_difference::set_reported(self.conn, true)
    }

    fn lists(&self, composer: &mut Composer) -> Result<()> {
        let mut listed = 0;
        for request in visible::of_kind(self.conn, &self.catalogue.roles.bucket_request, usize::MAX >> 1)? {
            let (kind, number) = (request.text("kind"), request.integer("bucket").unwrap_or_default() as u8);
            if listed > RECORDS_PER_BATCH || !root_difference::record_answer(self.conn, kind, number, request.version)?
            {
                continue;
            }
            listed += self.list(kind, number, composer)?;
        }
        Ok(())
    }

    fn list(&self, kind: &str, number: u8, composer: &mut Composer) -> Result<u64> {
        let mut items = 0;
        visible::newest_of_kind(self.conn, kind, |newest| {
            if bucket(kind, &newest.id) != number {
                return Ok(());
            }
            let mut record = self.record(&self.catalogue.roles.bucket_item, kind, number, &format!("/{items}"));
            items += 1;
            let mut text = |field: &str, text: &str| {
                if !text.is_empty() {
                    record.fields.insert(field.to_owned(), Value::Text(text.to_owned()));
                }
            };
            text("item", &newest.id);
            text("case", &newest.case_id);
            text("person", &newest.person);
            text("content", &newest.content.map(|c| to_hex(&c)).unwrap_or_default());
            record.fields.insert("item-version".into(), Value::Integer(newest.version as i64));
            self.add(composer, &record)
        })?;
        let mut listing = self.record(&self.catalogue.roles.bucket_listing, kind, number, "");
        listing.fields.insert("items".into(), Value::Integer(items as i64));
        self.add(composer, &listing)?;
        Ok(items)
    }

    fn record(&self, role: &str, kind: &str, number: u8, suffix: &str) -> Record {
        let mut record = Record::new(role, &format!("{kind}/{number}{suffix}"), self.sequence);
        record.fields.insert("kind".into(), Value::Text(kind.to_owned()));
        record.fields.insert("bucket".into(), Value::Integer(number.into()));
        record
    }

    fn add(&self, composer: &mut Composer, record: &Record) -> Result<()> {
        self.catalogue.check_record(record, Direction::Down)?;
        composer.record(record)
    }
}
