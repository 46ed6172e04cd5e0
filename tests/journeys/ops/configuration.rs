//! A configuration error never falls back to a default: it stops the program with the name of the key or file.

use ferry_testkit::stage::Court;
use std::os::unix::fs::PermissionsExt;

#[test]
fn wrong_and_missing_configuration_keys_are_named_and_end_with_78() {
    let court = Court::new(5);
    let good = std::fs::read_to_string(court.path("inner.toml")).unwrap();
    let wrong = [
        ("schedule = ", "shedule = ", "shedule"),
        ("time-zone = \"Asia/Shanghai\"", "time-zone = \"Asia/Atlantis\"", "time-zone"),
        ("retention-days = 30 ", "# retention-days = 30 ", "retention-days"),
        ("AJZT", "NO_SUCH_COLUMN", "NO_SUCH_COLUMN"),
        ("valid-hours = 72", "valid-hours = \"three\"", "valid-hours"),
        ("sqlite = \"platform.db\"", "sqlite = \"nowhere.db\"", "nowhere.db"),
        ("documents = \"documents\"", "documents = \"nowhere\"", "nowhere"),
        ("catalogue = \"catalogue.toml\"", "catalogue = \"nowhere.toml\"", "nowhere.toml"),
    ];
    for (from, to, named) in wrong {
        assert!(good.contains(from), "{from}");
        std::fs::write(court.path("inner.toml"), good.replacen(from, to, 1)).unwrap();
        for command in ["check-config", "export"] {
            let text = court.refused("inner", command, 78);
            assert!(text.contains(named), "{named}: {text}");
        }
    }
    std::fs::write(court.path("inner.toml"), good).unwrap();
    assert!(court.files("channel/up/sent").is_empty());
    assert!(court.try_agent("inner", &["check-config"]).status.success());
    assert!(court.try_agent("outer", &["check-config"]).status.success());
}

#[test]
fn a_schedule_that_leaves_a_day_without_a_reply_is_refused_with_78_and_says_which() {
    let court = Court::new(5);
    let good = std::fs::read_to_string(court.path("outer.toml")).unwrap();
    let with = |schedule: &str| {
        let text = good.replacen("schedule = \"0 4 * * *\"", &format!("schedule = \"{schedule}\""), 1);
        assert_eq!(text == good, schedule == "0 4 * * *");
        std::fs::write(court.path("outer.toml"), text).unwrap();
    };
    for schedule in ["0 4 * * 1-6", "0 4 1-30 * *", "0 */2 */2 * *", "* * * 1-11 *"] {
        with(schedule);
        for command in ["check-config", "run", "reply"] {
            let text = court.refused("outer", command, 78);
            for words in
                ["FERRY-E0502", "reply.schedule", schedule, "24 hours", "has no run on 20", "hint: reply at least"]
            {
                assert!(text.contains(words), "{words}: {text}");
            }
        }
    }
    for schedule in ["0 4 * * *", "0 4,16 * * *", "*/10 * * * *"] {
        with(schedule);
        assert!(court.try_agent("outer", &["check-config"]).status.success(), "{schedule}");
    }
}

#[test]
fn a_file_that_is_no_database_ends_with_78_and_a_world_readable_key_with_77() {
    let court = Court::new(5);
    std::fs::rename(court.path("platform.db"), court.path("kept.db")).unwrap();
    std::fs::write(court.path("platform.db"), "this is no database at all, whatever its name says").unwrap();
    assert!(court.refused("inner", "export", 78).contains("platform.db"));
    std::fs::rename(court.path("kept.db"), court.path("platform.db")).unwrap();
    let keys = [("inner", "export", "inner/sender.key"), ("outer", "ingest", "outer/recipient.key")];
    for (side, command, key) in keys.into_iter().chain([("outer", "check-config", "outer/login.key")]) {
        std::fs::set_permissions(court.path(key), std::fs::Permissions::from_mode(0o644)).unwrap();
        let text = court.refused(side, command, 77);
        assert!(text.contains(key) && text.contains("FERRY-E0701") && text.contains("chmod 600"), "{text}");
        std::fs::set_permissions(court.path(key), std::fs::Permissions::from_mode(0o600)).unwrap();
    }
    court.up();
}

#[test]
fn two_runs_at_once_are_refused_with_75() {
    let court = Court::new(5);
    court.agent("inner", "status");
    let held = std::fs::File::create(court.path("inner/state/inner-agent.lock")).unwrap();
    held.lock().unwrap();
    assert!(court.refused("inner", "export", 75).contains("FERRY-E0901"));
    drop(held);
    court.up();
}

#[test]
fn two_new_sites_make_keys_pair_and_work() {
    let court = Court::new(5);
    for file in ["inner/sender.key", "inner/recipient.key", "outer/sender.key", "outer/recipient.key"] {
        std::fs::remove_file(court.path(file)).unwrap();
        std::fs::remove_file(court.path(file).with_extension("pub")).unwrap();
    }
    for trust in ["inner/trust.toml", "outer/trust.toml"] {
        std::fs::remove_file(court.path(trust)).unwrap();
    }
    court.edit("inner.toml", "outer/recipient.pub", "inner/peer-recipient.pub");
    court.edit("outer.toml", "inner/recipient.pub", "outer/peer-recipient.pub");
    for (side, other) in [("inner", "outer"), ("outer", "inner")] {
        assert!(court.try_agent(side, &["init"]).status.success());
        assert!(court.try_agent(other, &["init"]).status.success());
        let sender = court.path(&format!("{other}/sender.pub"));
        let recipient = court.path(&format!("{other}/recipient.pub"));
        let paths = [sender.to_str().unwrap(), recipient.to_str().unwrap()];
        let out = court.try_agent(side, &["pair", "--peer-sender", paths[0], "--peer-recipient", paths[1]]);
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    }
    court.up();
    court.down();
    let (inner, outer) = court.roots();
    assert_eq!(inner, outer);
}

#[test]
fn the_shipped_configurations_and_catalogue_are_the_ones_that_work() {
    let court = Court::new(5);
    for name in ["inner.toml", "outer.toml", "catalogue.toml", "policy.toml"] {
        let shipped = format!("{}/../config/{name}", env!("CARGO_MANIFEST_DIR"));
        assert_eq!(
            std::fs::read_to_string(court.path(name)).unwrap(),
            std::fs::read_to_string(shipped).unwrap(),
            "{name}"
        );
    }
    for side in ["inner", "outer"] {
        let out = court.try_agent(side, &["check-config"]);
        assert!(out.status.success(), "{side}: {}", String::from_utf8_lossy(&out.stderr));
    }
}

#[test]
fn a_suite_floor_refuses_what_is_below_it_and_is_never_lowered() {
    let court = Court::new(10);
    court.up();
    court.agent("inner", "export");
    court.edit("outer/trust.toml", "suite-floor = 1", "suite-floor = 2");
    court.carry("up");
    let pass = court.agent("outer", "ingest");
    assert_eq!((&pass["quarantined"], &pass["batches"]), (&1.into(), &0.into()));
    assert_eq!(court.agent("outer", "status")["quarantine"][0]["code"], "FERRY-E0208");
    court.edit("outer/trust.toml", "suite-floor = 2", "suite-floor = 1");
    let text = court.refused("outer", "ingest", 78);
    assert!(text.contains("suite-floor") && text.contains("only rises"), "{text}");
}

/// As case M15: what is missing is named with who brings it, and ends with the code that systemd does not restart.
#[test]
fn before_init_pair_and_what_others_bring_each_missing_file_is_named_with_what_to_do() {
    let court = Court::new(5);
    let refused = |side: &str, what: &str, to_do: &str| {
        let out = court.try_agent(side, &["check-config"]);
        let text = String::from_utf8_lossy(&out.stderr).into_owned();
        assert_eq!(out.status.code(), Some(78), "{side} {what}: {text}");
        assert!(text.contains("FERRY-E0638") && text.contains(what) && text.contains(to_do), "{side} {what}: {text}");
    };
    let away = |name: &str| std::fs::rename(court.path(name), court.path(&format!("{name}.away"))).unwrap();
    let back = |name: &str| std::fs::rename(court.path(&format!("{name}.away")), court.path(name)).unwrap();
    let login_key = "outer/login.key";
    for (side, file, to_do) in [
        ("inner", "inner/sender.key", "`init`"),
        ("inner", "inner/recipient.key", "`init`"),
        ("inner", "inner/trust.toml", "`pair "),
        ("outer", "outer/sender.key", "`init`"),
        ("outer", "outer/trust.toml", "`pair "),
        ("outer", login_key, "inner side"),
        ("outer", "outer/tls.crt", "IT department"),
    ] {
        away(file);
        refused(side, file.rsplit('/').next().unwrap(), to_do);
        back(file);
        assert!(court.try_agent(side, &["check-config"]).status.success(), "{file} is back");
    }
    // The inner side makes the login key; the outer side says who brings what it lacks, and makes its own keys.
    for name in [login_key, "outer/sender.key", "outer/sender.pub"] {
        away(name);
    }
    let out = court.try_agent("outer", &["init"]);
    assert!(out.status.success() && String::from_utf8_lossy(&out.stderr).contains("inner side"));
    assert!(court.path("outer/sender.key").exists() && !court.path(login_key).exists());
    back(login_key);
}

/// As case M14.
#[test]
fn swapped_folders_at_the_gate_are_named_and_the_batches_stay_for_the_side_that_they_are_for() {
    let court = Court::new(5);
    court.up();
    court.agent("outer", "reply");
    let batch = |direction: &str| court.files(&format!("channel/{direction}/sent")).pop().unwrap();
    for (side, direction, received) in
        [("inner", "up", "channel/down/received/x"), ("outer", "down", "channel/up/received/x")]
    {
        std::fs::copy(batch(direction), court.path(received)).unwrap();
        let command = if side == "inner" { "import" } else { "ingest" };
        let pass = court.agent(side, command);
        assert_eq!((&pass["quarantined"], &pass["waiting"]), (&0.into(), &0.into()), "{pass}");
        assert!(court.path(received).exists());
        let alarms = court.agent(side, "status")["alarms"].to_string();
        assert!(alarms.contains("FERRY-E0637") && alarms.contains("swapped"), "{alarms}");
        // To the folder of the side that it is for.
        let right = court.path(&format!("channel/{direction}/received/x"));
        std::fs::rename(court.path(received), &right).unwrap();
        court.agent(side, command);
        assert_eq!(court.agent(side, "status")["alarms"].to_string().matches("E0637").count(), 0);
        let other = if side == "inner" { ("outer", "ingest") } else { ("inner", "import") };
        court.agent(other.0, other.1);
        assert!(!right.exists(), "the side that it is for took it");
    }
}
