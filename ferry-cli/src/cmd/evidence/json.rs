//! What a bundle proves, for scripts: in English, whatever the language.

use crate::output::values;
use crate::texts::evidence as t;
use ferry_format::encoding::hex::to_hex;
use ferry_format::evidence::verify::{Batch, Findings, ProvenAuditEntry, ProvenItem};
use ferry_format::trust::list::TrustList;
use serde_json::{Value, json};

/// Everything that was found. `trust_given`: whether the verifier's own trust was used, not the bundle's.
pub fn json_of(found: &Findings, trust_given: bool, newest: Option<&TrustList>) -> Value {
    let all = |items: &[ProvenItem]| items.iter().map(proven).collect::<Vec<_>>();
    json!({
        "holds": trust_given, "trust": if trust_given { "given" } else { "carried" },
        "newest_list": newest.map(|list| json!({ "number": list.number, "created_s": list.created_s })),
        "subject": found.subject.as_ref().map(proven), "documents": all(&found.documents),
        "reports": all(&found.reports), "receipts": all(&found.receipts),
        "batches": found.batches.iter().map(batch).collect::<Vec<_>>(),
        "audits": found.audits.iter().map(audit).collect::<Vec<_>>(),
        "absent": found.absent.iter().map(|a| t::absent(*a).english().to_owned()).collect::<Vec<_>>(),
    })
}

fn proven(p: &ProvenItem) -> Value {
    json!({ "batch": p.batch, "leaf": p.leaf, "sha256": to_hex(&p.sha256), "bytes": p.bytes,
            "record": p.record.as_ref().map(values::record_json) })
}

fn batch(b: &Batch) -> Value {
    let approvals: Vec<_> =
        b.approvals.iter().map(|(key, person)| json!({ "key": key.to_string(), "person": person })).collect();
    json!({ "court": b.header.court.as_str(), "channel": b.header.channel.as_str(),
            "direction": b.header.direction.as_str(), "epoch": b.series.epoch, "sequence": b.series.sequence,
            "created_s": b.series.created_s, "digest": to_hex(&b.digest), "class": b.class.as_str(),
            "sender": b.sender.to_string(), "approvals": approvals, "items": b.content.items })
}

fn audit(a: &ProvenAuditEntry) -> Value {
    let [actor, act, subject, detail] = &a.texts;
    json!({ "batch": a.batch, "number": a.number, "at_s": a.at_s, "actor": actor, "act": act, "subject": subject,
            "detail": detail })
}
