//! An earlier run had a wrong clock: the present one looks behind.

use crate::drills::drill::{Drill, Step};
use ferry_format::text::Text;
use ferry_testkit::stage::Court;

pub const DRILL: Drill = Drill {
    name: "wrong-clock",
    what_happened: Text::fixed(
        "内网时钟曾快了八天，其间导出过一次，现已校正。此后的导出只发出撤回，新内容不再公开。",
        "The inner clock was eight days ahead while an export ran, and is right again. Since then exports carry retractions alone.",
    ),
    set_up,
    look: &[
        Step {
            purpose: Text::fixed("内网：时钟早于上次运行", "inside: the clock is below the last run"),
            command: "inner-agent --config inner.toml status; date",
            shows: &["FERRY-E0653"],
            says: &["nothing new is published"],
        },
        Step {
            purpose: Text::fixed("导出照常撤回，新内容等待", "an export still takes back; what is new waits"),
            command: "inner-agent --config inner.toml export",
            shows: &[],
            says: &["the clock is behind"],
        },
    ],
    fix: &[
        Step {
            purpose: Text::fixed(
                "与另一台时钟核对。现在的时间无误，确认；有误的先校时",
                "compare with another clock; accept the present time if it is right, or set it first",
            ),
            command: "inner-agent --config inner.toml clock accept --by 王芳 --reason 已与授时服务器核对",
            shows: &[],
            says: &["accepted"],
        },
        Step {
            purpose: Text::fixed("等待的内容随下次导出发出", "what waited leaves with the next export"),
            command: "inner-agent --config inner.toml export && carry . --up && outer-agent --config outer.toml ingest",
            shows: &[],
            says: &["published"],
        },
    ],
    avoid: Text::fixed(
        "不要删除 state/clock，也不要把时钟拨快来绕过：不予公开和代理期限都按日期判断。",
        "Do not delete state/clock, and do not set the clock ahead to get around it: withholding and authorities go by the date.",
    ),
};

const EIGHT_DAYS_S: i64 = 8 * 86_400;

fn set_up(court: &Court) {
    court.up();
    court.set_clock("inner", EIGHT_DAYS_S);
    court.agent("inner", "export");
    court.set_clock("inner", 0);
    court.carry("up");
    court.agent("outer", "ingest");
    let new =
        "INSERT INTO GG(GGBH, LB, BT, NR, FBRQ, GXSJ) VALUES ('XIN', '2', '公告', '内容', '2026-01-05', '2027-01-01')";
    court.platform().execute(new, []).unwrap();
}
