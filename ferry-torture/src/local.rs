//! The world around a job goes wrong, and comes back: each folder, file and key that a side works with is taken away, emptied,
//! replaced, made read-only or unreadable before the job or in the middle of it, and given back after it.
//!
//! Each of them alone, at both moments, and all of them together in the rows of a covering array: each two faults of two
//! objects stand in at least one row.
//!
//! Nothing of that is a batch's fault: no file goes to quarantine and no number is used up; a job that did not do its work says
//! so and names what is wrong, and so does `status`; once it is given back, everything ends where it would have.

use crate::site::{Copy, JOBS, Job, Site, TIMEOUT_S, carry, is_done, stderr_line};
use crate::{Outcome, Selection, run_trials, select};
use ferry_testkit::random::Random;
use ferry_testkit::stage::{binary, in_english};
use rusqlite::Connection;
use std::collections::HashSet;
use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

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
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
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

/// Rows of all covering arrays.
const TOGETHER_MAX: usize = 400;

/// Account without rights of its own, so that modes hold.
const NOBODY: &str = "65534";

/// An object, and what happens to it.
type Disturbed = (&'static str, LocalFault);

/// When an object is disturbed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Moment {
    Before,
    /// So many thousandths of the time that the undisturbed job takes after its start.
    During(u32),
}

/// One thing to try.
#[derive(Clone, Debug)]
struct Trial {
    job: Job,
    moment: Moment,
    /// Deepest first, so that what lies in a folder goes wrong before the folder does.
    disturbed: Vec<Disturbed>,
}

/// Rows of values, one of each factor or none, in which each two values of two factors occur together: greedy, each row
/// takes what pairs it with the most values that it has not met.
fn covering_array(factors: &[Vec<Disturbed>], random: &mut Random) -> Vec<Vec<Disturbed>> {
    let pairs_of = |row: &[Disturbed]| -> Vec<(Disturbed, Disturbed)> {
        (0..row.len()).flat_map(|a| (a + 1..row.len()).map(move |b| (a, b))).map(|(a, b)| (row[a], row[b])).collect()
    };
    let mut open: HashSet<(Disturbed, Disturbed)> = HashSet::new();
    for (n, first) in factors.iter().enumerate() {
        for second in &factors[n + 1..] {
            open.extend(first.iter().flat_map(|a| second.iter().map(|b| (*a, *b))));
        }
    }
    let mut rows = Vec::new();
    while let Some(seed) = open.iter().min().copied() {
        let mut row: Vec<Disturbed> = Vec::new();
        for factor in factors {
            let given = factor.iter().find(|value| **value == seed.0 || **value == seed.1);
            let gain = |value: &Disturbed| row.iter().filter(|before| open.contains(&(**before, *value))).count();
            let start = random.below(factor.len() as u64) as usize;
            let turned = (0..factor.len()).map(|n| factor[(start + n) % factor.len()]);
            let best = given.copied().or_else(|| turned.max_by_key(gain));
            row.extend(best);
        }
        for pair in pairs_of(&row) {
            open.remove(&pair);
        }
        rows.push(row);
    }
    rows
}

/// Tries every fault of every object before every job of its side, or a part of that. Two at a time.
pub fn run(selection: Selection, seed: u64) -> Outcome {
    let site = Site::new();
    let durations = Durations::measure(&site);
    let (trials, total) = trials(&site, selection, seed);
    run_trials(trials, total, |trial| Some(crate::catch_panics(|| trial.run(&site, &durations))))
}

/// How long each job takes undisturbed.
struct Durations([Duration; JOBS.len()]);

impl Durations {
    fn measure(site: &Site) -> Self {
        Self(JOBS.map(|job| {
            let copy = site.before(job);
            own(&copy, &format!("{NOBODY}:{NOBODY}"));
            let started = Instant::now();
            let out = as_nobody(&copy.court, job.line(&copy.court));
            assert!(out.status.success(), "{job:?}: {}", stderr_line(&out));
            started.elapsed()
        }))
    }

    fn of(&self, job: Job) -> Duration {
        let at = JOBS.iter().position(|other| *other == job);
        at.map_or(Duration::ZERO, |at| self.0[at])
    }
}

/// The selected trials, and how many there are in all.
fn trials(site: &Site, selection: Selection, seed: u64) -> (Vec<Trial>, u64) {
    let mut random = Random::new(seed, 1);
    let (mut all, mut together) = (Vec::new(), Vec::new());
    for job in JOBS {
        let mut factors = Vec::new();
        for (_, object) in OBJECTS.iter().filter(|(side, _)| *side == job.command().0) {
            let is_folder = site.folder(job).join(object).is_dir();
            let faults = FAULTS.into_iter().filter(|fault| !is_folder || *fault != LocalFault::Garbage);
            factors.push(faults.map(|fault| (*object, fault)).collect::<Vec<_>>());
        }
        for one in factors.iter().flatten() {
            let during = Moment::During(random.below(1000) as u32);
            all.extend([Moment::Before, during].map(|moment| Trial { job, moment, disturbed: vec![*one] }));
        }
        factors.sort_by_key(|values| std::cmp::Reverse(values[0].0.matches('/').count()));
        let rows = covering_array(&factors, &mut Random::new(seed, 2));
        together.extend(rows.into_iter().map(|disturbed| Trial { job, moment: Moment::Before, disturbed }));
    }
    assert!(together.len() <= TOGETHER_MAX, "{} rows", together.len());
    all.append(&mut together);
    let total = all.len() as u64;
    (select(all, selection, FAULTS.len() as u64, seed, &mut random), total)
}

impl Trial {
    /// What is wrong afterwards.
    fn run(&self, site: &Site, durations: &Durations) -> Vec<String> {
        let copy = site.before(self.job);
        let mut found = Vec::new();
        let before = quarantined(&copy.court);
        let line = self.job.line(&copy.court);
        let (out, kept) = match self.moment {
            Moment::Before => {
                let kept = self.disturb(&copy);
                (as_nobody(&copy.court, line), kept)
            }
            Moment::During(thousandths) => {
                own(&copy, &format!("{NOBODY}:{NOBODY}"));
                std::thread::scope(|scope| {
                    let run = scope.spawn(|| as_nobody(&copy.court, line));
                    std::thread::sleep(durations.of(self.job) * thousandths / 1000);
                    let kept = self.disturb(&copy);
                    (run.join().unwrap(), kept)
                })
            }
        };
        if out.status.code() != Some(0) || self.moment == Moment::Before {
            found.extend(self.judge(&copy.court, &out));
        }
        if quarantined(&copy.court) > before {
            found.push("a file went to quarantine".to_owned());
        }
        for (one, kept) in self.disturbed.iter().zip(&kept).rev() {
            give_back(&copy, *one, kept);
        }
        own(&copy, "root:root");
        // What a job held open is in its place again.
        let is_silent = self.moment != Moment::Before && out.status.success() && !self.empties_received();
        if is_silent && !self.is_done(&copy.court) {
            found.push("exit 0, and the work is not done".to_owned());
        }
        carry(&copy.court, self.job);
        // What was handed over to a folder that went is a batch that was lost on its way: it is requested again.
        if self.any(|object, _| object.ends_with("/sent") || object.ends_with("/state")) {
            (0..2).for_each(|_| found.extend(Site::go_on(&copy.court)));
        }
        let differences = site.final_differences(&copy.court);
        if !self.is_recognised(&differences) {
            found.extend(differences);
        }
        found.into_iter().map(|what| format!("{:?} {:?} {:?}: {what}", self.job, self.moment, self.disturbed)).collect()
    }

    /// Disturbs what it names, and gives where each is kept.
    fn disturb(&self, copy: &Copy) -> Vec<PathBuf> {
        let kept = self.disturbed.iter().map(|one| disturb(copy, *one)).collect();
        own(copy, &format!("{NOBODY}:{NOBODY}"));
        self.disturbed.iter().for_each(|one| take_rights(copy, *one));
        kept
    }

    fn any(&self, is: impl Fn(&str, LocalFault) -> bool) -> bool {
        self.disturbed.iter().any(|(object, fault)| is(object, *fault))
    }

    /// SQLite loses what is in the log of a database whose file is exchanged while a program has it open. The ledger's marks tell:
    /// nothing goes on by it until a person restores a backup.
    fn is_recognised(&self, differences: &[String]) -> bool {
        let exchanged = |object: &str, fault| {
            object.contains("/state/") && object.ends_with(".db") && fault != LocalFault::ReadOnly
        };
        let is_refused = |difference: &String| difference.contains("FERRY-E0659");
        self.moment != Moment::Before
            && self.any(exchanged)
            && !differences.is_empty()
            && differences.iter().all(is_refused)
    }

    /// Nobody can tell from here that something was to arrive.
    fn empties_received(&self) -> bool {
        self.any(|object, fault| object.ends_with("/received") && fault == LocalFault::Empty)
    }

    /// What is wrong with how the job ended, and with what `status` says while the object is not as it should be.
    fn judge(&self, court: &Path, out: &Output) -> Vec<String> {
        match out.status.code() {
            Some(0) if self.is_done(court) => return Vec::new(),
            Some(0) if self.empties_received() => return Vec::new(),
            Some(0) => return vec!["exit 0, and the work is not done".to_owned()],
            None | Some(137) => return vec!["it hung".to_owned()],
            Some(66 | 69 | 73..=75 | 77 | 78) => {}
            Some(code) => return vec![format!("exit {code}: {}", stderr_line(out))],
        }
        let mut found = Vec::new();
        let names = |said: &str| self.any(|object, _| said.contains(object.rsplit('/').next().unwrap_or(object)));
        let said = stderr_line(out);
        if !names(&said) {
            found.push(format!("exit {:?}, and nothing names it: {said}", out.status.code()));
        }
        let (side, _) = self.job.command();
        let program = binary(&format!("{side}-agent")).display().to_string();
        let config = court.join(format!("{side}.toml")).display().to_string();
        let status = as_nobody(court, vec![program, "--config".into(), config, "status".into()]);
        let shown = format!("{}{}", String::from_utf8_lossy(&status.stdout), stderr_line(&status));
        if !names(&shown) {
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

/// Disturbs an object, and gives where it is kept.
fn disturb(copy: &Copy, (name, fault): Disturbed) -> PathBuf {
    let object = copy.court.join(name);
    let kept = copy.beside(&format!("kept-{}", name.replace('/', "-")));
    match fault {
        LocalFault::Away => fs::rename(&object, &kept).unwrap(),
        LocalFault::Empty | LocalFault::Garbage => {
            fs::rename(&object, &kept).unwrap();
            match fault {
                _ if kept.is_dir() => fs::create_dir(&object).unwrap(),
                LocalFault::Garbage => fs::write(&object, "no such thing as this was ever meant\n".repeat(9)).unwrap(),
                _ => fs::write(&object, "").unwrap(),
            }
            fs::set_permissions(&object, fs::metadata(&kept).unwrap().permissions()).unwrap();
        }
        LocalFault::ReadOnly | LocalFault::Unreadable => {}
    }
    kept
}

/// Takes rights from an object, after all belongs to the account that the agents run as.
fn take_rights(copy: &Copy, (name, fault): Disturbed) {
    let object = copy.court.join(name);
    let mode = |mode| {
        // What lies in a folder that went is not there to be changed.
        if object.exists() {
            fs::set_permissions(&object, Permissions::from_mode(mode)).unwrap();
        }
    };
    match fault {
        // A key must be private: its owner reads it.
        LocalFault::ReadOnly => mode(if object.is_dir() { 0o500 } else { 0o400 }),
        LocalFault::Unreadable => mode(0o000),
        LocalFault::Away | LocalFault::Empty | LocalFault::Garbage => {}
    }
}

/// Gives an object back as it was. What was made in its place goes.
fn give_back(copy: &Copy, (name, fault): Disturbed, kept: &Path) {
    let object = copy.court.join(name);
    match fault {
        LocalFault::Away | LocalFault::Empty | LocalFault::Garbage => {
            if object.is_dir() {
                fs::remove_dir_all(&object).unwrap();
            } else if object.exists() {
                fs::remove_file(&object).unwrap();
            }
            fs::rename(kept, &object).unwrap();
        }
        LocalFault::ReadOnly | LocalFault::Unreadable => {
            let mode = match object.is_dir() {
                // The state folder is private, as the agents make it.
                true if name.ends_with("/state") => 0o700,
                true => 0o755,
                false => 0o600,
            };
            fs::set_permissions(&object, Permissions::from_mode(mode)).unwrap();
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_two_faults_of_two_objects_stand_in_a_row_of_the_covering_array() {
        let factors: Vec<Vec<Disturbed>> =
            OBJECTS.iter().take(18).map(|(_, object)| FAULTS.map(|fault| (*object, fault)).to_vec()).collect();
        let rows = covering_array(&factors, &mut Random::new(1, 2));
        assert!(rows.len() < 100, "{}", rows.len());
        for (n, first) in factors.iter().enumerate() {
            for second in &factors[n + 1..] {
                for (a, b) in first.iter().flat_map(|a| second.iter().map(move |b| (a, b))) {
                    assert!(rows.iter().any(|row| row.contains(a) && row.contains(b)), "{a:?} {b:?}");
                }
            }
        }
    }
}
