//! `doctor`.

use ferry_format::texts;
use ferry_io::errors;
use ferry_io::exit_code::{BAD_DATA, CONFIGURATION, IO, NOT_PERMITTED};

texts! {
    state { zh: "状态目录", en: "state folder" }
    modes { zh: "状态目录和数据库的权限", en: "modes of state folder and ledger" }
    ledger { zh: "台账可读且完整", en: "the ledger can be read and is whole" }
    ledger_current { zh: "台账是最后使用的那一份", en: "the ledger is the one that worked here last" }
    outbox { zh: "发件箱与台账一致", en: "the outbox has what the ledger names" }
    folders { zh: "本端专用目录", en: "folders that only this side fills" }
    keys { zh: "密钥与配对", en: "keys and pairing" }
    clock { zh: "本机时钟", en: "clock" }
    space { zh: "磁盘空间", en: "disk space" }
    platform { zh: "办案平台数据库", en: "the platform's database" }
    staging { zh: "办案平台中间表", en: "the staging tables" }
    document_store { zh: "文书目录", en: "the store of documents" }
    portal { zh: "门户网站", en: "the portal" }
    good(what) { zh: "正常  {what}", en: "ok    {what}" }
    wrong(what, why, code) { zh: "异常  {what}：{why} [{code}]", en: "WRONG {what}: {why} [{code}]" }
    mended(what) { zh: "已修复  {what}", en: "mended  {what}" }
    newest_backup(folder, made) { zh: "最新可用备份：{folder}（{made}）", en: "newest usable backup: {folder} of {made}" }
    no_backup { zh: "未找到可用备份", en: "no usable backup is known" }
    to_do { zh: "依次处理：", en: "what to do, in this order:" }
    step(number, what, code) { zh: "{number}. {what} [{code}]", en: "{number}. {what} [{code}]" }
}

errors! {
    found(count) = BAD_DATA, "FERRY-E0639" {
        zh: "发现 {count} 项异常", en: "{count} things are wrong",
        hint { zh: "按以上顺序处理，处理后再次运行 `doctor`", en: "do what is listed, in that order, then run `doctor` again" }
    }
    no_ledger(path) = CONFIGURATION, "FERRY-E0658" {
        zh: "{path}：尚无台账", en: "{path}: there is no ledger yet",
        hint { zh: "首次安装先运行 `init` 和 `pair`，首次运行即建立台账", en: "on a new installation run `init` and `pair`; the first run makes it" }
    }
    ledger_damaged(path, why, backup) = IO, "FERRY-E0604" {
        zh: "{path}：台账已损坏：{why}", en: "{path}: the ledger is damaged: {why}",
        hint {
            zh: "停止守护进程，把整个状态目录改名保存作为证据，再运行 `restore {backup}`",
            en: "stop the daemon, keep the whole state folder under another name as evidence, then run `restore {backup}`"
        }
    }
    ledger_damaged_without_backup(path, why) = IO, "FERRY-E0604" {
        zh: "{path}：台账已损坏：{why}", en: "{path}: the ledger is damaged: {why}",
        hint {
            zh: "停止守护进程，把整个状态目录改名保存作为证据；有备份的用 `restore` 恢复，没有的用 `inner-agent baseline` 重建",
            en: "stop the daemon, keep the whole state folder under another name as evidence; `restore` a backup, or rebuild with `inner-agent baseline` where there is none"
        }
    }
    not_private(path, mode) = NOT_PERMITTED, "FERRY-E0635" {
        zh: "{path}：权限为 {mode}，其他账户可读", en: "{path}: its mode is {mode}, so other accounts can read it",
        hint { zh: "运行 `doctor --fix`", en: "run `doctor --fix`" }
    }
}
