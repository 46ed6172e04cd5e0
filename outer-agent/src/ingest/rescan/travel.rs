//! Numbers of passports and travel permits, which have no check character: looked for in the words of a text, apart from how the
//! scanner inside does it.

/// Names of such documents end with these.
const NAMES: [&str; 7] = ["护照", "護照", "通行证", "通行證", "旅行证", "回乡证", "passport"];
const NAMES_OF_TAIWAN: [&str; 3] = ["大陆通行证", "大陸通行證", "台胞证"];
/// From the end of the name to the number, characters.
const DISTANCE_MAX: usize = 16;

/// Whether a number of a travel document stands shortly behind the name of one.
pub fn has_travel_document(text: &str) -> bool {
    let lower = text.to_lowercase();
    let (mut word, mut since, mut since_taiwan) = (String::new(), usize::MAX, usize::MAX);
    let mut seen = String::new();
    for c in lower.chars().chain([' ', '。']) {
        if c.is_ascii_alphanumeric() {
            word.push(c);
        } else if c != ' ' {
            if is_number(&word, since, since_taiwan) {
                return true;
            }
            word.clear();
        }
        seen.push(c);
        let names = |names: &[&str]| names.iter().any(|name| seen.ends_with(name));
        since_taiwan = if names(&NAMES_OF_TAIWAN) { 0 } else { since_taiwan.saturating_add(1) };
        if names(&NAMES) || since_taiwan == 0 {
            (since, word) = (0, String::new());
        } else {
            since = since.saturating_add(1);
        }
    }
    false
}

fn is_number(word: &str, since: usize, since_taiwan: usize) -> bool {
    let word = word.strip_prefix("no").or_else(|| word.strip_prefix("number")).unwrap_or(word);
    let digits = word.trim_start_matches(|c: char| c.is_ascii_lowercase());
    let letters = word.len() - digits.len();
    let is_near = |distance: usize| distance.checked_sub(word.len()).is_some_and(|gap| gap <= DISTANCE_MAX);
    if !digits.bytes().all(|b| b.is_ascii_digit()) {
        return false;
    }
    match (letters, digits.len()) {
        (1, 7..=10) | (2, 7..=10) | (0, 9) => is_near(since),
        (0, 8 | 10) => is_near(since_taiwan),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_found_behind_its_name_only() {
        for text in [
            "护照号码：E12345678",
            "来往内地通行证H1234567801",
            "来往大陆通行证 号码为 12345678",
            "Passport No. G12345678",
        ] {
            assert!(has_travel_document(text), "{text}");
        }
        for text in [
            "护照复印件一份",
            "E12345678",
            "护照20260105签发",
            "护照（2024）鲁1502执23号",
            "护照及其他材料共计三份，由本院收存，收据编号为E12345678",
        ] {
            assert!(!has_travel_document(text), "{text}");
        }
    }
}
