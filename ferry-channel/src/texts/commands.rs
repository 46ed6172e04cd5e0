//! What the operators' commands print.

use ferry_format::texts;

texts! {
    compare_words {
        zh: "首批摆渡前，请与对端核对以上数字", en: "compare these words with the other side before the first batch"
    }
    pair_added(role, key) { zh: "+ {role}\t{key}", en: "+ {role}\t{key}" }
    pair_kept(role, key) { zh: "  {role}\t{key}", en: "  {role}\t{key}" }
    pair_ended(role, key) {
        zh: "- {role}\t{key}  今后仅用于后续批次指明或本端要求补发的批次",
        en: "- {role}\t{key}  from now on only for batches that a later one names or that were asked for"
    }
    pair_recipient_replaced(key) { zh: "+ 对端接收方\t{key}", en: "+ recipient of the other side\t{key}" }
    pair_nothing_written { zh: "未作更改；核对无误后加 `--yes` 再次运行", en: "nothing was changed: run it again with `--yes` once this is right" }
    no_gaps { zh: "没有缺失批次", en: "no missing batches" }
    gap(number, state, since) { zh: "{number}  {state}  发现于 {since}", en: "{number}  {state}  since {since}" }
    gap_asked_in(batch) { zh: "，已在第 {batch} 批要求补发", en: ", asked for in batch {batch}" }
    gap_accepted_by(by, at, reason) {
        zh: "    {by} 于 {at} 认可：{reason}", en: "    accepted by {by} at {at}: {reason}"
    }
    state_missing { zh: "缺失", en: "missing" }
    state_requested { zh: "已要求补发", en: "asked for" }
    state_unanswered { zh: "未获补发", en: "unanswered" }
    state_accepted { zh: "已认可", en: "accepted" }
    gaps_accepted(numbers) { zh: "已认可缺失批次（不再要求补发）：{numbers}", en: "gaps accepted permanently: {numbers}" }
    sent_again(batches) { zh: "已补发：{batches}", en: "sent again: {batches}" }
    volume_sent_again(batches, volume) {
        zh: "已补发：{batches} 的第 {volume} 分卷", en: "sent again: {batches}, volume {volume}"
    }
    no_forks { zh: "没有重号批次", en: "no number has two batches" }
    fork(number, at, state) { zh: "{number}  {at}  {state}", en: "{number}  {at}  {state}" }
    fork_stopped { zh: "通道已停止", en: "stopped" }
    fork_resumed_by(by) { zh: "{by} 已恢复通道", en: "resumed by {by}" }
    fork_digests(first, second, file) {
        zh: "    先到 {first}\n    后到 {second}\n    evidence/{file}",
        en: "    first {first}\n    second {second}\n    evidence/{file}"
    }
    channel_resumed(channel) { zh: "通道已恢复：{channel}", en: "the channel continues: {channel}" }
    quarantine_empty { zh: "隔离区为空", en: "quarantine is empty" }
    quarantined(id, name, bytes, code, message) {
        zh: "{id}  {name}  {bytes} 字节  [{code}] {message}", en: "{id}  {name}  {bytes} bytes  [{code}] {message}"
    }
    claimed(court, channel, direction, number, entries) {
        zh: "    文件自称（未经验证）：{court} {channel} {direction} {number}，{entries} 项",
        en: "    it claims, unverified: {court} {channel} {direction} {number}, {entries} entries"
    }
    draft { zh: "待审草稿", en: "draft" }
    no_header { zh: "    无法读出批次头", en: "    no header can be read" }
    what_to_do(hint) { zh: "    处理办法：{hint}", en: "    what to do: {hint}" }
    put_back(command) {
        zh: "已放回接收目录，下次执行 {command} 时处理", en: "put back; the next `{command}` processes it"
    }
    discarded(number) { zh: "已删除：{number}", en: "deleted: {number}" }
    settled { zh: "已处置", en: "settled" }
    list_installed_at(at, by) { zh: "{at} 由 {by} 启用", en: "installed {at} by {by}" }
    newest_accepted(channel, number) {
        zh: "通道 {channel} 最新接收的批次：{number}", en: "newest batch accepted on {channel}: {number}"
    }
    revoked_batch(number, verdict, records, list, at, state) {
        zh: "已吊销密钥的批次 {number}  {verdict}，{records} 条，依据信任清单 {list}，{at}  {state}",
        en: "revoked {number}  {verdict}, {records} records, by list {list} at {at}  {state}"
    }
    to_be_repaired { zh: "待修复", en: "to be repaired" }
    settled_by(by) { zh: "{by} 已处置", en: "settled by {by}" }
    list_in_force(number) { zh: "信任清单 {number} 已启用", en: "list {number} is in force" }
    list_was_in_force(number) { zh: "信任清单 {number} 此前已启用", en: "list {number} was in force already" }
}
