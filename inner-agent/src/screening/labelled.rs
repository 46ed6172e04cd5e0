//! Numbers of documents for travel: passports, and permits of residents of Hong Kong, Macao and Taiwan. They have no check
//! character, so they are found only behind their name.

/// What stands before such a number.
const LABELS: [&str; 10] =
    ["护照", "通行证", "旅行证", "台胞证", "回乡证", "護照", "通行證", "Passport", "passport", "PASSPORT"];
/// Words between the name and the number.
const BETWEEN: [&str; 14] =
    ["号码", "號碼", "证件", "編號", "编号", "号", "號", "为", "是", "number", "Number", "NO", "No", "no"];

/// How many such numbers a text has.
pub fn travel_documents(text: &str) -> u64 {
    let behind = |label: &str| {
        let found = text.match_indices(label).filter(|(at, _)| {
            let is_of_taiwan = label == "台胞证" || text[..*at].ends_with("大陆");
            is_number(&text[at + label.len()..], is_of_taiwan)
        });
        found.count() as u64
    };
    LABELS.iter().map(|label| behind(label)).sum()
}

/// Whether a text begins with the number of such a document, after words that belong to its name. Only a permit for residents of
/// Taiwan has eight digits and no letter: eight digits are a date elsewhere.
fn is_number(text: &str, is_of_taiwan: bool) -> bool {
    let mut rest = text;
    loop {
        let trimmed = rest.trim_start_matches(|c: char| !c.is_alphanumeric());
        let shorter = BETWEEN.iter().find_map(|word| trimmed.strip_prefix(word)).unwrap_or(trimmed);
        if shorter.len() == rest.len() {
            break;
        }
        rest = shorter;
    }
    let token: Vec<char> =
        rest.chars().filter(|c| *c != ' ').take_while(char::is_ascii_alphanumeric).take(13).collect();
    let letters = token.iter().take_while(|c| c.is_ascii_alphabetic()).count();
    let digits = token[letters..].iter().take_while(|c| c.is_ascii_digit()).count();
    // E12345678, EA1234567, G12345678, H1234567801, M12345678, C12345678; nine digits of some countries; 12345678.
    let is_of_form = match letters {
        0 => digits == 9 || is_of_taiwan && matches!(digits, 8 | 10),
        1 | 2 => (7..=10).contains(&digits) && letters + digits >= 8,
        _ => false,
    };
    is_of_form && letters + digits == token.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_behind_the_name_of_a_travel_document_is_found() {
        for text in [
            "护照号码：E12345678",
            "持护照（EA1234567）",
            "港澳居民来往内地通行证H1234567801",
            "台湾居民来往大陆通行证 号码为 12345678",
            "Passport No. G12345678",
        ] {
            assert_eq!(travel_documents(text), 1, "{text}");
        }
    }

    #[test]
    fn a_name_without_a_number_and_a_number_without_a_name_are_not() {
        for text in ["护照复印件一份", "E12345678", "护照（2024）鲁1502执23号", "通行证 3 张", "护照20260105签发"]
        {
            assert_eq!(travel_documents(text), 0, "{text}");
        }
    }
}
