//! What an operator wants to know of the machine: whether the daemon makes progress, space, certificates, and what was
//! repaired without them.

use crate::audit;
use crate::ledger::db;
use crate::monitor::status::channel::{ChannelStatus, Context};
use crate::runtime::disk_space;
use crate::runtime::disk_space::{FilesystemSpace, SpaceRequirement};
use crate::runtime::schedule::rfc3339;
use crate::runtime::watchdog;
use crate::runtime::watchdog::Heartbeat;
use crate::texts;
use crate::types::alarm::Alarm;
use crate::types::{DAY_S, UnixSeconds};
use ferry_format::text::Text;
use ferry_io::error::Result;
use ferry_io::output::language::Show;
use rusqlite::Connection;
use serde::Serialize;
use std::path::{Path, PathBuf};

/// What was repaired so long ago is no longer named.
const LATELY_S: i64 = 7 * DAY_S;
/// A certificate that ends so soon is an alarm.
const CERTIFICATE_DAYS: i64 = 30;
/// How long after its time a run is late, seconds.
const LATE_S: u64 = 3600;
/// After so long without an acknowledgement somebody looks at the gate and the way back.
const UNCONFIRMED_S: u64 = 2 * 86_400;
/// A daemon that was ended and not started again for so long is forgotten, seconds.
const STOPPED_S: u64 = 3600;
/// An act of the audit with its text.
type Act = (&'static str, fn() -> Text);
/// What the agent repairs by itself. Other acts are no repairs.
const REPAIRS: [Act; 8] = [
    ("resend", texts::status::repair_resend),
    ("collect-again", texts::status::repair_collect_again),
    ("reconcile", texts::status::repair_reconcile),
    ("root-recounted", texts::status::repair_root_recounted),
    ("unquarantine", texts::status::repair_unquarantine),
    ("duplicate", texts::status::repair_duplicate),
    ("abandon", texts::status::repair_abandon),
    ("quarantine-delete", texts::status::repair_quarantine_delete),
];

/// Of the machine and its daemon.
#[derive(Clone, Debug, Serialize)]
pub struct MachineStatus {
    /// The daemon's last heartbeat; `null` where none runs.
    pub daemon: Option<Heartbeat>,
    /// File systems, and whether the next run has room.
    pub space: Vec<FilesystemSpace>,
    /// Certificates that end.
    pub certificates: Vec<Certificate>,
    /// What was repaired in the last seven days.
    pub repaired: Vec<Repaired>,
    /// When the last daemon was ended as it was told to, where none was started since.
    pub daemon_stopped_s: Option<UnixSeconds>,
    /// When this was looked at.
    #[serde(skip)]
    now: UnixSeconds,
    /// Why the ledger cannot be written, if it cannot.
    #[serde(skip)]
    ledger: Option<Alarm>,
}

/// A certificate.
#[derive(Clone, Debug, Serialize)]
pub struct Certificate {
    /// Its file.
    pub file: PathBuf,
    /// When it ends.
    pub not_after: String,
    /// The same in seconds since 1970 UTC.
    pub not_after_s: UnixSeconds,
    /// Whole days until then; negative once it has.
    pub days_left: i64,
}

impl Certificate {
    /// The certificate in `file`.
    pub fn new(file: &Path, not_after_s: UnixSeconds, context: &Context<'_>) -> Self {
        let days_left = (not_after_s - context.now).div_euclid(DAY_S);
        Self { file: file.to_owned(), not_after: rfc3339(not_after_s, context.zone), not_after_s, days_left }
    }
}

/// Repairs of one kind.
#[derive(Clone, Debug, Serialize)]
pub struct Repaired {
    /// The audit's name for it.
    pub act: &'static str,
    /// What that means.
    pub what: String,
    /// How many.
    pub count: u64,
    /// When the newest was.
    pub last: String,
}

impl MachineStatus {
    /// Looks at the machine. `needs` is what the next run is going to write.
    pub fn look(
        context: &Context<'_>,
        state: &Path,
        needs: &[SpaceRequirement],
        reserve_bytes: u64,
        certificates: Vec<Certificate>,
    ) -> Result<Self> {
        Ok(Self {
            daemon: watchdog::last(state, context.now),
            daemon_stopped_s: watchdog::stopped_s(state),
            now: context.now,
            space: disk_space::filesystems(needs, reserve_bytes)?,
            certificates,
            repaired: repaired(context.conn, context)?,
            ledger: db::check_writable(context.conn).err().map(Alarm::from),
        })
    }

    /// What somebody must look at today, here and on the channels.
    pub fn alarms(&self, channels: &[ChannelStatus]) -> Vec<Alarm> {
        let daemon = self.daemon.iter().filter(|sign| sign.silent).map(silent);
        let short = self.space.iter().filter_map(FilesystemSpace::shortage);
        let space = short.map(Alarm::from);
        let certificates = self.certificates.iter().filter(|c| c.days_left < CERTIFICATE_DAYS).map(ends);
        let ledger = self.ledger.iter().cloned();
        let stopped_age_s = self.daemon_stopped_s.map(|at| self.now.seconds_since(at));
        let stopped = stopped_age_s.filter(|s| *s > STOPPED_S).map(|s| texts::alarms::daemon_stopped(age(s)));
        ledger
            .chain(daemon)
            .chain(stopped)
            .chain(space)
            .chain(certificates)
            .chain(channels.iter().flat_map(of_channel))
            .collect()
    }
}

fn silent(heartbeat: &Heartbeat) -> Alarm {
    texts::alarms::daemon_silent(age(heartbeat.age_s))
}

fn ends(certificate: &Certificate) -> Alarm {
    let days = certificate.days_left;
    let remaining = if days < 0 { texts::alarms::expired() } else { texts::alarms::days_left(days) };
    texts::alarms::certificate_ends(certificate.file.display(), remaining)
}

fn of_channel(c: &ChannelStatus) -> Vec<Alarm> {
    let mut alarms = Vec::new();
    // The return channel's lateness is an alarm of its own, E0634.
    if c.direction == "export" && c.overdue_s > LATE_S {
        alarms.push(texts::alarms::export_late(&c.id, age(c.overdue_s)));
    }
    if let Some(age_s) = c.oldest_unconfirmed_age_s.filter(|age_s| *age_s > UNCONFIRMED_S) {
        alarms.push(texts::alarms::unconfirmed(&c.id, c.unconfirmed, age(age_s)));
    }
    alarms
}

fn repaired(conn: &Connection, context: &Context<'_>) -> Result<Vec<Repaired>> {
    let mut found = Vec::new();
    for (act, what) in REPAIRS {
        let lately = (context.now - LATELY_S, UnixSeconds(i64::MAX));
        if let (count, Some(last_s)) = audit::count_acts(conn, act, lately.0, lately.1)? {
            let what = what().show().to_owned();
            found.push(Repaired { act, what, count, last: rfc3339(last_s, context.zone) });
        }
    }
    Ok(found)
}

/// A length of time in its two largest units.
pub fn age(seconds: u64) -> String {
    match seconds {
        0..120 => format!("{seconds}s"),
        120..7200 => format!("{}min", seconds / 60),
        7200..172_800 => format!("{}h {}min", seconds / 3600, seconds % 3600 / 60),
        _ => format!("{}d {}h", seconds / 86_400, seconds % 86_400 / 3600),
    }
}
