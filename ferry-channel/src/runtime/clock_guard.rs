//! The guard on this machine's clock. A clock that is behind would publish what a later rule withholds; one that is ahead would end
//! authorities and deadlines that still run.
//!
//! What is known of earlier runs lies in the file `clock` beside the ledger, so that a ledger that is restored from a backup does
//! not forget it. Within one boot the wall clock must move as the boot clock does; across boots only the floor (the newest
//! time of our own runs) and a ceiling above it count. What the other side says of the time is never believed.

use crate::runtime::lock;
use crate::types::{DAY_S, UnixSeconds};
use ferry_io::error::{Error, Result};
use ferry_io::fs::durable;
use rustix::time::{ClockId, clock_gettime};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The file's name in the state folder.
pub const FILE: &str = "clock";
/// How far wall clock and boot clock may drift apart between two runs of one boot, seconds.
const DRIFT_MAX_S: i64 = 300;
/// How often a job that runs every few seconds records its time, seconds.
const RECORD_EVERY_S: i64 = 60;
/// How often a process that asks often reads the file again.
const READ_EVERY: Duration = Duration::from_secs(10);
/// How far ahead of the floor a run may be, days.
const AHEAD_MAX_DAYS: i64 = 40;

/// What earlier runs left.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ClockRecord {
    /// The newest time of our own runs.
    pub floor_s: UnixSeconds,
    /// Of the boot in which that was.
    pub boot_id: String,
    /// The boot clock then, seconds.
    pub boot_s: i64,
    /// The wall clock then.
    pub wall_s: UnixSeconds,
}

/// The boot that this process runs in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Boot {
    /// Its id.
    pub id: String,
    /// Seconds since it began, with those in suspension.
    pub seconds: i64,
}

impl Boot {
    /// The present one.
    pub fn now() -> Self {
        let id = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
        Self { id: id.trim().to_owned(), seconds: clock_gettime(ClockId::Boottime).tv_sec }
    }
}

/// What the clock says, judged by what is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClockVerdict {
    /// It may be believed.
    Good,
    /// It is behind the newest of our own runs.
    Behind {
        /// The time of that run.
        floor_s: UnixSeconds,
    },
    /// It is too far ahead of it, or jumped ahead since.
    Ahead {
        /// The time of that run.
        floor_s: UnixSeconds,
    },
}

/// Judges the clock.
pub fn judge(now: UnixSeconds, boot: &Boot, record: Option<&ClockRecord>) -> ClockVerdict {
    let Some(record) = record else { return ClockVerdict::Good };
    let floor_s = record.floor_s;
    if now < floor_s {
        return ClockVerdict::Behind { floor_s };
    }
    let is_same_boot = !record.boot_id.is_empty() && record.boot_id == boot.id;
    let elapsed_s = boot.seconds - record.boot_s;
    if is_same_boot && now > record.wall_s + (elapsed_s + DRIFT_MAX_S) {
        return ClockVerdict::Ahead { floor_s };
    }
    // Within one boot the boot clock has already said that the time passed.
    if !is_same_boot && now > floor_s + AHEAD_MAX_DAYS * DAY_S {
        return ClockVerdict::Ahead { floor_s };
    }
    ClockVerdict::Good
}

/// The guard of one state folder.
pub struct ClockGuard {
    path: PathBuf,
    record: Option<ClockRecord>,
    boot: Boot,
}

impl ClockGuard {
    /// Reads what earlier runs left; where they left nothing, the newest time in the ledger counts.
    ///
    /// # Errors
    /// `FERRY-E0601` where the file cannot be read. One that is damaged counts as none.
    pub fn open(state: &Path, newest_in_ledger: Option<UnixSeconds>) -> Result<Self> {
        let path = state.join(FILE);
        let record = match std::fs::read_to_string(&path) {
            Ok(text) => serde_json::from_str(&text).ok(),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => None,
            Err(e) => return Err(Error::io(&path, &e, false)),
        };
        let of_ledger = || newest_in_ledger.map(|floor_s| ClockRecord { floor_s, ..ClockRecord::default() });
        Ok(Self { path, record: record.or_else(of_ledger), boot: Boot::now() })
    }

    /// What the clock says.
    pub fn verdict(&self, now: UnixSeconds) -> ClockVerdict {
        judge(now, &self.boot, self.record.as_ref())
    }

    /// The time that days and deadlines are judged by: `now`, where the clock may be believed; otherwise that of the newest run,
    /// and what the boot clock counted since.
    pub fn believed(&self, now: UnixSeconds) -> UnixSeconds {
        match (self.verdict(now), &self.record) {
            (ClockVerdict::Good, _) | (_, None) => now,
            (_, Some(record)) => {
                let is_same_boot = !record.boot_id.is_empty() && record.boot_id == self.boot.id;
                let elapsed_s = if is_same_boot { (self.boot.seconds - record.boot_s).max(0) } else { 0 };
                record.floor_s.max(record.wall_s + elapsed_s)
            }
        }
    }

    /// The later of `now` and the floor.
    fn not_below_floor(&self, now: UnixSeconds) -> UnixSeconds {
        self.record.as_ref().map_or(now, |record| record.floor_s.max(now))
    }

    /// A run went at this time.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub fn record(&self, now: UnixSeconds) -> Result<()> {
        self.write(self.not_below_floor(now), now)
    }

    /// The same for jobs that run every few seconds: only where the clock may be believed, and once a minute.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub fn record_often(&self, now: UnixSeconds) -> Result<()> {
        let is_recent =
            |r: &ClockRecord| r.boot_id == self.boot.id && now < r.wall_s + RECORD_EVERY_S && now >= r.wall_s;
        if self.verdict(now) != ClockVerdict::Good || self.record.as_ref().is_some_and(is_recent) {
            return Ok(());
        }
        self.record(now)
    }

    /// A person accepts the present time, also where it is below the floor.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub fn accept(&self, now: UnixSeconds) -> Result<()> {
        self.write(now, now)
    }

    fn write(&self, floor_s: UnixSeconds, wall_s: UnixSeconds) -> Result<()> {
        let record = ClockRecord { floor_s, boot_id: self.boot.id.clone(), boot_s: self.boot.seconds, wall_s };
        let text = serde_json::to_string(&record).map_err(|e| Error::io(&self.path, &e.into(), true))?;
        let folder = durable::folder_of(&self.path);
        let _alone = lock::wait_for(&folder, FILE)?;
        durable::write_over(&self.path, text.as_bytes())
    }
}

/// The believed time for a process that asks often: it reads what the last run left every few seconds.
pub struct BelievedClock {
    state: PathBuf,
    guard: Mutex<Option<(Instant, ClockGuard)>>,
}

impl BelievedClock {
    /// The clock of a state folder.
    pub fn new(state: &Path) -> Self {
        Self { state: state.to_owned(), guard: Mutex::new(None) }
    }

    /// The believed time now. While the file cannot be read, what was read before counts; without it, the wall clock.
    pub fn now(&self) -> UnixSeconds {
        let now = UnixSeconds::now();
        let mut kept = self.guard.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.as_ref().is_none_or(|(read, _)| read.elapsed() > READ_EVERY)
            && let Ok(guard) = ClockGuard::open(&self.state, None)
        {
            *kept = Some((Instant::now(), guard));
        }
        kept.as_ref().map_or(now, |(_, guard)| guard.believed(now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const T: i64 = 1_800_000_000;

    fn record() -> ClockRecord {
        ClockRecord { floor_s: UnixSeconds(T), boot_id: "one".into(), boot_s: 1000, wall_s: UnixSeconds(T) }
    }

    fn at(now: i64, boot: &str, seconds: i64) -> ClockVerdict {
        judge(UnixSeconds(now), &Boot { id: boot.into(), seconds }, Some(&record()))
    }

    #[test]
    fn a_first_run_has_nothing_to_compare_with() {
        assert_eq!(judge(UnixSeconds(0), &Boot::default(), None), ClockVerdict::Good);
    }

    #[test]
    fn a_clock_below_the_newest_own_run_is_behind_in_the_same_boot_and_in_another() {
        let behind = ClockVerdict::Behind { floor_s: UnixSeconds(T) };
        for (now, boot) in [(T - 26 * 3600, "one"), (T - 8 * DAY_S, "two"), (0, "two"), (T - 1, "one")] {
            assert_eq!(at(now, boot, 2000), behind, "{now} {boot}");
        }
    }

    #[test]
    fn within_a_boot_the_wall_clock_moves_as_the_boot_clock_does() {
        assert_eq!(at(T + 1000, "one", 2000), ClockVerdict::Good);
        assert_eq!(at(T + 1000 + DRIFT_MAX_S, "one", 2000), ClockVerdict::Good);
        assert_eq!(at(T + 1001 + DRIFT_MAX_S, "one", 2000), ClockVerdict::Ahead { floor_s: UnixSeconds(T) });
        // A machine that stood for half a year without a run and without a boot.
        assert_eq!(at(T + 180 * DAY_S, "one", 1000 + 180 * DAY_S), ClockVerdict::Good);
        // Corrected back a little, and still above the floor.
        assert_eq!(at(T + 10, "one", 2000), ClockVerdict::Good);
    }

    #[test]
    fn across_boots_a_clock_may_be_so_many_days_ahead_and_no_more() {
        assert_eq!(at(T + AHEAD_MAX_DAYS * DAY_S, "two", 5), ClockVerdict::Good);
        assert_eq!(at(T + AHEAD_MAX_DAYS * DAY_S + 1, "two", 5), ClockVerdict::Ahead { floor_s: UnixSeconds(T) });
    }

    #[test]
    fn a_wrong_clock_is_replaced_by_the_newest_run_and_what_the_boot_clock_counted_since() {
        let guard = |boot: &str, seconds| {
            let boot = Boot { id: boot.into(), seconds };
            ClockGuard { path: PathBuf::new(), record: Some(record()), boot }
        };
        let believed = |boot, seconds, now| guard(boot, seconds).believed(UnixSeconds(now));
        assert_eq!(believed("one", 1000 + 60, T + 61), UnixSeconds(T + 61), "it may be believed");
        for wrong in [0, T - DAY_S, T + 365 * DAY_S] {
            assert_eq!(believed("one", 1000 + 60, wrong), UnixSeconds(T + 60));
            assert_eq!(believed("two", 5, wrong), UnixSeconds(T));
        }
    }

    #[test]
    fn the_floor_only_rises_until_a_person_accepts_a_lower_time_and_outlives_the_ledger() {
        let dir = tempfile::tempdir().unwrap();
        let open = |ledger| ClockGuard::open(dir.path(), ledger).unwrap();
        assert_eq!(
            open(Some(UnixSeconds(T))).verdict(UnixSeconds(T - 1)),
            ClockVerdict::Behind { floor_s: UnixSeconds(T) }
        );
        open(None).record(UnixSeconds(T)).unwrap();
        open(None).record(UnixSeconds(T - 500)).unwrap();
        let guard = open(None);
        assert_eq!(guard.verdict(UnixSeconds(T - 500)), ClockVerdict::Behind { floor_s: UnixSeconds(T) });
        assert_eq!(guard.not_below_floor(UnixSeconds(T - 500)), UnixSeconds(T));
        guard.accept(UnixSeconds(T - 500)).unwrap();
        assert_eq!(open(Some(UnixSeconds(T))).verdict(UnixSeconds(T - 500)), ClockVerdict::Good);
    }
}
