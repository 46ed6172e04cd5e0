//! The head of a large batch was changed on the way.

use crate::drills::drill::{Drill, Step};
use ferry_format::text::Text;
use ferry_testkit::made_pdf::MadePdf;
use ferry_testkit::stage::Court;

pub const DRILL: Drill = Drill {
    name: "poisoned-head",
    what_happened: Text::fixed(
        "大批次分卷摆渡，首卷途中被改动一个字节，各分卷完好。",
        "A large batch crossed in volumes; one byte of its head was changed on the way, and all volumes are good.",
    ),
    set_up,
    look: &[Step {
        purpose: Text::fixed(
            "外网：首卷在隔离区，分卷在等待首卷",
            "outside: the head is in quarantine, and the volumes wait for it",
        ),
        command: "outer-agent --config outer.toml quarantine list && outer-agent --config outer.toml status",
        shows: &["FERRY-E0201"],
        says: &["its head has not come"],
    }],
    fix: &[
        Step {
            purpose: Text::fixed(
                "无需处理：下一次回传自动要求补发首卷",
                "nothing has to be done: the next reply asks for the head alone",
            ),
            command: "outer-agent --config outer.toml reply && carry . --down && inner-agent --config inner.toml import && ls channel/up/sent",
            shows: &[".head"],
            says: &[],
        },
        Step {
            purpose: Text::fixed("首卷到达后，批次完整入库", "with the head the batch is whole"),
            command: "carry . --up && outer-agent --config outer.toml ingest",
            shows: &[],
            says: &["published 1 batches"],
        },
    ],
    avoid: Text::fixed(
        "不要删除等待中的分卷：它们无需重新摆渡。",
        "Do not delete the volumes that wait: they need not cross again.",
    ),
};

fn set_up(court: &Court) {
    court.edit("inner.toml", "volume-mib = 4096", "volume-mib = 1");
    let mut document = MadePdf::new();
    let bytes: Vec<u8> = (0..800_000_u32).flat_map(u32::to_be_bytes).collect();
    document.add_stream("/Type/XObject/Subtype/Image", &bytes);
    std::fs::write(court.path("documents/zn/long.pdf"), document.bytes()).unwrap();
    let new = "INSERT INTO ZN(ZNBH, LX, BT, LJ, WJM, FBRQ, GXSJ)
               SELECT 'ZNDC', LX, '执行规范汇编', 'zn/long.pdf', '执行规范汇编.pdf', FBRQ, '2027-01-01' FROM ZN WHERE LX = '3' LIMIT 1";
    court.platform().execute(new, []).unwrap();
    court.agent("inner", "export");
    let head = court.files("channel/up/sent").into_iter().find(|f| f.extension().is_some_and(|e| e == "head"));
    let mut bytes = std::fs::read(head.as_ref().expect("it crosses in volumes")).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(head.unwrap(), bytes).unwrap();
    court.carry("up");
    court.agent("outer", "ingest");
    for file in court.files("channel/up/sent") {
        std::fs::remove_file(file).unwrap();
    }
    court.edit("outer.toml", "stalled-copy-timeout-s = ", "stalled-copy-timeout-s = -1 # was ");
    court.agent("outer", "ingest");
}
