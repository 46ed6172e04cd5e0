//! The supervision report, for a day or a month: terminal and page.

use ferry_format::text::Text;
use ferry_io::exit_code::{CONFIGURATION, IO};

ferry_io::errors! {
    /// A day outside the calendar.
    no_such_day(day, error) = CONFIGURATION, "FERRY-E0501" {
        zh: "日期 {day} 无效：{error}", en: "{day}: {error}",
        hint { zh: "请填写有效日期", en: "name a day that exists in the calendar" }
    }
    /// A report that cannot be rendered or encoded.
    not_rendered(error) = IO, "FERRY-E0601" {
        zh: "报告无法生成：{error}", en: "the report cannot be made: {error}",
        hint { zh: "请重试；仍然失败请报告给维护人员", en: "try again; if it fails again, report it to the maintainers" }
    }
}

ferry_format::texts! {
    /// `--month` in another form.
    month_format { zh: "月份格式为 YYYY-MM", en: "a month is written YYYY-MM" }
    /// `--month 2026-13`.
    no_such_month { zh: "没有这个月份", en: "no such month" }

    // Heading.
    html_lang { zh: "zh-CN", en: "en" }
    title { zh: "执行信息公开工作报告", en: "Supervision report on disclosure" }
    daily_title { zh: "执行信息公开工作日报", en: "Daily supervision report on disclosure" }
    monthly_title { zh: "执行信息公开工作月报", en: "Monthly supervision report on disclosure" }
    basis { zh: "依据法发〔2014〕18号第十二条、第十九条", en: "Articles 12 and 19 of 法发〔2014〕18号" }
    court { zh: "法院", en: "Court" }
    period { zh: "期间", en: "Period" }
    days_from_to(from, to) { zh: "{from} 至 {to}", en: "{from} to {to}" }
    as_of { zh: "截至", en: "As of" }
    as_of_line(at) { zh: "截至 {at}", en: "as of {at}" }
    as_of_note {
        zh: "暂缓导出、不予公开、缺必填项、未确认、未签收和要素不全案件为此时的数。",
        en: "Held, withheld, incomplete, unconfirmed and unsigned items and incomplete cases are counted at this time.",
    }

    // At a glance.
    overview { zh: "概况", en: "At a glance" }
    exported { zh: "导出", en: "exported" }
    exported_detail(new, changed, retracted) {
        zh: "新增 {new}，变更 {changed}，撤回 {retracted}", en: "{new} new, {changed} changed, {retracted} retracted",
    }
    late_unapproved { zh: "逾期录入未经批准", en: "late without approval" }
    late_approved_detail(count) { zh: "经批准 {count}", en: "{count} with approval" }
    held_tile { zh: "暂缓导出", en: "held" }
    held_detail { zh: "待核对更正", en: "to be corrected" }
    withheld_tile { zh: "不予公开", en: "withheld" }
    withheld_detail { zh: "审批表有效", en: "under approval forms in force" }
    overdue_tile { zh: "逾期未签收", en: "not signed for in time" }
    overdue_detail(days) { zh: "期限 {days} 日，依法院日历", en: "within {days} days by the court's calendar" }
    incomplete_cases { zh: "要素不全案件", en: "incomplete cases" }
    incomplete_cases_detail { zh: "缺少所处程序环节的必填要素", en: "without records that their step requires" }
    no_missed_days { zh: "期间内每个应导出的日子均已导出。", en: "An export was made on every day on which one was due." }
    missed_days(days) { zh: "未导出的日子：{days}", en: "days without an export: {days}" }
    notices(numbers, documents) {
        zh: "导出提示：仅当事人可见的内容中有个人号码 {numbers} 个；无法扫描的文书 {documents} 件",
        en: "Notes on exported records: {numbers} personal numbers in content for parties only; \
             {documents} documents that cannot be scanned",
    }

    // Charts.
    per_day { zh: "每日导出", en: "Exported per day" }
    per_day_label(most) { zh: "每日导出，最多 {most}", en: "Exported per day, at most {most}" }
    day_title(day, new, changed, retracted) {
        zh: "{day}：新增 {new}，变更 {changed}，撤回 {retracted}",
        en: "{day}: {new} new, {changed} changed, {retracted} retracted",
    }
    no_export_mark { zh: "× 应导出而未导出", en: "× export due but not made" }
    per_department {
        zh: "各部门逾期录入、缺必填项、暂缓导出和不予公开", en: "Late, incomplete, held and withheld records by department",
    }
    count_of(name, count) { zh: "{name} {count}", en: "{count} {name}" }

    // Counts.
    by_department { zh: "各部门各类别", en: "By department and kind" }
    department_and_kind { zh: "部门和类别", en: "Department, kind" }
    new { zh: "新增", en: "new" }
    changed { zh: "变更", en: "changed" }
    corrected { zh: "更正", en: "corrected" }
    retracted { zh: "撤回", en: "retracted" }
    late { zh: "逾期录入", en: "late" }
    incomplete { zh: "缺必填项", en: "incomplete" }
    withheld { zh: "不予公开", en: "withheld" }
    held { zh: "暂缓导出", en: "held" }
    total { zh: "合计", en: "total" }

    // The same as heads of columns, which are narrow.
    column_corrected { zh: "更正", en: "corr." }
    column_retracted { zh: "撤回", en: "retr." }
    column_late { zh: "逾期", en: "late" }
    column_late_approved { zh: "经批准", en: "appr." }
    column_refused { zh: "拒收", en: "refused" }
    column_incomplete { zh: "缺项", en: "incompl." }
    column_withheld { zh: "不公开", en: "withheld" }
    column_held { zh: "暂缓", en: "held" }
    column_by_rule { zh: "按规则", en: "by rule" }
    column_unconfirmed { zh: "未确认", en: "unconf." }
    column_unsigned { zh: "未签收", en: "unsigned" }
    column_cases { zh: "不全案件", en: "cases" }

    // Columns of lists.
    kind { zh: "类别", en: "Kind" }
    key { zh: "主键", en: "Key" }
    case { zh: "案件", en: "Case" }
    case_id { zh: "案件编号", en: "Case id" }
    case_number { zh: "案号", en: "Case number" }
    step { zh: "程序环节", en: "Step" }
    reason { zh: "原因", en: "Reason" }
    since { zh: "起始日期", en: "Since" }
    records { zh: "记录", en: "Records" }
    documents { zh: "文书", en: "Documents" }
    bytes { zh: "字节", en: "Bytes" }
    items { zh: "项目", en: "Items" }
    approved_by { zh: "批准人", en: "Approved by" }
    time { zh: "时间", en: "Time" }
    item { zh: "事项", en: "Item" }
    grounds { zh: "理由", en: "Reason" }
    batch { zh: "批次", en: "Batch" }
    created { zh: "封装时间", en: "Created" }
    state { zh: "状态", en: "State" }
    form { zh: "审批表", en: "Form" }
    defect { zh: "缺陷", en: "Defect" }
    rule { zh: "规则", en: "Rule" }
    class_of_reason { zh: "理由类别", en: "Class of reason" }
    confirmed { zh: "外网确认", en: "Confirmed" }
    days { zh: "天数", en: "Days" }

    // Sections of the page.
    late_section { zh: "逾期录入（第十二条、第二十一条）", en: "Late entries (articles 12, 21)" }
    late_unapproved_newest(count) { zh: "未经批准（最近 {count} 条）", en: "Without approval, the newest {count}" }
    late_unapproved_all { zh: "未经批准", en: "Without approval" }
    completeness_section { zh: "必填要素缺失", en: "Cases without records that their step requires" }
    completeness_kind(kind, cases, steps) {
        zh: "{kind}：{cases} 件（程序环节：{steps}）", en: "{kind}: {cases} cases (required at {steps})",
    }
    incomplete_section { zh: "缺必填项的记录", en: "Records without a required field" }
    held_section { zh: "暂缓导出（等待最久的在前）", en: "Held records to be corrected, longest waiting first" }
    attention_section { zh: "需要人工处理或留意", en: "What needs a person's attention" }
    absent_line(kind, waiting, kept) {
        zh: "{kind}：办案平台中不见，待确认撤回 {waiting} 条，人工保留公开 {kept} 条",
        en: "{kind}: no longer in the platform, {waiting} retractions wait, {kept} stay published by decision",
    }
    unmapped_line(kind, count) { zh: "{kind}：没有映射，{count} 条仍公开", en: "{kind}: no mapping, {count} records stay published" }
    remarks_line(count) {
        zh: "提示 {count} 处：未带出的可省项，或自造字", en: "{count} remarks: optional values left out, or private-use characters",
    }
    remark_line(kind, key, what) { zh: "{kind} {key}：{what}", en: "{kind} {key}: {what}" }
    overdue_section(days) {
        zh: "逾期未签收（第十一条，期限 {days} 日）：应以其他方式送达",
        en: "Not signed for within {days} days by the court's calendar (article 11): serve in another way",
    }
    withheld_section { zh: "不予公开（第十三条、第十五条）", en: "Withheld (articles 13, 15)" }
    withheld_changes(begun, ended) {
        zh: "本期新增不予公开 {begun} 项，恢复公开 {ended} 项",
        en: "{begun} items began to be withheld in the period, {ended} are no longer withheld",
    }
    defective_section { zh: "有缺陷的审批表", en: "Defective approval forms" }
    by_rule_section { zh: "按规则不导出（无需处理）", en: "Kept inside by a rule of the notice: nothing to do" }
    corrections_section { zh: "更正和撤回（第十六条，最近的在前）", en: "Corrected and retracted (article 16), newest first" }
    unconfirmed_section { zh: "外网尚未确认的批次", en: "Batches not yet confirmed by the outer side" }
    batches_section { zh: "本期批次", en: "Batches of the period" }
    office { zh: "审判管理办公室", en: "Trial-management office" }
    signature { zh: "签名", en: "Signature" }
    date { zh: "日期", en: "Date" }

    // Lines in a terminal.
    unconfirmed_batch(batch) { zh: "未确认的批次：{batch}", en: "not confirmed: {batch}" }
    refused_batch(batch, reason) { zh: "外网拒收：{batch}，{reason}", en: "refused outside: {batch}, {reason}" }
    batch_line(number, created, state, records) {
        zh: "{number} {created} {state}，记录 {records} 条", en: "{number} {created} {state}, {records} records",
    }
    held_line(count, kind, class, since) {
        zh: "暂缓导出：{kind} {count} 条，{class}，最早 {since}", en: "held: {count} {kind}, {class}, since {since}",
    }
    dated_line(at, item, reason) { zh: "{at} {item}：{reason}", en: "{at} {item}: {reason}" }
    by_rule_line(count, kind, class) {
        zh: "按规则不导出：{kind} {count} 条，{class}", en: "kept inside: {count} {kind}, {class}",
    }
    withheld_line(withheld) { zh: "不予公开：{withheld}", en: "withheld: {withheld}" }
    class_line(count, kind, class) { zh: "{kind} {count} 项，{class}", en: "{count} {kind}, {class}" }
    defective_line(form, reason) { zh: "审批表 {form} 有缺陷：{reason}", en: "defective form {form}: {reason}" }
    late_approved_line(person, count, kind) {
        zh: "逾期录入，{person} 批准：{kind} {count} 条", en: "late, approved by {person}: {count} {kind}",
    }
    late_unapproved_line(item) { zh: "逾期录入，未经批准：{item}", en: "late, not approved: {item}" }
    incomplete_line(item) { zh: "缺必填项：{item}", en: "incomplete: {item}" }
    overdue_line(days, count) {
        zh: "逾期未签收（期限 {days} 日）：{count} 件",
        en: "not signed for within {days} days by the court's calendar: {count}",
    }
    overdue_document(confirmed, days, item) {
        zh: "{confirmed}（{days} 天）：{item}", en: "{confirmed} ({days} days): {item}",
    }
    completeness_line(kind, steps, count) {
        zh: "必填要素缺失：{kind}，{count} 件案件（{steps}）", en: "cases without {kind} at {steps}: {count}",
    }
    correction_line(at, act, item, reason) { zh: "{act} {at} {item}：{reason}", en: "{act} {at} {item}: {reason}" }
    with_person(item, person) { zh: "{item}（{person}）", en: "{item} ({person})" }
    case_line(case, number, step) { zh: "{case} {number}（{step}）", en: "{case} {number} ({step})" }
    /// A large number above a narrow bar.
    short_number(ten_thousands, thousands) { zh: "{ten_thousands}万", en: "{thousands}k" }
}

/// `corrected` or `retracted`.
pub fn act(act: &str) -> Text {
    if act == "corrected" { corrected() } else { retracted() }
}

/// A state of a batch, by its name in the ledger.
pub fn batch_state(state: &str) -> Text {
    match state {
        "released" => Text::fixed("已封装", "released"),
        "dispatched" => Text::fixed("已发出", "dispatched"),
        "confirmed" => Text::fixed("已确认", "confirmed"),
        "refused" => Text::fixed("已拒收", "refused"),
        _ => Text::fixed("缺失", "missing"),
    }
}
