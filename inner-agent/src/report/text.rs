//! The report in a terminal.

use crate::report::data::{Batch, Counts, Item, Report};
use ferry_io::error::{Error, Result};
use ferry_io::out;
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
    writeln!(out, "公开工作报告 Supervision report  {}  {}", r.court, r.period)?;
    writeln!(out, "截至 as of {}\n", r.as_of)?;
    table(out, &rows(r))?;
    writeln!(out)?;
    let (numbers, unscannable) = (r.total.identifiers, r.total.unscannable);
    writeln!(
        out,
        "个人号码 numbers of people in what only parties see: {numbers}; 无法扫描 not scannable: {unscannable}"
    )?;
    for b in &r.unconfirmed {
        writeln!(out, "未确认 not confirmed: {}", batch(b))?;
    }
    for b in r.batches.iter().filter(|b| b.state == "refused") {
        writeln!(out, "外网拒收 refused outside: {}, {}", batch(b), b.reason.as_deref().unwrap_or(""))?;
    }
    let days: Vec<String> = r.missed_days.iter().map(ToString::to_string).collect();
    if !days.is_empty() {
        writeln!(out, "未导出的日子 days without an export: {}", days.join(", "))?;
    }
    for c in &r.held.classes {
        let since = c.since.as_deref().unwrap_or("");
        writeln!(out, "暂留 held: {} {} {} ({}), 最早 since {since}", c.records, c.kind, c.zh, c.class)?;
    }
    for h in &r.held.records {
        writeln!(out, "  {} {}: {}", h.since, item(&h.item), safe(&h.why))?;
    }
    for c in &r.kept_inside {
        writeln!(out, "依规则留内网 kept inside: {} {} {} ({})", c.records, c.kind, c.zh, c.class)?;
    }
    let withheld = &r.withheld;
    writeln!(out, "不予公开 withheld: 本期开始 begun {}, 结束 ended {}", withheld.begun, withheld.ended)?;
    for c in &withheld.now {
        writeln!(out, "  {} {} {} ({})", c.records, c.kind, c.zh, c.class)?;
    }
    for f in &r.defective_forms {
        writeln!(out, "审批表无效 defective form {}: {}", safe(&f.form), safe(&f.why))?;
    }
    for a in &r.late.approved {
        writeln!(out, "迟录已批准 late, approved by {}: {} {}", safe(&a.approved_by), a.records, a.kind)?;
    }
    for i in &r.late.without_approval {
        writeln!(out, "迟录未批准 late, not approved: {}", item(i))?;
    }
    for i in &r.incomplete {
        writeln!(out, "缺项 incomplete: {}", item(i))?;
    }
    let days = r.service.days_allowed;
    writeln!(out, "送达逾期 not signed for in {days} days by the court's calendar: {}", r.service.overdue)?;
    for o in &r.service.documents {
        writeln!(out, "  {} ({} 日 days): {}", o.confirmed, o.days, item(&o.item))?;
    }
    for c in r.completeness.iter().filter(|c| c.cases_without > 0) {
        writeln!(out, "应有而无 cases without {} at {}: {}", c.kind, c.steps.join(", "), c.cases_without)?;
        for case in &c.cases {
            writeln!(out, "  {} {} ({})", safe(&case.case), safe(&case.case_number), case.step)?;
        }
    }
    for c in &r.corrections {
        let by = if c.approved_by.is_empty() { String::new() } else { format!(" ({})", safe(&c.approved_by)) };
        writeln!(out, "更正和撤回 {} {}: {} {}{by}: {}", c.at, c.act, c.kind, safe(&c.key), safe(&c.why))?;
    }
    Ok(())
}

/// Departments with their kinds below them, and the sum.
fn rows(r: &Report) -> Vec<Vec<String>> {
    let titles = [
        [
            "部门和类",
            "新增",
            "变更",
            "更正",
            "撤回",
            "迟录",
            "准迟",
            "拒收",
            "缺项",
            "不公开",
            "暂留",
            "规则",
            "未确认",
            "未签收",
            "缺案",
        ],
        [
            "", "new", "changed", "corr.", "retr.", "late", "l.appr.", "refused", "incompl.", "withheld", "held",
            "by rule", "unconf.", "unsigned", "cases",
        ],
    ];
    let mut rows: Vec<Vec<String>> = titles.map(|t| t.map(str::to_owned).to_vec()).into();
    for (department, counts) in &r.departments {
        rows.push(row(department.clone(), counts));
        for kind in r.kinds.iter().filter(|k| k.department == *department) {
            rows.push(row(format!("  {} {}", kind.zh, kind.kind), &kind.counts));
        }
    }
    rows.push(row("合计 total".to_owned(), &r.total));
    rows
}

fn row(name: String, c: &Counts) -> Vec<String> {
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
    let mut row = vec![safe(&name)];
    row.extend(numbers.map(|n| if n == 0 { "·".to_owned() } else { n.to_string() }));
    row
}

fn batch(b: &Batch) -> String {
    format!("{}/{} {} {}, {} records", b.epoch, b.sequence, b.created, b.state, b.records)
}

fn item(i: &Item) -> String {
    let case = if i.case_number.is_empty() { &i.case } else { &i.case_number };
    format!("{} {} {}", i.kind, safe(&i.key), safe(case)).trim_end().to_owned()
}
