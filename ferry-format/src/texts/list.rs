//! Several texts in one, with the separators of each language.

use crate::text::{Language, Localized, Text};
use crate::texts;

texts! {
    /// Between items.
    comma { zh: "、", en: ", " }
    /// Between parts of a sentence.
    clause_comma { zh: "，", en: ", " }
    /// Between items that may have commas themselves.
    semicolon { zh: "；", en: "; " }
}

/// Names, numbers or words: `甲、乙` and `A, B`.
pub fn items(items: impl IntoIterator<Item = impl Localized>) -> Text {
    joined(items, &comma())
}

/// Parts of a sentence: `已收到，已签名` and `received, signed`.
pub fn clauses(clauses: impl IntoIterator<Item = impl Localized>) -> Text {
    joined(clauses, &clause_comma())
}

/// Statements that have commas of their own.
pub fn statements(statements: impl IntoIterator<Item = impl Localized>) -> Text {
    joined(statements, &semicolon())
}

fn joined(parts: impl IntoIterator<Item = impl Localized>, separator: &Text) -> Text {
    let (mut zh, mut en) = (Vec::new(), Vec::new());
    for part in parts {
        zh.push(part.localized(Language::Chinese).into_owned());
        en.push(part.localized(Language::English).into_owned());
    }
    Text::new(zh.join(separator.get(Language::Chinese)), en.join(separator.get(Language::English)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_language_has_its_own_separator() {
        let pair = |text: &Text| Language::ALL.map(|language| text.get(language).to_owned());
        assert_eq!(pair(&items(["甲", "乙"])), ["甲、乙", "甲, 乙"]);
        assert_eq!(
            pair(&clauses([Text::fixed("已收到", "received"), Text::verbatim("3")])),
            ["已收到，3", "received, 3"]
        );
        assert_eq!(pair(&statements(["甲", "乙"])), ["甲；乙", "甲; 乙"]);
        assert_eq!(pair(&items(Vec::<String>::new())), ["", ""]);
    }
}
