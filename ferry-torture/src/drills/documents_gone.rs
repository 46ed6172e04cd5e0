//! Published documents are gone from the outer disk.

use crate::drills::drill::{Drill, Step};
use ferry_format::text::Text;
use ferry_testkit::stage::Court;

pub const DRILL: Drill = Drill {
    name: "documents-gone",
    what_happened: Text::fixed(
        "外网文书目录中的文件丢失，访问者打不开文书。",
        "Files are gone from the store of documents outside, so that visitors cannot open them.",
    ),
    set_up,
    look: &[Step {
        purpose: Text::fixed("外网：滚动核对已发现", "outside: the rolling check has found it"),
        command: "outer-agent --config outer.toml status",
        shows: &["FERRY-E0663"],
        says: &[],
    }],
    fix: &[
        Step {
            purpose: Text::fixed(
                "没有备份时，由内网重新发送全部文书",
                "where no backup has them, the inner side sends all of them again",
            ),
            command: "inner-agent --config inner.toml baseline && carry . --up && outer-agent --config outer.toml ingest",
            shows: &[],
            says: &["published"],
        },
        Step {
            purpose: Text::fixed("下一轮核对后报警解除", "after the next look the alarm is over"),
            command: "outer-agent --config outer.toml ingest && outer-agent --config outer.toml status",
            shows: &[],
            says: &[],
        },
    ],
    avoid: Text::fixed(
        "不要手工删除数据行，也不要用其他文件顶替。",
        "Do not delete rows by hand, and do not put other files in their place.",
    ),
};

fn set_up(court: &Court) {
    for entry in std::fs::read_dir(court.path("outer/state/documents")).unwrap().flatten() {
        if !entry.file_name().to_string_lossy().starts_with('.') {
            std::fs::remove_dir_all(entry.path()).unwrap();
        }
    }
    court.agent("outer", "ingest");
}
