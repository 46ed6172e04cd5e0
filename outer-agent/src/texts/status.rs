//! What `status` prints, and alarms.

ferry_channel::alarms! {
    /// The state root is not the sender's.
    root_differs = "FERRY-E0696" {
        zh: "状态根与内网端不一致", en: "the state root differs from the sender's",
        hint {
            zh: "三次往返后自动修复；如需立即修复，请在内网端运行 `inner-agent reconcile`",
            en: "three exchanges repair it; run `inner-agent reconcile` on the inner side to repair it sooner",
        }
    }
    /// The portal does not answer at its own address.
    portal_not_serving(address, why) = "FERRY-E0662" {
        zh: "门户网站没有在 {address} 提供服务：{why}", en: "the portal does not serve at {address}: {why}",
        hint {
            zh: "查看 `journalctl -u outer-agent`；端口被占用的，用 `ss -ltnp` 查出并停止占用的程序",
            en: "look at `journalctl -u outer-agent`; where the port is taken, `ss -ltnp` names the program that has it",
        }
    }
    /// Published documents are missing or damaged.
    documents_lost(count) = "FERRY-E0663" {
        zh: "{count} 份已公布文书的文件缺失或损坏，访问者无法打开", en: "{count} published documents are missing or damaged: visitors cannot open them",
        hint {
            zh: "随后几次摆渡自动补发；急用时从最新备份放回状态目录中的 `documents`，或请内网端运行 `inner-agent baseline`",
            en: "the next crossings send them again by themselves; to be faster put `documents` of the state folder back from the newest backup, or run `inner-agent baseline` inside",
        }
    }
    /// The newest batch took back many records.
    mass_retraction(count) = "FERRY-E0649" {
        zh: "最新批次撤回了 {count} 条记录，已生效", en: "the newest batch retracted {count} records; they are no longer shown",
        hint {
            zh: "请与内网端核对：`inner-agent report` 逐条列出理由",
            en: "ask the inner side whether that was meant: `inner-agent report` names the reasons",
        }
    }
    /// A return batch is late.
    reply_late(due) = "FERRY-E0634" {
        zh: "应于 {due} 回传的批次没有生成", en: "the return batch due at {due} was not made",
        hint {
            zh: "请查看回传通道的 `last_error`，并确认 `outer-agent run` 正在运行",
            en: "look at `last_error` of the return channel, and whether `outer-agent run` is running",
        }
    }
}

ferry_format::texts! {
    /// What to do when the inner side asks for a batch that is no longer stored.
    repair_resend {
        zh: "该批次此前已确认：请在内网端用 `gaps accept` 认可该缺失批次；其中的回证和留言已由内网端处理",
        en: "it was acknowledged before: run `gaps accept` on the inner side; what it carried is settled there",
    }
    /// What to do after the inner side lost batches that are no longer stored here.
    repair_peer_rollback {
        zh: "其内容此前已由内网端处理并确认；如办案平台也曾恢复，请将其暂存表与备份核对",
        en: "the inner side settled what they carried and acknowledged it: if the case platform was restored too, compare its staging tables with their backup",
    }

    certificate_unreadable { zh: "证书文件无法读取", en: "its certificate cannot be read" }
    unexpected_answer(line) { zh: "应答异常：{line}", en: "it answered: {line}" }
    portal { zh: "门户网站", en: "portal" }
    by_request(address) { zh: "向其地址 {address} 发出请求", en: "by a request to {address}" }
    by_no_request { zh: "守护进程未运行，不发请求", en: "it is asked while the daemon runs" }
    certificates { zh: "证书", en: "certificates" }
    by_end { zh: "有效期", en: "when they end" }
    documents { zh: "文书", en: "documents" }
    by_presence { zh: "全部的存在与长度", en: "presence and length of all" }
    by_bytes { zh: "全部的内容", en: "bytes of all" }
    never { zh: "尚未", en: "not yet" }
    /// The first line.
    side(court) { zh: "外网端 {court}", en: "outer-agent  {court}" }
    published { zh: "已公布", en: "published" }
    published_counts(records, documents, withheld) {
        zh: "记录 {records} 条，文书 {documents} 份；不予公开 {withheld} 条",
        en: "{records} records, {documents} documents; withheld: {withheld}",
    }
    outgoing { zh: "待回传", en: "to reply" }
    outgoing_count(count) { zh: "{count} 条", en: "{count}" }
    outgoing_oldest(count, age) { zh: "{count} 条，最早 {age} 前", en: "{count}, oldest {age}" }
    hidden { zh: "外网复核暂缓公布", en: "hidden" }
    hidden_count(count) {
        zh: "{count} 条；已通报内网端，须由其发送更正版本",
        en: "{count}; reported to the inner side, which must send a corrected version",
    }
    hidden_item(kind, id, version, rules) {
        zh: "暂缓公布：{kind} {id} 版本 {version}：{rules}", en: "hidden: {kind} {id} version {version}: {rules}",
    }
    quarantined(id, name, message, code, hint) {
        zh: "隔离区 {id}：{name}：{message}［{code}］{hint}", en: "quarantine {id}: {name} {message} [{code}] {hint}",
    }
}
