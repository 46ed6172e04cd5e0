//! What an operator wants to know of the machine: whether the daemon makes progress, space, certificates, and what was
//! repaired without him.

use crate::monitor::status::{Alarm, ChannelStatus, Context};
use crate::runtime::disk_space;
use crate::runtime::disk_space::{Need, Room};
use crate::runtime::schedule::rfc3339;
use crate::runtime::watchdog;
use crate::runtime::watchdog::Sign;
use ferry_io::error::Result;
use rusqlite::Connection;
use serde::Serialize;
use std::path::{Path, PathBuf};

const DAY_S: i64 = 86_400;
/// What was repaired so long ago is not named any more.
const LATELY_S: i64 = 7 * DAY_S;
/// A certificate that ends so soon is an alarm.
const CERTIFICATE_DAYS: i64 = 30;
/// How long after its time a run is late, seconds.
const LATE_S: u64 = 3600;
/// After so long without an acknowledgement somebody looks at the gate and the way back.
const UNCONFIRMED_S: u64 = 2 * 86_400;
/// What the agent did by itself, as the audit names it, and what that means. Others are no repairs.
const REPAIRS: [(&str, &str); 8] = [
    ("resend", "补发批次或分卷 batches or volumes sent again"),
    ("collect-again", "重新采集被拒批次 content of refused batches collected again"),
    ("reconcile", "核对并修复状态根 lists compared where the roots differ"),
    ("root-recounted", "重算状态根 sums of the state root made anew"),
    ("unquarantine", "补全后取回 files taken back once they were whole"),
    ("duplicate", "丢弃重复文件 doubled files dropped"),
    ("abandon", "清除不完整分卷 incomplete volumes let go of"),
    ("quarantine-end", "清理隔离区 refused files let go of"),
];

/// Of the machine and its daemon.
#[derive(Clone, Debug, Serialize)]
pub struct Operation {
    /// The daemon's last sign of life; `null` where none runs.
    pub daemon: Option<Sign>,
    /// File systems, and whether the next run has room.
    pub space: Vec<Room>,
    /// Certificates that end.
    pub certificates: Vec<Certificate>,
    /// What was repaired in the last seven days.
    pub repaired: Vec<Repaired>,
}

/// A certificate.
#[derive(Clone, Debug, Serialize)]
pub struct Certificate {
    /// Its file.
    pub file: PathBuf,
    /// When it ends.
    pub not_after: String,
    /// The same in seconds since 1970 UTC.
    pub not_after_s: i64,
    /// Whole days until then; negative once it has.
    pub days_left: i64,
}

impl Certificate {
    /// The certificate in `file`.
    pub fn new(file: &Path, not_after_s: i64, context: &Context<'_>) -> Self {
        let days_left = (not_after_s - context.now_s).div_euclid(DAY_S);
        Self { file: file.to_owned(), not_after: rfc3339(not_after_s, context.zone), not_after_s, days_left }
    }
}

/// Repairs of one sort.
#[derive(Clone, Debug, Serialize)]
pub struct Repaired {
    /// The audit's name for it.
    pub act: &'static str,
    /// What that means, in Chinese and English.
    pub what: &'static str,
    /// How many.
    pub count: u64,
    /// When the newest was.
    pub last: String,
}

impl Operation {
    /// Looks at the machine. `needs` is what the next run is going to write.
    pub fn look(
        context: &Context<'_>,
        state: &Path,
        needs: &[Need],
        reserve_bytes: u64,
        certificates: Vec<Certificate>,
    ) -> Result<Self> {
        Ok(Self {
            daemon: watchdog::last(state, context.now_s),
            space: disk_space::rooms(needs, reserve_bytes)?,
            certificates,
            repaired: repaired(context.conn, context)?,
        })
    }

    /// What somebody must look at today, here and on the channels.
    pub fn alarms(&self, channels: &[ChannelStatus]) -> Vec<Alarm> {
        let daemon = self.daemon.iter().filter(|sign| sign.silent).map(silent);
        let short = self.space.iter().filter_map(Room::shortage);
        let space = short.map(|f| Alarm {
            code: f.code,
            message: f.message.english().to_owned(),
            hint: f.hint.english().to_owned(),
        });
        let certificates = self.certificates.iter().filter(|c| c.days_left < CERTIFICATE_DAYS).map(ends);
        daemon.chain(space).chain(certificates).chain(channels.iter().flat_map(of_channel)).collect()
    }
}

fn silent(sign: &Sign) -> Alarm {
    Alarm {
        code: "FERRY-E0690",
        message: format!("守护进程 {} 没有进展 the daemon has made no progress for that long", age(sign.age_s)),
        hint: "look at its journal, then start it again: the next run goes on from what is durable".into(),
    }
}

fn ends(certificate: &Certificate) -> Alarm {
    let days = certificate.days_left;
    let left = if days < 0 { "已过期 it has ended".to_owned() } else { format!("剩余 {days} 天 days are left") };
    Alarm {
        code: "FERRY-E0692",
        message: format!("证书 certificate {}: {left}", certificate.file.display()),
        hint: "put the new certificate and key in place; the portal takes them without a restart".into(),
    }
}

fn of_channel(c: &ChannelStatus) -> Vec<Alarm> {
    let mut alarms = Vec::new();
    // The return channel's lateness is an alarm of its own, E0634.
    if c.direction == "export" && c.overdue_s > LATE_S {
        let message = format!("{} 应做的导出晚了 an export that was due is late by {}", c.id, age(c.overdue_s));
        let hint = "look at `last_error` of the channel, and whether the daemon runs".into();
        alarms.push(Alarm { code: "FERRY-E0693", message, hint });
    }
    if let Some(age_s) = c.oldest_unconfirmed_age_s.filter(|age_s| *age_s > UNCONFIRMED_S) {
        let message = format!(
            "{} 有 {} 批未确认 batches are not acknowledged, 最早 the oldest for {}",
            c.id,
            c.unconfirmed,
            age(age_s)
        );
        let hint =
            "look whether the gate carries this channel, and whether the other side sends and its gate carries back";
        alarms.push(Alarm { code: "FERRY-E0695", message, hint: hint.into() });
    }
    alarms
}

fn repaired(conn: &Connection, context: &Context<'_>) -> Result<Vec<Repaired>> {
    let sql = "SELECT count(*), max(at_s) FROM ferry_audit WHERE act = ?1 AND at_s >= ?2";
    let mut statement = conn.prepare_cached(sql)?;
    let mut found = Vec::new();
    for (act, what) in REPAIRS {
        let row = |r: &rusqlite::Row<'_>| Ok((r.get::<_, i64>(0)? as u64, r.get::<_, Option<i64>>(1)?));
        if let (count, Some(last_s)) = statement.query_row((act, context.now_s - LATELY_S), row)? {
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
