//! Text in a Markdown page: nothing in it can be a heading, a link, a table, HTML or a formula.

use askama::filters::Escaper;
use std::fmt::{Result, Write};

/// The escaper of templates that end with `.md`.
#[derive(Clone, Copy)]
pub struct Markdown;

impl Escaper for Markdown {
    fn write_escaped_str<W: Write>(&self, mut dest: W, text: &str) -> Result {
        for c in text.chars() {
            match c {
                '\n' => dest.write_str("\\\\n")?,
                // `:`, `.` and `@` too: many readers make a link of whatever looks like an address.
                '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '&' | '#' | '~' | '$' | ':' | '.' | '@' => {
                    dest.write_char('\\')?;
                    dest.write_char(c)?;
                }
                _ => dest.write_char(c)?,
            }
        }
        Ok(())
    }
}
