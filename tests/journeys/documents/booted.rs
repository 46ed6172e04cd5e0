//! The shipped systemd units, started by a real systemd in a small Debian: what their walls take away shows here and nowhere else.

use ferry_testkit::made_pdf::{MadePdf, text_at};
use ferry_testkit::source::root;
use ferry_testkit::stage::{Court, binary};
use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The account of the units in the small Debian.
const ACCOUNT: u32 = 990;
/// Where the court lies there.
const COURT: &str = "/var/lib/ferry/court";

fn debian() -> PathBuf {
    let folder = std::env::var_os("FERRY_BOOTED").expect("FERRY_BOOTED names the folder that `ops/booted` prints");
    PathBuf::from(folder)
}

fn give_away(folder: &Path) {
    chown(folder, Some(ACCOUNT), Some(ACCOUNT)).unwrap();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { give_away(&path) } else { chown(&path, Some(ACCOUNT), Some(ACCOUNT)).unwrap() }
    }
}

/// Boots, runs a script, and powers off. What it prints is in `printed` in the court's folder.
fn boot(court: &Court, script: &str) -> String {
    let setup = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = setup.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    };
    let runner =
        write("journey.sh", &format!("#!/bin/bash\nexec > {COURT}/printed 2>&1\nset -e\n{script}\necho ended well\n"));
    fs::set_permissions(&runner, fs::Permissions::from_mode(0o755)).unwrap();
    let journey = write(
        "journey.service",
        "[Unit]\nAfter=basic.target\nRequires=basic.target\nSuccessAction=poweroff-force\nFailureAction=poweroff-force\n\
         [Service]\nType=oneshot\nTimeoutStartSec=240\nExecStart=/journey.sh\n",
    );
    let mut nspawn = Command::new("systemd-nspawn");
    nspawn.args(["--boot", "--register=no", "--keep-unit", "--quiet", "--volatile=overlay", "--console=pipe"]);
    nspawn.arg("--directory").arg(debian());
    let mut bind = |from: &Path, to: &str, how: &str| {
        nspawn.arg(format!("--{how}={}:{to}", from.display()));
    };
    bind(&court.path(""), COURT, "bind");
    bind(&runner, "/journey.sh", "bind-ro");
    bind(&journey, "/etc/systemd/system/journey.service", "bind-ro");
    bind(Path::new("/usr/share/fonts"), "/usr/share/fonts", "bind-ro");
    for program in ["inner-agent", "outer-agent", "ferry-reader"] {
        bind(&binary(program), &format!("/usr/bin/{program}"), "bind-ro");
    }
    for (side, job) in [("inner", "export"), ("outer", "ingest")] {
        let unit = format!("{side}-agent.service");
        bind(&root().join("ops/systemd").join(&unit), &format!("/etc/systemd/system/{unit}"), "bind-ro");
        // The job alone, in the walls of the daemon.
        let job = format!(
            "[Service]\nType=oneshot\nRestart=no\nExecStart=\n\
             ExecStart=/usr/bin/{side}-agent --lang en --config {COURT}/{side}.toml {job}\n"
        );
        let job = write(&format!("{unit}.d/job.conf"), &job);
        bind(job.parent().unwrap(), &format!("/etc/systemd/system/{unit}.d"), "bind-ro");
    }
    let out = nspawn.arg("--").arg("--unit=journey.service").output().unwrap();
    let printed = fs::read_to_string(court.path("printed")).unwrap_or_default();
    assert!(printed.contains("ended well"), "{printed}\n{}", String::from_utf8_lossy(&out.stdout));
    printed
}

/// As case D12.
#[test]
fn under_the_shipped_units_documents_are_read_on_both_sides_and_a_hidden_number_stays_inside() {
    let court = Court::new(5);
    let mut hidden = MadePdf::new();
    hidden.content(&text_at(72, 600, "371502199003071230"));
    let folder = court.path("documents/made");
    fs::create_dir_all(&folder).unwrap();
    for (id, bytes) in [("ZN-FINE", MadePdf::new().bytes()), ("ZN-HIDDEN", hidden.bytes())] {
        fs::write(folder.join(format!("{id}.pdf")), bytes).unwrap();
        let sql = "INSERT INTO ZN(ZNBH, LX, BT, LJ, WJM, FBRQ, GXSJ)
                   VALUES (?1, '1', '公开指南', ?2, ?3, '2026-01-05', '2026-11-30 09:00:00')";
        court.platform().execute(sql, [id, &format!("made/{id}.pdf"), &format!("{id}.pdf")]).unwrap();
    }
    give_away(&court.path(""));
    let printed = boot(
        &court,
        &format!(
            "chown ferry: /var/lib/ferry; cd {COURT}
             start() {{ systemctl start $1 || {{ journalctl --no-pager -u $1; exit 1; }}; journalctl --no-pager -u $1; }}
             start inner-agent
             runuser -u ferry -- cp channel/up/sent/* channel/up/received/
             start outer-agent
             for side in inner outer; do runuser -u ferry -- $side-agent --config $side.toml --lang en status --json > $side.status; done"
        ),
    );
    assert!(!printed.contains("FERRY-E0504"), "{printed}");
    for side in ["inner", "outer"] {
        let status: serde_json::Value =
            serde_json::from_str(&fs::read_to_string(court.path(&format!("{side}.status"))).unwrap()).unwrap();
        let looked_at = status["looked_at"].as_array().unwrap();
        let reader = looked_at.iter().find(|look| look["what"] == "reader").unwrap();
        assert!(reader["at"].is_string() && reader["raised"].as_array().unwrap().is_empty(), "{side}: {reader}");
    }
    let shown = |id: &str| -> i64 {
        let conn = court.database("outer/state/outer.db");
        conn.query_row("SELECT count(*) FROM record WHERE id = ?1", [id], |r| r.get(0)).unwrap()
    };
    assert_eq!((shown("ZN-FINE"), shown("ZN-HIDDEN")), (1, 0));
}
