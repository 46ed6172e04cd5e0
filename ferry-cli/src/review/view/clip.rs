//! Long values in a list.

use ferry_format::text::{Language, Text};

/// Characters of a value that a list shows; the record's own page shows all of them.
const CHARACTERS_MAX: usize = 1000;

/// The beginning of a value in a list, and whether that is not all of it.
pub fn clip(text: &Text, in_list: bool) -> (Text, bool) {
    let one = |language| match text.get(language).char_indices().nth(CHARACTERS_MAX) {
        Some((at, _)) if in_list => (format!("{}……", &text.get(language)[..at]), true),
        _ => (text.get(language).to_owned(), false),
    };
    let ((zh, zh_clipped), (en, en_clipped)) = (one(Language::Chinese), one(Language::English));
    (Text::new(zh, en), zh_clipped || en_clipped)
}
