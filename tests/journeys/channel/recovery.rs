//! A machine burns: what a backup holds, what the other side notices, and that nothing is lost in silence or done twice.
//! Each section of `docs/recovery.md` is one of these journeys.

use ferry_testkit::court::touch;
use ferry_testkit::stage::{Court, walk};
use std::path::Path;
use std::process::Command;

const SEED: u64 = 41;

/// Runs an agent's command that must succeed; gives its object.
fn done(court: &Court, side: &str, command: &[&str]) -> serde_json::Value {
    let out = court.try_agent(side, &[command, &["--json"]].concat());
    assert!(out.status.success(), "{side} {command:?}: {}", String::from_utf8_lossy(&out.stderr));
    serde_json::from_slice(&out.stdout).unwrap()
}

fn backup(court: &Court, side: &str, name: &str) -> serde_json::Value {
    done(court, side, &["backup", court.path(name).to_str().unwrap()])
}

fn restore(court: &Court, side: &str, name: &str) -> serde_json::Value {
    done(court, side, &["restore", court.path(name).to_str().unwrap()])
}

/// The machine burns; its keys are kept elsewhere.
fn lose(court: &Court, side: &str) {
    std::fs::remove_dir_all(court.path(&format!("{side}/state"))).unwrap();
}

/// A working day: cases change, and everything crosses both ways.
fn day(court: &Court, seed: u64) {
    touch(&court.path(""), 6, seed).unwrap();
    court.up();
    court.down();
}

/// Lets both sides talk until they agree; gives after how many days that was.
fn settle(court: &Court) -> u32 {
    for days in 0..8 {
        court.up();
        court.down();
        let (inside, outside) = (court.agent("inner", "status"), court.agent("outer", "status"));
        let gaps = |status: &serde_json::Value| {
            status["channels"].as_array().unwrap().iter().any(|c| !c["gaps"].as_array().unwrap().is_empty())
        };
        let agree = inside["state_root"] == outside["state_root"] && outside["root_differs"] == false;
        if agree && !gaps(&inside) && !gaps(&outside) && inside["published"] == outside["published"] {
            return days;
        }
    }
    let (inside, outside) = (court.agent("inner", "status"), court.agent("outer", "status"));
    panic!("the two sides do not come to agree:\n{inside}\n{outside}");
}

/// What the public sees: kind, id and content of everything that is not retracted.
fn seen(court: &Court) -> Vec<(String, String, Vec<u8>)> {
    let conn = court.database("outer/state/outer.db");
    let sql = "SELECT kind, id, content FROM record r WHERE retracted = 0 AND NOT EXISTS (
                 SELECT 1 FROM record n WHERE n.kind = r.kind AND n.id = r.id AND n.version > r.version)
               ORDER BY kind, id";
    let mut statement = conn.prepare(sql).unwrap();
    statement
        .query_map([], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)))
        .unwrap()
        .collect::<rusqlite::Result<_>>()
        .unwrap()
}

/// The same without contents: codes are hashed again, with new salts, where their hashes were lost.
fn names(seen: &[(String, String, Vec<u8>)]) -> Vec<(String, String)> {
    seen.iter().map(|(kind, id, _)| (kind.clone(), id.clone())).collect()
}

/// A party opens a document, signs for it and writes; gives what crosses back of it.
fn visit(court: &Court, login: usize, text: &str) {
    let portal = court.portal();
    let browser = portal.browser();
    let login = court.logins().remove(login);
    browser.log_in(&login);
    let page = browser.get(&format!("/cases/{}", login.case_id));
    let csrf = page.csrf();
    if let Some(at) = page.text().find("/documents/service/") {
        let action = page.text()[at..].split('"').next().unwrap().to_owned();
        assert_eq!(browser.post(&action, &[("csrf", &csrf)]).status, 200);
    }
    browser.post(&format!("/cases/{}/messages", login.case_id), &[("csrf", &csrf), ("text", text)]);
}

fn alarms(court: &Court, side: &str) -> String {
    court.agent(side, "status")["alarms"].to_string()
}

fn audited(court: &Court, side: &str, act: &str) -> i64 {
    let sql = "SELECT count(*) FROM ferry_audit WHERE act = ?1";
    let conn = court.database(&format!("{side}/state/{side}.db"));
    conn.query_row(sql, [act], |r| r.get(0)).unwrap()
}

fn modes_are_private(folder: &Path) {
    use std::os::unix::fs::PermissionsExt;
    for file in walk(folder) {
        let mode = std::fs::metadata(&file).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode & 0o077, 0, "{} {mode:o}", file.display());
    }
    assert_eq!(std::fs::metadata(folder).unwrap().permissions().mode() & 0o777, 0o700);
}

#[test]
fn a_second_daemon_on_one_state_folder_is_refused_and_commands_still_run() {
    let court = Court::new(12);
    court.edit("outer.toml", "127.0.0.1:8443", "127.0.0.1:0");
    court.edit("outer.toml", "127.0.0.1:9443", "127.0.0.1:0");
    for side in ["inner", "outer"] {
        let mut first = court.spawn(side, &["run"]);
        let locked = court.path(&format!("{side}/state/run.lock"));
        let started = std::time::Instant::now();
        while !locked.exists() {
            assert!(started.elapsed() < std::time::Duration::from_secs(120));
            std::thread::sleep(std::time::Duration::from_millis(100));
        }
        let why = court.refused(side, "run", 75);
        assert!(why.contains("FERRY-E0680"), "{why}");
        court.agent(side, "status");
        assert!(court.try_agent(side, &["check-config"]).status.success());
        Command::new("kill").arg(first.id().to_string()).status().unwrap();
        assert!(first.wait().unwrap().success());
    }
    court.up();
    court.down();
}

#[test]
fn a_backup_is_private_has_no_keys_by_default_and_copies_nothing_twice() {
    let court = Court::new(30);
    court.up();
    court.down();
    for side in ["inner", "outer"] {
        let first = backup(&court, side, "kept");
        assert_eq!((&first["copied"], &first["keys"]), (&first["files"], &false.into()), "{first}");
        modes_are_private(&court.path("kept"));
        let again = backup(&court, side, "kept");
        assert_eq!((&again["copied"], &again["files"]), (&1.into(), &first["files"]), "only the database: {again}");
        let secret = "ferry-secret-key-1";
        let holds_keys = || {
            let has = |f: &std::path::PathBuf| String::from_utf8_lossy(&std::fs::read(f).unwrap()).contains(secret);
            walk(&court.path("kept")).iter().any(|f| f.to_string_lossy().contains("/keys/") || has(f))
        };
        assert!(!holds_keys());
        done(&court, side, &["backup", court.path("kept").to_str().unwrap(), "--with-keys"]);
        assert!(holds_keys());
        modes_are_private(&court.path("kept"));
        std::fs::remove_dir_all(court.path("kept")).unwrap();
    }
    assert!(walk(&court.path("outer/state/documents")).len() > 10);
}

#[test]
fn an_incomplete_or_foreign_backup_is_refused_and_nothing_is_restored() {
    let court = Court::new(20);
    court.up();
    backup(&court, "outer", "kept");
    let why = |command: &[&str], exit: i32, code: &str| {
        let out = court.try_agent("outer", command);
        let text = String::from_utf8_lossy(&out.stderr).into_owned();
        assert_eq!(out.status.code(), Some(exit), "{text}");
        assert!(text.contains(code) && text.contains("hint: "), "{text}");
    };
    let folder = court.path("kept");
    let kept = folder.to_str().unwrap();
    why(&["restore", kept], 73, "FERRY-E0681");
    why(&["backup", court.path("channel").to_str().unwrap()], 73, "FERRY-E0689");
    backup(&court, "outer", "kept");
    backup(&court, "inner", "own");
    lose(&court, "outer");
    let inner = court.try_agent("inner", &["restore", kept]);
    assert!(String::from_utf8_lossy(&inner.stderr).contains("FERRY-E0683"));
    lose(&court, "inner");
    restore(&court, "inner", "own");
    let document = walk(&folder.join("documents")).remove(0);
    let whole = std::fs::read(&document).unwrap();
    let mut wrong = whole.clone();
    wrong[0] ^= 1;
    std::fs::write(&document, &wrong).unwrap();
    why(&["restore", kept], 65, "FERRY-E0684");
    std::fs::write(&document, &whole).unwrap();
    let manifest = std::fs::read_to_string(folder.join("MANIFEST")).unwrap();
    std::fs::write(folder.join("MANIFEST"), &manifest[..manifest.len() / 2]).unwrap();
    why(&["restore", kept], 65, "FERRY-E0682");
    assert!(!court.path("outer/state/outer.db").exists(), "nothing can be used");
    std::fs::write(folder.join("MANIFEST"), &manifest).unwrap();
    restore(&court, "outer", "kept");
    for _ in 0..2 {
        court.down();
        court.up();
    }
    let (inside, outside) = court.roots();
    assert_eq!(inside, outside);
}

#[test]
fn a_backup_during_writes_is_consistent() {
    let court = Court::new(40);
    court.up();
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            for seed in 0..4 {
                touch(&court.path(""), 8, SEED + seed).unwrap();
                court.up();
            }
        });
        let mut made = 0;
        while !writer.is_finished() || made < 2 {
            let name = format!("kept-{made}");
            backup(&court, "outer", &name);
            made += 1;
        }
        writer.join().unwrap();
        for n in 0..made {
            lose(&court, "outer");
            restore(&court, "outer", &format!("kept-{n}"));
            let status = court.agent("outer", "status");
            let conn = court.database("outer/state/outer.db");
            // What was staged and not shown is ingested again.
            let named =
                "SELECT DISTINCT lower(hex(sha256)) FROM document WHERE generation <= (SELECT generation FROM visible)";
            let mut named = conn.prepare(named).unwrap();
            let named: Vec<String> =
                named.query_map([], |r| r.get(0)).unwrap().collect::<rusqlite::Result<_>>().unwrap();
            let lies = |hex: &String| court.path("outer/state/documents").join(&hex[..2]).join(&hex[2..]).exists();
            assert!(named.iter().all(lies), "{status}");
        }
    });
    settle(&court);
}

#[test]
fn a_backup_restored_twice_never_starts_the_same_epoch_twice() {
    let court = Court::new(12);
    court.up();
    court.down();
    for side in ["inner", "outer"] {
        let kept = format!("kept-{side}");
        backup(&court, side, &kept);
        let mut epochs = Vec::new();
        for _ in 0..2 {
            lose(&court, side);
            epochs.push(restore(&court, side, &kept)["epoch"].as_u64().unwrap());
            std::thread::sleep(std::time::Duration::from_millis(1100));
        }
        assert!(epochs[0] > 1 && epochs[1] > epochs[0], "{epochs:?}");
    }
    settle(&court);
}

#[test]
fn the_outer_machine_is_lost_and_its_backup_is_restored_and_replayed() {
    let court = Court::new(40);
    day(&court, SEED);
    visit(&court, 0, "备份前写的");
    backup(&court, "outer", "kept");
    // It crosses after the backup: settled inside, unknown to the backup.
    court.down();
    visit(&court, 1, "备份后写的");
    for n in 1..4 {
        day(&court, SEED + n);
    }
    let before = seen(&court);
    let receipts = court.count("SELECT count(*) FROM FERRY_RECEIPT");
    lose(&court, "outer");
    restore(&court, "outer", "kept");
    assert_ne!(seen(&court), before, "the backup is older");
    assert!(alarms(&court, "outer").contains("FERRY-E0687"));
    // Its first words make the inner side send everything again that came after the backup.
    let (_, imported) = court.down();
    assert!(imported["resent"].as_u64().unwrap() >= 3, "{imported}");
    assert_eq!(audited(&court, "inner", "peer-rollback"), 1);
    assert!(alarms(&court, "inner").contains("FERRY-E0685"));
    court.carry("up");
    court.agent("outer", "ingest");
    assert_eq!(seen(&court), before, "replayed");
    assert!(settle(&court) <= 1);
    assert_eq!(court.count("SELECT count(*) FROM FERRY_RECEIPT"), receipts, "nothing is settled twice");
    assert_eq!(court.count("SELECT count(*) FROM FERRY_MESSAGE WHERE text = '备份前写的'"), 1);
    assert_eq!(court.count("SELECT count(*) FROM FERRY_MESSAGE WHERE text = '备份后写的'"), 1);
    assert_eq!(court.count("SELECT count(*) FROM FERRY_HELD"), 0);
    assert!(!alarms(&court, "inner").contains("FERRY-E0685"), "{}", alarms(&court, "inner"));
    assert_eq!(court.agent("outer", "status")["outgoing"], 0);
}

#[test]
fn the_inner_machine_is_lost_and_an_old_backup_is_restored() {
    let court = Court::new(40);
    day(&court, SEED);
    backup(&court, "inner", "kept");
    visit(&court, 0, "备份后写的");
    for n in 1..4 {
        day(&court, SEED + n);
    }
    let before = seen(&court);
    let receipts = court.count("SELECT count(*) FROM FERRY_RECEIPT");
    lose(&court, "inner");
    let restored = restore(&court, "inner", "kept");
    let (exported, _) = court.up();
    assert_eq!(
        (&exported["epoch"], &exported["sequence"], &exported["full"]),
        (&restored["epoch"], &1.into(), &true.into())
    );
    assert_eq!(audited(&court, "outer", "peer-rollback"), 1);
    assert!(settle(&court) <= 4);
    assert_eq!(names(&seen(&court)), names(&before), "the platform did not change meanwhile");
    assert_eq!(court.count("SELECT count(*) FROM FERRY_RECEIPT"), receipts);
    assert_eq!(court.count("SELECT count(*) FROM FERRY_MESSAGE WHERE text = '备份后写的'"), 1, "settled once");
    day(&court, SEED + 9);
    settle(&court);
}

#[test]
fn the_outer_machine_is_lost_without_a_backup_and_a_baseline_rebuilds_everything() {
    let court = Court::new(40);
    day(&court, SEED);
    visit(&court, 0, "已经入库");
    day(&court, SEED + 1);
    let before = seen(&court);
    let receipts = court.count("SELECT count(*) FROM FERRY_RECEIPT");
    lose(&court, "outer");
    let made = done(&court, "inner", &["baseline"]);
    assert_eq!(made["sequence"], 1);
    assert_eq!(court.agent("outer", "status")["published"]["records"], 0);
    court.carry("up");
    let ingested = court.agent("outer", "ingest");
    assert_eq!(ingested["batches"], 1, "{ingested}");
    assert_eq!(seen(&court), before);
    assert_eq!(
        court.agent("outer", "status")["channels"][0]["gaps"],
        serde_json::json!([]),
        "no old number is waited for"
    );
    // The inner side had acknowledged numbers of which the new outer side knows nothing: it does not use them again.
    let (replied, imported) = court.down();
    assert!(replied["epoch"].as_u64().unwrap() > 1 && imported["batches"] == 1, "{replied} {imported}");
    assert!(settle(&court) <= 1);
    visit(&court, 1, "重建后写的");
    let (_, imported) = court.down();
    assert_eq!(imported["messages"], 1, "{imported}");
    assert_eq!(court.count("SELECT count(*) FROM FERRY_MESSAGE WHERE text = '已经入库'"), 1);
    assert!(court.count("SELECT count(*) FROM FERRY_RECEIPT") >= receipts);
    assert_eq!(court.count("SELECT count(*) FROM FERRY_HELD"), 0);
}

#[test]
fn the_inner_machine_is_lost_without_a_backup_and_a_baseline_replaces_what_is_published() {
    let court = Court::new(40);
    day(&court, SEED);
    visit(&court, 0, "已经入库");
    day(&court, SEED + 1);
    let before = seen(&court);
    let receipts = court.count("SELECT count(*) FROM FERRY_RECEIPT");
    lose(&court, "inner");
    done(&court, "inner", &["baseline"]);
    court.carry("up");
    assert_eq!(court.agent("outer", "ingest")["batches"], 1);
    let (inside, outside) = court.roots();
    assert_eq!(inside, outside);
    assert_eq!(names(&seen(&court)), names(&before), "the same is published, under versions above the old ones");
    assert!(settle(&court) <= 1);
    assert_eq!(court.count("SELECT count(*) FROM FERRY_RECEIPT"), receipts, "nothing is settled twice");
    assert_eq!(court.count("SELECT count(*) FROM FERRY_MESSAGE WHERE text = '已经入库'"), 1);
    day(&court, SEED + 2);
    settle(&court);
}

#[test]
fn a_baseline_retracts_what_only_the_far_side_has_and_nothing_that_is_published_inside() {
    let court = Court::new(40);
    day(&court, SEED);
    let before = seen(&court);
    // A record that nobody sent stands outside.
    let sql =
        "INSERT INTO record SELECT kind, 'zz-stray', version, generation, retracted, case_id, person, content, body
               FROM record WHERE kind = 'announcement' LIMIT 1";
    let conn = court.database("outer/state/outer.db");
    conn.execute(sql, []).unwrap();
    conn.execute("UPDATE visible SET records = records + 1", []).unwrap();
    drop(conn);
    assert_ne!(seen(&court), before);
    done(&court, "inner", &["baseline"]);
    court.carry("up");
    court.agent("outer", "ingest");
    assert_eq!(seen(&court), before);
    assert!(settle(&court) <= 2);
    let key: String = court.platform().query_row("SELECT GKBH FROM GKWS LIMIT 1", [], |r| r.get(0)).unwrap();
    let changed = "UPDATE GKWS SET BT = '改过的标题', GXSJ = '2027-01-01 00:00:00' WHERE GKBH = ?1";
    court.platform().execute(changed, [&key]).unwrap();
    let sequence = |court: &Court| court.agent("inner", "status")["channels"][0]["last_sequence"].clone();
    let (why, number) = (court.refused("inner", "baseline", 77), sequence(&court));
    assert!(why.contains("FERRY-E0686") && why.contains(&key), "{why}");
    court.up();
    assert_eq!(sequence(&court).as_u64(), number.as_u64().map(|n| n + 1), "what was refused changed nothing");
    done(&court, "inner", &["baseline", "--allow-retractions"]);
    court.carry("up");
    court.agent("outer", "ingest");
    assert_eq!(seen(&court).len() + 1, before.len());
    let (inside, outside) = court.roots();
    assert_eq!(inside, outside);
}

/// Five days with a backup of both sides on each; then the first, the middle and the last are restored on either side and on
/// both, and the two sides come to agree.
#[test]
fn restoring_any_of_five_daily_backups_on_either_side_is_detected_and_repaired() {
    let court = Court::new(12);
    for n in 0..5 {
        day(&court, SEED + n);
        backup(&court, "inner", &format!("inner-{n}"));
        backup(&court, "outer", &format!("outer-{n}"));
    }
    day(&court, SEED + 6);
    let before = seen(&court);
    for n in [0, 2, 4] {
        for sides in [&["inner"][..], &["outer"], &["inner", "outer"]] {
            let court = court.duplicate();
            let messages = court.count("SELECT count(*) FROM FERRY_INBOX");
            for side in sides {
                lose(&court, side);
                restore(&court, side, &format!("{side}-{n}"));
            }
            settle(&court);
            assert_eq!(names(&seen(&court)), names(&before), "{sides:?} of day {n}");
            assert_eq!(court.count("SELECT count(*) FROM FERRY_INBOX"), messages, "nothing comes in twice");
            let noticed: i64 = ["inner", "outer"].iter().map(|side| audited(&court, side, "peer-epoch")).sum();
            assert!(noticed >= 1, "{sides:?} of day {n} went unnoticed");
        }
    }
}
