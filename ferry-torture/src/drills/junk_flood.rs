//! Thousands of files that begin like batches.

use crate::drills::drill::{Drill, Step, working_day};
use ferry_format::text::Text;
use ferry_testkit::stage::Court;

pub const DRILL: Drill = Drill {
    name: "junk-flood",
    what_happened: Text::fixed(
        "接收目录被塞满几千个只有开头的假批次。",
        "The received folder was filled with thousands of files that only begin like batches.",
    ),
    set_up,
    look: &[Step {
        purpose: Text::fixed(
            "真批次在同一轮已入库；假文件进入隔离区，满后逐轮清除",
            "the true batch was published in the same pass; the others fill quarantine, and are removed pass by pass",
        ),
        command: "outer-agent --config outer.toml status",
        shows: &["256", "junk-"],
        says: &[],
    }],
    fix: &[
        Step {
            purpose: Text::fixed("查明来源后，清除假文件", "find out where they come from, then remove them"),
            command: "find channel/up/received -name 'junk-*' -delete && outer-agent --config outer.toml ingest",
            shows: &[],
            says: &[],
        },
        Step {
            purpose: Text::fixed("不再有等待的文件", "nothing waits any more"),
            command: "outer-agent --config outer.toml status",
            shows: &[],
            says: &[],
        },
    ],
    avoid: Text::fixed(
        "不要停用通道，也不要清空整个接收目录：其中可能有真批次。",
        "Do not stop the channel, and do not empty the whole folder: true batches may lie in it.",
    ),
};

fn set_up(court: &Court) {
    working_day(court, 11);
    court.agent("inner", "export");
    let batch = court.files("channel/up/sent").pop().expect("it was made");
    let front = &std::fs::read(batch).unwrap()[..32];
    for n in 0..5000 {
        std::fs::write(court.path(&format!("channel/up/received/junk-{n}")), front).unwrap();
    }
    court.carry("up");
    court.agent("outer", "ingest");
}
