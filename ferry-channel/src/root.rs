//! The state root as a table: buckets that changed are written, the others stay.

use crate::failure::Result;
use ferry_format::root::{Buckets, SetHash};
use rusqlite::{Connection, params};

/// All buckets of a channel.
pub fn load(conn: &Connection, channel: &str) -> Result<Buckets> {
    let mut statement = conn.prepare_cached("SELECT kind, bucket, sum FROM ferry_root WHERE channel = ?1")?;
    let mut rows = statement.query([channel])?;
    let mut all = Buckets::default();
    while let Some(row) = rows.next()? {
        let sum: Vec<u8> = row.get(2)?;
        let bucket = (row.get(0)?, row.get(1)?);
        all.0.insert(bucket, SetHash::from_bytes(&sum).unwrap_or_default());
    }
    Ok(all)
}

/// Puts counted buckets in the place of the stored ones.
pub fn replace(conn: &Connection, channel: &str, counted: &Buckets) -> Result<()> {
    conn.execute("DELETE FROM ferry_root WHERE channel = ?1", [channel])?;
    apply(conn, channel, counted).map(|_| ())
}

/// Adds `change` to the stored buckets, in the caller's transaction, and gives the new root.
pub fn apply(conn: &Connection, channel: &str, change: &Buckets) -> Result<[u8; 32]> {
    let mut all = load(conn, channel)?;
    let sql = "INSERT INTO ferry_root VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE SET sum = excluded.sum";
    let mut write = conn.prepare_cached(sql)?;
    for ((kind, bucket), delta) in change.0.iter().filter(|(_, d)| !d.is_zero()) {
        let sum = all.0.entry((kind.clone(), *bucket)).or_default();
        sum.merge(delta);
        write.execute(params![channel, kind, bucket, sum.to_bytes()])?;
    }
    Ok(all.root())
}
