//! A batch that the gate lost.

use crate::drills::{Drill, OUTER_GAPS, Step, Text, lose, work};
use ferry_testkit::stage::Court;

pub const DRILL: Drill = Drill {
    name: "lost-batch",
    what_happened: Text {
        zh: "昨夜的第 2 批在路上丢了，第 3 批到了。",
        en: "Last night's batch 2 was lost on the way; batch 3 came.",
    },
    set_up,
    look: &[Step {
        say: Text { zh: "外网：缺哪一批", en: "outside: which batch is missing" },
        command: OUTER_GAPS,
        shows: &["1/2  missing"],
    }],
    fix: &[Step {
        say: Text {
            zh: "不必做什么：下一次回传会要求补发。要快：打电话告诉内网批号，内网补发出箱里的同样字节",
            en: "nothing need be done: the next reply asks for it. To be quick: tell the inner side the number by \
                 telephone, and it sends the same bytes again",
        },
        command: "inner-agent --config inner.toml resend 2 && carry . --up && outer-agent --config outer.toml ingest \
                  && outer-agent --config outer.toml gaps list",
        shows: &["sent again: 1/2", "published 1 batches", "no gaps"],
    }],
    never: Text {
        zh: "不要手工改名或重做第 2 批；只要还能补发，就不要用 gaps accept。",
        en: "Do not rename a file or make batch 2 anew; no `gaps accept` while it can be sent again.",
    },
};

fn set_up(court: &Court) {
    work(court, 11);
    court.agent("inner", "export");
    lose(court, "up", 2);
    work(court, 12);
    court.up();
}
