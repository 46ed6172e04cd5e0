//! What each mapping reads: the first rows of each kind, masked, so that they can be shown to anyone.

use crate::config::fields::FieldSource;
use crate::platform_time::PlatformTime;
use crate::source::Source;
use crate::source::database::Rows;
use crate::source::mapping::{KindMapping, MappedRecord};
use crate::store::exported;
use crate::texts::plan as texts;
use ferry_format::record::Value;
use ferry_format::record::catalogue::FieldType;
use ferry_format::text::Text;
use ferry_io::error::Result;
use ferry_io::outln;
use ferry_io::output::language::Show;
use ferry_io::output::table::safe;
use rusqlite::Connection;

/// Rows of each kind.
const ROWS: usize = 3;
/// Most asterisks in the place of a value.
const MASK_MAX: usize = 12;

/// Prints them.
pub fn print(source: &Source, conn: &Connection) -> Result<()> {
    for map in &source.kinds {
        let title = Text::new(map.definition.zh.clone(), map.definition.en.clone());
        outln!("{}", texts::preview_kind(&map.kind, &title, &map.definition.article).show());
        source.database().rows(&map.config.sql, &map.columns, Rows::First { count: ROWS }, &mut |row| {
            let key = masked(&map.key(row)?);
            match map.read(row, 1, source.surroundings())? {
                Ok(mapped) => outln!("  {key}: {}", fields(&mapped)),
                Err(hold) => outln!("  {key}: {}", texts::preview_held(hold.class.text()).show()),
            }
            Ok(())
        })?;
        print_facts(source, map, exported::count_of_kind(conn, &map.kind)?)?;
    }
    Ok(())
}

/// What was really looked at: how many rows there are, how many are of the kind, and a time of change that cannot be ordered.
fn print_facts(source: &Source, map: &KindMapping, published: u64) -> Result<()> {
    let (mut rows, mut matching, mut unordered) = (0_u64, 0_u64, None);
    let all = Rows::All { key: map.config.key_column() };
    source.database().rows(&map.config.sql, &map.columns, all, &mut |row| {
        rows += 1;
        matching += u64::from(map.is_of_kind(row)?);
        let changed = map.changed(row)?.filter(|at| PlatformTime::parse(at, &source.zone).is_none());
        unordered = unordered.take().or(changed.filter(|at| !PlatformTime::is_endless(at.trim_start_matches('-'))));
        Ok(())
    })?;
    outln!("{}", texts::rows_match(matching, rows).show());
    let amounts = map.definition.fields.iter().filter(|(_, field)| field.kind == FieldType::AmountFen);
    for (name, _) in amounts {
        if let Some(FieldSource::Column(column)) = map.config.fields.get(name) {
            outln!("{}", texts::amount_in_yuan(name, column).show());
        }
    }
    if let (Some(value), Some(column)) = (unordered, &map.config.changed) {
        outln!("{}", texts::unordered(column, safe(&value)).show());
    }
    if matching == 0 && published > 0 {
        outln!("{}", texts::nothing_matches(published).show());
    }
    Ok(())
}

fn fields(mapped: &MappedRecord) -> String {
    let shown = |(name, value): (&String, &Value)| match value {
        Value::Text(_) if mapped.codes.iter().any(|(field, _)| field == name) => format!("{name}=***"),
        Value::Text(text) => format!("{name}={}", masked(text)),
        Value::Integer(number) => format!("{name}={}", masked(&number.to_string())),
        Value::Document(document) => {
            format!("{name}={}", texts::preview_document(document.bytes, &document.media_type).show())
        }
    };
    mapped.record.fields.iter().map(shown).collect::<Vec<_>>().join(" ")
}

/// The first character, and an asterisk for each further one.
fn masked(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters.next().map(|c| c.escape_debug().to_string()).unwrap_or_default();
    format!("{first}{}", "*".repeat(characters.count().min(MASK_MAX)))
}
