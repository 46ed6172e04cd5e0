//! The language and the size of text: kept in two cookies of the browser, set by a form.

use crate::portal::web::request_context::{LANGUAGE, SIZE};
use crate::portal::problem::{Outcome, Problem};
use axum::Form;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

/// How long a browser keeps them, seconds: a year.
const KEPT_S: u32 = 365 * 86_400;
/// Longest path to come back to, in bytes.
const BACK_BYTES_MAX: usize = 512;

/// What is asked for; what is absent stays as it is.
#[derive(Deserialize)]
pub struct Preferences {
    language: Option<String>,
    size: Option<String>,
    back: String,
}

pub async fn set(Form(asked): Form<Preferences>) -> Outcome<Response> {
    let back = if is_local(&asked.back) { asked.back.as_str() } else { "/" };
    let mut response = Redirect::to(back).into_response();
    let language = asked.language.map(|l| cookie(LANGUAGE, (l == "en").then_some("en")));
    let size = asked.size.map(|s| cookie(SIZE, (s == "large").then_some("large")));
    for cookie in [language, size].into_iter().flatten() {
        let value = HeaderValue::from_str(&cookie).map_err(|_| Problem::Ours("cookie".into()))?;
        response.headers_mut().append(header::SET_COOKIE, value);
    }
    Ok(response)
}

/// What a page is without it needs no cookie.
fn cookie(name: &str, value: Option<&str>) -> String {
    let (value, age_s) = value.map_or(("", 0), |value| (value, KEPT_S));
    format!("{name}={value}; Path=/; Max-Age={age_s}; Secure; HttpOnly; SameSite=Lax")
}

/// Whether a path leads to a page of this portal, however a browser may read it.
fn is_local(path: &str) -> bool {
    let plain = |b: u8| b.is_ascii_graphic() && b != b'\\';
    path.starts_with('/') && !path.starts_with("//") && path.len() <= BACK_BYTES_MAX && path.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_path_of_this_portal_is_come_back_to() {
        for good in ["/", "/cases/AJ000000001", "/public/announcement?type=auction&page=2", "/search?q=%E5%85%AC"] {
            assert!(is_local(good), "{good}");
        }
        for bad in ["", "x", "//evil.example", "/\\evil.example", "https://evil.example", "/a\r\nSet-Cookie: x", "/ 公"]
        {
            assert!(!is_local(bad), "{bad}");
        }
    }
}
