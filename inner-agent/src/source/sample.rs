//! What each mapping would read: the first rows of each kind, masked, so that they can be shown to anyone.

use crate::source::{Rows, Source};
use ferry_format::record::Value;
use ferry_io::error::Result;
use ferry_io::outln;

/// Rows of each kind.
const ROWS: usize = 3;

/// Prints them.
pub fn print(source: &Source) -> Result<()> {
    for map in &source.kinds {
        outln!("{} {} ({})", map.kind, map.shape.zh, map.shape.article);
        source.database().rows(&map.mapping.sql, &map.columns, Rows::First { count: ROWS }, &mut |row| {
            let key = masked(&map.key(row)?);
            match map.read(row, 1, &source.documents)? {
                Ok(found) => {
                    let shown = |(name, value): (&String, &Value)| match value {
                        Value::Text(_) if found.secrets.iter().any(|(field, _)| field == name) => format!("{name}=***"),
                        Value::Text(text) => format!("{name}={}", masked(text)),
                        Value::Integer(number) => format!("{name}={}", masked(&number.to_string())),
                        Value::Document(document) => format!("{name}={} bytes {}", document.bytes, document.media_type),
                    };
                    let fields: Vec<_> = found.record.fields.iter().map(shown).collect();
                    outln!("  {key}: {}", fields.join(" "));
                }
                Err(held) => outln!("  {key}: held: {}", held.class.as_str()),
            }
            Ok(())
        })?;
    }
    Ok(())
}

/// The first character, and how many follow.
fn masked(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters.next().map(|c| c.escape_debug().to_string()).unwrap_or_default();
    format!("{first}{}", "*".repeat(characters.count().min(12)))
}
