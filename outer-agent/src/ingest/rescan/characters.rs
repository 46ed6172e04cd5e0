//! How the second scanner classifies characters: a table of its own, apart from that of the scanner inside.

/// The class of a character.
pub enum Class {
    /// A digit or a capital letter.
    Symbol(u8),
    /// A mark within a number, or zero for a space.
    Mark(char),
    /// The end of a line.
    LineEnd,
    /// A mark that separates numbers.
    Separator,
    /// A character without width.
    Invisible,
    /// A character of a word, which ends every number.
    Word,
}

/// Classifies a character; digits and letters of every script that looks like ASCII become ASCII.
pub fn classify(c: char) -> Class {
    let digit = |first: u32| Class::Symbol(b'0' + ((c as u32 - first) % 10) as u8);
    match c {
        '0'..='9' | 'A'..='Z' => Class::Symbol(c as u8),
        'a'..='z' => Class::Symbol(c as u8 - 32),
        '０'..='９' => digit(0xff10),
        'Ａ'..='Ｚ' => Class::Symbol(b'A' + (c as u32 - 0xff21) as u8),
        'ａ'..='ｚ' => Class::Symbol(b'A' + (c as u32 - 0xff41) as u8),
        '\u{1d7ce}'..='\u{1d7ff}' => digit(0x1d7ce),
        '\u{1fbf0}'..='\u{1fbf9}' => digit(0x1fbf0),
        '¹' => Class::Symbol(b'1'),
        '²' => Class::Symbol(b'2'),
        '³' => Class::Symbol(b'3'),
        '⁰' | '⁴'..='⁹' => digit(0x2070),
        '₀'..='₉' => digit(0x2080),
        '⓪' | '⓿' => Class::Symbol(b'0'),
        '①'..='⑨' => digit(0x245f),
        '❶'..='❾' => digit(0x2775),
        '➀'..='➈' => digit(0x277f),
        '➊'..='➒' => digit(0x2789),
        'Ⅹ' | 'ⅹ' | '×' | 'х' | 'Х' | 'χ' | 'Χ' => Class::Symbol(b'X'),
        '\n' => Class::LineEnd,
        '.' | '．' => Class::Mark('.'),
        '_' | '＿' => Class::Mark('_'),
        '/' | '／' => Class::Mark('/'),
        '·' | '•' | '・' | '∙' | '⋅' => Class::Mark('·'),
        '-' | '－' | '‐' | '‑' | '‒' | '–' | '—' | '―' | '−' => Class::Mark('-'),
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' => Class::Invisible,
        '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e01ef}' => Class::Invisible,
        '\u{300}'..='\u{36f}' | '\u{20dd}'..='\u{20e4}' | '\u{fe00}'..='\u{fe0f}' => Class::Invisible,
        c if c.is_whitespace() => Class::Mark('\0'),
        c if c.is_control() => Class::Invisible,
        'О' | 'о' | 'Ο' | 'ο' => Class::Symbol(b'O'),
        'І' | 'і' | 'Ι' | 'ι' | 'Ӏ' | 'ӏ' | 'ı' => Class::Symbol(b'I'),
        'Ѕ' | 'ѕ' => Class::Symbol(b'S'),
        'В' | 'Β' => Class::Symbol(b'B'),
        c if c.is_numeric() => foreign_digit(c).map_or(Class::Word, Class::Symbol),
        c if c.is_alphanumeric() => Class::Word,
        _ => Class::Separator,
    }
}

/// First characters of the rows of ten digits that other scripts have (Unicode 14).
const FIRST_OF_TEN: &str = "٠۰߀०০੦૦୦௦౦೦൦෦๐໐༠၀႐០᠐᥆᧐᪀᪐᭐᮰᱀᱐꘠꣐꤀꧐꧰꩐꯰𐒠𐴰𑁦𑃰𑄶𑇐𑋰𑑐𑓐𑙐𑛀𑜰𑣠𑥐𑱐𑵐𑶠𖩠𖫀𖭐𞅀𞋰𞥐";

/// The digit of another script.
fn foreign_digit(c: char) -> Option<u8> {
    let first = FIRST_OF_TEN.chars().filter(|first| *first <= c).max()?;
    let value = u8::try_from(u32::from(c) - u32::from(first)).ok().filter(|value| *value < 10)?;
    Some(b'0' + value)
}
