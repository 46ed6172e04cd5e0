//! Language and text size: kept in two cookies of the browser, set by a form.

use crate::portal::http::{LANGUAGE_COOKIE, TEXT_SIZE_COOKIE};
use crate::portal::problem::{Outcome, Problem};
use crate::texts::portal as texts;
use axum::Form;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

/// How long a browser keeps the cookies, seconds: a year.
const MAX_AGE_S: u32 = 365 * 86_400;
/// Longest path to come back to, in bytes.
const BACK_BYTES_MAX: usize = 512;

/// The form; an absent field keeps its setting.
#[derive(Deserialize)]
pub struct Preferences {
    language: Option<String>,
    size: Option<String>,
    back: String,
}

pub async fn set(Form(form): Form<Preferences>) -> Outcome<Response> {
    let back = if is_local(&form.back) { form.back.as_str() } else { "/" };
    let mut response = Redirect::to(back).into_response();
    let language = form.language.map(|l| cookie(LANGUAGE_COOKIE, (l == "en").then_some("en")));
    let size = form.size.map(|s| cookie(TEXT_SIZE_COOKIE, (s == "large").then_some("large")));
    for cookie in [language, size].into_iter().flatten() {
        let value = HeaderValue::from_str(&cookie).map_err(|_| Problem::internal(&texts::invalid_header()))?;
        response.headers_mut().append(header::SET_COOKIE, value);
    }
    Ok(response)
}

/// A `Set-Cookie` value; the default setting deletes the cookie.
fn cookie(name: &str, value: Option<&str>) -> String {
    let (value, age_s) = value.map_or(("", 0), |value| (value, MAX_AGE_S));
    format!("{name}={value}; Path=/; Max-Age={age_s}; Secure; HttpOnly; SameSite=Lax")
}

/// Whether a path leads to a page of this portal, however a browser reads it.
fn is_local(path: &str) -> bool {
    let plain = |b: u8| b.is_ascii_graphic() && b != b'\\';
    path.starts_with('/') && !path.starts_with("//") && path.len() <= BACK_BYTES_MAX && path.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_this_portal_are_redirected_to() {
        for good in ["/", "/cases/AJ000000001", "/public/announcement?type=auction&page=2", "/search?q=%E5%85%AC"] {
            assert!(is_local(good), "{good}");
        }
        for bad in ["", "x", "//evil.example", "/\\evil.example", "https://evil.example", "/a\r\nSet-Cookie: x", "/ 公"]
        {
            assert!(!is_local(bad), "{bad}");
        }
    }
}
