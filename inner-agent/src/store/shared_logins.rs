//! Table `shared_login`: the rows of the log-in kind whose identity number another row had too. A run of changes looks at these
//! and at the rows that changed, and at no others.

use ferry_io::error::Result;
use rusqlite::Connection;
use std::collections::BTreeSet;

/// Their keys, in order.
pub fn keys(conn: &Connection) -> Result<Vec<String>> {
    let mut statement = conn.prepare("SELECT key FROM shared_login ORDER BY key")?;
    let keys = statement.query_map([], |r| r.get(0))?;
    Ok(keys.collect::<rusqlite::Result<_>>()?)
}

/// Records the keys that a run found.
pub fn replace<'a>(conn: &Connection, keys: impl Iterator<Item = &'a String>) -> Result<()> {
    let (now, before): (BTreeSet<&String>, Vec<String>) = (keys.collect(), self::keys(conn)?);
    if now.iter().copied().eq(&before) {
        return Ok(());
    }
    conn.execute("DELETE FROM shared_login", [])?;
    let mut insert = conn.prepare("INSERT INTO shared_login VALUES (?1)")?;
    now.into_iter().try_for_each(|key| insert.execute([key]).map(drop))?;
    Ok(())
}
