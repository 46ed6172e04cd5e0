//! The inner side has a new sender key that the outer side does not know.

use crate::drills::drill::{Drill, Step, working_day};
use ferry_format::text::Text;
use ferry_testkit::stage::Court;

pub const DRILL: Drill = Drill {
    name: "re-pairing",
    what_happened: Text::fixed(
        "内网更换了签名密钥，外网还没有配对，新批次进入隔离区。",
        "The inner side has a new signing key, and the outer side was not paired with it: new batches go to quarantine.",
    ),
    set_up,
    look: &[
        Step {
            purpose: Text::fixed("外网：签名者不在信任文件中", "outside: the signer is not in the trust file"),
            command: "outer-agent --config outer.toml quarantine list",
            shows: &["FERRY-E0202"],
            says: &[],
        },
        Step {
            purpose: Text::fixed("配对被拒：原来信任的是其他密钥", "pairing is refused: another key is trusted so far"),
            command: "outer-agent --config outer.toml pair --peer-sender inner/sender.pub --peer-recipient inner/recipient.pub || true",
            shows: &["FERRY-E0703", "--replace"],
            says: &[],
        },
        Step {
            purpose: Text::fixed(
                "电话核对指纹后，先看差异",
                "compare the fingerprint by telephone, then look at the difference",
            ),
            command: "outer-agent --config outer.toml pair --peer-sender inner/sender.pub --peer-recipient inner/recipient.pub --replace",
            shows: &["+ sender", "- sender"],
            says: &[],
        },
    ],
    fix: &[
        Step {
            purpose: Text::fixed("更换，审核人和规则不变", "replace it; reviewers and rules stay"),
            command: "outer-agent --config outer.toml pair --peer-sender inner/sender.pub --peer-recipient inner/recipient.pub --replace --yes",
            shows: &["+ sender"],
            says: &[],
        },
        Step {
            purpose: Text::fixed("隔离区的批次放回处理", "put the quarantined batch back"),
            command: "outer-agent --config outer.toml quarantine retry 1 && outer-agent --config outer.toml ingest",
            shows: &[],
            says: &["published"],
        },
    ],
    avoid: Text::fixed(
        "不要删除信任文件后重新配对：审核人和规则会随之丢失。",
        "Do not delete the trust file and pair again: reviewers and rules would go with it.",
    ),
};

fn set_up(court: &Court) {
    for name in ["inner/sender.key", "inner/sender.pub"] {
        std::fs::remove_file(court.path(name)).unwrap();
    }
    assert!(court.try_agent("inner", &["init"]).status.success());
    working_day(court, 11);
    court.up();
}
