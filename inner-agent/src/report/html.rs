//! The report as a page to read and print. The charts are SVG; the page loads and runs nothing.

use crate::report::data::{Counts, Day, Report};
use crate::texts::report as texts;
use askama::Template;
use ferry_format::reason::Reason;
use ferry_format::text::Text;
use ferry_format::texts::list;
use ferry_io::error::Result;
use ferry_io::output::language::Show;

/// Width of both charts, in the units of their `viewBox`.
const WIDTH: f64 = 720.0;
/// Height of the chart of days.
const HEIGHT: f64 = 130.0;
/// Width of the names of departments.
const NAMES: f64 = 120.0;
/// Height of a department's line.
const LINE: f64 = 22.0;

/// The page as one HTML file.
pub fn html(report: &Report) -> Result<String> {
    let page = Page { report, days: Days::of(report), departments: Departments::of(report), width: WIDTH };
    page.render().map_err(texts::not_rendered)
}

#[derive(Template)]
#[template(path = "report.html")]
struct Page<'a> {
    report: &'a Report,
    days: Days,
    departments: Departments,
    width: f64,
}

/// Chart of exported records, one bar for each day.
struct Days {
    bars: Vec<Bar>,
    most: u64,
    height: f64,
}

/// One day: three stacked parts.
struct Bar {
    x: f64,
    width: f64,
    middle: f64,
    top: f64,
    parts: Vec<Part>,
    day: i8,
    total: u64,
    label: String,
    missed: bool,
    title: Text,
}

/// A rectangle.
struct Part {
    class: &'static str,
    at: f64,
    length: f64,
}

impl Days {
    fn of(report: &Report) -> Self {
        let total = |d: &Day| d.new + d.changed + d.retracted;
        let most = report.by_day.iter().map(total).max().unwrap_or(0);
        let step = WIDTH / report.days.days().count().max(1) as f64;
        let scaled = |n: u64| n as f64 / most.max(1) as f64 * HEIGHT;
        let bars = report.by_day.iter().enumerate().map(|(n, day)| {
            let mut bottom = HEIGHT;
            let parts = [("new", day.new), ("changed", day.changed), ("retracted", day.retracted)].map(|(class, n)| {
                bottom -= scaled(n);
                Part { class, at: bottom, length: scaled(n) }
            });
            Bar {
                x: n as f64 * step + step * 0.15,
                width: step * 0.7,
                middle: (n as f64 + 0.5) * step,
                top: bottom - 4.0,
                parts: parts.into(),
                day: day.day.day(),
                total: total(day),
                label: short(total(day)),
                missed: report.missed_days.contains(&day.day),
                title: texts::day_title(day.day, day.new, day.changed, day.retracted),
            }
        });
        Self { bars: bars.collect(), most, height: HEIGHT }
    }
}

/// Chart of late, incomplete, held and withheld records, one line for each department.
struct Departments {
    lines: Vec<Line>,
    height: f64,
}

/// One department.
struct Line {
    name: String,
    y: f64,
    base: f64,
    end: f64,
    total: u64,
    parts: Vec<Part>,
    title: Text,
}

impl Departments {
    fn of(report: &Report) -> Self {
        let numbers = |c: &Counts| {
            [
                ("late", texts::late(), c.late + c.late_approved),
                ("incomplete", texts::incomplete(), c.incomplete),
                ("held", texts::held(), c.held),
                ("withheld", texts::withheld(), c.withheld),
            ]
        };
        let total = |c: &Counts| numbers(c).iter().map(|(.., n)| n).sum::<u64>();
        let most = report.departments.values().map(total).max().unwrap_or(0);
        let scaled = |n: u64| n as f64 / most.max(1) as f64 * (WIDTH - NAMES - 60.0);
        let some = report.departments.iter().filter(|(_, c)| total(c) > 0);
        let lines: Vec<Line> = some
            .enumerate()
            .map(|(n, (name, counts))| {
                let mut at = NAMES;
                let parts = numbers(counts).map(|(class, _, n)| {
                    let part = Part { class, at, length: scaled(n) };
                    at += scaled(n);
                    part
                });
                let y = n as f64 * LINE;
                let title = numbers(counts).map(|(_, name, n)| texts::count_of(name, n));
                let title = list::clauses(title);
                let (parts, total) = (parts.into(), total(counts));
                Line { name: name.clone(), y: y + 3.0, base: y + LINE * 0.68, end: at + 6.0, total, parts, title }
            })
            .collect();
        Self { height: lines.len() as f64 * LINE, lines }
    }
}

/// A number above a narrow bar.
fn short(n: u64) -> String {
    let short = |ten_thousands: String| texts::short_number(ten_thousands, n / 1000).show().to_owned();
    match n {
        0..10_000 => n.to_string(),
        10_000..100_000 => short(format!("{:.1}", n as f64 / 10_000.0)),
        _ => short((n / 10_000).to_string()),
    }
}

/// A number of a table; a dot for zero.
fn number(n: &u64) -> String {
    if *n == 0 { "·".to_owned() } else { n.to_string() }
}

/// Reason of a refused batch.
fn refusal(reason: &str) -> Text {
    Reason::parse(reason).text()
}

/// Several days.
fn days_list(days: &[jiff::civil::Date]) -> Text {
    list::items(days)
}

/// The day of an RFC 3339 time.
fn day(time: &str) -> &str {
    time.get(..10).unwrap_or(time)
}

/// Day and minute of an RFC 3339 time.
fn minute(time: &str) -> String {
    time.get(..16).unwrap_or(time).replace('T', " ")
}
