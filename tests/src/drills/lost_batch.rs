//! A batch that the gate lost.

use super::{ASK_AND_ANSWER, Drill, OUTER_GAPS, Step, Text, lose, work};
use crate::stage::Court;

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
        shows: &[r#""gaps":[2]"#],
    }],
    fix: &[ASK_AND_ANSWER],
    never: Text {
        zh: "不要手工改名或重做第 2 批：出箱里留着同样的字节。",
        en: "Do not rename a file or make batch 2 anew: the outbox has the same bytes.",
    },
};

fn set_up(court: &Court) {
    work(court, 11);
    court.agent("inner", "export");
    lose(court, "up", 2);
    work(court, 12);
    court.up();
}
