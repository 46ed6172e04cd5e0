//! Both daemons run as they are shipped, each with all of its jobs, while a diode carries and a gateway sends SMS, at times
//! badly; one after the other is killed (SIGKILL) and started again. Then everything goes on and must end as in an undisturbed
//! court, and each party has got each SMS of it once.

use crate::site::{JOBS, Job, Site, TIMEOUT_S, carry, is_done, stderr_line};
use crate::{Outcome, catch_panics};
use ferry_testkit::random::Random;
use ferry_testkit::stage::{Sms, program};
use std::collections::BTreeMap;
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
const FAST_SETTINGS: [(&str, &str, &str); 8] = [
    ("inner", "schedule = \"0 2 * * *\"", "schedule = \"* * * * * *\""),
    ("inner", "poll-interval-s = 60", "poll-interval-s = 1"),
    ("inner", "retry-s = 60", "retry-s = 1"),
    ("inner", "retry-max-s = 3600", "retry-max-s = 2"),
    ("outer", "schedule = \"0 4 * * *\"", "schedule = \"* * * * * *\""),
    ("outer", "poll-interval-s = 60", "poll-interval-s = 1"),
    ("outer", "127.0.0.1:8443", "127.0.0.1:0"),
    ("outer", "127.0.0.1:9443", "127.0.0.1:0"),
];

/// How the gateway treats some of its posts.
const GATEWAY_MODES: [&str; 6] = ["drop-answer", "drop-request", "double", "fail", "busy", "send"];
/// Posts after which it behaves again.
const GATEWAY_POSTS_MAX: u64 = 8;
/// Tables of the SMS module, which the court that this one is compared with does not run.
const SMS_TABLES: [&str; 2] = ["inner.notify_", "platform.FERRY_SERVICE_STATE "];

/// SMS by template, telephone number and case, with how often each was sent.
type Sent = BTreeMap<(String, String, String), u64>;

/// Kills daemons so many times (1,000 by default).
///
/// # Panics
/// Where an undisturbed journey fails.
pub fn run(count: Option<u64>, seed: u64) -> Outcome {
    let site = Site::new();
    let expected = undisturbed_sms(&site);
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
                    let violations = catch_panics(|| play(&site, &expected, &mut random));
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
fn play(site: &Site, expected: &Sent, random: &mut Random) -> Vec<String> {
    let copy = site.before(Job::Export);
    for (side, from, to) in FAST_SETTINGS {
        let file = copy.court.join(format!("{side}.toml"));
        let text = fs::read_to_string(&file).unwrap();
        assert!(text.contains(from), "{side}.toml has no {from}");
        fs::write(file, text.replace(from, to)).unwrap();
    }
    let sms = Sms::beside(&copy.court);
    // What crossed before: a party gets one SMS for a case and a run, so both courts must begin alike.
    notify(&copy.court);
    let is_over = AtomicBool::new(false);
    let mut found = std::thread::scope(|scope| {
        scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                carry(&copy.court, Job::Export);
                carry(&copy.court, Job::Reply);
                std::thread::sleep(CARRY_INTERVAL);
            }
        });
        let found = catch_panics(|| kill_in_turn(&copy.court, &sms, expected, random));
        // Set also after a failure, or the carrier would never end.
        is_over.store(true, Ordering::Relaxed);
        found
    });
    found.extend(site.final_differences_without(&copy.court, &SMS_TABLES));
    found.extend(sms_differences(expected, &sms));
    found
}

/// What an undisturbed court sends to its parties.
fn undisturbed_sms(site: &Site) -> Sent {
    let copy = site.before(Job::Export);
    let sms = Sms::beside(&copy.court);
    notify(&copy.court);
    let before = sent(&sms);
    let failed = Site::go_on(&copy.court);
    assert!(failed.is_empty(), "{failed:?}");
    notify(&copy.court);
    let sent = sent(&sms);
    assert!(before.values().sum::<u64>() < sent.values().sum(), "nobody is told anything new");
    sent
}

fn notify(court: &Path) {
    let mut notify = program("inner-agent");
    notify.arg("--config").arg(court.join("inner.toml")).arg("notify");
    let out = notify.output().unwrap();
    assert!(out.status.success(), "notify: {}", stderr_line(&out));
}

fn sent(sms: &Sms) -> Sent {
    let mut sent = Sent::new();
    for message in sms.messages() {
        let text = |name: &str| message[name].as_str().unwrap().to_owned();
        *sent.entry((text("template"), text("phone"), text("case_no"))).or_default() +=
            message["sms"].as_u64().unwrap();
    }
    sent
}

fn sms_differences(expected: &Sent, sms: &Sms) -> Vec<String> {
    let sent = sent(sms);
    let lost = expected.keys().filter(|key| !sent.contains_key(*key)).map(|key| format!("never sent: {key:?}"));
    let wrong = sent.iter().filter_map(|(key, times)| {
        let wanted = expected.get(key).copied().unwrap_or_default();
        (*times != wanted).then(|| format!("sent {times} times instead of {wanted}: {key:?}"))
    });
    lost.chain(wrong).collect()
}

fn kill_in_turn(court: &Path, sms: &Sms, expected: &Sent, random: &mut Random) -> Vec<String> {
    let mut found = Vec::new();
    let mut daemons = ["inner", "outer"].map(|side| (side, start(court, side)));
    for _ in 0..KILLS_PER_COURT {
        let (side, daemon) = &mut daemons[random.below(2) as usize];
        sms.next(GATEWAY_MODES[random.below(GATEWAY_MODES.len() as u64) as usize], random.below(GATEWAY_POSTS_MAX));
        std::thread::sleep(Duration::from_micros(random.below(LIFE_US_MAX)));
        found.extend(kill(side, daemon));
        *daemon = start(court, side);
    }
    // Nobody helps them: what follows by hand must find the work done.
    let started = Instant::now();
    loop {
        let undone = JOBS.into_iter().find(|job| !is_done(court, *job));
        let unsent = expected.values().sum::<u64>().saturating_sub(sent(sms).values().sum());
        if undone.is_none() && unsent == 0 {
            break;
        }
        if started.elapsed() > Duration::from_secs(TIMEOUT_S.into()) {
            found.push(format!("the daemons never did {undone:?}, and {unsent} SMS were not sent"));
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
