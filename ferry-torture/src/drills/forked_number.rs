//! Two signed batches under one number.

use crate::drills::{Drill, OUTER_STATUS, Step, Text, received, work};
use ferry_testkit::stage::Court;

pub const DRILL: Drill = Drill {
    name: "forked-number",
    what_happened: Text {
        zh: "有人启动了内网机的旧快照，它也导出了一个第 2 批；两个不同的第 2 批都有法院的签名，都送到了外网。",
        en: "Somebody started an old image of the inner machine, and it exported a batch 2 of its own: two different \
             batches 2, both signed by the court, came outside.",
    },
    set_up,
    look: &[
        Step {
            say: Text {
                zh: "外网：通道已停，什么也不再发布",
                en: "outside: the channel is stopped, nothing more is published",
            },
            command: "outer-agent --config outer.toml ingest; echo exit $?",
            shows: &["FERRY-E0675", "exit 65"],
        },
        Step {
            say: Text {
                zh: "状态里的告警，公开内容不变",
                en: "the alarm stands in the status; what is public stays as it was",
            },
            command: OUTER_STATUS,
            shows: &["FERRY-E0675"],
        },
        Step {
            say: Text {
                zh: "停在哪一号，证据在哪里", en: "at which number it stopped, and where the evidence is"
            },
            command: "outer-agent --config outer.toml stopped list && ls -l outer/state/evidence",
            shows: &["total"],
        },
    ],
    fix: &[
        Step {
            say: Text {
                zh: "停止光闸，报告安全审查人员，证据另存一份",
                en: "stop the gate, tell the security reviewer, keep a copy of the evidence",
            },
            command: "mkdir -p evidence && cp outer/state/evidence/* evidence/ && ls evidence",
            shows: &["up-1-00000002-first.txt"],
        },
        Step {
            say: Text {
                zh: "后到的那一个确有法院的签名，却不是这台内网机发的：另有一台机器拿着同一把钥匙",
                en: "the one that came later does bear the court's signature, yet this inner machine never sent it: \
                     another machine holds the same key",
            },
            command: "ferry verify --trust outer/trust.toml evidence/*.ferry \
                      && ! cmp channel/up/sent/up-1-00000002.ferry evidence/*.ferry",
            shows: &["ok: ", "differ"],
        },
        Step {
            say: Text {
                zh: "查明是旧快照并已关机后，由具名的人恢复通道",
                en: "once it is known to be the old image, and that is switched off, a named person lets it go on",
            },
            command: "outer-agent --config outer.toml stopped resume --by 李强 --reason 旧快照误启动，已关机",
            shows: &["the channel goes on"],
        },
        Step {
            say: Text {
                zh: "等在目录里的第 3 批随即发布", en: "batch 3, which waited in the folder, is published"
            },
            command: "outer-agent --config outer.toml ingest && outer-agent --config outer.toml stopped list",
            shows: &["published 1 batches", "李强"],
        },
    ],
    never: Text {
        zh: "原因不明之前不要恢复；不要删除证据，也不要自己挑一个“对的”第 2 批。",
        en: "Do not resume before the cause is known; do not delete the evidence, nor choose the right batch 2 yourself.",
    },
};

fn set_up(court: &Court) {
    let copy = |from: &str, to: &str| {
        let done = std::process::Command::new("cp").arg("-a").arg(court.path(from)).arg(court.path(to)).status();
        assert!(done.unwrap().success());
    };
    work(court, 11);
    copy("inner/state", "image");
    court.agent("inner", "export");
    let of_image = court.path("of-image.ferry");
    std::fs::rename(court.path("channel/up/sent/up-1-00000002.ferry"), &of_image).unwrap();
    // The machine itself knows nothing of what its image did.
    std::fs::remove_dir_all(court.path("inner/state")).unwrap();
    std::fs::rename(court.path("image"), court.path("inner/state")).unwrap();
    court.up();
    std::fs::rename(of_image, received(court, "up", 2)).unwrap();
    work(court, 12);
    court.agent("inner", "export");
    court.carry("up");
    assert!(!court.try_agent("outer", &["ingest"]).status.success());
}
