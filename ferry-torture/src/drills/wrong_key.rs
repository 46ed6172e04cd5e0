//! A batch signed with a key that is not trusted.

use crate::drills::drill::{Drill, INGEST, OUTER_QUARANTINE, Step, working_day};
use ferry_format::text::Text;
use ferry_testkit::stage::Court;

pub const DRILL: Drill = Drill {
    name: "wrong-key",
    what_happened: Text::fixed(
        "接收目录里有一个批次，签名密钥不在外网的信任清单中。",
        "There is a batch in the received folder whose signing key the outer side does not trust.",
    ),
    set_up,
    look: &[
        Step {
            purpose: Text::fixed("外网：哪个文件，什么错误代码", "outside: which file, and which code"),
            command: OUTER_QUARANTINE,
            shows: &["FERRY-E0202"],
            says: &[],
        },
        Step {
            purpose: Text::fixed("文件自称的内容（未经验证）", "what the file claims to be, unverified"),
            command: "outer-agent --config outer.toml quarantine show 1",
            shows: &[],
            says: &["unverified", "what to do"],
        },
    ],
    fix: &[
        Step {
            purpose: Text::fixed(
                "电话与法院核对指纹；不是法院密钥的，留存文件作证据，报告安全审查人员",
                "compare the fingerprint by telephone; if it is not the court's, keep the file and report to the security reviewer",
            ),
            command: "cat inner/*sender*.pub && mkdir -p evidence && cp outer/state/quarantine/* evidence/",
            shows: &["ferry"],
            says: &[],
        },
        Step {
            purpose: Text::fixed("取证后，由责任人从隔离区删除", "after a copy was kept, a named person deletes it"),
            command: "outer-agent --config outer.toml quarantine discard 1 --by 王芳 --reason 非法院密钥，已取证",
            shows: &[],
            says: &["deleted: 1"],
        },
        Step {
            purpose: Text::fixed("之后的正常批次不受影响", "good batches after it are not delayed"),
            command: "inner-agent --config inner.toml export && carry . --up && outer-agent --config outer.toml ingest",
            shows: &[],
            says: &["published 1 batches"],
        },
    ],
    avoid: Text::fixed(
        "不要为了某个文件往 trust.toml 里加公钥。",
        "Do not add a key to trust.toml because a file needs it.",
    ),
};

fn set_up(court: &Court) {
    working_day(court, 11);
    court.ferry_ok(&["keygen", "--role", "sender", "-o", "stranger"]);
    court.ferry_ok(&["keygen", "--role", "recipient", "-o", "somebody"]);
    std::fs::write(court.path("letter.txt"), "公告").unwrap();
    court.ferry_ok(&[
        "seal",
        "-i",
        "stranger.key",
        "-r",
        "somebody.pub",
        "--channel",
        "up",
        "--sequence",
        "2",
        "-o",
        "channel/up/received/up-1-00000002.ferry",
        "letter.txt",
    ]);
    let out = court.try_agent("outer", &[INGEST.rsplit(' ').next().unwrap()]);
    assert!(out.status.success());
}
