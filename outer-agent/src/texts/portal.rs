//! The portal's errors and log lines for operators. What visitors read is in `portal::i18n::messages`.

use ferry_io::exit_code::{CONFIGURATION, IO};

ferry_io::errors! {
    /// The portal cannot listen on its address.
    listen_failed(address, error) = IO, "FERRY-E0612" {
        zh: "门户：{address}：{error}", en: "portal: {address}: {error}",
        hint { zh: "请检查地址和端口", en: "check address and port" }
    }
    /// The API cannot listen on its address for client certificates.
    api_listen_failed(address, error) = IO, "FERRY-E0665" {
        zh: "门户接口：{address}：{error}", en: "portal: {address}: {error}",
        hint { zh: "请检查地址和端口", en: "check address and port" }
    }
    /// The limit of open files is too low.
    too_few_open_files(files, connections) = CONFIGURATION, "FERRY-E0652" {
        zh: "可打开的文件数 {files} 不足以支持 {connections} 个连接",
        en: "{files} open files are not enough for {connections} connections",
        hint {
            zh: "请调低 `connections-max`，或者调高服务的 LimitNOFILE",
            en: "lower `connections-max`, or raise LimitNOFILE of the service",
        }
    }
    /// The admin listener would be reachable from the internet.
    admin_address_public(address) = CONFIGURATION, "FERRY-E0651" {
        zh: "`portal.private.listen`：{address} 可从互联网访问",
        en: "`portal.private.listen`: {address} is reachable from the internet",
        hint {
            zh: "请改用环回地址或者内网地址，例如 127.0.0.1",
            en: "use a loopback or private address, such as 127.0.0.1",
        }
    }
}

ferry_format::texts! {
    // What is wrong with the configuration.
    connections_zero {
        zh: "`connections-max` 和 `connections-per-address-max` 至少为 1",
        en: "`connections-max` and `connections-per-address-max` must be at least 1",
    }
    login_needs_secret {
        zh: "`factors` 须含 `query-code` 或者 `password`", en: "`factors` needs `query-code` or `password`",
    }
    login_limits_zero { zh: "各项限制至少为 1", en: "its limits must be at least 1" }
    duplicate_credential { zh: "与另一渠道的凭据相同", en: "another channel has the same credential" }
    certificate_needs_listener {
        zh: "使用证书须配置 `[portal.api-listen]`", en: "a certificate needs `[portal.api-listen]`",
    }

    // Log lines.
    certificate_reloaded { zh: "已重新读取证书", en: "certificate reloaded" }
    certificate_rejected(why) {
        zh: "新证书无法使用，继续使用原证书：{why}", en: "new certificate not used, the old one stays in use: {why}",
    }
    certificate_rejected_hint {
        zh: "请放置相互匹配的证书和私钥，无需重启", en: "install a matching certificate and key; no restart is needed",
    }
    worker_stopped { zh: "数据库线程意外结束", en: "database worker stopped" }
    no_randomness { zh: "系统未提供随机数", en: "the system gave no randomness" }
    page_not_rendered(error) { zh: "页面生成失败：{error}", en: "page not rendered: {error}" }
    invalid_header { zh: "响应头的值无效", en: "invalid response header" }

    // Why the portal is not ready, for the operator's monitoring.
    store_unreadable { zh: "数据库无法读取", en: "store cannot be read" }
    nothing_published { zh: "尚未公布任何内容", en: "nothing published yet" }
    certificate_expired { zh: "证书已过期", en: "certificate expired" }
}
