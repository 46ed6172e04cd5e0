//! A working day: new, advanced, corrected, withheld and retracted.

use crate::court::cases::Writer;
use crate::court::documents::DocumentStore;
use crate::court::failed;
use crate::court::random::Random;
use ferry_channel::failure::{Failure, NO_INPUT, Result};
use rusqlite::{Connection, params};
use std::path::Path;

/// What a day changed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Touched {
    /// New cases.
    pub new: u64,
    /// Cases with a new step.
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
    let next: i64 =
        tx.query_row("SELECT coalesce(max(CAST(substr(AJBH, 3) AS INTEGER)) + 1, 0) FROM AJXX", [], |r| r.get(0))?;
    let mut writer = Writer::new(&tx, made)?;
    let mut random = Random::new(seed, u64::MAX - 3);
    let mut touched = Touched::default();
    for n in 0..cases {
        let case = format!("AJ{:09}", random.below(next.max(1) as u64));
        match n % 5 {
            0 => {
                writer.case(next as u64 + touched.new, &mut store)?;
                touched.new += 1;
            }
            1 => {
                tx.execute("UPDATE AJXX SET AJZT = '02' WHERE AJBH = ?1", [&case])?;
                let row = params![format!("CS-{seed}-{n}"), case, "2", "银行存款", "1000.00", "2026-11-23"];
                tx.execute("INSERT OR IGNORE INTO ZXCS VALUES (?1, ?2, ?3, ?4, ?5, ?6)", row)?;
                touched.advanced += 1;
            }
            2 => {
                let sql = "UPDATE CBR SET BGDH = '0635-' || ?2 WHERE AJBH = ?1";
                touched.corrected += tx.execute(sql, params![case, random.below(9_000_000) as i64])? as u64;
            }
            3 => {
                touched.withheld += tx.execute("UPDATE AJXX SET BGK = 1 WHERE AJBH = ?1 AND BGK = 0", [&case])? as u64;
            }
            _ => {
                let sql = "DELETE FROM ZXCS WHERE CSBH IN (SELECT CSBH FROM ZXCS WHERE AJBH = ?1 LIMIT 1)";
                touched.retracted += tx.execute(sql, [&case])? as u64;
            }
        }
    }
    tx.commit()?;
    Ok(touched)
}
