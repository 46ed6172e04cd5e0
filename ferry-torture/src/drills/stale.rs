//! The newest batch came when its time was over.

use crate::drills::{Drill, INGEST, Step, Text, work};
use ferry_testkit::stage::Court;

pub const DRILL: Drill = Drill {
    name: "stale",
    what_happened: Text {
        zh: "第 2 批在光闸里滞留了两小时才到，已过时限（这个法院设 valid-hours = 1，默认 72），后面还没有别的批次。",
        en: "The gate held batch 2 for two hours: it came after its time (this court has valid-hours = 1, the default is \
             72), and nothing newer came.",
    },
    set_up,
    look: &[
        Step {
            say: Text {
                zh: "外网：它在等，没有进隔离区，也不算缺批",
                en: "outside: it waits; it is not in quarantine, nor does it count as missing",
            },
            command: INGEST,
            shows: &["published 0 batches", "quarantined 0", "waiting 1"],
        },
        Step {
            say: Text {
                zh: "状态里有一批在等待；这台机器的时钟对不对",
                en: "the status counts it as waiting; is this clock right",
            },
            command: "outer-agent --config outer.toml status; date",
            shows: &["waiting"],
        },
    ],
    fix: &[Step {
        say: Text {
            zh: "时钟不对就先校时；时钟没错：内网再导出一批，新批次在签名里认下旧批次，两批一起发布",
            en: "a wrong clock is set right first; where it is right: export once more, the new batch names the old one \
                 in what it signs, and both are published",
        },
        command: "inner-agent --config inner.toml export && carry . --up && outer-agent --config outer.toml ingest",
        shows: &["published 2 batches", "waiting 0"],
    }],
    never: Text {
        zh: "不要为了让旧批次通过而把外网时钟拨慢：时限防的就是有人扣住新批次、只送旧的。",
        en: "Do not set the outer clock back to let it pass: the time limit is there against one who keeps new batches \
             back and brings old ones.",
    },
};

const TWO_HOURS_S: i64 = 2 * 3600;

fn set_up(court: &Court) {
    court.edit("inner.toml", "valid-hours = 72", "valid-hours = 1");
    work(court, 11);
    court.set_clock("inner", -TWO_HOURS_S);
    court.agent("inner", "export");
    court.set_clock("inner", 0);
    court.carry("up");
}
