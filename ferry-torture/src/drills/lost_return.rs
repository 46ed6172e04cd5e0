//! A return batch lost on the way.

use crate::drills::drill::{Drill, INNER_GAPS, Step, lose};
use ferry_format::text::Text;
use ferry_testkit::stage::Court;

pub const DRILL: Drill = Drill {
    name: "lost-return",
    what_happened: Text::fixed(
        "昨天的回传批次在传输中丢失，今天的已到。",
        "Yesterday's return batch was lost on the way; today's arrived.",
    ),
    set_up,
    look: &[Step {
        purpose: Text::fixed("内网：回传通道缺失第 2 批", "inside: batch 2 of the return channel is missing"),
        command: INNER_GAPS,
        shows: &["1/2"],
        says: &[],
    }],
    fix: &[
        Step {
            purpose: Text::fixed(
                "下一个导出批次会请求补发；外网发布时自动补发",
                "the next export requests it; the outer side resends it when it publishes",
            ),
            command: "inner-agent --config inner.toml export && carry . --up && outer-agent --config outer.toml ingest",
            shows: &[],
            says: &["resent 1"],
        },
        Step {
            purpose: Text::fixed("摆渡回来，导入", "carry it back and import"),
            command: "carry . --down && inner-agent --config inner.toml import",
            shows: &[],
            says: &["carried 1 files"],
        },
    ],
    avoid: Text::fixed(
        "不要删除外网的待回传内容：内网确认前会一直保留。",
        "Do not delete what waits outside: it is kept until the inner side acknowledges it.",
    ),
};

fn set_up(court: &Court) {
    court.agent("outer", "reply");
    lose(court, "down", 2);
    court.down();
}
