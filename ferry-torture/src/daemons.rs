//! Both daemons run as they are shipped, each with all of its jobs, while a diode carries; one after the other is killed
//! (SIGKILL) and started again. Then everything goes on and must end as in an undisturbed court.

use crate::site::{JOBS, Job, Site, TIMEOUT_S, carry, is_done};
use crate::{Outcome, catch_panics};
use ferry_testkit::random::Random;
use ferry_testkit::stage::program;
use std::fs;
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Courts at once: daemons mostly wait.
const WORKERS: usize = 4;
/// Kills of a court before it is left alone.
const KILLS_PER_COURT: u64 = 12;
/// A daemon lives no longer than this after the other one was started again, in microseconds: a schedule's second and
/// what it takes to do what was due.
const LIFE_US_MAX: u64 = 900_000;
/// Between two visits of the carrier.
const CARRY_INTERVAL: Duration = Duration::from_millis(100);
/// What makes a made court's daemons do every job within seconds, at ports of their own.
const FAST_SETTINGS: [(&str, &str, &str); 6] = [
    ("inner", "schedule = \"0 2 * * *\"", "schedule = \"* * * * * *\""),
    ("inner", "poll-interval-s = 60", "poll-interval-s = 1"),
    ("outer", "schedule = \"0 4 * * *\"", "schedule = \"* * * * * *\""),
    ("outer", "poll-interval-s = 60", "poll-interval-s = 1"),
    ("outer", "127.0.0.1:8443", "127.0.0.1:0"),
    ("outer", "127.0.0.1:9443", "127.0.0.1:0"),
];

/// Kills daemons so many times (1,000 by default).
///
/// # Panics
/// Where an undisturbed journey fails.
pub fn run(count: Option<u64>, seed: u64) -> Outcome {
    let site = Site::new();
    let wanted = count.unwrap_or(1000);
    let (next, outcome) = (AtomicU64::new(0), Mutex::new(Outcome::default()));
    std::thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number * KILLS_PER_COURT >= wanted {
                        return;
                    }
                    let mut random = Random::new(seed, number);
                    let violations = catch_panics(|| play(&site, &mut random));
                    let violations: Vec<String> =
                        violations.into_iter().map(|v| format!("seed {seed}, court {number}: {v}")).collect();
                    violations.iter().for_each(|v| eprintln!("violation: {v}"));
                    outcome.lock().unwrap().advance(Outcome::new(KILLS_PER_COURT, violations), wanted);
                }
            });
        }
    });
    outcome.into_inner().unwrap()
}

/// What is wrong in the end.
fn play(site: &Site, random: &mut Random) -> Vec<String> {
    let copy = site.before(Job::Export);
    for (side, from, to) in FAST_SETTINGS {
        let file = copy.court.join(format!("{side}.toml"));
        let text = fs::read_to_string(&file).unwrap();
        assert!(text.contains(from), "{side}.toml has no {from}");
        fs::write(file, without_notify(&text.replace(from, to))).unwrap();
    }
    let is_over = AtomicBool::new(false);
    let mut found = std::thread::scope(|scope| {
        scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                carry(&copy.court, Job::Export);
                carry(&copy.court, Job::Reply);
                std::thread::sleep(CARRY_INTERVAL);
            }
        });
        let found = catch_panics(|| kill_in_turn(&copy.court, random));
        // Set also after a failure, or the carrier would never end.
        is_over.store(true, Ordering::Relaxed);
        found
    });
    found.extend(site.final_differences(&copy.court));
    found
}

/// Switches SMS off: the undisturbed court, which it is compared with, runs the jobs without it.
fn without_notify(text: &str) -> String {
    let mut is_notify = false;
    let mut is_kept = |line: &&str| {
        is_notify = if line.starts_with('[') { line.starts_with("[notify") } else { is_notify };
        !is_notify
    };
    text.split_inclusive('\n').filter(&mut is_kept).collect()
}

fn kill_in_turn(court: &Path, random: &mut Random) -> Vec<String> {
    let mut found = Vec::new();
    let mut daemons = ["inner", "outer"].map(|side| (side, start(court, side)));
    for _ in 0..KILLS_PER_COURT {
        let (side, daemon) = &mut daemons[random.below(2) as usize];
        std::thread::sleep(Duration::from_micros(random.below(LIFE_US_MAX)));
        found.extend(kill(side, daemon));
        *daemon = start(court, side);
    }
    // Nobody helps them: what follows by hand must find the work done.
    let started = Instant::now();
    while let Some(job) = JOBS.into_iter().find(|job| !is_done(court, *job)) {
        if started.elapsed() > Duration::from_secs(TIMEOUT_S.into()) {
            found.push(format!("the daemons never did {job:?}"));
            break;
        }
        std::thread::sleep(CARRY_INTERVAL);
    }
    for (side, daemon) in &mut daemons {
        found.extend(kill(side, daemon));
    }
    found
}

fn start(court: &Path, side: &str) -> Child {
    let mut daemon = program(&format!("{side}-agent"));
    daemon.arg("--config").arg(court.join(format!("{side}.toml"))).arg("run");
    daemon.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// Kills a daemon. That it ended by itself is a violation.
fn kill(side: &str, daemon: &mut Child) -> Option<String> {
    daemon.kill().unwrap();
    let status = daemon.wait().unwrap();
    status.code().map(|code| format!("the daemon of the {side} side ended by itself with {code}"))
}
