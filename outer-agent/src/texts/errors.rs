//! Errors, and what is wrong with the configuration.

use ferry_io::exit_code::{CANNOT_CREATE, CONFIGURATION, IO, NO_INPUT};

ferry_io::errors! {
    /// A schedule with a day on which no return batch is due.
    reply_not_daily(path, schedule, day) = CONFIGURATION, "FERRY-E0502" {
        zh: "{path}：配置项 `reply.schedule`：“{schedule}”在 {day} 不运行，两次回传相隔将超过 24 小时",
        en: "{path}: `reply.schedule`: \"{schedule}\" has no run on {day}, so two return batches would be more than 24 hours apart",
        hint {
            zh: "请设为至少每天一次，例如 `0 4 * * *`：送达回证、留言和缺失批次的通报都随回传批次传输",
            en: "reply at least daily, as `0 4 * * *` does: receipts, messages and requests for missing batches cross with it",
        }
    }
    /// `outer-agent hide` with an item that is not published.
    nothing_published(kind, id) = NO_INPUT, "FERRY-E0664" {
        zh: "没有公布 {kind} {id}", en: "nothing is published under {kind} {id}",
        hint {
            zh: "类别和编号见该信息在门户网站上地址的末尾两段", en: "kind and id are the last two parts of its address on the portal",
        }
    }
    /// `outer-agent channel` with a name that is configured.
    channel_exists(path, name) = CANNOT_CREATE, "FERRY-E0666" {
        zh: "{path}：渠道 `{name}` 已存在", en: "{path}: channel `{name}` exists",
        hint {
            zh: "先从配置文件中删除该渠道的表；删除后其原凭据不再有效",
            en: "remove its table from the configuration first; its present credential is refused from then on",
        }
    }
    /// The program of the portal could not be started.
    portal_not_started(error) = IO, "FERRY-E0611" {
        zh: "门户进程无法启动：{error}", en: "portal process cannot be started: {error}",
        hint { zh: "请手动运行 `outer-agent portal` 查看原因", en: "run `outer-agent portal` by hand to see why" }
    }
    /// The journal of staged rows does not decode.
    staged_rows_unreadable(error) = IO, "FERRY-E0604" {
        zh: "数据库：入库登记无法读取：{error}", en: "database: journal of staged rows cannot be read: {error}",
        hint {
            zh: "请用 `PRAGMA integrity_check` 检查数据库", en: "check the database with `PRAGMA integrity_check`",
        }
    }
}

ferry_format::texts! {
    /// A certificate file without a certificate.
    no_certificate { zh: "文件中没有证书", en: "file contains no certificate" }
    /// A link of the footer or to another site.
    link_not_https { zh: "链接应以 `https://` 开头", en: "links must begin with `https://`" }
    /// `[reply]` has keys for approvals.
    reply_needs_no_approvals {
        zh: "回传批次不需要审核签名：`trust` 和 `review-folder` 属于内网端的 `[export]`",
        en: "return batches need no approvals: `trust` and `review-folder` belong to `[export]` of the inner side",
    }
    /// The name of a channel.
    channel_name {
        zh: "渠道名称为 1 至 64 个字符（a-z 0-9 - . _），且不能是 `portal`",
        en: "the name of a channel has 1 to 64 of the characters a-z 0-9 - . _ and is not `portal`",
    }
    /// The digest of a channel's credential.
    channel_digest { zh: "摘要应为 64 位十六进制数字", en: "a digest has 64 hexadecimal digits" }
    /// The credential of a channel.
    channel_credential {
        zh: "渠道须有 `token-digest` 或 `certificate-digest` 之一",
        en: "a channel has either `token-digest` or `certificate-digest`",
    }
    /// A channel without rights.
    channel_rights { zh: "没有 `rights` 的渠道不能调用任何接口", en: "a channel without `rights` cannot call anything" }
}
