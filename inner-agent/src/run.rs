//! The daemon: export on schedule, import whenever something arrives, and tell the parties what was confirmed.

use crate::agent::Agent;
use crate::export::Extent;
use crate::{alarm, export, import, notify, review, status};
use ferry_channel::monitor::alerts::Crier;
use ferry_channel::receive::pass::Grace;
use ferry_channel::runtime::lock;
use ferry_channel::runtime::log;
use ferry_channel::runtime::log::{About, Level};
use ferry_channel::runtime::watch::Waker;
use ferry_channel::runtime::watchdog;
use ferry_format::text::Text;
use ferry_io::clock;
use ferry_io::error::{Error, Result};
use ferry_io::output::exit;
use ferry_io::output::exit::continue_unless_fatal;
use std::time::Duration;

/// Longest sleep: a schedule is looked at this often.
const TICK: Duration = Duration::from_secs(20);

/// Runs until SIGTERM or SIGINT; the step under way is finished first.
///
/// # Errors
/// Configuration and permission failures end it: they do not heal by waiting.
pub fn run(mut agent: Agent) -> Result<()> {
    let _alone = lock::take_daemon(&agent.config.state)?;
    // Wrong keys, mappings and fonts show at start, not at two in the morning.
    agent.outgoing()?;
    crate::source::open(&agent)?;
    import::check(&agent)?;
    notify::check(&agent)?;
    let received = agent.incoming()?.received;
    let mut waker = Waker::new(&received, agent.config.import.watch)?;
    let started_s = clock::now_s();
    let interval = TICK.min(Duration::from_secs(agent.config.import.poll_s.max(1)));
    let mut over_limit = None;
    let text = format!("running: export `{}`, import from {}", agent.config.export.schedule, received.display());
    log::say(Level::Info, &About::default(), &text);
    let mut crier = Crier::default();
    watchdog::ready(&agent.config.state, "waiting")?;
    loop {
        if import::export_is_due(&agent, started_s, clock::now_s())? {
            watchdog::step("export");
            continue_unless_fatal(export::export(&agent, Extent::Changes).map(|done| done.print()))?;
        }
        watchdog::step("release");
        continue_unless_fatal(review::release::due(&agent).map(|done| {
            if !done.is_quiet() {
                done.print();
            }
        }))?;
        watchdog::step("import");
        continue_unless_fatal(import::import(&mut agent, Grace::UntilDeadline).map(|done| {
            if done.batches + done.quarantined + done.refused > 0 {
                done.print();
            }
        }))?;
        continue_unless_fatal(alarm::alarms(&agent, clock::now_s()).map(|alarms| crier.cry(&alarms)))?;
        if agent.config.notify.is_some() {
            watchdog::step("notify");
            continue_unless_fatal(notify::pass(&agent, None).map(|(done, alarm)| {
                if !done.is_empty() {
                    done.print();
                }
                tell(alarm, &mut over_limit);
            }))?;
        }
        watchdog::step("waiting");
        status::publish(&agent);
        if !waker.wait(interval) {
            watchdog::stopping();
            return Ok(());
        }
    }
}

/// Says an alarm when it begins or changes, not again with every pass.
fn tell(alarm: Option<Error>, before: &mut Option<Text>) {
    let now = alarm.as_ref().map(|f| f.message.clone());
    if now != *before
        && let Some(f) = alarm
    {
        exit::print_error(&f);
    }
    *before = now;
}
