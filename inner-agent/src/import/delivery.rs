//! The delivery report (article 18): what became of each batch of ours.

use ferry_channel::audit;
use ferry_channel::ledger::sent;
use ferry_format::record::Record;
use ferry_io::error::Result;
use rusqlite::{Connection, params};

/// What became of a batch of ours. A refused one gives its entries back to the next export.
pub fn apply(conn: &Connection, channel: &str, report: &Record, now_s: i64) -> Result<()> {
    let place = report.id.split_once('/').and_then(|(e, s)| Some((e.parse::<i64>().ok()?, s.parse::<i64>().ok()?)));
    let Some((epoch, sequence)) = place else { return Ok(()) };
    let state = match report.text("verdict") {
        "published" => "confirmed",
        "refused" => "refused",
        _ => "missing",
    };
    // A refusal counts also after an acknowledgement: the batch that reported it may have been lost, and a newer one
    // acknowledged past it. An accepted gap may be published after all.
    // What was once reported as published stays so: a report that says otherwise is an older one, sent again.
    let open = match state {
        "missing" => "state NOT IN ('confirmed', 'refused')",
        "refused" => "state <> 'refused'",
        _ => "true",
    };
    let sql = format!(
        "UPDATE ferry_sent SET state = ?4, settled_s = ?5, reason = ?6
         WHERE channel = ?1 AND epoch = ?2 AND sequence = ?3 AND {open}
           AND NOT (state = 'confirmed' AND reason IS ?7)"
    );
    let reason = if state == "confirmed" { sent::PUBLISHED } else { report.text("reason") };
    let reason = Some(reason).filter(|r| !r.is_empty());
    let changed = conn.execute(&sql, params![channel, epoch, sequence, state, now_s, reason, sent::PUBLISHED])?;
    if changed == 1 && state == "refused" {
        collect_again(conn, channel, (epoch as u64, sequence as u64), report.text("reason"), now_s)?;
    }
    Ok(())
}

/// What a batch carried never stood outside: it goes out again with the next export.
pub fn collect_again(
    conn: &Connection,
    channel: &str,
    (epoch, sequence): (u64, u64),
    reason: &str,
    now_s: i64,
) -> Result<()> {
    // They are found again by comparing every row.
    conn.execute("DELETE FROM full_run", [])?;
    let sql = "UPDATE exported SET fingerprint = x'' WHERE epoch = ?1 AND sequence = ?2 AND fingerprint <> x''";
    let again = conn.execute(sql, params![epoch as i64, sequence as i64])?;
    let subject = format!("{channel}/{epoch}/{sequence}");
    audit::note(conn, now_s, "agent", "collect-again", &subject, &format!("{reason} {again} records go out again"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ferry_format::record::Value;

    #[test]
    fn a_refusal_counts_after_an_acknowledgement_and_an_older_one_not_after_published() {
        let conn = crate::store::in_memory();
        conn.execute_batch("CREATE TABLE full_run(x); CREATE TABLE exported(epoch, sequence, fingerprint)").unwrap();
        let sql = "INSERT INTO ferry_sent VALUES ('up', 1, 4, x'00', 'confirmed', '', 0, 0, 0, 1, 1, NULL, x'00')";
        conn.execute(sql, []).unwrap();
        let says = |verdict: &str| {
            let mut report = Record::new("report", "1/4", 1);
            report.fields.insert("verdict".into(), Value::Text(verdict.into()));
            apply(&conn, "up", &report, 1).unwrap();
            conn.query_row("SELECT state FROM ferry_sent", [], |r| r.get::<_, String>(0)).unwrap()
        };
        assert_eq!(says("missing"), "confirmed");
        assert_eq!(says("refused"), "refused", "only acknowledged so far");
        assert_eq!(says("published"), "confirmed", "it came after all");
        assert_eq!(says("refused"), "confirmed", "the report of before, sent again");
        let again = "SELECT count(*) FROM ferry_audit WHERE act = 'collect-again'";
        assert_eq!(conn.query_row(again, [], |r| r.get::<_, i64>(0)).unwrap(), 1);
    }
}
