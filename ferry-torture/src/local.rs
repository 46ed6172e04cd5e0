//! The world around a job goes wrong, and comes back: each folder, file and key that a side works with is taken away, emptied,
//! replaced, made read-only or unreadable before the job, and given back after it.
//!
//! Nothing of that is a batch's fault: no file goes to quarantine and no number is used up; a job that did not do its work says
//! so and names what is wrong, and so does `status`; once it is given back, everything ends where it would have.

use crate::site::{Copy, JOBS, Job, Site, TIMEOUT_S, carry, is_done, stderr_line};
use crate::{Outcome, Selection, run_trials, select};
use ferry_testkit::random::Random;
use ferry_testkit::stage::{binary, in_english};
use rusqlite::Connection;
use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// What a side's jobs work with, below the court's folder.
const OBJECTS: [(&str, &str); 34] = [
    ("inner", "inner.toml"),
    ("inner", "catalogue.toml"),
    ("inner", "policy.toml"),
    ("inner", "platform.db"),
    ("inner", "case-files"),
    ("inner", "channel/up/sent"),
    ("inner", "channel/down/received"),
    ("inner", "inner/trust.toml"),
    ("inner", "inner/login.key"),
    ("inner", "inner/sender.key"),
    ("inner", "inner/recipient.key"),
    ("inner", "inner/state"),
    ("inner", "inner/state/inner.db"),
    ("inner", "inner/state/outbox"),
    ("inner", "inner/state/drafts"),
    ("inner", "inner/state/quarantine"),
    ("inner", "inner/state/assembly"),
    ("inner", "inner/state/evidence"),
    ("outer", "outer.toml"),
    ("outer", "catalogue.toml"),
    ("outer", "policy.toml"),
    ("outer", "channel/up/received"),
    ("outer", "channel/down/sent"),
    ("outer", "outer/trust.toml"),
    ("outer", "outer/login.key"),
    ("outer", "outer/sender.key"),
    ("outer", "outer/recipient.key"),
    ("outer", "outer/state"),
    ("outer", "outer/state/outer.db"),
    ("outer", "outer/state/documents"),
    ("outer", "outer/state/outbox"),
    ("outer", "outer/state/quarantine"),
    ("outer", "outer/state/assembly"),
    ("outer", "outer/state/evidence"),
];

/// What happens to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LocalFault {
    /// It has another name: renamed, or not mounted.
    Away,
    /// An empty folder or file stands in its place.
    Empty,
    /// A file has other content.
    Garbage,
    /// Nobody may change it.
    ReadOnly,
    /// Nobody may read it.
    Unreadable,
}

const FAULTS: [LocalFault; 5] =
    [LocalFault::Away, LocalFault::Empty, LocalFault::Garbage, LocalFault::ReadOnly, LocalFault::Unreadable];

/// Account without rights of its own, so that modes hold.
const NOBODY: &str = "65534";

/// One thing to try.
#[derive(Clone, Copy, Debug)]
struct Trial {
    job: Job,
    object: &'static str,
    fault: LocalFault,
}

/// Tries every fault of every object before every job of its side, or a part of that. Two at a time.
pub fn run(selection: Selection, seed: u64) -> Outcome {
    let site = Site::new();
    let (trials, total) = trials(&site, selection, seed);
    run_trials(trials, total, |trial| Some(crate::catch_panics(|| trial.run(&site))))
}

/// The selected trials, and how many there are in all.
fn trials(site: &Site, selection: Selection, seed: u64) -> (Vec<Trial>, u64) {
    let mut random = Random::new(seed, 1);
    let mut all = Vec::new();
    for job in JOBS {
        for (_, object) in OBJECTS.iter().filter(|(side, _)| *side == job.command().0) {
            let is_folder = site.folder(job).join(object).is_dir();
            let faults = FAULTS.into_iter().filter(|fault| !is_folder || *fault != LocalFault::Garbage);
            all.extend(faults.map(|fault| Trial { job, object, fault }));
        }
    }
    let total = all.len() as u64;
    (select(all, selection, FAULTS.len() as u64, seed, &mut random), total)
}

impl Trial {
    /// What is wrong afterwards.
    fn run(&self, site: &Site) -> Vec<String> {
        let copy = site.before(self.job);
        let mut found = Vec::new();
        let before = quarantined(&copy.court);
        let kept = self.disturb(&copy);
        let out = as_nobody(&copy.court, self.job.line(&copy.court));
        found.extend(self.judge(&copy.court, &out));
        if quarantined(&copy.court) > before {
            found.push("a file went to quarantine".to_owned());
        }
        self.give_back(&copy, &kept);
        carry(&copy.court, self.job);
        // What was handed over to a folder that went is a batch that was lost on its way: it is requested again.
        if self.object.ends_with("/sent") || self.object.ends_with("/state") {
            (0..2).for_each(|_| found.extend(Site::go_on(&copy.court)));
        }
        found.extend(site.final_differences(&copy.court));
        found.into_iter().map(|what| format!("{:?} {} {:?}: {what}", self.job, self.object, self.fault)).collect()
    }

    /// Disturbs the object, and gives where it is kept.
    fn disturb(&self, copy: &Copy) -> PathBuf {
        let object = copy.court.join(self.object);
        let kept = copy.beside("kept");
        match self.fault {
            LocalFault::Away => fs::rename(&object, &kept).unwrap(),
            LocalFault::Empty | LocalFault::Garbage => {
                fs::rename(&object, &kept).unwrap();
                match self.fault {
                    _ if kept.is_dir() => fs::create_dir(&object).unwrap(),
                    LocalFault::Garbage => {
                        fs::write(&object, "no such thing as this was ever meant\n".repeat(9)).unwrap()
                    }
                    _ => fs::write(&object, "").unwrap(),
                }
                fs::set_permissions(&object, fs::metadata(&kept).unwrap().permissions()).unwrap();
            }
            LocalFault::ReadOnly | LocalFault::Unreadable => {}
        }
        own(copy, &format!("{NOBODY}:{NOBODY}"));
        let mode = |mode| fs::set_permissions(&object, Permissions::from_mode(mode)).unwrap();
        match self.fault {
            // A key must be private: its owner reads it.
            LocalFault::ReadOnly => mode(if object.is_dir() { 0o500 } else { 0o400 }),
            LocalFault::Unreadable => mode(0o000),
            LocalFault::Away | LocalFault::Empty | LocalFault::Garbage => {}
        }
        kept
    }

    /// Gives the object back as it was. What was made in its place goes.
    fn give_back(&self, copy: &Copy, kept: &Path) {
        let object = copy.court.join(self.object);
        match self.fault {
            LocalFault::Away | LocalFault::Empty | LocalFault::Garbage => {
                if object.is_dir() {
                    fs::remove_dir_all(&object).unwrap();
                } else if object.exists() {
                    fs::remove_file(&object).unwrap();
                }
                fs::rename(kept, &object).unwrap();
            }
            LocalFault::ReadOnly | LocalFault::Unreadable => {
                let mode = if object.is_dir() { 0o755 } else { 0o600 };
                fs::set_permissions(&object, Permissions::from_mode(mode)).unwrap();
            }
        }
        own(copy, "root:root");
    }

    /// What is wrong with how the job ended, and with what `status` says while the object is not as it should be.
    fn judge(&self, court: &Path, out: &Output) -> Vec<String> {
        match out.status.code() {
            Some(0) if self.is_done(court) => return Vec::new(),
            // Nobody can tell from here that something was to arrive.
            Some(0) if self.object.ends_with("/received") && self.fault == LocalFault::Empty => return Vec::new(),
            Some(0) => return vec!["exit 0, and the work is not done".to_owned()],
            None | Some(137) => return vec!["it hung".to_owned()],
            Some(66 | 69 | 73..=75 | 77 | 78) => {}
            Some(code) => return vec![format!("exit {code}: {}", stderr_line(out))],
        }
        let mut found = Vec::new();
        let name = Path::new(self.object).file_name().unwrap().to_string_lossy().into_owned();
        let said = stderr_line(out);
        if !said.contains(&name) {
            found.push(format!("exit {:?}, and nothing names it: {said}", out.status.code()));
        }
        let (side, _) = self.job.command();
        let program = binary(&format!("{side}-agent")).display().to_string();
        let config = court.join(format!("{side}.toml")).display().to_string();
        let status = as_nobody(court, vec![program, "--config".into(), config, "status".into()]);
        let shown = format!("{}{}", String::from_utf8_lossy(&status.stdout), stderr_line(&status));
        if !shown.contains(&name) {
            found.push(format!(
                "status does not name it (exit {:?}): {}",
                status.status.code(),
                shown.lines().next().unwrap_or("")
            ));
        }
        found
    }

    /// Whether the job did its work all the same. A ledger that is away did none.
    fn is_done(&self, court: &Path) -> bool {
        let ledger = court.join(format!("{0}/state/{0}.db", self.job.command().0));
        ledger.metadata().is_ok_and(|meta| meta.len() > 0) && is_done(court, self.job)
    }
}

/// Files in quarantine, on both sides.
fn quarantined(court: &Path) -> usize {
    let rows = |side: &str| {
        let path = court.join(format!("{side}/state/{side}.db"));
        let conn = path.exists().then(|| Connection::open(path).unwrap());
        let rows = conn.and_then(|conn| conn.query_row("SELECT count(*) FROM ferry_quarantine", [], |r| r.get(0)).ok());
        rows.unwrap_or(0_usize)
    };
    rows("inner") + rows("outer")
}

/// Whether this runs as root, for whom no mode holds: then the agents run as another account.
fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|meta| meta.uid() == 0)
}

fn own(copy: &Copy, owner: &str) {
    if is_root() {
        let whole = copy.court.parent().unwrap();
        assert!(Command::new("chown").args(["-hR", owner]).arg(whole).status().unwrap().success());
    }
}

/// Runs a program as an account for which modes hold.
fn as_nobody(court: &Path, line: Vec<String>) -> Output {
    let mut command = Command::new("timeout");
    command.args(["--signal=KILL", &TIMEOUT_S.to_string()]);
    if is_root() {
        command.args(["setpriv", "--reuid", NOBODY, "--regid", NOBODY, "--clear-groups"]);
    }
    command.args(line).current_dir(court.parent().unwrap_or(court));
    in_english(&mut command).output().unwrap()
}
