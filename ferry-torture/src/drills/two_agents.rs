//! A second daemon on one state folder.

use crate::drills::{Drill, Step, Text};
use ferry_testkit::stage::{Court, binary};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

pub const DRILL: Drill = Drill {
    name: "two-agents",
    what_happened: Text {
        zh: "内网的守护进程已在运行，有人不知道，想再启动一个。",
        en: "The inner daemon is at work; somebody does not know it and starts another.",
    },
    set_up,
    look: &[
        Step {
            say: Text {
                zh: "第二个被拒绝，第一个不受影响",
                en: "the second one is refused, the first one is not disturbed",
            },
            command: "inner-agent --config inner.toml run; echo exit $?",
            shows: &["FERRY-E0680", "exit 75"],
        },
        Step {
            say: Text {
                zh: "在运行的是哪个进程，何时启动", en: "which process is at work, and since when"
            },
            command: "ps -o pid,lstart,args -p $(cat inner/state/daemon.beat)",
            shows: &["inner-agent --config inner.toml run"],
        },
    ],
    fix: &[
        Step {
            say: Text {
                zh: "要立即导出，不必停守护进程：命令可以在它旁边运行",
                en: "to export at once the daemon need not stop: commands run beside it",
            },
            command: "inner-agent --config inner.toml export && inner-agent --config inner.toml status",
            shows: &["1/2"],
        },
        Step {
            say: Text {
                zh: "确实要换一个启动：先让第一个好好结束（由 systemd 管理的用 systemctl stop），再启动",
                en: "where the other start is the right one: end the first in order (with systemctl stop where systemd \
                     runs it), then start",
            },
            command: "kill $(cat inner/state/daemon.beat) && flock --timeout 60 inner/state/run.lock echo ended",
            shows: &["ended"],
        },
    ],
    never: Text {
        zh: "不要删除 run.lock，也不要 kill -9；不要让两台机器共用一个状态目录。",
        en: "Do not delete run.lock, do not kill -9, and do not let two machines share a state folder.",
    },
};

/// A daemon that nobody ends goes by itself.
const PRACTICE: &str = "1h";
/// How long its start may take on a busy machine.
const START: Duration = Duration::from_secs(120);

fn set_up(court: &Court) {
    let mut daemon = Command::new("setsid");
    daemon.args(["--fork", "timeout", PRACTICE]).arg(binary("inner-agent")).args(["--config", "inner.toml", "run"]);
    daemon.current_dir(court.path("")).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    assert!(daemon.status().unwrap().success());
    let started = Instant::now();
    while !court.path("inner/state/daemon.beat").exists() {
        assert!(started.elapsed() < START, "the daemon did not start");
        std::thread::sleep(Duration::from_millis(100));
    }
}
