//! Things in the drop folder that are no batches.

use crate::drills::{Drill, INGEST, OUTER_QUARANTINE, Step, Text, work};
use ferry_testkit::stage::Court;
use std::fs::{self, File};
use std::os::unix::fs::symlink;

pub const DRILL: Drill = Drill {
    name: "foreign-files",
    what_happened: Text {
        zh: "有人把别的东西放进了接收目录：网页、指向 /dev/zero 的链接、像批次的目录、20 GiB 的空洞文件；好的第 2 批也在里面。",
        en: "Somebody put other things into the received folder: a page, a link to /dev/zero, a directory named like a \
             batch, a hollow file of 20 GiB; the good batch 2 is among them.",
    },
    set_up,
    look: &[
        Step {
            say: Text {
                zh: "好的批次照常发布，普通的外来文件进隔离区",
                en: "the good batch is published, foreign files are put away",
            },
            command: INGEST,
            shows: &["published 1 batches"],
        },
        Step {
            say: Text {
                zh: "外网：隔离区里是什么，为什么", en: "outside: what is in quarantine, and why"
            },
            command: OUTER_QUARANTINE,
            shows: &["FERRY-E01"],
        },
        Step {
            say: Text {
                zh: "留在目录里的是不能当文件读的", en: "what stays is what cannot be read as a file"
            },
            command: "ls -l channel/up/received",
            shows: &["total"],
        },
    ],
    fix: &[Step {
        say: Text {
            zh: "查明来源后，从接收目录移走", en: "find out where it came from, then move it out"
        },
        command: "mkdir -p evidence && mv channel/up/received/* evidence/ && outer-agent --config outer.toml ingest",
        shows: &["quarantined 0"],
    }],
    never: Text {
        zh: "不要打开来历不明的文件，也不要让别的程序使用这个目录。",
        en: "Do not open files that nobody knows, and do not let other programs use the folder.",
    },
};

fn set_up(court: &Court) {
    let folder = court.path("channel/up/received");
    fs::write(folder.join("index.html"), "<script>alert(1)</script>".repeat(40)).unwrap();
    symlink("/dev/zero", folder.join("up-1-00000009.ferry")).unwrap();
    fs::create_dir(folder.join("up-1-00000007.ferry")).unwrap();
    File::create(folder.join("up-1-00000008.ferry")).unwrap().set_len(20 << 30).unwrap();
    work(court, 11);
    court.agent("inner", "export");
    court.carry("up");
}
