//! A progress bar for what takes over a second; hidden where stderr is not a terminal.

use crate::output::language;
use ferry_format::text::Localized;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;

/// A bar over `total` bytes, or a counter where the total is not known.
pub fn bytes(what: impl Localized, total: Option<u64>) -> ProgressBar {
    let template = match total {
        Some(_) => "{msg} {bar:30} {bytes}/{total_bytes} {bytes_per_sec} {eta}",
        None => "{spinner} {msg} {bytes} {bytes_per_sec}",
    };
    bar(what, total, template)
}

/// A counter of records.
pub fn records(what: impl Localized) -> ProgressBar {
    bar(what, None, "{spinner} {msg} {human_pos} {per_sec}")
}

fn bar(what: impl Localized, total: Option<u64>, template: &str) -> ProgressBar {
    let target = if std::io::stderr().is_terminal() {
        ProgressDrawTarget::stderr_with_hz(5)
    } else {
        ProgressDrawTarget::hidden()
    };
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::with_draw_target(total, target)
        .with_style(style)
        .with_message(what.localized(language::current()).into_owned())
}

/// Advances a bar. In a daemon, where nobody sees the bar, it is a heartbeat.
pub fn advance(bar: &ProgressBar, by: u64) {
    crate::heartbeat::tick();
    bar.inc(by);
}
