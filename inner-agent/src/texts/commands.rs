//! What commands and the daemon print when they are done.

use ferry_format::texts;

/// Examples below the English help; the Chinese ones are in `help_zh`.
pub const EXAMPLES: &str = "\
Examples:
  inner-agent --config inner.toml plan          show what the next run would carry
  inner-agent --config inner.toml export        run one export now
  inner-agent --config inner.toml status        show the newest batch, held records and what is to do
  inner-agent --config inner.toml review list   show drafts that wait for approvals
  inner-agent --config inner.toml report --month 2026-11 --html -o 2026-11.html   monthly report";

texts! {
    exporting { zh: "正在导出", en: "exporting" }
    exported(number, records, documents, bytes) {
        zh: "已导出批次 {number}：记录 {records} 条，文书 {documents} 份，{bytes} 字节",
        en: "exported batch {number}: {records} records, {documents} documents, {bytes} bytes",
    }
    exported_changes(retracted, corrected) {
        zh: "  其中撤回 {retracted} 条，更正 {corrected} 条", en: "  of these {retracted} retracted, {corrected} corrected",
    }
    exported_not(withheld, held, kept_in) {
        zh: "  未导出：不予公开 {withheld} 条，暂缓导出 {held} 条，按规则不导出 {kept_in} 条",
        en: "  not exported: {withheld} withheld, {held} held, {kept_in} kept inside",
    }
    exported_late(late, incomplete) {
        zh: "  逾期录入 {late} 条，缺必填项 {incomplete} 条", en: "  {late} entered late, {incomplete} incomplete",
    }
    exported_requests(buckets) {
        zh: "  外网端数据不一致：已请求 {buckets} 个状态桶的清单",
        en: "  the outer side's state differs: the lists of {buckets} buckets were requested",
    }
    exported_remarks(count) {
        zh: "  提示 {count} 处：未带出的可省项，或自造字", en: "  remarks: {count} optional values left out, or private-use characters",
    }
    exported_unknown_types(count) {
        zh: "  warning: {count} 个案号的类型代字未知", en: "  warning: {count} case numbers have an unknown type code",
    }
    only_retractions {
        zh: "  warning: 本机时钟落后，本次只发出撤回和不予公开，其余内容待校时后导出",
        en: "  warning: the clock is behind, so only retractions and withheld items left; the rest leaves once it is right",
    }
    defective_form(form, reason) {
        zh: "  不予公开审批表 {form} 有缺陷：{reason}", en: "  approval form {form} is defective: {reason}",
    }
    proposed(draft) { zh: "草稿待审核：{draft}", en: "the draft waits for its reviewers: {draft}" }
    /// The daemon's first line.
    running(schedule, folder) {
        zh: "运行中：导出计划 `{schedule}`，导入目录 {folder}", en: "running: export `{schedule}`, import from {folder}",
    }
}
