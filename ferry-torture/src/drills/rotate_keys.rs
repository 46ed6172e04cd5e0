//! A sender key is stolen and changed at once; then both sides change theirs as planned.

use crate::drills::{Drill, Step, Text, work};
use ferry_testkit::roots;
use ferry_testkit::stage::Court;

pub const DRILL: Drill = Drill {
    name: "rotate-keys",
    what_happened: Text {
        zh: "内网的签发密钥被盗：外网采用了一个法院没有发过的批次，批号跳到 5000。先紧急换钥，再在上、下两个方向各做一次计划换钥。",
        en: "The inner sender key was stolen: outside, a batch was taken that the court never sent, with the number 5000. First \
             the key is changed at once; then both directions rehearse a planned change.",
    },
    set_up,
    look: &[
        Step {
            say: Text {
                zh: "外网：采用到哪一批，信任清单是第几号", en: "outside: up to which batch, by which list"
            },
            command: "outer-agent --config outer.toml trust show",
            shows: &["list 1", "newest batch taken of up: 1/5000"],
        },
        Step {
            say: Text { zh: "内网：自己只发到第几批", en: "inside: how far it sent itself" },
            command: "ls channel/up/sent",
            shows: &["up-1-00000001.ferry"],
        },
    ],
    fix: &[
        Step {
            say: Text {
                zh: "新钥匙；下一号清单写入新钥匙，旧钥匙自 1/2 起吊销（自己最后一批之后）；逐行核对",
                en: "a new key; the next list names it and revokes the old one from 1/2, after our own last batch; compare",
            },
            command: "ferry keygen --role sender -o inner/sender-2 && ferry trust next list-1.toml --add up=inner/sender-2.pub \
                      --revoke up=inner/sender.pub@1/2 -o body-2.toml && ferry trust diff list-1.toml body-2.toml",
            shows: &["revoked from 1/2", "+ court fy-dongchang, list 2"],
        },
        Step {
            say: Text {
                zh: "两把根钥匙先后签名，再核对", en: "two root keys sign, one after the other; check"
            },
            command: "ferry trust sign body-2.toml -i root-a.key -o half-2.toml && ferry trust sign half-2.toml -i root-b.key \
                      -o list-2.toml && ferry trust check --root root-a.pub --root root-b.pub list-1.toml list-2.toml",
            shows: &["ok: fy-dongchang list 2"],
        },
        Step {
            say: Text {
                zh: "两侧安装；被盗钥匙签过的批次不再算数",
                en: "install on both sides; what the stolen key signed is struck",
            },
            command: "for a in inner outer; do $a-agent --config $a.toml trust install list-2.toml --by 王芳 --reason 密钥被盗 \
                      || exit 1; done; outer-agent --config outer.toml trust show",
            shows: &["in force now: list 2", "struck 1/5000", "newest batch taken of up: 1/1"],
        },
        Step {
            say: Text {
                zh: "内网换用新钥匙，下一批即恢复",
                en: "inside signs with the new key: the next batch is taken",
            },
            command: "sed -i 's#inner/sender.key#inner/sender-2.key#' inner.toml && inner-agent --config inner.toml export && \
                      carry . --up && outer-agent --config outer.toml ingest",
            shows: &["exported batch 1/2", "published 1 batches"],
        },
        Step {
            say: Text {
                zh: "计划换钥（下行）：第 3 号清单并列新旧两把，外网换用新钥匙",
                en: "planned, downwards: list 3 names both keys; outside signs with the new one",
            },
            command: "ferry keygen --role sender -o outer/sender-2 && ferry trust next list-2.toml --add down=outer/sender-2.pub \
                      -o body-3.toml && ferry trust sign body-3.toml -i root-a.key -o half-3.toml && ferry trust sign half-3.toml \
                      -i root-b.key -o list-3.toml && for a in inner outer; do $a-agent --config $a.toml trust install \
                      list-3.toml --by 王芳 --reason 计划换钥 || exit 1; done; \
                      sed -i 's#outer/sender.key#outer/sender-2.key#' outer.toml && outer-agent --config outer.toml reply && \
                      carry . --down && inner-agent --config inner.toml import",
            shows: &["in force now: list 3", "imported 1 batches"],
        },
        Step {
            say: Text {
                zh: "第 4 号清单：下行旧钥匙自新钥匙的第一批起吊销，上行并列新旧两把；内网换用",
                en: "list 4 revokes the old downward key from the new one's first batch, and names the next upward one beside",
            },
            command: "ferry keygen --role sender -o inner/sender-3 && ferry trust next list-3.toml \
                      --revoke down=outer/sender.pub@1/2 --add up=inner/sender-3.pub -o body-4.toml && ferry trust sign \
                      body-4.toml -i root-a.key -o half-4.toml && ferry trust sign half-4.toml -i root-b.key -o list-4.toml && \
                      for a in inner outer; do $a-agent --config $a.toml trust install list-4.toml --by 王芳 --reason 计划换钥 \
                      || exit 1; done; sed -i 's#inner/sender-2.key#inner/sender-3.key#' inner.toml && \
                      inner-agent --config inner.toml export && carry . --up && outer-agent --config outer.toml ingest",
            shows: &["in force now: list 4", "exported batch 1/3", "published 1 batches"],
        },
        Step {
            say: Text { zh: "第 5 号清单：上行旧钥匙吊销", en: "list 5 revokes the old upward key" },
            command: "ferry trust next list-4.toml --revoke up=inner/sender-2.pub@1/3 -o body-5.toml && ferry trust sign \
                      body-5.toml -i root-a.key -o half-5.toml && ferry trust sign half-5.toml -i root-b.key -o list-5.toml && \
                      for a in inner outer; do $a-agent --config $a.toml trust install list-5.toml --by 王芳 --reason 计划换钥 \
                      || exit 1; done",
            shows: &["in force now: list 5"],
        },
        Step {
            say: Text {
                zh: "被盗钥匙公开过的内容，由往返几次的对账改正",
                en: "what the stolen key published is repaired in a few crossings",
            },
            command: "for n in 1 2 3; do outer-agent --config outer.toml reply && carry . --down && inner-agent --config \
                      inner.toml import && inner-agent --config inner.toml export && carry . --up && outer-agent --config \
                      outer.toml ingest || exit 1; done; outer-agent --config outer.toml trust show",
            shows: &["settled by agent"],
        },
    ],
    never: Text {
        zh: "不要为省事只在一侧安装清单；不要让一个人同时保管两把根钥匙。",
        en: "Do not install a list on one side only; do not let one person keep both root keys.",
    },
};

fn set_up(court: &Court) {
    roots::found(court);
    roots::stolen(court, 5000, |thief| work(thief, 13));
    court.agent("outer", "ingest");
}
