//! A return batch that was lost.

use crate::drills::{Drill, INNER_GAPS, Step, Text, lose};
use ferry_testkit::stage::Court;

pub const DRILL: Drill = Drill {
    name: "lost-return",
    what_happened: Text {
        zh: "昨天的回传批次在路上丢了，今天的到了。",
        en: "Yesterday's return batch was lost on the way; today's came.",
    },
    set_up,
    look: &[Step {
        say: Text { zh: "内网：回传通道缺第 2 批", en: "inside: batch 2 of the way back is missing" },
        command: INNER_GAPS,
        shows: &["1/2  missing"],
    }],
    fix: &[
        Step {
            say: Text {
                zh: "下一个导出批次会要求补发；外网发布时自动补发",
                en: "the next export asks for it; the outer side answers when it publishes",
            },
            command: "inner-agent --config inner.toml export && carry . --up && outer-agent --config outer.toml ingest",
            shows: &["resent 1"],
        },
        Step {
            say: Text { zh: "摆渡回来，导入", en: "carry it back and import" },
            command: "carry . --down && inner-agent --config inner.toml import",
            shows: &["carried 1 files"],
        },
    ],
    never: Text {
        zh: "不要删除外网的待回传内容：内网确认之前一直留着。",
        en: "Do not delete what waits outside: it is kept until the inner side confirms it.",
    },
};

fn set_up(court: &Court) {
    court.agent("outer", "reply");
    lose(court, "down", 2);
    court.down();
}
