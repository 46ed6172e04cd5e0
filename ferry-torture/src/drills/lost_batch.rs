//! A batch lost on the way.

use crate::drills::drill::{Drill, OUTER_GAPS, Step, lose, working_day};
use ferry_format::text::Text;
use ferry_testkit::stage::Court;

pub const DRILL: Drill = Drill {
    name: "lost-batch",
    what_happened: Text::fixed(
        "昨夜的第 2 批在传输中丢失，第 3 批已到。",
        "Last night's batch 2 was lost on the way; batch 3 arrived.",
    ),
    set_up,
    look: &[Step {
        purpose: Text::fixed("外网：缺哪一批", "outside: which batch is missing"),
        command: OUTER_GAPS,
        shows: &["1/2"],
        says: &[],
    }],
    fix: &[Step {
        purpose: Text::fixed(
            "无需处理：下一次回传会自动请求补发。急用时：电话告知内网批次编号，由内网从发件箱原样补发",
            "nothing has to be done: the next reply requests it. To be faster: tell the inner side the number by \
                 telephone, and it resends the same bytes",
        ),
        command: "inner-agent --config inner.toml resend 2 && carry . --up && outer-agent --config outer.toml ingest \
                  && outer-agent --config outer.toml gaps list",
        shows: &[],
        says: &["sent again: 1/2", "published 1 batches", "no missing batches"],
    }],
    avoid: Text::fixed(
        "不要手工改名或重新生成第 2 批；仍可补发时不要使用 gaps accept。",
        "Do not rename a file or make batch 2 again; do not use `gaps accept` while it can be resent.",
    ),
};

fn set_up(court: &Court) {
    working_day(court, 11);
    court.agent("inner", "export");
    lose(court, "up", 2);
    working_day(court, 12);
    court.up();
}
