//! A case platform in PostgreSQL: the same court, the same root, the same care.

use crate::support::postgres::{Platform, commit};
use ferry_testkit::court::touch;
use ferry_testkit::stage::{Court, SEED, walk};
use serde_json::Value;

fn outside(court: &Court, sql: &str) -> i64 {
    court.database("outer/state/outer.db").query_row(sql, [], |r| r.get(0)).unwrap()
}

fn full(court: &Court) -> Value {
    let out = court.try_agent("inner", &["export", "--full", "--json"]);
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    serde_json::from_slice(&out.stdout).unwrap()
}

fn roots_agree(court: &Court) -> String {
    let (inner, outer) = court.roots();
    assert_eq!(inner, outer);
    inner
}

#[test]
fn the_same_court_gives_the_same_root_from_sqlite_and_from_postgresql_and_so_does_its_next_day() {
    let light = Court::new(30);
    let heavy = light.duplicate();
    let platform = Platform::with(&heavy);
    let (from_light, _) = light.up();
    let (from_heavy, _) = heavy.up();
    for count in ["records", "documents", "held", "withheld", "kept_in", "late", "incomplete"] {
        assert_eq!(from_light[count], from_heavy[count], "{count}");
    }
    assert_eq!(roots_agree(&light), roots_agree(&heavy));

    for court in [&light, &heavy] {
        touch(&court.path(""), 25, SEED + 1).unwrap();
    }
    platform.load(&heavy);
    let (from_light, _) = light.up();
    let (from_heavy, _) = heavy.up();
    assert_eq!(from_heavy["full"], false);
    assert!(from_heavy["retracted"].as_u64().unwrap() > 0 && from_heavy["withheld"].as_u64().unwrap() > 0);
    assert_eq!(from_light["records"], from_heavy["records"]);
    assert_eq!(roots_agree(&light), roots_agree(&heavy));
    assert_eq!(full(&heavy)["records"], 0, "the changes alone missed nothing");
}

#[test]
fn chinese_and_mixed_case_keys_are_read_in_byte_order_under_any_collation() {
    let court = Court::new(12);
    let platform = Platform::with(&court);
    let keys = ["a", "B", "A", "b", "a b", "a-b", "a_b", "é", "中", "乙", "阿", "𠮷", "Z９", "10", "9"];
    for key in keys {
        platform.run(&format!(
            "INSERT INTO GG(GGBH, LB, BT, NR, FBRQ, GXSJ) VALUES ('{key}', '2', '公告', '内容', '2026-01-05', '2026-01-05')"
        ));
    }
    court.up();
    assert_eq!(outside(&court, "SELECT count(*) FROM record WHERE kind = 'announcement'"), 12 + keys.len() as i64);
    let again = full(&court);
    assert_eq!((&again["records"], &again["retracted"]), (&0.into(), &0.into()));
    // One of them goes, and the others stay.
    platform
        .run("DELETE FROM GG WHERE GGBH = 'a'; INSERT INTO SCJL(XH, BM, ZJ, SJ, GXSJ) VALUES (1, 'GG', 'a', '2026-01-06', now())");
    let (exported, _) = court.up();
    assert_eq!((&exported["full"], &exported["retracted"]), (&false.into(), &1.into()));
    roots_agree(&court);
}

#[test]
fn a_database_in_a_chinese_encoding_is_read_in_the_same_order() {
    let court = Court::new(12);
    let platform = Platform::of(&court, "ENCODING 'EUC_CN' LOCALE_PROVIDER libc LOCALE 'C'");
    // 啊 comes first in GB 2312 and late in Unicode; 一 the other way round.
    for key in ["一", "啊", "中", "乙", "A", "丁"] {
        platform.run(&format!(
            "INSERT INTO GG(GGBH, LB, BT, NR, FBRQ, GXSJ) VALUES ('{key}', '2', '公告', '内容', '2026-01-05', '2026-01-05')"
        ));
    }
    let (exported, _) = court.up();
    assert_eq!(exported["records"], 6, "{exported}");
    let again = full(&court);
    assert_eq!((&again["records"], &again["retracted"]), (&0.into(), &0.into()));
    roots_agree(&court);
}

#[test]
fn a_row_whose_key_cannot_be_looked_up_by_its_text_is_held_and_named() {
    let court = Court::new(12);
    let platform = Platform::with(&court);
    platform.run("ALTER TABLE GG ALTER COLUMN GGBH TYPE VARCHAR(24)");
    platform.run("UPDATE GG SET GGBH = GGBH || '  ' WHERE GGBH = 'GG000001'");
    court.up();
    let status = court.agent("inner", "status");
    let held = status["held_records"].as_array().unwrap();
    assert!(
        held.iter().any(|h| h["key"] == "GG000001" && h["reason"].as_str().unwrap().contains("spaces")),
        "{held:?}"
    );
    court.edit("inner.toml", "SELECT * FROM GG\"", "SELECT *, rtrim(GGBH) AS BH FROM GG\"");
    court.edit("inner.toml", "id = \"GGBH\"", "id = \"BH\"");
    court.up();
    assert_eq!(outside(&court, "SELECT count(*) FROM record WHERE id = 'GG000001'"), 1);
}

#[test]
fn memory_is_bounded_and_lookups_use_the_platform_s_indexes() {
    let court = Court::new(12);
    let platform = Platform::with(&court);
    // Neither carried out nor planned: of no kind, so that they only have to be passed over.
    platform.run(
        "INSERT INTO ZXCS(CSBH, AJBH, BDW, SSZT, GXSJ) SELECT 'X' || n, 'AJ' || n % 5000, repeat('银', 1300), '9', '2025-01-01'::timestamp + n * interval '1 min'
         FROM generate_series(1, 100000) AS n;
         ANALYZE ZXCS",
    );
    // Two kinds read 400 MB each.
    let first = court.agent_with_memory(340 << 20, "inner", "export");
    court.carry("up");
    court.agent("outer", "ingest");
    assert!(first["rows"].as_u64().unwrap() > 100_000);
    let key = platform.run("SELECT rtrim(CSBH) FROM ZXCS WHERE SSZT = '1' ORDER BY CSBH LIMIT 1");
    let case = platform.run("SELECT rtrim(AJBH) FROM AJXX ORDER BY AJBH DESC LIMIT 1");
    platform.run(&format!(
        "DELETE FROM ZXCS WHERE CSBH = '{key}';
         INSERT INTO SCJL(XH, BM, ZJ, SJ, GXSJ) VALUES (1, 'ZXCS', '{key}', '2026-01-06', now());
         UPDATE ZXCS SET JE = 7, GXSJ = '2026-06-01' WHERE CSBH = (SELECT max(CSBH) FROM ZXCS WHERE SSZT = '1');
         INSERT INTO BYGK VALUES ('SP1', '', '', '{case}', '4', '', '刘强', '周明', '2026-01-01', NULL, NULL, '', now());
         SELECT pg_stat_force_next_flush()"
    ));
    let scans = || platform.run("SELECT seq_scan || ' ' || idx_scan FROM pg_stat_user_tables WHERE relname = 'zxcs'");
    let parsed = |text: String| -> Vec<i64> { text.split(' ').map(|n| n.parse().unwrap()).collect() };
    let before = parsed(scans());
    let (exported, _) = court.up();
    assert_eq!(exported["full"], false);
    assert!(exported["retracted"].as_u64().unwrap() >= 1 && exported["withheld"].as_u64().unwrap() >= 1, "{exported}");
    let after = parsed(scans());
    assert_eq!(after[0], before[0], "no query of a run of changes reads the whole table");
    // Two kinds, each: the window, the deleted key, the case of the form.
    assert!(after[1] >= before[1] + 6, "{before:?} {after:?}");
}

#[test]
fn rows_committed_after_a_run_cross_with_the_next_and_older_ones_with_a_full_run() {
    let court = Court::new(12);
    let platform = Platform::with(&court);
    platform.run("GRANT pg_read_all_stats TO ferry_read");
    court.edit("inner.toml", "overlap-minutes = 60", "overlap-minutes = 0");
    court.up();
    let notice = |key: &str, at: &str| {
        format!(
            "INSERT INTO GG(GGBH, LB, BT, NR, FBRQ, GXSJ) VALUES ('{key}', '2', '公告', '内容', '2026-01-05', {at})"
        )
    };
    let slow = platform.transaction(&notice("T1", "now()"));
    std::thread::sleep(std::time::Duration::from_millis(1200));
    platform.run(&notice("T2", "now()"));
    let (exported, _) = court.up();
    assert_eq!((&exported["records"], outside(&court, "SELECT count(*) FROM record WHERE id = 'T1'")), (&1.into(), 0));
    commit(slow);
    let (exported, _) = court.up();
    assert_eq!((&exported["full"], &exported["records"]), (&false.into(), &1.into()));
    assert_eq!(outside(&court, "SELECT count(*) FROM record WHERE id = 'T1'"), 1);

    platform.run(&notice("T3", "'2020-01-01'"));
    let (exported, _) = court.up();
    assert_eq!(exported["records"], 0, "its time lies before every window");
    assert_eq!(full(&court)["records"], 1);
}

#[test]
fn a_change_time_in_the_future_hides_no_later_change() {
    let court = Court::new(12);
    let platform = Platform::with(&court);
    platform.run("UPDATE GG SET GXSJ = '2099-01-01' WHERE GGBH = 'GG000000'");
    court.up();
    platform.run("UPDATE GG SET NR = '新内容', GXSJ = now() WHERE GGBH = 'GG000001'");
    let (exported, _) = court.up();
    assert_eq!(exported["full"], false);
    let status = court.agent("inner", "status");
    let held = status["held_records"].to_string();
    assert!(held.contains("GG000001"), "an announcement that changes needs an approval, so it was seen: {held}");
}

#[test]
fn articles_11_14_receipt_and_message_arrive_in_postgresql_exactly_once() {
    let court = Court::new(12);
    let platform = Platform::with(&court);
    court.up();
    sign_and_write(&court);
    court.agent("outer", "reply");
    court.carry("down");
    let arrived = court.files("channel/down/received");
    let batch = std::fs::read(&arrived[0]).unwrap();
    let ledger = court.path("inner/state/inner.db");
    let backup = |to: &str| court.database("inner/state/inner.db").backup("main", court.path(to), None).unwrap();
    backup("before.db");

    let imported = court.agent("inner", "import");
    assert_eq!((&imported["receipts"], &imported["messages"], &imported["filed"]), (&1.into(), &1.into(), &1.into()));
    let rows = || {
        let counts = ["BATCH", "INBOX", "RECEIPT", "MESSAGE", "RECORD", "HELD"]
            .map(|t| format!("(SELECT count(*) FROM ferry.FERRY_{t})"));
        platform.run(&format!("SELECT concat_ws(' ', {})", counts.join(", ")))
    };
    assert_eq!(rows(), "1 2 1 1 0 0");
    assert_eq!(platform.run("SELECT text FROM ferry.FERRY_MESSAGE"), "请问执行款何时发放？𠮷");
    assert_eq!(walk(&court.path("case-files")).len(), 3);

    assert_eq!(court.agent("inner", "import")["batches"], 0);
    std::fs::write(court.path("channel/down/received/again.ferry"), &batch).unwrap();
    let again = court.agent("inner", "import");
    assert_eq!((&again["known"], &again["receipts"]), (&1.into(), &0.into()));
    assert_eq!(rows(), "1 2 1 1 0 0");

    // Killed after the platform's commit: the ledger is as it was before, and the batch still lies there.
    for end in ["", "-wal", "-shm"] {
        std::fs::remove_file(format!("{}{end}", ledger.display())).ok();
    }
    std::fs::copy(court.path("before.db"), &ledger).unwrap();
    // A ledger that others may read is refused.
    std::fs::set_permissions(&ledger, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    // The mark of a run is written after it.
    std::fs::remove_file(court.path("inner/state/ledger-mark")).unwrap();
    std::fs::write(court.path("channel/down/received/again.ferry"), &batch).unwrap();
    let healed = court.agent("inner", "import");
    assert_eq!((&healed["batches"], &healed["receipts"], &healed["messages"]), (&1.into(), &0.into(), &0.into()));
    assert_eq!(rows(), "1 2 1 1 0 0");
    assert_eq!(
        court.agent("inner", "status")["channels"][0]["batches"]["confirmed"],
        1,
        "and the ledger knows it again"
    );
    court.up();
    assert_eq!(court.agent("outer", "status")["outgoing"], 0);
    roots_agree(&court);
}

#[test]
fn a_failed_import_leaves_nothing_in_the_platform() {
    let court = Court::new(12);
    let platform = Platform::with(&court);
    court.agent("inner", "import");
    court.up();
    sign_and_write(&court);
    court.agent("outer", "reply");
    court.carry("down");
    platform.run("REVOKE INSERT ON ferry.FERRY_MESSAGE FROM ferry_staging");
    let text = court.refused("inner", "import", 77);
    assert!(text.contains("FERRY-E0622"), "{text}");
    assert_eq!(
        platform.number("SELECT (SELECT count(*) FROM ferry.FERRY_INBOX) + (SELECT count(*) FROM ferry.FERRY_RECEIPT)"),
        0
    );
    platform.run("GRANT INSERT ON ferry.FERRY_MESSAGE TO ferry_staging");
    let imported = court.agent("inner", "import");
    assert_eq!((&imported["receipts"], &imported["messages"]), (&1.into(), &1.into()));
}

#[test]
fn a_role_limited_to_the_staging_tables_is_enough_and_one_that_cannot_create_them_gets_an_error() {
    let court = Court::new(12);
    let platform = Platform::with(&court);
    platform.run("ALTER SCHEMA ferry OWNER TO postgres; REVOKE ALL ON SCHEMA ferry FROM ferry_staging; GRANT USAGE ON SCHEMA ferry TO ferry_staging");
    let text = court.refused("inner", "import", 77);
    assert!(text.contains("FERRY-E0622"), "{text}");
    // The administrator makes them once, from the text that the configuration gives.
    let schema = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../config/staging.sql")).unwrap();
    platform.run(&format!(
        "SET search_path = ferry; {schema}; GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA ferry TO ferry_staging"
    ));
    court.up();
    sign_and_write(&court);
    let (_, imported) = court.down();
    assert_eq!((&imported["receipts"], &imported["filed"]), (&1.into(), &1.into()));
    let may =
        |what: &str| platform.run(&format!("SELECT has_table_privilege('ferry_staging', 'public.ajxx', '{what}')"));
    assert_eq!((may("SELECT"), may("UPDATE")), ("f".into(), "f".into()));
}

/// The first party signs for a document and asks a question.
fn sign_and_write(court: &Court) {
    let portal = court.portal();
    let browser = portal.browser();
    let login = court.logins().remove(0);
    browser.log_in(&login);
    let page = browser.get(&format!("/cases/{}", login.case_id));
    let text = page.text();
    let action = text[text.find("/documents/service/").unwrap()..].split('"').next().unwrap().to_owned();
    let csrf = page.csrf();
    assert_eq!(browser.post(&action, &[("csrf", &csrf)]).status, 200);
    let form = [("csrf", csrf.as_str()), ("text", "请问执行款何时发放？𠮷")];
    assert_eq!(browser.post(&format!("/cases/{}/messages", login.case_id), &form).status, 200);
}
