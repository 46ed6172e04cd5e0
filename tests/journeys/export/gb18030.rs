//! A case platform in SQLite whose text is GB18030.

use encoding_rs::GB18030;
use ferry_testkit::court::touch;
use ferry_testkit::stage::{Court, SEED};
use rusqlite::types::ValueRef;
use serde_json::Value;

/// Writes every text of the platform again, as the old client program would have written it.
fn recode(court: &Court) {
    let platform = court.platform();
    let names = |sql: &str| -> Vec<String> {
        let mut statement = platform.prepare(sql).unwrap();
        statement.query_map([], |r| r.get(0)).unwrap().map(Result::unwrap).collect()
    };
    platform.execute_batch("BEGIN").unwrap();
    for table in names("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'FERRY%'") {
        let columns = names(&format!("SELECT name FROM pragma_table_info('{table}')"));
        let mut found = Vec::new();
        let mut statement = platform.prepare(&format!("SELECT rowid, * FROM {table}")).unwrap();
        let mut rows = statement.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            for (n, column) in columns.iter().enumerate() {
                if let ValueRef::Text(text) = row.get_ref(n + 1).unwrap()
                    && let Ok(text) = std::str::from_utf8(text)
                    && !text.is_ascii()
                {
                    let (bytes, _, is_lossy) = GB18030.encode(text);
                    assert!(!is_lossy, "{text}");
                    found.push((row.get::<_, i64>(0).unwrap(), column.clone(), bytes.into_owned()));
                }
            }
        }
        for (row, column, bytes) in found {
            let sql = format!("UPDATE {table} SET {column} = CAST(?1 AS TEXT) WHERE rowid = ?2");
            platform.execute(&sql, rusqlite::params![bytes, row]).unwrap();
        }
    }
    platform.execute_batch("COMMIT").unwrap();
}

fn json(court: &Court, line: &[&str]) -> Value {
    let out = court.try_agent("inner", line);
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    serde_json::from_slice(&out.stdout).unwrap()
}

#[test]
fn a_court_in_gb18030_gives_the_same_root_as_the_one_in_utf_8_and_so_does_its_next_day() {
    let plain = Court::new(30);
    let old = plain.duplicate();
    let keys = ["啊", "一", "中", "乙", "𠮷", "A"];
    for court in [&plain, &old] {
        for key in keys {
            let sql = "INSERT INTO GG VALUES (?1, '2', '公告', '内容', '2026-01-05', NULL, NULL, NULL, NULL, NULL, '2026-01-05 08:00:00')";
            court.platform().execute(sql, [key]).unwrap();
        }
    }
    recode(&old);
    let name: Vec<u8> = old.platform().query_row("SELECT CAST(MC AS BLOB) FROM JG LIMIT 1", [], |r| r.get(0)).unwrap();
    assert!(std::str::from_utf8(&name).is_err(), "it is no UTF-8");
    old.edit("inner.toml", "encoding = \"utf-8\"", "encoding = \"gb18030\"");
    let (from_plain, _) = plain.up();
    let (from_old, _) = old.up();
    assert_eq!((&from_plain["records"], &from_plain["held"]), (&from_old["records"], &from_old["held"]));
    assert_eq!(plain.roots(), old.roots());
    assert_eq!(plain.roots().0, old.roots().1);
    let again = json(&old, &["export", "--full", "--json"]);
    assert_eq!((&again["records"], &again["retracted"]), (&0.into(), &0.into()), "keys in Chinese are walked in order");

    for court in [&plain, &old] {
        touch(&court.path(""), 25, SEED + 1).unwrap();
        for key in ["啊", "𠮷"] {
            let sql = "INSERT INTO SCJL SELECT NULL, 'GG', ?1, '2026-01-06 08:00:00', NULL, NULL, NULL, NULL, NULL, '2026-01-06 08:00:00'";
            court.platform().execute(sql, [key]).unwrap();
        }
        court.platform().execute("DELETE FROM GG WHERE GGBH = '啊'", []).unwrap();
    }
    // Bytes of GB18030 can pass for UTF-8, so the day is recoded from its plain text and not a second time.
    std::fs::copy(plain.path("platform.db"), old.path("platform.db")).unwrap();
    recode(&old);
    plain.up();
    let (changes, _) = old.up();
    assert_eq!(changes["full"], false);
    assert!(changes["retracted"].as_u64().unwrap() >= 1, "{changes}");
    // 𠮷 stands in the log but was not deleted: a look-up finds it and leaves it.
    let left = "SELECT count(*) FROM record WHERE id IN ('𠮷', '啊') AND retracted = 0";
    assert_eq!(old.database("outer/state/outer.db").query_row(left, [], |r| r.get::<_, i64>(0)).unwrap(), 1);
    assert_eq!(plain.roots().0, old.roots().1);
}
