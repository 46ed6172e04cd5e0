//! A full disk: both agents pause before anything is half done, report it, and continue by themselves once there is space.

use ferry_testkit::stage::secrets::Secrets;
use ferry_testkit::stage::{Court, binary, in_english};
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A shell in a mount namespace of its own, in which an agent's state lies on a small file system.
struct Inside {
    shell: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    side: &'static str,
    log: PathBuf,
    secrets: Arc<Secrets>,
}

const END: &str = "==end==";
/// What daemons print, in the court's folder.
const LOG: &str = "daemon.log";

impl Inside {
    /// `state` goes onto a file system of so many MiB; its content is copied there.
    fn new(court: &Court, side: &'static str, mib: u32) -> Self {
        let mut unshare = Command::new("unshare");
        let mut shell = in_english(&mut unshare)
            .args(["--user", "--map-root-user", "--mount", "sh"])
            .current_dir(court.path(""))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (input, output) = (shell.stdin.take().unwrap(), BufReader::new(shell.stdout.take().unwrap()));
        let (log, secrets) = (court.path(LOG), court.secrets());
        let mut inside = Self { shell, input, output, side, log, secrets };
        inside.run(&format!(
            "mkdir -p {side}/state && mv {side}/state {side}/kept && mkdir {side}/state && \
             mount -t tmpfs -o size={mib}m tmpfs {side}/state && cp -a {side}/kept/. {side}/state/"
        ));
        inside
    }

    /// Runs a line of shell and gives what it says; it must succeed.
    fn run(&mut self, line: &str) -> String {
        writeln!(self.input, "{{ {line}\n}} </dev/null; echo {END} $?").unwrap();
        let mut output = String::new();
        loop {
            let mut next = String::new();
            assert!(self.output.read_line(&mut next).unwrap() > 0, "the shell ended after {line:?}");
            if let Some(code) = next.trim().strip_prefix(END) {
                assert_eq!(code.trim(), "0", "{line}: {output}");
                return output;
            }
            output += &next;
        }
    }

    fn agent(&self, arguments: &str) -> String {
        let (program, side) = (binary(&format!("{}-agent", self.side)), self.side);
        format!("{} --config {side}.toml {arguments}", program.display())
    }

    fn status(&mut self) -> serde_json::Value {
        let line = self.agent("status --json");
        serde_json::from_str(&self.run(&line)).unwrap()
    }

    fn start_daemon(&mut self) {
        let line = self.agent("run");
        self.run(&format!("{line} >>{LOG} 2>&1 & daemon=$!"));
    }

    /// Fills the file system, but for so many KiB.
    fn fill_but(&mut self, kib: u32) {
        let side = self.side;
        self.run(&format!("cat /dev/zero > {side}/state/fill 2>/dev/null; truncate -s -{kib}K {side}/state/fill"));
    }

    fn free(&mut self) {
        let side = self.side;
        self.run(&format!("rm {side}/state/fill"));
    }

    fn eventually(&mut self, what: &str, limit_s: u64, mut done: impl FnMut(&serde_json::Value) -> bool) -> Duration {
        let started = Instant::now();
        loop {
            let status = self.status();
            if done(&status) {
                return started.elapsed();
            }
            assert!(started.elapsed() < Duration::from_secs(limit_s), "{what} did not happen: {status}");
            std::thread::sleep(Duration::from_millis(300));
        }
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        // The daemon ends in order, and with it the portal; then the shell, and with it the file system.
        let _ = writeln!(self.input, "[ -z \"$daemon\" ] || {{ kill $daemon; wait $daemon; }}; exit");
        self.shell.wait().unwrap();
        if !std::thread::panicking() {
            self.secrets.check_text(&std::fs::read_to_string(&self.log).unwrap_or_default());
        }
    }
}

fn has_alarm(status: &serde_json::Value) -> bool {
    status["alarms"].as_array().unwrap().iter().any(|a| a["code"] == "FERRY-E0691")
}

fn reserve(court: &Court, side: &str, mib: u32) {
    let path = court.path(&format!("{side}.toml"));
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(path, format!("{text}\n[maintenance]\nspace-reserve-mib = {mib}\n")).unwrap();
}

#[test]
fn an_ingest_without_disk_space_pauses_and_the_daemon_publishes_within_a_minute_of_free_space() {
    let court = Court::new(12);
    court.edit("outer.toml", "127.0.0.1:8443", "127.0.0.1:0");
    court.edit("outer.toml", "127.0.0.1:9443", "127.0.0.1:0");
    court.up();
    reserve(&court, "outer", 4);
    court.agent("inner", "export");
    let mut inside = Inside::new(&court, "outer", 96);
    inside.start_daemon();
    inside.eventually("the start", 60, |status| !status["daemon"].is_null());
    inside.fill_but(0);
    court.carry("up");
    inside.eventually("the alarm", 60, |status| has_alarm(status) && status["channels"][0]["last_sequence"] == 1);
    std::thread::sleep(Duration::from_secs(3));
    let paused = inside.status();
    assert_eq!(paused["todo"][0]["urgency"], "now", "{paused}");
    assert_eq!(
        (&paused["channels"][0]["last_sequence"], &paused["channels"][0]["quarantined"]),
        (&1.into(), &0.into())
    );
    assert_eq!(court.files("channel/up/received").len(), 1, "the batch waits where it lies");
    let line = inside.agent("ingest");
    inside.run(&format!("{line} 2>said; test $? = 75 && grep -q 'FERRY-E0691\\|FERRY-E0604\\|FERRY-E0901' said"));
    inside.free();
    let took = inside.eventually("the publication", 60, |status| status["channels"][0]["last_sequence"] == 2);
    eprintln!("published {took:?} after there was room");
    let after = inside.status();
    assert!(!has_alarm(&after) && after["channels"][0]["last_error"].is_null(), "{after}");
    assert_eq!(after["root_differs"], false);
}

#[test]
fn an_export_due_without_disk_space_is_made_by_the_daemon_within_a_minute_of_free_space() {
    let court = Court::new(12);
    court.agent("inner", "export");
    reserve(&court, "inner", 4);
    let two_days = 2 * 86_400;
    let sql = "UPDATE ferry_run SET last_success_s = last_success_s - ?1 WHERE job = 'export'";
    court.database("inner/state/inner.db").execute(sql, [two_days]).unwrap();
    let mut inside = Inside::new(&court, "inner", 96);
    inside.fill_but(0);
    let line = inside.agent("status");
    inside.run(&format!("{line} >said 2>&1; grep -q FERRY-E0691 said"));
    let line = inside.agent("export");
    inside.run(&format!("{line} 2>said; test $? = 75 && grep -q 'FERRY-E0691\\|FERRY-E0604' said"));
    inside.free();
    inside.fill_but(1024);
    inside.start_daemon();
    inside.eventually("the start", 60, |status| !status["daemon"].is_null());
    std::thread::sleep(Duration::from_secs(3));
    let paused = inside.status();
    assert!(has_alarm(&paused) && paused["channels"][0]["last_sequence"] == 1, "{paused}");
    assert_eq!(court.files("channel/up/sent").len(), 1);
    inside.free();
    let took = inside.eventually("the export", 60, |status| status["channels"][0]["last_sequence"] == 2);
    eprintln!("exported {took:?} after there was room");
    assert!(!has_alarm(&inside.status()));
    assert_eq!(court.files("channel/up/sent").len(), 2, "caught up once");
}

#[test]
fn a_disk_that_fills_up_during_a_pass_leaves_nothing_half_done_and_the_next_pass_succeeds() {
    let court = Court::new(40);
    reserve(&court, "outer", 0);
    court.agent("inner", "export");
    court.carry("up");
    // What is signed as its length fits; what the store makes of it does not.
    let mut inside = Inside::new(&court, "outer", 96);
    let line = inside.agent("status --json");
    inside.run(&line);
    let needed = ferry_content_bytes(&court);
    inside.run(&format!(
        "avail=$(df --output=avail -B1 outer/state | tail -1); head -c $((avail - {needed} - 131072)) /dev/zero > outer/state/fill"
    ));
    let line = inside.agent("ingest");
    inside.run(&format!("{line} 2>said; test $? = 75 && ! grep -q FERRY-E0691 said || {{ cat said; false; }}"));
    let status = inside.status();
    assert_eq!((&status["channels"][0]["last_sequence"], &status["published"]["records"]), (&0.into(), &0.into()));
    assert_eq!(status["channels"][0]["quarantined"], 0, "{status}");
    inside.free();
    inside.run(&line);
    let after = inside.status();
    assert_eq!((&after["channels"][0]["last_sequence"], &after["root_differs"]), (&1.into(), &false.into()));
    assert_eq!(after["state_root"], court.agent("inner", "status")["state_root"]);
}

/// The length of the content of the batch that waits, as it is signed.
fn ferry_content_bytes(court: &Court) -> u64 {
    let file = court.files("channel/up/received").remove(0);
    let batch =
        ferry_format::batch::open::UnverifiedBatch::read(BufReader::new(std::fs::File::open(file).unwrap())).unwrap();
    batch.claimed_content().raw_bytes
}
