//! What the audit commands print.

use ferry_format::texts;

texts! {
    foreign_row { zh: "不是代理写入的条目", en: "no agent wrote it" }
    too_many_entries { zh: "条目数超出可能的范围", en: "it names more entries than there can be" }
    fewer_entries { zh: "后一批次的条目数少于前一批次", en: "a later batch names fewer entries than an earlier one" }
    other_digest { zh: "条目数相同而校验值不同", en: "another batch names as many entries with another digest" }
    settled(batches) { zh: "已处置：{batches} 个批次", en: "settled: {batches} batches" }
    chain_holds(entries, digest) {
        zh: "审计链完整：{entries} 条，校验值 {digest}", en: "the chain holds: {entries} entries, digest {digest}"
    }
    agreeing(heads) { zh: "  与签名相符：{heads} 处", en: "  signed heads that agree: {heads}" }
    before(heads) { zh: "  早于导出范围的签名：{heads} 处", en: "  signed heads before the first entry here: {heads}" }
    foreign(heads) { zh: "  他方签名，未核对：{heads} 处", en: "  heads signed by another key, not checked: {heads}" }
    restored(batch) {
        zh: "  恢复后不再涵盖：批次 {batch} 签名时的状态",
        en: "  no longer covered since a restoration: the state that batch {batch} was signed over"
    }
    exported(from, to, heads, file) {
        zh: "已导出：第 {from} 至 {to} 条，签名 {heads} 处，文件 {file}",
        en: "exported: entries {from} to {to}, {heads} signed heads, to {file}"
    }
}
