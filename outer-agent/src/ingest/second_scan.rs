//! The second scanner: written apart from the one inside, so that a fault of the one is not a fault of both. It reads a
//! text as one stream of digits and letters and slides windows of every length that a number may have along it.

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

#[derive(Clone, Copy, Default)]
struct Gap {
    width: u32,
    line_ends: u32,
    /// Nothing but one point.
    point: bool,
    /// Brackets, commas, colons: they part numbers.
    parts: bool,
}

/// How one character of a text reads.
enum Reading {
    Cell(u8),
    Gap { line_end: bool, point: bool, parts: bool },
    Unseen,
    Word,
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
    let (mut stream, mut gap) = (Vec::new(), Gap::default());
    for c in text.chars() {
        match read(c) {
            Reading::Cell(byte) => {
                stream.push(Cell { byte, gap });
                gap = Gap::default();
            }
            Reading::Gap { line_end, point, parts } => {
                gap.point = point && gap.width == 0;
                gap.width += 1;
                gap.line_ends += u32::from(line_end);
                gap.parts |= parts;
            }
            Reading::Unseen => {}
            Reading::Word => {
                slide(&stream, &mut found);
                stream.clear();
                gap = Gap::default();
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
            if (unbroken || stands) && identity(text) {
                found.insert(Found::Identity);
            }
            let close = stands && self.inner_gaps().all(|g| !g.parts);
            let lettered = unbroken && text.iter().any(u8::is_ascii_uppercase);
            if (close || lettered) && credit_code(text) {
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
        if pieces.iter().all(|p| *p < 3) {
            return true;
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
        let after = self.stream.get(end).is_some_and(|c| c.gap.point);
        let before = self.cells[0].gap.point && self.from > 0;
        let mut points = vec![before];
        points.extend(self.inner_gaps().filter(|g| g.width > 0).map(|g| g.point));
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

fn number(digits: &[u8]) -> u32 {
    digits.iter().fold(0, |n, d| n * 10 + u32::from(d - b'0'))
}

/// Provinces by the first two digits of their regions.
fn province(text: &[u8]) -> bool {
    matches!(number(&text[..2]), 11..=15 | 21..=23 | 31..=37 | 41..=46 | 50..=54 | 61..=65 | 71 | 81 | 82)
}

fn calendar(year: u32, month: u32, day: u32) -> bool {
    let leap = year.is_multiple_of(4) && !year.is_multiple_of(100) || year.is_multiple_of(400);
    let days = match month {
        2 => 28 + u32::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    };
    (1..=days).contains(&day)
}

/// ISO 7064 MOD 11-2, digit by digit.
fn identity(text: &[u8]) -> bool {
    let (body, check) = text.split_at(17);
    if !body.iter().all(u8::is_ascii_digit) || !province(body) {
        return false;
    }
    let year = number(&body[6..10]);
    if !(1850..2100).contains(&year) || !calendar(year, number(&body[10..12]), number(&body[12..14])) {
        return false;
    }
    let sum = body.iter().fold(0, |p, d| (p + u32::from(d - b'0')) * 2 % 11);
    let value = match check[0] {
        b'X' => 10,
        d if d.is_ascii_digit() => u32::from(d - b'0'),
        _ => return false,
    };
    (sum + value) % 11 == 1
}

fn old_identity(text: &[u8]) -> bool {
    let year = 1900 + number(&text[6..8]);
    province(text) && text[0] < b'7' && calendar(year, number(&text[8..10]), number(&text[10..12]))
}

/// GB 32100, by Horner from the right: weights are powers of three.
fn credit_code(text: &[u8]) -> bool {
    let value = |c: &u8| "0123456789ABCDEFGHJKLMNPQRTUWXY".find(char::from(*c));
    let shaped = matches!(text[0], b'1' | b'5' | b'9' | b'A' | b'N') && text[2..8].iter().all(u8::is_ascii_digit);
    let values: Option<Vec<usize>> = text.iter().map(value).collect();
    let Some(values) = values.filter(|_| shaped) else { return false };
    let sum = values[..17].iter().rev().fold(0, |sum, v| (sum * 3 + v) % 31);
    (sum + values[17]).is_multiple_of(31)
}

/// ISO/IEC 7812 by a table of doubled digits.
fn bank_card(text: &[u8]) -> bool {
    const DOUBLED: [u32; 10] = [0, 2, 4, 6, 8, 1, 3, 5, 7, 9];
    let issuer = match text.len() {
        16 => {
            matches!(number(&text[..2]), 35 | 40..=49 | 51..=55 | 60 | 62) || matches!(number(&text[..4]), 9558 | 9559)
        }
        17..=19 => matches!(number(&text[..2]), 60 | 62) || matches!(number(&text[..4]), 9558 | 9559),
        _ => false,
    };
    let even = text.len() % 2;
    let sum: u32 = text
        .iter()
        .enumerate()
        .map(|(at, c)| (at % 2, usize::from(c - b'0')))
        .map(|(odd, d)| if odd == even { DOUBLED[d] } else { d as u32 })
        .sum();
    issuer && sum.is_multiple_of(10)
}

fn mobile(text: &[u8]) -> bool {
    let own = match text.len() {
        11 => text,
        12 if text[0] == b'0' => &text[1..],
        13 if text.starts_with(b"86") => &text[2..],
        15 if text.starts_with(b"0086") => &text[4..],
        _ => return false,
    };
    matches!(number(&own[..2]), 13..=19)
}

/// The table of what reads as what.
fn read(c: char) -> Reading {
    let digit = |first: u32| Reading::Cell(b'0' + ((c as u32 - first) % 10) as u8);
    match c {
        '0'..='9' | 'A'..='Z' => Reading::Cell(c as u8),
        'a'..='z' => Reading::Cell(c as u8 - 32),
        '０'..='９' => digit(0xff10),
        'Ａ'..='Ｚ' => Reading::Cell(b'A' + (c as u32 - 0xff21) as u8),
        'ａ'..='ｚ' => Reading::Cell(b'A' + (c as u32 - 0xff41) as u8),
        '\u{1d7ce}'..='\u{1d7ff}' => digit(0x1d7ce),
        '\u{1fbf0}'..='\u{1fbf9}' => digit(0x1fbf0),
        '٠'..='٩' => digit(0x660),
        '۰'..='۹' => digit(0x6f0),
        '¹' => Reading::Cell(b'1'),
        '²' => Reading::Cell(b'2'),
        '³' => Reading::Cell(b'3'),
        '⁰' | '⁴'..='⁹' => digit(0x2070),
        '₀'..='₉' => digit(0x2080),
        '⓪' | '⓿' => Reading::Cell(b'0'),
        '①'..='⑨' => digit(0x245f),
        '❶'..='❾' => digit(0x2775),
        '➀'..='➈' => digit(0x277f),
        '➊'..='➒' => digit(0x2789),
        'Ⅹ' | 'ⅹ' | '×' | 'х' | 'Х' | 'χ' | 'Χ' => Reading::Cell(b'X'),
        '\n' => Reading::Gap { line_end: true, point: false, parts: false },
        '.' | '．' => Reading::Gap { line_end: false, point: true, parts: false },
        '-' | '－' | '‐' | '‑' | '‒' | '–' | '—' | '―' | '−' | '_' | '＿' | '/' | '／' | '·' | '•' | '・' | '∙'
        | '⋅' => Reading::Gap { line_end: false, point: false, parts: false },
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' => Reading::Unseen,
        '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e01ef}' => Reading::Unseen,
        '\u{300}'..='\u{36f}' | '\u{20dd}'..='\u{20e4}' | '\u{fe00}'..='\u{fe0f}' => Reading::Unseen,
        c if c.is_whitespace() => Reading::Gap { line_end: false, point: false, parts: false },
        c if c.is_control() => Reading::Unseen,
        c if c.is_alphanumeric() => Reading::Word,
        _ => Reading::Gap { line_end: false, point: false, parts: true },
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
