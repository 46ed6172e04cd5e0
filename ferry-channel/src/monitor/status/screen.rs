//! All of a side on one screen of 80 columns: what a person has to do first, then channels side by side, then the machine.

use crate::ledger::gaps;
use crate::monitor::status::operation::{Operation, age};
use crate::monitor::status::todo::Todo;
use crate::monitor::status::{Alarm, ChannelStatus};
use crate::runtime::disk_space::size;
use crate::runtime::schedule::rfc3339;
use ferry_io::output::table::{left, safe, width};
use jiff::tz::TimeZone;
use std::fmt::Write;

/// Columns of a terminal. Only a command to type may be longer: it is to be copied whole.
pub const COLUMNS: usize = 80;
/// Columns of the names of lines.
const LABEL: usize = 22;
/// Columns of what one channel says.
const CELL: usize = 28;
/// Ranges of missing numbers and volumes that are named.
const RANGES_MAX: usize = 4;

/// What is said, line by line.
#[derive(Default)]
pub struct Screen {
    text: String,
}

impl Screen {
    /// Alarms and what is to be done, most urgent first; that nothing is to be done is said too.
    pub fn todo(&mut self, alarms: &[Alarm], todo: &[Todo]) {
        for t in todo {
            let is_alarm = alarms.iter().any(|a| a.code == t.code && a.message == t.what);
            let label = if is_alarm { "警报 alarm" } else { "待办 to do" };
            self.wrapped(&format!("{label}: {} [{}]", safe(&t.what), t.code), 2);
            if let Some(alarm) = alarms.iter().find(|a| is_alarm && a.code == t.code && a.hint != t.command) {
                self.wrapped(&format!("  hint: {}", safe(&alarm.hint)), 4);
            }
            self.line(&format!("  → {}", t.command));
        }
        if todo.is_empty() {
            self.line("没有要人办的事 nothing for a person to do");
        }
    }

    /// Which side this is, when it was asked, and whether its daemon makes progress.
    pub fn head(&mut self, side: &str, operation: &Operation, now_s: i64, zone: &TimeZone) {
        self.line(&format!("{side}  {}", rfc3339(now_s, zone)));
        let daemon = match &operation.daemon {
            Some(sign) if sign.silent => format!("没有进展 silent, last sign {} ago", age(sign.age_s)),
            Some(sign) => format!("运行中 at work, last sign {} ago", age(sign.age_s)),
            None => "未运行 not running".to_owned(),
        };
        self.row("守护进程 daemon", &daemon);
    }

    /// The channels side by side.
    pub fn channels(&mut self, channels: &[ChannelStatus]) {
        for pair in channels.chunks(2) {
            self.cells("", pair, |c| Some(format!("{} {} {}", c.id, arrow(c), c.direction)));
            self.cells("批次 batch", pair, |c| Some(format!("{}/{}", c.epoch, c.last_sequence)));
            for (state, name) in STATES {
                self.cells(name, pair, |c| c.batches.get(state).map(u64::to_string));
            }
            self.cells("缺批 gaps", pair, |c| (!c.gaps.is_empty()).then(|| numbers(&c.gaps)));
            self.cells("隔离区 quarantined", pair, |c| (c.quarantined > 0).then(|| c.quarantined.to_string()));
            self.cells("等待 waiting", pair, |c| (c.waiting > 0).then(|| c.waiting.to_string()));
            self.cells("未确认 backlog", pair, |c| {
                let sends = c.next_run.is_some() || c.unconfirmed > 0;
                let oldest = c.oldest_unconfirmed_age_s.map(|s| format!(", oldest {}", age(s))).unwrap_or_default();
                sends.then(|| format!("{}{oldest}", c.unconfirmed))
            });
            self.cells("上次成功 last good", pair, |c| {
                Some(c.last_success.as_deref().map_or_else(|| "从未 never".to_owned(), to_second))
            });
            self.cells("下次 next due", pair, |c| c.next_run.as_deref().map(to_second));
            for c in pair {
                self.details(c);
            }
        }
    }

    fn details(&mut self, c: &ChannelStatus) {
        for batch in &c.assembling {
            let missing: Vec<_> = batch.missing.iter().take(RANGES_MAX).map(|(a, b)| range(*a, *b)).collect();
            self.wrapped(
                &format!(
                    "  batch {}: of {} volumes these are missing: {}",
                    batch.sequence,
                    batch.volumes,
                    missing.join(", ")
                ),
                4,
            );
        }
        for text in gaps::lines(&c.accepted_gaps, &c.asked_not_kept) {
            self.wrapped(&format!("  {} {text}", c.id), 4);
        }
        for file in &c.waiting_files {
            let text = format!("{}: {}", safe(&file.name), safe(&file.reason));
            self.wrapped(&format!("  {} 等待 waiting: {text}", c.id), 4);
        }
        for left in &c.left_alone {
            let text = format!("{} files, such as {}: {}", left.files, safe(&left.example), left.reason);
            self.wrapped(&format!("  {} 留在原处 left alone: {text}", c.id), 4);
        }
        if let Some(error) = &c.last_error {
            self.wrapped(&format!("  {} 上次错误 last error: {}", c.id, safe(error)), 4);
        }
        if let Some(root) = &c.state_root {
            self.line(&format!("  状态根 root {root}"));
        }
    }

    /// Space, certificates, and what was repaired.
    pub fn operation(&mut self, operation: &Operation) {
        for room in &operation.space {
            let folder = room.folders.first().map(|f| f.display().to_string()).unwrap_or_default();
            let (needed, reserve) = (size(room.needed_bytes), size(room.reserve_bytes));
            let verdict = if room.enough { "足够 enough" } else { "不足 NOT ENOUGH" };
            self.row("空间 space", &format!("{} free: {verdict}", size(room.free_bytes)));
            self.row("", &format!("next run {needed}, reserve {reserve}, in"));
            self.row("", &tail(&safe(&folder), COLUMNS - LABEL));
        }
        for c in &operation.certificates {
            let when = c.not_after.get(..10).unwrap_or(&c.not_after);
            self.row("证书 certificate", &format!("{} 天 days left, until {when}", c.days_left));
        }
        if operation.repaired.is_empty() {
            self.row("自行修复 repaired", "7 天内无 nothing in 7 days");
        }
        for (n, repaired) in operation.repaired.iter().enumerate() {
            let label = if n == 0 { "自行修复 repaired" } else { "" };
            self.row(label, &format!("{} {}", repaired.count, repaired.what));
        }
    }

    /// A named line.
    pub fn row(&mut self, label: &str, value: &str) {
        self.wrapped(&format!("{}{value}", left(label, LABEL)), LABEL);
    }

    /// Items of a list, the first few of them, and how many more there are.
    pub fn list<T>(&mut self, items: &[T], total: u64, named_max: usize, line: impl Fn(&T) -> String) {
        let named = items.len().min(named_max);
        for item in &items[..named] {
            self.wrapped(&format!("  {}", line(item)), 4);
        }
        let more = total.saturating_sub(named as u64);
        if more > 0 {
            self.line(&format!("  … 另有 {more} more: status --json"));
        }
    }

    /// A line that is longer than the screen goes on below, indented.
    pub fn wrapped(&mut self, text: &str, indent: usize) {
        let mut line = String::new();
        let mut columns = 0;
        for word in words(text) {
            let word_columns = width(word.trim_end());
            if columns + word_columns > COLUMNS && columns > indent {
                self.line(line.trim_end());
                line = " ".repeat(indent);
                columns = indent;
            }
            // What is longer than a line is broken anywhere.
            for c in word.chars() {
                let c_columns = width(c.encode_utf8(&mut [0; 4]));
                if columns + c_columns > COLUMNS && !c.is_whitespace() {
                    self.line(line.trim_end());
                    line = " ".repeat(indent);
                    columns = indent;
                }
                line.push(c);
                columns += c_columns;
            }
        }
        self.line(line.trim_end());
    }

    /// A line as it is.
    pub fn line(&mut self, text: &str) {
        // A string takes everything.
        let _ = writeln!(self.text, "{text}");
    }

    fn cells(&mut self, label: &str, pair: &[ChannelStatus], cell: impl Fn(&ChannelStatus) -> Option<String>) {
        let cells: Vec<_> = pair.iter().map(cell).collect();
        if cells.iter().all(Option::is_none) {
            return;
        }
        let cells = cells.into_iter().map(|c| left(&tail(&c.unwrap_or_else(|| "—".into()), CELL), CELL + 1));
        let text = format!("{}{}", left(label, LABEL), cells.collect::<String>());
        self.line(text.trim_end());
    }
}

impl std::fmt::Display for Screen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

/// States and verdicts of batches, in the order of a batch's life.
const STATES: [(&str, &str); 6] = [
    ("released", "待发 released"),
    ("dispatched", "已发 dispatched"),
    ("confirmed", "已确认 confirmed"),
    ("published", "已入库 published"),
    ("refused", "被拒 refused"),
    ("missing", "缺失 missing"),
];

fn arrow(c: &ChannelStatus) -> &'static str {
    if c.direction == "export" { "↑ 导出" } else { "↓ 回传" }
}

/// Date and time to the second, without the zone that the first line names.
fn to_second(time: &str) -> String {
    time.get(..19).unwrap_or(time).replace('T', " ")
}

fn range(from: impl ToString + PartialEq, to: impl ToString + PartialEq) -> String {
    let (from, to) = (from.to_string(), to.to_string());
    if from == to { from } else { format!("{from}–{to}") }
}

/// Numbers as ranges, the first few of them.
fn numbers(gaps: &[u64]) -> String {
    let mut ranges: Vec<(u64, u64)> = Vec::new();
    for n in gaps {
        match ranges.last_mut() {
            Some((_, to)) if *to + 1 == *n => *to = *n,
            _ => ranges.push((*n, *n)),
        }
    }
    let more = if ranges.len() > RANGES_MAX { ", …" } else { "" };
    let named: Vec<_> = ranges.iter().take(RANGES_MAX).map(|(a, b)| range(*a, *b)).collect();
    format!("{}{more}", named.join(", "))
}

/// The end of a text that is too long.
fn tail(text: &str, columns: usize) -> String {
    let mut rest = text;
    if width(rest) <= columns {
        return text.to_owned();
    }
    while width(rest) >= columns {
        let mut chars = rest.chars();
        chars.next();
        rest = chars.as_str();
    }
    format!("…{rest}")
}

/// Words with the space behind them.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split_inclusive(' ')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(screen: &Screen) -> Vec<String> {
        screen.to_string().lines().map(str::to_owned).collect()
    }

    #[test]
    fn a_long_line_goes_on_below_and_no_line_is_wider_than_the_screen() {
        let mut screen = Screen::default();
        let text = "状态根不一致 the roots differ and this is a long explanation of it ".repeat(3);
        screen.wrapped(&format!("  {text}{}", "长".repeat(100)), 4);
        let lines = lines(&screen);
        assert!(lines.len() > 3);
        assert!(lines.iter().all(|l| width(l) <= COLUMNS), "{lines:#?}");
        assert!(lines[1..].iter().all(|l| l.starts_with("    ")), "{lines:#?}");
        let flat = |s: &str| s.split_whitespace().collect::<String>();
        assert_eq!(flat(&lines.concat()), flat(&format!("{text}{}", "长".repeat(100))), "nothing is lost");
    }

    #[test]
    fn missing_numbers_are_ranges_and_only_the_first_few() {
        assert_eq!(numbers(&[3, 4, 5, 9]), "3–5, 9");
        assert_eq!(numbers(&[1, 3, 5, 7, 9, 11]), "1, 3, 5, 7, …");
        assert_eq!(tail("/a/b/法院/c", 6), "…院/c");
    }

    #[test]
    fn a_list_names_the_first_few_and_counts_the_rest() {
        let mut screen = Screen::default();
        screen.list(&["a", "b", "c"], 120, 2, |item| format!("held: {item}"));
        assert_eq!(lines(&screen), ["  held: a", "  held: b", "  … 另有 118 more: status --json"]);
        let mut screen = Screen::default();
        screen.todo(&[], &[]);
        assert_eq!(lines(&screen), ["没有要人办的事 nothing for a person to do"]);
    }
}
