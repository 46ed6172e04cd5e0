//! The second scanner: written apart from the one inside, so that a fault of the one is not a fault of both. It reads a
//! text as one stream of digits and letters and slides windows of every length that a number may have along it.

use crate::ingest::reading::{Reading, read};
use crate::ingest::second_checks::{bank_card, credit_code, identity, mobile, old_identity};
use std::collections::BTreeSet;

/// What was found; the name is what the delivery report says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Found {
    /// A mark of secrecy.
    SecrecyMark,
    /// Identity number of 18 or 15 characters.
    Identity,
    /// Unified social credit code.
    CreditCode,
    /// Bank card.
    BankCard,
    /// Mobile telephone.
    Mobile,
}

/// One character of the stream.
#[derive(Clone, Copy)]
struct Cell {
    /// Digit or capital letter.
    byte: u8,
    /// What stands before it.
    gap: Gap,
}

#[derive(Clone, Copy)]
struct Gap {
    width: u32,
    line_ends: u32,
    /// Its first mark; zero where it is all spaces.
    mark: char,
    /// Brackets, commas, colons: they part numbers.
    parts: bool,
}

impl Gap {
    const NONE: Self = Self { width: 0, line_ends: 0, mark: '\0', parts: false };

    /// Nothing but one point.
    fn is_point(&self) -> bool {
        self.width == 1 && self.mark == '.'
    }
}

impl Found {
    /// The name in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SecrecyMark => "secrecy-mark",
            Self::Identity => "identity",
            Self::CreditCode => "credit-code",
            Self::BankCard => "bank-card",
            Self::Mobile => "mobile",
        }
    }
}

/// Looks through a text.
pub fn scan(text: &str, marks: &[String]) -> BTreeSet<Found> {
    let mut found = BTreeSet::new();
    let (mut stream, mut gap) = (Vec::new(), Gap::NONE);
    for c in text.chars() {
        match read(c) {
            Reading::Cell(byte) => {
                stream.push(Cell { byte, gap });
                gap = Gap::NONE;
            }
            Reading::Mark(mark) => {
                gap.width += 1;
                gap.mark = if gap.mark == '\0' { mark } else { gap.mark };
            }
            Reading::LineEnd => {
                gap.width += 1;
                gap.line_ends += 1;
            }
            Reading::Part => {
                gap.width += 1;
                gap.parts = true;
            }
            Reading::Unseen => {}
            Reading::Word => {
                slide(&stream, &mut found);
                stream.clear();
                gap = Gap::NONE;
            }
        }
    }
    slide(&stream, &mut found);
    let mut bare = text.chars().filter(|c| !c.is_whitespace() && !matches!(read(*c), Reading::Unseen));
    let bare: String = bare.by_ref().collect();
    if marks.iter().any(|mark| ["★", "☆", "*", "＊"].iter().any(|star| bare.contains(&format!("{mark}{star}")))) {
        found.insert(Found::SecrecyMark);
    }
    found
}

fn slide(stream: &[Cell], found: &mut BTreeSet<Found>) {
    for from in 0..stream.len() {
        for length in [11, 12, 13, 15, 16, 17, 18, 19] {
            if let Some(window) = Window::at(stream, from, length) {
                window.judge(found);
            }
        }
    }
}

/// A stretch of the stream.
struct Window<'a> {
    stream: &'a [Cell],
    cells: &'a [Cell],
    from: usize,
    text: [u8; 19],
}

impl<'a> Window<'a> {
    fn at(stream: &'a [Cell], from: usize, length: usize) -> Option<Self> {
        let cells = stream.get(from..from + length)?;
        let mut text = [0; 19];
        text.iter_mut().zip(cells).for_each(|(to, cell)| *to = cell.byte);
        Some(Self { stream, cells, from, text })
    }

    fn judge(&self, found: &mut BTreeSet<Found>) {
        let text = &self.text[..self.cells.len()];
        let unbroken = self.inner_gaps().all(|g| g.width == 0);
        let stands = self.stands_alone();
        if text.len() == 18 {
            if (unbroken || stands && self.is_no_row_of_dates()) && identity(text) {
                found.insert(Found::Identity);
            }
            let lettered = text.iter().any(u8::is_ascii_uppercase);
            let as_code =
                if lettered { unbroken || self.is_whole() && self.is_even() } else { stands && self.reads_as_one() };
            if as_code && credit_code(text) {
                found.insert(Found::CreditCode);
            }
        }
        if !stands || !text.iter().all(u8::is_ascii_digit) || !self.reads_as_one() {
            return;
        }
        if text.len() == 15 && old_identity(text) {
            found.insert(Found::Identity);
        }
        if bank_card(text) {
            found.insert(Found::BankCard);
        }
        if mobile(text) && !self.is_post() {
            found.insert(Found::Mobile);
        }
    }

    fn inner_gaps(&self) -> impl Iterator<Item = &Gap> {
        self.cells[1..].iter().map(|c| &c.gap)
    }

    /// No digit touches a digit at either end, no letter a letter.
    fn stands_alone(&self) -> bool {
        let parted = |left: Option<&Cell>, right: Option<&Cell>| match (left, right) {
            // A check character is not the first of the letters behind it.
            (Some(l), Some(r)) => {
                let check = l.byte == b'X' && self.cells.len() == 18 && !r.byte.is_ascii_digit();
                r.gap.width > 0 || l.byte.is_ascii_digit() != r.byte.is_ascii_digit() || check
            }
            _ => true,
        };
        let before = self.from.checked_sub(1).and_then(|at| self.stream.get(at));
        parted(before, self.cells.first()) && parted(self.cells.last(), self.stream.get(self.from + self.cells.len()))
    }

    /// Nothing touches it, but letters may stand before a first digit.
    fn is_whole(&self) -> bool {
        let (first, after) = (self.cells[0], self.stream.get(self.from + self.cells.len()));
        let lettered = self.from > 0 && self.stream[self.from - 1].byte.is_ascii_uppercase();
        let begins = self.from == 0 || first.gap.width > 0 || lettered && first.byte.is_ascii_digit();
        begins && after.is_none_or(|c| c.gap.width > 0)
    }

    /// The same mark in every gap, and none that parts.
    fn is_even(&self) -> bool {
        let mut gaps = self.inner_gaps().filter(|g| g.width > 0);
        let Some(first) = gaps.next() else { return true };
        !first.parts && gaps.all(|g| !g.parts && g.mark == first.mark)
    }

    /// Commas and brackets may stand in an identity number, but not where its pieces are those of dates.
    fn is_no_row_of_dates(&self) -> bool {
        let mut pieces = self.pieces();
        if self.text[17] == b'X' {
            pieces.pop();
        }
        let scraps = pieces.iter().filter(|p| **p < 3).count();
        self.inner_gaps().all(|g| !g.parts) || scraps < 2 || scraps == pieces.len()
    }

    /// Whether a point or a hyphen binds an end to other digits, while spaces part the window itself.
    fn is_bound(&self) -> bool {
        let binds = |g: &Gap| !g.parts && matches!(g.mark, '.' | '-');
        let end = self.from + self.cells.len();
        let before: Vec<u8> = self.stream[..self.from].iter().rev().map(|c| c.byte).take(2).collect();
        let digit = |at: usize| self.stream.get(at).is_some_and(|c| c.byte.is_ascii_digit());
        let left = self.from > 0 && digit(self.from - 1) && binds(&self.cells[0].gap) && before != *b"68";
        let right = digit(end) && binds(&self.stream[end].gap);
        let spaced = self.inner_gaps().any(|g| g.width > 0 && g.mark == '\0');
        spaced && (left || right)
    }

    /// Lengths of the pieces between gaps.
    fn pieces(&self) -> Vec<usize> {
        let mut pieces = vec![1];
        for gap in self.inner_gaps() {
            match pieces.last_mut() {
                Some(last) if gap.width == 0 => *last += 1,
                _ => pieces.push(1),
            }
        }
        pieces
    }

    /// Whether the pieces read as one number: no parting mark, no fraction of an amount, no month and day of a date,
    /// and no column of a table.
    fn reads_as_one(&self) -> bool {
        let pieces = self.pieces();
        if self.inner_gaps().any(|g| g.parts) || self.ends_as_amount(&pieces) {
            return false;
        }
        if pieces.len() == 1 || pieces.iter().all(|p| *p < 3) {
            return true;
        }
        if !self.is_even() || self.is_bound() {
            return false;
        }
        let scraps = pieces.iter().skip(1).filter(|p| **p < 3).count();
        let line_ends: u32 = self.inner_gaps().map(|g| g.line_ends).sum();
        let fours = match pieces.as_slice() {
            [first, middle @ .., last] => *first <= 4 && *last <= 4 && middle.iter().all(|p| *p == 4),
            _ => true,
        };
        scraps <= 1 && (line_ends == 0 || line_ends == 1 && (pieces.len() <= 2 || fours))
    }

    /// `150000000.00`: one point, and one or two digits behind it, anywhere that a number would have to reach across.
    fn ends_as_amount(&self, pieces: &[usize]) -> bool {
        let end = self.from + self.cells.len();
        let after = self.stream.get(end).is_some_and(|c| c.gap.is_point());
        let before = self.cells[0].gap.is_point() && self.from > 0;
        let mut points = vec![before];
        points.extend(self.inner_gaps().filter(|g| g.width > 0).map(Gap::is_point));
        points.push(after);
        (1..pieces.len()).any(|n| points[n] && pieces[n] < 3 && !points[n - 1] && !points[n + 1])
    }

    /// A registered item of the post: X, a letter, eleven digits.
    fn is_post(&self) -> bool {
        let letters: Vec<u8> = self.stream[..self.from].iter().rev().map(|c| c.byte).take(3).collect();
        let touching = self.cells[0].gap.width == 0 && self.cells.len() == 11;
        let two = letters.len() >= 2 && letters[0].is_ascii_uppercase() && letters[1] == b'X';
        let third = letters.len() == 3 && letters[2].is_ascii_uppercase() && self.stream[self.from - 2].gap.width == 0;
        touching && two && self.stream[self.from - 1].gap.width == 0 && !third
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ferry_tests::benign::benign;
    use ferry_tests::identifiers::{Kind, planted};

    const SEED: u64 = 32_100;
    const TEXTS: u64 = 20_000;

    fn of(kind: Kind) -> Found {
        match kind {
            Kind::Identity18 | Kind::Identity15 => Found::Identity,
            Kind::CreditCode => Found::CreditCode,
            Kind::BankCard => Found::BankCard,
            Kind::Mobile => Found::Mobile,
        }
    }

    #[test]
    fn none_of_twenty_thousand_numbers_is_missed() {
        let mut missed = Vec::new();
        for n in 0..TEXTS {
            let planted = planted(SEED, n);
            let found = scan(&planted.text, &[]);
            missed.extend(planted.numbers.iter().filter(|(k, _)| !found.contains(&of(*k))).map(|_| planted.clone()));
        }
        assert!(missed.is_empty(), "{} missed, among them {:#?}", missed.len(), &missed[..missed.len().min(12)]);
    }

    #[test]
    fn at_most_one_of_a_thousand_court_texts_without_a_number_is_hidden() {
        let hidden: Vec<_> = (0..TEXTS).map(|n| benign(SEED, n)).filter(|text| !scan(text, &[]).is_empty()).collect();
        let named: Vec<_> = hidden.iter().take(20).map(|text| (text, scan(text, &[]))).collect();
        println!("{} of {TEXTS} court texts hidden", hidden.len());
        assert!(hidden.len() as u64 * 1000 <= TEXTS, "{} hidden, among them {named:#?}", hidden.len());
    }

    #[test]
    fn a_mark_needs_its_star_and_nothing_hides_it() {
        let marks = ["机密".to_owned()];
        assert!(scan("机密事项", &marks).is_empty());
        for text in ["机密★", "机 密 ★ 十年", "机\u{200b}密\n☆", "机密＊"] {
            assert!(scan(text, &marks).contains(&Found::SecrecyMark), "{text:?}");
        }
    }
}
