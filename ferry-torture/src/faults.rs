//! Every call of the four jobs that changes the disk fails, once or permanently, with each error that a disk gives; and
//! the disk is too small, for a series of sizes. The calls are those that an undisturbed run makes below the court's
//! folder; `strace` makes them fail in the agents as they are shipped.
//!
//! A call's number counts in the thread that makes it: where two threads make as many calls of a kind, both fail.

use crate::site::{Copy, JOBS, Job, Site, TIMEOUT_S, carry, copy, is_done, stderr_line};
use crate::{Outcome, Selection, run_trials, select};
use ferry_testkit::random::Random;
use ferry_testkit::stage::in_english;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

/// Calls that change what a disk holds, or whether it holds it.
pub const CALLS: &str = "openat,write,pwrite64,writev,pwritev,fsync,fdatasync,syncfs,rename,renameat,renameat2,unlink,unlinkat,rmdir,ftruncate,fallocate,mkdir,mkdirat,link,linkat,copy_file_range,sendfile,chmod,fchmod";
/// What a disk says.
const ERRORS: [&str; 4] = ["EIO", "ENOSPC", "EROFS", "EDQUOT"];
/// Trials of one point: each error once and permanently, and one with a second fault.
const TRIALS_PER_POINT: u64 = 2 * ERRORS.len() as u64 + 1;
/// Exit code of a process that ends because a sync failed.
const SYNC_FAILED: i32 = 71;
/// Room on the small disk beyond what the court needs before the job, in KiB.
const ROOM_KIB: [u64; 16] = [0, 4, 8, 16, 24, 32, 48, 64, 80, 96, 128, 160, 192, 256, 384, 512];

/// The n-th call of a kind.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Point {
    /// The call's name.
    pub call: String,
    /// Which of its calls, from 1, in its thread.
    pub number: u64,
}

/// What happens at a point.
#[derive(Clone, Copy, Debug)]
pub enum Fault {
    /// That call fails.
    Once(&'static str),
    /// That call and all of its kind that follow fail.
    Permanent(&'static str),
    /// The process is killed there.
    Kill,
}

impl Fault {
    fn inject(self, point: &Point) -> String {
        let Point { call, number } = point;
        match self {
            Self::Once(error) => format!("inject={call}:error={error}:when={number}"),
            Self::Permanent(error) => format!("inject={call}:error={error}:when={number}+"),
            Self::Kill => format!("inject={call}:signal=KILL:when={number}"),
        }
    }
}

/// Runs a job under a tracer that disturbs it.
fn traced(job: Job, copy: &Copy, extra: &[&str]) -> (Output, String) {
    let trace = copy.beside("trace");
    let mut strace = Command::new("timeout");
    strace.args(["--signal=KILL", &TIMEOUT_S.to_string(), "strace", "-f", "-y", "--seccomp-bpf", "-o"]).arg(&trace);
    strace.args(["-e", &format!("trace={CALLS}")]);
    for expression in extra {
        strace.args(["-e", expression]);
    }
    let out = in_english(strace.args(job.line(&copy.court))).output().unwrap();
    (out, fs::read_to_string(&trace).unwrap_or_default())
}

/// The points of a job, from an undisturbed run.
///
/// # Panics
/// Without `strace`.
pub fn points(site: &Site, job: Job) -> Vec<Point> {
    let copy = site.before(job);
    let (out, trace) = traced(job, &copy, &[]);
    assert!(out.status.success(), "{job:?} under strace: {}", stderr_line(&out));
    let court = copy.court.display().to_string();
    let mut numbers: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    let mut found = BTreeSet::new();
    for line in trace.lines() {
        let Some((pid, rest)) = line.split_once(' ') else { continue };
        let rest = rest.trim_start();
        let Some((call, arguments)) = rest.split_once('(') else { continue };
        if !CALLS.split(',').any(|c| c == call) {
            continue;
        }
        let number = numbers.entry((pid, call)).or_default();
        *number += 1;
        let changes = call != "openat" || arguments.contains("O_CREAT") || arguments.contains("O_TMPFILE");
        // What is only shared memory of SQLite's readers is made again by every start.
        if changes && arguments.contains(&court) && !arguments.contains("-shm") {
            found.insert(Point { call: call.to_owned(), number: *number });
        }
    }
    found.into_iter().collect()
}

/// Disturbs a job once, and its next run too where `again` says so; then lets everything finish. `None` where the job did
/// not reach the point.
pub fn try_point(
    site: &Site,
    job: Job,
    point: &Point,
    fault: Fault,
    again: Option<(&Point, Fault)>,
) -> Option<Vec<String>> {
    let copy = site.before(job);
    let (out, trace) = traced(job, &copy, &[&fault.inject(point)]);
    if !matches!(fault, Fault::Kill) && !trace.contains("(INJECTED)") {
        return None;
    }
    let mut found = judge_run(job, point, fault, &out, &copy.court);
    if let Some((point, fault)) = again {
        let (out, _) = traced(job, &copy, &[&fault.inject(point)]);
        found.extend(judge_run(job, point, fault, &out, &copy.court));
    }
    carry(&copy.court, job);
    found.extend(site.final_differences(&copy.court));
    let about = |what: String| format!("{job:?} {}#{} {fault:?} then {again:?}: {what}", point.call, point.number);
    Some(found.into_iter().map(about).collect())
}

/// What is wrong with how a disturbed run ended.
fn judge_run(job: Job, point: &Point, fault: Fault, out: &Output, court: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let is_sync = ["fsync", "fdatasync", "syncfs"].contains(&point.call.as_str());
    match (out.status.code(), fault) {
        // strace ends as the process that it ran did.
        (None | Some(137), Fault::Kill) => {}
        (None | Some(137), _) => found.push("it hung".into()),
        (Some(0), _) if !is_done(court, job) => found.push("exit 0, and the work is not done".into()),
        (Some(101), _) => found.push(format!("it panicked: {}", stderr_line(out))),
        (Some(code), Fault::Once("EIO") | Fault::Permanent("EIO")) if is_sync && code != 0 && code != SYNC_FAILED => {
            found.push(format!("a sync failed and the exit code is {code}: {}", stderr_line(out)));
        }
        // A file system that is read-only from now on is for somebody to look at.
        (Some(77 | 78), Fault::Once("EROFS") | Fault::Permanent("EROFS")) => {}
        (Some(0 | 71 | 73..=75), _) => {}
        // SQLite gives no cause for a file that it cannot open: the message names the database.
        (Some(66 | 77 | 78), _) if point.call == "openat" && stderr_line(out).contains("FERRY-E0604") => {}
        // The loader could open no library: none of our code has run.
        (Some(127), _) if point.call == "openat" && stderr_line(out).contains("loading shared libraries") => {}
        (Some(code), _) => found.push(format!("exit {code}: {}", stderr_line(out))),
    }
    found
}

/// A disk that is too small by a series of sizes: writes end short. Space comes back afterwards.
fn small_disk(site: &Site, job: Job, room_kib: u64) -> Vec<String> {
    let made = site.before(job);
    let (disk, kept) = (made.beside("disk"), made.beside("kept"));
    fs::create_dir(&disk).unwrap();
    fs::create_dir(&kept).unwrap();
    // The court is copied onto a disk of its size; what the job may use beyond it is `room_kib`.
    let script = "set -e; mount -t tmpfs -o size=1g none \"$1\"; cp -a \"$2/.\" \"$1/\"
        used=$(df --output=used --block-size=1K \"$1\" | tail -1); mount -o remount,size=$((used + $4))k \"$1\"
        court=$1 from=$2 to=$3; shift 4; set +e; \"$@\"; code=$?; cp -a \"$court/.\" \"$to/\"; exit $code";
    let mut unshare = Command::new("unshare");
    unshare.args(["--user", "--map-root-user", "--mount", "timeout", "--signal=KILL", &TIMEOUT_S.to_string()]);
    unshare.args(["sh", "-c", script, "sh"]).args([&disk, &made.court, &kept]).arg(room_kib.to_string());
    let out = in_english(unshare.args(job.line(&disk))).output().unwrap();
    let mut found = Vec::new();
    match out.status.code() {
        Some(0) if is_done(&kept, job) => {}
        Some(0) => found.push("exit 0, and the work is not done".into()),
        Some(73..=75) => {}
        other => found.push(format!("exit {other:?}: {}", stderr_line(&out))),
    }
    let court = made.beside("again");
    copy(&kept, &court);
    carry(&court, job);
    found.extend(site.final_differences(&court));
    found.into_iter().map(|what| format!("{job:?} with {room_kib} KiB left: {what}")).collect()
}

/// One thing to try.
enum Trial {
    At(Job, Point, Fault, Option<(Point, Fault)>),
    Small(Job, u64),
}

/// Tries every point with every error, a second fault in the recovery after each, and small disks; or a part of these
/// trials. Two at a time.
pub fn run(selection: Selection, seed: u64) -> Outcome {
    let site = Site::new();
    let (trials, total) = trials(&site, selection, seed);
    run_trials(trials, total, |trial| trial.run(&site))
}

impl Trial {
    /// What is wrong afterwards; `None` where the job did not reach the point.
    fn run(&self, site: &Site) -> Option<Vec<String>> {
        match self {
            Self::At(job, point, fault, again) => {
                try_point(site, *job, point, *fault, again.as_ref().map(|(p, f)| (p, *f)))
            }
            Self::Small(job, room_kib) => Some(small_disk(site, *job, *room_kib)),
        }
    }
}

/// The selected trials, and how many there are in all.
fn trials(site: &Site, selection: Selection, seed: u64) -> (Vec<Trial>, u64) {
    let mut random = Random::new(seed, 1);
    let mut all = Vec::new();
    for job in JOBS {
        let points = points(site, job);
        eprintln!("{job:?}: {} points", points.len());
        for point in &points {
            let alone = ERRORS.iter().flat_map(|error| [Fault::Once(error), Fault::Permanent(error)]);
            all.extend(alone.map(|fault| Trial::At(job, point.clone(), fault, None)));
            let second = points[random.below(points.len() as u64) as usize].clone();
            let error = ERRORS[random.below(ERRORS.len() as u64) as usize];
            all.push(Trial::At(job, point.clone(), Fault::Once("EIO"), Some((second, Fault::Once(error)))));
        }
        all.extend(ROOM_KIB.map(|room_kib| Trial::Small(job, room_kib)));
    }
    let total = all.len() as u64;
    (select(all, selection, TRIALS_PER_POINT, seed, &mut random), total)
}
