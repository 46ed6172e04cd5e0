//! Text for people: columns that line up with Chinese in them, and nothing that could move a terminal's cursor.

use ferry_format::hex::to_hex;
use ferry_format::record::{Record, Value};
use serde_json::json;
use std::io::Write;
use unicode_width::UnicodeWidthStr;

/// Columns of a terminal that a text takes: two for a Chinese character.
pub fn width(text: &str) -> usize {
    text.width()
}

/// Fills up with spaces on the right.
pub fn left(text: &str, columns: usize) -> String {
    format!("{text}{}", " ".repeat(columns.saturating_sub(width(text))))
}

/// Fills up with spaces on the left.
pub fn right(text: &str, columns: usize) -> String {
    format!("{}{text}", " ".repeat(columns.saturating_sub(width(text))))
}

/// Controls, direction marks and invisible characters become visible escapes.
pub fn safe(text: &str) -> String {
    text.chars()
        .flat_map(|c| {
            let hidden = ferry_format::names::is_deceptive(c);
            let escaped = if hidden { c.escape_unicode().collect::<Vec<_>>() } else { vec![c] };
            escaped.into_iter()
        })
        .collect()
}

/// A table whose first column is text and whose others are numbers.
pub fn table(out: &mut dyn Write, rows: &[Vec<String>]) -> std::io::Result<()> {
    let columns = rows.first().map_or(0, Vec::len);
    let widths: Vec<usize> = (0..columns).map(|c| rows.iter().map(|row| width(&row[c])).max().unwrap_or(0)).collect();
    for row in rows {
        let cells = row.iter().enumerate().map(|(c, cell)| match c {
            0 => left(cell, widths[c]),
            _ => right(cell, widths[c]),
        });
        writeln!(out, "{}", cells.collect::<Vec<_>>().join("  ").trim_end())?;
    }
    Ok(())
}

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

/// A length for people.
pub fn bytes(n: u64) -> String {
    indicatif::HumanBytes(n).to_string()
}

/// Ends quietly when the reader of our output has gone (`ferry inspect … | head`).
pub fn until_closed(result: std::io::Result<()>) -> std::io::Result<()> {
    match result {
        Err(e) if e.kind() == std::io::ErrorKind::BrokenPipe => std::process::exit(0),
        other => other,
    }
}
