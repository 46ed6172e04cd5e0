//! Whether the reader of documents showed, before the last run that needed it, that it reads a document that is known.

use crate::ledger::columns::StoredText;
use crate::texts;
use crate::types::UnixSeconds;
use crate::types::alarm::Alarm;
use ferry_format::text::Text;
use ferry_io::error::Result;
use ferry_io::output::language::Show;
use ferry_io::reading::proven::ProvenReader;
use rusqlite::{Connection, OptionalExtension, params};

/// What came of it, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReaderProof {
    /// When.
    pub at_s: UnixSeconds,
    /// What is missing, if it could not read.
    pub fault: Option<Text>,
}

/// Keeps what a run's reader showed; nothing where the run had no document to read.
pub fn record(conn: &Connection, reader: &ProvenReader, now: UnixSeconds) -> Result<()> {
    let Some(proof) = reader.proof() else { return Ok(()) };
    let fault = proof.as_ref().err().map(|why| StoredText(why.clone()));
    let sql = "INSERT INTO ferry_reader_proof(id, at_s, fault) VALUES (1, ?1, ?2)
               ON CONFLICT DO UPDATE SET at_s = excluded.at_s, fault = excluded.fault";
    conn.execute(sql, params![now, fault])?;
    Ok(())
}

/// What the newest run that read documents found; nothing where none did.
pub fn newest(conn: &Connection) -> Result<Option<ReaderProof>> {
    let row = |r: &rusqlite::Row<'_>| {
        let fault: Option<StoredText> = r.get(1)?;
        Ok(ReaderProof { at_s: r.get(0)?, fault: fault.map(|text| text.0) })
    };
    Ok(conn.query_row("SELECT at_s, fault FROM ferry_reader_proof", [], row).optional()?)
}

/// An alarm where documents could not be read.
pub fn alarm(conn: &Connection) -> Result<Option<Alarm>> {
    let fault = newest(conn)?.and_then(|proof| proof.fault);
    Ok(fault.map(|why| texts::alarms::documents_not_read(why.show())))
}
