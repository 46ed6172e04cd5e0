//! Delivery reports (article 18): the outer side's verdict on each batch it received.

use crate::store::{exported, full_run};
use ferry_channel::audit;
use ferry_channel::ledger::sent::DeliveryReport;
use ferry_channel::types::{BatchNumber, ChannelId, DeliveryVerdict, UnixSeconds};
use ferry_format::record::Record;
use ferry_io::error::Result;
use rusqlite::Connection;

/// Reads a report; `None` if its id is not the number of a batch.
pub fn report_of(record: &Record) -> Option<DeliveryReport> {
    let number: BatchNumber = record.id.parse().ok()?;
    let verdict = DeliveryVerdict::named(record.text("verdict"));
    Some(DeliveryReport { number, verdict, reason: record.text("reason").to_owned() })
}

/// The content of a batch was never published: it is exported again.
pub fn collect_again(
    conn: &Connection,
    channel: &ChannelId,
    number: BatchNumber,
    reason: &str,
    now: UnixSeconds,
) -> Result<()> {
    // The next export finds the records by comparing every row.
    full_run::request(conn)?;
    let records = exported::mark_rejected(conn, number)?;
    let detail = format!("{reason} {records} records are exported again");
    audit::record(conn, now, "agent", "collect-again", &format!("{channel}/{number}"), &detail)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ferry_format::record::Value;

    #[test]
    fn a_report_names_its_batch_by_epoch_and_number_and_an_unknown_verdict_means_missing() {
        let report = |id: &str, verdict: &str| {
            let mut record = Record::new("report", id, 1);
            record.fields.insert("verdict".into(), Value::Text(verdict.into()));
            report_of(&record)
        };
        let refused = report("1/4", "refused").unwrap();
        assert_eq!((refused.number, refused.verdict), (BatchNumber::new(1, 4), DeliveryVerdict::Refused));
        assert_eq!(report("1/4", "later").unwrap().verdict, DeliveryVerdict::Missing);
        assert_eq!(report("4", "published"), None);
    }
}
