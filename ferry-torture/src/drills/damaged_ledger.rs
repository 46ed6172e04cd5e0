//! The ledger is damaged.

use crate::drills::drill::{Drill, Step};
use ferry_format::text::Text;
use ferry_testkit::stage::Court;

pub const DRILL: Drill = Drill {
    name: "damaged-ledger",
    what_happened: Text::fixed(
        "断电后内网台账损坏，所有命令都报错。昨晚做过备份。",
        "The inner ledger was damaged by a power cut, and every command fails. There is a backup of last night.",
    ),
    set_up,
    look: &[
        Step {
            purpose: Text::fixed("任何命令都只说台账已损坏", "every command says that the ledger is damaged"),
            command: "inner-agent --config inner.toml status || true",
            shows: &["FERRY-E0604"],
            says: &["doctor"],
        },
        Step {
            purpose: Text::fixed(
                "逐项检查，并找出最新可用的备份",
                "look at everything, and find the newest usable backup",
            ),
            command: "inner-agent --config inner.toml doctor || true",
            shows: &["FERRY-E0604", "backup"],
            says: &["newest usable backup", "what to do"],
        },
    ],
    fix: &[
        Step {
            purpose: Text::fixed("整个状态目录改名保存", "keep the whole state folder under another name"),
            command: "mv inner/state inner/state-damaged",
            shows: &[],
            says: &[],
        },
        Step {
            purpose: Text::fixed("恢复备份，开始新的编号周期", "restore the backup, which begins a new epoch"),
            command: "inner-agent --config inner.toml restore backup",
            shows: &[],
            says: &["epoch"],
        },
        Step {
            purpose: Text::fixed("再检查一次", "look again"),
            command: "inner-agent --config inner.toml doctor",
            shows: &[],
            says: &["ok    the ledger can be read"],
        },
    ],
    avoid: Text::fixed(
        "不要删除 -wal 或 -shm 文件，也不要直接复制旧数据库来代替 restore。",
        "Do not delete `-wal` or `-shm` files, and do not copy an old database into its place instead of `restore`.",
    ),
};

fn set_up(court: &Court) {
    let backup = court.path("backup").display().to_string();
    assert!(court.try_agent("inner", &["backup", &backup]).status.success());
    let path = court.path("inner/state/inner.db");
    let mut bytes = std::fs::read(&path).unwrap();
    let half = bytes.len() / 2;
    bytes[4096..half].fill(0xa5);
    std::fs::write(&path, bytes).unwrap();
}
