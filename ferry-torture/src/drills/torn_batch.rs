//! A copy that was interrupted.

use crate::drills::drill::{Drill, OUTER_GAPS, OUTER_QUARANTINE, Step, received, working_day};
use ferry_format::text::Text;
use ferry_testkit::stage::Court;
use std::fs::File;

pub const DRILL: Drill = Drill {
    name: "torn-batch",
    what_happened: Text::fixed(
        "第 2 批只传了一半，第 3 批完整。",
        "Only half of batch 2 was copied; batch 3 is complete.",
    ),
    set_up,
    look: &[
        Step {
            purpose: Text::fixed("外网：不完整的文件在隔离区", "outside: the incomplete file is in quarantine"),
            command: OUTER_QUARANTINE,
            shows: &["FERRY-E0103"],
            says: &[],
        },
        Step {
            purpose: Text::fixed("因此缺失第 2 批", "therefore batch 2 is missing"),
            command: OUTER_GAPS,
            shows: &["1/2"],
            says: &[],
        },
    ],
    fix: &[Step {
        purpose: Text::fixed(
            "不等定时任务：外网回传（含补发请求），摆渡，内网导入并自动补发，再摆渡、发布",
            "without waiting for the schedules: reply with the request, carry, import and resend, carry, publish",
        ),
        command: "outer-agent --config outer.toml reply && carry . --down && inner-agent --config inner.toml import \
                  && carry . --up && outer-agent --config outer.toml ingest",
        shows: &[],
        says: &["published 1 batches"],
    }],
    avoid: Text::fixed("不要为了让它通过而改动文件。", "Do not edit the file to make it pass."),
};

fn set_up(court: &Court) {
    working_day(court, 11);
    court.agent("inner", "export");
    court.carry("up");
    let torn = File::options().write(true).open(received(court, "up", 2)).unwrap();
    torn.set_len(torn.metadata().unwrap().len() / 2).unwrap();
    working_day(court, 12);
    court.up();
}
