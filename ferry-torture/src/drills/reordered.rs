//! A batch that arrives after a later one.

use crate::drills::drill::{Drill, INGEST, OUTER_GAPS, Step, received, working_day};
use ferry_format::text::Text;
use ferry_testkit::stage::Court;

pub const DRILL: Drill = Drill {
    name: "reordered",
    what_happened: Text::fixed(
        "第 3 批先到并已发布，第 2 批刚到。",
        "Batch 3 arrived first and is published; batch 2 has only just arrived.",
    ),
    set_up,
    look: &[Step {
        purpose: Text::fixed("外网：第 2 批仍列为缺失", "outside: batch 2 still counts as missing"),
        command: OUTER_GAPS,
        shows: &["1/2"],
        says: &[],
    }],
    fix: &[Step {
        purpose: Text::fixed("晚到的批次照常发布，不再缺失", "the late batch is published as well, and the gap closes"),
        command: INGEST,
        shows: &[],
        says: &["published 1 batches", "quarantined 0"],
    }],
    avoid: Text::fixed(
        "不要按文件名或时间排序、扣留先到的批次：次序由签名内容决定。",
        "Do not hold files back to sort them by name or time: the order is part of what is signed.",
    ),
};

fn set_up(court: &Court) {
    working_day(court, 11);
    court.agent("inner", "export");
    court.carry("up");
    let late = court.path("late.ferry");
    std::fs::rename(received(court, "up", 2), &late).unwrap();
    working_day(court, 12);
    court.up();
    std::fs::rename(late, received(court, "up", 2)).unwrap();
}
