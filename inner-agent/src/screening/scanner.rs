//! The scanner: finds numbers of people that pass their checksum, and secrecy marks, in any text that would cross.
//!
//! It joins neighbouring groups of digits and letters, so that it finds a number with spaces or hyphens in it. Within longer
//! numbers it looks only for identity numbers and for credit codes with letters: the other checks are so weak that nearly every
//! account number contains a match.

use crate::identity_number::{is_credit_code, is_foreigner15, is_identity18};
use crate::screening::checksums::identify;
use crate::screening::digits::{in_any_script, look_alike, spelled_out};
use crate::screening::findings::{Finding, FindingCounts};
use crate::screening::labelled::travel_documents;
use ferry_format::names::is_deceptive;
use unicode_normalization::UnicodeNormalization;

/// Characters that follow a secrecy mark, as ★ does by GB/T 7156.
const STARS: [char; 14] = ['★', '☆', '*', '＊', '﹡', '∗', '⋆', '⭐', '🌟', '✩', '✪', '✭', '✮', '✯'];
/// What a secrecy mark follows without a star.
const LEVEL_LABELS: [&str; 4] = ["密级", "保密等级", "秘密等级", "密別"];
/// Shortest number that is found, in characters.
const NUMBER_MIN: usize = 11;
/// Longest number that is found, in characters.
const NUMBER_MAX: usize = 19;
/// Letters in place of digits in one identity number: more are a word.
const LETTERS_MAX: usize = 10;
/// Length of an identity number and of a credit code.
const LONG: usize = 18;

/// Scans a text.
pub fn scan(text: &str, marks: &[String]) -> FindingCounts {
    let mut counts = FindingCounts::new();
    let spelled = spelled_out(text);
    if may_have_number(&spelled) {
        scan_numbers(&spelled, &mut counts);
    }
    let travel = travel_documents(text);
    if travel > 0 {
        counts.insert(Finding::TravelDocument, travel);
    }
    if text.contains(STARS) || LEVEL_LABELS.iter().any(|label| text.contains(label)) {
        let seen: String = text.chars().filter(|c| !is_invisible(*c) && !c.is_whitespace()).collect();
        let marked = marks.iter().filter(|m| has_mark(&seen, m)).count() as u64;
        if marked > 0 {
            counts.insert(Finding::SecrecyMark, marked);
        }
    }
    counts
}

/// Whether a text has enough characters that may be digits or letters. Nearly every field of a record is a name, a date or a
/// code, and is not scanned any further.
fn may_have_number(text: &str) -> bool {
    let digits = |c: char| match c {
        c if c.is_ascii() => usize::from(c.is_ascii_alphanumeric()),
        // Ideographs and their punctuation.
        '\u{3001}'..='\u{3020}' | '\u{3400}'..='\u{9fff}' => 0,
        // Others may stand for two digits, such as ⑫.
        _ => 2,
    };
    text.len() >= NUMBER_MIN && text.chars().map(digits).sum::<usize>() >= NUMBER_MIN
}

fn scan_numbers(text: &str, counts: &mut FindingCounts) {
    let mut groups: Vec<Group> = Vec::new();
    let mut separator = Separator::default();
    for c in text.nfkc().filter(|c| !is_invisible(*c)).map(plain).chain(['。', '字']) {
        if c.is_ascii_alphanumeric() {
            separator.append(&mut groups, c);
        } else if c.is_alphanumeric() {
            numbers(&groups, counts);
            groups.clear();
            separator = Separator::default();
        } else {
            separator.extend(c);
        }
    }
}

/// A run of digits, or of letters.
struct Group {
    text: String,
    is_digits: bool,
    /// The separator before it.
    before: Separator,
}

/// The characters between two groups.
#[derive(Clone, Copy, Default)]
struct Separator {
    characters: u32,
    lines: u32,
    /// The first one that is not a space.
    mark: Option<char>,
    /// Whether it has a character that does not occur within a number.
    is_wide: bool,
}

impl Separator {
    fn extend(&mut self, c: char) {
        self.characters += 1;
        match c {
            '\n' => self.lines += 1,
            ' ' => {}
            '-' | '_' | '·' | '/' | '.' => self.mark = self.mark.or(Some(c)),
            _ => self.is_wide = true,
        }
    }

    /// Appends a character to the last group, or to a new one.
    fn append(&mut self, groups: &mut Vec<Group>, c: char) {
        let c = c.to_ascii_uppercase();
        match groups.last_mut() {
            Some(g) if self.characters == 0 && g.is_digits == c.is_ascii_digit() => g.text.push(c),
            _ => groups.push(Group { text: c.into(), is_digits: c.is_ascii_digit(), before: *self }),
        }
        *self = Self::default();
    }
}

/// Looks for numbers in groups without Chinese characters between them.
fn numbers(groups: &[Group], counts: &mut FindingCounts) {
    for run in groups.chunk_by(|_, g| g.before.characters == 0) {
        let whole: String = run.iter().map(|g| g.text.as_str()).collect();
        windows(&whole, counts);
    }
    let mut at = 0;
    while at < groups.len() {
        let mut next = at + 1;
        // Both, because a match of one kind may be a coincidence.
        for (what, after) in [long(groups, at), short(groups, at)].into_iter().flatten() {
            *counts.entry(what).or_default() += 1;
            next = next.max(after);
        }
        at = next;
    }
}

/// Counts identity numbers and credit codes in every stretch of eighteen characters of one run. Date and check character
/// together are strong enough to find an identity number among other digits; so is a credit code with a letter in it.
fn windows(run: &str, counts: &mut FindingCounts) {
    if is_foreigner15(run.as_bytes()) {
        *counts.entry(Finding::Identity15).or_default() += 1;
    }
    let mut rest = run.as_bytes();
    while rest.len() >= LONG {
        let stretch = &rest[..LONG];
        let found = match stretch {
            b if is_identity18(b) => Some(Finding::Identity18),
            b if b.iter().any(u8::is_ascii_uppercase) && is_credit_code(b) => Some(Finding::CreditCode),
            b => is_identity_with_letters(b).then_some(Finding::Identity18),
        };
        if let Some(finding) = found {
            *counts.entry(finding).or_default() += 1;
        }
        rest = &rest[if found.is_some() { LONG } else { 1 }..];
    }
}

/// Whether it is an identity number with some letters in place of digits, `l` for 1 or `O` for 0.
fn is_identity_with_letters(stretch: &[u8]) -> bool {
    let letters = stretch[..LONG - 1].iter().filter(|b| !b.is_ascii_digit()).count();
    if letters == 0 || letters > LETTERS_MAX {
        return false;
    }
    let mut digits: Vec<u8> = stretch.iter().map(|b| look_alike(*b)).collect();
    if stretch[LONG - 1] == b'X' {
        digits[LONG - 1] = b'X';
    }
    is_identity18(&digits)
}

/// The number of eighteen characters that the groups from `at` on make, and the group after it.
fn long(groups: &[Group], at: usize) -> Option<(Finding, usize)> {
    let mut text = String::new();
    for (n, group) in groups[at..].iter().enumerate() {
        // Letters may follow a check character.
        let is_check = text.len() == LONG - 1 && group.text.starts_with('X');
        text.push_str(if is_check { "X" } else { &group.text });
        if text.len() >= LONG {
            let to = at + n + 1;
            let stretch = &groups[at..to];
            let is_apart = stretch[1..].iter().any(|g| g.before.characters > 0);
            return match text.as_bytes() {
                b if b.len() > LONG || !is_apart => None,
                b if is_identity18(b) && could_be_identity(stretch) => Some((Finding::Identity18, to)),
                b if b.iter().any(u8::is_ascii_uppercase) && is_credit_code(b) && is_whole(groups, at, to) => {
                    Some((Finding::CreditCode, to))
                }
                _ => None,
            };
        }
    }
    None
}

/// Whether groups may be an identity number: brackets and commas may separate them, unless the groups look like dates.
fn could_be_identity(groups: &[Group]) -> bool {
    let is_short = |g: &&Group| g.text.len() < 3;
    let (body, check) = groups.split_at(groups.len() - 1);
    let shorts = body.iter().filter(is_short).count() + check.iter().filter(|g| g.is_digits).filter(is_short).count();
    groups[1..].iter().all(|g| !g.before.is_wide) || shorts < 2 || shorts == groups.len()
}

/// Whether groups of digits and letters are separated from others, with one kind of mark between them.
fn is_whole(groups: &[Group], at: usize, to: usize) -> bool {
    let is_end = groups.get(to).is_none_or(|g| g.before.characters > 0);
    let is_start = at == 0 || groups[at].before.characters > 0 || !groups[at - 1].is_digits && groups[at].is_digits;
    let mut gaps = groups[at + 1..to].iter().map(|g| g.before).filter(|b| b.characters > 0);
    let first = gaps.next();
    let is_even = first.is_none_or(|f| !f.is_wide && gaps.all(|g| !g.is_wide && g.mark == f.mark));
    is_start && is_end && is_even
}

/// The longest number that the groups of digits from `at` on make, and the group after it. These checks are weak, so no digit
/// may touch the number, and its groups must look like those of one number.
fn short(groups: &[Group], at: usize) -> Option<(Finding, usize)> {
    let (mut text, mut found) = (String::new(), None);
    for (n, group) in groups[at..].iter().enumerate() {
        let is_apart = n > 0 && (group.before.is_wide || is_fraction(groups, at + n));
        if !group.is_digits || is_apart || text.len() + group.text.len() > NUMBER_MAX {
            break;
        }
        text.push_str(&group.text);
        if looks_like_one(groups, at, at + n + 1)
            && let Some(finding) = identify(&text)
            && !(finding == Finding::Mobile && is_registered_item(groups, at))
        {
            found = Some((finding, at + n + 1));
        }
    }
    found
}

/// Whether groups may be one number: one or two digits each, as on a form; or with one kind of mark between them, no date among
/// them, and at most one line end, which splits the number in two or is between groups of four. If spaces separate them,
/// neither end may be joined to other digits by a mark.
fn looks_like_one(groups: &[Group], at: usize, to: usize) -> bool {
    let (first, rest) = (&groups[at], &groups[at + 1..to]);
    let Some(last) = rest.last() else { return true };
    if groups[at..to].iter().all(|g| g.text.len() <= 2) {
        return true;
    }
    let mark = rest[0].before.mark;
    let is_bound = |g: &Group| !g.before.is_wide && matches!(g.before.mark, Some('.' | '-'));
    let is_country = |g: &Group| matches!(g.text.as_str(), "86" | "0086");
    let is_part = at > 0 && groups[at - 1].is_digits && is_bound(first) && !is_country(&groups[at - 1])
        || groups.get(to).is_some_and(|g| g.is_digits && is_bound(g));
    let (lines, short) = rest.iter().fold((0, 0), |(l, s), g| (l + g.before.lines, s + u32::from(g.text.len() < 3)));
    let middle = &rest[..rest.len() - 1];
    let in_fours = middle.iter().all(|g| g.text.len() == 4) && first.text.len() <= 4 && last.text.len() <= 4;
    rest.iter().all(|g| g.before.mark == mark)
        && !(mark.is_none() && is_part)
        && short < 2
        && (lines == 0 || lines == 1 && (rest.len() == 1 || in_fours))
}

/// Whether it is the number of a registered postal item: X, a letter, eleven digits.
fn is_registered_item(groups: &[Group], at: usize) -> bool {
    let letters = at.checked_sub(1).map(|before| groups[before].text.as_str()).unwrap_or_default();
    groups[at].before.characters == 0 && groups[at].text.len() == 11 && letters.len() == 2 && letters.starts_with('X')
}

/// Whether a group is the fraction of an amount: at most two digits after the only point.
fn is_fraction(groups: &[Group], at: usize) -> bool {
    let is_point = |g: Option<&Group>| g.is_some_and(|g| g.before.characters == 1 && g.before.mark == Some('.'));
    let points_before = at > 1 && is_point(groups.get(at - 1));
    is_point(groups.get(at)) && groups[at].text.len() <= 2 && !points_before && !is_point(groups.get(at + 1))
}

/// Whether a text without spaces has a mark followed by ★, as in `机密★10年`, or behind the name of a level, as in `密级：机密`.
fn has_mark(seen: &str, mark: &str) -> bool {
    let is_labelled = |before: &str| {
        let before = before.trim_end_matches(|c: char| !c.is_alphanumeric());
        LEVEL_LABELS.iter().any(|label| before.ends_with(label))
    };
    seen.match_indices(mark).any(|(at, _)| seen[at + mark.len()..].starts_with(STARS) || is_labelled(&seen[..at]))
}

/// Characters without width: they hide a number from a program but not from a reader.
pub fn is_invisible(c: char) -> bool {
    is_deceptive(c) && !c.is_whitespace()
        || matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180e}' | '\u{206a}'..='\u{206f}' | '\u{20dd}'..='\u{20e4}')
        || matches!(c, '\u{300}'..='\u{36f}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0000}'..='\u{e01ef}')
}

/// Replaces characters that NFKC leaves different.
fn plain(c: char) -> char {
    let digit = |zero: u32| char::from(b'0' + (c as u32 - zero) as u8);
    match c {
        '–' | '—' | '‐' | '‒' | '―' | '−' => '-',
        '•' | '・' | '∙' | '⋅' => '·',
        '×' | 'х' | 'Х' | 'χ' | 'Χ' => 'X',
        '❶'..='❾' => digit(0x2775),
        '➀'..='➈' => digit(0x277f),
        '➊'..='➒' => digit(0x2789),
        'О' | 'о' | 'Ο' | 'ο' => 'O',
        'І' | 'і' | 'Ι' | 'ι' | 'Ӏ' | 'ӏ' | 'ı' => 'I',
        'Ѕ' | 'ѕ' => 'S',
        'В' | 'Β' => 'B',
        c if c != '\n' && c.is_whitespace() => ' ',
        c => in_any_script(c).unwrap_or(c),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ferry_testkit::benign::benign;
    use ferry_testkit::identifiers::{Kind, planted};
    use ferry_testkit::spellings;

    const SEED: u64 = 20_140_903;
    const TEXTS: u64 = 20_000;
    const BENIGN: u64 = 100_000;

    fn of(kind: Kind) -> Finding {
        match kind {
            Kind::Identity18 => Finding::Identity18,
            Kind::Identity15 => Finding::Identity15,
            Kind::CreditCode => Finding::CreditCode,
            Kind::BankCard => Finding::BankCard,
            Kind::Mobile => Finding::Mobile,
        }
    }

    #[test]
    fn every_one_of_twenty_thousand_numbers_is_found() {
        let mut missed = Vec::new();
        for n in 0..TEXTS {
            let planted = planted(SEED, n);
            let found = scan(&planted.text, &[]);
            missed
                .extend(planted.numbers.iter().filter(|(k, _)| !found.contains_key(&of(*k))).map(|_| planted.clone()));
        }
        assert!(missed.is_empty(), "{} missed, among them {:#?}", missed.len(), &missed[..missed.len().min(12)]);
    }

    #[test]
    fn at_most_one_of_a_thousand_court_texts_without_a_number_has_a_finding() {
        let held: Vec<_> = (0..BENIGN).map(|n| benign(SEED, n)).filter(|text| !scan(text, &[]).is_empty()).collect();
        let named: Vec<_> = held.iter().take(12).map(|text| (text, scan(text, &[]))).collect();
        println!("{} of {BENIGN} court texts held", held.len());
        assert!(held.len() as u64 * 1000 <= BENIGN, "{} held, among them {named:#?}", held.len());
    }

    #[test]
    fn numbers_and_marks_are_found_in_every_spelling_of_people() {
        let marks = ["机密".to_owned()];
        for (texts, found) in [
            (&spellings::IDENTITIES[..], &[Finding::Identity18, Finding::Identity15][..]),
            (&spellings::TRAVEL_DOCUMENTS, &[Finding::TravelDocument]),
            (&spellings::MARKS, &[Finding::SecrecyMark]),
        ] {
            for text in texts {
                assert!(found.iter().any(|finding| scan(text, &marks).contains_key(finding)), "{text}");
            }
        }
        for text in spellings::NOTHING {
            assert!(scan(text, &marks).is_empty(), "{text}: {:?}", scan(text, &marks));
        }
    }

    #[test]
    fn an_amount_is_not_a_telephone_number_and_a_mark_needs_its_star() {
        let marks = ["机密".to_owned()];
        assert!(scan("拍卖成交价150000000.00元，账号37050186680101234567", &marks).is_empty());
        assert!(scan("机密事项", &marks).is_empty());
        assert!(scan("机密 ★ 十年", &marks).contains_key(&Finding::SecrecyMark));
    }
}
