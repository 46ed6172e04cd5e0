//! A court just before each of the four jobs, with something to lose in both directions, and what it must hold after
//! everything has crossed.

use crate::compare::{State, differences, scratch};
use ferry_testkit::court::touch;
use ferry_testkit::stage::{Court, SEED, binary, in_english, script};
use rusqlite::{Connection, OpenFlags};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tempfile::TempDir;

/// Cases of the court, and how many of them change before the export that is disturbed.
const CASES: u64 = 12;
const CHANGED: u64 = 6;
/// Seconds after which a job counts as hung; in a small court it takes one.
pub const TIMEOUT_S: u32 = 120;

/// A job of an agent, with everything that belongs to it (dispatch, accept, publish, settle).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Job {
    /// Inside: collect, compose, release, dispatch.
    Export,
    /// Outside: accept, publish.
    Ingest,
    /// Outside: compose, release, dispatch.
    Reply,
    /// Inside: accept, settle, file.
    Import,
}

/// In the order in which data passes them.
pub const JOBS: [Job; 4] = [Job::Export, Job::Ingest, Job::Reply, Job::Import];

impl Job {
    /// Whose job it is, and the command.
    pub fn command(self) -> (&'static str, &'static str) {
        match self {
            Self::Export => ("inner", "export"),
            Self::Ingest => ("outer", "ingest"),
            Self::Reply => ("outer", "reply"),
            Self::Import => ("inner", "import"),
        }
    }

    /// The channel that is carried after it.
    pub fn channel(self) -> Option<&'static str> {
        match self {
            Self::Export => Some("up"),
            Self::Reply => Some("down"),
            Self::Ingest | Self::Import => None,
        }
    }

    /// The agent's command line for a court.
    pub fn line(self, court: &Path) -> Vec<String> {
        let (side, command) = self.command();
        let program = binary(&format!("{side}-agent"));
        let config = court.join(format!("{side}.toml"));
        vec![program.display().to_string(), "--config".into(), config.display().to_string(), command.into()]
    }

    /// Runs it undisturbed.
    pub fn run(self, court: &Path) -> Output {
        let line = self.line(court);
        let mut timeout = Command::new("timeout");
        timeout.args(["--signal=KILL", &TIMEOUT_S.to_string()]).args(line);
        in_english(&mut timeout).output().unwrap()
    }
}

/// A made court before each job, and what is expected at the end.
pub struct Site {
    /// Documents lie here, once, for all copies.
    _court: Court,
    states: TempDir,
    expected: State,
}

impl Site {
    /// Makes it: a first day has crossed, a party has opened, signed and written, and cases have changed since.
    ///
    /// # Panics
    /// Where an undisturbed journey fails.
    pub fn new() -> Self {
        let made = Court::new(CASES);
        let court = made.duplicate();
        let documents = court.path("documents").display().to_string();
        court.edit("inner.toml", "documents = \"documents\"", &format!("documents = \"{documents}\""));
        court.up();
        court.down();
        party_visits(&court);
        touch(&court.path(""), CHANGED, SEED).unwrap();
        let states = tempfile::Builder::new().prefix("ferry-torture-").tempdir_in(scratch()).unwrap();
        let under_way = states.path().join("under-way");
        copy(&court.path(""), &under_way);
        for job in JOBS {
            copy(&under_way, &states.path().join(job.command().1));
            let out = job.run(&under_way);
            assert!(out.status.success(), "{job:?}: {}", String::from_utf8_lossy(&out.stderr));
            carry(&under_way, job);
        }
        let failed = finish_journey(&under_way);
        assert!(failed.is_empty(), "{failed:?}");
        let expected = State::at(&under_way);
        assert!(expected.faults().is_empty(), "{:?}", expected.faults());
        Self { _court: court, states, expected }
    }

    /// A copy of the court as it stands before a job.
    pub fn before(&self, job: Job) -> Copy {
        let dir = tempfile::Builder::new().prefix("copy-").tempdir_in(self.states.path()).unwrap();
        let court = dir.path().join("court");
        copy(&self.folder(job), &court);
        Copy { dir, court }
    }

    /// Where the court before a job is kept.
    pub fn folder(&self, job: Job) -> PathBuf {
        self.states.path().join(job.command().1)
    }

    /// Lets a court go on undisturbed; gives which job failed.
    pub fn go_on(court: &Path) -> Vec<String> {
        finish_journey(court)
    }

    /// Lets a court finish undisturbed, and gives the differences from the one that was never disturbed.
    pub fn final_differences(&self, court: &Path) -> Vec<String> {
        let failed = finish_journey(court);
        if failed.is_empty() { differences(&self.expected, &State::at(court)) } else { failed }
    }

    /// The same, but for tables whose names, as `inner.name`, begin with one of these.
    pub fn final_differences_without(&self, court: &Path, tables: &[&str]) -> Vec<String> {
        let failed = finish_journey(court);
        let without = |state: &State| state.without(tables);
        if failed.is_empty() { differences(&without(&self.expected), &without(&State::at(court))) } else { failed }
    }
}

impl Default for Site {
    fn default() -> Self {
        Self::new()
    }
}

/// A copy of a court, deleted when this is dropped.
pub struct Copy {
    dir: TempDir,
    /// The court.
    pub court: PathBuf,
}

impl Copy {
    /// A place beside the court.
    pub fn beside(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }
}

/// A party opens a document, signs for it, writes a message and asks for access.
fn party_visits(court: &Court) {
    let portal = court.portal();
    let mut visited = 0;
    for login in court.logins() {
        let browser = portal.browser();
        browser.log_in(&login);
        let page = browser.get(&format!("/cases/{}", login.case_id));
        // A twin keeps only the codes that its platform hashed.
        let Some(action) = page.service() else { continue };
        let csrf = page.csrf();
        assert_eq!(browser.post(&action, &[("csrf", &csrf)]).status, 200);
        browser.post(&action.replace("/open", "/sign"), &[("csrf", &csrf)]);
        let post = |part: &str, form: &[(&str, &str)]| {
            let form: Vec<_> = [("csrf", csrf.as_str())].into_iter().chain(form.iter().copied()).collect();
            assert_eq!(browser.post(&format!("/cases/{}/{part}", login.case_id), &form).status, 200);
        };
        post("messages", &[("text", "请问执行款何时发放")]);
        post("requests", &[("subject", "recording"), ("text", "请求查阅听证录像")]);
        visited += 1;
    }
    assert!(visited > 0, "nobody could log in");
}

/// Copies a folder.
pub fn copy(from: &Path, to: &Path) {
    let out = Command::new("cp").arg("-a").arg(from).arg(to).output().unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
}

/// Plays the diode after a job.
pub fn carry(court: &Path, job: Job) {
    let Some(direction) = job.channel() else { return };
    let out = Command::new(script("carry")).arg(court).arg(format!("--{direction}")).output().unwrap();
    assert!(out.status.success(), "carry: {}", String::from_utf8_lossy(&out.stderr));
}

/// The whole journey, undisturbed: each job must succeed by itself. Twice, because what is acknowledged at the end of
/// one is deleted in the next.
fn finish_journey(court: &Path) -> Vec<String> {
    for job in JOBS.into_iter().chain(JOBS) {
        let out = job.run(court);
        if !out.status.success() {
            return vec![format!("{job:?} afterwards: exit {:?}: {}", out.status.code(), stderr_line(&out))];
        }
        carry(court, job);
    }
    Vec::new()
}

/// Whether a job has done its work: what it made is durable and where the next one looks for it.
pub fn is_done(court: &Path, job: Job) -> bool {
    let ask = |database: &str, sql: &str| -> i64 {
        let conn = Connection::open_with_flags(court.join(database), OpenFlags::SQLITE_OPEN_READ_WRITE).unwrap();
        conn.query_row(sql, [], |r| r.get(0)).unwrap()
    };
    // The day that is disturbed is the second one in each direction.
    match job {
        Job::Export => ask("inner/state/inner.db", "SELECT count(*) FROM ferry_sent WHERE state <> 'released'") >= 2,
        Job::Ingest => ask("outer/state/outer.db", "SELECT count(*) FROM ferry_received") >= 2,
        Job::Reply => ask("outer/state/outer.db", "SELECT count(*) FROM ferry_sent WHERE state <> 'released'") >= 2,
        Job::Import => {
            ask("inner/state/inner.db", "SELECT count(*) FROM ferry_received") >= 2
                && ask("platform.db", "SELECT count(*) FROM FERRY_RECEIPT WHERE filed = 0") == 0
        }
    }
}

/// What a program printed to stderr, without hints, in one line.
pub fn stderr_line(out: &Output) -> String {
    String::from_utf8_lossy(&out.stderr).lines().filter(|l| !l.starts_with("hint")).collect::<Vec<_>>().join(" / ")
}
