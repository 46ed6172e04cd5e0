//! How the second scanner reads characters: a table of its own.

/// How one character of a text reads.
pub enum Reading {
    /// A digit or a capital letter.
    Cell(u8),
    /// A mark within a number, or zero for a space.
    Mark(char),
    /// The end of a line.
    LineEnd,
    /// A mark that parts numbers.
    Part,
    /// A character that takes no room.
    Unseen,
    /// A character of a word, which ends every number.
    Word,
}

/// The table of what reads as what.
pub fn read(c: char) -> Reading {
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
        '\n' => Reading::LineEnd,
        '.' | '．' => Reading::Mark('.'),
        '_' | '＿' => Reading::Mark('_'),
        '/' | '／' => Reading::Mark('/'),
        '·' | '•' | '・' | '∙' | '⋅' => Reading::Mark('·'),
        '-' | '－' | '‐' | '‑' | '‒' | '–' | '—' | '―' | '−' => Reading::Mark('-'),
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' => Reading::Unseen,
        '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e01ef}' => Reading::Unseen,
        '\u{300}'..='\u{36f}' | '\u{20dd}'..='\u{20e4}' | '\u{fe00}'..='\u{fe0f}' => Reading::Unseen,
        c if c.is_whitespace() => Reading::Mark('\0'),
        c if c.is_control() => Reading::Unseen,
        c if c.is_alphanumeric() => Reading::Word,
        _ => Reading::Part,
    }
}
