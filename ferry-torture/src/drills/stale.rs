//! The newest batch arrives after its time limit.

use crate::drills::drill::{Drill, INGEST, Step, working_day};
use ferry_format::text::Text;
use ferry_testkit::stage::Court;

pub const DRILL: Drill = Drill {
    name: "stale",
    what_happened: Text::fixed(
        "第 2 批在光闸滞留两小时才到，已超过时限（本院设 valid-hours = 1，默认 72），之后没有新批次。",
        "The data diode delayed batch 2 for two hours: it arrived after its time limit (this court has valid-hours = 1, \
             the default is 72), and nothing newer arrived.",
    ),
    set_up,
    look: &[
        Step {
            purpose: Text::fixed(
                "外网：该批次在等待，没有进隔离区，也不算缺失",
                "outside: it waits; it is not in quarantine and does not count as missing",
            ),
            command: INGEST,
            shows: &[],
            says: &["published 0 batches", "quarantined 0", "waiting 1"],
        },
        Step {
            purpose: Text::fixed(
                "状态中有一批等待；核对本机时钟",
                "the status counts it as waiting; check the clock of this machine",
            ),
            command: "outer-agent --config outer.toml status; date",
            shows: &[],
            says: &["waiting"],
        },
    ],
    fix: &[Step {
        purpose: Text::fixed(
            "时钟有误先校时；时钟无误则内网再导出一批：新批次的签名包含旧批次，两批一起发布",
            "correct a wrong clock first; if it is right, export again: the signed part of the new batch names the old \
                 one, and both are published",
        ),
        command: "inner-agent --config inner.toml export && carry . --up && outer-agent --config outer.toml ingest",
        shows: &[],
        says: &["published 2 batches", "waiting 0"],
    }],
    avoid: Text::fixed(
        "不要为了让旧批次通过而把外网时钟拨慢：时限用来防止扣住新批次、只送旧批次。",
        "Do not set the outer clock back to let it pass: the time limit prevents that new batches are held back and old \
             ones delivered.",
    ),
};

const TWO_HOURS_S: i64 = 2 * 3600;

fn set_up(court: &Court) {
    court.edit("inner.toml", "valid-hours = 72", "valid-hours = 1");
    working_day(court, 11);
    court.set_clock("inner", -TWO_HOURS_S);
    court.accept_clock("inner");
    court.agent("inner", "export");
    court.set_clock("inner", 0);
    court.carry("up");
}
