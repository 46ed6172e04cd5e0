//! All of a side on one screen of 80 columns: what a person has to do first, then channels side by side, then the machine.

use crate::monitor::status::channel::ChannelStatus;
use crate::monitor::status::looked_at::LookedAt;
use crate::monitor::status::machine::{MachineStatus, age};
use crate::monitor::status::todo::Todo;
use crate::runtime::disk_space::size;
use crate::runtime::schedule::rfc3339;
use crate::texts::status as texts;
use crate::types::UnixSeconds;
use crate::types::alarm::Alarm;
use crate::types::number_range::format_numbers;
use ferry_format::text::Text;
use ferry_io::output::language::Show;
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

/// The lines.
#[derive(Default)]
pub struct Screen {
    text: String,
}

impl Screen {
    /// Alarms and what is to be done, most urgent first; that nothing is to be done has a line too.
    pub fn todo(&mut self, alarms: &[Alarm], todo: &[Todo]) {
        for t in todo {
            let is_of = |alarm: &&Alarm| alarm.code == t.code && alarm.message.show() == t.what;
            let alarm = alarms.iter().find(is_of);
            let label = if alarm.is_some() { texts::alarm() } else { texts::to_do() };
            self.wrapped(texts::todo_line(label, safe(&t.what), t.code).show(), 2);
            if let Some(alarm) = alarm.filter(|alarm| alarm.hint.show() != t.command) {
                self.wrapped(&format!("  hint: {}", safe(alarm.hint.show())), 4);
            }
            self.line(&format!("  → {}", t.command));
        }
        if todo.is_empty() {
            self.line(texts::nothing_to_do().show());
        }
    }

    /// Which side this is, when it was asked, and whether its daemon makes progress.
    pub fn head(&mut self, side: &str, machine: &MachineStatus, now: UnixSeconds, zone: &TimeZone) {
        self.line(&format!("{side}  {}", rfc3339(now, zone)));
        let daemon = match &machine.daemon {
            Some(heartbeat) if heartbeat.silent => texts::daemon_silent(age(heartbeat.age_s)),
            Some(heartbeat) => texts::daemon_running(age(heartbeat.age_s)),
            None => texts::daemon_not_running(),
        };
        self.row(texts::daemon().show(), daemon.show());
    }

    /// The channels side by side.
    pub fn channels(&mut self, channels: &[ChannelStatus]) {
        for pair in channels.chunks(2) {
            self.cells("", pair, |c| Some(format!("{} {}", c.id, arrow(c).show())));
            self.cells(texts::batch().show(), pair, |c| Some(format!("{}/{}", c.epoch, c.last_sequence)));
            for (state, name) in STATES {
                self.cells(name().show(), pair, |c| c.batches.get(state).map(u64::to_string));
            }
            self.cells(texts::gaps().show(), pair, |c| (!c.gaps.is_empty()).then(|| numbers(&c.gaps)));
            let count = |n: u64| (n > 0).then(|| n.to_string());
            self.cells(texts::quarantined().show(), pair, |c| count(c.quarantined));
            self.cells(texts::waiting().show(), pair, |c| count(c.waiting));
            self.cells(texts::backlog().show(), pair, backlog);
            self.cells(texts::last_success().show(), pair, |c| {
                Some(c.last_success.as_deref().map_or_else(|| texts::never().show().to_owned(), to_second))
            });
            self.cells(texts::next_run().show(), pair, |c| c.next_run.as_deref().map(to_second));
            for c in pair {
                self.details(c);
            }
        }
    }

    fn details(&mut self, c: &ChannelStatus) {
        for batch in &c.assembling {
            let missing: Vec<_> = batch.missing.iter().take(RANGES_MAX).map(|(a, b)| range(*a, *b)).collect();
            let text = if batch.segments == 0 {
                texts::missing_head(batch.sequence)
            } else {
                texts::missing_segments(batch.sequence, batch.segments, missing.join(", "))
            };
            self.wrapped(text.show(), 4);
        }
        for (numbers, text) in [
            (&c.accepted_gaps, texts::gaps_accepted(format_numbers(&c.accepted_gaps))),
            (&c.asked_not_kept, texts::asked_not_kept(format_numbers(&c.asked_not_kept))),
        ] {
            if !numbers.is_empty() {
                self.wrapped(&format!("  {} {}", c.id, text.show()), 4);
            }
        }
        for file in &c.waiting_files {
            self.wrapped(texts::waiting_file(&c.id, safe(&file.name), safe(&file.reason)).show(), 4);
        }
        for skipped in &c.left_alone {
            let text = texts::skipped_files(&c.id, skipped.files, safe(&skipped.example), &skipped.reason);
            self.wrapped(text.show(), 4);
        }
        if let Some(error) = &c.last_error {
            self.wrapped(texts::last_error(&c.id, safe(error)).show(), 4);
        }
        if let Some(root) = &c.state_root {
            self.line(texts::state_root(root).show());
        }
    }

    /// Space, certificates, and what was repaired.
    pub fn machine(&mut self, machine: &MachineStatus) {
        for space in &machine.space {
            let folder = space.folders.first().map(|f| f.display().to_string()).unwrap_or_default();
            let verdict = if space.enough { texts::enough() } else { texts::not_enough() };
            self.row(texts::space().show(), texts::free(size(space.free_bytes), verdict).show());
            let needs = texts::next_run_needs(size(space.needed_bytes), size(space.reserve_bytes));
            self.row("", needs.show());
            self.row("", &tail(&safe(&folder), COLUMNS - LABEL));
        }
        for c in &machine.certificates {
            let until = c.not_after.get(..10).unwrap_or(&c.not_after);
            self.row(texts::certificate().show(), texts::certificate_days(c.days_left, until).show());
        }
        if machine.repaired.is_empty() {
            self.row(texts::repaired().show(), texts::nothing_repaired().show());
        }
        for (n, repaired) in machine.repaired.iter().enumerate() {
            let label = if n == 0 { texts::repaired() } else { Text::default() };
            self.row(label.show(), texts::repaired_count(repaired.count, &repaired.what).show());
        }
    }

    /// When and how each of these was looked at, and what it raised.
    pub fn looked_at(&mut self, looked_at: &[LookedAt]) {
        self.line(texts::looked_at().show());
        for look in looked_at {
            let at = look.at.as_deref().map_or_else(|| texts::never().show().to_owned(), to_second);
            let text = match look.raised.is_empty() {
                true => texts::looked_at_well(at, &look.how),
                false => texts::looked_at_raised(at, look.raised.join(" "), &look.how),
            };
            self.row(&format!("  {}", look.name.show()), text.show());
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
            self.line(texts::more(more).show());
        }
    }

    /// A line that is longer than the screen continues below, indented.
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

/// A state or verdict of a batch with its text.
type State = (&'static str, fn() -> Text);
/// States and verdicts of batches, in the order of a batch's life.
const STATES: [State; 6] = [
    ("released", texts::released),
    ("dispatched", texts::dispatched),
    ("confirmed", texts::confirmed),
    ("published", texts::published),
    ("refused", texts::refused),
    ("missing", texts::missing),
];

fn arrow(c: &ChannelStatus) -> Text {
    if c.direction == "export" { texts::export_arrow() } else { texts::return_arrow() }
}

fn backlog(c: &ChannelStatus) -> Option<String> {
    if c.next_run.is_none() && c.unconfirmed == 0 {
        return None;
    }
    Some(match c.oldest_unconfirmed_age_s {
        Some(age_s) => texts::backlog_oldest(c.unconfirmed, age(age_s)).show().to_owned(),
        None => c.unconfirmed.to_string(),
    })
}

/// Date and time to the second, without the zone that the first line names.
/// A time without its offset, for a screen that names the court's zone.
pub fn to_second(time: &str) -> String {
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
        let text = "状态根不一致 and this is a long explanation of it ".repeat(3);
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
        assert_eq!(
            lines(&screen),
            ["  held: a".to_owned(), "  held: b".to_owned(), texts::more(118).show().to_owned()]
        );
        let mut screen = Screen::default();
        screen.todo(&[], &[]);
        assert_eq!(lines(&screen), [texts::nothing_to_do().show()]);
    }
}
