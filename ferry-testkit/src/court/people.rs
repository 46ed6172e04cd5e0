//! People and companies with numbers that pass their checksum.

use crate::random::Random;

const SURNAMES: [&str; 24] = [
    "王", "李", "张", "刘", "陈", "杨", "赵", "黄", "周", "吴", "徐", "孙", "马", "朱", "胡", "林", "郭", "何", "高",
    "罗", "欧阳", "诸葛", "仉", "逄",
];
const GIVEN: [&str; 32] = [
    "伟", "芳", "娜", "敏", "静", "强", "磊", "洋", "艳", "勇", "军", "杰", "娟", "涛", "明", "超", "秀英", "建国",
    "志强", "海燕", "玉兰", "子轩", "梓涵", "国栋", "𠮷", "㛃", "𡘙", "喆", "堃", "犇", "晓东", "文静",
];
const WHOLE: [&str; 4] = ["阿依古丽·买买提", "迪丽努尔·艾合买提", "扎西顿珠", "额尔德木图"];
const TRADES: [&str; 8] = ["建材", "商贸", "物流", "纺织", "置业", "农业科技", "机械", "餐饮"];

/// Someone who can log in.
#[derive(Clone, Debug)]
pub struct Person {
    /// Key in the platform.
    pub id: String,
    /// Name.
    pub name: String,
    /// `01` identity card, `02` unified social credit code.
    pub identity_type: &'static str,
    /// Identity or organisation number.
    pub identity: String,
    /// Mobile number.
    pub phone: String,
    /// Which of the hashed query codes.
    pub code: usize,
}

/// Person number `n` of a court: number and key are unique.
pub fn person(seed: u64, n: u64, codes: usize) -> Person {
    let mut random = Random::new(seed, n.wrapping_mul(2).wrapping_add(1));
    let company = random.chance(15);
    let name = if company {
        let trade = random.pick(&TRADES);
        format!("聊城{}{trade}有限公司", random.pick(&GIVEN))
    } else if random.chance(4) {
        random.pick(&WHOLE).to_owned()
    } else {
        format!("{}{}", random.pick(&SURNAMES), random.pick(&GIVEN))
    };
    Person {
        id: format!("RY{n:09}"),
        name,
        identity_type: if company { "02" } else { "01" },
        identity: if company { credit_code(n) } else { identity_number(n) },
        phone: format!("13{:09}", random.below(1_000_000_000)),
        code: random.below(codes as u64) as usize,
    }
}

/// GB 11643: region, day of birth, number, check digit.
pub fn identity_number(n: u64) -> String {
    let day = n % 18_000;
    let (year, rest) = (1950 + day / 360, day % 360);
    let base = format!("371502{year}{:02}{:02}{:03}", rest / 30 + 1, rest % 28 + 1, n / 18_000 % 999 + 1);
    let base = if rest % 30 > 27 { format!("371503{}", &base[6..]) } else { base };
    let sum: u32 = base
        .chars()
        .zip([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2])
        .map(|(c, w)| c.to_digit(10).unwrap_or_default() * w)
        .sum();
    let check = b"10X98765432"[sum as usize % 11];
    format!("{base}{}", char::from(check))
}

/// GB 32100: 17 characters and a check character modulo 31.
pub fn credit_code(n: u64) -> String {
    const ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
    let base = format!("91371502MA{n:07}");
    let mut weight = 1;
    let mut sum = 0;
    for c in base.bytes() {
        let value = ALPHABET.iter().position(|a| *a == c).unwrap_or_default();
        sum += value * weight;
        weight = weight * 3 % 31;
    }
    format!("{base}{}", char::from(ALPHABET[(31 - sum % 31) % 31]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn numbers_are_unique_and_have_their_length() {
        let numbers: BTreeSet<_> = (0..100_000).map(identity_number).collect();
        assert_eq!(numbers.len(), 100_000);
        assert!(numbers.iter().all(|n| n.len() == 18));
        assert_eq!(credit_code(5).len(), 18);
        let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2, 1];
        let digit = |c: char| if c == 'X' { 10 } else { c.to_digit(10).unwrap() };
        // ISO 7064 MOD 11-2: with its check digit, a number's weighted sum leaves 1.
        let passes = |n: &String| n.chars().zip(weights).map(|(c, w)| digit(c) * w).sum::<u32>() % 11 == 1;
        assert!(numbers.iter().all(passes));
        // An example of the standard's own arithmetic: 11010519491231002X.
        let sum: u32 = "11010519491231002"
            .chars()
            .zip([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2])
            .map(|(c, w)| c.to_digit(10).unwrap() * w)
            .sum();
        assert_eq!(b"10X98765432"[sum as usize % 11], b'X');
    }
}
