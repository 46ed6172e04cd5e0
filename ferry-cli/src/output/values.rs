//! Values and records as people read them in a terminal.

use ferry_format::encoding::hex::to_hex;
use ferry_format::frame::header::Direction;
use ferry_format::record::{Record, Value};
use ferry_format::text::Text;
pub use ferry_io::output::table::{left, safe, table, width};
use serde_json::json;

/// One value on one line.
pub fn value(value: &Value) -> String {
    match value {
        Value::Text(t) => safe(t),
        Value::Integer(n) => n.to_string(),
        Value::Document(d) => {
            let digest = &to_hex(&d.sha256)[..16];
            format!("{} ({}, {}, sha256 {digest}…)", safe(&d.name), bytes(d.bytes), safe(&d.media_type))
        }
    }
}

/// A record as JSON.
pub fn record_json(r: &Record) -> serde_json::Value {
    let value = |v: &Value| match v {
        Value::Text(t) => json!(t),
        Value::Integer(n) => json!(n),
        Value::Document(d) => {
            json!({ "name": d.name, "bytes": d.bytes, "media_type": d.media_type, "sha256": to_hex(&d.sha256) })
        }
    };
    let fields: serde_json::Map<_, _> = r.fields.iter().map(|(name, v)| (name.clone(), value(v))).collect();
    json!({ "kind": r.kind, "id": r.id, "version": r.version, "case": r.case_id, "person": r.person,
            "retracted": r.retracted, "fields": fields })
}

/// A point in time as a court reads it, with its distance from UTC. `s` counts from 1970.
pub fn court_time(s: i64) -> String {
    let zone = jiff::tz::TimeZone::fixed(jiff::tz::offset(8));
    let text = |t: jiff::Timestamp| t.to_zoned(zone).strftime("%Y-%m-%d %H:%M:%S %:z").to_string();
    jiff::Timestamp::from_second(s).map_or_else(|_| format!("{s} s"), text)
}

/// A point in time in UTC (RFC 3339). `s` counts from 1970.
pub fn utc_time(s: i64) -> String {
    jiff::Timestamp::from_second(s).map_or_else(|_| format!("{s} s"), |t| t.to_string())
}

/// A length for people.
pub fn bytes(n: u64) -> String {
    indicatif::HumanBytes(n).to_string()
}

/// A text with every invisible character as an escape, in both languages.
pub fn safe_text(text: &Text) -> Text {
    use ferry_format::text::Language::{Chinese, English};
    Text::new(safe(text.get(Chinese)), safe(text.get(English)))
}

/// `export` or `return`.
pub fn direction(direction: Direction) -> Text {
    use crate::texts::inspect::{export, return_way};
    match direction {
        Direction::Export => export(),
        Direction::Return => return_way(),
    }
}
