//! The four jobs are killed (SIGKILL), at random moments and at named calls, over and over on the same court; then
//! everything goes on and must end as if nothing had been.

use crate::Outcome;
use crate::faults::{Fault, Point, points, try_point};
use crate::site::{JOBS, Job, Site, carry};
use ferry_testkit::random::Random;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Kills of one court, before it may go on.
const KILLS_PER_COURT: u64 = 20;
/// One kill in so many is at a named call.
const NAMED_CALL_EVERY: u64 = 8;
/// Every so many kills, a job is let through, so that kills meet every state.
const UNDISTURBED_EVERY: u64 = 5;

/// Kills so many times (10,000 by default).
pub fn run(count: Option<u64>, seed: u64) -> Outcome {
    let site = Site::new();
    let wanted = count.unwrap_or(10_000);
    let named: Vec<(Job, Vec<Point>)> = JOBS.map(|job| (job, points(&site, job))).into();
    let longest: Vec<Duration> = JOBS.map(|job| duration(&site, job)).into();
    let (next, outcome) = (AtomicU64::new(0), Mutex::new(Outcome::default()));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while outcome.lock().unwrap().tried < wanted {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    let mut random = Random::new(seed, number);
                    let done = if number % NAMED_CALL_EVERY == 0 {
                        kill_at_call(&site, &named, &mut random)
                    } else {
                        kill_at_random(&site, &longest, &mut random)
                    };
                    let about = |v: String| format!("court {number}: {v}");
                    let violations: Vec<String> = done.violations.into_iter().map(about).collect();
                    violations.iter().for_each(|v| eprintln!("violation: {v}"));
                    outcome.lock().unwrap().advance(Outcome::new(done.tried, violations), wanted);
                }
            });
        }
    });
    outcome.into_inner().unwrap()
}

/// How long a job takes undisturbed.
fn duration(site: &Site, job: Job) -> Duration {
    let copy = site.before(job);
    let started = Instant::now();
    assert!(job.run(&copy.court).status.success());
    started.elapsed()
}

/// Killed as it is about to make a call; killed again in the recovery.
fn kill_at_call(site: &Site, named: &[(Job, Vec<Point>)], random: &mut Random) -> Outcome {
    let (job, points) = &named[random.below(named.len() as u64) as usize];
    let first = &points[random.below(points.len() as u64) as usize];
    let second = &points[random.below(points.len() as u64) as usize];
    let violations = try_point(site, *job, first, Fault::Kill, Some((second, Fault::Kill))).unwrap_or_default();
    Outcome::new(2, violations)
}

/// Killed at moments that a seed chooses, job after job, with what was sent carried between them.
fn kill_at_random(site: &Site, longest: &[Duration], random: &mut Random) -> Outcome {
    let first = random.below(JOBS.len() as u64) as usize;
    let copy = site.before(JOBS[first]);
    let (mut kills, mut log) = (0, Vec::new());
    for step in 0.. {
        if kills >= KILLS_PER_COURT {
            break;
        }
        let at = (first + step) % JOBS.len();
        let delay = Duration::from_micros(random.below(longest[at].as_micros().max(1) as u64 * 5 / 4));
        let is_undisturbed = random.below(UNDISTURBED_EVERY) == 0;
        if is_undisturbed {
            JOBS[at].run(&copy.court);
        } else if is_killed(JOBS[at], &copy.court, delay) {
            kills += 1;
            log.push(format!("{:?}@{}us", JOBS[at], delay.as_micros()));
        }
        carry(&copy.court, JOBS[at]);
    }
    let about = |v: String| format!("{v} after {}", log.join(" "));
    Outcome::new(kills, site.final_differences(&copy.court).into_iter().map(about).collect())
}

/// Starts a job and kills it after a while. False where it had ended before.
fn is_killed(job: Job, court: &Path, delay: Duration) -> bool {
    let line = job.line(court);
    let mut agent = Command::new(&line[0]);
    let mut agent = agent.args(&line[1..]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    std::thread::sleep(delay);
    agent.kill().unwrap();
    agent.wait().unwrap().code().is_none()
}
