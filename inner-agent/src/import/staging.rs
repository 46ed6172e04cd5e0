//! The staging tables: in the platform's own database, so that an item and its inbox row commit together.

use crate::config::Config;
use crate::import::misfit::Misfit;
use crate::import::platform::{self, Platform, Value};
use crate::notify::Standing;
use ferry_format::encoding::hex::to_hex;
use ferry_format::frame::statement::SeriesStatement;
use ferry_format::record::{self, Record};
use ferry_io::error::{Error, Result};
use std::collections::{BTreeMap, HashMap};

/// Their names.
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
/// Everything of ours in the platform begins with `FERRY_`; nothing else is written.
const SCHEMA: &str = include_str!("../../../config/staging.sql");
/// Statements that each add a column to a table of an earlier release.
const UPGRADE: &str = include_str!("../../../config/staging-upgrade.sql");

/// The platform's database, opened for the staging tables.
pub struct Staging(pub(super) Box<dyn Platform>);

impl Staging {
    /// Opens the database and makes the tables and columns that are missing.
    ///
    /// # Errors
    /// Not permitted where they are missing and the role may not make them.
    pub fn open(config: &Config) -> Result<Self> {
        let platform = platform::open(config)?;
        platform.make(&TABLES, SCHEMA)?;
        upgrade(platform.as_ref())?;
        Ok(Self(platform))
    }

    /// Begins the transaction of one batch.
    pub fn begin(&self) -> Result<()> {
        self.0.begin()
    }

    /// Commits it.
    pub fn commit(&self) -> Result<()> {
        self.0.commit()
    }

    /// Takes it back.
    pub fn rollback(&self) -> Result<()> {
        self.0.rollback()
    }

    /// Whether the platform holds this batch already: it is the authority, the local ledger is derived.
    pub fn holds(&self, channel: &str, series: &SeriesStatement) -> Result<bool> {
        let sql = "SELECT digest FROM FERRY_BATCH WHERE channel = $1 AND epoch = $2 AND sequence = $3";
        let found = self.0.query(sql, &[channel.into(), series.epoch.into(), series.sequence.into()])?;
        Ok(found == [[Value::Text(to_hex(&series.digest()))]])
    }

    /// Notes the batch.
    pub fn note_batch(&self, channel: &str, series: &SeriesStatement, records: u64, now_s: i64) -> Result<()> {
        let digest = to_hex(&series.digest());
        let place = [channel.into(), series.epoch.into(), series.sequence.into()];
        let rest = [digest.as_str().into(), records.into(), now_s.into()];
        self.0.execute("INSERT INTO FERRY_BATCH VALUES ($1, $2, $3, $4, $5, $6)", &[&place[..], &rest].concat())?;
        Ok(())
    }

    /// Takes an item's place in the inbox. False when this very item came in before, under any batch.
    pub fn enter(&self, channel: &str, series: &SeriesStatement, item: u64, r: &Record) -> Result<bool> {
        let sql = "INSERT INTO FERRY_INBOX VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING";
        let place = [channel.into(), series.epoch.into(), series.sequence.into(), item.into()];
        let what = [r.kind.as_str().into(), r.id.as_str().into(), r.version.into()];
        Ok(self.0.execute(sql, &[&place[..], &what].concat())? == 1)
    }

    /// Whether an item was settled, under any batch.
    pub fn entered(&self, r: &Record) -> Result<bool> {
        let sql = "SELECT item FROM FERRY_INBOX WHERE kind = $1 AND id = $2 AND version = $3";
        let what = [r.kind.as_str().into(), r.id.as_str().into(), r.version.into()];
        Ok(!self.0.query(sql, &what)?.is_empty())
    }

    /// How many messages and requests of a case were written from one second on and before another.
    pub fn written(&self, case_id: &str, from_s: i64, until_s: i64) -> Result<u64> {
        let sql = "SELECT (SELECT count(*) FROM FERRY_MESSAGE WHERE case_id = $1 AND written_s >= $2 AND written_s < $3)
                        + (SELECT count(*) FROM FERRY_REQUEST WHERE case_id = $1 AND written_s >= $2 AND written_s < $3)";
        let rows = self.0.query(sql, &[case_id.into(), from_s.into(), until_s.into()])?;
        Ok(rows.first().and_then(|row| row.first()?.number()).unwrap_or_default() as u64)
    }

    /// Writes a message.
    pub fn message(&self, r: &Record, batch: &str) -> Result<()> {
        let sql = "INSERT INTO FERRY_MESSAGE(id, case_id, person, author, text, written_s, address, via, batch)
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING";
        let written_s = r.integer("written").unwrap_or_default();
        let who = [r.id.as_str().into(), r.case_id.as_str().into(), r.person.as_str().into(), r.text("author").into()];
        let what = [r.text("text").into(), written_s.into()];
        let whence = [r.text("address").into(), r.text("via").into(), batch.into()];
        self.0.execute(sql, &[&who[..], &what, &whence].concat())?;
        Ok(())
    }

    /// Writes a request for access.
    pub fn request(&self, r: &Record, batch: &str) -> Result<()> {
        let sql =
            "INSERT INTO FERRY_REQUEST(id, case_id, person, author, subject, text, written_s, address, via, batch)
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING";
        let written_s = r.integer("written").unwrap_or_default();
        let who = [r.id.as_str().into(), r.case_id.as_str().into(), r.person.as_str().into(), r.text("author").into()];
        let what = [r.text("subject").into(), r.text("text").into(), written_s.into()];
        let whence = [r.text("address").into(), r.text("via").into(), batch.into()];
        self.0.execute(sql, &[&who[..], &what, &whence].concat())?;
        Ok(())
    }

    /// Writes a record of any other kind.
    pub fn other(&self, r: &Record, batch: &str) -> Result<()> {
        let sql = "INSERT INTO FERRY_RECORD VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING";
        let what = [r.kind.as_str().into(), r.id.as_str().into(), r.version.into()];
        let rest = [r.case_id.as_str().into(), r.person.as_str().into(), fields(r).as_str().into(), batch.into()];
        self.0.execute(sql, &[&what[..], &rest].concat())?;
        Ok(())
    }

    /// Writes how far a service is (article 11); what was never is 0 or empty.
    pub fn service_state(&self, s: &Standing) -> Result<()> {
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

    /// Puts an item that does not fit on the clerk's list: the reason, and all that it says.
    pub fn hold(&self, batch: &str, item: u64, r: &Record, misfit: &Misfit, now_s: i64) -> Result<()> {
        let sql = "INSERT INTO FERRY_HELD(batch, item, kind, id, version, case_id, person, class, reason, fields, at_s)
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT DO NOTHING";
        let place = [batch.into(), item.into(), r.kind.as_str().into(), r.id.as_str().into(), r.version.into()];
        let who = [r.case_id.as_str().into(), r.person.as_str().into()];
        let why = [misfit.class().into(), misfit.text().as_str().into(), fields(r).as_str().into(), now_s.into()];
        self.0.execute(sql, &[&place[..], &who, &why].concat())?;
        Ok(())
    }

    /// How many items of the clerk's list nobody has looked at, by class.
    pub fn clerk_list(&self) -> Result<BTreeMap<String, u64>> {
        let sql = "SELECT class, count(*) FROM FERRY_HELD WHERE state = 'new' GROUP BY class ORDER BY class";
        let count = |row: Vec<Value>| {
            let number = row.get(1).and_then(Value::number).unwrap_or_default() as u64;
            (row.into_iter().next().map(Value::into_text).unwrap_or_default(), number)
        };
        Ok(self.0.query(sql, &[])?.into_iter().map(count).collect())
    }
}

/// Adds the columns that tables of an earlier release lack.
fn upgrade(platform: &dyn Platform) -> Result<()> {
    let mut known: HashMap<&str, Vec<String>> = HashMap::new();
    for line in UPGRADE.lines() {
        let ["ALTER", "TABLE", table, "ADD", "COLUMN", column, ..] = line.split(' ').collect::<Vec<_>>()[..] else {
            continue;
        };
        if !known.contains_key(table) {
            known.insert(table, platform.columns(table)?);
        }
        if known.get(table).is_some_and(|columns| columns.iter().any(|c| c == column)) {
            continue;
        }
        platform.define(line).map_err(|failure| {
            let hint = "the platform's administrator runs this line of config/staging-upgrade.sql";
            let message = format!("{table} has no column `{column}`: {}", failure.message.english());
            Error::new(failure.exit, "FERRY-E0631", message, hint)
        })?;
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
