//! What the short commands print.

use ferry_format::texts;

// Lists
texts! {
    range(from, to) { zh: "{from} 至 {to}", en: "{from} to {to}" }
}

// A batch or draft
texts! {
    draft { zh: "待审草稿", en: "draft" }
    batch_number(epoch, sequence) { zh: "批次 {epoch}/{sequence}", en: "batch {epoch}/{sequence}" }
    content_digest(digest) { zh: "内容校验值 {digest}", en: "content {digest}" }
    opening { zh: "正在打开", en: "opening" }
    sealing { zh: "正在封装", en: "sealing" }
    verifying { zh: "正在校验", en: "verifying" }
    reading { zh: "正在读取", en: "reading" }
    splitting { zh: "正在分卷", en: "splitting" }
    joining { zh: "正在合并", en: "joining" }
}

// A draft that does not follow the format
texts! {
    manifest { zh: "清单", en: "manifest" }
    entries_not_contiguous { zh: "条目不连续", en: "its entries are not contiguous" }
    too_many_kinds { zh: "类别过多", en: "too many kinds" }
    record_block { zh: "记录块", en: "record block" }
    record_of_other_kind { zh: "含有其他类别的记录", en: "one of its records is of another kind" }
}

// `verify`, `join`, `diff`
texts! {
    verified(file, epoch, sequence, entries) {
        zh: "通过：{file}，批次 {epoch}/{sequence}，{entries} 个条目",
        en: "ok: {file} batch {epoch}/{sequence}, {entries} entries"
    }
    missing_before(from, to) { zh: "缺失批次：{from} 至 {to}", en: "missing: {from} to {to}" }
    out_of_order(sequence) { zh: "顺序不对：{sequence}", en: "out of order: {sequence}" }
    damaged(file, why, code) { zh: "损坏：{file}：{why} [{code}]", en: "damaged: {file}: {why} [{code}]" }
    differences(added, removed, changed, same) {
        zh: "新增 {added}，不再有 {removed}，改动 {changed}，相同 {same}",
        en: "{added} added, {removed} gone, {changed} changed, {same} the same"
    }
}

// Keys
texts! {
    public_half { zh: "公钥：可以公开，用来核对指纹和核对码", en: "public half: it may be given to anyone; compare fingerprint and words" }
    kept_in_the_clear {
        zh: "明文保存：能读取该文件的人即持有密钥", en: "stored in the clear: anyone who can read the file has the key"
    }
    kept_under_a_passphrase {
        zh: "口令保护（Argon2id，AES-256-GCM）", en: "protected by a passphrase (Argon2id, AES-256-GCM)"
    }
    kept_in_a_token(place, module) { zh: "硬件令牌：{place}，模块 {module}", en: "in a token: {place}, module {module}" }
    ask_new_passphrase { zh: "新口令：", en: "new passphrase: " }
    ask_again { zh: "再输入一次：", en: "once more: " }
    ask_passphrase_of(file) { zh: "{file} 的口令：", en: "passphrase of {file}: " }
}

// `audit verify`, `catalogue check`
texts! {
    audit_holds(entries, court, digest) {
        zh: "通过：{court}，{entries} 条，{digest}", en: "ok: {entries} entries of {court}, {digest}"
    }
    agreeing_heads(number) { zh: "与已签名的链头一致：{number} 个", en: "signed heads that agree: {number}" }
    head_before_restore(place) {
        zh: "恢复备份后不再覆盖：批次 {place} 签名时的链头",
        en: "no longer covered since a restore: the head that batch {place} was signed over"
    }
    catalogue_holds(name, kinds, digest) {
        zh: "通过：{name}：{kinds} 类，公开目录 {digest}", en: "ok: {name}: {kinds} kinds, catalogue {digest}"
    }
    with_policy(line, digest) { zh: "{line}，脱敏策略 {digest}", en: "{line}, policy {digest}" }
}

// `review`
texts! {
    review_is_running {
        zh: "审核页面只在本机可见，按 Ctrl-C 结束。", en: "Only this machine sees the page; Ctrl-C ends it."
    }
    browser_does_not_start(why) { zh: "浏览器未能启动：{why}", en: "the browser does not start: {why}" }
}
