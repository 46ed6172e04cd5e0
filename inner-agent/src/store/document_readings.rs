//! Table `document_reading`: how each document was read when it was last screened.

use ferry_channel::types::UnixSeconds;
use ferry_io::error::{Error, Result};
use ferry_io::reading::answer::{Cause, Readability};
use rusqlite::{Connection, params};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::Path;

/// Causes that are kept of one document: a scan of a thousand pages has one for each.
const CAUSES_MAX: usize = 200;
/// Documents that are listed.
const LISTED_MAX: i64 = 100;

/// How the documents that are published were read.
#[derive(Debug, Default, Serialize)]
pub struct DocumentReadings {
    /// Documents by `readable`, `partly` and `unreadable`.
    pub documents: BTreeMap<String, u64>,
    /// Documents by the code of each cause.
    pub causes: BTreeMap<String, u64>,
    /// The first of those that were not read as a whole.
    pub not_whole: Vec<DocumentReading>,
}

/// How one document was read.
#[derive(Debug, Serialize)]
pub struct DocumentReading {
    /// Kind of its record.
    pub kind: String,
    /// Key of its row.
    pub key: String,
    /// `partly` or `unreadable`.
    pub readability: String,
    /// Why, by page where it is one of a page.
    pub causes: Vec<Cause>,
}

fn name(readability: Readability) -> &'static str {
    match readability {
        Readability::Readable => "readable",
        Readability::Partly => "partly",
        Readability::Unreadable => "unreadable",
    }
}

/// Records how the document of a row was read.
pub fn record(
    conn: &Connection,
    (kind, key): (&str, &str),
    readability: Readability,
    causes: &[Cause],
    now: UnixSeconds,
) -> Result<()> {
    let kept = &causes[..causes.len().min(CAUSES_MAX)];
    let json = serde_json::to_string(kept).map_err(|e| Error::io(Path::new("document_reading"), &e.into(), true))?;
    let sql = "INSERT INTO document_reading VALUES (?1, ?2, ?3, ?4, ?5)
               ON CONFLICT DO UPDATE SET readability = excluded.readability, causes = excluded.causes, at_s = excluded.at_s";
    conn.prepare_cached(sql)?.execute(params![kind, key, name(readability), json, now])?;
    Ok(())
}

/// How the documents that are published were read. Those that no run of this release has screened are not among them.
pub fn published(conn: &Connection) -> Result<DocumentReadings> {
    let of_published = "FROM document_reading d WHERE EXISTS
        (SELECT 1 FROM exported e WHERE e.kind = d.kind AND e.key = d.key AND e.retracted = 0)";
    let counts = |sql: &str| -> Result<BTreeMap<String, u64>> {
        let mut statement = conn.prepare(sql)?;
        let rows = statement.query_map([], |r| Ok((r.get(0)?, r.get(1)?)))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    };
    let documents = counts(&format!("SELECT d.readability, count(*) {of_published} GROUP BY 1"))?;
    let causes = counts(&format!(
        "SELECT c.value ->> 'reason', count(DISTINCT r.key || ' ' || r.kind)
           FROM (SELECT d.kind, d.key, d.causes {of_published}) AS r, json_each(r.causes) AS c GROUP BY 1"
    ))?;
    let sql = format!(
        "SELECT d.kind, d.key, d.readability, d.causes {of_published} AND d.readability <> 'readable'
         ORDER BY d.kind, d.key LIMIT {LISTED_MAX}"
    );
    let mut statement = conn.prepare(&sql)?;
    let mut rows = statement.query([])?;
    let mut not_whole = Vec::new();
    while let Some(row) = rows.next()? {
        let causes: String = row.get(3)?;
        not_whole.push(DocumentReading {
            kind: row.get(0)?,
            key: row.get(1)?,
            readability: row.get(2)?,
            causes: serde_json::from_str(&causes).unwrap_or_default(),
        });
    }
    Ok(DocumentReadings { documents, causes, not_whole })
}

#[cfg(test)]
mod tests {
    use super::*;
    use ferry_format::reason::ReasonCode;

    #[test]
    fn published_documents_are_counted_by_how_they_were_read_and_by_cause() {
        let conn = crate::store::in_memory();
        let exported = "INSERT INTO exported VALUES ('notice', ?1, ?1, 1, 1, 1, x'', x'', ?2, '', '', NULL, 0, 0, 0)";
        for (key, retracted) in [("1", 0), ("2", 0), ("3", 1)] {
            conn.execute(exported, params![key, retracted]).unwrap();
        }
        let scanned: Vec<Cause> = (0..300).map(|page| Cause::of_page(ReasonCode::ImageWithoutText, page)).collect();
        let now = UnixSeconds(7);
        for (key, readability, causes) in [
            ("1", Readability::Partly, scanned.as_slice()),
            ("2", Readability::Readable, &[]),
            ("3", Readability::Unreadable, &[Cause::of_document(ReasonCode::Damaged)]),
            ("4", Readability::Unreadable, &[]),
        ] {
            record(&conn, ("notice", key), readability, causes, now).unwrap();
        }
        let readings = published(&conn).unwrap();
        assert_eq!(readings.documents, [("partly".to_owned(), 1), ("readable".to_owned(), 1)].into());
        assert_eq!(readings.causes, [("image-without-text".to_owned(), 1)].into());
        assert_eq!((readings.not_whole.len(), readings.not_whole[0].causes.len()), (1, CAUSES_MAX));
        record(&conn, ("notice", "1"), Readability::Readable, &[], now).unwrap();
        assert!(published(&conn).unwrap().not_whole.is_empty(), "it was screened again");
    }
}
