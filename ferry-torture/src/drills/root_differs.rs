//! The outer side's records differ from the court's.

use crate::drills::drill::{Drill, OUTER_STATUS, Step};
use ferry_format::text::Text;
use ferry_testkit::stage::Court;

pub const DRILL: Drill = Drill {
    name: "root-differs",
    what_happened: Text::fixed(
        "外网数据库被改动：少了一条记录，之后的批次发现两侧状态根不一致。",
        "Somebody changed the outer database: a record is gone, and the next batch shows that the state roots differ.",
    ),
    set_up,
    look: &[Step {
        purpose: Text::fixed("外网：状态根与内网不一致", "outside: the root differs from the sender's"),
        command: OUTER_STATUS,
        shows: &[],
        says: &["differs", "FERRY-E0696"],
    }],
    fix: &[
        Step {
            purpose: Text::fixed("先留一份证据", "keep a copy as evidence first"),
            command: "mkdir -p evidence && cp outer/state/outer.db* evidence/ && ls evidence",
            shows: &["outer.db"],
            says: &[],
        },
        Step {
            purpose: Text::fixed(
                "第一个来回：外网报告各分组摘要，内网请求清单",
                "first round: digests arrive, lists are requested",
            ),
            command: ROUND,
            shows: &[],
            says: &["lists of 1 buckets"],
        },
        Step {
            purpose: Text::fixed(
                "第二个来回：清单已到，只补发不一致的记录",
                "second round: the lists arrive, and what differs is sent",
            ),
            command: ROUND,
            shows: &[],
            says: &["published 1 batches"],
        },
    ],
    avoid: Text::fixed(
        "不要手工修改数据库：无法查明修改人，也不会记入审计。",
        "Do not repair the database by hand: it would not be known who did it, and the audit would not have it.",
    ),
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
