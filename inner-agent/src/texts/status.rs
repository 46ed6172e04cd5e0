//! What `status` prints, and the alarms of the inner agent.

use ferry_channel::alarms;
use ferry_format::texts;

texts! {
    side(court) { zh: "内网端 inner-agent  {court}", en: "inner-agent  {court}" }
    exported { zh: "已公开", en: "published" }
    documents_read { zh: "文书读取", en: "documents read" }
    documents_read_counts(whole, partly, unread) {
        zh: "已导出的文书：完整 {whole} 件，部分 {partly} 件，未能读取 {unread} 件",
        en: "of those exported: {whole} as a whole, {partly} in part, {unread} not read"
    }
    exported_counts(records, documents) {
        zh: "记录 {records} 条，文书 {documents} 份", en: "{records} records, {documents} documents",
    }
    held { zh: "暂缓导出", en: "held" }
    held_counts(held, withheld) { zh: "{held} 条；不予公开 {withheld} 条", en: "{held}; withheld: {withheld}" }
    compared { zh: "全量比对", en: "compared" }
    compared_at(rows, files, count) {
        zh: "数据行 {rows}；文书文件 {files}（{count} 份）", en: "rows {rows}; files {files} ({count})",
    }
    never { zh: "尚未", en: "not yet" }
    kept_inside { zh: "按规则不导出", en: "kept inside" }
    class_count(class, count) { zh: "{class} {count} 条", en: "{count} {class}" }
    kept_published { zh: "人工保留公开", en: "kept published" }
    kept_published_count(count) {
        zh: "{count} 条，办案平台中已无这些记录", en: "{count} records that the platform has no more, by a person's decision",
    }
    remarks { zh: "导出提示", en: "remarks" }
    remarks_count(count) {
        zh: "{count} 处：未带出的可省项，或自造字", en: "{count}: optional values left out, or private-use characters",
    }
    remark(kind, key, reason) { zh: "提示：{kind} {key}：{reason}", en: "remark: {kind} {key}: {reason}" }
    state_differs {
        zh: "两侧数据不一致：后续导出自动修复，也可用 `reconcile` 立即修复",
        en: "the outer side's state differs; the next exports repair it, or `reconcile` does now",
    }
    differing_buckets(kind, buckets) { zh: "  {kind}：状态桶 {buckets}", en: "  {kind}: buckets {buckets}" }
    draft(class, counts, approvals, file) {
        zh: "  待审草稿（{class}）：{counts}，{approvals}，{file}", en: "  draft to review ({class}): {counts}, {approvals}, in {file}",
    }
    draft_counts(records, documents) {
        zh: "记录 {records} 条，文书 {documents} 份", en: "{records} records, {documents} documents",
    }
    draft_approvals(approved, needed, due) {
        zh: "已签 {approved}/{needed}，{due} 前审核", en: "{approved}/{needed} approvals, due {due}",
    }
    held_outside_item(kind, key, version, rules) {
        zh: "外网复核暂缓公布：{kind} {key} 版本 {version}：{rules}", en: "hidden outside: {kind} {key} version {version}: {rules}",
    }
    review_queue(items, class) {
        zh: "  待核对清单（FERRY_HELD）：{items} 项 {class}", en: "  clerk's review queue (FERRY_HELD): {items} {class}",
    }
    corrected { zh: "更正 / 撤回", en: "corrected" }
    corrected_count(count) { zh: "7 天内 {count} 条", en: "{count} corrected or retracted in 7 days" }
    act_corrected { zh: "更正", en: "corrected" }
    act_retracted { zh: "撤回", en: "retracted" }
    correction(day, act, kind, key, why) { zh: "{day} {act}：{kind} {key}：{why}", en: "{day} {act}: {kind} {key}: {why}" }
    correction_approved(day, act, kind, key, by, why) {
        zh: "{day} {act}：{kind} {key}（{by} 批准）：{why}", en: "{day} {act}: {kind} {key} ({by}): {why}",
    }
    todo_held(count) {
        zh: "暂缓导出的记录 {count} 条，请在办案平台更正", en: "records held, to be corrected in the platform: {count}",
    }
    todo_drafts(count) { zh: "待审草稿 {count} 份", en: "drafts for reviewers: {count}" }
    todo_post_release(count) { zh: "发布后待审核的批次 {count} 个", en: "released batches to be reviewed: {count}" }
    todo_held_outside(count) {
        zh: "外网复核暂缓公布 {count} 项，请在办案平台更正", en: "items hidden outside, to be corrected in the platform: {count}",
    }
    todo_review_queue(count) { zh: "待核对清单 {count} 项", en: "items in the clerk's review queue: {count}" }
    todo_services(count) { zh: "逾期或提醒未确认的送达 {count} 件", en: "services overdue or unconfirmed: {count}" }
    todo_over_limit(count) { zh: "超出上限、等待处理的短信 {count} 条", en: "messages over the limit: {count}" }
}

// Alarms.
texts! {
    /// What repairs a batch that the outer side requests and that is no longer kept.
    repair_by_reconcile {
        zh: "用 `reconcile` 修复状态根显示的差异；`baseline` 重新导出全部已公开的内容",
        en: "`reconcile` repairs what the state root shows to differ; `baseline` exports everything again",
    }
    /// What repairs an outer side that lost state.
    repair_by_baseline {
        zh: "运行 `inner-agent baseline`：重新导出全部已公开的内容",
        en: "run `inner-agent baseline`: it exports the whole published state again",
    }
    /// Days, one or several.
    days(from, to) { zh: "{from} 至 {to}", en: "{from} to {to}" }
    /// A message with the error of the last run.
    with_error(message, error) { zh: "{message}；{error}", en: "{message}; {error}" }
}

alarms! {
    /// Items of return batches beyond a day's bounds.
    items_wait(items) = "FERRY-E0636" {
        zh: "外网回传的条目超出当日上限，{items} 项在等待", en: "more came back than a day takes: {items} items wait",
        hint {
            zh: "用 `waiting list` 查看；次日起逐日处理，属实的可用 `waiting settle` 立即入库；属伪造的大量条目用 `waiting discard` 删除，并检查外网机器是否被他人控制",
            en: "look with `waiting list`; they are taken day by day, or at once with `waiting settle` where they are genuine; delete a forged flood with `waiting discard`, and check whether somebody else controls the outer machine",
        }
    }
    /// Lists that were requested today already, and differ again.
    reconciliation_waits(buckets) = "FERRY-E0669" {
        zh: "与外网的差异修复后再次出现：{buckets} 组，等待中", en: "differs again after it was repaired today: {buckets} buckets, waiting",
        hint {
            zh: "24 小时后自动再次核对；先在外网查明数据为何变动，需立即修复的运行 `reconcile`",
            en: "it is compared again by itself within 24 hours; find out what changes the outer side's data, and run `reconcile` where it cannot wait",
        }
    }
    /// Whole days without an import.
    no_import(days) = "FERRY-E0633" {
        zh: "{days} 没有成功导入回传批次", en: "no reply batch was imported on {days}",
        hint {
            zh: "检查回传通道的接收目录和隔离区，以及 `outer-agent` 是否生成回传批次、光闸是否摆渡",
            en: "look at the reply channel's received folder and quarantine, and whether `outer-agent` replies and the carrier works",
        }
    }
}
