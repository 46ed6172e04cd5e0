//! What readers see: the visible generations, and nothing else.
//!
//! Queries name their index: without statistics SQLite would read all records of a kind.

use ferry_format::record::Record;
use ferry_format::record::state_root::Buckets;
use ferry_io::error::Result;
use rusqlite::{Connection, OptionalExtension, Params, params};

/// A version is shown when it is visible, no higher version is, and it is neither retracted nor hidden. Every reader uses
/// this condition.
const SHOWN: &str = "retracted = 0 AND generation <= (SELECT generation FROM visible)
  AND NOT EXISTS (SELECT 1 FROM record n WHERE n.kind = r.kind AND n.id = r.id AND n.version > r.version
                    AND n.generation <= (SELECT generation FROM visible))
  AND NOT EXISTS (SELECT 1 FROM hidden h WHERE h.kind = r.kind AND h.id = r.id AND h.version = r.version)";

/// A version is the newest when it is visible and no higher one is, whether it is shown, hidden or retracted.
const NEWEST: &str = "generation <= (SELECT generation FROM visible)
  AND NOT EXISTS (SELECT 1 FROM record n WHERE n.kind = r.kind AND n.id = r.id AND n.version > r.version
                    AND n.generation <= (SELECT generation FROM visible))";

/// Whether a document of a record is missing or damaged here: a visitor cannot open it, so this side does not hold the record
/// as it was sent, and the state root says so.
const IS_LOST: &str = "EXISTS (SELECT 1 FROM lost_document l JOIN document d ON d.sha256 = l.sha256
  WHERE d.kind = r.kind AND d.id = r.id AND d.version = r.version)";

/// The visible generation.
pub fn generation(conn: &Connection) -> Result<i64> {
    Ok(conn.prepare_cached("SELECT generation FROM visible")?.query_row([], |r| r.get(0))?)
}

/// A number that grows whenever readers see something else: by a generation, or by an item that is hidden within one. What is
/// kept in memory is valid for one such number.
pub fn number(conn: &Connection) -> Result<i64> {
    Ok(conn.prepare_cached("SELECT generation + hides FROM visible")?.query_row([], |r| r.get(0))?)
}

/// How many records and documents are visible.
pub fn totals(conn: &Connection) -> Result<(u64, u64)> {
    let row = |r: &rusqlite::Row<'_>| Ok((r.get::<_, i64>(0)? as u64, r.get::<_, i64>(1)? as u64));
    Ok(conn.query_row("SELECT records, documents FROM visible", [], row)?)
}

/// Calls `each` with the digest of every visible document, in order.
pub fn each_document(conn: &Connection, mut each: impl FnMut(&[u8; 32]) -> Result<()>) -> Result<()> {
    let sql =
        "SELECT DISTINCT sha256 FROM document WHERE generation <= (SELECT generation FROM visible) ORDER BY sha256";
    let mut statement = conn.prepare(sql)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        each(&row.get(0)?)?;
    }
    Ok(())
}

/// One record.
pub fn record(conn: &Connection, kind: &str, id: &str) -> Result<Option<Record>> {
    let sql = format!("SELECT body FROM record r WHERE kind = ?1 AND id = ?2 AND {SHOWN}");
    let body: Option<Vec<u8>> = conn.prepare_cached(&sql)?.query_row([kind, id], |r| r.get(0)).optional()?;
    Ok(body.map(|b| Record::decode(&b)).transpose()?)
}

/// All records of a case.
pub fn of_case(conn: &Connection, case_id: &str, limit: usize) -> Result<Vec<Record>> {
    let sql = format!(
        "SELECT body FROM record r INDEXED BY record_case
           WHERE case_id = ?1 AND case_id <> '' AND {SHOWN} LIMIT ?2"
    );
    all(conn, &sql, params![case_id, limit as i64])
}

/// All records of a kind that belong to a person.
pub fn of_person(conn: &Connection, kind: &str, person: &str, limit: usize) -> Result<Vec<Record>> {
    let sql = format!(
        "SELECT body FROM record r INDEXED BY record_person
           WHERE person = ?1 AND person <> '' AND kind = ?2 AND {SHOWN} LIMIT ?3"
    );
    all(conn, &sql, params![person, kind, limit as i64])
}

/// The records of a kind in a case, of one person or of everyone.
pub fn in_case(
    conn: &Connection,
    kind: &str,
    case_id: &str,
    person: Option<&str>,
    limit: usize,
) -> Result<Vec<Record>> {
    let sql = format!(
        "SELECT body FROM record r INDEXED BY record_case WHERE case_id = ?1 AND case_id <> '' AND kind = ?2
           AND (?3 IS NULL OR person = ?3) AND {SHOWN} LIMIT ?4"
    );
    all(conn, &sql, params![case_id, kind, person, limit as i64])
}

/// How many records of a kind are shown.
pub fn count(conn: &Connection, kind: &str) -> Result<u64> {
    let sql = format!("SELECT count(*) FROM record r WHERE kind = ?1 AND {SHOWN}");
    Ok(conn.prepare_cached(&sql)?.query_row([kind], |r| r.get::<_, i64>(0))? as u64)
}

/// All records of a kind.
pub fn of_kind(conn: &Connection, kind: &str, limit: usize) -> Result<Vec<Record>> {
    let sql = format!("SELECT body FROM record r WHERE kind = ?1 AND {SHOWN} LIMIT ?2");
    all(conn, &sql, params![kind, limit as i64])
}

/// Calls `each` with the records of a kind, one at a time.
pub fn each_of_kind(conn: &Connection, kind: &str, mut each: impl FnMut(Record)) -> Result<()> {
    let sql = format!("SELECT body FROM record r WHERE kind = ?1 AND {SHOWN}");
    let mut statement = conn.prepare_cached(&sql)?;
    let mut rows = statement.query([kind])?;
    while let Some(row) = rows.next()? {
        each(Record::decode(&row.get::<_, Vec<u8>>(0)?)?);
    }
    Ok(())
}

/// The state root, computed from all records; hidden ones count.
pub fn root(conn: &Connection) -> Result<Buckets> {
    let sql = format!("SELECT kind, id, content FROM record r WHERE retracted = 0 AND {NEWEST} AND NOT {IS_LOST}");
    let mut statement = conn.prepare(&sql)?;
    let mut rows = statement.query([])?;
    let mut buckets = Buckets::default();
    while let Some(row) = rows.next()? {
        buckets.add(&row.get::<_, String>(0)?, &row.get::<_, String>(1)?, &row.get(2)?);
    }
    Ok(buckets)
}

/// The newest version of a record, as the state root counts it.
pub struct NewestVersion {
    /// Its id.
    pub id: String,
    /// The newest visible version.
    pub version: u64,
    /// Its content digest; `None` where that version retracts the record, or its document is lost here.
    pub content: Option<[u8; 32]>,
    /// Its case.
    pub case_id: String,
    /// Its person.
    pub person: String,
}

/// Calls `each` with the newest visible version of every record of a kind, retracted ones included.
pub fn newest_of_kind(conn: &Connection, kind: &str, mut each: impl FnMut(NewestVersion) -> Result<()>) -> Result<()> {
    let sql = format!(
        "SELECT id, version, retracted OR {IS_LOST}, content, case_id, person FROM record r WHERE kind = ?1 AND {NEWEST}"
    );
    let mut statement = conn.prepare_cached(&sql)?;
    let mut rows = statement.query([kind])?;
    while let Some(row) = rows.next()? {
        let content = if row.get(2)? { None } else { Some(row.get(3)?) };
        let version = row.get::<_, i64>(1)? as u64;
        each(NewestVersion { id: row.get(0)?, version, content, case_id: row.get(4)?, person: row.get(5)? })?;
    }
    Ok(())
}

fn all(conn: &Connection, sql: &str, params: impl Params) -> Result<Vec<Record>> {
    let mut statement = conn.prepare_cached(sql)?;
    let mut rows = statement.query(params)?;
    let mut records = Vec::new();
    while let Some(row) = rows.next()? {
        records.push(Record::decode(&row.get::<_, Vec<u8>>(0)?)?);
    }
    Ok(records)
}
