//! What a pass over the received folder reports.

use ferry_format::texts;

texts! {
    waiting(file, why) { zh: "等待：{file}：{why}", en: "waiting: {file}: {why}" }
    waits_for_head(file, volume, number) {
        zh: "等待：{file}：批次 {number} 的第 {volume} 分卷，首卷尚未到达",
        en: "waiting: {file}: volume {volume} of batch {number}; its head has not come"
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
}
