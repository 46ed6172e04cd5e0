//! The outer side holds something else than the court.

use crate::drills::{Drill, OUTER_STATUS, Step, Text};
use ferry_testkit::stage::Court;

pub const DRILL: Drill = Drill {
    name: "root-differs",
    what_happened: Text {
        zh: "外网数据库被人动过：少了一条记录，之后的批次发现两侧状态根不同。",
        en: "Somebody touched the outer database: a record is gone, and the next batch shows that the roots differ.",
    },
    set_up,
    look: &[Step {
        say: Text { zh: "外网：状态根与内网不一致", en: "outside: the root differs from the sender's" },
        command: OUTER_STATUS,
        shows: &["differs"],
    }],
    fix: &[
        Step {
            say: Text { zh: "先留一份证据", en: "first keep a copy as evidence" },
            command: "mkdir -p evidence && cp outer/state/outer.db* evidence/ && ls evidence",
            shows: &["outer.db"],
        },
        Step {
            say: Text {
                zh: "第一个来回：外网报告各桶摘要，内网要求清单",
                en: "first crossing: digests come, lists are asked for",
            },
            command: ROUND,
            shows: &["lists of 1 buckets"],
        },
        Step {
            say: Text {
                zh: "第二个来回：清单到了，只补发不一致的",
                en: "second crossing: the lists came, what differs is sent",
            },
            command: ROUND,
            shows: &["published 1 batches"],
        },
    ],
    never: Text {
        zh: "不要手工补数据库：说不清是谁改的，也不会记入审计。",
        en: "Do not mend the database by hand: nobody could tell who did it, and no audit has it.",
    },
};
const ROUND: &str = "outer-agent --config outer.toml reply && carry . --down && inner-agent --config inner.toml import \
                     && inner-agent --config inner.toml reconcile && carry . --up && outer-agent --config outer.toml ingest";

fn set_up(court: &Court) {
    let outer = court.database("outer/state/outer.db");
    let one = "DELETE FROM record WHERE kind = 'measure'
               AND id = (SELECT min(id) FROM record WHERE kind = 'measure' AND retracted = 0)";
    assert_eq!(outer.execute(one, []).unwrap(), 1);
    outer.execute("DELETE FROM ferry_state_root", []).unwrap();
    drop(outer);
    court.up();
}
