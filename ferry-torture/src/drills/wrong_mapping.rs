//! One wrong word in the mapping: the records of a kind are no longer found.

use crate::drills::drill::{Drill, Step};
use ferry_format::text::Text;
use ferry_testkit::stage::Court;

pub const DRILL: Drill = Drill {
    name: "wrong-mapping",
    what_happened: Text::fixed(
        "内网配置被改错一个字：执行措施一类的记录全部不再符合条件。导出没有撤回，等待人工确认。",
        "One word of the inner configuration was changed: no measure meets its condition any more. The export retracted none of \
         them, and waits for a person.",
    ),
    set_up,
    look: &[
        Step {
            purpose: Text::fixed("内网：有撤回待确认", "inside: retractions wait for a decision"),
            command: "inner-agent --config inner.toml status",
            shows: &["FERRY-E0645", "retractions list"],
            says: &["stay published"],
        },
        Step {
            purpose: Text::fixed("是哪些记录，从何时起", "which records, and since when"),
            command: "inner-agent --config inner.toml retractions list | head -3",
            shows: &["measure"],
            says: &["retractions wait"],
        },
        Step {
            purpose: Text::fixed("映射读到多少行，多少符合条件", "how many rows the mapping reads, and how many match"),
            command: "inner-agent --config inner.toml check-config | grep -A6 '^measure '",
            shows: &[],
            says: &["0 of "],
        },
    ],
    fix: &[
        Step {
            purpose: Text::fixed(
                "改正映射。确应撤回的，才用 `retractions release 摘要`",
                "mend the mapping; only what is really to go is let go, by `retractions release DIGEST`",
            ),
            command: "sed -i 's/is = \\[\"I\"\\]/is = [\"1\"]/' inner.toml && inner-agent --config inner.toml export",
            shows: &[],
            says: &["0 retracted"],
        },
        Step {
            purpose: Text::fixed("没有待办事项", "nothing is left to do"),
            command: "inner-agent --config inner.toml retractions list",
            shows: &[],
            says: &["no retraction waits"],
        },
    ],
    avoid: Text::fixed(
        "不要为了消除报警而确认撤回：记录会从门户消失，并通知当事人。",
        "Do not release the list to silence the alarm: the records would leave the portal, and the parties would be told.",
    ),
};

fn set_up(court: &Court) {
    court.up();
    court.edit(
        "inner.toml",
        "is = [\"1\"] }\n[source.kinds.measure.fields]",
        "is = [\"I\"] }\n[source.kinds.measure.fields]",
    );
    court.up();
}
