//! The disk is said to be full.

use crate::drills::{Drill, OUTER_STATUS, Step, Text, work};
use ferry_testkit::stage::Court;

pub const DRILL: Drill = Drill {
    name: "no-room",
    what_happened: Text {
        zh: "外网说空间不够，停在那里不发布（空间写满时也是这个样子）。其实是有人把保留量按字节写成了 268435456 MiB。",
        en: "The outer side says that there is no room, and pauses; a full disk looks the same. In truth somebody wrote \
             the reserve in bytes, and it is now 268435456 MiB.",
    },
    set_up,
    look: &[
        Step {
            say: Text {
                zh: "暂停，稍后再试（75）：什么也没有做一半",
                en: "a pause, try again (75): nothing is left half done",
            },
            command: "outer-agent --config outer.toml ingest; echo exit $?",
            shows: &["FERRY-E0691", "exit 75"],
        },
        Step {
            say: Text {
                zh: "状态：还有多少、要多少、保留多少、在哪个目录",
                en: "the status: what is free, what is needed, what is kept in reserve, and in which folder",
            },
            command: OUTER_STATUS,
            shows: &["FERRY-E0691", "reserve"],
        },
        Step {
            say: Text {
                zh: "系统自己怎么说；批次还等在接收目录里",
                en: "what the system itself says; the batch still waits in the received folder",
            },
            command: "df -h outer/state && du -sh outer/state && ls channel/up/received",
            shows: &["up-1-00000002.ferry"],
        },
    ],
    fix: &[
        Step {
            say: Text {
                zh: "磁盘真满了：扩容，或移走别的程序的文件。这里改回保留量",
                en: "where the disk is full: make it larger, or move what other programs left. Here the reserve is put right",
            },
            command: "sed -i 's/^space-reserve-mib = .*/space-reserve-mib = 256/' outer.toml \
                      && outer-agent --config outer.toml check-config",
            shows: &["ok: "],
        },
        Step {
            say: Text {
                zh: "有了空间就发布；守护进程一分钟内会自己做",
                en: "with room it is published; the daemon does so by itself within a minute",
            },
            command: "outer-agent --config outer.toml ingest",
            shows: &["published 1 batches", "quarantined 0"],
        },
    ],
    never: Text {
        zh: "不要删除状态目录里的文件来腾地方：数据库、发件箱、证据都在里面。",
        en: "Do not make room by deleting files of the state folder: the database, the outbox and the evidence are there.",
    },
};

fn set_up(court: &Court) {
    court.configure("[upkeep]\nspace-reserve-mib = 268435456\n");
    work(court, 11);
    court.agent("inner", "export");
    court.carry("up");
}
