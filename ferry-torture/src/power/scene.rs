//! The jobs, on a court that has something to lose in both directions, and how each is cut and started again.

use crate::compare::{State, differences, scratch};
use crate::power::disk::{Disk, Effect, VARIANTS, Variant, is_index};
use crate::power::trace;
use crate::{Outcome, catch_panics};
use ferry_testkit::court::touch;
use ferry_testkit::made_pdf::MadePdf;
use ferry_testkit::random::Random;
use ferry_testkit::stage::{Court, SEED, program, walk};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Cases of the court: every kind of record, and documents.
const CASES: u64 = 6;
/// Cases that change before its second day.
const CHANGED: u64 = 4;
/// A document that makes a batch of two volumes.
const LARGE_BYTES: usize = 1_200_000;
/// An agent that starts again after a cut is done within this time, on a machine that has nothing else to do.
const RECOVERY_MAX: Duration = Duration::from_secs(5);
/// Differences that are named of one cut.
const SHOWN_MAX: usize = 4;

/// The jobs in their order, the side that runs each, and the way that is carried after it.
const JOBS: [(&str, &str, Option<&str>); 4] = [
    ("inner", "export", Some("up")),
    ("outer", "ingest", None),
    ("outer", "reply", Some("down")),
    ("inner", "import", None),
];

/// A moment and what a power cut at it takes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cut {
    /// Effects before it.
    pub step: usize,
    /// What becomes of those that were not synced.
    pub variant: Variant,
    /// Whether the diode was so quick that the far side has what the job had sent by then.
    pub carried: bool,
}

/// One job on one day: where it starts, what it does, and where all ends when it is left alone.
pub struct Scene {
    name: String,
    job: usize,
    court: Court,
    start: Disk,
    effects: Vec<Effect>,
    end: State,
}

/// A new folder in memory where there is one: a sync costs nothing there.
fn folder() -> TempDir {
    tempfile::Builder::new().prefix("ferry-power-").tempdir_in(scratch()).unwrap()
}

/// All jobs on a court's first day, when agents make their folders and databases; on a later one; and on one when a
/// batch crosses in volumes and what crosses nowhere lies among them.
pub fn scenes() -> Vec<Scene> {
    let made = Court::new(CASES);
    made.hash_codes();
    let court = made.copy_to(folder());
    let mut scenes = day(&court, "first");
    receipt_and_message(&court);
    touch(&court.path(""), CHANGED, SEED).unwrap();
    scenes.extend(day(&court, "later"));
    court.edit("inner.toml", "volume-mib = 4096", "volume-mib = 1");
    let mut document = MadePdf::new();
    document.add_stream("/Type/XObject/Subtype/Image", &vec![b'%'; LARGE_BYTES]);
    fs::write(court.path("documents/zn/fafa-2014-18.pdf"), document.bytes()).unwrap();
    let corrected =
        "UPDATE ZN SET GZLY = '笔误', GZSPR = '执行局长 刘强', GZSPRQ = '2026-11-24', GXSJ = '2099-01-01 00:00:00'
                     WHERE LJ = 'zn/fafa-2014-18.pdf'";
    assert_eq!(court.platform().execute(corrected, []).unwrap(), 2);
    for direction in ["up", "down"] {
        fs::write(court.path(&format!("channel/{direction}/received/noise")), [7; 5000]).unwrap();
    }
    scenes.extend(day(&court, "heavy"));
    scenes
}

/// A party reads, signs and writes.
fn receipt_and_message(court: &Court) {
    let portal = court.portal();
    // Not everyone's code is still the one of the list, and not everyone is served with a document.
    let served = court.logins().into_iter().find_map(|login| {
        let browser = portal.browser();
        browser.log_in(&login);
        let page = browser.get(&format!("/cases/{}", login.case_id));
        page.service().map(|action| (login, browser, page.csrf(), action))
    });
    let (login, browser, csrf, action) = served.unwrap();
    assert_eq!(browser.post(&action, &[("csrf", &csrf)]).status, 200);
    browser.post(&action.replace("/open", "/sign"), &[("csrf", &csrf)]);
    browser.post(&format!("/cases/{}/messages", login.case_id), &[("csrf", &csrf), ("text", "请问执行款何时发放？")]);
    drop((browser, portal));
    // Opened and closed, so that nothing of the portal's is left beside the database.
    assert_eq!(court.agent("outer", "status")["outgoing"], 2);
}

/// Plays the jobs of a day, and keeps of each where it began and what it did.
fn day(court: &Court, day: &str) -> Vec<Scene> {
    let scene = |(job, (side, command, direction)): (usize, &(&str, &str, Option<&str>))| {
        let before = court.copy_to(folder());
        let start = Disk::read(&before.path(""));
        let effects = record(court, side, command, &start);
        direction.map(|direction| court.carry(direction));
        let undisturbed = before.copy_to(folder());
        finish(&undisturbed, job).unwrap();
        let (name, end) = (format!("{command} on the {day} day"), State::of(&undisturbed));
        Scene { name, job, court: before, start, effects, end }
    };
    JOBS.iter().enumerate().map(scene).collect()
}

fn record(court: &Court, side: &str, command: &str, start: &Disk) -> Vec<Effect> {
    let mut agent = program(&format!("{side}-agent"));
    agent.arg("--config").arg(court.path(&format!("{side}.toml"))).arg(command);
    let (out, effects) = trace::record(&agent, &court.path(""), start);
    assert!(out.status.success(), "{side} {command}: {}", String::from_utf8_lossy(&out.stderr));
    effects
}

/// Runs the job again, goes on to the end of the day, and plays another day.
fn finish(court: &Court, job: usize) -> Result<(), String> {
    for (side, command, direction) in JOBS.iter().skip(job).chain(&JOBS) {
        let begun = Instant::now();
        let out = court.try_agent(side, &[command]);
        if !out.status.success() {
            return Err(format!("{command} again: {}", String::from_utf8_lossy(&out.stderr).trim()));
        }
        if begun.elapsed() > RECOVERY_MAX.mul_f64(crowding()) {
            return Err(format!("{command} again took {:.1} s", begun.elapsed().as_secs_f64()));
        }
        direction.map(|direction| court.carry(direction));
    }
    Ok(())
}

/// How many programs wait for each processor, on an average of the last minute; at least one.
fn crowding() -> f64 {
    let load = fs::read_to_string("/proc/loadavg").unwrap();
    let running: f64 = load.split(' ').next().unwrap().parse().unwrap();
    (running / std::thread::available_parallelism().unwrap().get() as f64).max(1.0)
}

impl Scene {
    /// Every moment in every variant.
    pub fn cuts(&self) -> Vec<Cut> {
        let mut cuts = Vec::new();
        for step in 0..=self.effects.len() {
            let sent = !self.sent(&self.effects[..step]).is_empty();
            for variant in VARIANTS {
                cuts.push(Cut { step, variant, carried: false });
                if sent {
                    cuts.push(Cut { step, variant, carried: true });
                }
            }
        }
        cuts
    }

    /// The job and the day.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How many effects the job has.
    pub fn steps(&self) -> usize {
        self.effects.len()
    }

    /// Whether the job sends anything.
    pub fn sends(&self) -> bool {
        !self.sent(&self.effects).is_empty()
    }

    /// The last effect that is described so, or begins so.
    ///
    /// # Panics
    /// Where the job has none: then a cut there tries nothing.
    pub fn step_of(&self, what: &str) -> usize {
        let end = self.start.after_cut(&self.effects, Variant::Kept);
        let found = self.effects.iter().rposition(|effect| end.describe(effect).starts_with(what));
        found.unwrap_or_else(|| panic!("{}: nothing is {what}", self.name))
    }

    /// Whether it falls right before or after a sync or a change of names.
    pub fn is_beside_names(&self, cut: &Cut) -> bool {
        let is_named = |effect: &Effect| !matches!(effect, Effect::Write { .. } | Effect::Resize { .. });
        self.effects[cut.step.saturating_sub(1)..self.effects.len().min(cut.step + 1)].iter().any(is_named)
    }

    /// What the job had sent after these effects: where the diode brings it, and its bytes.
    fn sent(&self, effects: &[Effect]) -> Vec<(PathBuf, Vec<u8>)> {
        let direction = if JOBS[self.job].0 == "inner" { "channel/up" } else { "channel/down" };
        let (sent, received) = (Path::new(direction).join("sent"), Path::new(direction).join("received"));
        let disk = self.start.after_cut(effects, Variant::Kept);
        let (now, before) = (disk.files(), self.start.files());
        let new = now.difference(&before).filter_map(|path| path.strip_prefix(&sent).ok().zip(disk.find(path)));
        let whole = new.filter(|(name, _)| !name.as_os_str().as_encoded_bytes().starts_with(b"."));
        whole.map(|(name, id)| (received.join(name), disk.content(id).unwrap().to_vec())).collect()
    }

    /// The disk as it is found after the cut.
    fn disk(&self, cut: &Cut) -> Disk {
        let effects = &self.effects[..cut.step];
        let mut disk = self.start.after_cut(effects, cut.variant);
        disk.forget(is_index);
        if cut.carried {
            self.sent(effects).iter().for_each(|(path, bytes)| disk.put(path, bytes));
        }
        disk
    }

    /// What tells the disk after this cut from those after others.
    pub fn digest(&self, cut: &Cut) -> [u8; 32] {
        self.disk(cut).digest(&self.start)
    }

    /// Cuts, starts the agents again, and compares with the run that was left alone.
    pub fn try_cut(&self, cut: &Cut) -> Outcome {
        let court = self.court.copy_to(folder());
        self.disk(cut).write(&self.start, &court.path(""));
        Outcome::new(0, self.judge(&court, &self.describe(cut)))
    }

    /// Cuts the recovery from a cut at a moment and in a variant from the seed. After the first cut what is there is
    /// durable; where all was kept, the process was killed, the machine ran on, and the second cut can still take what
    /// was not synced before the kill.
    pub fn try_second_cut(&self, cut: &Cut, seed: u64) -> Outcome {
        let was_killed = cut.variant == Variant::Kept;
        let first = Cut { carried: cut.carried && !was_killed, ..cut.clone() };
        let court = self.court.copy_to(folder());
        self.disk(&first).write(&self.start, &court.path(""));
        let found = if was_killed { self.disk(&first) } else { Disk::read(&court.path("")) };
        let (side, command, _) = JOBS[self.job];
        let recovery = record(&court.copy_to(folder()), side, command, &found);
        let (court, origin, mut effects) = if was_killed {
            (self.court.copy_to(folder()), &self.start, self.effects[..first.step].to_vec())
        } else {
            (court, &found, Vec::new())
        };
        let mut random = Random::new(seed, 1);
        let step = random.below(recovery.len() as u64 + 1) as usize;
        let variant = VARIANTS[random.below(VARIANTS.len() as u64) as usize];
        effects.extend_from_slice(&recovery[..step]);
        let mut disk = origin.after_cut(&effects, variant);
        disk.forget(is_index);
        disk.write(origin, &court.path(""));
        let what =
            format!("{}; then {variant:?} at step {step} of {} of the recovery", self.describe(&first), recovery.len());
        Outcome::new(1, self.judge(&court, &what))
    }

    fn describe(&self, cut: &Cut) -> String {
        let last = cut.step.checked_sub(1).map_or_else(String::new, |last| {
            format!(" (after {})", self.start.after_cut(&self.effects, Variant::Kept).describe(&self.effects[last]))
        });
        let carried = if cut.carried { ", already carried" } else { "" };
        format!("{}: {:?} at step {} of {}{last}{carried}", self.name, cut.variant, cut.step, self.effects.len())
    }

    /// What is wrong in the end.
    fn judge(&self, court: &Court, what: &str) -> Vec<String> {
        let found = catch_panics(|| match finish(court, self.job) {
            Ok(()) => {
                let end = State::of(court);
                let mut found = differences(&self.end, &end);
                // What was refused is in quarantine, also where nothing was cut.
                found.retain(|fault| !self.end.faults().contains(fault));
                let unsaid = self.end.faults().iter().filter(|fault| !end.faults().contains(fault));
                found.extend(unsaid.map(|fault| format!("no longer: {fault}")));
                let left = ["inner", "outer"].map(|side| walk(&court.path(&format!("{side}/state/assembly"))));
                found.extend(left.concat().iter().map(|path| format!("{} was left", path.display())));
                found
            }
            Err(failed) => vec![failed],
        });
        if found.is_empty() {
            Vec::new()
        } else {
            vec![format!("{what}: {}", found[..found.len().min(SHOWN_MAX)].join("; "))]
        }
    }
}
