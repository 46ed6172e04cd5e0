//! Chinese numerals as digits: a second way to find numbers that are spelled digit by digit.

/// Fewer in a row are a year or a date.
const RUN_MIN: usize = 11;

fn value(c: char) -> Option<u8> {
    Some(match c {
        '〇' | '零' | '○' => 0,
        '一' | '壹' | '幺' => 1,
        '二' | '贰' | '貳' | '两' | '兩' => 2,
        '三' | '叁' | '參' | '参' => 3,
        '四' | '肆' => 4,
        '五' | '伍' => 5,
        '六' | '陆' | '陸' => 6,
        '七' | '柒' => 7,
        '八' | '捌' => 8,
        '九' | '玖' => 9,
        _ => return None,
    })
}

/// The characters of a text, those of long runs of numerals as digits without the blanks between them.
pub fn read(text: &str, is_blank: impl Fn(char) -> bool) -> Vec<char> {
    let mut out: Vec<char> = Vec::with_capacity(text.len());
    // Where the run under way begins in `out`, and how many numerals it has.
    let (mut from, mut count) = (0, 0);
    for c in text.chars().chain(['。']) {
        if value(c).is_some() {
            from = if count == 0 { out.len() } else { from };
            count += 1;
        } else if count > 0 && !is_blank(c) {
            if count >= RUN_MIN {
                let digits: Vec<char> =
                    out.split_off(from).into_iter().filter_map(value).map(|d| char::from(b'0' + d)).collect();
                out.extend(digits);
            }
            count = 0;
        }
        out.push(c);
    }
    out.pop();
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_runs_become_digits_and_short_ones_stay() {
        let of = |text: &str| read(text, char::is_whitespace).into_iter().collect::<String>();
        assert_eq!(of("一一〇一〇五一九四九 一二三一〇〇二X"), "11010519491231002X");
        assert_eq!(of("二〇二六年十一月"), "二〇二六年十一月");
        assert_eq!(of("电话一三八〇〇一三八〇〇〇"), "电话13800138000");
    }
}
