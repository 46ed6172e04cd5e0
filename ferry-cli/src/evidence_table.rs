//! What a pack proves, line by line in both languages, and as JSON.

use crate::evidence::lacks;
use crate::show;
use ferry_format::encoding::hex::to_hex;
use ferry_format::evidence::verify::{Audited, Batch, Findings, Proven};
use ferry_format::record::Record;
use ferry_format::trust::list::TrustList;
use serde_json::{Value, json};

/// One line of the table.
pub struct Row {
    /// `已证明 yes` or `无 none`.
    pub mark: &'static str,
    /// What.
    pub text: String,
}

const YES: &str = "已证明 yes";
const NONE: &str = "无 none";

fn time(s: i64) -> String {
    jiff::Timestamp::from_second(s).map_or_else(|_| format!("{s} s"), |t| t.to_string())
}

fn place(batch: &Batch) -> String {
    format!("{} {}/{}", batch.header.channel, batch.series.epoch, batch.series.sequence)
}

/// All lines: what is proven first, then what the pack lacks.
pub fn rows(found: &Findings, newest: Option<&TrustList>) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut say = |text: String| rows.push(Row { mark: YES, text });
    if let Some(subject) = &found.subject {
        say(crossed(subject, &found.batches[subject.batch]));
    }
    for document in &found.documents {
        let digest = to_hex(&document.sha256);
        let of = place(&found.batches[document.batch]);
        say(format!("文书 document sha256 {digest} ({}) 随批次 crossed in {of}", show::bytes(document.bytes)));
    }
    found.batches.iter().for_each(|batch| signed(batch, &mut say));
    for report in &found.reports {
        if let Some(record) = &report.record {
            say(delivered(record, &found.batches[report.batch]));
        }
    }
    for receipt in &found.receipts {
        if let Some(record) = &receipt.record {
            say(received(record, &found.batches[receipt.batch]));
        }
    }
    for entry in &found.audits {
        say(audited(entry, &found.batches[entry.batch]));
    }
    if let Some(list) = newest {
        let (number, at) = (list.number, time(list.created_s));
        say(format!(
            "信任列表 trust lists to {number} of {at}: 请向法院核对有无更新 ask the court whether there is a newer one"
        ));
    }
    rows.extend(found.absent.iter().map(|absent| Row { mark: NONE, text: lacks(*absent).to_owned() }));
    rows
}

fn crossed(subject: &Proven, batch: &Batch) -> String {
    let (of, leaves) = (place(batch), batch.content.items);
    let what = match &subject.record {
        Some(r) => format!("记录 record {} {} 版本 version {}, 案件 case {}", r.kind, r.id, r.version, r.case_id),
        None => format!("文书 document sha256 {} ({})", to_hex(&subject.sha256), show::bytes(subject.bytes)),
    };
    format!("{what} 随批次 crossed in {of} ({} / {leaves})", subject.leaf + 1)
}

fn signed(batch: &Batch, say: &mut impl FnMut(String)) {
    let (of, at) = (place(batch), time(batch.series.created_s));
    let court = &batch.header.court;
    say(format!("批次 batch {of} 法院 court {court}, 发送方签名 signed by {} 于 at {at}", batch.sender));
    for (key, person) in &batch.approvals {
        let who = if *person == key.to_string() { String::new() } else { format!("{person}, ") };
        say(format!("批次 batch {of} 审批 approved by {who}{key}"));
    }
}

fn field_time(record: &Record, field: &str) -> Option<String> {
    record.integer(field).map(time)
}

fn delivered(report: &Record, batch: &Batch) -> String {
    let at = field_time(report, "at").unwrap_or_default();
    let verdict = match report.text("verdict") {
        "published" => "已接收并发布 received and published".to_owned(),
        "refused" => format!("已拒收 refused ({})", report.text("reason")),
        other => other.to_owned(),
    };
    let which = "按批号 by its number";
    format!("交付报告 delivery report: 批次 batch {} ({which}) {verdict} 于 at {at}; 随 in {}", report.id, place(batch))
}

fn received(receipt: &Record, batch: &Batch) -> String {
    let mut text = format!("送达回证 receipt {}: 签收人 by {}", receipt.id, receipt.text("recipient"));
    let times = [
        ("arrived", "到达 arrived"),
        ("opened", "首次查阅 opened"),
        ("downloaded", "下载 downloaded"),
        ("signed", "签收 signed for"),
    ];
    for (field, words) in times {
        if let Some(at) = field_time(receipt, field) {
            text.push_str(&format!(", {words} {at}"));
        }
    }
    text.push_str(&format!(", 地址 address {}, 渠道 via {}; 随 in ", receipt.text("address"), receipt.text("via")));
    text + &place(batch)
}

fn audited(entry: &Audited, batch: &Batch) -> String {
    let [actor, act, subject, detail] = &entry.texts;
    let (at, of) = (time(entry.at_s), place(batch));
    format!("审计 audit entry {}: {at} {actor} {act} {subject} {detail}; 头由 head signed in {of}", entry.number)
}

/// Everything that was found, for scripts. `given`: whether the verifier brought the trust.
pub fn json_of(found: &Findings, given: bool, newest: Option<&TrustList>) -> Value {
    let proven = |p: &Proven| {
        json!({ "batch": p.batch, "leaf": p.leaf, "sha256": to_hex(&p.sha256), "bytes": p.bytes,
                "record": p.record.as_ref().map(show::record_json) })
    };
    let all = |items: &[Proven]| items.iter().map(proven).collect::<Vec<_>>();
    let batch = |b: &Batch| {
        let approvals: Vec<_> =
            b.approvals.iter().map(|(key, person)| json!({ "key": key.to_string(), "person": person })).collect();
        json!({ "court": b.header.court.as_str(), "channel": b.header.channel.as_str(),
                "direction": b.header.direction.as_str(), "epoch": b.series.epoch, "sequence": b.series.sequence,
                "created_s": b.series.created_s, "digest": to_hex(&b.digest), "class": b.class.as_str(),
                "sender": b.sender.to_string(), "approvals": approvals, "items": b.content.items })
    };
    let audit = |a: &Audited| {
        let [actor, act, subject, detail] = &a.texts;
        json!({ "batch": a.batch, "number": a.number, "at_s": a.at_s, "actor": actor, "act": act, "subject": subject,
                "detail": detail })
    };
    json!({
        "holds": given, "trust": if given { "given" } else { "carried" },
        "newest_list": newest.map(|list| json!({ "number": list.number, "created_s": list.created_s })),
        "subject": found.subject.as_ref().map(proven), "documents": all(&found.documents),
        "reports": all(&found.reports), "receipts": all(&found.receipts),
        "batches": found.batches.iter().map(batch).collect::<Vec<_>>(),
        "audits": found.audits.iter().map(audit).collect::<Vec<_>>(),
        "absent": found.absent.iter().map(|a| lacks(*a)).collect::<Vec<_>>(),
    })
}
