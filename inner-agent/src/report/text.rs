//! The report in a terminal.

use crate::report::data::{Batch, Counts, Item, Report};
use crate::texts::report as texts;
use ferry_format::reason::Reason;
use ferry_format::text::Text;
use ferry_format::texts::list;
use ferry_io::error::{Error, Result};
use ferry_io::out;
use ferry_io::output::language::Show;
use ferry_io::output::table::{safe, table};
use std::io::Write;
use std::path::Path;

/// Prints it.
pub fn print(report: &Report) -> Result<()> {
    let mut out = Vec::new();
    write(report, &mut out).map_err(|e| Error::io(Path::new("stdout"), &e, true))?;
    out!("{}", String::from_utf8_lossy(&out));
    Ok(())
}

fn write(r: &Report, out: &mut Vec<u8>) -> std::io::Result<()> {
    writeln!(out, "{}  {}  {}", texts::title().show(), r.court, r.period)?;
    writeln!(out, "{}\n", texts::as_of_line(&r.as_of).show())?;
    table(out, &rows(r))?;
    writeln!(out)?;
    let sections = [overview(r), held(r), late(r), service(r), corrections(r)];
    for (indent, line) in sections.into_iter().flatten() {
        writeln!(out, "{}{}", " ".repeat(indent), line.show())?;
    }
    Ok(())
}

/// Lines with their indentation.
type Lines = Vec<(usize, Text)>;

fn overview(r: &Report) -> Lines {
    let mut lines = vec![(0, texts::notices(r.total.identifiers, r.total.unscannable))];
    for b in &r.unconfirmed {
        lines.push((0, texts::unconfirmed_batch(batch(b))));
    }
    for b in r.batches.iter().filter(|b| b.state == "refused") {
        let reason = Reason::parse(b.reason.as_deref().unwrap_or_default()).text();
        lines.push((0, texts::refused_batch(batch(b), reason)));
    }
    if !r.missed_days.is_empty() {
        lines.push((0, texts::missed_days(list::items(&r.missed_days))));
    }
    lines
}

fn held(r: &Report) -> Lines {
    let mut lines = Lines::new();
    for c in &r.held.classes {
        let since = c.since.as_deref().unwrap_or("");
        lines.push((0, texts::held_line(c.records, r.kind_name(&c.kind), &c.name, since)));
    }
    for h in &r.held.records {
        lines.push((2, texts::dated_line(&h.since, item(r, &h.item), visible(&h.why))));
    }
    for a in &r.absent {
        lines.push((0, texts::absent_line(r.kind_name(&a.kind), a.waiting, a.kept)));
    }
    for u in &r.unmapped {
        lines.push((0, texts::unmapped_line(r.kind_name(&u.kind), u.records)));
    }
    if r.remark_count > 0 {
        lines.push((0, texts::remarks_line(r.remark_count)));
    }
    for m in &r.remarks {
        lines.push((2, texts::remark_line(r.kind_name(&m.kind), safe(&m.key), visible(&m.what))));
    }
    for c in &r.kept_inside {
        lines.push((0, texts::by_rule_line(c.records, r.kind_name(&c.kind), &c.name)));
    }
    lines.push((0, texts::withheld_line(texts::withheld_changes(r.withheld.begun, r.withheld.ended))));
    for c in &r.withheld.now {
        lines.push((2, texts::class_line(c.records, r.kind_name(&c.kind), &c.name)));
    }
    for f in &r.defective_forms {
        lines.push((0, texts::defective_line(safe(&f.form), visible(&f.why))));
    }
    lines
}

fn late(r: &Report) -> Lines {
    let mut lines = Lines::new();
    for a in &r.late.approved {
        lines.push((0, texts::late_approved_line(safe(&a.approved_by), a.records, r.kind_name(&a.kind))));
    }
    for i in &r.late.without_approval {
        lines.push((0, texts::late_unapproved_line(item(r, i))));
    }
    for i in &r.incomplete {
        lines.push((0, texts::incomplete_line(item(r, i))));
    }
    lines
}

fn service(r: &Report) -> Lines {
    let mut lines = vec![(0, texts::overdue_line(r.service.days_allowed, r.service.overdue))];
    for o in &r.service.documents {
        lines.push((2, texts::overdue_document(&o.confirmed, o.days, item(r, &o.item))));
    }
    for c in r.completeness.iter().filter(|c| c.cases_without > 0) {
        let line = texts::completeness_line(r.kind_name(&c.kind), r.step_names(&c.steps), c.cases_without);
        lines.push((0, line));
        for case in &c.cases {
            let step = r.step_name(&case.step);
            lines.push((2, texts::case_line(safe(&case.case), safe(&case.case_number), step)));
        }
    }
    lines
}

fn corrections(r: &Report) -> Lines {
    let line = |c: &crate::report::data::Correction| {
        let item = Text::join([&r.kind_name(&c.kind), &Text::verbatim(safe(&c.key))], " ", " ");
        let item = if c.approved_by.is_empty() { item } else { texts::with_person(item, safe(&c.approved_by)) };
        (0, texts::correction_line(&c.at, texts::act(&c.act), item, visible(&c.why)))
    };
    r.corrections.iter().map(line).collect()
}

/// Departments with their kinds below them, and the total.
fn rows(r: &Report) -> Vec<Vec<String>> {
    let titles = [
        texts::department_and_kind(),
        texts::new(),
        texts::changed(),
        texts::column_corrected(),
        texts::column_retracted(),
        texts::column_late(),
        texts::column_late_approved(),
        texts::column_refused(),
        texts::column_incomplete(),
        texts::column_withheld(),
        texts::column_held(),
        texts::column_by_rule(),
        texts::column_unconfirmed(),
        texts::column_unsigned(),
        texts::column_cases(),
    ];
    let mut rows = vec![titles.map(|t| t.show().to_owned()).to_vec()];
    for (department, counts) in &r.departments {
        rows.push(row(department, counts));
        for kind in r.kinds.iter().filter(|k| k.department == *department) {
            rows.push(row(&format!("  {}", kind.name().show()), &kind.counts));
        }
    }
    rows.push(row(texts::total().show(), &r.total));
    rows
}

fn row(name: &str, c: &Counts) -> Vec<String> {
    let numbers = [
        c.new,
        c.changed,
        c.corrected,
        c.retracted,
        c.late,
        c.late_approved,
        c.refused,
        c.incomplete,
        c.withheld,
        c.held,
        c.kept_inside,
        c.unconfirmed,
        c.service_overdue,
        c.cases_without,
    ];
    let mut row = vec![safe(name)];
    row.extend(numbers.map(|n| if n == 0 { "·".to_owned() } else { n.to_string() }));
    row
}

fn batch(b: &Batch) -> Text {
    texts::batch_line(format!("{}/{}", b.epoch, b.sequence), &b.created, texts::batch_state(&b.state), b.records)
}

fn item(r: &Report, i: &Item) -> Text {
    let case = if i.case_number.is_empty() { &i.case } else { &i.case_number };
    let key_and_case = format!("{} {}", safe(&i.key), safe(case));
    Text::join([&r.kind_name(&i.kind), &Text::verbatim(key_and_case.trim_end().to_owned())], " ", " ")
}

/// A text of the platform or an approver without control characters.
fn visible(text: &Text) -> Text {
    use ferry_format::text::Language::{Chinese, English};
    Text::new(safe(text.get(Chinese)), safe(text.get(English)))
}
