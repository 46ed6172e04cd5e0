//! Messages to parties: errors, configuration, what a pass did, and the clerks' list.

use ferry_format::text::Text;
use ferry_io::exit_code::{CONFIGURATION, IO, TEMPORARY, UNAVAILABLE};

ferry_io::errors! {
    /// More messages than one pass may queue.
    over_limit(messages, limit) = TEMPORARY, "FERRY-E0640" {
        zh: "待发短信 {messages} 条，超过单次上限 {limit} 条",
        en: "{messages} messages to parties are waiting, more than the {limit} that one run may queue",
        hint {
            zh: "请先核对导出内容；`notify --over-limit send` 全部发送，`notify --over-limit drop` 全部不发",
            en: "check what was exported; then `notify --over-limit send` sends them all and `notify --over-limit drop` sends none",
        }
    }
    /// The command `notify` without the section.
    section_missing(path) = CONFIGURATION, "FERRY-E0641" {
        zh: "{path}：没有 `[notify]` 一节", en: "{path}: section `[notify]` is missing",
        hint {
            zh: "请从随附的 inner.toml 复制该节；如由其他系统发送通知，无需使用本命令",
            en: "copy it from the shipped inner.toml, or leave notifications to another system",
        }
    }
    /// The gateway refuses every request.
    gateway_refuses(status) = UNAVAILABLE, "FERRY-E0642" {
        zh: "短信网关返回 HTTP {status}：不接受本院的请求",
        en: "the SMS gateway answered HTTP {status}: it does not accept requests of this court",
        hint {
            zh: "请核对 `[notify.gateway]` 的 `url`、`key` 与网关是否一致，以及两侧时钟；短信已保留，不会丢失",
            en: "compare `url` and `key` of `[notify.gateway]` and the clock with the gateway's; messages are kept meanwhile",
        }
    }
    /// Output that cannot be encoded as JSON.
    not_encodable(error) = IO, "FERRY-E0601" {
        zh: "结果无法输出为 JSON：{error}", en: "the result cannot be encoded as JSON: {error}",
        hint { zh: "请将本错误报告给维护人员", en: "report this error to the maintainers" }
    }
    /// A message that cannot be encoded.
    message_not_encodable(error) = UNAVAILABLE, "FERRY-E0642" {
        zh: "短信无法编码：{error}", en: "the message cannot be encoded: {error}",
        hint { zh: "请将本错误报告给维护人员", en: "report this error to the maintainers" }
    }
    /// The gateway is down.
    gateway_silent(why) = UNAVAILABLE, "FERRY-E0643" {
        zh: "短信网关无响应：{why}", en: "the SMS gateway does not answer: {why}",
        hint {
            zh: "请检查网关和网络；短信已保留，恢复后自动续发",
            en: "check the gateway and the network; messages are kept and sent later",
        }
    }
}

ferry_format::texts! {
    /// Faults of `[notify]`.
    not_a_kind_with_parties(kind) {
        zh: "`{kind}` 不是以案件当事人为公开对象的类别", en: "`{kind}` is not a kind of a case with parties as its audience",
    }
    no_working_weekday { zh: "一周中没有工作日", en: "no day of the week is a working day" }
    not_a_year { zh: "不是年份", en: "not a year" }
    day_of_another_year(day) { zh: "{day} 不属于该年", en: "{day} is in another year" }
    day_is_both(day) { zh: "{day} 既列为休息日又列为工作日", en: "{day} is both a rest day and a working day" }
    url_invalid { zh: "URL 无效", en: "invalid URL" }
    url_without_host { zh: "URL 缺少主机", en: "the URL has no host" }
    url_with_more { zh: "URL 只能含主机和路径", en: "the URL may only have a host and a path" }
    url_insecure {
        zh: "手机号码将以明文经过网络：请改用 https 并设置 `ca`，或设置 `allow-insecure-http = true`",
        en: "telephone numbers would cross a network unencrypted: use https with `ca`, or set `allow-insecure-http = true`",
    }
    ca_missing { zh: "使用 https 须设置 `ca`", en: "https needs `ca`, the certificates to trust" }
    url_scheme {
        zh: "URL 须以 https:// 开头并设置 `ca`，或以 http:// 开头且不设 `ca`",
        en: "the URL must begin with https:// and have `ca`, or with http:// and have none",
    }
    key_too_short(path, characters) {
        zh: "{path}：少于 {characters} 个字符", en: "{path}: it has fewer than {characters} characters",
    }
    ca_without_certificate { zh: "文件中没有证书", en: "the file contains no certificate" }

    /// The result of a pass.
    notified(queued, sent, accepted, unknown, deferred) {
        zh: "短信：新增 {queued} 条，已发送 {sent} 条，网关已受理 {accepted} 条，结果不明 {unknown} 条，稍后再发 {deferred} 条",
        en: "messages: {queued} queued, {sent} sent, {accepted} accepted, {unknown} unknown, {deferred} deferred",
    }
    not_notified(refused, failed, no_phone, expired, services) {
        zh: "未发出：网关拒绝 {refused} 条，发送失败 {failed} 条，无手机号码 {no_phone} 条，超期 {expired} 条；送达状态变更 {services} 项",
        en: "not sent: {refused} refused, {failed} failed, {no_phone} without telephone number, {expired} expired; \
             {services} services changed",
    }

    /// `status`.
    messages { zh: "短信", en: "messages" }
    services { zh: "送达", en: "services" }
    no_messages { zh: "无", en: "none" }
    message_count(state, count) { zh: "{state} {count} 条", en: "{count} {state}" }
    service_counts(waiting, overdue, unconfirmed) {
        zh: "期限内 {waiting}，逾期 {overdue}，提醒未确认 {unconfirmed}",
        en: "{waiting} waiting, {overdue} overdue, {unconfirmed} unconfirmed",
    }
    messages_over_limit(count) {
        zh: "{count} 条短信超过上限，等待处理：`notify --over-limit`",
        en: "{count} messages over the limit wait for a decision: `notify --over-limit`",
    }
    calendar_outdated {
        zh: "`[notify.calendar]` 缺少本年度的休息日", en: "`[notify.calendar]` lacks this year's rest days",
    }

    /// The clerks' list.
    nothing_to_serve { zh: "没有逾期或提醒未确认的送达", en: "no service is overdue or unconfirmed" }
    no_clerk { zh: "（无承办人）", en: "(no clerk)" }
    service_line(case_number, title, addressee) {
        zh: "{case_number} {title} → {addressee}", en: "{case_number} {title} → {addressee}",
    }
    overdue_line(due, service) {
        zh: "逾期，届满日 {due}：{service}", en: "overdue, last day {due}: {service}",
    }
    unconfirmed_line(published, reminder, service) {
        zh: "提醒未确认，{published} 公布（提醒：{reminder}）：{service}",
        en: "unconfirmed, published {published} (reminder: {reminder}): {service}",
    }
    unsent_messages { zh: "未发出的短信", en: "messages that were not sent" }
    unsent_line(at, template, case_number, person, state) {
        zh: "{at} {template} {case_number} {person}：{state}", en: "{at} {template} {case_number} {person}: {state}",
    }
    with_reason(state, reason) { zh: "{state}：{reason}", en: "{state}: {reason}" }

    reason_gateway_forgot {
        zh: "网关曾受理，现已无此短信", en: "the gateway accepted it and no longer knows it",
    }
    reason_gateway_gave_up { zh: "网关放弃发送", en: "the gateway gave up" }
    reason_gateway_too_slow { zh: "网关受理后未按期发出", en: "the gateway accepted it and did not send it in time" }
}

/// Templates of messages, by their name in the ledger.
pub fn template(name: &str) -> Text {
    match name {
        "reminder" => Text::fixed("签收提醒", "reminder"),
        "step" => Text::fixed("案件进展", "step"),
        "correction" => Text::fixed("更正", "correction"),
        other => Text::verbatim(other.to_owned()),
    }
}

/// States of messages, by their name in the ledger; `none` where there is no message.
pub fn message_state(name: &str) -> Text {
    match name {
        "queued" => Text::fixed("待发送", "queued"),
        "trying" => Text::fixed("发送中", "trying"),
        "accepted" => Text::fixed("网关已受理", "accepted"),
        "sent" => Text::fixed("已发送", "sent"),
        "failed" => Text::fixed("发送失败", "failed"),
        "refused" => Text::fixed("网关拒绝", "refused"),
        "no-phone" => Text::fixed("无手机号码", "no telephone number"),
        "expired" => Text::fixed("超期", "expired"),
        "none" => Text::fixed("无", "none"),
        other => Text::verbatim(other.to_owned()),
    }
}
