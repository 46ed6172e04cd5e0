//! Table `case_access`: who had access to which case, for whom and on which days. Receipts and messages are checked against it
//! (articles 3, 10 and 11).

use ferry_format::record::Record;
use ferry_format::record::catalogue::Roles;
use ferry_io::error::Result;
use rusqlite::{Connection, OptionalExtension, params};

/// Whether anything of a case was ever sent to a person, as party or agent.
pub fn knows(conn: &Connection, person: &str) -> Result<bool> {
    let sql = "SELECT EXISTS(SELECT 1 FROM case_access WHERE person = ?1)";
    Ok(conn.prepare_cached(sql)?.query_row([person], |r| r.get(0))?)
}

/// Records a party or an agent that crosses. A retracted one had access until the end of `today`, `YYYY-MM-DD`.
pub fn record(conn: &Connection, roles: &Roles, record: &Record, today: &str) -> Result<()> {
    let principal = if record.kind == roles.member { &record.person } else { record.text("principal") };
    if record.retracted {
        let sql = "UPDATE case_access SET until = ?3 WHERE kind = ?1 AND id = ?2 AND (until = '' OR until > ?3)";
        conn.prepare_cached(sql)?.execute([&record.kind, &record.id, today])?;
    } else {
        let sql = "INSERT OR REPLACE INTO case_access VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
        let (since, until) = (record.text("from"), record.text("until"));
        let row =
            [&record.kind, &record.id, &record.case_id, &record.person, principal, since, until, record.text("name")];
        conn.prepare_cached(sql)?.execute(row)?;
    }
    Ok(())
}

/// Whether a person had access to a case on a day: for one party, or for anybody.
pub fn had_access(conn: &Connection, case_id: &str, person: &str, principal: Option<&str>, day: &str) -> Result<bool> {
    let sql = "SELECT EXISTS(SELECT 1 FROM case_access WHERE case_id = ?1 AND person = ?2
                 AND (?3 IS NULL OR principal = ?3) AND since <= ?4 AND (until = '' OR until >= ?4))";
    Ok(conn.prepare_cached(sql)?.query_row(params![case_id, person, principal, day], |r| r.get(0))?)
}

/// The name of a party of a case, where it is known.
pub fn party_name(conn: &Connection, case_id: &str, person: &str) -> Result<Option<String>> {
    let sql =
        "SELECT name FROM case_access WHERE case_id = ?1 AND person = ?2 AND principal = ?2 AND name <> '' LIMIT 1";
    Ok(conn.prepare_cached(sql)?.query_row([case_id, person], |r| r.get(0)).optional()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ferry_format::record::Value;
    use ferry_format::record::catalogue::Catalogue;

    fn agent(until: &str) -> Record {
        let mut agent = Record::new("agent", "DL1", 1);
        (agent.case_id, agent.person) = ("AJ1".into(), "P2".into());
        for (field, text) in [("principal", "P1"), ("from", "2026-03-01"), ("until", until)] {
            agent.fields.insert(field.into(), Value::Text(text.into()));
        }
        agent
    }

    #[test]
    fn article_3_an_agent_has_access_for_the_principal_on_the_days_of_the_authority_and_until_the_retraction() {
        let conn = crate::store::in_memory();
        let roles = Catalogue::from_toml(include_str!("../../../config/catalogue.toml")).unwrap().roles;
        let on = |principal, day| had_access(&conn, "AJ1", "P2", principal, day).unwrap();
        record(&conn, &roles, &agent("2026-06-30"), "2026-03-02").unwrap();
        assert!(on(Some("P1"), "2026-03-01") && on(None, "2026-06-30"));
        assert!(!on(Some("P1"), "2026-02-28") && !on(Some("P1"), "2026-07-01") && !on(Some("P3"), "2026-04-01"));
        let mut retracted = agent("");
        (retracted.retracted, retracted.version) = (true, 2);
        record(&conn, &roles, &retracted, "2026-05-05").unwrap();
        assert!(on(Some("P1"), "2026-05-05") && !on(Some("P1"), "2026-05-06"));
    }
}
