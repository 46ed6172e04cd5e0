//! Files in the received folder that are not batches.

use crate::drills::drill::{Drill, INGEST, OUTER_QUARANTINE, Step, working_day};
use ferry_format::text::Text;
use ferry_testkit::stage::Court;
use std::fs::{self, File};
use std::os::unix::fs::symlink;

pub const DRILL: Drill = Drill {
    name: "foreign-files",
    what_happened: Text::fixed(
        "有人把其他文件放进了接收目录：网页、指向 /dev/zero 的链接、名称像批次的目录、20 GiB 的稀疏文件；正常的第 2 批也在里面。",
        "Somebody put other files into the received folder: a web page, a link to /dev/zero, a folder named like a \
             batch, a sparse file of 20 GiB; the good batch 2 is among them.",
    ),
    set_up,
    look: &[
        Step {
            purpose: Text::fixed(
                "正常批次照常发布，外来文件移入隔离区",
                "the good batch is published, foreign files are moved into quarantine",
            ),
            command: INGEST,
            shows: &[],
            says: &["published 1 batches"],
        },
        Step {
            purpose: Text::fixed("外网：隔离区里是什么，为什么", "outside: what is in quarantine, and why"),
            command: OUTER_QUARANTINE,
            shows: &["FERRY-E01"],
            says: &[],
        },
        Step {
            purpose: Text::fixed("留在目录里的不是普通文件", "what stays is not a regular file"),
            command: "ls -l channel/up/received",
            shows: &["total"],
            says: &[],
        },
    ],
    fix: &[Step {
        purpose: Text::fixed("查明来源后，从接收目录移走", "find out where it came from, then move it out"),
        command: "mkdir -p evidence && mv channel/up/received/* evidence/ && outer-agent --config outer.toml ingest",
        shows: &[],
        says: &["quarantined 0"],
    }],
    avoid: Text::fixed(
        "不要打开来历不明的文件，也不要让别的程序使用这个目录。",
        "Do not open files of unknown origin, and do not let other programs use the folder.",
    ),
};

fn set_up(court: &Court) {
    let folder = court.path("channel/up/received");
    fs::write(folder.join("index.html"), "<script>alert(1)</script>".repeat(40)).unwrap();
    symlink("/dev/zero", folder.join("up-1-00000009.ferry")).unwrap();
    fs::create_dir(folder.join("up-1-00000007.ferry")).unwrap();
    File::create(folder.join("up-1-00000008.ferry")).unwrap().set_len(20 << 30).unwrap();
    working_day(court, 11);
    court.agent("inner", "export");
    court.carry("up");
}
