//! What `status` shows of channels, machine and repairs.

use ferry_format::texts;

texts! {
    alarm { zh: "报警", en: "alarm" }
    to_do { zh: "待办", en: "to do" }
    todo_line(label, what, code) { zh: "{label}：{what} [{code}]", en: "{label}: {what} [{code}]" }
    alarm_line(message, code, hint) {
        zh: "报警：{message} [{code}]\n  hint: {hint}", en: "alarm: {message} [{code}]\n  hint: {hint}"
    }
    check_well { zh: "正常：无待办事项", en: "OK: nothing for a person to do" }
    check_look(count, first) { zh: "注意：待办 {count} 项，其一：{first}", en: "WARNING: {count} to do, first: {first}" }
    check_stands(count, first) { zh: "严重：待办 {count} 项，其一：{first}", en: "CRITICAL: {count} to do, first: {first}" }
    check_unknown(why) { zh: "无法检查：{why}", en: "UNKNOWN: {why}" }
    nothing_to_do { zh: "无待办事项", en: "nothing for a person to do" }
    daemon { zh: "守护进程", en: "daemon" }
    daemon_silent(age) { zh: "无进展，上次活动在 {age} 前", en: "silent, last heartbeat {age} ago" }
    daemon_running(age) { zh: "运行中，上次活动在 {age} 前", en: "running, last heartbeat {age} ago" }
    daemon_not_running { zh: "未运行", en: "not running" }
    looked_at { zh: "检查时间与方式，异常的列出代码", en: "looked at, when and how; with its code where it is not well" }
    looked_at_well(at, how) { zh: "{at} {how}", en: "{at} {how}" }
    looked_at_raised(at, codes, how) { zh: "{at} {codes} {how}", en: "{at} {codes} {how}" }
    ledger { zh: "状态数据库", en: "database" }
    by_marks { zh: "可写，与库外标识和计数一致", en: "can be written, and is the right one" }
    folders { zh: "目录", en: "folders" }
    by_folder_marks { zh: "各目录的标记", en: "the mark of each folder" }
    outbox { zh: "发件箱", en: "outbox" }
    by_kept_files { zh: "应保存的每个批次文件", en: "files of every batch that is kept" }
    by_next_run { zh: "可用空间与下次运行所需", en: "free space against the next run" }
    clock { zh: "时钟", en: "clock" }
    by_newest_run { zh: "对照本端最新的批次和运行", en: "against the newest batch and run" }
    by_heartbeat(age) { zh: "上次活动在 {age} 前", en: "last heartbeat {age} ago" }
    by_end_of_daemon(age) { zh: "{age} 前按指令停止", en: "ended as told {age} ago" }
    by_no_heartbeat { zh: "本端从未运行守护进程", en: "none ever ran here" }
    far_side { zh: "对端", en: "other side" }
    reader { zh: "文书读取", en: "reader" }
    by_known_document { zh: "试读内容已知的文件", en: "a document that is known was read" }
    malware { zh: "恶意代码检查", en: "malware scanner" }
    by_scanner(version) { zh: "识别测试文本，{version}", en: "the test text was found, {version}" }
    by_test_text { zh: "未能识别测试文本", en: "the test text was not found" }
    by_newest_batch { zh: "最近接收的可用批次", en: "its newest accepted batch" }
    batch { zh: "最新批次", en: "batch" }
    gaps { zh: "缺失批次", en: "gaps" }
    quarantined { zh: "隔离区", en: "quarantined" }
    waiting { zh: "等待处理", en: "waiting" }
    backlog { zh: "待对端确认", en: "backlog" }
    backlog_oldest(count, age) { zh: "{count}，最早 {age} 前", en: "{count}, oldest {age}" }
    last_success { zh: "上次成功", en: "last success" }
    never { zh: "从未", en: "never" }
    next_run { zh: "下次运行", en: "next due" }
    export_arrow { zh: "↑ 导出", en: "↑ export" }
    return_arrow { zh: "↓ 回传", en: "↓ return" }
    released { zh: "待发", en: "released" }
    dispatched { zh: "已发", en: "dispatched" }
    confirmed { zh: "对端已确认", en: "confirmed" }
    published { zh: "已入库", en: "published" }
    refused { zh: "已拒收", en: "refused" }
    missing { zh: "缺失", en: "missing" }
    missing_segments(batch, segments, missing) {
        zh: "  批次 {batch}：共 {segments} MiB，缺第 {missing} MiB", en: "  batch {batch}: of {segments} MiB, missing: {missing}"
    }
    missing_head(batch) { zh: "  批次 {batch}：首卷尚未到达", en: "  batch {batch}: its head has not come" }
    gaps_accepted(numbers) { zh: "已认可的缺失批次：{numbers}", en: "gaps accepted permanently: {numbers}" }
    asked_not_kept(numbers) {
        zh: "对端要求补发、本端已不再保存：{numbers}", en: "asked for by the other side, no longer kept: {numbers}"
    }
    waiting_file(channel, file, reason) { zh: "  {channel} 等待：{file}：{reason}", en: "  {channel} waiting: {file}: {reason}" }
    skipped_files(channel, files, example, reason) {
        zh: "  {channel} 未处理文件 {files} 个，例如 {example}：{reason}",
        en: "  {channel} skipped: {files} files, such as {example}: {reason}"
    }
    last_error(channel, error) { zh: "  {channel} 上次错误：{error}", en: "  {channel} last error: {error}" }
    state_root(root) { zh: "  状态根 {root}", en: "  state root {root}" }
    space { zh: "磁盘空间", en: "space" }
    enough { zh: "足够", en: "enough" }
    not_enough { zh: "不足", en: "NOT ENOUGH" }
    free(bytes, verdict) { zh: "可用 {bytes}：{verdict}", en: "{bytes} free: {verdict}" }
    next_run_needs(needed, reserve) {
        zh: "下次运行需 {needed}，预留 {reserve}，所在目录", en: "next run {needed}, reserve {reserve}, in"
    }
    certificate { zh: "证书", en: "certificate" }
    certificate_days(days, until) { zh: "剩余 {days} 天，至 {until}", en: "{days} days left, until {until}" }
    epoch_restored { zh: "本端已从备份恢复", en: "this side was restored from a backup" }
    epoch_state_lost {
        zh: "对端持有本端没有记录的批次，本端丢失了最新状态",
        en: "the other side holds a batch that this side does not know: this side lost its newest state"
    }
    epoch_baseline { zh: "基线批次包含全部已公开数据", en: "a baseline carries the whole published state" }
    epoch_peer_lost_batches {
        zh: "对端丢失了本端已不再保存的批次", en: "the other side lost batches that are no longer kept here"
    }
    repaired { zh: "自动修复", en: "repaired" }
    nothing_repaired { zh: "7 天内无", en: "nothing in 7 days" }
    repaired_count(count, what) { zh: "{what}：{count} 次", en: "{count} {what}" }
    more(count) { zh: "  … 另有 {count} 项，见 status --json", en: "  … {count} more: status --json" }
    repair_resend { zh: "补发批次或分卷", en: "batches or volumes sent again" }
    repair_collect_again { zh: "重新采集被拒批次的内容", en: "contents of refused batches collected again" }
    repair_reconcile { zh: "核对并修复状态根", en: "lists compared where the state roots differ" }
    repair_root_recounted { zh: "重新计算状态根", en: "state roots counted again" }
    repair_unquarantine { zh: "传输补全后移出隔离区", en: "files put back once they were whole" }
    repair_duplicate { zh: "清除重复文件", en: "duplicate files removed" }
    repair_abandon { zh: "清除不完整的分卷", en: "incomplete batches deleted" }
    repair_quarantine_delete { zh: "清理隔离区", en: "old files deleted from quarantine" }
    job_failed(channel, job, error) {
        zh: "{channel} 上次运行 {job} 失败：{error}", en: "{channel}: the last `{job}` failed: {error}"
    }
    files_in_quarantine(channel, files) { zh: "{channel} 隔离区文件 {files} 个", en: "{channel}: files in quarantine: {files}" }
}
