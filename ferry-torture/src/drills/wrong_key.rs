//! A batch by somebody whose key is not trusted.

use crate::drills::{Drill, INGEST, OUTER_QUARANTINE, Step, Text, work};
use ferry_testkit::stage::Court;

pub const DRILL: Drill = Drill {
    name: "wrong-key",
    what_happened: Text {
        zh: "接收目录里有一个批次，签名的钥匙外网不认识。",
        en: "There is a batch in the received folder whose signer the outer side does not know.",
    },
    set_up,
    look: &[
        Step {
            say: Text { zh: "外网：哪个文件，什么错误码", en: "outside: which file, which code" },
            command: OUTER_QUARANTINE,
            shows: &["FERRY-E0202"],
        },
        Step {
            say: Text { zh: "它自称什么（未经验证）", en: "what it says of itself, unverified" },
            command: "outer-agent --config outer.toml quarantine show 1",
            shows: &["unverified", "what to do"],
        },
    ],
    fix: &[
        Step {
            say: Text {
                zh: "打电话与法院核对指纹；不是法院的：文件留作证据，报告安全审查人员",
                en: "compare the fingerprint by telephone; not the court's: keep the file, tell the security reviewer",
            },
            command: "cat inner/*sender*.pub && mkdir -p evidence && cp outer/state/quarantine/* evidence/",
            shows: &["ferry"],
        },
        Step {
            say: Text {
                zh: "证据取走后，由具名的人移出隔离区",
                en: "once the evidence is taken, a named person removes it",
            },
            command: "outer-agent --config outer.toml quarantine discard 1 --by 王芳 --reason 不是法院的钥匙，已取证",
            shows: &["removed: 1"],
        },
        Step {
            say: Text { zh: "后面的好批次不受影响", en: "the good batches after it are not held up" },
            command: "inner-agent --config inner.toml export && carry . --up && outer-agent --config outer.toml ingest",
            shows: &["published 1 batches"],
        },
    ],
    never: Text {
        zh: "不要因为某个文件需要就往 trust.toml 里加公钥。",
        en: "Do not add a key to trust.toml because a file asks for it.",
    },
};

fn set_up(court: &Court) {
    work(court, 11);
    court.ferry_done(&["keygen", "--role", "sender", "-o", "stranger"]);
    court.ferry_done(&["keygen", "--role", "recipient", "-o", "somebody"]);
    std::fs::write(court.path("letter.txt"), "公告").unwrap();
    court.ferry_done(&[
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
