//! A copy of a row, which outlives the query that gave it.

use crate::source::database::{Cell, Row};
use ferry_io::error::Result;
use std::ops::Range;

/// A copy of a row.
#[derive(Clone, Default)]
pub struct OwnedRow {
    texts: String,
    cells: Vec<OwnedCell>,
    found_again: Vec<bool>,
}

#[derive(Clone)]
enum OwnedCell {
    Null,
    Integer(i64),
    Real(f64),
    Text(Range<usize>),
    NotText(Range<usize>),
    Binary,
}

impl OwnedRow {
    /// Copies the first `columns` columns.
    pub fn copy(row: &dyn Row, columns: usize) -> Result<Self> {
        let (mut texts, mut cells) = (String::new(), Vec::with_capacity(columns));
        let mut append = |text: &str| {
            let from = texts.len();
            texts.push_str(text);
            from..texts.len()
        };
        let mut found_again = Vec::with_capacity(columns);
        for column in 0..columns {
            found_again.push(row.is_found_again(column)?);
            cells.push(match row.cell(column)? {
                Cell::Null => OwnedCell::Null,
                Cell::Integer(n) => OwnedCell::Integer(n),
                Cell::Real(x) => OwnedCell::Real(x),
                Cell::Text(text) => OwnedCell::Text(append(text)),
                Cell::NotText(text) => OwnedCell::NotText(append(text)),
                Cell::Binary => OwnedCell::Binary,
            });
        }
        Ok(Self { texts, cells, found_again })
    }
}

impl Row for OwnedRow {
    fn cell(&self, column: usize) -> Result<Cell<'_>> {
        Ok(match &self.cells[column] {
            OwnedCell::Null => Cell::Null,
            OwnedCell::Integer(n) => Cell::Integer(*n),
            OwnedCell::Real(x) => Cell::Real(*x),
            OwnedCell::Text(range) => Cell::Text(&self.texts[range.clone()]),
            OwnedCell::NotText(range) => Cell::NotText(&self.texts[range.clone()]),
            OwnedCell::Binary => Cell::Binary,
        })
    }

    fn is_found_again(&self, column: usize) -> Result<bool> {
        Ok(self.found_again[column])
    }
}
