//! What a bundle proves, line by line.

use crate::output::values::{self, left, safe, utc_time, width};
use crate::texts::evidence as t;
use ferry_format::encoding::hex::to_hex;
use ferry_format::evidence::verify::{Batch, Findings, ProvenAuditEntry, ProvenItem};
use ferry_format::record::Record;
use ferry_format::text::Text;
use ferry_format::texts::list;
use ferry_format::trust::list::TrustList;
use ferry_io::output::language::Show;
use std::io::Write;

/// A mark, filled up to the width of the widest one in this language.
pub fn mark(mark: &Text) -> String {
    let columns = [t::proven(), t::none(), t::key()].iter().map(|m| width(m.show())).max().unwrap_or(0);
    left(mark.show(), columns)
}

/// Prints all lines: what is proven first, then what the bundle lacks.
pub fn write(found: &Findings, newest: Option<&TrustList>, out: &mut dyn Write) -> std::io::Result<()> {
    let proven = proven(found, newest).into_iter().map(|text| (t::proven(), text));
    let absent = found.absent.iter().map(|absent| (t::none(), t::absent(*absent)));
    for (is, text) in proven.chain(absent) {
        writeln!(out, "{}  {}", mark(&is), safe(text.show()))?;
    }
    Ok(())
}

fn proven(found: &Findings, newest: Option<&TrustList>) -> Vec<Text> {
    let batch = |n: usize| &found.batches[n];
    let mut lines: Vec<Text> = Vec::new();
    lines.extend(found.subject.iter().map(|subject| crossed(subject, batch(subject.batch))));
    lines.extend(found.documents.iter().map(|document| {
        t::document_crossed(to_hex(&document.sha256), values::bytes(document.bytes), number(batch(document.batch)))
    }));
    lines.extend(found.batches.iter().flat_map(signed));
    let records = |all: &[ProvenItem], line: fn(&Record, &Batch) -> Text| -> Vec<Text> {
        all.iter().filter_map(|proven| Some(line(proven.record.as_ref()?, batch(proven.batch)))).collect()
    };
    lines.extend(records(&found.reports, delivered));
    lines.extend(records(&found.receipts, received));
    lines.extend(found.audits.iter().map(|entry| audited(entry, batch(entry.batch))));
    lines.extend(newest.map(|list| t::newest_list(list.number, utc_time(list.created_s))));
    lines
}

/// `CHANNEL EPOCH/SEQUENCE`.
fn number(batch: &Batch) -> String {
    format!("{} {}/{}", batch.header.channel, batch.series.epoch, batch.series.sequence)
}

fn crossed(subject: &ProvenItem, batch: &Batch) -> Text {
    let (of, leaf, leaves) = (number(batch), subject.leaf + 1, batch.content.items);
    match &subject.record {
        Some(r) => t::record_crossed(&r.kind, &r.id, r.version, &r.case_id, of, leaf, leaves),
        None => {
            let (digest, size) = (to_hex(&subject.sha256), values::bytes(subject.bytes));
            t::subject_document_crossed(digest, size, of, leaf, leaves)
        }
    }
}

fn signed(batch: &Batch) -> Vec<Text> {
    let (of, at) = (number(batch), utc_time(batch.series.created_s));
    let mut lines = vec![t::batch_signed(&of, &batch.header.court, batch.sender, at)];
    lines.extend(batch.approvals.iter().map(|(key, person)| {
        let key = key.to_string();
        let by = if *person == key { Text::verbatim(key) } else { t::person_with_key(person, key) };
        t::batch_approved(&of, by)
    }));
    lines
}

fn field_time(record: &Record, field: &str) -> Option<String> {
    record.integer(field).map(utc_time)
}

fn delivered(report: &Record, batch: &Batch) -> Text {
    let verdict = match report.text("verdict") {
        "published" => t::published(),
        "refused" => t::refused(report.text("reason")),
        other => Text::verbatim(other.to_owned()),
    };
    t::reported(&report.id, verdict, field_time(report, "at").unwrap_or_default(), number(batch))
}

fn received(receipt: &Record, batch: &Batch) -> Text {
    let mut parts = vec![t::receipt_by(&receipt.id, receipt.text("recipient"))];
    let at = |field| field_time(receipt, field);
    parts.extend(at("arrived").map(t::arrived));
    parts.extend(at("opened").map(t::opened));
    parts.extend(at("downloaded").map(t::downloaded));
    parts.extend(at("signed").map(t::signed_for));
    let text = list::clauses(&parts);
    t::receipt_from(text, receipt.text("address"), receipt.text("via"), number(batch))
}

fn audited(entry: &ProvenAuditEntry, batch: &Batch) -> Text {
    let [actor, act, subject, detail] = &entry.texts;
    let line = format!("{} {actor} {act} {subject} {detail}", utc_time(entry.at_s));
    t::audit_entry(entry.number, line, number(batch))
}
