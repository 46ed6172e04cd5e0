//! What a parser of TOML or JSON says about a text that people write.

use crate::text::Text;
use crate::texts;
use crate::texts::list;

texts! {
    at(line, column, why) { zh: "第 {line} 行第 {column} 列：{why}", en: "line {line}, column {column}: {why}" }
    unparsable(message) { zh: "无法解析（“{message}”）", en: "{message}" }
    missing_key(key, english) { zh: "缺少键 {key}", en: "{english}" }
    unknown_key(key, english) { zh: "未知的键 {key}", en: "{english}" }
    unknown_key_among(key, known, english) { zh: "未知的键 {key}，可用的键：{known}", en: "{english}" }
    unknown_value(value, known, english) { zh: "值 {value} 无效，可用的值：{known}", en: "{english}" }
    key_given_twice(key, english) { zh: "键 {key} 重复", en: "{english}" }
}

/// What is wrong at a byte of a text; without a byte, at its beginning.
pub fn at_byte(text: &str, byte: Option<usize>, message: &str) -> Text {
    let (line, column) = position(text, byte.unwrap_or_default());
    at(line, column, wording(message))
}

/// Line and column, both from 1; a column counts characters.
fn position(text: &str, byte: usize) -> (usize, usize) {
    let before = text.get(..byte).unwrap_or(text);
    let line = before.rsplit('\n').next().unwrap_or_default();
    (before.split('\n').count(), line.chars().count() + 1)
}

/// A message of serde or of a parser: what people can correct by themselves is worded, everything else is quoted.
pub fn wording(message: &str) -> Text {
    // `serde_json` repeats the place, which only the caller knows in the whole file.
    let message = message.split_once(" at line ").map_or(message, |(message, _)| message);
    let mut quoted = message.split('`').skip(1).step_by(2).map(|name| format!("`{name}`"));
    let Some(first) = quoted.next() else { return unparsable(message) };
    let others: Vec<String> = quoted.collect();
    let begins = |words: &str| message.starts_with(words);
    match others.is_empty() {
        _ if begins("missing field") => missing_key(first, message),
        _ if begins("duplicate field") => key_given_twice(first, message),
        true if begins("unknown field") => unknown_key(first, message),
        false if begins("unknown field") => unknown_key_among(first, list::items(others), message),
        false if begins("unknown variant") => unknown_value(first, list::items(others), message),
        _ => unparsable(message),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Language;

    #[test]
    fn a_parser_s_error_has_its_place_and_common_ones_are_worded() {
        let chinese = |message: &str| wording(message).get(Language::Chinese).to_owned();
        assert_eq!(chinese("missing field `court`"), "缺少键 `court`");
        assert_eq!(
            chinese("unknown field `curt`, expected `court` or `id`"),
            "未知的键 `curt`，可用的键：`court`、`id`"
        );
        assert_eq!(
            chinese("unknown variant `x`, expected one of `a`, `b`, `c`"),
            "值 `x` 无效，可用的值：`a`、`b`、`c`"
        );
        assert_eq!(chinese("expected value at line 1 column 1"), "无法解析（“expected value”）");
        let text = at_byte("a = 1\n名 = x\n", Some("a = 1\n名 = ".len()), "invalid string");
        assert_eq!(text.get(Language::Chinese), "第 2 行第 5 列：无法解析（“invalid string”）");
        assert_eq!(text.english(), "line 2, column 5: invalid string");
        assert_eq!(at_byte("a\n", Some(2), "x").english(), "line 2, column 1: x");
        assert_eq!(at_byte("a\n", None, "x").english(), "line 1, column 1: x");
    }
}
