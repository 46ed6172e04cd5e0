//! Digits as people write them: of every script, and in Chinese numerals.

use crate::screening::scanner::is_invisible;
use std::borrow::Cow;

/// The zeros of the decimal digits of Unicode 14 (general category Nd), fullwidth and mathematical ones apart, which NFKC
/// changes.
const ZEROS: [u32; 59] = [
    0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xde6, 0xe50, 0xed0, 0xf20,
    0x1040, 0x1090, 0x17e0, 0x1810, 0x1946, 0x19d0, 0x1a80, 0x1a90, 0x1b50, 0x1bb0, 0x1c40, 0x1c50, 0xa620, 0xa8d0,
    0xa900, 0xa9d0, 0xa9f0, 0xaa50, 0xabf0, 0x104a0, 0x10d30, 0x11066, 0x110f0, 0x11136, 0x111d0, 0x112f0, 0x11450,
    0x114d0, 0x11650, 0x116c0, 0x11730, 0x118e0, 0x11950, 0x11c50, 0x11d50, 0x11da0, 0x16a60, 0x16ac0, 0x16b50,
    0x1e140, 0x1e2f0, 0x1e950, 0x11f50,
];
/// Chinese numerals by value, as in numbers that are spelled digit by digit.
const NUMERALS: [&str; 10] =
    ["〇零○Ｏ", "一壹弌幺", "二贰貳兩两", "三叁參参", "四肆", "五伍", "六陆陸", "七柒", "八捌", "九玖"];
/// So many numerals in a row are a number; fewer are a year or a date.
const NUMERALS_MIN: usize = 11;

/// The digit of a character in another script.
pub fn in_any_script(c: char) -> Option<char> {
    if c.is_ascii() {
        return None;
    }
    let value = ZEROS.iter().find_map(|zero| (c as u32).checked_sub(*zero).filter(|value| *value < 10))?;
    char::from_digit(value, 10)
}

fn numeral(c: char) -> Option<char> {
    if !matches!(c, '\u{25cb}' | '\u{3007}' | '\u{4e00}'..='\u{9fff}' | '\u{ff2f}') {
        return None;
    }
    let value = NUMERALS.iter().position(|same| same.contains(c))?;
    char::from_digit(value as u32, 10)
}

/// The text with numbers in Chinese numerals as digits.
pub fn spelled_out(text: &str) -> Cow<'_, str> {
    if text.chars().filter_map(numeral).take(NUMERALS_MIN).count() < NUMERALS_MIN {
        return Cow::Borrowed(text);
    }
    let (mut out, mut run) = (String::with_capacity(text.len()), Vec::new());
    let flush = |run: &mut Vec<char>, out: &mut String| {
        let digits: String = run.iter().filter_map(|c| numeral(*c)).collect();
        // What stands around it must not touch it: it is of another script.
        if digits.len() >= NUMERALS_MIN {
            out.push_str(&digits)
        } else {
            out.extend(run.iter())
        }
        run.clear();
    };
    for c in text.chars() {
        let goes_on = numeral(c).is_some() || !run.is_empty() && (c.is_whitespace() || is_invisible(c));
        if goes_on {
            run.push(c);
        } else {
            flush(&mut run, &mut out);
            out.push(c);
        }
    }
    flush(&mut run, &mut out);
    Cow::Owned(out)
}

/// A digit that a letter is taken for, in capitals.
pub fn look_alike(c: u8) -> u8 {
    match c {
        b'O' | b'Q' | b'D' => b'0',
        b'I' | b'L' => b'1',
        b'Z' => b'2',
        b'S' => b'5',
        b'B' => b'8',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digit_of_another_script_is_a_digit() {
        for (c, digit) in [('५', '5'), ('๓', '3'), ('٩', '9'), ('᠐', '0'), ('༡', '1')] {
            assert_eq!(in_any_script(c), Some(digit), "{c}");
        }
        assert_eq!(in_any_script('五'), None);
    }

    #[test]
    fn eleven_numerals_are_a_number_and_a_date_is_none() {
        let spelled = "号码一一〇一〇五一九四九 一二三一〇〇二X";
        assert_eq!(spelled_out(spelled), "号码11010519491231002X");
        for text in ["二〇二六年十一月三十日", "二〇二六", "第一二三四五六七八九〇号"] {
            assert_eq!(spelled_out(text), text);
        }
    }
}
