//! What a pass over the received folder reports.

use ferry_format::texts;

texts! {
    file_exchanged { zh: "读取时文件被替换", en: "the file was exchanged while it was read" }
    waiting(file, why) { zh: "等待：{file}：{why}", en: "waiting: {file}: {why}" }
    waits_for_head(file, number) {
        zh: "等待：{file}：批次 {number} 的分卷，首卷尚未到达",
        en: "waiting: {file}: a volume of batch {number}; its head has not come"
    }
    quarantined(file, message, code, hint) {
        zh: "已隔离：{file}：{message} [{code}]\nhint: {hint}",
        en: "quarantined: {file}: {message} [{code}]\nhint: {hint}"
    }
    refused_in_place(file, why) {
        zh: "已拒收，但无法移走：{file}：{why}", en: "refused, and cannot be moved away: {file}: {why}"
    }
    deleted(files, example) {
        zh: "隔离区已满，已删除 {files} 个被拒收的文件，例如 {example}",
        en: "deleted: {files} refused files, such as {example}; quarantine is full"
    }
    second_of_revoked_key {
        zh: "该批号已有另一批次，且签署本批次的密钥已被吊销",
        en: "another batch has this number, and the key that signed this one was revoked",
    }
    not_the_named_one {
        zh: "在其后接收的批次所指的是另一批次",
        en: "batches that were accepted after it name another one here",
    }
    gap_too_large { zh: "批号跳跃超出允许的缺失数量", en: "it jumps further ahead than any gap may be" }
    waits_for_gap {
        zh: "之前的批次缺失，等待其到达或缺失被认可（on-gap）",
        en: "batches before it are missing; it waits until they arrive or their gap is accepted (on-gap)",
    }
    waits_for_catalogue {
        zh: "按另一公开目录生成，等待本侧安装该目录",
        en: "it was made under another catalogue; it waits until that one is installed here",
    }
    waits_for_policy {
        zh: "按另一脱敏策略生成，等待本侧安装该策略",
        en: "it was made under another policy; it waits until that one is installed here",
    }
    waits_for_trust_list {
        zh: "信任清单所列的公开目录或脱敏策略与其不同，等待列有该目录和策略的清单",
        en: "the trust list names other catalogues or policies; it waits until one names these",
    }
    waits_for_successor {
        zh: "是该通道最新的批次，且已超过有效期",
        en: "it is the newest of its series and older than it may be",
    }
    one_list_only {
        zh: "信任批次只能包含一份信任清单", en: "a trust batch carries one list and nothing else",
    }
    list_with_records { zh: "信任批次不得包含记录", en: "a trust batch carries no records" }
    list_is_no_text { zh: "不是文本", en: "it is not text" }
    draft_is_outdated {
        zh: "生成时的公开目录、脱敏策略或密钥与现行的不同",
        en: "it was made under another catalogue, policy or key than are in force now",
    }
    content { zh: "内容", en: "content" }
}
