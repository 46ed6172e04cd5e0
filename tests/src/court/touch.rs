//! A working day: new, advanced, corrected, withheld and retracted.

use crate::court::cases::Writer;
use crate::court::documents::DocumentStore;
use crate::court::failed;
use crate::court::random::Random;
use ferry_channel::failure::{Failure, NO_INPUT, Result};
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
    /// Cases that are no longer public.
    pub withheld: u64,
    /// Deleted rows.
    pub retracted: u64,
}

/// Changes `cases` cases of an existing court.
pub fn touch(dir: &Path, cases: u64, seed: u64) -> Result<Touched> {
    let path = dir.join("platform.db");
    if !path.exists() {
        let message = format!("{}: there is no court here", dir.display());
        return Err(Failure::new(NO_INPUT, "FERRY-E0616", message, "make one with --cases first"));
    }
    let conn = Connection::open(path)?;
    conn.busy_timeout(std::time::Duration::from_secs(30))?;
    let text = std::fs::read_to_string(dir.join("seed")).map_err(|e| Failure::io(&dir.join("seed"), &e, false))?;
    let made: u64 = text.trim().parse().map_err(|e| failed("seed", e))?;
    let mut store = DocumentStore::reopen(dir)?;
    let tx = conn.unchecked_transaction()?;
    let last: Option<String> = tx.query_row("SELECT max(AJBH) FROM AJXX", [], |r| r.get(0))?;
    let next = last.and_then(|id| id.get(2..)?.parse::<u64>().ok()).map_or(0, |n| n + 1);
    let mut writer = Writer::new(&tx, made)?;
    let mut random = Random::new(seed, u64::MAX - 3);
    let mut touched = Touched::default();
    for n in 0..cases {
        let at = random.below(next);
        match n % 5 {
            0 => {
                writer.case(next + touched.new, &mut store)?;
                touched.new += 1;
            }
            // `next` grows with every day, so these ids are new even when a seed is used twice.
            1 => touched.advanced += advance(&tx, at, &format!("CS-{next}-{n}"))?,
            2 => touched.corrected += correct(&tx, at, random.below(900_000))?,
            3 => touched.withheld += withhold(&tx, at)?,
            _ => touched.retracted += retract(&tx, at)?,
        }
    }
    tx.commit()?;
    Ok(touched)
}

/// Id and status of the first public case from number `at` on, or of the first public one.
fn public_case(conn: &Connection, at: u64) -> Result<Option<(String, String)>> {
    let sql = "SELECT AJBH, AJZT FROM AJXX WHERE AJBH >= ?1 AND BGK = 0 ORDER BY AJBH LIMIT 1";
    let mut statement = conn.prepare_cached(sql)?;
    for from in [format!("AJ{at:09}"), String::new()] {
        let found = statement.query_row([from], |r| Ok((r.get(0)?, r.get(1)?))).optional()?;
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

/// The next status with the step that belongs to it.
fn advance(conn: &Connection, at: u64, step: &str) -> Result<u64> {
    let Some((case, status)) = public_case(conn, at)? else {
        return Ok(0);
    };
    let closing = status == "02";
    let status = if closing { "04" } else { "02" };
    conn.execute("UPDATE AJXX SET AJZT = ?2 WHERE AJBH = ?1", params![case, status])?;
    if closing {
        let row = params![format!("JA{}", &case[2..]), case, "1", "20261123"];
        conn.execute("INSERT OR REPLACE INTO JAXX VALUES (?1, ?2, ?3, ?4, NULL)", row)?;
    } else {
        let row = params![step, case, "2", "银行存款", "1000.00", "2026-11-23"];
        conn.execute("INSERT INTO ZXCS VALUES (?1, ?2, ?3, ?4, ?5, ?6)", row)?;
    }
    Ok(1)
}

fn correct(conn: &Connection, at: u64, number: u64) -> Result<u64> {
    let Some((case, _)) = public_case(conn, at)? else {
        return Ok(0);
    };
    // Platforms are as large as they are old: by key, never by a column without an index.
    let row = params![format!("CB{}", &case[2..]), format!("0635-9{number:06}")];
    Ok(conn.execute("UPDATE CBR SET BGDH = ?2 WHERE CBRBH = ?1", row)? as u64)
}

fn withhold(conn: &Connection, at: u64) -> Result<u64> {
    let Some((case, _)) = public_case(conn, at)? else {
        return Ok(0);
    };
    Ok(conn.execute("UPDATE AJXX SET BGK = 1 WHERE AJBH = ?1", [case])? as u64)
}

/// Deletes one measure of a public case.
fn retract(conn: &Connection, at: u64) -> Result<u64> {
    // From 'CS0' on at the earliest: the row that must be held stays.
    let sql = "DELETE FROM ZXCS WHERE CSBH = (SELECT m.CSBH FROM ZXCS m JOIN AJXX a ON a.AJBH = m.AJBH
               WHERE m.CSBH >= ?1 AND a.BGK = 0 ORDER BY m.CSBH LIMIT 1)";
    for from in [format!("CS{at:09}"), "CS0".to_owned()] {
        let deleted = conn.execute(sql, [from])? as u64;
        if deleted > 0 {
            return Ok(deleted);
        }
    }
    Ok(0)
}
