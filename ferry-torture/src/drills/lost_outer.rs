//! The outer machine was destroyed.

use crate::drills::drill::{Drill, Step, working_day};
use ferry_format::text::Text;
use ferry_testkit::stage::Court;

pub const DRILL: Drill = Drill {
    name: "lost-outer",
    what_happened: Text::fixed(
        "外网机烧毁。备份是前天的，之后又发布了两批；密钥另行保管，未丢失。",
        "The outer machine was destroyed. Its backup is two days old, and two batches were published since; its keys \
             were kept elsewhere and are safe.",
    ),
    set_up,
    look: &[
        Step {
            purpose: Text::fixed("外网：新机器上只有备份", "outside: the new machine has only the backup"),
            command: "ls outer backup-outer",
            shows: &["MANIFEST"],
            says: &[],
        },
        Step {
            purpose: Text::fixed(
                "内网：已发出到哪一批，对端确认到哪一批",
                "inside: what was sent, and what was acknowledged",
            ),
            command: "inner-agent --config inner.toml status",
            shows: &["1/3"],
            says: &[],
        },
    ],
    fix: &[
        Step {
            purpose: Text::fixed("在空的状态目录里恢复备份", "restore the backup into an empty state folder"),
            command: "outer-agent --config outer.toml restore backup-outer \
                      && outer-agent --config outer.toml status",
            shows: &["FERRY-E0687"],
            says: &[],
        },
        Step {
            purpose: Text::fixed(
                "外网报告已收到哪一批；内网发现外网状态回退，补发备份之后的批次",
                "the outer side acknowledges what it has; the inner side detects the rollback and resends what came after",
            ),
            command: "outer-agent --config outer.toml reply && carry . --down && inner-agent --config inner.toml import",
            shows: &[],
            says: &["resent 2"],
        },
        Step {
            purpose: Text::fixed(
                "内网：全部重新确认前，该报警一直存在",
                "inside: the alarm stays until everything is acknowledged again",
            ),
            command: "inner-agent --config inner.toml status",
            shows: &["FERRY-E0685"],
            says: &[],
        },
        Step {
            purpose: Text::fixed("摆渡，重新发布", "carry, publish again"),
            command: "carry . --up && outer-agent --config outer.toml ingest",
            shows: &[],
            says: &["published 2 batches"],
        },
        Step {
            purpose: Text::fixed(
                "再回传一次：没有缺失批次，报警消除",
                "one more reply: no batch is missing, and the alarm is gone",
            ),
            command: "outer-agent --config outer.toml reply && carry . --down && inner-agent --config inner.toml import \
                      && outer-agent --config outer.toml gaps list && inner-agent --config inner.toml status --json \
                      | grep -o '\"alarms\":\\[]'",
            shows: &[r#""alarms":[]"#],
            says: &["resent 0", "no missing batches"],
        },
    ],
    avoid: Text::fixed(
        "不要恢复到留有旧状态的目录，也不要在外网守护进程运行时恢复；没有备份时用 inner-agent baseline（见 docs/recovery.md）。",
        "Do not restore over an old state or while the daemon runs; without a backup use `inner-agent baseline` \
             (docs/recovery.md).",
    ),
};

fn set_up(court: &Court) {
    let backup = court.path("backup-outer");
    assert!(court.try_agent("outer", &["backup", backup.to_str().unwrap()]).status.success());
    for day in [11, 12] {
        working_day(court, day);
        court.up();
        court.down();
    }
    std::fs::remove_dir_all(court.path("outer/state")).unwrap();
}
