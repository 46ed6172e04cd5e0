//! Receipts that come back to the inner side, and batches that bring them.

use crate::support::forge::forge;
use ferry_format::batch::seal::Address;
use ferry_format::frame::header::Direction;
use ferry_format::names::Id;
use ferry_format::record::{Record, Value};
use ferry_testkit::stage::Court;

/// A batch from the other side that brings these records.
pub fn bring(court: &Court, sequence: u64, records: &[Record]) -> serde_json::Value {
    lay_down(court, sequence, records);
    court.agent("inner", "import")
}

/// Lays a return batch of the outer side's own key into the received folder.
pub fn lay_down(court: &Court, sequence: u64, records: &[Record]) {
    let down = |a: &mut Address| (a.channel, a.direction) = (Id::new("down").unwrap(), Direction::Return);
    let bytes = forge(court, "outer/sender.key", "inner/recipient.pub", down, sequence, records);
    std::fs::write(court.path(&format!("channel/down/received/{sequence}.ferry")), bytes).unwrap();
}

/// A receipt for a document that was really sent, as the outer side would make it.
pub fn true_receipt(court: &Court, id: &str) -> Record {
    let now_s = jiff::Timestamp::now().as_second();
    let ledger = court.database("inner/state/inner.db");
    let sql = "SELECT v.id, v.version, lower(hex(v.sha256)), v.case_id, v.person, v.name, s.name
               FROM served_version v JOIN case_access s USING (case_id, person) WHERE v.kind = 'service' ORDER BY v.id LIMIT 1";
    let mut receipt = Record::new("service-receipt", id, 1);
    let texts = ledger.query_row(sql, [], |r| {
        (receipt.case_id, receipt.person) = (r.get(3)?, r.get(4)?);
        receipt.fields.insert("item-version".into(), Value::Integer(r.get(1)?));
        let names = [("document", r.get(5)?), ("addressee-name", r.get(6)?), ("recipient", r.get(6)?)];
        let keys = [("item", r.get::<_, String>(0)?), ("sha256", r.get(2)?), ("addressee", r.get(4)?)];
        Ok([keys, names].concat())
    });
    for (field, text) in texts.unwrap() {
        receipt.fields.insert(field.into(), Value::Text(text));
    }
    for (field, text) in [("kind", "service"), ("address", "192.0.2.7"), ("agent", "Mozilla/5.0"), ("via", "portal")] {
        receipt.fields.insert(field.into(), Value::Text(text.into()));
    }
    for time in ["arrived", "opened"] {
        receipt.fields.insert(time.into(), Value::Integer(now_s));
    }
    receipt
}

pub fn with(receipt: &Record, id: &str, change: impl FnOnce(&mut Record)) -> Record {
    let mut other = receipt.clone();
    other.id = id.into();
    change(&mut other);
    other
}

pub fn say(record: &mut Record, field: &str, at_s: i64) {
    record.fields.insert(field.into(), Value::Integer(at_s));
}
