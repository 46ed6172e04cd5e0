//! The staging tables, in the platform's own database: an item and its inbox row commit together.

pub mod database;
mod postgres;
pub mod receipts;
mod sqlite;

use crate::config::Config;
use crate::import::rejection::Rejection;
use crate::import::staging::database::{Database, Value};
use crate::import::staging::postgres::Postgres;
use crate::import::staging::sqlite::Sqlite;
use crate::limits::Bound;
use crate::source::connection::Server;
use crate::store::service_deadlines::ServiceDeadline;
use crate::texts::import::{column_missing, one_database};
use ferry_channel::types::{BatchNumber, UnixSeconds};
use ferry_format::encoding::hex::to_hex;
use ferry_format::frame::statement::SeriesStatement;
use ferry_format::record::{self, Record};
use ferry_format::text::Language;
use ferry_io::error::{Error, Result};
use std::collections::{BTreeMap, HashMap};

/// Names of the staging tables.
const TABLES: [&str; 8] = [
    "FERRY_BATCH",
    "FERRY_INBOX",
    "FERRY_RECEIPT",
    "FERRY_MESSAGE",
    "FERRY_REQUEST",
    "FERRY_RECORD",
    "FERRY_HELD",
    "FERRY_SERVICE_STATE",
];
/// The schema. All tables that the bridge writes in the platform begin with `FERRY_`.
const SCHEMA: &str = include_str!("../../../../config/staging.sql");
/// Statements that each add a column to a table of an earlier release.
const UPGRADE: &str = include_str!("../../../../config/staging-upgrade.sql");

/// The platform's database, opened for the staging tables.
pub struct Staging(pub(super) Box<dyn Database>);

impl Staging {
    /// Opens the database and creates missing tables and columns.
    ///
    /// # Errors
    /// Not permitted if the role may not create them; `FERRY-E0631` names a column that an administrator has to add.
    pub fn open(config: &Config) -> Result<Self> {
        let database = open_database(config)?;
        database.create_missing(&TABLES, SCHEMA)?;
        upgrade(database.as_ref())?;
        Ok(Self(database))
    }

    /// Begins the transaction of one batch.
    pub fn begin(&self) -> Result<()> {
        self.0.begin()
    }

    /// Commits it.
    pub fn commit(&self) -> Result<()> {
        self.0.commit()
    }

    /// Rolls it back.
    pub fn rollback(&self) -> Result<()> {
        self.0.rollback()
    }

    /// Whether the platform has settled this batch. The platform decides; the local ledger is derived from it.
    pub fn has_batch(&self, channel: &str, series: &SeriesStatement) -> Result<bool> {
        let sql = "SELECT digest FROM FERRY_BATCH WHERE channel = $1 AND epoch = $2 AND sequence = $3";
        let found = self.0.query(sql, &[channel.into(), series.epoch.into(), series.sequence.into()])?;
        Ok(found == [[Value::Text(to_hex(&series.digest()))]])
    }

    /// Whether the platform has settled a batch of this number.
    pub fn knows_batch(&self, channel: &str, number: BatchNumber) -> Result<bool> {
        let sql = "SELECT digest FROM FERRY_BATCH WHERE channel = $1 AND epoch = $2 AND sequence = $3";
        Ok(!self.0.query(sql, &[channel.into(), number.epoch.into(), number.sequence.into()])?.is_empty())
    }

    /// Whether the platform has settled any batch of a channel.
    pub fn has_batches(&self, channel: &str) -> Result<bool> {
        let sql = "SELECT digest FROM FERRY_BATCH WHERE channel = $1 LIMIT 1";
        Ok(!self.0.query(sql, &[channel.into()])?.is_empty())
    }

    /// Marks a number as settled of whose batch the platform has nothing.
    pub fn mark_batch(&self, channel: &str, number: BatchNumber, now: UnixSeconds) -> Result<()> {
        let place = [channel.into(), number.epoch.into(), number.sequence.into()];
        let rest = ["".into(), 0_u64.into(), now.into()];
        self.0.execute("INSERT INTO FERRY_BATCH VALUES ($1, $2, $3, $4, $5, $6)", &[&place[..], &rest].concat())?;
        Ok(())
    }

    /// The database, for people.
    pub fn place(&self, config: &Config) -> String {
        let settle = &config.settle;
        settle.staging.as_ref().map_or_else(|| "PostgreSQL".to_owned(), |path| path.display().to_string())
    }

    /// Records a batch as settled.
    pub fn add_batch(&self, channel: &str, series: &SeriesStatement, records: u64, now: UnixSeconds) -> Result<()> {
        let digest = to_hex(&series.digest());
        let place = [channel.into(), series.epoch.into(), series.sequence.into()];
        let rest = [digest.as_str().into(), records.into(), now.into()];
        self.0.execute("INSERT INTO FERRY_BATCH VALUES ($1, $2, $3, $4, $5, $6)", &[&place[..], &rest].concat())?;
        Ok(())
    }

    /// Records an item in the inbox; false if it is there already, from whichever batch.
    pub fn enter(&self, channel: &str, number: BatchNumber, item: u64, r: &Record) -> Result<bool> {
        let sql = "INSERT INTO FERRY_INBOX VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING";
        let place = [channel.into(), number.epoch.into(), number.sequence.into(), item.into()];
        let what = [r.kind.as_str().into(), r.id.as_str().into(), r.version.into()];
        Ok(self.0.execute(sql, &[&place[..], &what].concat())? == 1)
    }

    /// Whether an item is in the inbox, from whichever batch.
    pub fn has_entered(&self, r: &Record) -> Result<bool> {
        let sql = "SELECT item FROM FERRY_INBOX WHERE kind = $1 AND id = $2 AND version = $3";
        let what = [r.kind.as_str().into(), r.id.as_str().into(), r.version.into()];
        Ok(!self.0.query(sql, &what)?.is_empty())
    }

    /// Whether the item at this place of a batch is in the inbox.
    pub fn has_entered_as(&self, channel: &str, number: BatchNumber, item: u64) -> Result<bool> {
        let sql = "SELECT item FROM FERRY_INBOX WHERE channel = $1 AND epoch = $2 AND sequence = $3 AND item = $4";
        let place = [channel.into(), number.epoch.into(), number.sequence.into(), item.into()];
        Ok(!self.0.query(sql, &place)?.is_empty())
    }

    /// Messages and requests of a case that were written from `from_s` until before `until_s`.
    pub fn count_written(&self, case_id: &str, from_s: UnixSeconds, until_s: UnixSeconds) -> Result<u64> {
        let sql = "SELECT (SELECT count(*) FROM FERRY_MESSAGE WHERE case_id = $1 AND written_s >= $2 AND written_s < $3)
                        + (SELECT count(*) FROM FERRY_REQUEST WHERE case_id = $1 AND written_s >= $2 AND written_s < $3)";
        let rows = self.0.query(sql, &[case_id.into(), from_s.into(), until_s.into()])?;
        Ok(rows.first().and_then(|row| row.first()?.number()).unwrap_or_default() as u64)
    }

    /// Inserts a message.
    pub fn add_message(&self, r: &Record, batch: &str) -> Result<()> {
        let sql = "INSERT INTO FERRY_MESSAGE(id, case_id, person, author, text, written_s, address, via, batch)
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING";
        let written_s = r.integer("written").unwrap_or_default();
        let author =
            [r.id.as_str().into(), r.case_id.as_str().into(), r.person.as_str().into(), r.text("author").into()];
        let content = [r.text("text").into(), written_s.into()];
        let origin = [r.text("address").into(), r.text("via").into(), batch.into()];
        self.0.execute(sql, &[&author[..], &content, &origin].concat())?;
        Ok(())
    }

    /// Inserts a request for access.
    pub fn add_request(&self, r: &Record, batch: &str) -> Result<()> {
        let sql =
            "INSERT INTO FERRY_REQUEST(id, case_id, person, author, subject, text, written_s, address, via, batch)
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING";
        let written_s = r.integer("written").unwrap_or_default();
        let author =
            [r.id.as_str().into(), r.case_id.as_str().into(), r.person.as_str().into(), r.text("author").into()];
        let content = [r.text("subject").into(), r.text("text").into(), written_s.into()];
        let origin = [r.text("address").into(), r.text("via").into(), batch.into()];
        self.0.execute(sql, &[&author[..], &content, &origin].concat())?;
        Ok(())
    }

    /// Inserts a record of any other kind.
    pub fn add_record(&self, r: &Record, batch: &str) -> Result<()> {
        let sql = "INSERT INTO FERRY_RECORD VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING";
        let what = [r.kind.as_str().into(), r.id.as_str().into(), r.version.into()];
        let rest = [r.case_id.as_str().into(), r.person.as_str().into(), fields(r).as_str().into(), batch.into()];
        self.0.execute(sql, &[&what[..], &rest].concat())?;
        Ok(())
    }

    /// Inserts or updates the state of a service (article 11). Times that have not occurred are 0 or empty.
    pub fn set_service_deadline(&self, s: &ServiceDeadline) -> Result<()> {
        let sql = "INSERT INTO FERRY_SERVICE_STATE VALUES
                     ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
                   ON CONFLICT(kind, id, sha256, person) DO UPDATE SET version = excluded.version, case_no = excluded.case_no,
                     document = excluded.document, addressee = excluded.addressee, clerk = excluded.clerk,
                     state = excluded.state, published_s = excluded.published_s, reminded_s = excluded.reminded_s,
                     due = excluded.due, received_s = excluded.received_s, since_s = excluded.since_s";
        let values = [
            s.kind.as_str().into(),
            s.key.as_str().into(),
            s.sha256.as_str().into(),
            s.person.as_str().into(),
            s.version.into(),
            s.case.as_str().into(),
            s.case_number.as_str().into(),
            s.title.as_str().into(),
            s.addressee.as_str().into(),
            s.clerk.as_str().into(),
            s.state.as_str().into(),
            s.published_s.into(),
            s.reminded_s.unwrap_or_default().into(),
            s.due.as_deref().unwrap_or_default().into(),
            s.received_s.unwrap_or_default().into(),
            s.since_s.into(),
        ];
        self.0.execute(sql, &values)?;
        Ok(())
    }

    /// Puts a rejected item into the clerk's review queue, with the reason in Chinese and all its fields.
    pub fn reject(&self, batch: &str, item: u64, r: &Record, rejection: &Rejection, now: UnixSeconds) -> Result<()> {
        let sql = "INSERT INTO FERRY_HELD(batch, item, kind, id, version, case_id, person, class, reason, fields, at_s)
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT DO NOTHING";
        let place = [batch.into(), item.into(), r.kind.as_str().into(), r.id.as_str().into(), r.version.into()];
        let concerned = [r.case_id.as_str().into(), r.person.as_str().into()];
        // The reader is a clerk of a Chinese court, whatever language the agent itself speaks.
        let reason = rejection.text();
        let reason = reason.get(Language::Chinese);
        let why = [rejection.class().into(), reason.into(), fields(r).as_str().into(), now.into()];
        self.0.execute(sql, &[&place[..], &concerned, &why].concat())?;
        Ok(())
    }

    /// What was rejected since a moment, by person: items, and bytes as they are written.
    pub fn held_since(&self, from_s: UnixSeconds) -> Result<Vec<(String, Bound)>> {
        let sql = "SELECT person, count(*), coalesce(sum(octet_length(fields)), 0) FROM FERRY_HELD WHERE at_s >= $1
                   GROUP BY person";
        let row = |row: Vec<Value>| {
            let number = |n: usize| row.get(n).and_then(Value::number).unwrap_or_default() as u64;
            let bound = Bound { items: number(1), bytes: number(2) };
            (row.into_iter().next().map(Value::into_text).unwrap_or_default(), bound)
        };
        Ok(self.0.query(sql, &[from_s.into()])?.into_iter().map(row).collect())
    }

    /// Whether an item of a batch is in the review queue.
    pub fn has_held(&self, batch: &str, item: u64) -> Result<bool> {
        let sql = "SELECT item FROM FERRY_HELD WHERE batch = $1 AND item = $2";
        Ok(!self.0.query(sql, &[batch.into(), item.into()])?.is_empty())
    }

    /// Bytes of an item as it is written into a staging table.
    pub fn bytes_of(r: &Record) -> u64 {
        fields(r).len() as u64
    }

    /// Items of the review queue that no clerk has decided yet, by class.
    pub fn review_queue(&self) -> Result<BTreeMap<String, u64>> {
        let sql = "SELECT class, count(*) FROM FERRY_HELD WHERE state = 'new' GROUP BY class ORDER BY class";
        let count = |row: Vec<Value>| {
            let number = row.get(1).and_then(Value::number).unwrap_or_default() as u64;
            (row.into_iter().next().map(Value::into_text).unwrap_or_default(), number)
        };
        Ok(self.0.query(sql, &[])?.into_iter().map(count).collect())
    }
}

/// Opens the database that the configuration names.
pub fn open_database(config: &Config) -> Result<Box<dyn Database>> {
    let settle = &config.settle;
    match (&settle.staging, &settle.postgres) {
        (Some(file), None) => Ok(Box::new(Sqlite::open(file)?)),
        (None, Some(string)) => Ok(Box::new(Postgres::open(&Server {
            config: &config.path,
            table: "settle",
            string,
            password: settle.postgres_password.as_ref(),
            ca: settle.postgres_ca.as_ref(),
            statement_timeout_s: config.source.statement_timeout_s,
        })?)),
        _ => Err(Error::configuration(&config.path, "settle", one_database())),
    }
}

/// Adds columns that tables of an earlier release lack.
fn upgrade(database: &dyn Database) -> Result<()> {
    let mut known: HashMap<&str, Vec<String>> = HashMap::new();
    for line in UPGRADE.lines() {
        let ["ALTER", "TABLE", table, "ADD", "COLUMN", column, ..] = line.split(' ').collect::<Vec<_>>()[..] else {
            continue;
        };
        if !known.contains_key(table) {
            known.insert(table, database.columns(table)?);
        }
        if known.get(table).is_some_and(|columns| columns.iter().any(|c| c == column)) {
            continue;
        }
        database.define(line).map_err(|e| column_missing(table, column, &e))?;
    }
    Ok(())
}

fn fields(r: &Record) -> String {
    let value = |v: &record::Value| match v {
        record::Value::Text(t) => serde_json::Value::from(t.as_str()),
        record::Value::Integer(n) => serde_json::Value::from(*n),
        record::Value::Document(d) => serde_json::Value::from(to_hex(&d.sha256)),
    };
    let fields: serde_json::Map<_, _> = r.fields.iter().map(|(name, v)| (name.clone(), value(v))).collect();
    serde_json::Value::Object(fields).to_string()
}
