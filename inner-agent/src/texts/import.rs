//! Errors of the import, its summary, and why an imported item is not settled.

use ferry_io::exit_code::{CANNOT_CREATE, CONFIGURATION, IO};

ferry_io::errors! {
    /// Something else has the name of a certificate.
    name_taken(path) = CANNOT_CREATE, "FERRY-E0609" {
        zh: "{path}：该名称已被另一份送达回证占用", en: "{path}: another receipt is filed under this name",
        hint { zh: "请移走该文件后重新导入", en: "move that file away and run the import again" }
    }
    /// A font that certificates cannot be printed with.
    font_unusable(path, why) = CONFIGURATION, "FERRY-E0630" {
        zh: "{path}：`settle.certificate-font`：{why}", en: "{path}: `settle.certificate-font`: {why}",
        hint {
            zh: "请指定含汉字的字体，例如 Debian 软件包 fonts-noto-cjk 中的字体",
            en: "name a font with Chinese characters, such as one of the Debian package fonts-noto-cjk",
        }
    }
    /// A certificate that cannot be made.
    certificate_failed(name, why) = IO, "FERRY-E0632" {
        zh: "送达回证 {name} 无法生成：{why}", en: "certificate {name} cannot be made: {why}",
        hint {
            zh: "回证内容已入库；请检查字体后重新导入",
            en: "the receipt is settled; check the font and run the import again",
        }
    }
}

/// A staging table of an earlier release that cannot be upgraded; exit code and message are the database's.
pub fn column_missing(table: &str, column: &str, error: &ferry_io::Error) -> ferry_io::Error {
    ferry_io::Error::new(
        error.exit,
        "FERRY-E0631",
        column_missing_message(table, column, &error.message),
        column_missing_hint(),
    )
}

ferry_format::texts! {
    column_missing_message(table, column, why) {
        zh: "中间表 {table} 缺少列 `{column}`：{why}", en: "staging table {table} has no column `{column}`: {why}",
    }
    column_missing_hint {
        zh: "请办案平台管理员执行 config/staging-upgrade.sql 中的相应行",
        en: "ask the platform's administrator to run this line of config/staging-upgrade.sql",
    }
    /// `[settle]` names no database, or two.
    one_database {
        zh: "`staging` 和 `postgres` 须填写且只能填写一项", en: "set either `staging` or `postgres`, not both",
    }
    font_too_long(bytes_max) { zh: "文件超过 {bytes_max} 字节", en: "the file is longer than {bytes_max} bytes" }
    font_lacks(character) { zh: "缺少字符“{character}”", en: "it has no glyph for {character}" }
    font_not_embeddable { zh: "字体不能嵌入 PDF", en: "it cannot be embedded in a PDF" }

    /// The first line of a summary.
    imported(batches, receipts, filed, messages, requests, reports, hidden, queued, waiting) {
        zh: "已导入 {batches} 个批次：送达回证 {receipts} 件（归卷 {filed} 件），留言 {messages} 条，查阅申请 {requests} 件，\
             交付报告 {reports} 条，外网复核暂缓公布 {hidden} 项，待核对 {queued} 项，超出当日上限而等待 {waiting} 项",
        en: "imported {batches} batches: {receipts} receipts ({filed} filed), {messages} messages, {requests} requests, \
             {reports} delivery reports, {hidden} hidden outside, {queued} in the review queue, {waiting} waiting beyond a day's bounds",
    }
    /// The second line of a summary.
    received(refused, quarantined, known, waiting, resent) {
        zh: "拒收 {refused}，移入隔离区 {quarantined}，重复 {known}，等待 {waiting}，补发 {resent}",
        en: "refused {refused}, quarantined {quarantined}, duplicates {known}, waiting {waiting}, resent {resent}",
    }

    /// [`Rejection`](crate::import::rejection::Rejection).
    not_in_catalogue(why) { zh: "内容不符合公开目录：{why}", en: "not allowed by the catalogue: {why}" }
    reply_batch { zh: "回传批次", en: "reply batch" }
    contains_document { zh: "含有文件", en: "it contains a document" }
    too_many_waiting { zh: "等待核对的条目已达上限", en: "too many items wait already" }
    waiting_line(items, bytes) {
        zh: "等待中的回传条目 {items} 项，共 {bytes} 字节", en: "items that wait: {items}, {bytes} bytes",
    }
    waiting_kind(kind, items) { zh: "  {kind}：{items} 项", en: "  {kind}: {items}" }
    none_wait { zh: "没有等待中的回传条目", en: "no item waits" }
    settled_at_once(items) { zh: "等待中的回传条目已入库 {items} 项", en: "settled {items} items that waited" }
    discarded(items) { zh: "已删除等待中的回传条目 {items} 项", en: "discarded {items} items that waited" }
    too_many_items { zh: "条目数量超过上限", en: "it has too many items" }
    retracts { zh: "回传批次不得撤回内容", en: "a reply batch may not retract anything" }
    line_break { zh: "单行内容中含换行", en: "a line break where one line is expected" }
    never_sent { zh: "该内容从未发往外网端", en: "it names something that was never sent" }
    unknown_version { zh: "台账中没有发出过该版本的文书", en: "the ledger has no record of sending this version" }
    other_case { zh: "所列案件与文书所属案件不一致", en: "it names another case than the document's" }
    other_bytes { zh: "文书校验值与发出的文书不一致", en: "its digest or file name differs from the document that was sent" }
    other_addressee { zh: "受送达人与该文书的受送达人不一致", en: "it names another addressee than the document's" }
    not_entitled {
        zh: "查阅人当日既不是受送达人，也不是其代理人",
        en: "the person who opened it was neither the addressee nor an agent of the addressee on that day",
    }
    no_consent {
        zh: "受送达人当日没有有效的电子送达确认书（第六条）",
        en: "the addressee's consent to electronic service was not in force on that day (article 6)",
    }
    before_sent {
        zh: "到达时间早于该版本的发出时间，请核对两侧时钟",
        en: "it arrived before it was sent; compare the clocks of both sides",
    }
    times_out_of_order { zh: "到达、查阅、下载、签收的时间先后不合理", en: "its times are in an impossible order" }
    in_future {
        zh: "所列时间晚于当前时间，请核对两侧时钟",
        en: "one of its times is in the future; compare the clocks of both sides",
    }
    contradicts { zh: "与同一回证先前的内容不一致", en: "it contradicts an earlier version of the same receipt" }
    author_not_in_case {
        zh: "提交人当日不是该案当事人或其代理人，或者该案未公开过",
        en: "the author was not a party of this case or an agent on that day, or the case was never published",
    }
    too_many {
        zh: "该案当日提交的数量超过上限", en: "the case has more messages and requests on this day than the limit",
    }
}
