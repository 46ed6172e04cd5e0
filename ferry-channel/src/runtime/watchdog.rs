//! Liveness is progress: a daemon sends a heartbeat with every step and with every tick of long work, and at no other
//! time. There is no thread that beats: a loop that is stuck is silent, the service manager's watchdog ends it, and
//! `status` shows how long it has been silent.

use crate::types::UnixSeconds;
use ferry_io::error::{Error, Result};
use sd_notify::NotifyState;
use serde::Serialize;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant, SystemTime};

/// Name of the file in the state folder whose time of change is that of the last sign.
const FILE: &str = "daemon.heartbeat";
/// Name of the file that a daemon leaves which ended as it was told to: this side is one on which a daemon runs.
const STOPPED_FILE: &str = "daemon.stopped";
/// A daemon that gave no sign for so long is stuck or was killed. A step waits 20 s at most.
pub const SILENT: Duration = Duration::from_secs(120);

/// The daemon that this process is, if it is one.
struct Daemon {
    file: File,
    path: PathBuf,
    started: Instant,
    /// Second since the start in which the last sign was given, from 1.
    last: AtomicU64,
}

static DAEMON: OnceLock<Daemon> = OnceLock::new();

/// From here on this process is a daemon that works: its checks are done, and its starter may continue.
///
/// # Errors
/// A state folder that cannot be written.
pub fn ready(state: &Path, status: &str) -> Result<()> {
    let path = state.join(FILE);
    #[expect(clippy::disallowed_methods, reason = "a heartbeat need not survive the machine")]
    let made = File::create(&path).map(|mut file| {
        // Where there is no room for the number, the sign is still given.
        let _ = write!(file, "{}", std::process::id());
        file
    });
    let file = made.map_err(|e| Error::io(&path, &e, true))?;
    ferry_io::fs::durable::remove(&state.join(STOPPED_FILE))?;
    ferry_io::heartbeat::set_watchdog(tick);
    let _ = DAEMON.set(Daemon { file, path, started: Instant::now(), last: AtomicU64::new(0) });
    tell(&[NotifyState::Ready, NotifyState::Status(status)]);
    tick();
    Ok(())
}

/// What this process is doing, for its log.
static STEP: Mutex<Option<&'static str>> = Mutex::new(None);

/// The step under way.
pub fn current() -> Option<&'static str> {
    *STEP.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A step of the daemon's loop, or the one job of a command, begins.
pub fn step(what: &'static str) {
    *STEP.lock().unwrap_or_else(PoisonError::into_inner) = Some(what);
    if DAEMON.get().is_some() {
        tell(&[NotifyState::Status(what)]);
    }
    tick();
}

/// Work went on: the cheapest of all calls, to be made as often as one likes. In a process that is no daemon it does
/// nothing.
pub fn tick() {
    let Some(daemon) = DAEMON.get() else { return };
    let second = daemon.started.elapsed().as_secs() + 1;
    if daemon.last.swap(second, Ordering::Relaxed) == second {
        return;
    }
    // A change of time needs no space. Where it fails, `status` says that the daemon is silent, which is then worth a look.
    let _ = daemon.file.set_modified(SystemTime::now());
    tell(&[NotifyState::Watchdog]);
}

/// The daemon ends as it was told to.
pub fn stopping() {
    if let Some(daemon) = DAEMON.get() {
        tell(&[NotifyState::Stopping]);
        #[expect(clippy::disallowed_methods, reason = "what this file is for need not survive the machine")]
        let _ = File::create(daemon.path.with_file_name(STOPPED_FILE));
        let _ = ferry_io::fs::durable::try_remove(&daemon.path);
    }
}

/// Without a service manager nobody listens; one that does not listen cannot be helped.
fn tell(states: &[NotifyState<'_>]) {
    let _ = sd_notify::notify(states);
}

/// Removes from a child's environment what makes a process speak for the daemon.
pub fn silence(child: &mut std::process::Command) {
    child.env_remove("NOTIFY_SOCKET").env_remove("WATCHDOG_USEC").env_remove("WATCHDOG_PID");
}

/// The last sign of a daemon on a state folder.
#[derive(Clone, Debug, Serialize)]
pub struct Heartbeat {
    /// Its process.
    pub process: Option<u32>,
    /// Seconds since 1970 UTC of the sign.
    pub at_s: UnixSeconds,
    /// Seconds since then.
    pub age_s: u64,
    /// Whether that is longer than any step takes.
    pub silent: bool,
}

/// When the last daemon ended as it was told to; nothing where one runs, or none ever did.
pub fn stopped_s(state: &Path) -> Option<UnixSeconds> {
    let changed = std::fs::metadata(state.join(STOPPED_FILE)).ok()?.modified().ok()?;
    changed.duration_since(SystemTime::UNIX_EPOCH).ok().map(|since| UnixSeconds(since.as_secs() as i64))
}

/// The last sign; `None` where no daemon runs or the last one ended as it was told to.
pub fn last(state: &Path, now: UnixSeconds) -> Option<Heartbeat> {
    let path = state.join(FILE);
    let changed = std::fs::metadata(&path).ok()?.modified().ok()?;
    let at_s =
        changed.duration_since(SystemTime::UNIX_EPOCH).map_or(UnixSeconds(0), |d| UnixSeconds(d.as_secs() as i64));
    let process = std::fs::read_to_string(&path).ok().and_then(|text| text.trim().parse().ok());
    // A clock that was put back makes no sign older than now.
    let age_s = now.seconds_since(at_s);
    Some(Heartbeat { process, at_s, age_s, silent: age_s > SILENT.as_secs() })
}
