//! The portal does not serve.

use crate::drills::drill::{Drill, Step};
use ferry_format::text::Text;
use ferry_testkit::stage::Court;

pub const DRILL: Drill = Drill {
    name: "portal-down",
    what_happened: Text::fixed(
        "守护进程未运行，访问者打不开门户网站。",
        "The daemon does not run, and visitors cannot open the portal.",
    ),
    set_up,
    look: &[Step {
        purpose: Text::fixed("逐项检查：门户网站没有应答", "look at everything: the portal does not answer"),
        command: "outer-agent --config outer.toml doctor || true",
        shows: &["FERRY-E0662"],
        says: &["what to do"],
    }],
    fix: &[Step {
        purpose: Text::fixed(
            "启动守护进程（生产环境用 systemctl start outer-agent），再检查",
            "start the daemon (`systemctl start outer-agent` in production), and look again",
        ),
        command: "setsid outer-agent --config outer.toml run > run.log 2>&1 & daemon=$!; for n in 1 2 3 4 5 6 7 8 9 10; do sleep 1; outer-agent --config outer.toml doctor > doctor.log 2>&1 && break; done; cat doctor.log; kill $daemon; wait $daemon || true",
        shows: &[],
        says: &["ok    the portal"],
    }],
    avoid: Text::fixed(
        "不要只在配置中更换端口：代理和防火墙指向原来的端口。",
        "Do not change the port in the configuration only: proxy and firewall lead to the old one.",
    ),
};

fn set_up(court: &Court) {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    court.edit("outer.toml", "listen = \"", &format!("listen = \"{free}\" # was \""));
}
