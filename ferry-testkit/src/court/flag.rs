//! What the scanner must flag: announcements by which a clerk would publish the number of a person.

use crate::court::people::identity_number;
use crate::court::touch::{open, tomorrow};
use ferry_io::error::Result;
use std::path::Path;

/// Adds so many announcements of rewards that name the debtor by identity number, a day after the latest change.
pub fn flag(dir: &Path, count: u64, seed: u64) -> Result<()> {
    let conn = open(dir)?;
    let now = tomorrow(&conn)?;
    let tx = conn.unchecked_transaction()?;
    let before: i64 = tx.query_row("SELECT count(*) FROM GG", [], |r| r.get(0))?;
    for n in 0..count {
        let key = format!("GG-{before}-{n}");
        let number = identity_number(seed.wrapping_add(n) % 100_000);
        let text = format!("被执行人下落不明，公民身份号码{number}。提供财产线索者，悬赏人民币二万元。");
        let day = &now[..10];
        let sql = "INSERT INTO GG VALUES (?1, '2', ?2, ?3, ?4, NULL, NULL, NULL, NULL, NULL, ?5)";
        tx.execute(sql, [&key, &format!("悬赏公告（{key}）"), &text, day, &now])?;
    }
    Ok(tx.commit()?)
}
