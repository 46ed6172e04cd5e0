//! The daemon: exports on schedule, imports whenever a batch arrives, releases approved drafts, and notifies parties of confirmed
//! publications.

use crate::context::{Context, EXPORT};
use crate::export::Extent;
use crate::import::ImportSummary;
use crate::review::release::ReleaseSummary;
use crate::status::{alarms, metrics};
use crate::texts::commands as texts;
use crate::{import, jobs, notify, review, source};
use ferry_channel::ledger::runs;
use ferry_channel::monitor::alerts::AlertNotifier;
use ferry_channel::receive::progress::CopyGrace;
use ferry_channel::runtime::key_files;
use ferry_channel::runtime::lock;
use ferry_channel::runtime::log::{self, About, Level};
use ferry_channel::runtime::retry::Retry;
use ferry_channel::runtime::watch::FolderWatcher;
use ferry_channel::runtime::watchdog;
use ferry_channel::types::UnixSeconds;
use ferry_format::text::Text;
use ferry_io::error::{Error, Result};
use ferry_io::keys::load;
use ferry_io::output::exit::{self, continue_unless_fatal};
use ferry_io::output::language::Show;
use std::time::Duration;

/// Longest sleep: the schedule is checked this often.
const TICK: Duration = Duration::from_secs(20);

/// Runs until SIGTERM or SIGINT; the job under way is finished first.
///
/// # Errors
/// Errors of the configuration and of keys at start, which no retry solves, and a failed sync.
pub fn run(mut context: Context) -> Result<()> {
    let _only_one = lock::take_daemon(&context.config.state)?;
    check(&context)?;
    let received = context.incoming()?.received;
    let mut watcher = FolderWatcher::new(&received, context.config.import.watch)?;
    let interval = TICK.min(Duration::from_secs(context.config.import.poll_interval_s.max(1)));
    let running = texts::running(&context.config.export.schedule, received.display());
    log::say(Level::Info, &About::default(), running.show());
    let mut reporter = Reporter { started_s: UnixSeconds::now(), ..Reporter::default() };
    watchdog::ready(&context.config.state, "waiting")?;
    loop {
        reporter.pass(&mut context)?;
        watchdog::step("waiting");
        metrics::publish(&context, UnixSeconds::now());
        if !watcher.wait(interval) {
            watchdog::stopping();
            return Ok(());
        }
    }
}

/// Checks keys, mappings and fonts at start, and not at two in the morning. A key that is wrong ends the daemon; a database that is
/// away is named, and may come back.
fn check(context: &Context) -> Result<()> {
    context.outgoing()?;
    key_files::check_made(&context.config.source.login_key)?;
    load::login_key(&context.config.source.login_key)?;
    for checked in [source::open(context).map(drop), import::check(context), notify::check(context)] {
        continue_unless_fatal(checked)?;
    }
    Ok(())
}

/// What the daemon has reported, so that nothing is reported twice.
#[derive(Default)]
struct Reporter {
    started_s: UnixSeconds,
    alerts: AlertNotifier,
    export: Retry,
    release: Retry,
    import: Retry,
    notify: Retry,
    over_limit: Option<Text>,
}

impl Reporter {
    /// One pass over everything that may be due. A job may take hours, so each gets the time at its own start.
    fn pass(&mut self, context: &mut Context) -> Result<()> {
        let now = UnixSeconds::now;
        let is_due = context.schedule.is_due(runs::last_success_s(&context.conn, EXPORT)?, self.started_s, now());
        if is_due && self.export.may_run(now()) {
            watchdog::step("export");
            let done = jobs::export(context, Extent::Changes, now());
            self.export.ended(done.map(|done| done.summary.print()), now())?;
        }
        if self.release.may_run(now()) {
            watchdog::step("release");
            let released = review::release::due(context, now());
            let print = |summary: ReleaseSummary| {
                if !summary.is_empty() {
                    summary.print();
                }
            };
            self.release.ended(released.map(print), now())?;
        }
        if self.import.may_run(now()) {
            watchdog::step("import");
            let imported = import::import(context, CopyGrace::UntilTimeout, false, now());
            let print = |summary: ImportSummary| {
                if summary.batches + summary.quarantined + summary.refused > 0 {
                    summary.print();
                }
            };
            self.import.ended(imported.map(print), now())?;
        }
        let alarms = alarms::alarms(context, UnixSeconds::now());
        continue_unless_fatal(alarms.map(|alarms| self.alerts.notify_new(&alarms)))?;
        if context.config.notify.is_some() && self.notify.may_run(now()) {
            watchdog::step("notify");
            let notified = notify::pass(context, None, now()).map(|(summary, over_limit)| {
                if !summary.is_empty() {
                    summary.print();
                }
                self.report_over_limit(over_limit);
            });
            self.notify.ended(notified, now())?;
        }
        Ok(())
    }

    /// Reports messages over the limit when that begins or changes, and not with every pass.
    fn report_over_limit(&mut self, error: Option<Error>) {
        let message = error.as_ref().map(|e| e.message.clone());
        if message != self.over_limit
            && let Some(error) = error
        {
            exit::print_error(&error);
        }
        self.over_limit = message;
    }
}
