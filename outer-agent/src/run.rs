//! The daemon: the portal as a child process without keys, ingest whenever something arrives, reply on schedule.

use crate::agent::{Agent, REPLY};
use crate::{ingest, reply, status};
use ferry_channel::ledger::runs;
use ferry_channel::monitor::alerts::Crier;
use ferry_channel::receive::pass::Grace;
use ferry_channel::runtime::lock;
use ferry_channel::runtime::log;
use ferry_channel::runtime::log::{About, Level};
use ferry_channel::runtime::watch::Waker;
use ferry_channel::runtime::watchdog;
use ferry_io::clock;
use ferry_io::error::{Error, Result};
use ferry_io::exit_code::IO;
use ferry_io::output::exit::continue_unless_fatal;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// Longest sleep: a schedule is looked at this often.
const TICK: Duration = Duration::from_secs(20);

/// The portal's process; it ends with the daemon.
struct Portal(Child);

impl Drop for Portal {
    fn drop(&mut self) {
        // It watches this pipe, and drains its connections when it closes. It may have ended by itself.
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}

fn start_portal(agent: &Agent) -> Result<Portal> {
    let failed = |e: std::io::Error| Error::new(IO, "FERRY-E0611", format!("portal: {e}"), "run `portal` by hand");
    let program = std::env::current_exe().map_err(failed)?;
    let mut command = Command::new(program);
    command.arg("--config").arg(&agent.config.path).args(["portal", "--until-stdin-closes"]).stdin(Stdio::piped());
    // It speaks for itself alone.
    watchdog::silence(&mut command);
    Ok(Portal(command.spawn().map_err(failed)?))
}

/// Runs until SIGTERM or SIGINT; the step under way is finished first.
///
/// # Errors
/// Configuration and permission failures end it: they do not heal by waiting.
pub fn run(mut agent: Agent) -> Result<()> {
    let _alone = lock::take_daemon(&agent.config.state)?;
    agent.outgoing()?;
    let received = agent.incoming()?.received;
    let mut waker = Waker::new(&received, agent.config.ingest.watch)?;
    let mut portal = start_portal(&agent)?;
    let started_s = clock::now_s();
    let interval = TICK.min(Duration::from_secs(agent.config.ingest.poll_s.max(1)));
    let text = format!("running: ingest from {}, reply `{}`", received.display(), agent.config.reply.schedule);
    log::say(Level::Info, &About::default(), &text);
    let mut crier = Crier::default();
    watchdog::ready(&agent.config.state, "waiting")?;
    loop {
        if portal.0.try_wait().is_ok_and(|ended| ended.is_some()) {
            let about = About { code: Some("FERRY-E0611"), ..About::default() };
            log::say(Level::Error, &about, "error: the portal ended; starting it again");
            portal = start_portal(&agent)?;
        }
        watchdog::step("ingest");
        continue_unless_fatal(ingest::ingest(&mut agent, Grace::UntilDeadline).map(|done| {
            if !done.is_quiet() {
                done.print();
            }
        }))?;
        let last = runs::last_success(&agent.store.conn, REPLY)?;
        if agent.schedule.is_due(last, started_s, clock::now_s()) {
            watchdog::step("reply");
            continue_unless_fatal(reply::reply(&mut agent).map(|done| done.print()))?;
        }
        continue_unless_fatal(status::alarms(&agent, clock::now_s()).map(|alarms| crier.cry(&alarms)))?;
        watchdog::step("waiting");
        status::publish(&agent);
        if !waker.wait(interval) {
            watchdog::stopping();
            return Ok(());
        }
    }
}
