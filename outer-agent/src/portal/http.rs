//! Small pieces of HTTP: cookies, entity tags, percent-encoding.

use axum::http::{HeaderMap, HeaderValue, header};
use ferry_format::text::Language;

/// Cookie of the session; the prefix binds it to this host, to TLS and to `/`.
pub const SESSION_COOKIE: &str = "__Host-ferry";
/// Cookie of the language; Chinese without it.
pub const LANGUAGE_COOKIE: &str = "language";
/// Cookie of the text size; normal without it.
pub const TEXT_SIZE_COOKIE: &str = "size";

/// The value of a cookie.
pub fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|v| v.to_str().ok());
    let mut pairs = cookies.flat_map(|c| c.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(found, _)| *found == name).map(|(_, value)| value)
}

/// Whether a list of entity tags, as in `If-None-Match`, contains `tag`; weak tags match too (RFC 9110, section 8.8.3.2).
pub fn etag_matches(tags: &HeaderValue, tag: &str) -> bool {
    let tags = tags.to_str().unwrap_or_default();
    tags.split(',').map(str::trim).any(|t| t == "*" || t.strip_prefix("W/").unwrap_or(t) == tag)
}

/// Percent-encodes everything but unreserved characters (RFC 3986, RFC 5987).
pub fn percent_encoded(name: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
    name.bytes().map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}

/// The language of `Accept-Language` with the highest weight (RFC 9110, section 12.5.4); Chinese where neither is accepted.
pub fn accepted_language(headers: &HeaderMap) -> Language {
    let mut best = (Language::Chinese, 0.0);
    let values = headers.get_all(header::ACCEPT_LANGUAGE).iter().filter_map(|v| v.to_str().ok());
    for range in values.flat_map(|v| v.split(',')) {
        let (tag, weight) = range.split_once(';').unwrap_or((range, "q=1"));
        let primary = tag.trim().split('-').next().unwrap_or_default();
        let language = Language::ALL.into_iter().find(|l| l.as_str().eq_ignore_ascii_case(primary));
        let weight = weight.trim().strip_prefix("q=").and_then(|q| q.parse::<f32>().ok()).unwrap_or(0.0);
        if let Some(language) = language.filter(|_| weight > best.1) {
            best = (language, weight);
        }
    }
    best.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_accepted_language_with_the_highest_weight_is_taken() {
        for (value, expected) in [
            ("en", Language::English),
            ("en-GB, zh;q=0.5", Language::English),
            ("zh-CN,zh;q=0.9,en;q=0.8", Language::Chinese),
            ("de, EN;q=0.3", Language::English),
            ("en;q=0", Language::Chinese),
            ("en;q=x", Language::Chinese),
            ("*", Language::Chinese),
            ("", Language::Chinese),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_LANGUAGE, HeaderValue::from_static(value));
            assert_eq!(accepted_language(&headers), expected, "{value}");
        }
        assert_eq!(accepted_language(&HeaderMap::new()), Language::Chinese);
    }
}
