//! Numbers of people as people write them, and court texts without any: what the scanners are measured on. The same seed
//! and number give the same text. Chinese numerals and letters in the place of digits (O, l) are out of scope.

use crate::random::Random;

/// What stands in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Identity number of 18 characters.
    Identity18,
    /// Identity number of 15 digits.
    Identity15,
    /// Unified social credit code.
    CreditCode,
    /// Bank card.
    BankCard,
    /// Mobile telephone.
    Mobile,
}

/// A text with numbers of people in it.
#[derive(Clone, Debug)]
pub struct Planted {
    /// The text.
    pub text: String,
    /// What is in it, in the plain form: half-width, upper case, without separators.
    pub numbers: Vec<(Kind, String)>,
}

const KINDS: [Kind; 5] = [Kind::Identity18, Kind::Identity15, Kind::CreditCode, Kind::BankCard, Kind::Mobile];
const REGIONS: [&str; 12] = [
    "110105", "120101", "130102", "210102", "310101", "320102", "371502", "371521", "440103", "510104", "610102",
    "650102",
];
/// What people put between the groups of a number.
const SEPARATORS: [&str; 16] =
    [" ", "-", "－", "—", "–", "_", ".", "·", "/", "\u{3000}", "\u{a0}", "\t", " - ", "‑", "．", "／"];
/// Characters that nobody sees.
const INVISIBLE: [char; 10] = [
    '\u{200b}', '\u{200d}', '\u{200e}', '\u{202e}', '\u{2060}', '\u{2066}', '\u{feff}', '\u{ad}', '\u{fe0f}', '\u{34f}',
];
const LEADS: [&str; 8] = [
    "被执行人张某",
    "申请执行人聊城某公司，",
    "（2024）鲁1502执12号案件中，",
    "本院于2024年1月13日查明",
    "标的额1,234,567.89元；",
    "请联系",
    "",
    "经查，\n",
];
const TAILS: [&str; 10] =
    ["，请知情者提供线索。", "。", "）", "的财产", "号", "元", "", "；执行到位150000.00元", "\n特此公告", "室"];

/// Text number `n` of a seed.
pub fn planted(seed: u64, n: u64) -> Planted {
    let mut random = Random::new(seed, n.wrapping_mul(2));
    let how_many = if random.chance(15) { 2 + random.below(2) } else { 1 };
    let mut text = random.pick(&LEADS).to_owned();
    let mut numbers = Vec::new();
    for at in 0..how_many {
        if at > 0 {
            text.push_str(random.pick(&["、", "，", "；", "和", "\n另有"]));
        }
        let kind = KINDS[random.below(KINDS.len() as u64) as usize];
        let number = number(kind, &mut random);
        text.push_str(random.pick(&labels(kind)));
        text.push_str(&written(kind, &number, &mut random));
        numbers.push((kind, number));
    }
    text.push_str(random.pick(&TAILS));
    Planted { text, numbers }
}

fn labels(kind: Kind) -> [&'static str; 6] {
    match kind {
        Kind::Identity18 | Kind::Identity15 => ["身份证号：", "公民身份号码", "（证件号", "ID:", "身份证", ""],
        Kind::CreditCode => ["统一社会信用代码：", "信用代码", "（代码", "USCC:", "税号", ""],
        Kind::BankCard => ["卡号：", "账号", "（农行卡", "No.", "银行卡", ""],
        Kind::Mobile => ["电话：", "手机号码", "（联系方式", "Tel:", "微信同号", ""],
    }
}

/// A number that passes its checksum.
fn number(kind: Kind, random: &mut Random) -> String {
    let digits = |n: u32, random: &mut Random| format!("{:0w$}", random.below(10_u64.pow(n)), w = n as usize);
    match kind {
        Kind::Identity18 => {
            let (region, day) = (random.pick(&REGIONS), day(random, 1930, 2020));
            identity(&format!("{region}{day}{}", digits(3, random)))
        }
        Kind::Identity15 => {
            let (region, day) = (random.pick(&REGIONS), day(random, 1910, 1999));
            format!("{region}{}{}", &day[2..], digits(3, random))
        }
        Kind::CreditCode => {
            let authority = random.pick(&["91", "92", "93", "11", "12", "13", "51", "52", "53", "N1", "A1"]);
            let region = random.pick(&REGIONS);
            let own = match random.below(3) {
                0 => format!("MA{}{}", random.pick(&["3C", "1F", "7D", "EW"]), digits(4, random)),
                1 => digits(8, random),
                _ => format!("MB{}", digits(6, random)),
            };
            credit(&format!("{authority}{region}{own}{}", random.pick(&["0", "3", "7", "X", "9"])))
        }
        Kind::BankCard => {
            let issuer =
                random.pick(&["622202", "621700", "622848", "623668", "955880", "95599", "4367", "5187", "601382"]);
            let length = match issuer.as_bytes()[0] {
                b'4' | b'5' => 16,
                b'9' => 19,
                _ => [16, 17, 18, 19][random.below(4) as usize],
            };
            let rest = length - 1 - issuer.len() as u32;
            card(&format!("{issuer}{}", digits(rest, random)))
        }
        Kind::Mobile => format!("1{}{}", random.pick(&["3", "4", "5", "6", "7", "8", "9"]), digits(9, random)),
    }
}

fn day(random: &mut Random, from: u64, until: u64) -> String {
    let year = from + random.below(until - from + 1);
    format!("{year}{:02}{:02}", 1 + random.below(12), 1 + random.below(28))
}

fn identity(base: &str) -> String {
    let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 = base.bytes().zip(weights).map(|(d, w)| u32::from(d - b'0') * w).sum();
    format!("{base}{}", char::from(b"10X98765432"[sum as usize % 11]))
}

fn credit(base: &str) -> String {
    const ALPHABET: &str = "0123456789ABCDEFGHJKLMNPQRTUWXY";
    let value = |c: char| ALPHABET.find(c).unwrap_or_default();
    let (sum, _) = base.chars().fold((0, 1), |(sum, weight), c| (sum + value(c) * weight, weight * 3 % 31));
    format!("{base}{}", char::from(ALPHABET.as_bytes()[(31 - sum % 31) % 31]))
}

fn card(base: &str) -> String {
    let doubled = |d: u32| if d < 5 { 2 * d } else { 2 * d - 9 };
    let digit = |(at, d): (usize, u8)| if at % 2 == 0 { doubled(u32::from(d - b'0')) } else { u32::from(d - b'0') };
    let sum: u32 = base.bytes().rev().enumerate().map(digit).sum();
    format!("{base}{}", (10 - sum % 10) % 10)
}

/// The number as someone writes it.
fn written(kind: Kind, number: &str, random: &mut Random) -> String {
    let number = if kind == Kind::Mobile && random.chance(25) {
        format!("{}{number}", random.pick(&["+86", "86", "0086", "+86 ", "86-", "0", "(+86)"]))
    } else {
        number.to_owned()
    };
    match random.below(12) {
        0 | 1 => number,
        2 => full_width(&number),
        3 | 4 => grouped(kind, &number, random.pick(&SEPARATORS)),
        5 => full_width(&grouped(kind, &number, random.pick(&["　", " ", "-"]))),
        6 => spread(&number, random.pick(&[" ", "\u{3000}", "\n", "-"])),
        7 => {
            let at = 1 + random.below(number.len() as u64 - 1) as usize;
            let (a, b) = number.split_at(at);
            format!("{a}{}{b}", random.pick(&["\n", "\r\n", "\n　　", "-\n", " \n"]))
        }
        8 => number.to_lowercase(),
        9 => {
            let mut out = String::new();
            for c in number.chars() {
                out.push(c);
                if random.chance(30) {
                    out.push(INVISIBLE[random.below(INVISIBLE.len() as u64) as usize]);
                }
            }
            out
        }
        10 if kind != Kind::CreditCode => {
            let (before, after) = (random.pick(&["SFZ", "No", "", "id"]), random.pick(&["", "号码", "abc", "Z"]));
            format!("{before}{number}{after}")
        }
        // An identity number is found between other digits too.
        10 | 11 if kind == Kind::Identity18 => {
            format!("{}{number}{}", random.pick(&["20240113", "1", "0635", ""]), random.pick(&["8000100", "2", ""]))
        }
        _ => odd_digits(&number, random.below(4)),
    }
}

fn full_width(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_ascii_graphic() { char::from_u32(c as u32 + 0xfee0).unwrap_or(c) } else { c })
        .collect()
}

fn spread(number: &str, separator: &str) -> String {
    number.chars().map(String::from).collect::<Vec<_>>().join(separator)
}

/// The groups in which a number of this kind is read aloud.
fn grouped(kind: Kind, number: &str, separator: &str) -> String {
    let sizes: &[usize] = match kind {
        Kind::Identity18 | Kind::Identity15 => &[6, number.len() - 9 - usize::from(number.len() == 18), 4],
        Kind::CreditCode | Kind::BankCard => &[4, 4, 4, 4, 4],
        Kind::Mobile => &[number.len() - 8, 4, 4],
    };
    let (mut groups, mut rest) = (Vec::new(), number);
    for size in sizes {
        let (group, more) = rest.split_at((*size).min(rest.len()));
        groups.push(group);
        rest = more;
    }
    groups.push(rest);
    groups.retain(|g| !g.is_empty());
    groups.join(separator)
}

/// Digits that only look different: mathematical, circled, raised, on a keycap.
fn odd_digits(number: &str, style: u64) -> String {
    const RAISED: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
    const CIRCLED: [char; 10] = ['⓪', '①', '②', '③', '④', '⑤', '⑥', '⑦', '⑧', '⑨'];
    let mut out = String::new();
    for c in number.chars() {
        match (c.to_digit(10), style) {
            (Some(d), 0) => out.extend(char::from_u32(0x1d7ce + d)),
            (Some(d), 1) => out.push(CIRCLED[d as usize]),
            (Some(d), 2) => out.push(RAISED[d as usize]),
            (Some(_), _) => out.extend([c, '\u{fe0f}', '\u{20e3}']),
            (None, 1) if c == 'X' => out.push('Ⅹ'),
            (None, 2) if c == 'X' => out.push('Х'),
            (None, _) => out.push(c),
        }
    }
    out
}
