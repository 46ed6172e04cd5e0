//! What the agents say while they work: lines on stderr for people, pipes and tests; under systemd entries of the journal,
//! with level, code, channel, batch and job as fields that can be asked for (`journalctl FERRY_CODE=FERRY-E0691`).

use crate::runtime::watchdog;
use ferry_io::errln;
use ferry_io::exit_code::TEMPORARY;
use ferry_io::output::exit;
use std::os::unix::fs::MetadataExt;
use std::sync::OnceLock;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// How loud.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Somebody has to look.
    Error,
    /// It waits, or was set aside.
    Warning,
    /// For the record.
    Info,
}

/// What it is about. The job is known without naming it.
#[derive(Clone, Copy, Debug, Default)]
pub struct About<'a> {
    /// Code of the runbook.
    pub code: Option<&'a str>,
    /// Channel id.
    pub channel: Option<&'a str>,
    /// Number of a batch.
    pub batch: Option<&'a str>,
}

/// Our own events; libraries say nothing of use to an operator.
const TARGET: &str = "ferry";
/// Set once the journal takes events.
static JOURNAL: OnceLock<()> = OnceLock::new();

/// To be called once at start: where stderr leads to the journal, and it listens, it gets entries instead of lines.
pub fn begin() {
    exit::set_sink(|error, text| {
        let level = if error.exit == TEMPORARY { Level::Warning } else { Level::Error };
        say(level, &About { code: Some(error.code), ..About::default() }, text);
    });
    if !stderr_is_the_journal() {
        return;
    }
    let Ok(layer) = tracing_journald::layer() else { return };
    let layer = layer.with_field_prefix(Some("FERRY".to_owned()));
    let ours = filter_fn(|event| event.target() == TARGET);
    if tracing_subscriber::registry().with(layer.with_filter(ours)).try_init().is_ok() {
        let _ = JOURNAL.set(());
    }
}

/// `JOURNAL_STREAM` names device and inode of the stream that leads there (systemd.exec(5)); a redirection makes it untrue.
fn stderr_is_the_journal() -> bool {
    let Ok(stream) = std::env::var("JOURNAL_STREAM") else { return false };
    std::fs::metadata("/proc/self/fd/2").is_ok_and(|m| stream == format!("{}:{}", m.dev(), m.ino()))
}

/// Says something.
pub fn say(level: Level, about: &About<'_>, text: &str) {
    if JOURNAL.get().is_none() {
        errln!("{text}");
        return;
    }
    let About { code, channel, batch } = *about;
    let job = watchdog::current();
    match level {
        Level::Error => tracing::error!(target: TARGET, code, channel, batch, job, "{text}"),
        Level::Warning => tracing::warn!(target: TARGET, code, channel, batch, job, "{text}"),
        Level::Info => tracing::info!(target: TARGET, code, channel, batch, job, "{text}"),
    }
}
