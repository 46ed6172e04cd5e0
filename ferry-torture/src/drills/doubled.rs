//! A batch that came twice.

use crate::drills::{Drill, INGEST, Step, Text, received, work};
use ferry_testkit::stage::Court;

pub const DRILL: Drill = Drill {
    name: "doubled",
    what_happened: Text {
        zh: "光闸重启后把第 2 批又送了一次，还换了文件名。",
        en: "After a restart the gate brought batch 2 once more, under another name.",
    },
    set_up,
    look: &[Step {
        say: Text {
            zh: "外网：没有缺批，也没有隔离", en: "outside: nothing is missing, nothing in quarantine"
        },
        command: "outer-agent --config outer.toml gaps list && outer-agent --config outer.toml quarantine list",
        shows: &["no gaps", "nothing is in quarantine"],
    }],
    fix: &[Step {
        say: Text { zh: "收过的只记一笔，不会重复发布", en: "what was met before is noted and dropped" },
        command: INGEST,
        shows: &["published 0 batches", "quarantined 0, known 1"],
    }],
    never: Text {
        zh: "不要清空状态目录“重新来过”。", en: "Do not empty the state folder to start afresh."
    },
};

fn set_up(court: &Court) {
    work(court, 11);
    court.agent("inner", "export");
    court.carry("up");
    let again = court.path("again");
    std::fs::copy(received(court, "up", 2), &again).unwrap();
    court.agent("outer", "ingest");
    std::fs::rename(again, court.path("channel/up/received/copy (2).ferry")).unwrap();
}
