//! The delivery report: what became of each ↑ batch.

use ferry_channel::ledger::received;
use ferry_channel::send::compose::Composer;
use ferry_channel::types::ChannelId;
use ferry_format::record::{Record, Value};
use ferry_io::error::Result;
use rusqlite::Connection;

/// Lines of one return batch; the next batch takes the rest.
const LINES_PER_BATCH: u64 = 10_000;

/// Adds one line for each ↑ batch that was not reported yet, and marks it as reported. Returns how many there are.
pub fn write(conn: &Connection, up: &ChannelId, kind: &str, sequence: u64, composer: &mut Composer) -> Result<u64> {
    let lines = received::unreported(conn, up, LINES_PER_BATCH)?;
    for line in &lines {
        // A missing batch that arrives later is reported again with a higher version.
        let mut record = Record::new(kind, &line.number.to_string(), sequence);
        record.fields.insert("verdict".into(), Value::Text(line.verdict.as_str().into()));
        if let Some(reason) = &line.reason {
            record.fields.insert("reason".into(), Value::Text(reason.clone()));
        }
        let counts = [("records", line.records as i64), ("documents", line.documents as i64), ("at", line.at_s.get())];
        for (field, value) in counts {
            record.fields.insert(field.into(), Value::Integer(value));
        }
        composer.record(&record)?;
    }
    for line in &lines {
        received::set_reported(conn, up, line.number, sequence)?;
    }
    Ok(lines.len() as u64)
}
