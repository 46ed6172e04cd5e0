//! The platform in PostgreSQL goes wrong before and in the middle of a job, and comes back: nothing of that is a batch's fault.

use crate::support::postgres::Platform;
use crate::support::receipts::{lay_down, true_receipt};
use ferry_format::record::{Record, Value};
use ferry_testkit::stage::Court;
use std::sync::atomic::{AtomicBool, Ordering};

/// What goes wrong, and what gives it back: run by the platform's administrator.
struct Fault {
    what: &'static str,
    goes: &'static str,
    comes_back: &'static str,
    /// What the error names.
    named: &'static str,
    /// The code of the error, where it is that of one kind of fault.
    code: &'static str,
}

/// A server without room says so by this error, whatever table it writes.
const FULL: &str = "CREATE FUNCTION ferry.full() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END $$;
  CREATE TRIGGER full_disk BEFORE INSERT ON ferry.FERRY_MESSAGE FOR EACH ROW EXECUTE FUNCTION ferry.full()";

/// Of the staging tables.
const STAGING: [Fault; 7] = [
    Fault {
        what: "no INSERT on messages",
        goes: "REVOKE INSERT ON ferry.FERRY_MESSAGE FROM ferry_staging",
        comes_back: "GRANT INSERT ON ferry.FERRY_MESSAGE TO ferry_staging",
        named: "ferry_message",
        code: "FERRY-E06",
    },
    Fault {
        what: "no INSERT on settled batches",
        goes: "REVOKE INSERT ON ferry.FERRY_BATCH FROM ferry_staging",
        comes_back: "GRANT INSERT ON ferry.FERRY_BATCH TO ferry_staging",
        named: "ferry_batch",
        code: "FERRY-E06",
    },
    Fault {
        what: "no SELECT on the review queue",
        goes: "REVOKE SELECT ON ferry.FERRY_HELD FROM ferry_staging",
        comes_back: "GRANT SELECT ON ferry.FERRY_HELD TO ferry_staging",
        named: "ferry_held",
        code: "FERRY-E06",
    },
    Fault {
        what: "no use of the schema",
        goes: "ALTER SCHEMA ferry OWNER TO postgres; REVOKE ALL ON SCHEMA ferry FROM ferry_staging",
        comes_back: "ALTER SCHEMA ferry OWNER TO ferry_staging",
        named: "ferry",
        code: "FERRY-E06",
    },
    Fault {
        what: "a table away",
        goes: "ALTER TABLE ferry.FERRY_INBOX RENAME TO FERRY_INBOX_AWAY; ALTER SCHEMA ferry OWNER TO postgres; GRANT USAGE ON SCHEMA ferry TO ferry_staging",
        comes_back: "ALTER SCHEMA ferry OWNER TO ferry_staging; ALTER TABLE ferry.FERRY_INBOX_AWAY RENAME TO FERRY_INBOX",
        named: "ferry",
        code: "FERRY-E06",
    },
    Fault {
        what: "no log-in",
        goes: "ALTER ROLE ferry_staging CONNECTION LIMIT 0",
        comes_back: "ALTER ROLE ferry_staging CONNECTION LIMIT -1",
        named: "ferry_staging",
        code: "FERRY-E0618",
    },
    Fault {
        what: "a full disk",
        goes: FULL,
        comes_back: "DROP TRIGGER full_disk ON ferry.FERRY_MESSAGE; DROP FUNCTION ferry.full()",
        named: "No space left on device",
        code: "FERRY-E06",
    },
];

/// Of the platform's own tables.
const SOURCE: [Fault; 2] = [
    Fault {
        what: "no SELECT on cases",
        goes: "REVOKE SELECT ON AJXX FROM ferry_read",
        comes_back: "GRANT SELECT ON AJXX TO ferry_read",
        named: "ajxx",
        code: "FERRY-E06",
    },
    Fault {
        what: "the table of parties away",
        goes: "ALTER TABLE DSR RENAME TO DSR_AWAY",
        comes_back: "ALTER TABLE DSR_AWAY RENAME TO DSR",
        named: "dsr",
        code: "FERRY-E0502",
    },
];

fn message(court: &Court, id: &str) -> Record {
    let (case, person): (String, String) = court
        .platform()
        .query_row("SELECT AJBH, RYBH FROM DSR ORDER BY DSRBH LIMIT 1", [], |r| Ok((r.get(0)?, r.get(1)?)))
        .unwrap();
    let mut record = Record::new("message", id, 1);
    (record.case_id, record.person) = (case, person);
    for (field, text) in [("author", "李四"), ("text", "请告知执行进展"), ("address", "::1"), ("via", "portal")]
    {
        record.fields.insert(field.into(), Value::Text(text.into()));
    }
    record.fields.insert("written".into(), Value::Integer(jiff::Timestamp::now().as_second()));
    record
}

/// A job fails for a fault of this side: with a code that says so, with the object's name, and without any trace of a
/// refusal.
fn fails_here(court: &Court, command: &str, fault: &Fault) {
    let out = court.try_agent("inner", &[command]);
    let text = String::from_utf8_lossy(&out.stderr).into_owned();
    let code = out.status.code();
    assert!(matches!(code, Some(69 | 74 | 75 | 77 | 78)), "{}: {code:?} {text}", fault.what);
    assert!(text.to_lowercase().contains(&fault.named.to_lowercase()), "{}: {text}", fault.what);
    assert!(text.contains(fault.code), "{}: {text}", fault.what);
    let status = court.agent("inner", "status");
    assert_eq!(status["channels"][1]["quarantined"], 0, "{}", fault.what);
    assert_eq!(status["channels"][1]["batches"].get("refused"), None, "{}", fault.what);
    assert!(
        status["todo"].to_string().contains("FERRY-E0694"),
        "{}: status names the run: {}",
        fault.what,
        status["todo"]
    );
}

#[test]
fn whatever_fails_of_the_staging_tables_refuses_no_batch_and_the_next_import_settles_it_once() {
    let court = Court::new(12);
    let platform = Platform::with(&court);
    court.up();
    court.agent("inner", "import");
    for (fault, sequence) in STAGING.iter().zip(1..) {
        let (receipt, written) = (format!("r{sequence}"), format!("m{sequence}"));
        lay_down(&court, sequence, &[true_receipt(&court, &receipt), message(&court, &written)]);
        platform.run(fault.goes);
        fails_here(&court, "import", fault);
        platform.run(fault.comes_back);
        let imported = court.agent("inner", "import");
        assert_eq!((&imported["batches"], &imported["messages"]), (&1.into(), &1.into()), "{}: {imported}", fault.what);
        court.agent("inner", "import");
        let once = format!("SELECT count(*) FROM ferry.FERRY_MESSAGE WHERE id = '{written}'");
        assert_eq!(platform.number(&once), 1, "{}", fault.what);
        assert!(!court.agent("inner", "status")["todo"].to_string().contains("FERRY-E0694"), "{}", fault.what);
    }
}

#[test]
fn sessions_that_the_server_ends_in_the_middle_of_an_import_lose_and_double_nothing() {
    let court = Court::new(12);
    let platform = Platform::with(&court);
    court.up();
    court.agent("inner", "import");
    let records: Vec<Record> = (0..150).map(|n| message(&court, &format!("m{n}"))).collect();
    let (stop, mut ended) = (AtomicBool::new(false), 0);
    for (n, part) in records.chunks(30).enumerate() {
        lay_down(&court, n as u64 + 1, part);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    platform.run(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                         WHERE usename = 'ferry_staging' AND datname = current_database() AND query LIKE '%FERRY_INBOX%'",
                    );
                }
            });
            for _ in 0..3 {
                let out = court.try_agent("inner", &["import"]);
                let code = out.status.code();
                assert!(matches!(code, Some(0 | 69 | 74 | 75)), "{code:?} {}", String::from_utf8_lossy(&out.stderr));
                ended += u32::from(code != Some(0));
            }
            stop.store(true, Ordering::Relaxed);
        });
        stop.store(false, Ordering::Relaxed);
        court.agent("inner", "import");
    }
    assert!(ended > 0, "no session was ended in time");
    assert_eq!(platform.number("SELECT count(*) FROM ferry.FERRY_MESSAGE"), 150);
    assert_eq!(platform.number("SELECT count(*) FROM ferry.FERRY_BATCH"), 5);
    let down = court.agent("inner", "status")["channels"][1].clone();
    assert_eq!((&down["quarantined"], &down["gaps"]), (&0.into(), &serde_json::json!([])));
}

#[test]
fn whatever_fails_of_the_platform_s_own_tables_is_named_and_the_next_export_carries_everything() {
    let court = Court::new(12);
    let platform = Platform::with(&court);
    court.up();
    for fault in &SOURCE {
        platform.run("UPDATE AJXX SET GXSJ = now() + interval '1 minute'");
        platform.run(fault.goes);
        fails_here(&court, "export", fault);
        platform.run(fault.comes_back);
        court.up();
        let (inner, outer) = court.roots();
        assert_eq!(inner, outer, "{}", fault.what);
    }
}
