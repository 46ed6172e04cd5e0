//! The second scanner: written apart from the one inside, so that one mistake is not in both. It reads a text as one stream
//! of digits and letters and moves windows of every length that a number may have along it.

use crate::ingest::rescan::characters::{Class, classify};
use crate::ingest::rescan::checksums::{bank_card, credit_code, foreigner, identity, mobile, old_identity};
use crate::ingest::rescan::numerals;
use crate::ingest::rescan::travel::has_travel_document;
use ferry_format::reason::Rule;
use std::collections::BTreeSet;

/// One character of the stream.
#[derive(Clone, Copy)]
struct Symbol {
    /// Digit or capital letter.
    byte: u8,
    /// What precedes it.
    gap: Gap,
}

/// What stands between two characters of the stream.
#[derive(Clone, Copy)]
struct Gap {
    width: u32,
    line_ends: u32,
    /// Its first mark; zero where it is all spaces.
    mark: char,
    /// Whether it has brackets, commas or colons, which separate numbers.
    separates: bool,
}

impl Gap {
    const NONE: Self = Self { width: 0, line_ends: 0, mark: '\0', separates: false };

    /// Whether it is one point and nothing else.
    fn is_point(&self) -> bool {
        self.width == 1 && self.mark == '.'
    }
}

/// Finds numbers of persons, and marks of secrecy with their star.
pub fn scan(text: &str, marks: &[String]) -> BTreeSet<Rule> {
    let mut found = BTreeSet::new();
    let (mut stream, mut gap) = (Vec::new(), Gap::NONE);
    let is_blank = |c: char| c.is_whitespace() || matches!(classify(c), Class::Invisible);
    for c in numerals::read(text, is_blank) {
        match classify(c) {
            Class::Symbol(byte) => {
                stream.push(Symbol { byte, gap });
                gap = Gap::NONE;
            }
            Class::Mark(mark) => {
                gap.width += 1;
                gap.mark = if gap.mark == '\0' { mark } else { gap.mark };
            }
            Class::LineEnd => {
                gap.width += 1;
                gap.line_ends += 1;
            }
            Class::Separator => {
                gap.width += 1;
                gap.separates = true;
            }
            Class::Invisible => {}
            Class::Word => {
                check_windows(&stream, &mut found);
                stream.clear();
                gap = Gap::NONE;
            }
        }
    }
    check_windows(&stream, &mut found);
    let mut bare = text.chars().filter(|c| !c.is_whitespace() && !matches!(classify(*c), Class::Invisible));
    let bare: String = bare.by_ref().collect();
    if marks.iter().any(|mark| has_mark(&bare, mark)) {
        found.insert(Rule::SecrecyMark);
    }
    if has_travel_document(text) {
        found.insert(Rule::TravelDocument);
    }
    found
}

/// Whether a mark has its star behind it, or the word for a level of secrecy before it.
fn has_mark(bare: &str, mark: &str) -> bool {
    const STARS: &str = "★☆*＊﹡∗⋆⭐🌟✩✪✭✮✯";
    bare.split(mark).zip(bare.split(mark).skip(1)).any(|(before, after)| {
        let word: String = before.chars().rev().skip_while(|c| !c.is_alphanumeric()).take(4).collect();
        let is_labelled = ["级密", "级等密保", "级等密秘", "別密"].iter().any(|label| word.starts_with(label));
        is_labelled || after.chars().next().is_some_and(|c| STARS.contains(c))
    })
}

fn check_windows(stream: &[Symbol], found: &mut BTreeSet<Rule>) {
    for from in 0..stream.len() {
        for length in [11, 12, 13, 15, 16, 17, 18, 19] {
            if let Some(window) = Window::at(stream, from, length) {
                window.check(found);
            }
        }
    }
}

/// Eighteen characters with the digits that a few of their letters look like.
fn with_digits_for_letters(text: &[u8]) -> Option<Vec<u8>> {
    let is_letter = |(at, byte): &(usize, &u8)| byte.is_ascii_uppercase() && !(*at == 17 && **byte == b'X');
    let replaced = text.iter().enumerate().filter(is_letter).count();
    let digit = |(at, byte): (usize, &u8)| match byte {
        b'X' if at == 17 => Some(b'X'),
        b'0'..=b'9' => Some(*byte),
        _ => [(b'0', &b"OQD"[..]), (b'1', b"IL"), (b'2', b"Z"), (b'5', b"S"), (b'8', b"B")]
            .iter()
            .find_map(|(digit, letters)| letters.contains(byte).then_some(*digit)),
    };
    if !(1..=10).contains(&replaced) {
        return None;
    }
    text.iter().enumerate().map(digit).collect()
}

/// A window of the stream.
struct Window<'a> {
    stream: &'a [Symbol],
    symbols: &'a [Symbol],
    from: usize,
    text: [u8; 19],
}

impl<'a> Window<'a> {
    fn at(stream: &'a [Symbol], from: usize, length: usize) -> Option<Self> {
        let symbols = stream.get(from..from + length)?;
        let mut text = [0; 19];
        text.iter_mut().zip(symbols).for_each(|(to, symbol)| *to = symbol.byte);
        Some(Self { stream, symbols, from, text })
    }

    fn check(&self, found: &mut BTreeSet<Rule>) {
        let text = &self.text[..self.symbols.len()];
        let is_unbroken = self.inner_gaps().all(|g| g.width == 0);
        let stands_alone = self.stands_alone();
        if text.len() == 18 {
            if (is_unbroken || stands_alone && self.is_not_row_of_dates()) && identity(text) {
                found.insert(Rule::Identity);
            }
            if is_unbroken && with_digits_for_letters(text).is_some_and(|digits| identity(&digits)) {
                found.insert(Rule::Identity);
            }
            let is_one_code = if text.iter().any(u8::is_ascii_uppercase) {
                is_unbroken || self.is_whole() && self.has_uniform_gaps()
            } else {
                stands_alone && self.reads_as_one()
            };
            if is_one_code && credit_code(text) {
                found.insert(Rule::CreditCode);
            }
        }
        if text.len() == 15 && is_unbroken && self.is_whole() && foreigner(text) {
            found.insert(Rule::Identity);
        }
        if !stands_alone || !text.iter().all(u8::is_ascii_digit) || !self.reads_as_one() {
            return;
        }
        if text.len() == 15 && old_identity(text) {
            found.insert(Rule::Identity);
        }
        if bank_card(text) {
            found.insert(Rule::BankCard);
        }
        if mobile(text) && !self.is_postal_item() {
            found.insert(Rule::Mobile);
        }
    }

    fn inner_gaps(&self) -> impl Iterator<Item = &Gap> {
        self.symbols[1..].iter().map(|c| &c.gap)
    }

    /// Whether no digit touches a digit at either end, and no letter a letter.
    fn stands_alone(&self) -> bool {
        let are_separate = |left: Option<&Symbol>, right: Option<&Symbol>| match (left, right) {
            // The check character X does not belong to letters that follow it.
            (Some(l), Some(r)) => {
                let is_check = l.byte == b'X' && self.symbols.len() == 18 && !r.byte.is_ascii_digit();
                r.gap.width > 0 || l.byte.is_ascii_digit() != r.byte.is_ascii_digit() || is_check
            }
            _ => true,
        };
        let before = self.from.checked_sub(1).and_then(|at| self.stream.get(at));
        let after = self.stream.get(self.from + self.symbols.len());
        are_separate(before, self.symbols.first()) && are_separate(self.symbols.last(), after)
    }

    /// Whether nothing touches it; letters may precede a first digit.
    fn is_whole(&self) -> bool {
        let (first, after) = (self.symbols[0], self.stream.get(self.from + self.symbols.len()));
        let follows_letter = self.from > 0 && self.stream[self.from - 1].byte.is_ascii_uppercase();
        let begins = self.from == 0 || first.gap.width > 0 || follows_letter && first.byte.is_ascii_digit();
        begins && after.is_none_or(|c| c.gap.width > 0)
    }

    /// Whether every gap has the same mark, and none separates.
    fn has_uniform_gaps(&self) -> bool {
        let mut gaps = self.inner_gaps().filter(|g| g.width > 0);
        let Some(first) = gaps.next() else { return true };
        !first.separates && gaps.all(|g| !g.separates && g.mark == first.mark)
    }

    /// Whether its pieces are not those of a row of dates: an identity number may have commas and brackets in it.
    fn is_not_row_of_dates(&self) -> bool {
        let mut pieces = self.pieces();
        if self.text[17] == b'X' {
            pieces.pop();
        }
        let short_pieces = pieces.iter().filter(|p| **p < 3).count();
        self.inner_gaps().all(|g| !g.separates) || short_pieces < 2 || short_pieces == pieces.len()
    }

    /// Whether a point or a hyphen joins an end to other digits, while there are spaces within.
    fn is_joined_to_digits(&self) -> bool {
        let joins = |g: &Gap| !g.separates && matches!(g.mark, '.' | '-');
        let end = self.from + self.symbols.len();
        let before: Vec<u8> = self.stream[..self.from].iter().rev().map(|c| c.byte).take(2).collect();
        let digit = |at: usize| self.stream.get(at).is_some_and(|c| c.byte.is_ascii_digit());
        let left = self.from > 0 && digit(self.from - 1) && joins(&self.symbols[0].gap) && before != *b"68";
        let right = digit(end) && joins(&self.stream[end].gap);
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

    /// Whether the pieces read as one number: no separating mark, no decimals of an amount, no month and day of a date, and
    /// no column of a table.
    fn reads_as_one(&self) -> bool {
        let pieces = self.pieces();
        if self.inner_gaps().any(|g| g.separates) || self.has_decimals(&pieces) {
            return false;
        }
        if pieces.len() == 1 || pieces.iter().all(|p| *p < 3) {
            return true;
        }
        if !self.has_uniform_gaps() || self.is_joined_to_digits() {
            return false;
        }
        let short_pieces = pieces.iter().skip(1).filter(|p| **p < 3).count();
        let line_ends: u32 = self.inner_gaps().map(|g| g.line_ends).sum();
        let fours = match pieces.as_slice() {
            [first, middle @ .., last] => *first <= 4 && *last <= 4 && middle.iter().all(|p| *p == 4),
            _ => true,
        };
        short_pieces <= 1 && (line_ends == 0 || line_ends == 1 && (pieces.len() <= 2 || fours))
    }

    /// Whether there are decimals as in `150000000.00`: one point with one or two digits after it.
    fn has_decimals(&self, pieces: &[usize]) -> bool {
        let end = self.from + self.symbols.len();
        let after = self.stream.get(end).is_some_and(|c| c.gap.is_point());
        let before = self.symbols[0].gap.is_point() && self.from > 0;
        let mut points = vec![before];
        points.extend(self.inner_gaps().filter(|g| g.width > 0).map(Gap::is_point));
        points.push(after);
        (1..pieces.len()).any(|n| points[n] && pieces[n] < 3 && !points[n - 1] && !points[n + 1])
    }

    /// Whether it is the number of a registered postal item: X, a letter, eleven digits.
    fn is_postal_item(&self) -> bool {
        let letters: Vec<u8> = self.stream[..self.from].iter().rev().map(|c| c.byte).take(3).collect();
        let touching = self.symbols[0].gap.width == 0 && self.symbols.len() == 11;
        let two = letters.len() >= 2 && letters[0].is_ascii_uppercase() && letters[1] == b'X';
        let third = letters.len() == 3 && letters[2].is_ascii_uppercase() && self.stream[self.from - 2].gap.width == 0;
        touching && two && self.stream[self.from - 1].gap.width == 0 && !third
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ferry_testkit::benign::benign;
    use ferry_testkit::identifiers::{Kind, planted};
    use ferry_testkit::spellings;

    const SEED: u64 = 32_100;
    const TEXTS: u64 = 20_000;
    const BENIGN: u64 = 100_000;

    fn rule_of(kind: Kind) -> Rule {
        match kind {
            Kind::Identity18 | Kind::Identity15 => Rule::Identity,
            Kind::CreditCode => Rule::CreditCode,
            Kind::BankCard => Rule::BankCard,
            Kind::Mobile => Rule::Mobile,
        }
    }

    #[test]
    fn none_of_twenty_thousand_numbers_is_missed() {
        let mut missed = Vec::new();
        for n in 0..TEXTS {
            let planted = planted(SEED, n);
            let found = scan(&planted.text, &[]);
            missed
                .extend(planted.numbers.iter().filter(|(k, _)| !found.contains(&rule_of(*k))).map(|_| planted.clone()));
        }
        assert!(missed.is_empty(), "{} missed, among them {:#?}", missed.len(), &missed[..missed.len().min(12)]);
    }

    #[test]
    fn at_most_one_court_text_without_a_number_in_a_thousand_is_hidden() {
        let hidden: Vec<_> = (0..BENIGN).map(|n| benign(SEED, n)).filter(|text| !scan(text, &[]).is_empty()).collect();
        let named: Vec<_> = hidden.iter().take(20).map(|text| (text, scan(text, &[]))).collect();
        println!("{} of {BENIGN} court texts hidden", hidden.len());
        assert!(hidden.len() as u64 * 1000 <= BENIGN, "{} hidden, among them {named:#?}", hidden.len());
    }

    #[test]
    fn every_spelling_of_a_number_or_a_mark_is_one() {
        let marks = ["机密".to_owned()];
        for (texts, rule) in [
            (&spellings::IDENTITIES[..], Rule::Identity),
            (&spellings::TRAVEL_DOCUMENTS, Rule::TravelDocument),
            (&spellings::MARKS, Rule::SecrecyMark),
        ] {
            texts.iter().for_each(|text| assert!(scan(text, &marks).contains(&rule), "{text}"));
        }
        for text in spellings::NOTHING {
            assert!(scan(text, &marks).is_empty(), "{text}: {:?}", scan(text, &marks));
        }
    }

    #[test]
    fn a_secrecy_mark_needs_its_star_and_is_found_between_invisible_characters() {
        let marks = ["机密".to_owned()];
        assert!(scan("机密事项", &marks).is_empty());
        for text in ["机密★", "机 密 ★ 十年", "机\u{200b}密\n☆", "机密＊"] {
            assert!(scan(text, &marks).contains(&Rule::SecrecyMark), "{text:?}");
        }
    }
}
