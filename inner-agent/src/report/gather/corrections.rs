//! Late entries, corrections and retractions, with who approved them.

use crate::report::data::{Correction, Late, LateApproval};
use crate::report::gather::{Gather, NAMED_MAX, count, item};
use ferry_channel::runtime::schedule::rfc3339;
use ferry_format::reason::Reason;
use ferry_format::text::Text;
use ferry_io::error::Result;
use jiff::tz::TimeZone;
use rusqlite::{Connection, ToSql, params};

impl Gather<'_> {
    pub(super) fn late(&self) -> Result<Late> {
        let of_period = "FROM late_entry l JOIN ferry_sent o
                           ON o.channel = ?1 AND o.epoch = l.epoch AND o.sequence = l.sequence AND o.state <> 'refused'
                         WHERE l.at_s >= ?2 AND l.at_s < ?3";
        let values: [&dyn ToSql; 3] = [&self.channel, &self.seconds.0, &self.seconds.1];
        let sql = format!(
            "SELECT l.kind, l.approver, count(*) {of_period} AND l.approver <> '' GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2"
        );
        let approved = self.rows(&sql, &values, |r| {
            Ok(LateApproval { kind: r.get(0)?, approved_by: r.get(1)?, records: count(r, 2)? })
        })?;
        let sql = format!(
            "SELECT l.kind, l.key, l.case_id, coalesce((SELECT case_number FROM case_step s WHERE s.case_id = l.case_id), '')
             {of_period} AND l.approver = '' ORDER BY l.at_s DESC, l.kind, l.key LIMIT {NAMED_MAX}"
        );
        Ok(Late { approved, without_approval: self.rows(&sql, &values, |r| item(r, 0))? })
    }

    pub(super) fn corrections(&self) -> Result<Vec<Correction>> {
        newest_corrections(self.conn, self.zone, self.seconds, NAMED_MAX)
    }
}

/// Corrections and retractions between two seconds, newest first.
pub fn newest_corrections(
    conn: &Connection,
    zone: &TimeZone,
    (from, until): (i64, i64),
    limit: usize,
) -> Result<Vec<Correction>> {
    let sql = "SELECT act, kind, key, approved_by, reason, at_s FROM correction WHERE at_s >= ?1 AND at_s < ?2
               ORDER BY at_s DESC, number DESC LIMIT ?3";
    let mut statement = conn.prepare(sql)?;
    let rows = statement.query_map(params![from, until, limit as i64], |r| {
        Ok(Correction {
            act: r.get(0)?,
            kind: r.get(1)?,
            key: r.get(2)?,
            approved_by: r.get(3)?,
            why: approver_reason(&r.get::<_, String>(4)?),
            at: rfc3339(r.get(5)?, zone),
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// A reason code, or what the approver wrote.
fn approver_reason(stored: &str) -> Text {
    match Reason::parse(stored) {
        Reason::Unknown(written) => Text::verbatim(written),
        code => code.text(),
    }
}
