//! A copy that broke off.

use crate::drills::{Drill, OUTER_GAPS, OUTER_QUARANTINE, Step, Text, received, work};
use ferry_testkit::stage::Court;
use std::fs::File;

pub const DRILL: Drill = Drill {
    name: "torn-batch",
    what_happened: Text {
        zh: "第 2 批只复制了一半，第 3 批是好的。",
        en: "Only half of batch 2 was copied; batch 3 is good.",
    },
    set_up,
    look: &[
        Step {
            say: Text { zh: "外网：半个文件在隔离区", en: "outside: the half file is in quarantine" },
            command: OUTER_QUARANTINE,
            shows: &["FERRY-E0103"],
        },
        Step {
            say: Text { zh: "所以缺第 2 批", en: "and so batch 2 is missing" },
            command: OUTER_GAPS,
            shows: &["1/2  missing"],
        },
    ],
    fix: &[Step {
        say: Text {
            zh: "不等定时任务：外网回传（带补发请求），摆渡，内网导入并自动补发，再摆渡，再发布",
            en: "not waiting for the schedules: reply with the request, carry, import and resend, carry, publish",
        },
        command: "outer-agent --config outer.toml reply && carry . --down && inner-agent --config inner.toml import \
                  && carry . --up && outer-agent --config outer.toml ingest",
        shows: &["published 1 batches"],
    }],
    never: Text { zh: "不要为了让它通过而改动文件。", en: "Do not edit the file to make it pass." },
};

fn set_up(court: &Court) {
    work(court, 11);
    court.agent("inner", "export");
    court.carry("up");
    let torn = File::options().write(true).open(received(court, "up", 2)).unwrap();
    torn.set_len(torn.metadata().unwrap().len() / 2).unwrap();
    work(court, 12);
    court.up();
}
