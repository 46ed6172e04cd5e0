//! A second daemon on one state folder.

use crate::drills::drill::{Drill, Step};
use ferry_format::text::Text;
use ferry_testkit::stage::{Court, binary};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

pub const DRILL: Drill = Drill {
    name: "two-agents",
    what_happened: Text::fixed(
        "内网守护进程已在运行，有人不知情，又启动一个。",
        "The inner daemon is running; somebody does not know it and starts another.",
    ),
    set_up,
    look: &[
        Step {
            purpose: Text::fixed(
                "第二个被拒绝，第一个不受影响",
                "the second one is refused, the first one is not affected",
            ),
            command: "inner-agent --config inner.toml run; echo exit $?",
            shows: &["FERRY-E0680", "exit 75"],
            says: &[],
        },
        Step {
            purpose: Text::fixed("运行中的是哪个进程，何时启动", "which process is at working_day, and since when"),
            command: "ps -o pid,lstart,args -p $(cat inner/state/daemon.heartbeat)",
            shows: &["inner-agent --config inner.toml run"],
            says: &[],
        },
    ],
    fix: &[
        Step {
            purpose: Text::fixed(
                "要立即导出，不必停守护进程：命令可以同时运行",
                "to export at once the daemon does not have to stop: commands run beside it",
            ),
            command: "inner-agent --config inner.toml export && inner-agent --config inner.toml status",
            shows: &["1/2"],
            says: &[],
        },
        Step {
            purpose: Text::fixed(
                "确需改用另一个：先正常结束第一个（由 systemd 管理的用 systemctl stop），再启动",
                "if the other one is the right one: stop the first (with systemctl stop where systemd runs it), then \
                     start",
            ),
            command: "kill $(cat inner/state/daemon.heartbeat) && flock --timeout 60 inner/state/run.lock echo ended",
            shows: &["ended"],
            says: &[],
        },
    ],
    avoid: Text::fixed(
        "不要删除 run.lock，也不要 kill -9；不要让两台机器共用一个状态目录。",
        "Do not delete run.lock, do not kill -9, and do not let two machines share a state folder.",
    ),
};

/// A daemon that is not stopped ends by itself after this time.
const PRACTICE: &str = "1h";
/// How long its start may take on a busy machine.
const START: Duration = Duration::from_secs(120);

fn set_up(court: &Court) {
    let mut daemon = Command::new("setsid");
    daemon.args(["--fork", "timeout", PRACTICE]).arg(binary("inner-agent")).args(["--config", "inner.toml", "run"]);
    daemon.current_dir(court.path("")).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    assert!(daemon.status().unwrap().success());
    let started = Instant::now();
    while !court.path("inner/state/daemon.heartbeat").exists() {
        assert!(started.elapsed() < START, "the daemon did not start");
        std::thread::sleep(Duration::from_millis(100));
    }
}
