//! The staging tables: in the platform's own database, so that an item and its inbox row commit together.

use ferry_channel::database;
use ferry_channel::failure::Result;
use ferry_format::hex::to_hex;
use ferry_format::record::{Record, Value};
use ferry_format::statement::SeriesStatement;
use rusqlite::{Connection, OptionalExtension, params};
use std::path::Path;

/// Everything of ours in the platform begins with `FERRY_`; nothing else is written.
const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS FERRY_BATCH(
  channel TEXT NOT NULL, epoch INTEGER NOT NULL, sequence INTEGER NOT NULL, digest TEXT NOT NULL,
  records INTEGER NOT NULL, at_s INTEGER NOT NULL, PRIMARY KEY(channel, epoch, sequence));
CREATE TABLE IF NOT EXISTS FERRY_INBOX(
  channel TEXT NOT NULL, epoch INTEGER NOT NULL, sequence INTEGER NOT NULL, item INTEGER NOT NULL,
  kind TEXT NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL,
  PRIMARY KEY(channel, epoch, sequence, item), UNIQUE(kind, id, version));
CREATE TABLE IF NOT EXISTS FERRY_RECEIPT(
  id TEXT PRIMARY KEY, case_id TEXT NOT NULL, person TEXT NOT NULL, recipient TEXT NOT NULL, kind TEXT NOT NULL,
  item TEXT NOT NULL, item_version INTEGER NOT NULL, document TEXT NOT NULL, sha256 TEXT NOT NULL,
  opened_s INTEGER NOT NULL, address TEXT NOT NULL, agent TEXT NOT NULL, batch TEXT NOT NULL,
  filed INTEGER NOT NULL DEFAULT 0);
CREATE INDEX IF NOT EXISTS FERRY_RECEIPT_UNFILED ON FERRY_RECEIPT(filed) WHERE filed = 0;
CREATE TABLE IF NOT EXISTS FERRY_MESSAGE(
  id TEXT PRIMARY KEY, case_id TEXT NOT NULL, person TEXT NOT NULL, author TEXT NOT NULL, text TEXT NOT NULL,
  written_s INTEGER NOT NULL, address TEXT NOT NULL, batch TEXT NOT NULL, state TEXT NOT NULL DEFAULT 'new');
CREATE TABLE IF NOT EXISTS FERRY_RECORD(
  kind TEXT NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL, case_id TEXT NOT NULL, person TEXT NOT NULL,
  fields TEXT NOT NULL, batch TEXT NOT NULL, PRIMARY KEY(kind, id, version));
CREATE TABLE IF NOT EXISTS FERRY_HELD(
  batch TEXT NOT NULL, item INTEGER NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL, reason TEXT NOT NULL,
  fields TEXT NOT NULL, PRIMARY KEY(batch, item));
";

/// The platform's database, opened for the staging tables.
pub struct Staging(pub Connection);

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
    pub fn open(path: &Path) -> Result<Self> {
        let conn = database::open_existing(path)?;
        conn.execute_batch(SCHEMA)?;
        Ok(Self(conn))
    }

    /// Receipts that are not yet filed, oldest first.
    pub fn unfiled(&self, limit: usize) -> Result<Vec<Unfiled>> {
        let sql = "SELECT id, case_id, recipient, document, sha256, address, agent, kind, item, item_version, batch,
                          opened_s FROM FERRY_RECEIPT WHERE filed = 0 ORDER BY id LIMIT ?1";
        let names =
            ["受送达人", "文书名称", "文书SHA-256", "IP地址", "浏览器", "文书类别", "文书编号", "文书版本", "来源批次"];
        let mut statement = self.0.prepare_cached(sql)?;
        let rows = statement.query_map([limit as i64], |r| {
            let mut lines = Vec::new();
            for (n, name) in names.iter().enumerate() {
                let value = if *name == "文书版本" { r.get::<_, i64>(n + 2)?.to_string() } else { r.get(n + 2)? };
                lines.push((*name, value));
            }
            Ok(Unfiled { id: r.get(0)?, case_id: r.get(1)?, lines, opened_s: r.get(11)? })
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// Marks a receipt as filed.
    pub fn mark_filed(&self, id: &str) -> Result<()> {
        self.0.prepare_cached("UPDATE FERRY_RECEIPT SET filed = 1 WHERE id = ?1")?.execute([id])?;
        Ok(())
    }
}

/// Whether the platform holds this batch already: it is the authority, the local ledger is derived.
pub fn holds(conn: &Connection, channel: &str, series: &SeriesStatement) -> Result<bool> {
    let sql = "SELECT digest FROM FERRY_BATCH WHERE channel = ?1 AND epoch = ?2 AND sequence = ?3";
    let place = params![channel, series.epoch as i64, series.sequence as i64];
    let found: Option<String> = conn.query_row(sql, place, |r| r.get(0)).optional()?;
    Ok(found.is_some_and(|d| d == to_hex(&series.digest())))
}

/// Notes the batch.
pub fn note_batch(conn: &Connection, channel: &str, series: &SeriesStatement, records: u64, now_s: i64) -> Result<()> {
    let sql = "INSERT INTO FERRY_BATCH VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    let digest = to_hex(&series.digest());
    conn.execute(sql, params![channel, series.epoch as i64, series.sequence as i64, digest, records as i64, now_s])?;
    Ok(())
}

/// Takes an item's place in the inbox. False when this very item came in before, under any batch.
pub fn enter(conn: &Connection, channel: &str, series: &SeriesStatement, item: u64, record: &Record) -> Result<bool> {
    let sql = "INSERT OR IGNORE INTO FERRY_INBOX VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    let written = conn.prepare_cached(sql)?.execute(params![
        channel,
        series.epoch as i64,
        series.sequence as i64,
        item as i64,
        record.kind,
        record.id,
        record.version as i64
    ])?;
    Ok(written == 1)
}

/// Writes a receipt.
pub fn receipt(conn: &Connection, r: &Record, batch: &str) -> Result<()> {
    let sql = "INSERT OR IGNORE INTO FERRY_RECEIPT VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, 0)";
    conn.prepare_cached(sql)?.execute(params![
        r.id,
        r.case_id,
        r.person,
        r.text("recipient"),
        r.text("kind"),
        r.text("item"),
        r.integer("item-version"),
        r.text("document"),
        r.text("sha256"),
        r.integer("opened"),
        r.text("address"),
        r.text("agent"),
        batch
    ])?;
    Ok(())
}

/// Writes a message.
pub fn message(conn: &Connection, r: &Record, batch: &str) -> Result<()> {
    let sql = "INSERT OR IGNORE INTO FERRY_MESSAGE VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 'new')";
    conn.prepare_cached(sql)?.execute(params![
        r.id,
        r.case_id,
        r.person,
        r.text("author"),
        r.text("text"),
        r.integer("written"),
        r.text("address"),
        batch
    ])?;
    Ok(())
}

/// Writes a record of any other kind.
pub fn other(conn: &Connection, r: &Record, batch: &str) -> Result<()> {
    let sql = "INSERT OR IGNORE INTO FERRY_RECORD VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    let version = r.version as i64;
    conn.prepare_cached(sql)?.execute(params![r.kind, r.id, version, r.case_id, r.person, fields(r), batch])?;
    Ok(())
}

/// Keeps an item that cannot be settled: the reason, and all that it says.
pub fn hold(conn: &Connection, batch: &str, item: u64, r: &Record, reason: &str) -> Result<()> {
    let sql = "INSERT OR IGNORE INTO FERRY_HELD VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    conn.prepare_cached(sql)?.execute(params![batch, item as i64, r.kind, r.id, reason, fields(r)])?;
    Ok(())
}

fn fields(r: &Record) -> String {
    let value = |v: &Value| match v {
        Value::Text(t) => serde_json::Value::from(t.as_str()),
        Value::Integer(n) => serde_json::Value::from(*n),
        Value::Document(d) => serde_json::Value::from(to_hex(&d.sha256)),
    };
    let fields: serde_json::Map<_, _> = r.fields.iter().map(|(name, v)| (name.clone(), value(v))).collect();
    serde_json::Value::Object(fields).to_string()
}
