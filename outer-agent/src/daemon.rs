//! The daemon: the portal as a child process without keys, ingest whenever something arrives, reply on schedule.

use crate::context::{Context, REPLY};
use crate::texts::{commands, errors};
use crate::{ingest, reply, status};
use ferry_channel::ledger::runs;
use ferry_channel::monitor::alerts::AlertNotifier;
use ferry_channel::receive::progress::CopyGrace;
use ferry_channel::runtime::lock;
use ferry_channel::runtime::log;
use ferry_channel::runtime::log::{About, Level};
use ferry_channel::runtime::retry::Retry;
use ferry_channel::runtime::watch::FolderWatcher;
use ferry_channel::runtime::watchdog;
use ferry_channel::types::UnixSeconds;
use ferry_format::texts::errors::io as io_text;
use ferry_io::error::Result;
use ferry_io::output::exit::continue_unless_fatal;
use ferry_io::output::language::Show;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Longest sleep: the schedule is checked at least this often.
const TICK: Duration = Duration::from_secs(20);

/// A portal that starts answers within this time.
const PORTAL_STARTS: Duration = Duration::from_secs(15);

/// The portal's process; it ends with the daemon.
struct Portal(Child);

impl Drop for Portal {
    fn drop(&mut self) {
        // The portal watches this pipe, and drains its connections when it closes. It may have ended before.
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}

fn start_portal(context: &Context) -> Result<Portal> {
    let program = std::env::current_exe().map_err(|e| errors::portal_not_started(io_text(&e)))?;
    let mut command = Command::new(program);
    command.arg("--config").arg(&context.config.path).args(["portal", "--exit-on-stdin-eof"]).stdin(Stdio::piped());
    // The watchdog of the service manager belongs to this process alone.
    watchdog::silence(&mut command);
    Ok(Portal(command.spawn().map_err(|e| errors::portal_not_started(io_text(&e)))?))
}

/// Runs until SIGTERM or SIGINT; the current step is finished first.
///
/// # Errors
/// Errors of the configuration and of keys at start, which no retry solves, and a failed sync.
pub fn run(mut context: Context, started_s: UnixSeconds) -> Result<()> {
    let _alone = lock::take_daemon(&context.config.state)?;
    context.outgoing()?;
    let received = context.receive_endpoint()?.received;
    let mut waker = FolderWatcher::new(&received, context.config.ingest.watch)?;
    let mut portal = start_portal(&context)?;
    let (started, mut ends) = (Instant::now(), 0);
    let interval = TICK.min(Duration::from_secs(context.config.ingest.poll_interval_s.max(1)));
    let text = commands::running(received.display(), &context.config.reply.schedule);
    log::say(Level::Info, &About::default(), text.show());
    let mut crier = AlertNotifier::default();
    let (mut ingest_retry, mut reply_retry) = (Retry::default(), Retry::default());
    watchdog::ready(&context.config.state, "waiting")?;
    loop {
        if portal.0.try_wait().is_ok_and(|ended| ended.is_some()) {
            let about = About { code: Some("FERRY-E0611"), ..About::default() };
            log::say(Level::Error, &about, &format!("error: {}", commands::portal_ended().show()));
            portal = start_portal(&context)?;
            ends += 1;
        } else {
            ends = 0;
        }
        let now = UnixSeconds::now;
        if ingest_retry.may_run(now()) {
            watchdog::step("ingest");
            let ingested = ingest::ingest(&mut context, CopyGrace::UntilTimeout, now()).map(|summary| {
                if !summary.is_quiet() {
                    summary.print();
                }
            });
            ingest_retry.ended(ingested, now())?;
        }
        let last = runs::last_success_s(&context.store.conn, REPLY)?;
        if context.schedule.is_due(last, started_s, now()) && reply_retry.may_run(now()) {
            watchdog::step("reply");
            let replied = reply::reply(&mut context, now()).map(|summary| summary.print());
            reply_retry.ended(replied, now())?;
        }
        // One that has just been started again is asked by the next round, one that ends in each round is asked at once.
        let is_asked = started.elapsed() > PORTAL_STARTS && ends != 1;
        let probed = if is_asked { status::portal_probe::alarm(&context.config.portal) } else { None };
        let probed = probed.as_slice();
        let alarms = status::alarms(&context, UnixSeconds::now()).map(|mut alarms| {
            alarms.extend_from_slice(probed);
            crier.notify_new(&alarms);
        });
        continue_unless_fatal(alarms)?;
        watchdog::step("waiting");
        status::write_metrics(&context, probed, UnixSeconds::now());
        if !waker.wait(interval) {
            watchdog::stopping();
            return Ok(());
        }
    }
}
