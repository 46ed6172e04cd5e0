//! A working day: new, advanced, corrected, withheld and retracted.

use crate::court::cases::Writer;
use crate::court::documents::DocumentStore;
use crate::random::Random;
use crate::texts::{self, failed};
use ferry_io::error::{Error, Result};
use jiff::ToSpan;
use jiff::civil::DateTime;
use rusqlite::{Connection, OptionalExtension, params};
use std::path::Path;

/// What a day changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Touched {
    /// New cases.
    pub new: u64,
    /// Cases with another status and a new step.
    pub advanced: u64,
    /// Corrected texts.
    pub corrected: u64,
    /// Cases withheld as a whole by an approval form.
    pub withheld: u64,
    /// Deleted rows.
    pub retracted: u64,
}

/// Changes `cases` cases of an existing court.
pub fn touch(dir: &Path, cases: u64, seed: u64) -> Result<Touched> {
    let conn = open(dir)?;
    let text = std::fs::read_to_string(dir.join("seed")).map_err(|e| Error::io(&dir.join("seed"), &e, false))?;
    let made: u64 = text.trim().parse().map_err(|e| failed("seed", e))?;
    let mut store = DocumentStore::reopen(dir)?;
    let tx = conn.unchecked_transaction()?;
    let last: Option<String> = tx.query_row("SELECT max(AJBH) FROM AJXX", [], |r| r.get(0))?;
    let next = last.and_then(|id| id.get(2..)?.parse::<u64>().ok()).map_or(0, |n| n + 1);
    let mut writer = Writer::new(&tx, made)?;
    let mut random = Random::new(seed, u64::MAX - 3);
    let mut touched = Touched::default();
    let now = tomorrow(&tx)?;
    writer.set_changed_at(&now);
    let day = Day { conn: &tx, writer: &writer, now: &now };
    for n in (0..cases).filter(|n| n % 5 != 0) {
        let at = random.below(next);
        match n % 5 {
            // `next` grows with every day, so these ids are new even when a seed is used twice.
            1 => touched.advanced += day.advance(at, &format!("CS-{next}-{n}"))?,
            2 => touched.corrected += day.correct(at, random.below(900_000))?,
            3 => touched.withheld += day.withhold(at, &format!("SP-{next}-{n}"))?,
            _ => touched.retracted += day.retract(at)?,
        }
    }
    for _ in 0..cases.div_ceil(5) {
        writer.case(next + touched.new, &mut store)?;
        touched.new += 1;
    }
    tx.commit()?;
    Ok(touched)
}

/// The platform of a court that was made.
pub(super) fn open(dir: &Path) -> Result<Connection> {
    let path = dir.join("platform.db");
    if !path.exists() {
        return Err(texts::no_court(path.display()));
    }
    let conn = Connection::open(path)?;
    conn.busy_timeout(std::time::Duration::from_secs(30))?;
    Ok(conn)
}

/// A day after whatever changed last; a court is as old as its data.
pub(super) fn tomorrow(conn: &Connection) -> Result<String> {
    let sql = "SELECT max((SELECT max(GXSJ) FROM AJXX), coalesce((SELECT max(GXSJ) FROM GG), ''))";
    let last: String = conn.query_row(sql, [], |r| r.get(0))?;
    let last: DateTime = last.replacen(' ', "T", 1).parse().map_err(|e| failed("GXSJ", e))?;
    Ok(last.saturating_add(1_i64.day()).strftime("%Y-%m-%d %H:%M:%S").to_string())
}

struct Day<'a> {
    conn: &'a Connection,
    writer: &'a Writer<'a>,
    now: &'a str,
}

impl Day<'_> {
    /// Id and status of the first case from number `at` on that is not withheld, or of the first one.
    fn case(&self, at: u64) -> Result<Option<(String, String)>> {
        let sql = "SELECT AJBH, AJZT FROM AJXX a WHERE AJBH >= ?1
                     AND NOT EXISTS (SELECT 1 FROM BYGK b WHERE b.AJBH = a.AJBH) ORDER BY AJBH LIMIT 1";
        let mut statement = self.conn.prepare_cached(sql)?;
        for from in [format!("AJ{at:09}"), String::new()] {
            let found = statement.query_row([from], |r| Ok((r.get(0)?, r.get(1)?))).optional()?;
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }

    /// The next status with the step that belongs to it.
    fn advance(&self, at: u64, step: &str) -> Result<u64> {
        let Some((case, status)) = self.case(at)? else {
            return Ok(0);
        };
        let closing = status == "02";
        let status = if closing { "04" } else { "02" };
        self.conn.execute("UPDATE AJXX SET AJZT = ?2, GXSJ = ?3 WHERE AJBH = ?1", params![case, status, self.now])?;
        let none = Option::<&str>::None;
        if closing {
            let row = params![format!("JA{}", &case[2..]), case, "1", "20261123", "1000.00", none, none, none, none];
            self.writer.row("JAXX", row)?;
        } else {
            self.writer
                .row("ZXCS", params![step, case, "2", "银行存款", "1000.00", "2026-11-23", "2026-11-23", "1"])?;
        }
        Ok(1)
    }

    fn correct(&self, at: u64, number: u64) -> Result<u64> {
        let Some((case, _)) = self.case(at)? else {
            return Ok(0);
        };
        // Platforms are as large as they are old: by key, never by a column without an index.
        let row = params![format!("CB{}", &case[2..]), format!("0635-9{number:06}"), self.now];
        Ok(self.conn.execute("UPDATE CBR SET BGDH = ?2, GXSJ = ?3 WHERE CBRBH = ?1", row)? as u64)
    }

    fn withhold(&self, at: u64, form: &str) -> Result<u64> {
        let Some((case, _)) = self.case(at)? else {
            return Ok(0);
        };
        let none = Option::<&str>::None;
        let row =
            params![form, none, none, case, "4", "涉及未成年人", "执行局长 刘强", "副院长 周明", "20260101", none];
        self.writer.row("BYGK", row)?;
        Ok(1)
    }

    /// Deletes one measure, with the line in the platform's own log of deletions.
    fn retract(&self, at: u64) -> Result<u64> {
        // From 'CS0' on at the earliest: the row that must be held stays.
        let sql =
            "DELETE FROM ZXCS WHERE CSBH = (SELECT CSBH FROM ZXCS m WHERE CSBH >= ?1 AND CSBH < 'CS1' AND SSZT = '1'
                     AND NOT EXISTS (SELECT 1 FROM BYGK b WHERE b.AJBH = m.AJBH) ORDER BY CSBH LIMIT 1) RETURNING CSBH";
        for from in [format!("CS{at:09}"), "CS0".to_owned()] {
            let gone: Option<String> = self.conn.prepare_cached(sql)?.query_row([from], |r| r.get(0)).optional()?;
            if let Some(key) = gone {
                self.writer.row(
                    "SCJL",
                    params![Option::<i64>::None, "ZXCS", key, self.now, "执行局长 刘强", &self.now[..10], "录入有误"],
                )?;
                return Ok(1);
            }
        }
        Ok(0)
    }
}
