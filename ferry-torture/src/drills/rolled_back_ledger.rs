//! An older copy lies in the place of the ledger.

use crate::drills::drill::{Drill, Step, working_day};
use ferry_format::text::Text;
use ferry_testkit::stage::Court;

pub const DRILL: Drill = Drill {
    name: "rolled-back-ledger",
    what_happened: Text::fixed(
        "有人把昨天的内网台账复制回来，代替了今天的。",
        "Somebody copied yesterday's inner ledger over today's.",
    ),
    set_up,
    look: &[
        Step {
            purpose: Text::fixed(
                "内网：不是最后使用的台账，不再发送",
                "inside: not the ledger that worked here last, so nothing is sent",
            ),
            command: "inner-agent --config inner.toml export || true",
            shows: &["FERRY-E0659"],
            says: &[],
        },
        Step {
            purpose: Text::fixed("逐项检查", "look at everything"),
            command: "inner-agent --config inner.toml doctor || true",
            shows: &["FERRY-E0659"],
            says: &["what to do"],
        },
    ],
    fix: &[Step {
        purpose: Text::fixed("今天的台账还在：放回原处", "today's ledger is still there: put it back"),
        command: "mv inner/today.db inner/state/inner.db && inner-agent --config inner.toml doctor",
        shows: &[],
        says: &["the ledger is the one that worked here last"],
    }],
    avoid: Text::fixed(
        "不要删除 ledger-mark 来绕过：旧台账会用已用过的编号签发另一批，外网通道随即停止。找不到最新台账时用 restore。",
        "Do not delete `ledger-mark` to get around it: an old ledger signs a second batch under a used number, and the outer channel stops. Where the newest ledger is gone, `restore` a backup.",
    ),
};

fn set_up(court: &Court) {
    let (ledger, today) = (court.path("inner/state/inner.db"), court.path("inner/today.db"));
    let copy = |from: &std::path::Path, to: &std::path::Path| {
        let everything = format!("VACUUM INTO '{}'", to.display());
        rusqlite::Connection::open(from).unwrap().execute_batch(&everything).unwrap();
        std::fs::set_permissions(to, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    };
    let yesterday = court.path("inner/yesterday.db");
    copy(&ledger, &yesterday);
    working_day(court, 11);
    court.up();
    copy(&ledger, &today);
    for ending in ["", "-wal", "-shm"] {
        std::fs::remove_file(court.path(&format!("inner/state/inner.db{ending}"))).ok();
    }
    std::fs::rename(yesterday, ledger).unwrap();
}
