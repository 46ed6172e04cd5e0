//! What `ferry inspect` prints.

use ferry_format::text::Text;
use ferry_format::texts;
use ferry_format::trust::rules::Class;

// About the batch
texts! {
    title(label, court, channel, direction) {
        zh: "{label}，法院 {court}，通道 {channel}，{direction}", en: "{label}, court {court}, channel {channel}, {direction}"
    }
    title_without_court(label, channel, direction) {
        zh: "{label}，通道 {channel}，{direction}", en: "{label}, channel {channel}, {direction}"
    }
    export { zh: "内网到外网", en: "intranet to internet" }
    return_way { zh: "外网到内网", en: "internet to intranet" }
    created(at, until) { zh: "生成时间 {at}，有效期至 {until}", en: "created {at}, valid until {until}" }
    sender(key, approvals) { zh: "发送方 {key}，审核签名 {approvals} 个", en: "sender {key}, {approvals} approvals" }
    digest(digest) { zh: "批次校验值 {digest}", en: "digest  {digest}" }
    content(digest) { zh: "内容校验值 {digest}", en: "content {digest}" }
    words(words) { zh: "核对码     {words}", en: "words   {words}" }
    kind { zh: "类别", en: "kind" }
    records { zh: "记录", en: "records" }
    retracted_records { zh: "其中撤回", en: "retracted" }
    documents { zh: "文书", en: "documents" }
    flagged { zh: "疑似敏感项", en: "flagged" }
    size { zh: "大小", en: "size" }
    total { zh: "合计", en: "total" }
}

// What the rules ask
texts! {
    needs_approvals(class, needed) { zh: "{class}（需 {needed} 人审核签名）", en: "{class} (approvals needed: {needed})" }
    needs_offices(text, offices) { zh: "{text}，须有 {offices}", en: "{text}, among them {offices}" }
    approved_by(persons) { zh: "已签名：{persons}", en: "approved by {persons}" }
    does_not_count(why, code) { zh: "不计入：{why} [{code}]", en: "does not count: {why} [{code}]" }
    complete { zh: "审核签名已齐", en: "every approval that is needed is there" }
    waiting(found, needed) { zh: "等待审核：已有 {found} 人，需 {needed} 人", en: "waiting: {found} of {needed} approvals" }
    office_missing(text, offices) { zh: "{text}；还须：{offices}", en: "{text}; still needed: {offices}" }
    refused_by(person, reason) { zh: "{person} 已退回：{reason}", en: "refused by {person}: {reason}" }
    heartbeat { zh: "空批", en: "heartbeat: nothing in it" }
    clean { zh: "无疑似敏感项", en: "clean: the scanner flagged nothing" }
    has_flagged { zh: "有疑似敏感项，须审核", en: "flagged: the scanner found something" }
    trust_change { zh: "信任清单变更", en: "change of the trust list" }
}

/// What a batch is for the release rules.
pub fn class(class: Class) -> Text {
    match class {
        Class::Heartbeat => heartbeat(),
        Class::Clean => clean(),
        Class::Flagged => has_flagged(),
        Class::Trust => trust_change(),
    }
}

// Items
texts! {
    version(number) { zh: "第 {number} 版", en: "version {number}" }
    retracted { zh: "撤回", en: "retracted" }
    of_case(case) { zh: "案件 {case}", en: "case {case}" }
    of_person(person) { zh: "当事人 {person}", en: "person {person}" }
    flagged_because(reason) { zh: "疑似敏感项：{reason}", en: "flagged: {reason}" }
    more(hidden) { zh: "…… 另有 {hidden} 条，加 --all 全部显示", en: "… {hidden} more; --all shows them" }
}
