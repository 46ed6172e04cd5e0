//! The outer machine burnt.

use crate::drills::{Drill, Step, Text, work};
use ferry_testkit::stage::Court;

pub const DRILL: Drill = Drill {
    name: "lost-outer",
    what_happened: Text {
        zh: "外网机烧毁。备份是前天的，之后又发布了两批；密钥另行保管，都在。",
        en: "The outer machine burnt. Its backup is two days old, and two batches were published since; its keys were \
             kept elsewhere and are safe.",
    },
    set_up,
    look: &[
        Step {
            say: Text {
                zh: "外网：新机器上什么也没有，只有备份",
                en: "outside: the new machine has nothing but the backup",
            },
            command: "ls outer backup-outer",
            shows: &["MANIFEST"],
        },
        Step {
            say: Text {
                zh: "内网：已发出多少批，对方确认到哪里",
                en: "inside: what was sent, and how far it was confirmed",
            },
            command: "inner-agent --config inner.toml status",
            shows: &["1/3"],
        },
    ],
    fix: &[
        Step {
            say: Text {
                zh: "在空的状态目录里恢复备份", en: "restore the backup into an empty state folder"
            },
            command: "outer-agent --config outer.toml restore backup-outer \
                      && outer-agent --config outer.toml status",
            shows: &["FERRY-E0687"],
        },
        Step {
            say: Text {
                zh: "外网说出自己到哪一批；内网发现它退回了，补发备份之后的批次",
                en: "the outer side says how far it is; the inner side sees that it fell back and sends what came after",
            },
            command: "outer-agent --config outer.toml reply && carry . --down && inner-agent --config inner.toml import",
            shows: &["resent 2"],
        },
        Step {
            say: Text {
                zh: "内网：全部重新确认之前，这个告警一直在",
                en: "inside: the alarm stays until all of it is confirmed",
            },
            command: "inner-agent --config inner.toml status",
            shows: &["FERRY-E0685"],
        },
        Step {
            say: Text { zh: "摆渡，重新发布", en: "carry, publish again" },
            command: "carry . --up && outer-agent --config outer.toml ingest",
            shows: &["published 2 batches"],
        },
        Step {
            say: Text {
                zh: "再回传一次，不缺批，告警消失",
                en: "one more reply: nothing is missing, and the alarm is gone",
            },
            command: "outer-agent --config outer.toml reply && carry . --down && inner-agent --config inner.toml import \
                      && outer-agent --config outer.toml gaps list && inner-agent --config inner.toml status --json \
                      | grep -o '\"alarms\":\\[]'",
            shows: &["resent 0", "no gaps", r#""alarms":[]"#],
        },
    ],
    never: Text {
        zh: "不要恢复到还有旧状态的目录，也不要在外网守护进程运行时恢复；没有备份时用 inner-agent baseline（docs/recovery.md）。",
        en: "Do not restore over an old state or under a running daemon; without a backup it is `inner-agent baseline` \
             (docs/recovery.md).",
    },
};

fn set_up(court: &Court) {
    let backup = court.path("backup-outer");
    assert!(court.try_agent("outer", &["backup", backup.to_str().unwrap()]).status.success());
    for day in [11, 12] {
        work(court, day);
        court.up();
        court.down();
    }
    std::fs::remove_dir_all(court.path("outer/state")).unwrap();
}
