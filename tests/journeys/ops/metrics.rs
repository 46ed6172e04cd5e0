//! Metrics and the rules over them, read by Prometheus' own checker; and the units, by systemd's.

use ferry_testkit::stage::{Court, binary};
use std::fs::File;
use std::path::Path;
use std::process::{Command, Output};

fn ops(name: &str) -> String {
    format!("{}/../ops/{name}", env!("CARGO_MANIFEST_DIR"))
}

fn output(out: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr))
}

fn configure(court: &Court) {
    for side in ["inner", "outer"] {
        let path = court.path(&format!("{side}.toml"));
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(path, format!("{text}\n[maintenance]\nmetrics-file = \"{side}.prom\"\n")).unwrap();
    }
}

/// The value of a metric whose line begins so.
fn value(file: &Path, begins: &str) -> Option<f64> {
    let text = std::fs::read_to_string(file).unwrap();
    let line = text.lines().find(|line| line.strip_prefix(begins).is_some_and(|rest| rest.starts_with(' ')));
    line.map(|line| line.rsplit(' ').next().unwrap().parse().unwrap())
}

#[test]
fn both_agents_write_metrics_after_every_run_that_prometheus_can_read_and_that_name_no_person() {
    let court = Court::new(12);
    configure(&court);
    let (inner, outer) = (court.path("inner.prom"), court.path("outer.prom"));
    court.up();
    let up = "{channel=\"up\",direction=\"export\"}";
    assert_eq!(value(&inner, &format!("ferry_unconfirmed_batches{up}")), Some(1.0));
    std::fs::write(court.path("channel/up/received/x"), "no batch").unwrap();
    court.agent("outer", "ingest");
    assert_eq!(value(&outer, &format!("ferry_quarantined_files{up}")), Some(1.0));
    court.down();
    assert_eq!(value(&inner, &format!("ferry_unconfirmed_batches{up}")), Some(0.0));
    assert_eq!(value(&outer, "ferry_root_differs"), Some(0.0));
    assert!(
        value(
            &outer,
            &format!("ferry_certificate_end_timestamp_seconds{{file=\"{}\"}}", court.path("outer/tls.crt").display())
        )
        .unwrap()
            > 2e9
    );
    assert!(
        value(&inner, &format!("ferry_free_bytes{{folder=\"{}\"}}", court.path("inner/state").display())).unwrap()
            > 0.0
    );
    assert_eq!(value(&inner, "ferry_daemon_heartbeat_timestamp_seconds"), None, "no daemon runs");
    for file in [&inner, &outer] {
        let out =
            Command::new(ops("promtool")).args(["check", "metrics"]).stdin(File::open(file).unwrap()).output().unwrap();
        assert!(out.status.success(), "{}", output(&out));
        let text = std::fs::read_to_string(file).unwrap();
        for secret in court.all_secrets().iter() {
            assert!(!text.contains(secret.as_str()));
        }
    }

    // A run that fails says so too, and a file that cannot be written stops nothing.
    std::fs::rename(court.path("channel/up/received"), court.path("away")).unwrap();
    court.refused("outer", "ingest", 66);
    assert_eq!(value(&outer, &format!("ferry_last_run_failed{up}")), Some(1.0));
    std::fs::rename(court.path("away"), court.path("channel/up/received")).unwrap();
    std::fs::remove_file(&outer).unwrap();
    std::fs::create_dir(&outer).unwrap();
    let out = court.try_agent("outer", &["ingest"]);
    assert!(out.status.success() && output(&out).contains("FERRY-E0698"), "{}", output(&out));
    std::fs::remove_dir(&outer).unwrap();
    court.agent("outer", "ingest");
    assert_eq!(value(&outer, &format!("ferry_last_run_failed{up}")), Some(0.0));
}

#[test]
fn the_alert_rules_fire_when_they_should_and_each_names_its_runbook_entry() {
    for arguments in [["check", "rules", "alerts.yml"], ["test", "rules", "alerts.test.yml"]] {
        let [what, kind, file] = arguments;
        let out = Command::new(ops("promtool")).args([what, kind, &ops(file)]).output().unwrap();
        assert!(out.status.success(), "{}", output(&out));
    }
    let rules = std::fs::read_to_string(ops("alerts.yml")).unwrap();
    let runbook = std::fs::read_to_string(ops("runbook.md")).unwrap();
    let codes = rules.lines().filter_map(|line| line.trim().strip_prefix("code: \"FERRY-")?.strip_suffix('"'));
    for code in codes {
        assert!(runbook.contains(code), "the runbook has no {code}");
    }
    let count = |begins: &str| rules.lines().filter(|line| line.trim().starts_with(begins)).count();
    assert!(count("- alert:") >= 12);
    for annotation in ["summary:", "summary_en:", "code:", "runbook:", "severity:"] {
        assert_eq!(count(annotation), count("- alert:"), "{annotation}");
    }
}

#[test]
fn systemd_accepts_the_units_and_rates_their_exposure_low() {
    if !Path::new("/usr/bin/systemd-analyze").exists() {
        eprintln!("skipped: there is no systemd-analyze on this machine");
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    for side in ["inner", "outer"] {
        let name = format!("{side}-agent.service");
        let unit = std::fs::read_to_string(ops(&format!("systemd/{name}"))).unwrap();
        let installed = format!("/usr/bin/{side}-agent");
        assert!(unit.contains(&installed));
        let here = binary(&format!("{side}-agent")).display().to_string();
        let path = dir.path().join(&name);
        std::fs::write(&path, unit.replace(&installed, &here)).unwrap();
        let verified = Command::new("systemd-analyze").args(["verify", "--man=no"]).arg(&path).output().unwrap();
        assert!(verified.status.success() && output(&verified).trim().is_empty(), "{}", output(&verified));
        let mut security = Command::new("systemd-analyze");
        let rated = security.args(["security", "--offline=yes", "--threshold=30"]).arg(&path).output().unwrap();
        assert!(rated.status.success(), "{}", output(&rated));
    }
}
