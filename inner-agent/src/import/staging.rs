//! The staging tables: in the platform's own database, so that an item and its inbox row commit together.

use crate::config::Config;
use crate::import::platform::{self, Platform, Value};
use crate::notify::Standing;
use ferry_channel::failure::Result;
use ferry_format::hex::to_hex;
use ferry_format::record::{self, Record};
use ferry_format::statement::SeriesStatement;

/// Their names.
const TABLES: [&str; 7] = [
    "FERRY_BATCH",
    "FERRY_INBOX",
    "FERRY_RECEIPT",
    "FERRY_MESSAGE",
    "FERRY_RECORD",
    "FERRY_HELD",
    "FERRY_SERVICE_STATE",
];
/// Everything of ours in the platform begins with `FERRY_`; nothing else is written.
const SCHEMA: &str = include_str!("../../../config/staging.sql");

/// The platform's database, opened for the staging tables.
pub struct Staging(Box<dyn Platform>);

/// A receipt that is not yet in its case file.
pub struct Unfiled {
    /// Its id.
    pub id: String,
    /// Its case.
    pub case_id: String,
    /// Its columns as they are printed: name and value.
    pub lines: Vec<(&'static str, String)>,
    /// When the document was opened, seconds.
    pub opened_s: i64,
}

impl Staging {
    /// Opens the database and makes the tables that are missing.
    pub fn open(config: &Config) -> Result<Self> {
        let platform = platform::open(config)?;
        platform.make(&TABLES, SCHEMA)?;
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

    /// Receipts that are not yet filed, oldest first.
    pub fn unfiled(&self, limit: usize) -> Result<Vec<Unfiled>> {
        let sql =
            "SELECT opened_s, id, case_id, recipient, document, sha256, address, agent, kind, item, item_version, batch
                   FROM FERRY_RECEIPT WHERE filed = 0 ORDER BY id LIMIT $1";
        let names =
            ["受送达人", "文书名称", "文书SHA-256", "IP地址", "浏览器", "文书类别", "文书编号", "文书版本", "来源批次"];
        let mut unfiled = Vec::new();
        for row in self.0.query(sql, &[(limit as u64).into()])? {
            let mut values = row.into_iter();
            let opened_s = match values.next() {
                Some(Value::Number(seconds)) => seconds,
                _ => 0,
            };
            let mut texts = values.map(Value::into_text);
            let (id, case_id) = (texts.next().unwrap_or_default(), texts.next().unwrap_or_default());
            unfiled.push(Unfiled { id, case_id, lines: names.into_iter().zip(texts).collect(), opened_s });
        }
        Ok(unfiled)
    }

    /// Marks a receipt as filed.
    pub fn mark_filed(&self, id: &str) -> Result<()> {
        self.0.execute("UPDATE FERRY_RECEIPT SET filed = 1 WHERE id = $1", &[id.into()])?;
        Ok(())
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

    /// Writes a receipt.
    pub fn receipt(&self, r: &Record, batch: &str) -> Result<()> {
        let sql = "INSERT INTO FERRY_RECEIPT VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 0)
                   ON CONFLICT DO NOTHING";
        let number = |field| r.integer(field).unwrap_or_default().into();
        let values = [
            r.id.as_str().into(),
            r.case_id.as_str().into(),
            r.person.as_str().into(),
            r.text("recipient").into(),
            r.text("kind").into(),
            r.text("item").into(),
            number("item-version"),
            r.text("document").into(),
            r.text("sha256").into(),
            number("opened"),
            r.text("address").into(),
            r.text("agent").into(),
            batch.into(),
        ];
        self.0.execute(sql, &values)?;
        Ok(())
    }

    /// Writes a message.
    pub fn message(&self, r: &Record, batch: &str) -> Result<()> {
        let sql = "INSERT INTO FERRY_MESSAGE VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'new') ON CONFLICT DO NOTHING";
        let values = [
            r.id.as_str().into(),
            r.case_id.as_str().into(),
            r.person.as_str().into(),
            r.text("author").into(),
            r.text("text").into(),
            r.integer("written").unwrap_or_default().into(),
            r.text("address").into(),
            batch.into(),
        ];
        self.0.execute(sql, &values)?;
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

    /// Keeps an item that cannot be settled: the reason, and all that it says.
    pub fn hold(&self, batch: &str, item: u64, r: &Record, reason: &str) -> Result<()> {
        let sql = "INSERT INTO FERRY_HELD VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING";
        let place = [batch.into(), item.into(), r.kind.as_str().into(), r.id.as_str().into()];
        self.0.execute(sql, &[&place[..], &[reason.into(), fields(r).as_str().into()]].concat())?;
        Ok(())
    }
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
