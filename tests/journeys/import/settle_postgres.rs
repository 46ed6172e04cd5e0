//! The way in where the case platform lies in PostgreSQL: once, completed, and with a clerk's list.

use crate::support::postgres::Platform;
use crate::support::receipts::{bring, say, true_receipt, with};
use ferry_testkit::stage::{Court, walk};

const OLD: &str = include_str!("../../data/staging-1.sql");
const UPGRADE: &str = include_str!("../../../config/staging-upgrade.sql");

#[test]
fn article_11_a_receipt_is_settled_once_and_completed_by_its_later_version_in_postgresql() {
    let court = Court::new(12);
    let platform = Platform::with(&court);
    court.up();
    let first = true_receipt(&court, "r1");
    let opened_s = first.integer("opened").unwrap();
    let stranger = with(&first, "r2", |r| r.person = "RY-nobody".into());
    let imported = bring(&court, 1, &[first.clone(), stranger]);
    assert_eq!((&imported["receipts"], &imported["held"], &imported["filed"]), (&1.into(), &1.into(), &1.into()));
    let row = || {
        platform.run("SELECT concat_ws(' ', version, signed_s - opened_s, coalesce(downloaded_s::text, 'none'), filed) FROM ferry.FERRY_RECEIPT")
    };
    assert_eq!(row(), "1 none 1");
    let second = with(&first, "r1", |r| {
        r.version = 2;
        say(r, "signed", opened_s + 2);
    });
    let third = with(&second, "r1", |r| {
        r.version = 3;
        say(r, "signed", opened_s + 5);
    });
    let imported = bring(&court, 2, &[second.clone(), second, third]);
    assert_eq!((&imported["receipts"], &imported["held"], &imported["filed"]), (&1.into(), &1.into(), &1.into()));
    assert_eq!(row(), "2 2 none 1");
    assert_eq!(walk(&court.path("case-files")).len(), 6);
    let list = "SELECT string_agg(class || ' ' || id || ' ' || state, ', ' ORDER BY class) FROM ferry.FERRY_HELD";
    assert_eq!(platform.run(list), "contradicts r1 new, not-entitled r2 new");
    let clerk_list = || court.agent("inner", "status")["clerk_list"].clone();
    assert_eq!(clerk_list(), serde_json::json!({ "contradicts": 1, "not-entitled": 1 }));
    platform.run("UPDATE ferry.FERRY_HELD SET state = 'done' WHERE id = 'r1'");
    court.agent("inner", "import");
    assert_eq!(clerk_list(), serde_json::json!({ "not-entitled": 1 }));
}

#[test]
fn staging_tables_of_an_earlier_release_get_their_columns_in_postgresql_by_the_import_or_by_the_administrator() {
    let court = Court::new(12);
    let platform = Platform::with(&court);
    platform.run(&format!("SET ROLE ferry_staging; SET search_path = ferry; {OLD}"));
    court.up();
    assert_eq!(bring(&court, 1, &[true_receipt(&court, "r1")])["receipts"], 1);

    // Where the tables are the administrator's, the import names the statement that the administrator has to run.
    let schema = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../config/staging.sql")).unwrap();
    let tables = "FERRY_BATCH, FERRY_INBOX, FERRY_RECEIPT, FERRY_MESSAGE, FERRY_RECORD, FERRY_HELD";
    platform.run(&format!("SET search_path = ferry; DROP TABLE {tables}, FERRY_REQUEST; {OLD} {schema}"));
    platform.run("GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA ferry TO ferry_staging");
    let output = court.refused("inner", "import", 77);
    assert!(output.contains("FERRY-E0631") && output.contains("staging-upgrade.sql"), "{output}");
    platform.run(&format!("SET search_path = ferry; {UPGRADE}"));
    // These tables know nothing of the batch before.
    assert!(court.refused("inner", "import", 75).contains("FERRY-E0661"));
    assert!(court.try_agent("inner", &["import", "--platform-restored"]).status.success());
    assert_eq!(bring(&court, 2, &[true_receipt(&court, "r2")])["receipts"], 1);
}
