//! Where the state root differs from the sender's: the delivery report says what each bucket holds, and lists the buckets
//! that the sender asks for.

use crate::store::{read, write};
use ferry_channel::audit;
use ferry_channel::ledger::state_root;
use ferry_channel::send::compose::Composer;
use ferry_format::encoding::hex::to_hex;
use ferry_format::record::catalogue::{Catalogue, Way};
use ferry_format::record::state_root::bucket;
use ferry_format::record::{Record, Value};
use ferry_io::error::Result;
use rusqlite::{Connection, OptionalExtension, params};

/// Items of lists in one return batch; the next batch takes the rest.
const ITEMS_PER_BATCH: u64 = 20_000;

/// Notes, in the transaction that publishes, what the sender's root is where it differs.
pub fn note(conn: &Connection, theirs: Option<&[u8; 32]>) -> Result<()> {
    conn.execute("DELETE FROM root_check", [])?;
    if let Some(theirs) = theirs {
        conn.execute("INSERT INTO root_check VALUES (1, ?1, 0)", [theirs.as_slice()])?;
    }
    Ok(())
}

/// What one return batch says of the state.
pub struct Report<'a> {
    /// The store, in the reply's transaction.
    pub conn: &'a Connection,
    /// The catalogue.
    pub catalogue: &'a Catalogue,
    /// The ↑ channel.
    pub up: &'a str,
    /// Number of the return batch: the version of what it says.
    pub sequence: u64,
    /// Now.
    pub now_s: i64,
}

impl Report<'_> {
    /// Adds the digests of all buckets where the roots differ, and the lists that are asked for.
    pub fn write(&self, composer: &mut Composer) -> Result<()> {
        self.digests(composer)?;
        self.lists(composer)
    }

    fn digests(&self, composer: &mut Composer) -> Result<()> {
        let sql = "SELECT theirs FROM root_check WHERE reported = 0";
        let Some(theirs) = self.conn.query_row(sql, [], |r| r.get::<_, [u8; 32]>(0)).optional()? else { return Ok(()) };
        // The sums are kept beside the records; before anything is asked of the other side, they are made anew.
        let counted = read::root(self.conn)?;
        if counted.root() != state_root::load(self.conn, self.up)?.root() {
            state_root::replace(self.conn, self.up, &counted)?;
            audit::note(self.conn, self.now_s, "agent", "root-recounted", self.up, &to_hex(&counted.root()))?;
        }
        if counted.root() == theirs {
            write::root_agrees(self.conn)?;
            return note(self.conn, None);
        }
        for ((kind, number), sum) in counted.0.iter().filter(|(_, s)| !s.is_zero()) {
            let mut record = self.record(&self.catalogue.roles.bucket_digest, kind, *number, "");
            record.fields.insert("digest".into(), Value::Text(to_hex(&sum.digest())));
            self.add(composer, &record)?;
        }
        self.conn.execute("UPDATE root_check SET reported = 1", [])?;
        Ok(())
    }

    fn lists(&self, composer: &mut Composer) -> Result<()> {
        let mut listed = 0;
        for request in read::of_kind(self.conn, &self.catalogue.roles.bucket_request, usize::MAX >> 1)? {
            let (kind, number) = (request.text("kind"), request.integer("bucket").unwrap_or_default() as u8);
            let sql = "INSERT INTO bucket_answered VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE
                       SET version = excluded.version WHERE version < excluded.version";
            let row = params![kind, number, request.version as i64];
            if listed > ITEMS_PER_BATCH || self.conn.execute(sql, row)? == 0 {
                continue;
            }
            listed += self.list(kind, number, composer)?;
        }
        Ok(())
    }

    fn list(&self, kind: &str, number: u8, composer: &mut Composer) -> Result<u64> {
        let mut items = 0;
        read::newest_of_kind(self.conn, kind, |held| {
            if bucket(kind, &held.id) != number {
                return Ok(());
            }
            let mut record = self.record(&self.catalogue.roles.bucket_item, kind, number, &format!("/{items}"));
            items += 1;
            let mut text = |field: &str, text: &str| {
                if !text.is_empty() {
                    record.fields.insert(field.to_owned(), Value::Text(text.to_owned()));
                }
            };
            text("item", &held.id);
            text("case", &held.case_id);
            text("person", &held.person);
            text("content", &held.content.map(|c| to_hex(&c)).unwrap_or_default());
            record.fields.insert("item-version".into(), Value::Integer(held.version as i64));
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
        self.catalogue.check_record(record, Way::Down)?;
        composer.record(record)
    }
}
