//! What readers see: the visible generation, and nothing else.

use ferry_channel::failure::Result;
use ferry_format::record::Record;
use rusqlite::{Connection, OptionalExtension, Params, params};

/// A record is shown when no higher version is visible and it is not retracted.
const SHOWN: &str = "retracted = 0 AND generation <= (SELECT generation FROM visible)
  AND NOT EXISTS (SELECT 1 FROM record n WHERE n.kind = r.kind AND n.id = r.id AND n.version > r.version
                    AND n.generation <= (SELECT generation FROM visible))";

/// One record.
pub fn record(conn: &Connection, kind: &str, id: &str) -> Result<Option<Record>> {
    let sql = format!("SELECT body FROM record r WHERE kind = ?1 AND id = ?2 AND {SHOWN}");
    let body: Option<Vec<u8>> = conn.prepare_cached(&sql)?.query_row([kind, id], |r| r.get(0)).optional()?;
    Ok(body.map(|b| Record::decode(&b)).transpose()?)
}

/// All records of a case.
pub fn of_case(conn: &Connection, case_id: &str, limit: usize) -> Result<Vec<Record>> {
    let sql = format!("SELECT body FROM record r WHERE case_id = ?1 AND case_id <> '' AND {SHOWN} LIMIT ?2");
    all(conn, &sql, params![case_id, limit as i64])
}

/// All records of a kind that belong to a person.
pub fn of_person(conn: &Connection, kind: &str, person: &str, limit: usize) -> Result<Vec<Record>> {
    let sql =
        format!("SELECT body FROM record r WHERE person = ?1 AND person <> '' AND kind = ?2 AND {SHOWN} LIMIT ?3");
    all(conn, &sql, params![person, kind, limit as i64])
}

/// Whether a person has a record of that kind in a case.
pub fn is_in_case(conn: &Connection, kind: &str, person: &str, case_id: &str) -> Result<bool> {
    let sql = format!(
        "SELECT EXISTS(SELECT 1 FROM record r WHERE case_id = ?1 AND case_id <> '' AND kind = ?2 AND person = ?3 AND {SHOWN})"
    );
    Ok(conn.prepare_cached(&sql)?.query_row(params![case_id, kind, person], |r| r.get(0))?)
}

/// All records of a kind.
pub fn of_kind(conn: &Connection, kind: &str, limit: usize) -> Result<Vec<Record>> {
    let sql = format!("SELECT body FROM record r WHERE kind = ?1 AND {SHOWN} LIMIT ?2");
    all(conn, &sql, params![kind, limit as i64])
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
