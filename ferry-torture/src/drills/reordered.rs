//! A batch that was overtaken.

use crate::drills::{Drill, INGEST, OUTER_GAPS, Step, Text, received, work};
use ferry_testkit::stage::Court;

pub const DRILL: Drill = Drill {
    name: "reordered",
    what_happened: Text {
        zh: "第 3 批先到并已发布，第 2 批刚刚才到。",
        en: "Batch 3 came first and is published; batch 2 has only just come.",
    },
    set_up,
    look: &[Step {
        say: Text { zh: "外网：第 2 批还算缺批", en: "outside: batch 2 still counts as missing" },
        command: OUTER_GAPS,
        shows: &["1/2  missing"],
    }],
    fix: &[Step {
        say: Text {
            zh: "晚到的照常发布，缺批随之消失",
            en: "what is late is published all the same, and the gap closes",
        },
        command: INGEST,
        shows: &["published 1 batches", "quarantined 0"],
    }],
    never: Text {
        zh: "不要按文件名或时间排队、扣留先到的批次：次序在签名里面。",
        en: "Do not hold files back to sort them by name or time: the order is inside the signature.",
    },
};

fn set_up(court: &Court) {
    work(court, 11);
    court.agent("inner", "export");
    court.carry("up");
    let late = court.path("late.ferry");
    std::fs::rename(received(court, "up", 2), &late).unwrap();
    work(court, 12);
    court.up();
    std::fs::rename(late, received(court, "up", 2)).unwrap();
}
