//! A batch that arrives twice.

use crate::drills::drill::{Drill, INGEST, Step, received, working_day};
use ferry_format::text::Text;
use ferry_testkit::stage::Court;

pub const DRILL: Drill = Drill {
    name: "doubled",
    what_happened: Text::fixed(
        "光闸重启后把第 2 批又送了一次，还换了文件名。",
        "After a restart the data diode delivered batch 2 again, under another name.",
    ),
    set_up,
    look: &[Step {
        purpose: Text::fixed("外网：没有缺失批次，隔离区为空", "outside: no batch is missing, the quarantine is empty"),
        command: "outer-agent --config outer.toml gaps list && outer-agent --config outer.toml quarantine list",
        shows: &[],
        says: &["no missing batches", "quarantine is empty"],
    }],
    fix: &[Step {
        purpose: Text::fixed(
            "已收过的批次只作记录，不会重复发布",
            "a batch that was received before is recorded and not published again",
        ),
        command: INGEST,
        shows: &[],
        says: &["published 0 batches", "quarantined 0"],
    }],
    avoid: Text::fixed("不要清空状态目录重新开始。", "Do not empty the state folder to start again."),
};

fn set_up(court: &Court) {
    working_day(court, 11);
    court.agent("inner", "export");
    court.carry("up");
    let again = court.path("again");
    std::fs::copy(received(court, "up", 2), &again).unwrap();
    court.agent("outer", "ingest");
    std::fs::rename(again, court.path("channel/up/received/copy (2).ferry")).unwrap();
}
