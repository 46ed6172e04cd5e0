//! Too little disk space, as the agent reports it.

use crate::drills::drill::{Drill, OUTER_STATUS, Step, working_day};
use ferry_format::text::Text;
use ferry_testkit::stage::Court;

pub const DRILL: Drill = Drill {
    name: "no-room",
    what_happened: Text::fixed(
        "外网报告空间不足，暂停发布（磁盘写满时也是如此）。实际原因是预留空间按字节填写，成了 268435456 MiB。",
        "The outer side reports insufficient space and pauses; a full disk looks the same. The real cause: the reserve \
             was given in bytes, and is now 268435456 MiB.",
    ),
    set_up,
    look: &[
        Step {
            purpose: Text::fixed(
                "暂停，稍后重试（75）：没有做到一半的操作",
                "a pause, to be tried again (75): nothing is left half done",
            ),
            command: "outer-agent --config outer.toml ingest; echo exit $?",
            shows: &["FERRY-E0691", "exit 75"],
            says: &[],
        },
        Step {
            purpose: Text::fixed(
                "状态：可用、所需、预留空间和所在目录",
                "the status: free, needed and reserved space, and the folder",
            ),
            command: OUTER_STATUS,
            shows: &["FERRY-E0691"],
            says: &["reserve"],
        },
        Step {
            purpose: Text::fixed(
                "操作系统报告的空间；批次仍在接收目录中等待",
                "what the operating system reports; the batch still waits in the received folder",
            ),
            command: "df -h outer/state && du -sh outer/state && ls channel/up/received",
            shows: &["up-1-00000002.ferry"],
            says: &[],
        },
    ],
    fix: &[
        Step {
            purpose: Text::fixed(
                "磁盘确已写满时：扩容，或移走其他程序的文件。此处改回预留空间",
                "if the disk is full: enlarge it, or move files of other programs. Here: correct the reserve",
            ),
            command: "sed -i 's/^space-reserve-mib = .*/space-reserve-mib = 256/' outer.toml \
                      && outer-agent --config outer.toml check-config",
            shows: &[],
            says: &["ok: "],
        },
        Step {
            purpose: Text::fixed(
                "空间足够后即发布；守护进程会在一分钟内自动发布",
                "with enough space the batch is published; the daemon does so by itself within a minute",
            ),
            command: "outer-agent --config outer.toml ingest",
            shows: &[],
            says: &["published 1 batches", "quarantined 0"],
        },
    ],
    avoid: Text::fixed(
        "不要删除状态目录里的文件来腾空间：数据库、发件箱和证据都在其中。",
        "Do not delete files of the state folder to free space: the database, the outbox and the evidence are there.",
    ),
};

fn set_up(court: &Court) {
    court.configure("[maintenance]\nspace-reserve-mib = 268435456\n");
    working_day(court, 11);
    court.agent("inner", "export");
    court.carry("up");
}
