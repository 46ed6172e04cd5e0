//! A bar on anything that takes over a second, hidden when stderr is no terminal.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;

/// A bar over `total` bytes, or a counter where the total is not known.
pub fn bytes(what: &str, total: Option<u64>) -> ProgressBar {
    let template = match total {
        Some(_) => "{msg} {bar:30} {bytes}/{total_bytes} {bytes_per_sec} {eta}",
        None => "{spinner} {msg} {bytes} {bytes_per_sec}",
    };
    bar(what, total, template)
}

/// A counter of records.
pub fn records(what: &str) -> ProgressBar {
    bar(what, None, "{spinner} {msg} {human_pos} {per_sec}")
}

fn bar(what: &str, total: Option<u64>, template: &str) -> ProgressBar {
    let target = if std::io::stderr().is_terminal() {
        ProgressDrawTarget::stderr_with_hz(5)
    } else {
        ProgressDrawTarget::hidden()
    };
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::with_draw_target(total, target).with_style(style).with_message(what.to_owned())
}

/// Moves a bar on. In a daemon, where nobody sees the bar, it is a sign of life.
pub fn advance(bar: &ProgressBar, by: u64) {
    crate::heartbeat::tick();
    bar.inc(by);
}
