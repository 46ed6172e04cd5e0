//! Text for a terminal: columns that line up with Chinese in them, without characters that could move the cursor.

use std::io::Write;
use unicode_width::UnicodeWidthStr;

/// Columns of a terminal that a text takes: two for a Chinese character.
pub fn width(text: &str) -> usize {
    text.width()
}

/// Pads with spaces on the right.
pub fn left(text: &str, columns: usize) -> String {
    format!("{text}{}", " ".repeat(columns.saturating_sub(width(text))))
}

/// Pads with spaces on the left.
pub fn right(text: &str, columns: usize) -> String {
    format!("{}{text}", " ".repeat(columns.saturating_sub(width(text))))
}

/// Controls, direction marks and invisible characters become visible escapes.
pub fn safe(text: &str) -> String {
    text.chars()
        .flat_map(|c| {
            let hidden = ferry_format::names::is_deceptive(c) || is_unseen(c);
            let escaped = if hidden { c.escape_unicode().collect::<Vec<_>>() } else { vec![c] };
            escaped.into_iter()
        })
        .collect()
}

/// Format characters that the format itself allows in a name, and that a terminal does not show: the Arabic letter mark, soft
/// hyphens, Mongolian and deprecated ones, interlinear marks, tags.
fn is_unseen(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{206a}'..='\u{206f}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_character_that_is_not_seen_is_an_escape() {
        for (text, shown) in
            [("a\u{61c}b", "a\\u{61c}b"), ("a\u{202e}b", "a\\u{202e}b"), ("a\u{ad}b", "a\\u{ad}b"), ("法院", "法院")]
        {
            assert_eq!(safe(text), shown);
        }
    }
}
