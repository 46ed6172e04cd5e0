//! A sender key is stolen and replaced at once; then both sides replace theirs as planned.

use crate::drills::drill::{Drill, Step, working_day};
use ferry_format::text::Text;
use ferry_testkit::roots;
use ferry_testkit::stage::Court;

pub const DRILL: Drill = Drill {
    name: "rotate-keys",
    what_happened: Text::fixed(
        "内网的签发密钥被盗：外网接收了一个法院未发出的批次，编号跳到 5000。先紧急更换密钥，再在上、下两个方向各做一次计划更换。",
        "The inner sender key was stolen: the outer side accepted a batch that the court never sent, with number 5000. \
             First the key is replaced at once; then a planned replacement is practised in both directions.",
    ),
    set_up,
    look: &[
        Step {
            purpose: Text::fixed(
                "外网：已接收到哪一批，信任清单是第几号",
                "outside: the newest accepted batch, and the trust list in force",
            ),
            command: "outer-agent --config outer.toml trust show",
            shows: &[],
            says: &["list 1", "newest batch accepted on up: 1/5000"],
        },
        Step {
            purpose: Text::fixed("内网：自己只发到第几批", "inside: the newest batch that it sent itself"),
            command: "ls channel/up/sent",
            shows: &["up-1-00000001.ferry"],
            says: &[],
        },
    ],
    fix: &[
        Step {
            purpose: Text::fixed(
                "生成新密钥；下一号清单写入新密钥，旧密钥自 1/2（本方最后一批之后）起吊销；逐行核对",
                "a new key; the next list adds it and revokes the old one from 1/2, after the last batch sent; compare",
            ),
            command: "ferry keygen --role sender -o inner/sender-2 && ferry trust next list-1.toml --add up=inner/sender-2.pub \
                      --revoke up=inner/sender.pub@1/2 -o body-2.toml && ferry trust diff list-1.toml body-2.toml",
            shows: &["1/2"],
            says: &["revoked from 1/2", "+ court fy-dongchang, list 2"],
        },
        Step {
            purpose: Text::fixed("两把根密钥先后签名，再核对", "both root keys sign, one after the other; check"),
            command: "ferry trust sign body-2.toml -i root-a.key -o half-2.toml && ferry trust sign half-2.toml -i root-b.key \
                      -o list-2.toml && ferry trust check --root root-a.pub --root root-b.pub list-1.toml list-2.toml",
            shows: &["fy-dongchang"],
            says: &["ok: fy-dongchang list 2"],
        },
        Step {
            purpose: Text::fixed(
                "两侧安装；被盗密钥签署的批次不再有效",
                "install on both sides; batches that the stolen key signed are revoked",
            ),
            command: "for a in inner outer; do $a-agent --config $a.toml trust install list-2.toml --by 王芳 --reason 密钥被盗 \
                      || exit 1; done; outer-agent --config outer.toml trust show",
            shows: &[],
            says: &["list 2 is in force", "revoked 1/5000", "newest batch accepted on up: 1/1"],
        },
        Step {
            purpose: Text::fixed(
                "内网换用新密钥，下一批即恢复",
                "the inner side signs with the new key: the next batch is accepted",
            ),
            command: "sed -i 's#inner/sender.key#inner/sender-2.key#' inner.toml && inner-agent --config inner.toml export && \
                      carry . --up && outer-agent --config outer.toml ingest",
            shows: &[],
            says: &["exported batch 1/2", "published 1 batches"],
        },
        Step {
            purpose: Text::fixed(
                "计划更换（下行）：第 3 号清单并列新旧密钥，外网换用新密钥",
                "planned, return channel: list 3 has both keys; the outer side signs with the new one",
            ),
            command: "ferry keygen --role sender -o outer/sender-2 && ferry trust next list-2.toml --add down=outer/sender-2.pub \
                      -o body-3.toml && ferry trust sign body-3.toml -i root-a.key -o half-3.toml && ferry trust sign half-3.toml \
                      -i root-b.key -o list-3.toml && for a in inner outer; do $a-agent --config $a.toml trust install \
                      list-3.toml --by 王芳 --reason 计划更换密钥 || exit 1; done; \
                      sed -i 's#outer/sender.key#outer/sender-2.key#' outer.toml && outer-agent --config outer.toml reply && \
                      carry . --down && inner-agent --config inner.toml import",
            shows: &[],
            says: &["list 3 is in force", "imported 1 batches"],
        },
        Step {
            purpose: Text::fixed(
                "第 4 号清单：下行旧密钥自新密钥的第一批起吊销，上行并列新旧密钥；内网换用新密钥",
                "list 4 revokes the old return key from the new key's first batch, and adds the next export key",
            ),
            command: "ferry keygen --role sender -o inner/sender-3 && ferry trust next list-3.toml \
                      --revoke down=outer/sender.pub@1/2 --add up=inner/sender-3.pub -o body-4.toml && ferry trust sign \
                      body-4.toml -i root-a.key -o half-4.toml && ferry trust sign half-4.toml -i root-b.key -o list-4.toml && \
                      for a in inner outer; do $a-agent --config $a.toml trust install list-4.toml --by 王芳 --reason 计划更换密钥 \
                      || exit 1; done; sed -i 's#inner/sender-2.key#inner/sender-3.key#' inner.toml && \
                      inner-agent --config inner.toml export && carry . --up && outer-agent --config outer.toml ingest",
            shows: &[],
            says: &["list 4 is in force", "exported batch 1/3", "published 1 batches"],
        },
        Step {
            purpose: Text::fixed("第 5 号清单：吊销上行旧密钥", "list 5 revokes the old export key"),
            command: "ferry trust next list-4.toml --revoke up=inner/sender-2.pub@1/3 -o body-5.toml && ferry trust sign \
                      body-5.toml -i root-a.key -o half-5.toml && ferry trust sign half-5.toml -i root-b.key -o list-5.toml && \
                      for a in inner outer; do $a-agent --config $a.toml trust install list-5.toml --by 王芳 --reason 计划更换密钥 \
                      || exit 1; done",
            shows: &[],
            says: &["list 5 is in force"],
        },
        Step {
            purpose: Text::fixed(
                "被盗密钥公开的内容，经几次往返核对后修复",
                "what the stolen key published is repaired in a few rounds",
            ),
            command: "for n in 1 2 3; do outer-agent --config outer.toml reply && carry . --down && inner-agent --config \
                      inner.toml import && inner-agent --config inner.toml export && carry . --up && outer-agent --config \
                      outer.toml ingest || exit 1; done; outer-agent --config outer.toml trust show",
            shows: &[],
            says: &["settled by agent"],
        },
    ],
    avoid: Text::fixed(
        "不要只在一侧安装清单；不要让一人同时保管两把根密钥。",
        "Do not install a list on one side only; do not let one person keep both root keys.",
    ),
};

fn set_up(court: &Court) {
    roots::found(court);
    roots::stolen(court, 5000, |thief| working_day(thief, 13));
    court.agent("outer", "ingest");
}
