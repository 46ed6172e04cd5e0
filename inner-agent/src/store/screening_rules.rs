//! By which rules everything that is published was last screened: what crossed under weaker ones is read again.

use ferry_io::error::Result;
use rusqlite::{Connection, OptionalExtension};

/// Whether everything was screened by these rules.
pub fn are_current(conn: &Connection, rules: u32) -> Result<bool> {
    let version = conn.query_row("SELECT version FROM screening_rules", [], |r| r.get::<_, u32>(0)).optional()?;
    Ok(version == Some(rules))
}

/// Forgets it: some of it crossed that was not looked at.
pub fn forget(conn: &Connection) -> Result<()> {
    conn.execute("DELETE FROM screening_rules", [])?;
    Ok(())
}

/// Records that it was.
pub fn record(conn: &Connection, rules: u32) -> Result<()> {
    let sql =
        "INSERT INTO screening_rules(id, version) VALUES (1, ?1) ON CONFLICT DO UPDATE SET version = excluded.version";
    conn.execute(sql, [rules])?;
    Ok(())
}
