//! Two signed batches under one number.

use crate::drills::drill::{Drill, OUTER_STATUS, Step, received, working_day};
use ferry_format::text::Text;
use ferry_testkit::stage::Court;

pub const DRILL: Drill = Drill {
    name: "forked-number",
    what_happened: Text::fixed(
        "有人启动了内网机的旧快照，它也导出了一个第 2 批；两个不同的第 2 批都有法院的签名，都送到了外网。",
        "Somebody started an old image of the inner machine, and it exported another batch 2: two different batches \
             with number 2, both signed by the court, arrived outside.",
    ),
    set_up,
    look: &[
        Step {
            purpose: Text::fixed(
                "外网：通道已停用，不再发布",
                "outside: the channel is stopped, nothing is published any longer",
            ),
            command: "outer-agent --config outer.toml ingest; echo exit $?",
            shows: &["FERRY-E0675", "exit 65"],
            says: &[],
        },
        Step {
            purpose: Text::fixed(
                "状态中的报警；已公开内容不变",
                "the alarm in the status; published content is unchanged",
            ),
            command: OUTER_STATUS,
            shows: &["FERRY-E0675"],
            says: &[],
        },
        Step {
            purpose: Text::fixed("停在哪一批，证据在哪里", "at which batch it stopped, and where the evidence is"),
            command: "outer-agent --config outer.toml fork list && ls -l outer/state/evidence",
            shows: &["total"],
            says: &[],
        },
    ],
    fix: &[
        Step {
            purpose: Text::fixed(
                "停用光闸，报告安全审查人员，证据另存一份",
                "stop the data diode, report to the security reviewer, keep a copy of the evidence",
            ),
            command: "mkdir -p evidence && cp outer/state/evidence/* evidence/ && ls evidence",
            shows: &["up-1-00000002-first.txt"],
            says: &[],
        },
        Step {
            purpose: Text::fixed(
                "后到的一批确有法院签名，但不是这台内网机发出的：另有机器持有同一私钥",
                "the later one has the court's signature, but this inner machine never sent it: another machine \
                     holds the same key",
            ),
            command: "ferry verify --trust outer/trust.toml evidence/*.ferry \
                      && ! cmp channel/up/sent/up-1-00000002.ferry evidence/*.ferry",
            shows: &["differ"],
            says: &["ok: "],
        },
        Step {
            purpose: Text::fixed(
                "查明是旧快照并已关机后，由责任人恢复通道",
                "when the cause is known (the old image, now switched off), a named person resumes the channel",
            ),
            command: "outer-agent --config outer.toml fork resume --by 李强 --reason 旧快照误启动，已关机",
            shows: &[],
            says: &["the channel continues"],
        },
        Step {
            purpose: Text::fixed(
                "目录中等待的第 3 批随即发布",
                "batch 3, which was waiting in the folder, is published",
            ),
            command: "outer-agent --config outer.toml ingest && outer-agent --config outer.toml fork list",
            shows: &["李强"],
            says: &["published 1 batches"],
        },
    ],
    avoid: Text::fixed(
        "原因查明前不要恢复；不要删除证据，也不要自行选定哪个第 2 批有效。",
        "Do not resume before the cause is known; do not delete the evidence or choose one of the two batches yourself.",
    ),
};

fn set_up(court: &Court) {
    let copy = |from: &str, to: &str| {
        let done = std::process::Command::new("cp").arg("-a").arg(court.path(from)).arg(court.path(to)).status();
        assert!(done.unwrap().success());
    };
    working_day(court, 11);
    copy("inner/state", "image");
    court.agent("inner", "export");
    let of_image = court.path("of-image.ferry");
    std::fs::rename(court.path("channel/up/sent/up-1-00000002.ferry"), &of_image).unwrap();
    // The machine itself knows nothing of what its image did.
    std::fs::remove_dir_all(court.path("inner/state")).unwrap();
    std::fs::rename(court.path("image"), court.path("inner/state")).unwrap();
    court.up();
    std::fs::rename(of_image, received(court, "up", 2)).unwrap();
    working_day(court, 12);
    court.agent("inner", "export");
    court.carry("up");
    assert!(!court.try_agent("outer", &["ingest"]).status.success());
}
