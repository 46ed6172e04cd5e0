//! The review of drafts before release, and of batches that were released without approvals.

use ferry_channel::alarms;
use ferry_format::text::Text;
use ferry_io::exit_code::{BAD_DATA, CONFIGURATION, NOT_PERMITTED};

ferry_io::errors! {
    /// No trust file names reviewers.
    no_reviewers = CONFIGURATION, "FERRY-E0730" {
        zh: "未配置审核人：`[export]` 没有指定信任文件，疑似敏感的内容无法发布",
        en: "no reviewer is known: `[export]` names no trust file, and nothing flagged can be released",
        hint {
            zh: "请将 `[export]` 的 `trust` 设为外网端接收所用信任文件的副本，其中须列明审核人",
            en: "set `trust` in `[export]` to a copy of the trust file by which the outer side receives, with its reviewers",
        }
    }
    /// A signed file over another content.
    content_unknown(words) = BAD_DATA, "FERRY-E0731" {
        zh: "本机没有该文件所签的内容：{words}", en: "nothing here has the content that was signed: {words}",
        hint {
            zh: "`review list` 列出每份草稿的核对码；草稿可能已更换，或属于其他法院",
            en: "`review list` shows the digest words of every draft; the draft was replaced, or is of another court",
        }
    }
    /// A draft that is no longer current.
    superseded(name, reason) = NOT_PERMITTED, "FERRY-E0732" {
        zh: "草稿 {name} 已失效：{reason}", en: "{name} is superseded: {reason}",
        hint {
            zh: "下次导出会重新生成待审草稿，请审核新草稿",
            en: "the next export drafts again what still needs a review; review that draft",
        }
    }
    /// A draft that became a batch.
    already_released(name, batch) = NOT_PERMITTED, "FERRY-E0733" {
        zh: "草稿 {name} 已作为批次 {batch} 发布", en: "{name} was already released as batch {batch}",
        hint {
            zh: "如有错误，请在办案平台更正或删除，下次导出将更正或撤回",
            en: "correct or delete what is wrong in the case platform: the next export corrects or retracts it",
        }
    }
    /// A refusal that names an item of another draft.
    item_not_in_draft(kind, item, name) = BAD_DATA, "FERRY-E0734" {
        zh: "退回文件列出了 {kind} {item}，但草稿 {name} 中没有", en: "the refusal names {kind} {item}, which {name} does not contain",
        hint {
            zh: "请退回整份草稿，或按 `ferry inspect` 所示填写记录",
            en: "refuse the whole draft, or name records as `ferry inspect` shows them",
        }
    }
    /// `review refuse DRAFT`.
    not_signed_here(path) = NOT_PERMITTED, "FERRY-E0738" {
        zh: "{path}：退回须由审核人签名，不能在本机进行", en: "{path}: a refusal is signed by the reviewer, not by this agent",
        hint {
            zh: "审核人在自己的电脑上运行 `ferry refuse -i reviewer.key --trust trust.toml DRAFT --reason … -o FILE`，\
                 再执行 `review refuse FILE`",
            en: "the reviewer runs `ferry refuse -i reviewer.key --trust trust.toml DRAFT --reason … -o FILE` on their \
                 own machine; then `review refuse FILE`",
        }
    }
    /// A baseline of records that need approvals.
    baseline_unapproved = NOT_PERMITTED, "FERRY-E0739" {
        zh: "发布规则要求先审核全部记录，而全量基线会立即发出",
        en: "the release rules require approvals for all records, and a baseline is dispatched at once",
        hint {
            zh: "可用 `reconcile` 以草稿方式修复差异；或在基线当日签发不要求 `clean` 审核的规则",
            en: "`reconcile` repairs what differs, by drafts; or sign rules without `clean` approvals for the day of the baseline",
        }
    }
}

alarms! {
    /// A batch that a reviewer refused after its release.
    refused_after_release(batch, reason) = "FERRY-E0735" {
        zh: "批次 {batch} 发布后被审核退回：{reason}", en: "batch {batch} was refused after its release: {reason}",
        hint {
            zh: "请在办案平台更正或删除相应内容，再运行 `export` 发出更正或撤回",
            en: "correct or delete the content in the case platform, then `export`: the correction or retraction is sent",
        }
    }
    /// Drafts that were not reviewed in time.
    drafts_overdue(count, oldest, due) = "FERRY-E0736" {
        zh: "{count} 份草稿逾期未审核，最早的是 {oldest}，应于 {due} 前审核",
        en: "{count} drafts were not reviewed in time; the oldest is {oldest}, due {due}",
        hint {
            zh: "`review list` 列出每份草稿所缺的审核；审核人用 `ferry approve` 或 `ferry refuse` 签名，再用 `review add` 录入",
            en: "`review list` shows what each lacks; reviewers sign with `ferry approve` or `ferry refuse`, and `review add` records it",
        }
    }
    /// The same where nobody can review.
    drafts_overdue_without_reviewers(count, oldest, due) = "FERRY-E0736" {
        zh: "{count} 份草稿逾期未审核，最早的是 {oldest}，应于 {due} 前审核",
        en: "{count} drafts were not reviewed in time; the oldest is {oldest}, due {due}",
        hint {
            zh: "未配置审核人：请设置 `[export]` 的 `trust`，或在办案平台更正相应记录",
            en: "no reviewer is known: set `trust` in `[export]`, or correct the records in the platform",
        }
    }
    /// Batches that were not reviewed after their release in time.
    batches_overdue(count, oldest, due) = "FERRY-E0737" {
        zh: "{count} 个批次发布后逾期未复核，最早的是 {oldest}，应于 {due} 前复核",
        en: "{count} released batches were not reviewed in time; the oldest is {oldest}, due {due}",
        hint {
            zh: "`review list` 列出各批次文件；每个批次经一名审核人签名即为已复核",
            en: "`review list` names their files; one reviewer's approval of each marks it as reviewed",
        }
    }
}

ferry_format::texts! {
    /// `review list`.
    draft_size(class, records, documents) {
        zh: "{class}：记录 {records} 条，文书 {documents} 件", en: "{class}: {records} records, {documents} documents",
    }
    approvals(given, needed, by) {
        zh: "已审核 {given}/{needed} {by}", en: "approved {given}/{needed} {by}",
    }
    due(due) { zh: "应于 {due} 前审核", en: "due {due}" }
    due_overdue(due) { zh: "应于 {due} 前审核，已逾期", en: "due {due}, overdue" }
    offices_missing(offices) { zh: "尚缺审核岗位：{offices}", en: "offices missing: {offices}" }
    digest_words(words) { zh: "核对码：{words}", en: "digest words: {words}" }
    file_deleted { zh: "文件已超过保留期", en: "file no longer kept" }
    post_release(batch, records, file) {
        zh: "发布后待复核：批次 {batch}，记录 {records} 条：{file}",
        en: "released, to be reviewed: batch {batch}, {records} records: {file}",
    }
    refused_by(reason) { zh: "已退回：{reason}", en: "refused by {reason}" }
    ended(state, name, reason) { zh: "{state}：{name}：{reason}", en: "{state}: {name}: {reason}" }
    nothing_pending { zh: "没有待审核的内容", en: "nothing waits for a review" }
    state_refused { zh: "已退回", en: "refused" }
    state_superseded { zh: "已失效", en: "superseded" }

    /// `review add` and `review refuse`.
    accepted(act, about, person, file) {
        zh: "{act} {about}：{person}（{file}）", en: "{act} {about}: {person} ({file})",
    }
    act_approval { zh: "已录入审核签名", en: "approval" }
    act_refusal { zh: "已录入退回", en: "refusal" }
    about_batch(number) { zh: "批次 {number}", en: "batch {number}" }

    /// `release`.
    released(draft, batch, records, documents, by) {
        zh: "已发布 {draft}：批次 {batch}，记录 {records} 条，文书 {documents} 件；审核人 {by}",
        en: "released {draft} as batch {batch}: {records} records, {documents} documents; {by}",
    }
    superseded_line(name) {
        zh: "草稿 {name} 已失效，下次导出会重新生成待审草稿",
        en: "superseded: {name}; the next export drafts again what still needs a review",
    }
    lapsed(name, person, reason) {
        zh: "审核签名不再有效：{name}，{person}：{reason}", en: "approval no longer valid: {name}, {person}: {reason}",
    }
    waiting(count) { zh: "待审核草稿：{count} 份", en: "waiting: {count}" }

    /// Log lines about the review folder.
    folder_unavailable(error, code, hint) {
        zh: "warning: 审核目录：{error} [{code}]\nhint: {hint}", en: "warning: the review folder: {error} [{code}]\nhint: {hint}",
    }
    not_accepted(error, code) { zh: "warning: 未录入：{error} [{code}]", en: "warning: not accepted: {error} [{code}]" }
}

/// `refused` or `superseded`.
pub fn end_state(state: &str) -> Text {
    if state == "refused" { state_refused() } else { state_superseded() }
}

/// `approval` or `refusal`.
pub fn act(act: &str) -> Text {
    if act == "approval" { act_approval() } else { act_refusal() }
}
