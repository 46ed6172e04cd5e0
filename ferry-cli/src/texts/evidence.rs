//! What `ferry evidence` prints.

use ferry_format::evidence::bundle::MissingPart;
use ferry_format::text::Text;
use ferry_format::texts;

// Marks in the first column
texts! {
    proven { zh: "已证明", en: "proven" }
    none { zh: "无", en: "none" }
    key { zh: "密钥", en: "key" }
}

// What a bundle may lack
texts! {
    named_document { zh: "记录所引用的文书原文", en: "a document that the record names" }
    delivery_report { zh: "该批次的交付报告", en: "the delivery report of the batch" }
    receipt { zh: "送达回证", en: "a receipt" }
    audit_entries { zh: "审计条目", en: "audit entries" }
    without(what) { zh: "缺少：{what}", en: "without: {what}" }
}

/// What a bundle lacks.
pub fn absent(absent: MissingPart) -> Text {
    match absent {
        MissingPart::Document => named_document(),
        MissingPart::Report => delivery_report(),
        MissingPart::Receipt => receipt(),
        MissingPart::Audit => audit_entries(),
    }
}

// What is looked for
texts! {
    the_document(name) { zh: "文书 {name}", en: "document {name}" }
    the_record(kind, id) { zh: "记录 {kind} {id}", en: "record {kind} {id}" }
}

// What is proven
texts! {
    record_crossed(kind, id, version, case, batch, leaf, leaves) {
        zh: "记录 {kind} {id}，第 {version} 版，案件 {case}：随批次 {batch} 传出（第 {leaf} 项，共 {leaves} 项）",
        en: "record {kind} {id} version {version}, case {case}, crossed in {batch} (item {leaf} of {leaves})"
    }
    subject_document_crossed(digest, size, batch, leaf, leaves) {
        zh: "文书 sha256 {digest}（{size}）：随批次 {batch} 传出（第 {leaf} 项，共 {leaves} 项）",
        en: "document sha256 {digest} ({size}) crossed in {batch} (item {leaf} of {leaves})"
    }
    document_crossed(digest, size, batch) {
        zh: "文书 sha256 {digest}（{size}）：随批次 {batch} 传出", en: "document sha256 {digest} ({size}) crossed in {batch}"
    }
    batch_signed(batch, court, sender, at) {
        zh: "批次 {batch}：法院 {court}，发送方 {sender} 于 {at} 签名",
        en: "batch {batch} of court {court}, signed by {sender} at {at}"
    }
    batch_approved(batch, by) { zh: "批次 {batch}：审核签名 {by}", en: "batch {batch} approved by {by}" }
    person_with_key(person, key) { zh: "{person}，{key}", en: "{person}, {key}" }
    reported(id, verdict, at, batch) {
        zh: "交付报告：批次 {id}（按批号）{verdict}，时间 {at}；随批次 {batch} 传回",
        en: "delivery report: batch {id} (by its number) {verdict} at {at}; in {batch}"
    }
    published { zh: "已接收并公布", en: "received and published" }
    refused(reason) { zh: "已拒收（{reason}）", en: "refused ({reason})" }
    receipt_by(id, person) { zh: "送达回证 {id}：签收人 {person}", en: "receipt {id}: by {person}" }
    arrived(at) { zh: "到达 {at}", en: "arrived {at}" }
    opened(at) { zh: "首次查阅 {at}", en: "opened {at}" }
    downloaded(at) { zh: "下载 {at}", en: "downloaded {at}" }
    signed_for(at) { zh: "签收 {at}", en: "signed for {at}" }
    receipt_from(text, address, channel, batch) {
        zh: "{text}，地址 {address}，渠道 {channel}；随批次 {batch} 传回", en: "{text}, address {address}, via {channel}; in {batch}"
    }
    audit_entry(number, entry, batch) {
        zh: "审计第 {number} 条：{entry}；链头由批次 {batch} 签名", en: "audit entry {number}: {entry}; head signed in {batch}"
    }
    newest_list(number, at) {
        zh: "信任清单至第 {number} 号（{at}）：请向法院核对有无更新的清单",
        en: "trust lists to number {number} of {at}: ask the court whether there is a newer one"
    }
}
