//! The outbox lost a batch that had not arrived.

use crate::drills::drill::{Drill, Step, working_day};
use ferry_format::text::Text;
use ferry_testkit::stage::Court;

pub const DRILL: Drill = Drill {
    name: "lost-outbox",
    what_happened: Text::fixed(
        "内网发件箱中第 2 批的文件被误删，该批也没有送达外网。",
        "The file of batch 2 was deleted from the inner outbox, and the batch never arrived outside.",
    ),
    set_up,
    look: &[
        Step {
            purpose: Text::fixed("内网：哪一批丢失", "inside: which batch is lost"),
            command: "inner-agent --config inner.toml status",
            shows: &["FERRY-E0667", "up 2"],
            says: &[],
        },
        Step {
            purpose: Text::fixed("外网：缺哪一批", "outside: which batch is missing"),
            command: "outer-agent --config outer.toml gaps list",
            shows: &["1/2"],
            says: &[],
        },
    ],
    fix: &[
        Step {
            purpose: Text::fixed(
                "没有备份时，由外网认可缺失",
                "where no backup has the file, the outer side accepts the gap",
            ),
            command: "outer-agent --config outer.toml gaps accept 2 --by 王芳 --reason 发件箱误删",
            shows: &[],
            says: &["gaps accepted"],
        },
        Step {
            purpose: Text::fixed("回传后，内网重新采集其内容", "with the next reply its content is collected again"),
            command: "outer-agent --config outer.toml reply && carry . --down && inner-agent --config inner.toml import && inner-agent --config inner.toml export && carry . --up && outer-agent --config outer.toml ingest",
            shows: &[],
            says: &["published"],
        },
    ],
    avoid: Text::fixed(
        "不要自行编造同名文件；仍有保存的编号不要认可。",
        "Do not write a file of that name yourself, and do not accept numbers that are still kept.",
    ),
};

fn set_up(court: &Court) {
    working_day(court, 11);
    court.agent("inner", "export");
    for folder in ["channel/up/sent", "inner/state/outbox"] {
        let lost = court.files(folder).into_iter().find(|file| file.ends_with("up-1-00000002.ferry"));
        std::fs::remove_file(lost.expect("batch 2 was made")).unwrap();
    }
    working_day(court, 12);
    court.up();
}
