//! By which rules and keys a channel works: a change of any of them is an entry.

use crate::audit::store;
use crate::types::UnixSeconds;
use ferry_format::encoding::hex::to_hex;
use ferry_io::error::Result;
use rusqlite::{Connection, OptionalExtension, params};

/// Records that something is used, in the caller's transaction: an entry where it is not what was used last. `name` says what
/// it is and of which channel, such as `trust/up`; `digest` is the SHA-256 of its bytes.
pub(crate) fn record_use(conn: &Connection, name: &str, digest: &[u8; 32], now: UnixSeconds) -> Result<()> {
    let sql = "SELECT digest FROM ferry_rules_used WHERE name = ?1";
    let last: Option<[u8; 32]> = conn.prepare_cached(sql)?.query_row([name], |r| r.get(0)).optional()?;
    if last == Some(*digest) {
        return Ok(());
    }
    let sql = "INSERT INTO ferry_rules_used VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET digest = excluded.digest, at_s = excluded.at_s";
    conn.execute(sql, params![name, digest.as_slice(), now])?;
    let detail = last.map_or("used for the first time".to_owned(), |last| format!("it was {}", to_hex(&last)));
    store::record_about(conn, now, "agent", "used", (name, Some(*digest)), &detail)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::{entries, verify};
    use crate::ledger::migrations;

    #[test]
    fn a_change_of_a_rule_is_an_entry_with_both_digests_and_the_same_rule_is_none() {
        let conn = migrations::in_memory();
        for digest in [[1; 32], [1; 32], [2; 32], [2; 32]] {
            record_use(&conn, "policy/up", &digest, UnixSeconds(7)).unwrap();
        }
        record_use(&conn, "trust/up", &[2; 32], UnixSeconds(7)).unwrap();
        let found = entries(&conn, 1, 9).unwrap();
        assert_eq!(found.len(), 3);
        assert_eq!(
            (found[1].0.what, found[1].0.detail.as_str()),
            (Some([2; 32]), &*format!("it was {}", to_hex(&[1; 32])))
        );
        assert_eq!(verify(&conn).unwrap(), 3);
    }
}
