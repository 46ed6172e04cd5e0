//! What commands print and what the daemon logs.

ferry_format::texts! {
    /// Label of a progress bar.
    publishing { zh: "发布", en: "publishing" }
    /// `check-config` found nothing wrong.
    configuration_valid(kinds) { zh: "配置正确：{kinds} 类信息可传输", en: "ok: {kinds} kinds may cross" }

    /// Before the token of a channel.
    channel_token { zh: "# 交给该渠道，只显示这一次：", en: "# For the channel; shown this once:" }
    /// Before the lines for the configuration.
    channel_lines(path) {
        zh: "# 写入 {path}，重新启动门户后生效：", en: "# For {path}; in force once the portal is started again:",
    }

    /// An item was hidden by hand.
    hidden_by_hand(kind, id, version) {
        zh: "{kind} {id} 版本 {version} 已下架；内网端收到通报后，由其决定是否重新公布",
        en: "{kind} {id} version {version} is off the portal; the inner side is told, and decides whether it is shown again",
    }
    /// Result of an ingest; `others` is [`ingested_others`].
    ingested(batches, records, documents, others) {
        zh: "已发布 {batches} 批：记录 {records} 条，文书 {documents} 份；{others}",
        en: "published {batches} batches: {records} records, {documents} documents; {others}",
    }
    /// What an ingest did beside publishing.
    ingested_others(refused, quarantined, known, waiting, resent) {
        zh: "拒收 {refused} 批，隔离 {quarantined} 个文件，重复 {known} 个，等待 {waiting} 个，补发 {resent} 批",
        en: "refused {refused}, quarantined {quarantined}, duplicates {known}, waiting {waiting}, resent {resent}",
    }
    /// Result of a reply.
    replied(epoch, sequence, items, reports, hidden, bytes) {
        zh: "已生成回传批次 {epoch}/{sequence}：送达回证和留言 {items} 条，批次接收情况 {reports} 条，外网复核暂缓公布 {hidden} 条，{bytes} 字节",
        en: "replied with batch {epoch}/{sequence}: {items} receipts and messages, {reports} delivery reports, {hidden} hidden, {bytes} bytes",
    }

    /// The daemon started.
    running(folder, schedule) {
        zh: "已启动：从 {folder} 接收，回传计划 `{schedule}`", en: "running: ingest from {folder}, reply `{schedule}`",
    }
    /// The portal's process ended while the daemon runs.
    portal_ended { zh: "门户进程已退出，正在重新启动", en: "the portal ended; starting it again" }
    /// After a batch.
    root_differs(sequence, ours, theirs) {
        zh: "批次 {sequence} 之后状态根与内网端不一致：本端 {ours}，内网端 {theirs}",
        en: "the state root differs from the sender's after batch {sequence}: ours {ours} theirs {theirs}",
    }
}
